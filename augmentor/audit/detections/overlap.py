"""How much regions overlap: intersection over union of boxes and of masks, as COCO counts it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from augmentor.core.errors import UsageError
from augmentor.files.coco_regions import Regions
from augmentor.files.rle import mask_tools

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_BLOCK = 1 << 20  # pairs at a time


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Regions of one list beside those of another which they overlap.

    Parameters
    ----------
    one, other : their places in the two lists, int64 [pairs]; in order of `one`, then `other`.
    iou : intersection over union of each, float64 [pairs].
    """

    one: Ints
    other: Ints
    iou: Floats

    def some(self, kept: NDArray[np.bool_]) -> "Pairs":
        """Return only some of the pairs, bool [pairs]."""
        return Pairs(self.one[kept], self.other[kept], self.iou[kept])


def overlaps(
    ones: Regions,
    others: Regions,
    crowd: NDArray[np.bool_],
    least: float,
    *,
    masks: bool,
    across: bool = False,
) -> Pairs:
    """Return all pairs of one picture and class that overlap by no less than asked for.

    Parameters
    ----------
    ones, others : detections and ground truth, by the places of pictures and classes.
    crowd : whether each of the others stands for many things; what lies in one is not counted
        against its size: the union is that of the detection alone [others].
    least : smallest intersection over union, above 0.
    masks : whether masks overlap, or boxes.
    across : whether the two may be of different classes.

    References
    ----------
    Lin et al. 2014, "Microsoft COCO: common objects in context".
    """
    classes = 0 if across else 1 + max(_last(ones.label), _last(others.label))
    keys = [
        regions.picture if across else regions.picture * classes + regions.label
        for regions in (ones, others)
    ]
    parts = []
    for one, other in _candidates(*keys):
        near = _of_boxes(ones.box_px[one], others.box_px[other], crowd[other])
        if masks:
            kept = near > 0
            one, other = one[kept], other[kept]  # noqa: PLW2901 - the pair loses what is far off
            near = _of_masks(ones, others, crowd, one, other)
        parts.append(Pairs(one, other, near).some(near >= least))
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return Pairs(none, none, np.zeros(0))
    return Pairs(
        np.concatenate([part.one for part in parts]),
        np.concatenate([part.other for part in parts]),
        np.concatenate([part.iou for part in parts]),
    )


def _last(codes: Ints) -> int:
    return int(codes.max()) if len(codes) else 0


def _candidates(ones: Ints, others: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Yield all pairs of equal keys, so many at a time that memory stays small."""
    order = np.argsort(others, kind="stable")
    ranked = others[order]
    first = np.searchsorted(ranked, ones, "left")
    count = np.searchsorted(ranked, ones, "right") - first
    ends = np.cumsum(count)
    start = 0
    while start < len(ones):
        before = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + _BLOCK, "right")))
        some = count[start:stop]
        step = np.arange(some.sum()) - np.repeat(np.cumsum(some) - some, some)
        one = np.repeat(np.arange(start, stop), some)
        yield one, order[np.repeat(first[start:stop], some) + step]
        start = stop


def _of_boxes(one: Floats, other: Floats, crowd: NDArray[np.bool_]) -> Floats:
    """Return the overlap of boxes, row beside row."""
    (left, top, width, height), (x, y, wide, high) = one.T, other.T
    across = np.minimum(left + width, x + wide) - np.maximum(left, x)
    down = np.minimum(top + height, y + high) - np.maximum(top, y)
    both = np.where((across > 0) & (down > 0), across * down, 0.0)
    own = width * height
    union = np.where(crowd, own, own + wide * high - both)
    found: Floats = np.divide(both, union, out=np.zeros(len(both)), where=both > 0)
    return found


def _of_masks(
    ones: Regions, others: Regions, crowd: NDArray[np.bool_], one: Ints, other: Ints
) -> Floats:
    """Return the overlap of masks, by the pairs that are asked for; `one` is in order."""
    tools = mask_tools()
    found = np.zeros(len(one))
    starts = np.flatnonzero(np.diff(one, prepend=-1))
    for start, stop in pairwise([*starts.tolist(), len(one)]):
        some = other[start:stop]
        mine, theirs = ones.masks[one[start]], [others.masks[at] for at in some.tolist()]
        if mine is None or None in theirs:
            raise UsageError("a region without a mask is matched by masks")
        found[start:stop] = tools.iou([mine], theirs, crowd[some].astype(int).tolist())[0]
    return found
