"""Run lengths of masks as COCO writes them: column by column, unset first."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.errors import BadSourceError, UsageError

Counts = NDArray[np.int64]


def mask_tools() -> Any:
    """Return the functions of pycocotools that give polygons and run lengths their meaning.

    Raises
    ------
    UsageError : it is not installed, with what to write.
    """
    try:
        from pycocotools import mask
    except ImportError:
        raise UsageError(
            "polygons and masks of pictures need pycocotools, which is not installed here; "
            "write: pip install 'augmentor-loop[images]'"
        ) from None
    return mask


def encode_rle(mask: NDArray[np.bool_]) -> dict[str, Any]:
    """Return a mask as COCO's compressed run lengths.

    Parameters
    ----------
    mask : bool [height, width].

    Returns
    -------
    ``{"size": [height, width], "counts": text}``.
    """
    height, width = mask.shape
    found = mask_tools().encode(np.asfortranarray(mask, np.uint8))
    return {"size": [height, width], "counts": found["counts"].decode("ascii")}


def counts_of(counts: str | bytes | Sequence[int], height_px: int, width_px: int) -> Counts:
    """Return run lengths as numbers that fill the picture; other tools read beyond its memory.

    Parameters
    ----------
    counts : COCO's text, or the plain numbers.
    height_px, width_px : size of the mask.

    Raises
    ------
    BadSourceError : no run lengths, or they do not fill the mask.
    """
    if isinstance(counts, str | bytes):
        found = _numbers(counts.encode("utf-8", "replace") if isinstance(counts, str) else counts)
    else:
        try:
            found = np.array(counts, np.int64).reshape(-1)
        except (TypeError, ValueError, OverflowError):
            raise BadSourceError("the counts of its RLE are no list of whole numbers") from None
    # Numbers that large would overflow on the way to a sum that fits.
    if (
        (found < 0).any()
        or (found > height_px * width_px).any()
        or (int(found.sum()) != height_px * width_px)
    ):
        raise BadSourceError(
            f"the counts of its RLE do not fill {height_px} x {width_px} px (height x width)"
        )
    return found


def _numbers(text: bytes) -> Counts:
    """Return the numbers in COCO's text.

    Six bits a character from '0': five of the number, low first, and whether more follow; the
    last one's fifth bit is the sign. From the fourth number on, differences to the last but one.

    References
    ----------
    T.-Y. Lin and P. Dollar, cocoapi, maskApi.c, rleToString.
    """
    bits = np.frombuffer(text, np.uint8).astype(np.int64) - 48
    if not len(bits):
        return bits
    ends = np.flatnonzero((bits & 32) == 0)
    if (bits < 0).any() or (bits > 63).any() or not len(ends) or ends[-1] != len(bits) - 1:
        raise BadSourceError("the counts of its RLE are no text that COCO's tools write")
    starts = np.r_[0, ends[:-1] + 1]
    lengths = ends - starts + 1
    if lengths.max() > 10:  # fifty bits
        raise BadSourceError("the counts of its RLE are larger than any picture")
    places = np.arange(len(bits)) - np.repeat(starts, lengths)
    found: Counts = np.add.reduceat((bits & 31) << (5 * places), starts)
    found -= np.where(bits[ends] & 16, np.int64(1) << (5 * lengths), 0)
    for first in (1, 2):  # the first number stands alone, and so does the third
        found[first::2] = np.cumsum(found[first::2])
    return found


def cut_of(counts: Counts, height_px: int) -> tuple[int, int, NDArray[np.bool_]] | None:
    """Return the part of a mask that holds all that is set, without drawing the rest.

    Parameters
    ----------
    counts : run lengths that fill whole columns, from `counts_of`.
    height_px : height of the mask.

    Returns
    -------
    Left, top and bool [rows, columns]; None where nothing is set.
    """
    ends = np.cumsum(counts)
    set_ = np.flatnonzero(counts[1::2]) * 2 + 1
    if not len(set_):
        return None
    left = int((ends[set_[0]] - counts[set_[0]]) // height_px)
    right = int((ends[set_[-1]] - 1) // height_px) + 1
    first = left * height_px
    kept: Counts = np.clip(ends, first, right * height_px)
    inside = kept - np.r_[first, kept[:-1]]
    columns = np.repeat(np.arange(len(counts)) % 2 == 1, inside).reshape(right - left, height_px)
    rows = np.flatnonzero(columns.any(axis=0))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    return left, top, np.ascontiguousarray(columns[:, top:bottom].T)
