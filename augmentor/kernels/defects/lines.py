"""Thin lines on a picture: which way, where, how they change it, what they came out as."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from augmentor.core.pictures import Pixels, white_of
from augmentor.kernels.defects.patch import FAINT_FRAC, blended
from augmentor.kernels.defects.site import Site
from augmentor.kernels.defects.stroke import Band, Course, box_of
from augmentor.kernels.surface import grain_deg

DIRECTIONS = ("any", "along", "across")
"""At an angle of its own, along the surface's own lines, across them."""

_LEAST_LIGHT = np.float32(0.3)
_CLEAR = 0.2
"""Agreement of directions from which a surface has a grain; gravel has 0.05, brushed metal 0.9."""


def heading_deg(pixels: Pixels, direction: str, angle_deg: float, off_grain_deg: float) -> float:
    """Return in which direction a line runs.

    Parameters
    ----------
    pixels : of the picture.
    direction : one of `DIRECTIONS`.
    angle_deg : the direction where it is any, or where the surface has no grain.
    off_grain_deg : the turn away from along, or from across.
    """
    if direction == "any":
        return angle_deg
    grain, strength = grain_deg(pixels)
    if strength < _CLEAR:
        return angle_deg
    return grain + off_grain_deg + (90.0 if direction == "across" else 0.0)


def laid(
    site: Site,
    courses: Sequence[Course],
    margin_px: float,
    overhang_frac: float,
    x_frac: float,
    y_frac: float,
) -> tuple[list[Course], tuple[int, int, int, int]]:
    """Put lines that belong together onto a picture; what is too large for it is made smaller.

    Parameters
    ----------
    site : the picture.
    courses : the lines, about (0, 0).
    margin_px : how far around its middle a line is drawn.
    overhang_frac : how much of their box may hang out on each side, 0 to 0.5.
    x_frac, y_frac : see `Site.place`.

    Returns
    -------
    The lines in px of the picture, and left, top, right, bottom of the part of their box that
    lies in it, in whole px.
    """
    left, top, right, bottom = box_of(courses)
    inner = max(1 - 2 * overhang_frac, 1e-6)
    room_x = max(0.5, site.width_px - 2 * margin_px) / inner
    room_y = max(0.5, site.height_px - 2 * margin_px) / inner
    fit = min(1.0, room_x / max(right - left, 1e-6), room_y / max(bottom - top, 1e-6))
    courses = [course.scaled(fit) for course in courses] if fit < 1 else courses
    left, top = left * fit - margin_px, top * fit - margin_px
    width, height = right * fit + margin_px - left, bottom * fit + margin_px - top
    x, y = site.place(width * inner, height * inner, x_frac, y_frac)
    x, y = x - width * (1 - inner) / 2, y - height * (1 - inner) / 2
    first_x = min(max(0, math.floor(x)), site.width_px - 1)
    first_y = min(max(0, math.floor(y)), site.height_px - 1)
    last_x = min(max(first_x + 1, math.ceil(x + width)), site.width_px)
    last_y = min(max(first_y + 1, math.ceil(y + height)), site.height_px)
    moved = [course.moved(x - left, y - top) for course in courses]
    return moved, (first_x, first_y, last_x, last_y)


def painted(box: Pixels, canvas: NDArray[np.float32]) -> tuple[Pixels, NDArray[np.float32]]:
    """Return a box with lines on it, and the change that can be seen.

    Only the pixels on the lines are worked on, since they are few in their box.

    Parameters
    ----------
    box : the pixels before.
    canvas : float32 [height, width], the tone of the lines, see `toned`.

    Returns
    -------
    The box after, and float32 [height, width], the change in parts of white, the mean of the
    colours; 0 where it is too faint to be made.
    """
    after = box.copy()
    colours = after.reshape(-1, *box.shape[2:])
    touched = np.flatnonzero(canvas)
    before = colours[touched]
    change = toned(before, canvas.reshape(-1)[touched])
    colours[touched] = blended(before[np.newaxis], change[np.newaxis])[0]
    seen = np.abs(change) >= FAINT_FRAC
    if box.ndim == 3:
        seen = seen[:, 0] | seen[:, 1] | seen[:, 2]
        change = (change[:, 0] + change[:, 1] + change[:, 2]) / np.float32(3)
    shown = np.zeros_like(canvas)
    shown.reshape(-1)[touched] = change * seen
    return after, shown


def toned(before: Pixels, tone: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the change that lines make to the pixels they lie on, in parts of white.

    They are darker or brighter than the surface by a share of its brightness, so its texture
    shows through; the dark keeps its colour, the light is white. Brightening counts a dark
    surface as 0.3 of white: what is laid bare under the paint is not as dark as the paint.

    Parameters
    ----------
    before : [pixels] or [pixels, 3].
    tone : float32 [pixels], -1 black, 1 twice as bright.
    """
    base = before.astype(np.float32) / np.float32(white_of(before))
    light = np.maximum(tone, 0)
    if base.ndim == 1:
        return np.asarray(base * (tone - light) + np.maximum(base, _LEAST_LIGHT) * light)
    grey = (base[:, 0] + base[:, 1] + base[:, 2]) / np.float32(3)
    dark, light = tone - light, np.maximum(grey, _LEAST_LIGHT) * light
    return np.asarray(base * dark[:, np.newaxis] + light[:, np.newaxis])


def measured(
    shown: NDArray[np.float32], tone: NDArray[np.float32], course: Course, near: Band
) -> dict[str, float | None]:
    """Return what lines came out as: how long, wide, strong, at which angle.

    Parameters
    ----------
    shown : float32 [height, width], see `painted`.
    tone : float32 as `near.pixels`, of the first line before it met the surface.
    course, near : the first line.

    Returns
    -------
    ``length_px`` between the first line's ends as they are seen, ``width_px`` where it is
    widest, ``angle_deg`` of the first line, and ``contrast``: the mean over all that changed,
    in parts of white, below 0 darker. None where nothing is seen.
    """
    turn = (course.angle_deg + 90.0) % 180.0 - 90.0
    notes: dict[str, float | None] = {"angle_deg": round(90.0 if turn == -90 else turn, 4)}
    count = int(np.count_nonzero(shown))
    there = np.flatnonzero((shown.reshape(-1)[near.pixels] != 0).any(axis=0))
    if not len(there):
        return notes | {"length_px": 0.0, "width_px": None, "contrast": None}
    first, last = course.at(float(near.share[there[0]])), course.at(float(near.share[there[-1]]))
    strength = np.abs(tone)
    peak = strength.max(axis=0)
    spacing = np.maximum(np.abs(near.across_x), np.abs(near.across_y))
    wide = strength.sum(axis=0) / np.maximum(peak, 1e-6) * spacing * (peak > peak.max() / 2)
    return notes | {
        "length_px": round(math.dist(first, last) + 1, 4),
        "width_px": round(float(wide.max()), 4),
        "contrast": round(float(shown.sum(dtype=np.float64)) / count, 4),
    }
