"""Average precision as COCO computes it."""

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.detections.overlap import Floats, Ints
from augmentor.files.coco_results import Results, Truth

RECALLS = np.linspace(0, 1, 101)
COCO_IOUS = tuple(float(one) for one in np.linspace(0.5, 0.95, 10))
MOST = 100
"""Detections of a picture and class that count: the surest."""


def average_precision(
    truth: Truth, results: Results, found: Ints, place: Ints
) -> list[float | None]:
    """Return the average precision of every class; None where nothing of it is marked.

    Precision is read at 101 recalls, 0 to 1; at each the largest from there on counts, and 0
    where the recall is not reached. Detections in crowds of their class do not count.

    Parameters
    ----------
    truth, results : what is marked, and what was found.
    found, place : from `match.assigned` and `match.ranks` [detections].

    References
    ----------
    T.-Y. Lin and P. Dollar, cocoapi, cocoeval.py, accumulate; Everingham et al. 2010, "The
    PASCAL visual object classes challenge", for the idea of fixed recalls.
    """
    hit, in_crowd = found >= 0, np.zeros(len(found), dtype=np.bool_)
    in_crowd[hit] = truth.crowd[found[hit]]
    hit &= ~in_crowd
    kept = ~in_crowd & (place < MOST)
    marked = np.bincount(truth.regions.label[~truth.crowd], minlength=len(truth.classes))
    order = np.lexsort((results.regions.picture, -results.score))
    order = order[kept[order]]
    label = results.regions.label[order]
    return [
        None if not marked[at] else _area(hit[order[label == at]], int(marked[at]))
        for at in range(len(truth.classes))
    ]


def _area(hit: NDArray[np.bool_], marked: int) -> float:
    """Return the mean precision over the recalls; `hit` by falling score."""
    hits = np.cumsum(hit).astype(np.float64)
    precision = hits / np.arange(1, len(hit) + 1)
    best: Floats = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(hits / marked, RECALLS, side="left")
    return float(np.append(best, 0.0)[at].mean())


def mean_known(values: list[float | None]) -> float | None:
    """Return the mean of what is defined; None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
