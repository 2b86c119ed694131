"""Boxes and masks of many pictures at once, as COCO's files and tools have them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.errors import BadSourceError
from augmentor.files.marked import short
from augmentor.files.rle import counts_of, mask_tools

Rle = dict[str, Any]
"""Run lengths as COCO's tools take them: ``{"size": [height, width], "counts": bytes}``."""
UNKNOWN = (math.nan,) * 4
"""The box of a region that has only a mask, until it is measured."""
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """Boxes, and masks where there are any.

    Parameters
    ----------
    picture, label : places of the picture and of the class, int64 [regions].
    box_px : left, top, width, height, float64 [regions, 4]; of a mask where no box was given.
    masks : [regions]; None where only the box is known.
    """

    picture: Ints
    label: Ints
    box_px: Floats
    masks: Sequence[Rle | None]

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, tuple[float, ...], Rle | None]]) -> "Regions":
        """Return regions from rows of picture, class, box and mask; boxes not known are nan."""
        boxes = np.array([row[2] for row in rows], dtype=np.float64).reshape(-1, 4)
        masks = [row[3] for row in rows]
        unknown = np.flatnonzero(np.isnan(boxes[:, 0]))
        if len(unknown):
            boxes[unknown] = mask_tools().toBbox([masks[at] for at in unknown])
        return cls(
            np.array([row[0] for row in rows], dtype=np.int64),
            np.array([row[1] for row in rows], dtype=np.int64),
            boxes,
            masks,
        )

    def __len__(self) -> int:
        return len(self.picture)

    @property
    def masked(self) -> bool:
        """Whether every region has a mask."""
        return all(mask is not None for mask in self.masks)

    def take(self, rows: Ints) -> "Regions":
        """Return some of them, in the order asked for."""
        masks = [self.masks[at] for at in rows.tolist()]
        return Regions(self.picture[rows], self.label[rows], self.box_px[rows], masks)


def numbers(values: Any) -> bool:
    """Whether values are all finite numbers."""
    return all(type(one) in (int, float) and math.isfinite(one) for one in values)


def box_of(box: Any) -> tuple[float, float, float, float] | None:
    """Return a box of a COCO file; None where there is none, or it only stands for one.

    Raises
    ------
    BadSourceError : it is no box.
    """
    if box is None or box == []:
        return None
    if not isinstance(box, list) or len(box) != 4 or not numbers(box):
        raise BadSourceError(f"its bbox is {short(box)}; write [left, top, width, height]")
    left, top, width, height = map(float, box)
    if width < 0 or height < 0:
        raise BadSourceError(f"its bbox {short(box)} has a negative width or height")
    return left, top, width, height


def mask_of(shape: Any, size: tuple[int, int] | None) -> Rle:
    """Return run lengths or polygons of a COCO file as run lengths.

    Parameters
    ----------
    shape : the ``segmentation`` of an annotation or of a result.
    size : height and width of the picture in px, where they are known.

    Raises
    ------
    BadSourceError : it is neither, or of a picture of another size.
    """
    if isinstance(shape, Mapping):
        return _of_runs(shape, size)
    if size is None:
        raise BadSourceError("a polygon needs the width and the height of its image")
    height, width = size
    far = max(size)
    if not isinstance(shape, list) or not all(_is_polygon(part) for part in shape):
        wanted = "write run lengths, or lists of x0, y0, x1, y1, ... of three points or more"
        raise BadSourceError(f"its segmentation is {short(shape)}; {wanted}")
    if any(not -far <= one <= 2 * far for part in shape for one in part):
        raise BadSourceError(f"a polygon lies far outside the picture of {width} x {height} px")
    tools = mask_tools()
    runs: Rle = tools.merge(tools.frPyObjects([list(map(float, one)) for one in shape], *size))
    return runs


def _is_polygon(part: Any) -> bool:
    return isinstance(part, list) and len(part) >= 6 and len(part) % 2 == 0 and numbers(part)


def _of_runs(shape: Mapping[str, Any], size: tuple[int, int] | None) -> Rle:
    own, counts = shape.get("size"), shape.get("counts")
    if not (isinstance(own, list) and len(own) == 2 and all(type(n) is int and n > 0 for n in own)):
        raise BadSourceError(f"its RLE is of size {short(own)}; write [height, width]")
    if size is not None and tuple(own) != size:
        what = f"its RLE is of {own[1]} x {own[0]} px, its image of {size[1]} x {size[0]}"
        raise BadSourceError(f"{what} (width x height)")
    if isinstance(counts, str):
        counts_of(counts, *own)
        return {"size": own, "counts": counts.encode("ascii")}
    if not isinstance(counts, list) or not all(type(one) is int for one in counts):
        raise BadSourceError(f"the counts of its RLE are {short(counts)}; write text or numbers")
    counts_of(counts, *own)
    runs: Rle = mask_tools().frPyObjects({"size": own, "counts": counts}, *own)
    return runs


def area_of(box: Sequence[float], mask: Rle | None) -> float:
    """Return the pixels of a mask, or the area of a box where there is no mask."""
    return float(mask_tools().area(mask)) if mask is not None else box[2] * box[3]
