"""Discoloured places: heat tints, drips that ran down, rings that a drop left when it dried."""

import math

import numpy as np
from numpy.typing import NDArray

from augmentor.kernels.defects.blobs import (
    Plane,
    Window,
    blob,
    chance_of,
    patched,
    smooth_noise,
    smooth_step,
    window,
)
from augmentor.kernels.defects.patch import Patch
from augmentor.kernels.defects.site import Site

KINDS = ("patch", "drip", "ring")
"""A soft patch, streaks that ran down, the rim of a dried drop."""

_MOTTLED = 1.0  # how far the strength inside wanders
_FILM = {"patch": 1.0, "drip": 0.45, "ring": 0.12}  # what dries in the middle, of the rim
_RIMS = 1.6  # soft edges wide, what dries at the rim
_DRIP_WIDTH = 0.4  # of its length
_LIGHT = (0.299, 0.587, 0.114)  # of red, green and blue, ITU-R BT.601


def discolor(
    site: Site,
    *,
    kind: str,
    size_frac: float,
    elongation: float,
    edge_frac: float,
    lightness_frac: float,
    hue_deg: float,
    hue_span_deg: float,
    saturation_frac: float,
    x_frac: float,
    y_frac: float,
    seed: int,
) -> Patch:
    """Change the colour of a soft-edged region; the surface shows through.

    Parameters
    ----------
    site : the picture.
    kind : one of `KINDS`.
    size_frac : its length, of the picture's shorter side.
    elongation : length over width of a patch or a ring, 1 or more.
    edge_frac : how soft its edge is: 0 sharp, 1 fading from the middle.
    lightness_frac : what it takes (below 0) or gives of the surface's own light.
    hue_deg : of the colour that is laid over it: 0 red, 60 yellow, 240 blue.
    hue_span_deg : how far the hue turns from the edge to the strongest place, as heat tints do.
    saturation_frac : of that colour, in parts of the surface's light. A grey picture has none.
    x_frac, y_frac : its place, see `Site.place`.
    seed : shapes it.

    Returns
    -------
    The patch; see `blobs.patched` for its notes.
    """
    size_px = max(1.0, size_frac * min(site.width_px, site.height_px))
    across_px = size_px * _DRIP_WIDTH if kind == "drip" else size_px
    at = window(site, across_px, size_px, x_frac, y_frac)
    chance = chance_of(seed)
    if kind == "drip":
        inward = _drips(at, chance, size_px, across_px)
    else:
        inward = blob(at, chance, size_px, elongation)
    strength = dried(inward, max(edge_frac, 1 / size_px), _FILM[kind])
    strength *= 1 - np.float32(_MOTTLED) * np.clip(0.4 + smooth_noise(chance, at.shape, 6), 0, 1)
    change = coloured(at, strength, lightness_frac, saturation_frac, hue_deg, hue_span_deg)
    return patched(at, change)


def dried(inward: Plane, edge_frac: float, film_frac: float) -> Plane:
    """Return how much lies in each place of a dried drop, 1 at the most.

    Its rim holds most: a drop that dries carries what it holds outwards.

    Parameters
    ----------
    inward : float32 [height, width], 1 in the middle, 0 on the outline.
    edge_frac : how soft the outline is, in the same measure.
    film_frac : what lies in the middle.

    References
    ----------
    R. D. Deegan et al., Capillary flow as the cause of ring stains from dried liquid drops,
    Nature 389, 1997.
    """
    rise = inward * np.float32(1 / edge_frac)
    strength = smooth_step(rise)
    if film_frac < 1:
        left = 1 - smooth_step((rise - 1) * np.float32(1 / _RIMS))
        strength *= film_frac + (1 - film_frac) * left
    return strength


def _drips(at: Window, chance: np.random.Generator, length_px: float, width_px: float) -> Plane:
    """Return how far inside a few streaks each pixel lies, in parts of half their widest.

    They start together, wander a little, and end in a round bead.
    """
    down = at.y / np.float32(length_px) + np.float32(0.5)
    inward = np.zeros(at.shape, np.float32)
    count = int(chance.integers(1, 4))
    half_px = width_px / (2 + 2 * count)
    for streak in range(count):
        length = 1.0 if streak == 0 else 0.3 + 0.6 * chance.random()
        wide_px = half_px * (1.0 if streak == 0 else 0.5 + 0.5 * chance.random())
        aside = (streak + 1) / (count + 1) - 0.5
        wander = smooth_noise(chance, (at.shape[0], 1), 4)
        middle = width_px * np.float32(aside) + wander * np.float32(wide_px)
        t = down * np.float32(1 / length)
        bead = np.square(np.clip((t - 0.75) * 4, 0, 1))
        half = wide_px * (1 - 0.55 * np.clip(t, 0, 1) + 0.3 * bead)
        over = np.maximum(t - (1 - wide_px / (length * length_px)), 0)  # the bead's round end
        half = half * np.sqrt(np.maximum(1 - np.square(over * (length * length_px / wide_px)), 0))
        within = (half - np.abs(at.x - middle)) * np.float32(1 / half_px)
        inward = np.maximum(inward, within * smooth_step(t * np.float32(1.7)))
    return inward


def coloured(
    at: Window,
    strength: Plane,
    lightness_frac: float,
    saturation_frac: float = 0.0,
    hue_deg: float = 0.0,
    hue_span_deg: float = 0.0,
) -> NDArray[np.float32]:
    """Return the change of a window in parts of white where a colour is laid over it.

    Parameters
    ----------
    at : the window.
    strength : float32 [height, width], 0 to 1.
    lightness_frac, saturation_frac, hue_deg, hue_span_deg : see `discolor`.
    """
    light = at.light()
    if light.ndim == 2:
        return light * strength * np.float32(lightness_frac)
    change = light * (strength * np.float32(lightness_frac))[:, :, np.newaxis]
    grey = sum(light[:, :, place] * np.float32(part) for place, part in enumerate(_LIGHT))
    amount = strength * grey * np.float32(saturation_frac)
    hues = hue_deg + np.linspace(0, hue_span_deg, 33 if hue_span_deg else 1)
    colours = np.asarray([_tint(hue) for hue in hues], np.float32)
    step = (strength * np.float32(len(hues) - 1)).astype(np.intp).clip(0, len(hues) - 1)
    for place in range(3):
        change[:, :, place] += amount * colours[step, place]
    return change


def _tint(hue_deg: float) -> list[float]:
    """Return the red, green and blue of a pure hue, less its own light: it tints without light."""
    sixth = (hue_deg / 60) % 6
    pure = [min(1.0, max(0.0, abs((sixth - shift) % 6 - 3) - 1)) for shift in (0, 2, 4)]
    own = math.fsum(part * colour for part, colour in zip(_LIGHT, pure, strict=True))
    return [colour - own for colour in pure]
