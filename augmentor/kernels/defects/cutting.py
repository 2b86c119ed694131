"""A real defect cut out of its picture: turned, sized and coloured as it is wanted elsewhere."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from augmentor.core.pictures import Pixels, white_of
from augmentor.kernels.defects.measured import RIM_PX, RING_PX, brightness, distance_px

FLIPS = ("none", "across", "down", "both")
MARGIN_PX = RIM_PX + RING_PX
"""So much of its surroundings is cut out with a defect."""

_FEATHER_PX = 2  # outside of its mask, where a defect is gone: the pixel next to it is a mix
_SET = 0.3  # of a pixel: thin lines stay whole when they are turned or made smaller
_WHOLE = 0.999

Plane = NDArray[np.float32]
Where = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Cutting:
    """A real defect with some of what lay around it.

    Parameters
    ----------
    pixels : of the piece, see `core.pictures.Pixels`.
    mask : bool [height, width], the defect; some of it is set.
    others : bool [height, width], what else was marked there: no surroundings of the defect.
    """

    pixels: Pixels
    mask: Where
    others: Where


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A cutting as it is wanted.

    Parameters
    ----------
    pixels : float32, white 1.
    alpha : float32 [height, width]: 1 on the defect, less on its rim, 0 around it.
    around : bool [height, width], beyond the rim, where the surface is as it was.
    known : bool [height, width], where the pixels are the defect's or its surroundings'.
    left, top, right, bottom : the defect's box in px, without its rim.
    """

    pixels: Plane
    alpha: Plane
    around: Where
    known: Where
    left: int
    top: int
    right: int
    bottom: int

    @property
    def width_px(self) -> int:
        """Columns of the defect's box."""
        return self.right - self.left

    @property
    def height_px(self) -> int:
        """Rows of the defect's box."""
        return self.bottom - self.top


def prepared(
    cutting: Cutting, *, coloured: bool, angle_deg: float, scale_frac: float, flip: str
) -> Piece:
    """Return a cutting flipped, then sized and turned; as it was where nothing is asked.

    Parameters
    ----------
    cutting : the defect.
    coloured : whether red, green and blue are wanted, or grey.
    angle_deg : counter-clockwise, as the eye sees it.
    scale_frac : 1 as it was.
    flip : one of `FLIPS`.
    """
    pixels = _coloured(cutting.pixels, coloured)
    mask, known = cutting.mask.astype(np.float32), (~cutting.others).astype(np.float32)
    turned = [_turned(_flipped(one, flip), angle_deg, scale_frac) for one in (mask, known)]
    pixels = _turned(_flipped(pixels, flip), angle_deg, scale_frac, sharp=True)
    mask, known = turned
    thing = mask >= min(_SET, float(mask.max()))
    rows, columns = np.flatnonzero(thing.any(axis=1)), np.flatnonzero(thing.any(axis=0))
    away = distance_px(thing)
    return Piece(
        pixels,
        np.asarray(np.clip(1 - away / np.float32(_FEATHER_PX), 0, 1), np.float32),
        away > RIM_PX,
        known >= _WHOLE,
        int(columns[0]),
        int(rows[0]),
        int(columns[-1]) + 1,
        int(rows[-1]) + 1,
    )


def _coloured(pixels: Pixels, coloured: bool) -> Plane:
    if not coloured:
        return brightness(pixels)
    scaled = pixels.astype(np.float32) / np.float32(white_of(pixels))
    return scaled if scaled.ndim == 3 else np.repeat(scaled[:, :, np.newaxis], 3, axis=2)


def _flipped(plane: Plane, flip: str) -> Plane:
    across, down = flip in ("across", "both"), flip in ("down", "both")
    return np.ascontiguousarray(plane[:: -1 if down else 1, :: -1 if across else 1])


def _turned(plane: Plane, angle_deg: float, scale: float, *, sharp: bool = False) -> Plane:
    """Return a plane made smaller or larger and turned; what was outside of it is 0.

    Where it is `sharp` its grain is kept by cubic interpolation, and its edge goes on outside.
    """
    import cv2

    rows, columns = plane.shape[:2]
    if scale < 1:  # by areas: nothing of a thin line is skipped
        size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
        plane = np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)
        columns, rows = size
    scale = max(scale, 1.0)
    if angle_deg % 360 == 0 and scale == 1:
        return plane
    turn = math.radians(angle_deg)
    cos, sin = abs(math.cos(turn)) * scale, abs(math.sin(turn)) * scale
    width = math.ceil(columns * cos + rows * sin - 1e-6)
    height = math.ceil(columns * sin + rows * cos - 1e-6)
    middle = ((columns - 1) / 2, (rows - 1) / 2)
    matrix = cv2.getRotationMatrix2D(middle, angle_deg, scale)
    matrix[0, 2] += (width - 1) / 2 - middle[0]
    matrix[1, 2] += (height - 1) / 2 - middle[1]
    kind = cv2.INTER_CUBIC if sharp else cv2.INTER_LINEAR
    border = cv2.BORDER_REPLICATE if sharp else cv2.BORDER_CONSTANT
    turned = cv2.warpAffine(plane, matrix, (width, height), flags=kind, borderMode=border)
    return np.asarray(turned, np.float32)
