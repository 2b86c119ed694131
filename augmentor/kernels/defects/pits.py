"""Pits: clusters of small holes, as corrosion, casting and wear leave them."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from augmentor.kernels.defects.blobs import (
    Plane,
    chance_of,
    lit,
    smooth_step,
    summed,
    turned,
    window,
)
from augmentor.kernels.defects.patch import Patch
from augmentor.kernels.defects.site import Site

SMALLEST_PX = 0.8
"""Diameter of the smallest pit: what is smaller is not resolved."""

_KNOTS = 4  # a cluster's denser places
_REACH = (1.55, 1.2)  # radii and px from its middle that a pit is drawn
_AT_ONCE = 2**19  # pixels of pits drawn together, so that memory is bounded
_DEEPEST = 0.95  # of its light: no hole is blacker to a camera
_RIM = 0.9  # of the darkness, how bright the lit wall is
_WALL = 0.35  # of the darkness, how much darker the wall is that turns from the light
_LOBES = 0.14  # of the radius, how far an outline departs from an ellipse


def pits(
    site: Site,
    *,
    count: int,
    spread_frac: float,
    size_px: float,
    exponent: float,
    depth_frac: float,
    light_deg: float,
    x_frac: float,
    y_frac: float,
    seed: int,
) -> Patch:
    """Sink a cluster of small round holes into the surface.

    A pit takes away a part of the light that the surface gives, so it is as deep in a dark
    place as in a bright one, and the texture shows through shallow ones. The wall that faces
    the light is lit. Pits smaller than a pixel are faint by the area that they cover.

    Parameters
    ----------
    site : the picture.
    count : how many.
    spread_frac : of the cluster, from end to end, of the picture's shorter side.
    size_px : diameter of the largest.
    exponent : of the power law of their diameters: twice as large is 2**exponent as rare.
    depth_frac : of the surface's light that the middle of a deep pit loses.
    light_deg : where the light comes from: 0 is the right, 90 above.
    x_frac, y_frac : place of the cluster, see `Site.place`.
    seed : places and shapes the pits.

    Returns
    -------
    The patch; its notes are those of `blobs.patched` and ``count``.
    """
    chance, count = chance_of(seed), int(count)
    sizes = sizes_px(chance, count, size_px, exponent)
    spread_px = spread_frac * min(site.width_px, site.height_px)
    reach = _REACH[0] / 2 * sizes + _REACH[1]
    side_px = spread_px + 2 * float(reach[0])
    at = window(site, side_px, side_px, x_frac, y_frac)
    places = _scattered(chance, count) * np.float32(spread_px / 2)
    places += (-at.x[0, 0], -at.y[0, 0])  # from the middle of the first pixel
    gain = np.zeros(at.shape)
    shapes = chance.random((count, 4), np.float32)
    shapes[:, 3] = np.maximum(shapes[:, 3], (sizes / size_px) ** 2)  # the largest are the deepest
    half, done = 2, 0.0
    while done < reach[0]:
        these = np.flatnonzero((reach > done) & (reach <= half))
        for some in np.array_split(these, 1 + len(these) * (2 * half + 1) ** 2 // _AT_ONCE):
            radius = sizes[some, np.newaxis, np.newaxis] / np.float32(2)
            draw = partial(_pit, radius, shapes[some, :, np.newaxis, np.newaxis], light_deg)
            gain += summed(at.shape, places[some], half, draw)
        half, done = 2 * half, half
    gain = np.clip(gain * depth_frac, -_DEEPEST, 1)
    return lit(at, gain.astype(np.float32), count=count)


def sizes_px(
    chance: np.random.Generator, count: int, largest_px: float, exponent: float
) -> NDArray[np.float32]:
    """Return diameters that follow a power law, the largest first.

    The share that is larger than s falls as s**-exponent between `SMALLEST_PX` and the largest.
    """
    ranks = (np.arange(count) + chance.random(count)) / count
    ranks[0] = 0
    smallest = min(SMALLEST_PX, largest_px)
    ends = largest_px**-exponent, smallest**-exponent
    sizes = (ends[0] + ranks * (ends[1] - ends[0])) ** (-1 / exponent)
    return np.asarray(sizes, np.float32)


def _scattered(chance: np.random.Generator, count: int) -> NDArray[np.float32]:
    """Return places in a circle of radius 1, denser around a few knots, float32 [count, 2]."""
    knots = _in_circle(chance, _KNOTS)
    around = _in_circle(chance, count)
    share = chance.random((count, 1), np.float32)
    return np.asarray(knots[chance.integers(0, _KNOTS, count)] * (1 - share) + around * share)


def _in_circle(chance: np.random.Generator, count: int) -> NDArray[np.float32]:
    """Return places in a circle of radius 1, denser in the middle."""
    places = chance.random((count, 2), np.float32) * np.float32(2) - np.float32(1)
    squares = np.square(places)
    places *= np.sqrt(1 - squares[:, ::-1] / np.float32(2))  # a square becomes a circle
    return np.asarray(places * np.sqrt(squares.max(axis=1, keepdims=True)))


def _pit(radius: Plane, shapes: NDArray[np.float32], light_deg: float, x: Plane, y: Plane) -> Plane:
    """Return the light that pits of depth 1 add around their middles: less inside, more at a rim.

    Parameters
    ----------
    radius : float32 [pits, 1, 1] in px, of the larger axis.
    shapes : float32 [pits, 4, 1, 1] from 0 to 1: flattening, direction, lobes, depth.
    light_deg : see `pits`.
    x, y : px from the middle.
    """
    flat = 0.6 + 0.4 * shapes[:, 0]
    angle = shapes[:, 1].astype(np.float64) * np.pi  # single sines differ between processors
    cosine, sine = np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)
    along, aside = x * cosine + y * sine, (y * cosine - x * sine) / flat
    distance = np.sqrt(along * along + aside * aside)
    lobe = along * (along * along - 3 * aside * aside) / np.maximum(distance, 1e-3) ** 3
    distance = distance * (1 + _LOBES * shapes[:, 2] * lobe)  # the third harmonic of its angle
    soft = 0.95 + 0.2 * radius
    seen = radius * radius / (radius * radius + soft * soft / 5)  # a smooth disc is wider by this
    inside = smooth_step(0.5 + (radius - distance) / (2 * soft))
    across, down = turned(light_deg)
    nearer = (x * np.float32(across) + y * np.float32(down)) / (radius + soft)
    edge = (distance - radius) / (soft * 1.3)
    rim = np.square(np.maximum(1 - edge * edge, 0)) * np.maximum(-nearer, 0)
    rim *= np.float32(_RIM) * radius * radius / (radius * radius + soft * soft)  # else blurred away
    depth = (0.6 + 0.4 * shapes[:, 3]) * seen
    floor = 0.8 + _WALL * np.clip(nearer, -1, 1)
    return np.asarray(depth * (rim - inside * floor), np.float32)
