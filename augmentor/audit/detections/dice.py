"""Dice of masks: how far what was found covers what is marked, pixel by pixel."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.detections.overlap import Floats, Ints
from augmentor.audit.figures.clustered import ratio_interval
from augmentor.audit.figures.metrics import ratio
from augmentor.files.coco_results import Results, Truth
from augmentor.files.rle import mask_tools

Interval = tuple[float, float]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Pixels:
    """Pixels of each class in each picture that has any.

    Parameters
    ----------
    picture, label : int64 [rows].
    both : pixels that are marked and found; sides : those marked plus those found [rows].
    """

    picture: Ints
    label: Ints
    both: Floats
    sides: Floats


@dataclass(frozen=True, slots=True)
class Dice:
    """Twice the common pixels over the pixels of both; None is undefined (no pixels at all).

    Parameters
    ----------
    pooled : pixels of all pictures together; interval : its 95 %, pictures being independent.
    mean : mean over the pictures in which anything is marked or found.
    pictures : how many those are.
    """

    pooled: float | None = None
    interval: Interval | None = None
    mean: float | None = None
    pictures: int = 0


def pixels_of(truth: Truth, results: Results, said: Bools) -> Pixels:
    """Return the pixels that are marked and found, by picture and class.

    Regions of one class are joined, so that no pixel counts twice. Pixels of crowds are left
    out on both sides.

    Parameters
    ----------
    truth, results : regions, each with a mask.
    said : detections that count [detections].
    """
    marked, found, crowds = (defaultdict[tuple[int, int], list[Any]](list) for _ in range(3))
    here = truth.regions
    places = zip(here.picture.tolist(), here.label.tolist(), strict=True)
    for at, place in enumerate(places):
        (crowds if truth.crowd[at] else marked)[place].append(here.masks[at])
    here = results.regions.take(np.flatnonzero(said))
    places = zip(here.picture.tolist(), here.label.tolist(), strict=True)
    for at, place in enumerate(places):
        found[place].append(here.masks[at])
    rows = [
        (*place, *_counted(marked[place], found[place], crowds[place]))
        for place in sorted({*marked, *found})
    ]
    columns = np.array(rows, dtype=np.float64).reshape(-1, 4)
    where: Ints = columns[:, :2].astype(np.int64)
    return Pixels(where[:, 0], where[:, 1], columns[:, 2], columns[:, 3])


def _counted(marked: list[Any], found: list[Any], crowds: list[Any]) -> tuple[float, float]:
    """Return the pixels of both, and the sum of the pixels of each."""
    tools = mask_tools()
    sides = [tools.merge(runs) for runs in (marked, found) if runs]
    parts = [sides, [tools.merge(sides, intersect=True)] if len(sides) == 2 else []]
    crowd = tools.merge(crowds) if crowds else None

    def pixels(runs: Any) -> float:
        inside = 0 if crowd is None else tools.area(tools.merge([runs, crowd], intersect=True))
        return float(tools.area(runs)) - float(inside)

    sums = [sum(pixels(runs) for runs in part) for part in parts]
    return float(sums[1]), float(sums[0])


def dice(pixels: Pixels, rows: Bools) -> Dice:
    """Return the Dice of some rows, bool [rows]."""
    owner, picture = np.unique(pixels.picture[rows], return_inverse=True)
    both: Floats = np.bincount(picture, 2 * pixels.both[rows], len(owner)).astype(np.float64)
    sides: Floats = np.bincount(picture, pixels.sides[rows], len(owner)).astype(np.float64)
    some = sides > 0
    if not some.any():
        return Dice()
    both, sides = both[some], sides[some]
    low, high = ratio_interval(np.ones((len(both), 1), dtype=np.bool_), both, sides)
    return Dice(
        float(both.sum() / sides.sum()),
        None if np.isnan(low[0]) else (float(low[0]), min(float(high[0]), 1.0)),
        float(ratio(both, sides).mean()),
        len(both),
    )
