"""What a picture shows, told from a small copy of it: the thing, its edges, its grain."""

import math

import numpy as np
from numpy.typing import NDArray

from augmentor.core.pictures import Pixels, white_of

SMALL_PX = 128
"""Longer side of the copy in which the thing and its edges are found."""

_GRAIN_PX = 256  # longer side of the copy in which the grain is found: its lines are thin
_RIM = 2  # px of the small copy that tell what lies around the thing
_LEAST_STEP = 10  # of 255: a background nearer than this to the thing is not told from it
_RIM_SHARE = 0.35  # what stands out must be this much rarer at the rim than inside
_EDGE_STEP = 24  # of 255, a weaker step of the small copy is no edge


def foreground(pixels: Pixels) -> NDArray[np.bool_]:
    """Return the thing that a picture shows; everything where it fills the picture.

    What lies at the rim is taken as the background, if the picture has enough inside that
    differs from it and does not lie at the rim too.

    Parameters
    ----------
    pixels : of a picture, see `core.pictures.Pixels`.

    Returns
    -------
    bool [height, width], without holes; all True where nothing can be told.
    """
    return _spread(small_foreground(pixels), pixels)


def edges(pixels: Pixels) -> NDArray[np.bool_]:
    """Return where a picture's brightness steps, as at the rim of a thing.

    Parameters
    ----------
    pixels : of a picture.

    Returns
    -------
    bool [height, width]; all False on an even surface.
    """
    return _spread(small_edges(pixels), pixels)


def small_foreground(pixels: Pixels) -> NDArray[np.bool_]:
    """Return `foreground` on a copy of `SMALL_PX` px, bool [rows, columns].

    References
    ----------
    N. Otsu, A threshold selection method from gray-level histograms, IEEE Transactions on
    Systems, Man, and Cybernetics 9(1), 1979: the threshold on the distance from the rim's colour.
    """
    import cv2

    copy = _small(pixels, SMALL_PX)
    everything = np.ones(copy.shape[:2], np.bool_)
    if min(copy.shape[:2]) <= 4 * _RIM:
        return everything
    colours = copy.reshape(*copy.shape[:2], -1).astype(np.int16)
    around = np.concatenate([
        colours[:_RIM].reshape(-1, colours.shape[2]),
        colours[-_RIM:].reshape(-1, colours.shape[2]),
        colours[_RIM:-_RIM, :_RIM].reshape(-1, colours.shape[2]),
        colours[_RIM:-_RIM, -_RIM:].reshape(-1, colours.shape[2]),
    ])  # fmt: skip
    usual = np.sort(around, axis=0)[len(around) // 2]
    differs = np.abs(colours - usual)
    far = differs[:, :, 0].astype(np.uint8)
    for colour in range(1, colours.shape[2]):
        far = np.maximum(far, differs[:, :, colour].astype(np.uint8))
    far = cv2.blur(far, (3, 3))
    step, split = cv2.threshold(far, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    inside = float(np.mean(split[_RIM:-_RIM, _RIM:-_RIM] > 0))
    total, middle = int(np.count_nonzero(split)), split[_RIM:-_RIM, _RIM:-_RIM]
    at_rim = (total - int(np.count_nonzero(middle))) / (split.size - middle.size)
    if step < _LEAST_STEP or inside < 0.02 or at_rim > _RIM_SHARE * inside:
        return everything
    split = cv2.morphologyEx(split, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    outlines, _ = cv2.findContours(split, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    whole = np.zeros_like(split)
    cv2.drawContours(whole, outlines, -1, 255, cv2.FILLED)
    whole = cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return np.asarray(whole > 0) if whole.any() else everything


def small_edges(pixels: Pixels) -> NDArray[np.bool_]:
    """Return `edges` on a copy of `SMALL_PX` px, bool [rows, columns]."""
    import cv2

    grey = cv2.blur(_grey(_small(pixels, SMALL_PX)), (3, 3))
    across = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.25)
    down = cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.25)
    steep = cv2.magnitude(across, down)
    least = max(_EDGE_STEP / 2, float(steep.mean() + 1.5 * steep.std()))
    return np.asarray(steep > least)


def grain_deg(pixels: Pixels) -> tuple[float, float]:
    """Return the direction of a surface's own lines, as of brushed metal, and how clear it is.

    Parameters
    ----------
    pixels : of a picture.

    Returns
    -------
    Degrees, above -90 to 90: 0 lies along the rows, counter-clockwise as the eye sees it. And
    how far the directions agree: 0 where each is as frequent, 1 where all lines run along one.

    References
    ----------
    J. Bigun and G. H. Granlund, Optimal orientation detection of linear symmetry, ICCV 1987:
    the mean of gradients at twice their angle. Here each counts by its length, not by its
    square, so that a few strong edges do not decide.
    """
    import cv2

    grey = _grey(_small(pixels, _GRAIN_PX))
    if min(grey.shape) < 3:
        return 0.0, 0.0
    across = cv2.Scharr(grey, cv2.CV_32F, 1, 0)[1:-1, 1:-1]
    down = cv2.Scharr(grey, cv2.CV_32F, 0, 1)[1:-1, 1:-1]
    length = cv2.magnitude(across, down)
    total = float(length.sum(dtype=np.float64))
    if not total:
        return 0.0, 0.0
    even = float(((across - down) * (across + down) / (length + 1)).sum(dtype=np.float64))
    odd = float((2 * across * down / (length + 1)).sum(dtype=np.float64))
    steepest = 0.5 * math.degrees(math.atan2(odd, even))  # clockwise, since rows count down
    strength = math.hypot(even, odd) / total
    along = round(90.0 - steepest, 1)  # the last bits of the sums must not decide
    return round(along - 180.0 if along > 90 else along, 1), round(min(1.0, strength), 4)


def _small(pixels: Pixels, most_px: int) -> NDArray[np.uint8]:
    """Return a picture at 8 bits, halved until its longer side is at most so many px."""
    import cv2

    step = max(1, max(pixels.shape[:2]) // (4 * most_px))
    if step > 1:
        pixels = np.ascontiguousarray(pixels[::step, ::step])
    while max(pixels.shape[:2]) > most_px:
        height, width = (max(1, side // 2) for side in pixels.shape[:2])
        even = pixels[: 2 * height, : 2 * width]
        pixels = cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA)
    if pixels.dtype != np.uint8:
        scaled = pixels.astype(np.float32) * np.float32(255 / white_of(pixels))
        pixels = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
    return pixels


def _grey(pixels: Pixels) -> Pixels:
    import cv2

    return pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)


def _spread(small: NDArray[np.bool_], pixels: Pixels) -> NDArray[np.bool_]:
    """Return what was found on a small copy at the picture's own size."""
    import cv2

    height, width = pixels.shape[:2]
    if small.all():
        return np.ones((height, width), np.bool_)
    grown = cv2.resize(
        small.astype(np.uint8) * np.uint8(255), (width, height), interpolation=cv2.INTER_LINEAR
    )
    return np.asarray(grown > 127)
