"""Cracks: thin dark lines that fork, jagged where the material is, straight where a crystal is."""

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
    wander,
)

_KINK_PX = 2.0  # from one kink to the next; finer ones no camera shows
_STRAY = 0.14  # of its length, where the straightness is 0
_SWING_PX = 12.0  # from one wide place to the next


@dataclass(frozen=True, slots=True, eq=False)
class Arm:
    """The trunk of a crack, or a branch.

    Parameters
    ----------
    course : where it runs; a branch begins where it leaves.
    width_px : where it is widest.
    depth : where it is darkest, of the trunk's, 0 to 1.
    widest : after which share of the way it is widest, 0 to 1.
    """

    course: Course
    width_px: float
    depth: float
    widest: float


def crack(
    site: Site,
    *,
    length_frac: float,
    width_px: float,
    soft_px: float,
    blur: str,
    uneven_frac: float,
    contrast_frac: float,
    straightness: float,
    branches: int,
    branch_deg: float,
    direction: str,
    angle_deg: float,
    off_grain_deg: float,
    overhang_frac: float,
    x_frac: float,
    y_frac: float,
    seed: int,
) -> Patch:
    """Draw a crack: it is wide and dark somewhere and runs out into fine tips.

    Parameters
    ----------
    site : the picture.
    length_frac : of the trunk, in parts of the picture's shorter side.
    width_px : where the trunk is widest.
    soft_px : the camera's blur; a crack thinner than that is fainter instead.
    blur : one of `stroke.BLURS`.
    uneven_frac : how much its width and darkness wander, and how long its tips are: 1 as in
        stone, 0.1 even from tip to tip, as in one crystal.
    contrast_frac : of the surface's brightness, where it is darkest.
    straightness : 0 jagged, as in stone, to 1 straight, as along the planes of one crystal.
    branches : how many fork off, of the trunk or of other branches.
    branch_deg : how far they turn away, give or take a fifth.
    direction, angle_deg, off_grain_deg : see `lines.heading_deg`.
    overhang_frac : how much of it may lie outside the picture on each side; 0 is inside.
    x_frac, y_frac : see `Site.place`.
    seed : whole number; it shapes all that has no parameter.

    Returns
    -------
    The patch, with the notes of `lines.measured`: length, width and angle are the trunk's.
    """
    chance = np.random.Generator(np.random.Philox(key=seed))
    angle = heading_deg(site.pixels, direction, angle_deg, off_grain_deg)
    length = length_frac * min(site.height_px, site.width_px)
    course, widest = _course(chance, length, angle, straightness), 0.2 + 0.6 * chance.random()
    arms = [Arm(course, width_px, 1.0, widest)]
    for _ in range(int(branches)):
        arms.append(_branch(chance, arms, straightness, branch_deg))
    margin = reach_px(width_px, soft_px, blur) + 0.5
    lines = [arm.course for arm in arms]
    lines, (left, top, right, bottom) = laid(site, lines, margin, overhang_frac, x_frac, y_frac)
    box = site.pixels[top:bottom, left:right]
    canvas = np.zeros(box.shape[:2], np.float32)
    drawn = []
    for line, arm in zip(lines, arms, strict=True):
        near = band(line, margin, left, top, right - left, bottom - top)
        width, depth = _sizes(chance, near, line.length_px, arm, uneven_frac)
        dark = coverage(near.away_px, width, soft_px, blur) * (depth * np.float32(-contrast_frac))
        strongest(canvas, near, dark)
        drawn.append((near, dark))
    after, shown = painted(box, canvas)
    return Patch(after, left, top, measured(shown, drawn[0][1], lines[0], drawn[0][0]))


def _course(
    chance: np.random.Generator, length_px: float, angle_deg: float, straightness: float
) -> Course:
    """Return a jagged line about (0, 0)."""
    kinks = max(2, round(math.log2(max(length_px / _KINK_PX, 4))))
    loose = 1 - straightness
    stray = wander(chance, 2**kinks + 1, _STRAY * loose, 0.5 + 0.08 * loose)
    turn = math.radians(angle_deg)
    steep = max(abs(math.cos(turn)), abs(math.sin(turn)))
    return Course(0.0, 0.0, length_px, angle_deg, stray * length_px / steep)


def _branch(
    chance: np.random.Generator, arms: list[Arm], straightness: float, branch_deg: float
) -> Arm:
    """Return a branch: it leaves the trunk, or now and then a branch, and is finer."""
    which, where, size, side, turn, thin = chance.random(6)
    parent = arms[0] if which < 0.65 else arms[int((which - 0.65) / 0.35 * len(arms))]
    share = 0.12 + 0.75 * where
    angle = parent.course.angle_deg + math.copysign(branch_deg * (0.8 + 0.4 * turn), side - 0.5)
    length = parent.course.length_px * (0.15 + 0.45 * size * size + 0.2 * (1 - share))
    course = _course(chance, length, angle, straightness)
    x, y = parent.course.at(share)
    across, down = course.along_px
    return Arm(
        course.moved(x + across / 2, y + down / 2),
        parent.width_px * (0.4 + 0.35 * thin),
        parent.depth * (0.55 + 0.3 * thin),
        0.0,
    )


def _sizes(
    chance: np.random.Generator, near: Band, length_px: float, arm: Arm, uneven_frac: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return how wide an arm is in px, and how dark, 0 to 1, at each step along it."""
    share, swings = near.share, length_px / _SWING_PX
    body = np.minimum(share / max(arm.widest, 1e-6), (1 - share) / (1 - arm.widest))
    body = np.sqrt(np.minimum(np.maximum(body / uneven_frac, 0), 1))
    width = (0.25 + 0.75 * body) * (1 - 0.45 * uneven_frac * smooth_noise(chance, share, swings))
    width *= 1 - 0.25 * uneven_frac * smooth_noise(chance, share, 3 * swings)
    width *= arm.width_px / float(width.max())
    depth = np.minimum(3 * body * body, 1)
    depth *= 1 - 0.5 * uneven_frac * smooth_noise(chance, share, swings / 2)
    depth *= arm.depth / max(float(depth.max()), 1e-6)
    return width.astype(np.float32), depth.astype(np.float32)
