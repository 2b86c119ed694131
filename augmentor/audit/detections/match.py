"""Which detection found which thing: matching as COCO does it, at one overlap and one score."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.detections.overlap import Ints, Pairs, overlaps
from augmentor.files.coco_results import Results, Truth

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """What became of every detection and of everything that is marked.

    Parameters
    ----------
    hit : detections that found something of their class [detections].
    false : detections that found nothing of their class [detections]; those in a crowd of
        their class are neither.
    said : detections of the asked score or more [detections].
    found : things that a detection of their class found [regions]; never crowds.
    taken_for : the class of a false detection that lies on something that was not found, else
        -1 [regions].
    misled : false detections that lie so [detections].
    """

    hit: Bools
    false: Bools
    said: Bools
    found: Bools
    taken_for: Ints
    misled: Bools


def ranks(results: Results) -> tuple[Ints, Ints]:
    """Return detections in the order in which they choose, and each one's place among its own.

    Returns
    -------
    order : by picture, class, falling score, then as in the file [detections].
    place : how many of the same picture and class are surer [detections].
    """
    regions = results.regions
    order = np.lexsort((-results.score, regions.label, regions.picture))
    picture, label = regions.picture[order], regions.label[order]
    new = np.flatnonzero(np.diff(picture, prepend=-1) | np.diff(label, prepend=-1))
    sizes = np.diff(np.append(new, len(order)))
    place: Ints = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order)) - np.repeat(new, sizes)
    return order, place


def assigned(pairs: Pairs, order: Ints, crowd: Bools, iou: float) -> Ints:
    """Return what each detection found, -1 where nothing, int64 [detections].

    In their order, each takes the thing of largest overlap that is still free, of equal ones
    the last; a crowd only where none is, and a crowd is never used up.

    Parameters
    ----------
    pairs : detections beside what they overlap, all of those from `iou` on.
    order : detections in the order in which they choose.
    crowd : [regions].
    iou : smallest overlap that counts.

    References
    ----------
    T.-Y. Lin and P. Dollar, cocoapi, cocoeval.py, evaluateImg.
    """
    least = min(iou, 1 - 1e-10)
    pairs = pairs.some(pairs.iou >= least)
    turn = np.empty(len(order), dtype=np.int64)
    turn[order] = np.arange(len(order))
    rows = np.lexsort((pairs.other, crowd[pairs.other], turn[pairs.one]))
    found: Ints = np.full(len(order), -1, dtype=np.int64)
    used: set[int] = set()
    mine, best, best_iou, best_crowd = -1, -1, least, False
    columns = (pairs.one[rows], pairs.other[rows], pairs.iou[rows], crowd[pairs.other[rows]])
    for one, other, overlap, many in zip(*(column.tolist() for column in columns), strict=True):
        if one != mine:
            if best >= 0:
                found[mine] = best
                used.add(best)
            mine, best, best_iou, best_crowd = one, -1, least, False
        if many:
            if best >= 0 and not best_crowd:
                continue
        elif other in used:
            continue
        if overlap >= best_iou:
            best, best_iou, best_crowd = other, overlap, many
    if best >= 0:
        found[mine] = best
    return found


def matched(
    truth: Truth, results: Results, found: Ints, *, iou: float, score: float, masks: bool
) -> Matched:
    """Return what became of everything at one overlap and one score.

    Parameters
    ----------
    truth, results : what is marked, and what was found.
    found : from `assigned`, at the same overlap. Surer detections choose first, so it holds
        for every score.
    iou, score : smallest overlap and score that count.
    masks : whether masks overlap, or boxes.
    """
    said = results.score >= score
    hit = said & (found >= 0)
    hit[hit] = ~truth.crowd[found[hit]]
    false = said & (found < 0)
    got = np.zeros(len(truth.crowd), dtype=np.bool_)
    got[found[hit]] = True
    # What was not found may have been taken for something else: by detections left over.
    missed, left = np.flatnonzero(~got & ~truth.crowd), np.flatnonzero(false)
    things, others = truth.regions.take(missed), results.regions.take(left)
    free = np.zeros(len(missed), dtype=np.bool_)
    pairs = overlaps(others, things, free, min(iou, 1 - 1e-10), masks=masks, across=True)
    order = np.lexsort((-results.score[left], others.picture))
    on = assigned(pairs, order, free, iou)
    taken_for: Ints = np.full(len(got), -1, dtype=np.int64)
    taken_for[missed[on[on >= 0]]] = others.label[on >= 0]
    misled = np.zeros(len(said), dtype=np.bool_)
    misled[left[on >= 0]] = True
    return Matched(hit, false, said, got, taken_for, misled)
