"""Thin lines, drawn sub-pixel: what scratches and cracks are made of."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BLURS = ("lens", "spread")
"""Of a sharp picture by a lens; of light that spreads in what is seen, as in luminescence."""

_SECANT = 3.526  # full width at half height of the squared secant, in its own measure
_TAILS = 1.5  # blurs from its middle; beyond it thin lines change too little to be seen


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Where a thin line runs, in px of the picture.

    Parameters
    ----------
    x_px, y_px : its middle.
    length_px : from end to end.
    angle_deg : from its first end to its last: 0 to the right, 90 upwards.
    aside_px : float64 [points], how far it leaves the straight line, from end to end at even
        steps. Measured along the columns if it runs mostly along the rows, and the reverse.
    """

    x_px: float
    y_px: float
    length_px: float
    angle_deg: float
    aside_px: Floats

    @property
    def along_px(self) -> tuple[float, float]:
        """How far it goes to the right and downwards."""
        turn = math.radians(self.angle_deg)
        return self.length_px * math.cos(turn), -self.length_px * math.sin(turn)

    def at(self, share: float) -> tuple[float, float]:
        """Return the point after a share of the way, 0 to 1."""
        across, down = self.along_px
        last = len(self.aside_px) - 1
        step = min(int(share * last), last - 1)
        part = share * last - step
        aside = float(self.aside_px[step] * (1 - part) + self.aside_px[step + 1] * part)
        x, y = self.x_px + across * (share - 0.5), self.y_px + down * (share - 0.5)
        return (x, y + aside) if abs(across) >= abs(down) else (x + aside, y)

    def moved(self, x_px: float, y_px: float) -> "Course":
        """Return the same line elsewhere."""
        return replace(self, x_px=self.x_px + x_px, y_px=self.y_px + y_px)

    def scaled(self, factor: float) -> "Course":
        """Return the same line smaller or larger, seen from (0, 0)."""
        return Course(
            self.x_px * factor,
            self.y_px * factor,
            self.length_px * factor,
            self.angle_deg,
            self.aside_px * factor,
        )

    def box(self) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom of all its points."""
        across, down = self.along_px
        share = np.arange(len(self.aside_px)) / (len(self.aside_px) - 1) - 0.5
        x, y = self.x_px + across * share, self.y_px + down * share
        if abs(across) >= abs(down):
            y = y + self.aside_px
        else:
            x = x + self.aside_px
        return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def box_of(courses: Sequence[Course]) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of some lines."""
    boxes = np.array([course.box() for course in courses])
    (left, top), (right, bottom) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    return float(left), float(top), float(right), float(bottom)


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """The pixels of a canvas near a line, as many across it for every step along its main axis.

    Parameters
    ----------
    share : float64 [steps], how far along the line each step is, 0 to 1.
    pixels : int64 [pixels across, steps], places in the flattened canvas, none of them twice.
    away_px : float32 [pixels across, steps], distance from the line's middle: above 0 below it,
        or right of it where it is upright.
    across_x, across_y : float64 [steps], the direction in which `away_px` grows, of length 1.
    """

    share: Floats
    pixels: NDArray[np.int64]
    away_px: NDArray[np.float32]
    across_x: Floats
    across_y: Floats


def band(course: Course, reach_px: float, left: int, top: int, width: int, height: int) -> Band:
    """Find the pixels near a line. The work is its length times the reach, not its box.

    Parameters
    ----------
    course : the line.
    reach_px : how far from its middle pixels are of interest.
    left, top, width, height : the canvas, in px of the picture; pixels beyond it are left out
        by moving the whole row of them inside.
    """
    across, down = course.along_px
    flat = abs(across) >= abs(down)
    run, rise = (across, down) if flat else (down, across)
    start, side = (course.x_px, course.y_px) if flat else (course.y_px, course.x_px)
    first, sides = (left, top) if flat else (top, left)
    most, wide = (width, height) if flat else (height, width)
    low, high = start - abs(run) / 2 - first, start + abs(run) / 2 - first
    begin = min(max(0, math.ceil(low - 0.5)), most - 1)
    steps = np.arange(begin, max(begin + 1, min(most, math.ceil(high - 0.5))))
    share = np.clip((steps + (first + 0.5 - start)) / (run or 1.0) + 0.5, 0.0, 1.0)
    points = np.arange(len(course.aside_px))
    aside = np.interp(share * points[-1], points, course.aside_px)
    middle = side - sides + rise * (share - 0.5) + aside
    slope = _slope(middle)
    shorter = 1 / np.sqrt(1 + slope * slope)
    half = math.ceil(reach_px / float(shorter.min()))
    row = np.floor(middle).astype(np.int64) - half
    row = np.clip(row, 0, max(0, wide - 2 * half - 1))
    rows = row + np.arange(min(2 * half + 1, wide))[:, np.newaxis]
    away = ((rows + (0.5 - middle)) * shorter).astype(np.float32)
    if flat:
        return Band(share, rows * width + steps, away, -slope * shorter, shorter)
    return Band(share, steps * width + rows, away, shorter, -slope * shorter)


def _slope(middle: Floats) -> Floats:
    """Return the slope at each step, over a few of them: kinks must not tear the line."""
    if len(middle) < 3:
        return np.full(len(middle), middle[-1] - middle[0])
    slope = np.empty_like(middle)
    slope[1:-1] = (middle[2:] - middle[:-2]) / 2
    slope[0], slope[-1] = middle[1] - middle[0], middle[-1] - middle[-2]
    return slope


def coverage(
    away_px: NDArray[np.float32],
    width_px: NDArray[np.float32],
    soft_px: float,
    blur: str = "lens",
) -> NDArray[np.float32]:
    """Return how much of a line of some width each pixel sees, 0 to 1, after the camera's blur.

    A pixel sees with a bell of full width `soft_px` at half its height. So the sum across the
    line is its width, and lines thinner than the blur are fainter, not thinner. Through a lens
    the bell is a parabola; where light spreads in the material it is the square of a hyperbolic
    secant, whose tails fade by the same share from pixel to pixel.

    Parameters
    ----------
    away_px : float32 [pixels across, steps], distance from the line's middle.
    width_px : float32 [steps], its width.
    soft_px : of the blur.
    blur : one of `BLURS`.
    """
    if blur == "spread":
        scale = np.float32(_SECANT / soft_px)
        half, away = width_px * scale / np.float32(2), away_px * scale
        return (_spread(away + half) - _spread(away - half)) / np.float32(2)
    base = reach_px(0.0, soft_px) * 2
    half = width_px / np.float32(2 * base)
    away = away_px / np.float32(base) + np.float32(0.5)
    return _seen(away + half) - _seen(away - half)


def reach_px(width_px: float, soft_px: float, blur: str = "lens") -> float:
    """Return how far from its middle a blurred line is seen."""
    return width_px / 2 + (_TAILS * soft_px if blur == "spread" else soft_px / math.sqrt(2))


def _seen(until: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the share of the parabola that lies before a place in it, 0 to 1."""
    part = np.minimum(np.maximum(until, 0), 1)
    return np.asarray(part * part * (3 - 2 * part), np.float32)


def _spread(until: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the hyperbolic tangent of half a number, within 0.03, the same on every machine."""
    grown = np.abs(until) * np.float32(1 / 16) + np.float32(1)
    for _ in range(4):  # (1 + x / 16)^16 for e^x: processors differ in exponentials
        grown = grown * grown
    return np.copysign((grown - 1) / (grown + 1), until)


def strongest(canvas: NDArray[np.float32], band: Band, tone: NDArray[np.float32]) -> None:
    """Lay a line on a canvas: where lines cross, the stronger shows.

    Parameters
    ----------
    canvas : float32 [height, width], written to.
    band : where the line is.
    tone : float32 as `band.pixels`.
    """
    flat = canvas.reshape(-1)
    before = flat[band.pixels]
    flat[band.pixels] = np.where(np.abs(tone) > np.abs(before), tone, before)


def smooth_noise(chance: np.random.Generator, share: Floats, swings: float) -> Floats:
    """Return noise that changes slowly along a line, 0 to 1.

    Parameters
    ----------
    chance : where it comes from.
    share : float64 [steps], how far along the line, 0 to 1.
    swings : about how many ups and downs from end to end.
    """
    count = max(2, math.ceil(swings) + 1)
    return np.asarray(np.interp(share * (count - 1), np.arange(count), chance.random(count)))


def wander(chance: np.random.Generator, points: int, stray_frac: float, halving: float) -> Floats:
    """Return how a jagged line strays from the straight one, at even steps; its ends are 0.

    Parameters
    ----------
    chance : where it comes from.
    points : how many; one more than a power of 2.
    stray_frac : how far its middle may stray, in parts of its length.
    halving : by how much half the scale strays less, 0.5 to 1: 0.5 is smooth, 1 torn.

    References
    ----------
    A. Fournier, D. Fussell and L. Carpenter, Computer rendering of stochastic models,
    Communications of the ACM 25(6), 1982: midpoint displacement.
    """
    stray = np.zeros(points)
    step, most = points - 1, stray_frac
    while step > 1:
        middles = (stray[0:-1:step] + stray[step::step]) / 2
        stray[step // 2 :: step] = middles + most * (2 * chance.random(len(middles)) - 1)
        step, most = step // 2, most * halving
    return stray
