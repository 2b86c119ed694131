"""Dirt that is no defect: stains, dust, lint. What lies on a surface, not in it."""

import math

import numpy as np
from numpy.typing import NDArray

from augmentor.kernels.defects.blobs import (
    Plane,
    Window,
    blob,
    chance_of,
    noted,
    patched,
    smooth_noise,
    smooth_step,
    summed,
    window,
)
from augmentor.kernels.defects.discolor import coloured, dried
from augmentor.kernels.defects.patch import Patch, blended
from augmentor.kernels.defects.site import Site

TONES = ("dark", "bright")
"""In its own shadow, or lit by a lamp from the side."""

_TONE = {"dark": 0.05, "bright": 0.95}  # of white
_FILM = 0.45  # what lies in the middle of a stain, of its rim
_STAIN_EDGE = 0.12
_STEP_PX = 0.4  # between two dabs along a fibre
_SMALLEST = 0.35  # of the largest speck


def stain(
    site: Site,
    *,
    size_frac: float,
    elongation: float,
    strength_frac: float,
    x_frac: float,
    y_frac: float,
    seed: int,
) -> Patch:
    """Leave a faint spot with a darker rim, as a drop of water or oil does.

    Parameters
    ----------
    site : the picture.
    size_frac : its length, of the picture's shorter side.
    elongation : its length over its width, 1 or more.
    strength_frac : of the surface's light, what its rim takes.
    x_frac, y_frac : its place, see `Site.place`.
    seed : shapes it.

    Returns
    -------
    The patch; see `blobs.patched` for its notes.
    """
    size_px = max(1.0, size_frac * min(site.width_px, site.height_px))
    at = window(site, size_px, size_px, x_frac, y_frac)
    chance = chance_of(seed)
    inward = blob(at, chance, size_px, elongation)
    strength = dried(inward, max(_STAIN_EDGE, 1 / size_px), _FILM)
    strength *= np.clip(0.7 + smooth_noise(chance, at.shape, 6), 0, 1)
    return patched(at, coloured(at, strength, -strength_frac))


def dust(
    site: Site,
    *,
    count: int,
    spread_frac: float,
    size_px: float,
    blur_px: float,
    strength_frac: float,
    tone: str,
    x_frac: float,
    y_frac: float,
    seed: int,
) -> Patch:
    """Scatter a few specks, out of focus: they lie on the surface or on the lens.

    Parameters
    ----------
    site : the picture.
    count : how many.
    spread_frac : of the square that they lie in, of the picture's shorter side.
    size_px : diameter of the largest.
    blur_px : how soft their edges are; a blurred speck is fainter by as much as it is wider.
    strength_frac : how much of the surface the middle of a sharp one hides.
    tone : one of `TONES`.
    x_frac, y_frac : place of the square, see `Site.place`.
    seed : places and shapes them.

    Returns
    -------
    The patch; its notes are those of `blobs.patched` and ``count``.
    """
    chance, count = chance_of(seed), int(count)
    side_px = max(1.0, spread_frac * min(site.width_px, site.height_px))
    at = window(site, side_px, side_px, x_frac, y_frac)
    rows, columns = at.shape
    after = at.pixels.copy()
    half = math.ceil(size_px / 2 + blur_px)
    for across, down, size, flat, turn, hides in chance.random((count, 6)).tolist():
        x, y = across * columns, down * rows
        left, top = max(0, int(x) - half), max(0, int(y) - half)
        near = after[top : int(y) + half + 1, left : int(x) + half + 1]
        local = Window(
            near,
            left,
            top,
            (np.arange(left, left + near.shape[1]) + (0.5 - x)).astype(np.float32)[np.newaxis],
            (np.arange(top, top + near.shape[0]) + (0.5 - y)).astype(np.float32)[:, np.newaxis],
        )
        radius = size_px / 2 * (_SMALLEST + (1 - _SMALLEST) * size)
        cover = _speck(local, radius, 0.6 + 0.4 * flat, math.pi * turn, blur_px)
        cover *= np.float32(strength_frac * (0.5 + 0.5 * hides))
        near[...] = blended(near, covered(local, cover, tone))
    return noted(at, after, count=count)


def _speck(at: Window, radius: float, flat: float, turn: float, blur_px: float) -> Plane:
    """Return how much of each pixel a blurred oval hides, 1 at most."""
    cosine, sine = np.float32(math.cos(turn)), np.float32(math.sin(turn))
    along = at.x * cosine + at.y * sine
    aside = (at.y * cosine - at.x * sine) * np.float32(1 / flat)
    soft = max(0.7, blur_px)
    share = radius * radius / (radius * radius + soft * soft / 5)  # a smooth disc is wider by this
    inward = np.float32(radius) - np.sqrt(along * along + aside * aside)
    return smooth_step(0.5 + inward * np.float32(0.5 / soft)) * np.float32(share)


def lint(
    site: Site,
    *,
    count: int,
    length_frac: float,
    width_px: float,
    bend_frac: float,
    strength_frac: float,
    tone: str,
    x_frac: float,
    y_frac: float,
    seed: int,
) -> Patch:
    """Lay a few thin, curled fibres on the surface.

    Parameters
    ----------
    site : the picture.
    count : how many; they lie together.
    length_frac : of the longest if it were straight, of the picture's shorter side.
    width_px : of a fibre, with its soft edges.
    bend_frac : how far it leaves the straight line, of its length.
    strength_frac : how much of the surface its middle hides.
    tone : one of `TONES`.
    x_frac, y_frac : their place, see `Site.place`.
    seed : bends them.

    Returns
    -------
    The patch; its notes are those of `blobs.patched` and ``count``.
    """
    chance, count = chance_of(seed), int(count)
    length_px = max(1.0, length_frac * min(site.width_px, site.height_px))
    reach_px = max(0.7, width_px / 2)
    shares = [1.0, *(0.4 + 0.6 * chance.random(count - 1)).tolist()]
    fibres = [_fibre(chance, length_px * share, bend_frac) for share in shares]
    path = np.concatenate(fibres)
    low, high = path.min(axis=0), path.max(axis=0)
    wide, tall = (high - low + 2 * (reach_px + 1)).tolist()
    at = window(site, wide, tall, x_frac, y_frac)
    path -= (low + high) / 2
    path -= (float(at.x[0, 0]), float(at.y[0, 0]))  # from the middle of the first pixel
    thick = 0.7 + 0.6 * chance.random()
    cover = _dabbed(at.shape, path, reach_px) * np.float32(min(1.0, width_px) * thick)
    cover = np.minimum(cover, 1) * np.float32(strength_frac)
    return patched(at, covered(at, cover, tone), count=count)


def _fibre(chance: np.random.Generator, length_px: float, bend_frac: float) -> NDArray[np.float64]:
    """Return even steps along a curl, float64 [steps, 2], x and y in px.

    A cubic Bezier curve whose inner points lie beside its chord.

    References
    ----------
    G. Farin, Curves and Surfaces for CAGD, 5th edition, 2002, chapter 5.
    """
    turn = 2 * math.pi * chance.random()
    aside = (chance.random(2) * 2 - 1) * bend_frac * 2
    along = np.array([0.15, 0.6]) + 0.3 * chance.random(2)
    shift = (chance.random(2) - 0.5) * length_px * 0.5
    knots = np.array([[0, 0], [along[0], aside[0]], [along[1], aside[1]], [1, 0]]) * length_px
    t = np.linspace(0, 1, 4 * max(2, math.ceil(length_px / _STEP_PX)))[:, np.newaxis]
    weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3]
    dense = sum(weight * knot for weight, knot in zip(weights, knots, strict=True))
    way = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(dense, axis=0).T))])
    even = np.arange(0, way[-1], _STEP_PX)
    x, y = (np.interp(even, way, dense[:, axis]) for axis in (0, 1))
    cosine, sine = math.cos(turn), math.sin(turn)
    return np.stack([x * cosine - y * sine, x * sine + y * cosine], axis=1) + shift


def _dabbed(shape: tuple[int, int], path: NDArray[np.float64], reach_px: float) -> Plane:
    """Return a soft line along a path, about 1 in its middle, float32 [rows, columns].

    Parameters
    ----------
    shape : rows and columns.
    path : float64 [dabs, 2], x and y in px from the middle of the first pixel.
    reach_px : half the width of the line.
    """

    def dab(x: Plane, y: Plane) -> Plane:
        return np.square(np.maximum(1 - (x * x + y * y) * np.float32(reach_px**-2), 0))

    whole = 16 / 15 * reach_px / _STEP_PX  # dabs in a row add up to this in the middle of a line
    drawn = summed(shape, path.astype(np.float32), math.ceil(reach_px), dab)
    return np.asarray(drawn * (1 / whole), np.float32)


def covered(at: Window, cover: Plane, tone: str) -> NDArray[np.float32]:
    """Return the change where something of its own tone hides a part of the surface.

    Parameters
    ----------
    at : the window.
    cover : float32 [height, width], the part that it hides.
    tone : one of `TONES`.
    """
    gap = np.float32(_TONE[tone]) - at.light()
    gap = np.maximum(gap, 0) if tone == "bright" else np.minimum(gap, 0)
    return np.asarray(gap * (cover if gap.ndim == 2 else cover[:, :, np.newaxis]), np.float32)
