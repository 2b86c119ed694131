"""Scratches: a groove that light falls into, and the burr that it throws up."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from augmentor.kernels.defects.lines import heading_deg, laid, measured, painted
from augmentor.kernels.defects.patch import Patch
from augmentor.kernels.defects.site import Site
from augmentor.kernels.defects.stroke import (
    Band,
    Course,
    band,
    coverage,
    reach_px,
    smooth_noise,
    strongest,
)

PATTERNS = ("single", "bundle", "swarm")
"""One; some side by side, as of handling; some crossing each other, as of wiping."""
POLARITIES = ("dark", "bright")
"""Darker than the surface, as on metal; brighter, as on paint and plastic."""

_POINTS = 65  # of a line; a bow of a tenth is then true to 1/10,000 of its length
_SWING_PX = 25.0  # from one deep place to the next
_BURR_PX = 0.4  # between the groove and its burr


@dataclass(frozen=True, slots=True, eq=False)
class Stroke:
    """One scratch of a pattern.

    Parameters
    ----------
    course : where it runs.
    width_px : at its widest.
    depth : of the deepest one's, 0 to 1.
    """

    course: Course
    width_px: float
    depth: float


@dataclass(frozen=True, slots=True)
class Groove:
    """What all scratches of a pattern share: the material and the light.

    Parameters
    ----------
    soft_px, contrast_frac, gaps_frac, burr_frac, polarity, light_deg : see `scratch`.
    """

    soft_px: float
    contrast_frac: float
    gaps_frac: float
    burr_frac: float
    polarity: str
    light_deg: float


def scratch(
    site: Site,
    *,
    length_frac: float,
    width_px: float,
    soft_px: float,
    contrast_frac: float,
    bow_frac: float,
    gaps_frac: float,
    burr_frac: float,
    polarity: str,
    light_deg: float,
    direction: str,
    angle_deg: float,
    off_grain_deg: float,
    pattern: str,
    count: int,
    overhang_frac: float,
    x_frac: float,
    y_frac: float,
    seed: int,
) -> Patch:
    """Draw a scratch, or some that belong together.

    Its width tapers, its depth wanders and fails in places, its ends fade out. The far wall of
    the groove and the burr behind it catch the light.

    Parameters
    ----------
    site : the picture.
    length_frac : of the (longest) scratch, in parts of the picture's shorter side.
    width_px : where it is widest.
    soft_px : the camera's blur; a scratch thinner than that is fainter instead.
    contrast_frac : of the surface's brightness, where it is deepest.
    bow_frac : how far its middle leaves the straight line, in parts of its length.
    gaps_frac : the share of its length where the tool did not touch.
    burr_frac : of the burr over the groove's contrast, where the light falls across it.
    polarity : one of `POLARITIES`.
    light_deg : where the light comes from: 0 the right, 90 above.
    direction, angle_deg, off_grain_deg : see `stroke.heading_deg`.
    pattern : one of `PATTERNS`.
    count : scratches of a bundle or a swarm.
    overhang_frac : how much of it may lie outside the picture on each side; 0 is inside.
    x_frac, y_frac : see `Site.place`.
    seed : whole number; it shapes all that has no parameter.

    Returns
    -------
    The patch, with the notes of `stroke.measured`.
    """
    chance = np.random.Generator(np.random.Philox(key=seed))
    angle = heading_deg(site.pixels, direction, angle_deg, off_grain_deg)
    length = length_frac * min(site.height_px, site.width_px)
    first = Stroke(_course(chance, length, angle, bow_frac), width_px, 1.0)
    strokes = [first]
    if pattern == "bundle":
        strokes += [_beside(chance, first) for _ in range(int(count) - 1)]
    elif pattern == "swarm":
        spread = 90.0 if direction == "any" else 12.0
        strokes += [_among(chance, first, bow_frac, spread) for _ in range(int(count) - 1)]
    margin = reach_px(2 * width_px + _BURR_PX + 1, soft_px)
    lines = [one.course for one in strokes]
    lines, (left, top, right, bottom) = laid(site, lines, margin, overhang_frac, x_frac, y_frac)
    box = site.pixels[top:bottom, left:right]
    canvas = np.zeros(box.shape[:2], np.float32)
    groove = Groove(soft_px, contrast_frac, gaps_frac, burr_frac, polarity, light_deg)
    drawn = []
    for line, one in zip(lines, strokes, strict=True):
        near = band(line, margin, left, top, right - left, bottom - top)
        cut, raised = _tones(chance, near, line.length_px, one, groove)
        strongest(canvas, near, cut + raised)
        drawn.append((near, cut))
    after, shown = painted(box, canvas)
    return Patch(after, left, top, measured(shown, drawn[0][1], lines[0], drawn[0][0]))


def _course(
    chance: np.random.Generator, length_px: float, angle_deg: float, bow_frac: float
) -> Course:
    """Return a smooth line about (0, 0): a bow that is not quite even, and a little trembling."""
    side, skew = chance.random(2) - 0.5
    share = np.arange(_POINTS) / (_POINTS - 1)
    bow = 4 * share * (1 - share) * (1 + 0.8 * skew * (2 * share - 1)) - 0.5
    bow *= math.copysign(bow_frac, side)
    tremble = smooth_noise(chance, share, min(_POINTS / 4, length_px / 40)) - 0.5
    turn = math.radians(angle_deg)
    aside = bow * length_px + tremble * min(2.0, 0.012 * length_px)
    return Course(
        0.0, 0.0, length_px, angle_deg, aside / max(abs(math.cos(turn)), abs(math.sin(turn)))
    )


def _beside(chance: np.random.Generator, first: Stroke) -> Stroke:
    """Return a scratch of the same hand: parallel, some way beside, shorter and fainter."""
    reach, size, back, thick, faint, turn = chance.random(6)
    course, part = first.course, 0.35 + 0.6 * size
    turned = math.radians(course.angle_deg)
    beside = math.copysign(
        (abs(2 * reach - 1) ** 1.3) * 0.16 * course.length_px + 1.2 * first.width_px + 1.5,
        reach - 0.5,
    )
    along = (back - 0.5) * (1.3 - part) * course.length_px
    like = Course(
        along * math.cos(turned) + beside * math.sin(turned),
        -along * math.sin(turned) + beside * math.cos(turned),
        course.length_px * part,
        course.angle_deg + 2.4 * (turn - 0.5),
        course.aside_px * part * part,  # the same bow over a shorter way
    )
    return Stroke(like, first.width_px * (0.4 + 0.6 * thick), 0.35 + 0.6 * faint)


def _among(
    chance: np.random.Generator, first: Stroke, bow_frac: float, spread_deg: float
) -> Stroke:
    """Return a scratch of a swarm: near the first, in a direction of its own, mostly short."""
    way, far, size, thick, faint, turn, bow = chance.random(7)
    length = first.course.length_px
    course = _course(
        chance,
        length * (0.2 + 0.7 * size * size),
        first.course.angle_deg + spread_deg * (2 * turn - 1),
        bow_frac * bow,
    )
    distance = 0.55 * length * math.sqrt(far)
    course = course.moved(
        distance * math.cos(2 * math.pi * way), distance * math.sin(2 * math.pi * way)
    )
    return Stroke(course, first.width_px * (0.35 + 0.6 * thick), 0.3 + 0.65 * faint)


def _tones(
    chance: np.random.Generator, near: Band, length_px: float, stroke: Stroke, groove: Groove
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return how much darker or brighter the groove and its burr make the pixels near it."""
    share, swings = near.share, length_px / _SWING_PX
    land, lift, flip = chance.random(3)
    rise, fall = 0.06 + 0.2 * land, 0.2 + 0.5 * lift  # the tool lands faster than it lifts
    if flip < 0.5:
        rise, fall = fall, rise
    taper = np.minimum(share / rise, 1) * np.minimum((1 - share) / fall, 1)
    width = np.sqrt(taper) * (0.65 + 0.35 * smooth_noise(chance, share, swings / 2))
    width *= 1 - 0.3 * smooth_noise(chance, share, 8 * swings)
    width *= stroke.width_px / max(float(width.max()), 1e-6)
    depth = np.sqrt(taper) * (1 - 0.65 * smooth_noise(chance, share, swings))
    depth *= 1 - 0.4 * smooth_noise(chance, share, 8 * swings)
    if groove.gaps_frac > 0:
        touch = smooth_noise(chance, share, 1.5 * swings)
        level = np.sort(touch)[min(int(groove.gaps_frac * len(touch)), len(touch) - 1)]
        depth *= np.minimum(np.maximum((touch - level) / 0.1, 0), 1)
    depth *= stroke.depth * groove.contrast_frac / max(float(depth.max()), 1e-6)
    light = math.radians(groove.light_deg)
    facing = near.across_x * math.cos(light) - near.across_y * math.sin(light)
    lit = groove.burr_frac * np.abs(facing) * depth * smooth_noise(chance, share, 3 * swings)
    thick, burr = width.astype(np.float32), (0.6 + 0.45 * width).astype(np.float32)
    aside = np.copysign((thick + burr) / 2 + _BURR_PX, facing).astype(np.float32)
    sunk = depth if groove.polarity == "bright" else -depth
    cut = coverage(near.away_px, thick, groove.soft_px) * sunk.astype(np.float32)
    raised = coverage(near.away_px + aside, burr, groove.soft_px)
    return cut, raised * lit.astype(np.float32)
