"""What spots have in common: a window on the picture, smooth chance, round outlines, a patch."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.pictures import Pixels, white_of
from augmentor.kernels.defects.patch import FAINT_FRAC, Patch, blended
from augmentor.kernels.defects.site import Site

Plane = NDArray[np.float32]
"""float32 [height, width]."""

_UNEVEN = 1.8  # how far an outline wanders
_WAVES = ((3, 0.9), (7, 0.45), (18, 0.2))  # of an outline: how many, and how high


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """The part of a picture that a spot works in.

    Parameters
    ----------
    pixels : of the picture inside the window; not a copy.
    left, top : its place.
    x, y : float32 [1, width] and [height, 1], px from the middle of the spot to the middle of
        each pixel, to the right and down.
    """

    pixels: Pixels
    left: int
    top: int
    x: Plane
    y: Plane

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.y.size, self.x.size

    def light(self) -> NDArray[np.float32]:
        """Return its pixels in parts of white, float32 of the same shape."""
        return self.pixels.astype(np.float32) * np.float32(1 / white_of(self.pixels))


def window(site: Site, width_px: float, height_px: float, x_frac: float, y_frac: float) -> Window:
    """Return the window of a spot; a spot that is larger than the picture lies in its middle.

    Parameters
    ----------
    width_px, height_px : of the spot.
    x_frac, y_frac : see `Site.place`.
    """
    left, top = site.place(width_px, height_px, x_frac, y_frac)
    left = min(left, site.width_px / 2 - width_px / 2) if width_px > site.width_px else left
    top = min(top, site.height_px / 2 - height_px / 2) if height_px > site.height_px else top
    first = max(0, min(math.floor(left), site.width_px - 1))
    above = max(0, min(math.floor(top), site.height_px - 1))
    end = max(first + 1, min(math.ceil(left + width_px), site.width_px))
    below = max(above + 1, min(math.ceil(top + height_px), site.height_px))
    x = np.arange(first, end) + (0.5 - left - width_px / 2)
    y = np.arange(above, below) + (0.5 - top - height_px / 2)
    return Window(
        site.pixels[above:below, first:end],
        first,
        above,
        x.astype(np.float32)[np.newaxis],
        y.astype(np.float32)[:, np.newaxis],
    )


def lit(at: Window, gain: Plane, **notes: Any) -> Patch:
    """Return the patch of a window that became lighter or darker; see `patched` for its notes.

    Parameters
    ----------
    at : the window.
    gain : float32 [height, width], what each pixel gains, in parts of its own light: -1 is black.
    notes : more to note.
    """
    seen = np.abs(gain) >= FAINT_FRAC  # the light is 1 at most: the rest cannot be seen
    before = at.pixels[seen][:, np.newaxis]
    gains = gain[seen].reshape(-1, *[1] * (before.ndim - 1))
    change = before.astype(np.float32) * (gains * np.float32(1 / white_of(before)))
    after = at.pixels.copy()
    after[seen] = blended(before, change)[:, 0]
    return noted(at, after, **notes)


def patched(at: Window, change: NDArray[np.float32], **notes: Any) -> Patch:
    """Return the patch of a change, and what it measures.

    Parameters
    ----------
    at : the window.
    change : float32 [height, width] or [height, width, 3] in parts of white, see `blended`.
    notes : more to note.

    Returns
    -------
    The patch. Its notes: ``width_px`` and ``height_px`` of what changed, ``contrast``, the mean
    change of it in parts of white, less than 0 where it became darker.
    """
    return noted(at, blended(at.pixels, change), **notes)


def noted(at: Window, after: Pixels, **notes: Any) -> Patch:
    """Return the patch of a window's new pixels, with what it measures."""
    changed = np.not_equal(at.pixels, after)
    if changed.ndim == 3:
        changed = changed[:, :, 0] | changed[:, :, 1] | changed[:, :, 2]
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    if not len(rows):
        nothing = {"width_px": 0, "height_px": 0, "contrast": 0.0}
        return Patch(after[:1, :1], at.left, at.top, nothing | notes)
    cut = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    before, after = at.pixels[cut], after[cut]
    gained = float(after.sum(dtype=np.float64) - before.sum(dtype=np.float64))
    whole = np.count_nonzero(changed) * (at.pixels.size // changed.size) * white_of(after)
    found = {
        "width_px": after.shape[1],
        "height_px": after.shape[0],
        "contrast": round(float(gained / whole), 4),
    }
    return Patch(after, at.left + int(columns[0]), at.top + int(rows[0]), found | notes)


def chance_of(seed: int) -> np.random.Generator:
    """Return the numbers that a seed stands for."""
    return np.random.Generator(np.random.Philox(key=seed))


def smooth_noise(
    chance: np.random.Generator, shape: tuple[int, int], cells: float
) -> NDArray[np.float32]:
    """Return a smooth random field: a cubic B-spline over a coarse grid of even numbers.

    The spline is summed by elements, so it is the same to the last bit on every machine.

    Parameters
    ----------
    chance : where the numbers come from.
    shape : rows and columns.
    cells : of the grid along the longer side.

    Returns
    -------
    float32 [rows, columns] in [-1, 1], around 0, nine tenths of it within 0.3.
    """
    size = max(shape) / cells
    spans = [length / size for length in shape]
    counts = [math.ceil(span) + 3 for span in spans]
    grid = chance.random(counts, np.float32) * np.float32(2) - np.float32(1)
    down, across = (_spline(length, span) for length, span in zip(shape, spans, strict=True))
    wide = sum(weight * grid[:, across[0] + place] for place, weight in enumerate(across[1]))
    return np.asarray(
        sum(weight[:, np.newaxis] * wide[down[0] + place] for place, weight in enumerate(down[1])),
        np.float32,
    )


def _spline(length: int, span: float) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the first grid point and the weights of four, for each of some evenly laid places."""
    at = (np.arange(length) + 0.5) * (span / length)
    first = np.floor(at)
    t = at - first
    s = 1 - t
    weights = [s**3, 4 - 6 * t**2 + 3 * t**3, 4 - 6 * s**2 + 3 * s**3, t**3]
    return first.astype(np.int64), np.asarray(weights, np.float32) / np.float32(6)


def summed(
    shape: tuple[int, int],
    places: NDArray[np.float32],
    half: int,
    draw: Callable[[Plane, Plane], Plane],
) -> NDArray[np.float64]:
    """Return the sum of many small things of one size, all drawn at once.

    Parameters
    ----------
    shape : rows and columns.
    places : float32 [things, 2], x and y of each in px from the middle of the first pixel.
    half : px around its middle in which a thing is drawn.
    draw : from x, float32 [things, 1, side], and y, float32 [things, side, 1], px from the
        middle of each thing, to what it adds there, float32 [things, side, side].

    Returns
    -------
    float64 [rows, columns].
    """
    nearest = np.rint(places).astype(np.int64)
    rest = nearest.astype(np.float32) - places
    steps = np.arange(-half, half + 1)
    x = rest[:, 0, None, None] + steps[None, None, :].astype(np.float32)
    y = rest[:, 1, None, None] + steps[None, :, None].astype(np.float32)
    rows = nearest[:, 1, None, None] + steps[None, :, None]
    columns = nearest[:, 0, None, None] + steps[None, None, :]
    inside = (rows >= 0) & (rows < shape[0]) & (columns >= 0) & (columns < shape[1])
    flat = np.where(inside, rows * shape[1] + columns, 0)
    drawn = np.bincount(flat.ravel(), (draw(x, y) * inside).ravel(), shape[0] * shape[1])
    return np.asarray(drawn, np.float64).reshape(shape)


def smooth_step(rise: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return 0 below 0, 1 above 1, and a smooth rise between."""
    t = np.clip(rise, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def turned(angle_deg: float) -> tuple[float, float]:
    """Return across and down of a direction: 0 is to the right, 90 up."""
    angle = math.radians(angle_deg)
    return math.cos(angle), -math.sin(angle)


def distance2(
    at: Window, length_px: float, width_px: float, angle_deg: float, uneven: NDArray[np.float32]
) -> Plane:
    """Return the squared distance from the middle of an uneven ellipse: 1 on its outline.

    Parameters
    ----------
    at : the window.
    length_px, width_px : its axes, from end to end.
    angle_deg : of its length: 0 is to the right, 90 up.
    uneven : float32 [height, width], at least 0: how much farther each pixel counts. The
        outline is drawn in by it, never out.
    """
    across, down = turned(angle_deg)
    along = (at.x * np.float32(across) + at.y * np.float32(down)) * np.float32(2 / length_px)
    aside = (at.y * np.float32(across) - at.x * np.float32(down)) * np.float32(2 / width_px)
    return np.asarray((along * along + aside * aside) * (1 + uneven), np.float32)


def box_of(length_px: float, width_px: float, angle_deg: float) -> tuple[float, float]:
    """Return width and height of the tight box of an ellipse, see `distance2`."""
    across, down = turned(angle_deg)
    return (
        math.hypot(length_px * across, width_px * down),
        math.hypot(length_px * down, width_px * across),
    )


def blob(at: Window, chance: np.random.Generator, size_px: float, elongation: float) -> Plane:
    """Return how far inside an uneven round outline each pixel lies: 1 in the middle, 0 on it."""
    uneven = np.zeros(at.shape, np.float32)
    for cells, share in _WAVES:
        uneven += np.float32(share) * smooth_noise(chance, at.shape, cells)
    uneven = np.clip(0.5 + uneven, 0, 1) * np.float32(_UNEVEN)
    angle_deg = 180 * chance.random()
    far2 = distance2(at, size_px, size_px / elongation, angle_deg, uneven)
    return np.asarray(1 - np.sqrt(far2), np.float32)
