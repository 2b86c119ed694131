"""Crops around cracks of real solar cells, and around drawn ones, found in the same way.

The cells have no masks. A bank of line filters finds dark, thin, slanted lines that go on both
ways, between the bus bars, and keeps those that are alone in their crop: 216 crops of 146 of the
313 defective mono cells (398 with more lines beside). All were looked at: 210 show a crack, the
rest a grid finger, a speck or the edge of a dark area. Of the 588 good mono cells 6 have such a
line. Fainter cracks are not among them. Drawn cracks go through the same filters, so how crops
are chosen tells nobody which are real.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Cell = NDArray[np.uint8]
Plane = NDArray[np.float32]

SIDE_PX = 48
LEAST = 0.055  # of the light around it: what a line must lose, as its filter measures it
APART_PX = 48
MOST = 3  # crops of a cell

_ANGLES = [angle for angle in range(-70, 71, 10) if abs(angle) >= 20]
_BAR = 0.93  # of the light around: rows darker than this are bus bars
_GOES_ON_PX = 10
_ASIDE_PX = 10


@dataclass(frozen=True)
class Crop:
    """A place on a cell.

    Parameters
    ----------
    cell : number of the cell in the data set.
    x, y : middle, px.
    angle_deg : of the line through it: 0 is a row, 90 upright.
    pixels : uint8 [48, 48].
    """

    cell: int
    x: int
    y: int
    angle_deg: int
    pixels: Cell


def read_mono() -> tuple[dict[int, Cell], dict[int, Cell]]:
    """Return the mono cells that are certainly good, and those certainly defective, by number."""
    spec = find_spec("elpv_dataset")
    if spec is None or spec.origin is None:
        raise SystemExit("the cells are missing: pip install elpv-dataset")
    data = Path(spec.origin).parent / "data"
    good: dict[int, Cell] = {}
    bad: dict[int, Cell] = {}
    for number, line in enumerate((data / "labels.csv").read_text().splitlines()):
        name, probability, kind = line.split()
        if kind == "mono" and probability in ("0.0", "1.0"):
            pixels = cv2.imread(str(data / name), cv2.IMREAD_GRAYSCALE)
            assert pixels is not None
            (bad if probability == "1.0" else good)[number] = pixels.astype(np.uint8)
    return good, bad


def evened(cell: Cell) -> Plane:
    """Return a cell in parts of the light around each pixel."""
    around = cv2.GaussianBlur(cv2.medianBlur(cell, 41).astype(np.float32), (0, 0), 5)
    return np.asarray(cell / np.maximum(around, 8), np.float32)


def crops_of_lines(
    number: int, cell: Cell, within: NDArray[np.bool_] | None = None
) -> Iterator[Crop]:
    """Yield the crops around the strongest lines of a cell that are alone there.

    Parameters
    ----------
    number, cell : its number and its pixels.
    within : bool [height, width], where the middles may lie; None for anywhere.
    """
    if within is not None and not within.any():
        return
    even = evened(cell)
    strength, angles, allowed = _lines(even)
    allowed &= _open(even)
    if within is not None:
        allowed &= within
    if strength[allowed].max(initial=0) < LEAST:
        return
    everywhere = _strongest(even)
    left = np.where(allowed, strength, 0)
    for _ in range(MOST):
        y, x = (int(at) for at in np.unravel_index(left.argmax(), left.shape))
        if left[y, x] < LEAST:
            return
        crop = Crop(number, x, y, int(angles[y, x]), cut(cell, x, y))
        if _alone(crop, everywhere):
            yield crop
        left[max(0, y - APART_PX) : y + APART_PX + 1, max(0, x - APART_PX) : x + APART_PX + 1] = 0


def calm(cell: Cell) -> NDArray[np.bool_]:
    """Return where the middles of crops lie that hold no line at all."""
    even = evened(cell)
    strongest = cv2.dilate(_strongest(even), np.ones((SIDE_PX + 1, SIDE_PX + 1)))
    return (strongest < LEAST / 2) & _open(even)


def cut(cell: Cell, x: int, y: int) -> Cell:
    """Return the crop around a place."""
    half = SIDE_PX // 2
    return cell[y - half : y + half, x - half : x + half]


def _kernel(angle_deg: float) -> Plane:
    """Return a filter that answers to a dark line with the share of light that it loses."""
    y, x = np.mgrid[-11:12, -11:12].astype(np.float64)
    turn = math.radians(angle_deg)
    along, across = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
    bell = np.exp(-(along**2) / 72 - across**2 / 5.12)
    kernel = bell * (across**2 / 2.56 - 1)
    kernel -= kernel.mean()
    return np.asarray(kernel / (np.abs(kernel).sum() / 2), np.float32)


def _filtered(even: Plane, angle_deg: float) -> Plane:
    kernel = _kernel(angle_deg)
    return np.asarray(cv2.filter2D(even, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT))


def _strongest(even: Plane) -> Plane:
    """Return how strong a line of any direction is at each pixel."""
    found = _filtered(even, -80)
    for angle in range(-70, 91, 10):
        np.maximum(found, _filtered(even, angle), out=found)
    return found


def _alone(crop: Crop, strongest: Plane) -> bool:
    """Tell whether no second line in the crop is half as strong."""
    half, turn = SIDE_PX // 2, math.radians(crop.angle_deg)
    part = strongest[crop.y - half : crop.y + half, crop.x - half : crop.x + half]
    y, x = np.mgrid[-half:half, -half:half]
    away = np.abs(x * math.sin(turn) + y * math.cos(turn))
    middle = part[half - 2 : half + 2, half - 2 : half + 2]
    return bool(part[away > _ASIDE_PX].max() < middle.max() / 2)


def _lines(even: Plane) -> tuple[Plane, NDArray[np.int64], NDArray[np.bool_]]:
    """Return how strong a slanted line is at each pixel, its angle, and whether it is one."""
    found = np.stack([_filtered(even, angle) for angle in _ANGLES])
    best = found.argmax(axis=0)
    strength, angles = found.max(axis=0), np.array(_ANGLES)[best]
    crossing = [_ANGLES.index(angle - 90 if angle > 0 else angle + 90) for angle in _ANGLES]
    across = np.take_along_axis(found, np.array(crossing)[best][np.newaxis], axis=0)[0]
    lines = across < 0.3 * strength
    for angle in (0, 90):  # bus bars and grid fingers
        lines &= _filtered(even, angle) < 0.8 * strength
    near = cv2.dilate(strength, np.ones((5, 5)))
    rows, columns = np.indices(even.shape)
    turn = np.radians(angles)
    for step in (-_GOES_ON_PX, _GOES_ON_PX):
        x = np.rint(columns + step * np.cos(turn)).astype(int).clip(0, even.shape[1] - 1)
        y = np.rint(rows - step * np.sin(turn)).astype(int).clip(0, even.shape[0] - 1)
        lines &= near[y, x] > 0.5 * strength
    return np.asarray(strength, np.float32), angles, np.asarray(lines)


def _open(even: Plane) -> NDArray[np.bool_]:
    """Return where a crop lies on the cell, touches no bus bar and is hardly dark."""
    half = SIDE_PX // 2
    bars = (np.median(even, axis=1) < _BAR).astype(np.uint8)[:, np.newaxis]
    near_bar = cv2.dilate(bars, np.ones((SIDE_PX + 1, 1)))[:, :1] > 0
    open_ = (cv2.blur((even < 0.8).astype(np.float32), (SIDE_PX, SIDE_PX)) < 0.1) & ~near_bar
    rim = half + 4
    open_[:rim] = open_[-rim:] = False
    open_[:, :rim] = open_[:, -rim:] = False
    return np.asarray(open_)
