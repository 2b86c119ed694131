"""Pictures that are not sharp: out of focus, or moved while the shutter was open."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.pictures import Image, Pixels

Weights = NDArray[np.float64]
"""Odd rows and columns, whole numbers of `UNIT`, which add up to 1."""

UNIT = 2.0**-16
"""Sums of bytes weighted in this unit are exact in float32: no order of adding changes them."""

_FINE = 16  # rows in a pixel, to measure how much of it a disk covers
_DIRECT = 130  # weights; from here on OpenCV turns to Fourier sums, which are not exact in float32
_STRIP = 4_000_000  # numbers blurred at once as float64: 32 MB


def defocus(image: Image, *, radius_px: float) -> tuple[Image, dict[str, Any]]:
    """Put a picture out of focus: each point becomes a disk, the shape of an open aperture.

    Parameters
    ----------
    image : the picture; beyond its edges it is taken as mirrored.
    radius_px : of the disk; up to half a pixel nothing changes.
    """
    return Image(filtered(image.pixels, disk(radius_px))), {}


def move(image: Image, *, length_px: float, angle_deg: float) -> tuple[Image, dict[str, Any]]:
    """Move a picture evenly along a line while it is taken.

    Parameters
    ----------
    image : the picture; beyond its edges it is taken as mirrored.
    length_px : of the line that a point becomes.
    angle_deg : of the line; 0 is along the rows, 90 down the columns, 45 to the lower right.
    """
    return Image(filtered(image.pixels, line(length_px, angle_deg))), {}


def disk(radius_px: float) -> Weights:
    """Return a disk, each pixel by how much of it is covered."""
    half = max(0, math.ceil(radius_px - 0.5))
    side = 2 * half + 1
    down = (np.arange(side * _FINE) + 0.5) / _FINE - side / 2
    reach = np.sqrt(np.maximum(radius_px**2 - down**2, 0))[:, np.newaxis]
    left = np.arange(side) - side / 2
    covered = np.minimum(reach, left + 1) - np.maximum(-reach, left)
    weights = np.maximum(covered, 0).reshape(side, _FINE, side).sum(axis=1)
    return _in_units(weights) if half else np.ones((1, 1))


def line(length_px: float, angle_deg: float) -> Weights:
    """Return a line as thin as a pixel, as points near to each other, shared by four pixels."""
    points = 2 * math.ceil(4 * length_px) + 1
    along = (np.arange(points) / points + 0.5 / points - 0.5) * length_px
    x = along * math.cos(math.radians(angle_deg))
    y = along * math.sin(math.radians(angle_deg))
    beside, below = (math.ceil(float(np.abs(way).max()) - 1e-9) for way in (x, y))
    weights = np.zeros((2 * below + 3, 2 * beside + 3))  # one more around, for the shares
    column, row = np.floor(x).astype(np.intp), np.floor(y).astype(np.intp)
    right, lower = x - column, y - row
    for down, share_down in ((0, 1 - lower), (1, lower)):
        for across, share in ((0, 1 - right), (1, right)):
            place = (row + below + 1 + down, column + beside + 1 + across)
            np.add.at(weights, place, share_down * share)
    return _in_units(weights[1:-1, 1:-1])


def _in_units(weights: Weights) -> Weights:
    """Return weights as whole numbers of `UNIT`; what rounding takes, the next one gets."""
    upto = np.cumsum(weights.ravel())
    steps = np.rint(upto / upto[-1] / UNIT)
    return np.asarray(np.diff(steps, prepend=0.0).reshape(weights.shape) * UNIT, np.float64)


def filtered(pixels: Pixels, weights: Weights) -> Pixels:
    """Return a picture with every pixel shared out to its neighbours.

    Parameters
    ----------
    pixels : of a picture; beyond its edges it is taken as mirrored.
    weights : how much each neighbour gets; the middle one is the pixel itself.

    Returns
    -------
    The picture, of the same type, the same bytes on any processor: sums of bytes are exact,
    longer ones are made in float64 and moved off the ties that rounding could break both ways.
    """
    import cv2

    if weights.size == 1:
        return pixels.copy()
    if pixels.dtype == np.uint8 and weights.size < _DIRECT:
        near = weights.astype(np.float32)
        return np.asarray(cv2.filter2D(pixels, -1, near)).reshape(pixels.shape)
    height, margin = pixels.shape[0], weights.shape[0] // 2
    step = max(4 * margin, _STRIP // (pixels.size // height))
    # A quarter of a unit: sums are whole units, and errors of float64 are far smaller.
    up = 0.0 if pixels.dtype.kind == "f" else 0.5 + UNIT / 4
    after = np.empty_like(pixels)
    for top in range(0, height, step):
        first, last = max(0, top - margin), min(height, top + step + margin)
        part = pixels[first:last].astype(np.float64)
        soft = np.asarray(cv2.filter2D(part, cv2.CV_64F, weights, delta=up))
        after[top : top + step] = soft.reshape(part.shape)[top - first :][:step]
    return after
