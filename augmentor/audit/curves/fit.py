"""How a tag's loss falls with more data: b n^-a after training on n of its examples."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from augmentor.audit.figures.intervals import Floats
from augmentor.audit.tables import columns
from augmentor.audit.tables.summary import TAGS
from augmentor.core.errors import Problem, UsageError, listed
from augmentor.files.frame import read_frame

LEAST_SIZES = 3
"""Of two sizes any curve goes through both."""
MOST_OFF = 0.2
"""A curve that its points miss by more than this, as a fraction of it, is none."""
LEAST_SURE = 2.0
"""An exponent of fewer standard errors than this may as well be 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The learning curve of one tag, loss = b n^-a.

    Parameters
    ----------
    tag : its name.
    b, a : loss at one example, and how fast it falls; None where no curve can be drawn.
    a_se : standard error of a; None of fewer than three points.
    r2 : part of the weighted variance of the loss that the curve explains; None is undefined.
    off_frac : how far the points lie from the curve, root mean square, as a fraction of it.
    points, sizes : how many points there are, and how many different sizes.
    reason : why the curve is too poor to plan by; None where it is good enough.
    """

    tag: str
    b: float | None = None
    a: float | None = None
    a_se: float | None = None
    r2: float | None = None
    off_frac: float | None = None
    points: int
    sizes: int
    reason: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the curve is good enough to plan by."""
        return self.reason is None

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return {**asdict(self), "ok": self.ok}


def fit_curves(
    points: Iterable[Sequence[Any]], where: Sequence[str] | None = None
) -> dict[str, Curve]:
    """Fit the learning curve of each tag by weighted least squares.

    Parameters
    ----------
    points : (tag, size, loss) or (tag, size, loss, weight): the loss of a tag, 0 or more, after
        training on so many of its examples. The weight is that of the squared error, above 0;
        without one it is the size, as losses at small sizes are noisy.
    where : place of each point, for the messages.

    Returns
    -------
    curves : tag -> curve, in order of first appearance. Of a poor one `reason` says why.

    Raises
    ------
    UsageError
        A size, loss or weight is no number or out of bounds.

    References
    ----------
    Tae and Whang 2021, "Slice Tuner: a selective data acquisition framework for accurate and fair
    machine learning models", SIGMOD, section 4.
    """
    rows: dict[str, list[tuple[float, float, float]]] = {}
    problems = []
    for at, (tag, size, loss, *rest) in enumerate(points):
        weight = rest[0] if rest and rest[0] is not None else size
        place = where[at] if where else f"point {at + 1}"
        for name, value in (("size", size), ("loss", loss), ("weight", weight))[: 2 + len(rest)]:
            least = "0 or more" if name == "loss" else "above 0"
            good = isinstance(value, int | float | np.number) and math.isfinite(value)
            if not good or value < 0 or (value == 0 and name != "loss"):
                what = f"{name} of '{tag}' is {value!r}; expected a number {least}"
                problems.append(Problem(place, what))
        rows.setdefault(tag, []).append((size, loss, weight))
    if problems:
        raise UsageError(problems)
    return {tag: _fit(tag, *np.array(of, dtype=np.float64).T) for tag, of in rows.items()}


def _fit(tag: str, size: Floats, loss: Floats, weight: Floats) -> Curve:
    from scipy.optimize import least_squares

    curve = Curve(tag=tag, points=len(size), sizes=len(np.unique(size)))
    if curve.sizes < LEAST_SIZES:
        return replace(curve, reason=f"sizes: {curve.sizes}; a curve needs {LEAST_SIZES}")
    if len(np.unique(size[loss > 0])) < 2:
        return replace(curve, reason="fewer than 2 sizes have a loss above 0")
    # Around the middle size and with the mean loss as unit the two parameters are of one scale.
    middle, unit = float(np.mean(np.log(size))), float(np.average(loss, weights=weight))
    steps, heights, root = np.log(size) - middle, loss / unit, np.sqrt(weight / weight.sum())

    def drawn(at: Floats) -> Floats:
        return np.asarray(np.exp(np.minimum(at[0] - at[1] * steps, 100.0)))  # finite on the way

    def misses(at: Floats) -> Floats:
        return np.asarray(root * (drawn(at) - heights))

    def slopes(at: Floats) -> Floats:
        return np.stack([root * drawn(at), -root * drawn(at) * steps], axis=1)

    seen = loss > 0
    fall, level = np.polyfit(steps[seen], np.log(heights[seen]), 1)
    found = least_squares(misses, [level, -fall], slopes, xtol=1e-12, ftol=1e-12, gtol=1e-12)
    level, a = (float(value) for value in found.x)
    squares = float(np.sum(found.fun**2))
    spread = float(np.sum((root * (heights - np.average(heights, weights=weight))) ** 2))
    noise = np.linalg.pinv(found.jac.T @ found.jac) * squares / (len(size) - 2)
    curve = replace(
        curve,
        b=unit * math.exp(level + a * middle),
        a=a,
        a_se=math.sqrt(noise[1, 1]),
        r2=1 - squares / spread if spread > 1e-20 else None,
        off_frac=math.sqrt(np.average((heights / drawn(found.x) - 1) ** 2, weights=weight)),
    )
    return replace(curve, reason=_poor(curve))


def _poor(curve: Curve) -> str | None:
    a, a_se, off = curve.a or 0.0, curve.a_se or 0.0, curve.off_frac or 0.0
    if a <= 1e-6:
        return f"the loss does not fall with more data: exponent {a:.3g}"
    if a < LEAST_SURE * a_se:
        return f"the fall is no larger than the noise: exponent {a:.3g}, standard error {a_se:.3g}"
    if off > MOST_OFF:
        return f"the points lie {off:.0%} off the curve; {MOST_OFF:.0%} at most"
    return None


def read_points(path: str | Path) -> dict[str, Curve]:
    """Fit the curves of a table with the columns tag, size, loss and, if known, weight.

    Raises
    ------
    UsageError
        Everything that is wrong with the table, each with its line.
    """
    problems: list[Problem] = []
    frame = read_frame(path, problems)
    names = columns.known(frame.names)
    wanted = [columns.first(names, TAGS), names.get("size"), names.get("loss")]
    if None in wanted:
        what = f"expected the columns tag, size and loss; it has {listed(frame.names)}"
        raise UsageError([*problems, Problem(str(path), what)])
    tag, *numbers = (str(name) for name in (*wanted, *(["weight"] if "weight" in names else [])))
    tags = [name.strip() for name in columns.texts(frame, tag, problems)]
    values = [columns.numbers(frame, names.get(name, name), problems).tolist() for name in numbers]
    if problems:
        raise UsageError(problems)
    where = [frame.where(row) for row in range(len(frame))]
    return fit_curves(list(zip(tags, *values, strict=True)), where)
