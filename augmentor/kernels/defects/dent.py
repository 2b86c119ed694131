"""Dents: places where a surface was pushed in, seen by how they catch the light."""

import math

import numpy as np

from augmentor.kernels.defects.blobs import (
    Plane,
    box_of,
    chance_of,
    distance2,
    lit,
    smooth_noise,
    turned,
    window,
)
from augmentor.kernels.defects.patch import Patch
from augmentor.kernels.defects.site import Site

_UNEVEN = 1.6  # how far the outline and the bottom wander
_BRIGHTEST = 3.0  # times the flat surface: a camera and a matt surface give no more


def dent(
    site: Site,
    *,
    size_frac: float,
    elongation: float,
    angle_deg: float,
    depth_frac: float,
    rim_frac: float,
    light_deg: float,
    elevation_deg: float,
    x_frac: float,
    y_frac: float,
    seed: int,
) -> Patch:
    """Push a smooth bowl into the surface, and light it as it lies then.

    The surface is matt: it is as bright as the cosine between it and the light, over that of
    the flat surface. Seen from above its texture stays in place. The far side of the bowl
    faces the light and is brighter, the near side is darker; both fade into nothing.

    Parameters
    ----------
    site : the picture.
    size_frac : from one end of the bend to the other, of the picture's shorter side.
    elongation : its length over its width, 1 or more.
    angle_deg : of its length: 0 is to the right, 90 up.
    depth_frac : of its width.
    rim_frac : height of the rim that was pushed up around it, of its depth.
    light_deg : where the light comes from: 0 is the right, 90 above.
    elevation_deg : of the light over the surface.
    x_frac, y_frac : its place, see `Site.place`.
    seed : makes it uneven.

    Returns
    -------
    The patch; see `blobs.patched` for its notes.

    References
    ----------
    B. K. P. Horn, Shape from shading, MIT AI-TR 232, 1970: brightness from the gradient.
    """
    length_px = max(1.0, size_frac * min(site.width_px, site.height_px))
    width_px = length_px / elongation
    at = window(site, *box_of(length_px, width_px, angle_deg), x_frac, y_frac)
    chance = chance_of(seed)
    uneven = (smooth_noise(chance, at.shape, 3) + 1) * np.float32(_UNEVEN / 2)
    height_px = _profile(distance2(at, length_px, width_px, angle_deg, uneven), rim_frac)
    height_px *= np.float32(depth_frac * width_px)
    across, down = turned(light_deg)
    gain = _shade(height_px, across, down, 1 / math.tan(math.radians(elevation_deg)))
    return lit(at, gain)


def _profile(u: Plane, rim_frac: float) -> Plane:
    """Return the height of a dent of depth 1 at squared distances from its middle, 1 at its end.

    (1 - u)^3 (c u - 1) is -1 in the middle, ends smoothly, and has a rim of the height
    27 (c - 1)^4 / (256 c^3).
    """
    steep = np.linspace(1, 9, 81)
    heights = 27 * (steep - 1) ** 4 / (256 * steep**3)
    c = np.float32(np.interp(rim_frac, heights, steep))
    left = np.maximum(1 - u, 0)
    return np.asarray(left * left * left * (c * u - 1), np.float32)


def _shade(height_px: Plane, across: float, down: float, cotangent: float) -> Plane:
    """Return how much brighter a matt surface is than where it is flat, 0 for as bright."""
    padded = np.pad(height_px, 1, mode="edge")
    slope_x = (padded[1:-1, 2:] - padded[1:-1, :-2]) * np.float32(0.5)
    slope_y = (padded[2:, 1:-1] - padded[:-2, 1:-1]) * np.float32(0.5)
    facing = 1 - (slope_x * np.float32(across) + slope_y * np.float32(down)) * np.float32(cotangent)
    bright = facing / np.sqrt(1 + slope_x * slope_x + slope_y * slope_y)
    return np.asarray(np.clip(bright, 0, _BRIGHTEST) - 1, np.float32)
