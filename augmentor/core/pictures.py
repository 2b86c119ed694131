"""Targets of a picture: its pixels, what is marked in it, its classes by pixel, its points."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.example import Target

Pixels = NDArray[Any]
"""uint8, uint16 or float32 [height, width] for grey, [height, width, 3] for red, green, blue.

The white of a float is 1.
"""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in px; right and bottom are where it ends, not its last pixel."""


@dataclass(frozen=True, slots=True, eq=False)
class Image(Target):
    """A picture.

    Parameters
    ----------
    pixels : uint8, uint16 or float32 [height, width] or [height, width, 3] (red, green, blue).
    """

    pixels: Pixels

    @property
    def width_px(self) -> int:
        """Columns."""
        return int(self.pixels.shape[1])

    @property
    def height_px(self) -> int:
        """Rows."""
        return int(self.pixels.shape[0])


def white_of(pixels: Pixels) -> float:
    """Return the number that stands for white: 255, 65535, or 1 of a float."""
    return 1.0 if pixels.dtype.kind == "f" else float(np.iinfo(pixels.dtype).max)


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """One thing that is marked in a picture: a class and a box, and a mask where it has one.

    Parameters
    ----------
    label : its class.
    box_px : left, top, right, bottom. Of an instance with a mask, the tight box of the mask.
    mask : bool [rows, columns], the pixels of the box that belong to it; None where only the
        box is known. Then the box is whole pixels, and its first row and column hold some.
    made : whether an edit made it.
    crowd : whether it stands for many things together, as COCO's `iscrowd`.
    """

    label: str
    box_px: Box
    mask: NDArray[np.bool_] | None = None
    made: bool = False
    crowd: bool = False

    @classmethod
    def of_mask(
        cls,
        label: str,
        mask: NDArray[np.bool_],
        left: int = 0,
        top: int = 0,
        *,
        made: bool = False,
        crowd: bool = False,
    ) -> "Instance | None":
        """Return the instance of a mask, cut to its tight box; None where nothing is set.

        Parameters
        ----------
        label : its class.
        mask : bool [rows, columns].
        left, top : the place of its first column and row in the picture.
        made, crowd : see the class.
        """
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if not len(rows):
            return None
        first, last = int(rows[0]), int(rows[-1]) + 1
        begin, end = int(columns[0]), int(columns[-1]) + 1
        box = (float(left + begin), float(top + first), float(left + end), float(top + last))
        cut = np.ascontiguousarray(mask[first:last, begin:end])
        return cls(label, box, cut, made=made, crowd=crowd)

    @property
    def left_px(self) -> int:
        """First column of the mask."""
        return int(self.box_px[0])

    @property
    def top_px(self) -> int:
        """First row of the mask."""
        return int(self.box_px[1])

    @property
    def area_px(self) -> float:
        """Pixels of the mask, or the area of the box where there is no mask."""
        if self.mask is not None:
            return float(np.count_nonzero(self.mask))
        left, top, right, bottom = self.box_px
        return (right - left) * (bottom - top)

    def drawn(self, height_px: int, width_px: int) -> NDArray[np.bool_]:
        """Return its mask over the whole picture, bool [height, width]; a box is filled."""
        whole = np.zeros((height_px, width_px), np.bool_)
        left, top, right, bottom = self.box_px
        if self.mask is None:
            whole[max(0, round(top)) : round(bottom), max(0, round(left)) : round(right)] = True
        else:
            whole[int(top) : int(bottom), int(left) : int(right)] = self.mask
        return whole

    def without(self, mask: NDArray[np.bool_], left: int, top: int) -> "Instance | None":
        """Return what another thing leaves of it; None where it covers all of it.

        Parameters
        ----------
        mask : bool [rows, columns] of the thing that covers.
        left, top : the place of its first column and row in the picture.
        """
        if self.mask is None:
            return self  # nobody knows which pixels of the box were its own
        height, width = self.mask.shape
        x, y = left - self.left_px, top - self.top_px
        mine = (slice(max(y, 0), max(y + mask.shape[0], 0)),
                slice(max(x, 0), max(x + mask.shape[1], 0)))  # fmt: skip
        theirs = mask[max(-y, 0) : max(height - y, 0), max(-x, 0) : max(width - x, 0)]
        if not (self.mask[mine] & theirs).any():
            return self
        left_over = self.mask.copy()
        left_over[mine] &= ~theirs
        found = Instance.of_mask(self.label, left_over, self.left_px, self.top_px)
        return None if found is None else replace(found, made=self.made, crowd=self.crowd)


@dataclass(frozen=True, slots=True, eq=False)
class Instances(Target):
    """What is marked in a picture, one by one; also an empty list says something."""

    items: tuple[Instance, ...] = ()

    def as_found(self) -> "Instances":
        """Return these as a source has them: none of them made by an edit."""
        return Instances(tuple(replace(one, made=False) for one in self.items))

    def covered(self, instance: Instance) -> "Instances":
        """Return these and one more on top of them: each is cut where the new one covers it."""
        assert instance.mask is not None
        kept = (one.without(instance.mask, instance.left_px, instance.top_px) for one in self.items)
        return Instances((*(one for one in kept if one is not None), instance))


@dataclass(frozen=True, slots=True, eq=False)
class Mask(Target):
    """The class of every pixel.

    Parameters
    ----------
    classes : uint8 [height, width], places in `names`.
    names : the classes; the first is the background.
    """

    classes: NDArray[np.uint8]
    names: tuple[str, ...]

    def covered(self, instance: Instance) -> "Mask":
        """Return the mask with one more thing on top, of a class that may be new."""
        assert instance.mask is not None
        names = self.names if instance.label in self.names else (*self.names, instance.label)
        classes = self.classes.copy()
        left, top = instance.left_px, instance.top_px
        rows, columns = instance.mask.shape
        classes[top : top + rows, left : left + columns][instance.mask] = names.index(
            instance.label
        )
        return Mask(classes, names)


@dataclass(frozen=True, slots=True, eq=False)
class Keypoints(Target):
    """Points of a picture that have names.

    Parameters
    ----------
    points_px : float64 [points, 2], x and y; the middle of the first pixel is (0.5, 0.5).
    names : one a point.
    visible : bool [points]; a point that left the picture is not visible and keeps its place.
    """

    points_px: NDArray[np.float64]
    names: tuple[str, ...]
    visible: NDArray[np.bool_]


def union_of(instances: Sequence[Instance], height_px: int, width_px: int) -> NDArray[np.bool_]:
    """Return the pixels that belong to any of some instances, bool [height, width]."""
    whole = np.zeros((height_px, width_px), np.bool_)
    for one in instances:
        if one.mask is None:
            whole |= one.drawn(height_px, width_px)
        else:
            rows, columns = one.mask.shape
            whole[one.top_px : one.top_px + rows, one.left_px : one.left_px + columns] |= one.mask
    return whole
