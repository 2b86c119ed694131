"""Whether two sets of crops can be told apart: classifiers that never see the cell they judge."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.real_cracks import SIDE_PX, Crop, Plane

FOLDS = 5
RESAMPLES = 500
Areas = dict[str, tuple[float, float, float]]
"""Of each classifier: the area under its ROC curve and the ends of its 95 % interval."""

_HALF = 17  # px along and across the line that its profile is taken from


def telling(these: Sequence[Crop], those: Sequence[Crop], seed: int = 1) -> Areas:
    """Return how well classifiers tell two sets of crops apart.

    Parameters
    ----------
    these, those : the crops; all of a cell are judged by models that saw none of it.
    seed : shuffles the cells.

    Returns
    -------
    Of each classifier, the area under its ROC curve, 0.5 for a guess, and the ends of its 95 %
    interval: cells resampled.
    """
    features = np.stack([described(crop) for crop in (*these, *those)])
    real = np.array([True] * len(these) + [False] * len(those))
    cells = np.array([crop.cell for crop in (*these, *those)])
    chance = np.random.Generator(np.random.Philox(key=seed))
    names, groups = np.unique(cells, return_inverse=True)
    draws = chance.integers(0, len(names), (RESAMPLES, len(names)))
    found = {}
    for name, model in (
        ("forest", ExtraTreesClassifier(300, min_samples_leaf=2, max_features=0.2, random_state=1)),
        ("logistic", make_pipeline(StandardScaler(), LogisticRegression(C=0.003, max_iter=500))),
    ):
        score = np.zeros(len(real))
        folds = GroupKFold(FOLDS, shuffle=True, random_state=seed)
        for learn, judge in folds.split(features, real, groups):
            model.fit(features[learn], real[learn])
            score[judge] = model.predict_proba(features[judge])[:, 1]
        resampled = []
        for draw in draws:
            weight = np.bincount(draw, minlength=len(names))[groups]
            resampled.append(roc_auc_score(real, score, sample_weight=weight))
        low, high = np.quantile(resampled, [0.025, 0.975])
        found[name] = (float(roc_auc_score(real, score)), float(low), float(high))
    return found


def described(crop: Crop) -> NDArray[np.float64]:
    """Return what a crop is like, in numbers.

    Gradients by direction in 3 x 3 parts; the light across the line and how evenly it is dark
    along it; the spread of the light; the grain at two scales, on the line and beside it. All in
    parts of the crop's own light, so that no camera's exposure tells anything.
    """
    light = crop.pixels.astype(np.float32) / np.float32(np.median(crop.pixels))
    if crop.angle_deg < 0:  # mirrored, so that all lines rise
        light = np.ascontiguousarray(light[:, ::-1])
    turned = straightened(light, abs(crop.angle_deg))
    middle = turned.mean(axis=1)
    depth = float(np.median(np.r_[middle[:8], middle[-8:]]) - middle[_HALF])
    along = turned[_HALF - 1 : _HALF + 2].mean(axis=0)
    return np.concatenate([
        _gradients(light),
        middle, (middle - middle.mean()) / max(abs(depth), 0.01),
        [depth, abs(float(middle[:8].mean() - middle[-8:].mean()))],
        np.sort(along)[::5], [along.std(), np.abs(np.diff(along)).mean()],
        np.quantile(light, [0.01, 0.05, 0.25, 0.75, 0.95, 0.99]) - 1,
        _grain(turned[: _HALF - 6]), _grain(turned[_HALF - 3 : _HALF + 4]),
        _grain(light),
    ])  # fmt: skip


def straightened(light: Plane, angle_deg: float) -> Plane:
    """Return a crop turned and moved so that the dark line through its middle lies flat."""
    along, across = np.meshgrid(*[np.arange(-_HALF, _HALF + 1, dtype=np.float32)] * 2)
    best, darkest = None, np.inf
    for turn in np.radians(angle_deg + np.arange(-8, 9, 2)):
        cosine, sine = np.float32(np.cos(turn)), np.float32(np.sin(turn))
        x = np.float32(SIDE_PX / 2) + along * cosine + across * sine
        y = np.float32(SIDE_PX / 2) - along * sine + across * cosine
        turned = cv2.remap(light, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        rows = turned.mean(axis=1)
        row = int(rows[_HALF - 2 : _HALF + 3].argmin()) - 2
        if rows[_HALF + row] < darkest:
            best, darkest = np.roll(turned, -row, axis=0), rows[_HALF + row]
    assert best is not None
    return np.asarray(best, np.float32)


def _gradients(light: Plane) -> NDArray[np.float64]:
    """Return how much light rises in each of 8 directions, in 3 x 3 parts of a crop."""
    across, down = cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)
    steep, way = cv2.cartToPolar(across, down)
    eighth = (way * np.float32(8 / (2 * np.pi))).astype(int) % 8
    part = SIDE_PX // 3
    rows, columns = np.indices(light.shape) // part
    place = (rows * 3 + columns) * 8 + eighth
    return np.sqrt(np.bincount(place.ravel(), steep.ravel(), minlength=72))


def _grain(light: Plane) -> NDArray[np.float64]:
    """Return how rough a part is, pixel to pixel and over a few."""
    fine = light - cv2.GaussianBlur(light, (0, 0), 1)
    wide = cv2.GaussianBlur(light, (0, 0), 1) - cv2.GaussianBlur(light, (0, 0), 3)
    right = float((fine[:, 1:] * fine[:, :-1]).mean() / (np.square(fine).mean() + 1e-9))
    below = float((fine[1:] * fine[:-1]).mean() / (np.square(fine).mean() + 1e-9))
    return np.array([np.log(fine.std() + 1e-4), np.log(wide.std() + 1e-4), right, below])
