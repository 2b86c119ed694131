"""Whether a defect can be seen on its surface, and whether it gives away that it was drawn."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.pictures import Pixels, white_of

Bools = NDArray[np.bool_]
Window = tuple[slice, slice]
"""Rows and columns of a picture."""

_JUST_SEEN = 0.01  # of white: what an eye, or a screen, can tell apart on an even surface
_CELLS = 6  # a wide defect is looked at in so many cells across, a thin one in px
_AROUND = 7  # cells around a place of a defect whose texture it has to stand out from
_STRONG = 4  # the strongest quarter of a defect tells whether it is seen
_TILE = 96  # cells; long thin defects are looked at piece by piece
_LEAST_ROOM = 0.25  # of white: on a dark surface black is near, and nothing false
_RIM_PX = 4
_ROUNDING = 1.5 / 255
_SAMPLE = 16384  # pixels tell how bright a picture is


def changed_window(before: Pixels, after: Pixels) -> tuple[Window, Bools] | None:
    """Return the tight box of what differs between two pictures of one shape, and where in it.

    Returns
    -------
    Rows and columns, and bool of that shape; None where nothing differs.
    """
    height = before.shape[0]
    differs = np.not_equal(before.reshape(height, -1), after.reshape(height, -1))
    rows = np.flatnonzero(differs.any(axis=1))
    if not len(rows):
        return None
    tall = slice(int(rows[0]), int(rows[-1]) + 1)
    band = differs[tall].reshape(-1, *before.shape[1:])
    if band.ndim == 3:
        band = np.logical_or.reduce([band[:, :, colour] for colour in range(band.shape[2])])
    columns = np.flatnonzero(band.any(axis=0))
    wide = slice(int(columns[0]), int(columns[-1]) + 1)
    return (tall, wide), np.ascontiguousarray(band[:, wide])


def width_px(mask: Bools) -> float:
    """Measure how wide a thing is on average, across its narrow side; 0 of an empty mask.

    Over a strip the mean distance to its edge is a quarter of its width. A strip of a whole
    number of px measures that number, up to a third of a px.

    References
    ----------
    G. Borgefors, Distance transformations in digital images, Computer Vision, Graphics, and
    Image Processing 34(3), 1986.
    """
    import cv2

    if not mask.any():
        return 0.0
    padded = np.pad(mask, 1).astype(np.uint8)
    inner = np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, 5))[1:-1, 1:-1][mask]
    two = np.ones((2, 2), np.uint8)
    thick = np.asarray(cv2.dilate(cv2.erode(padded, two, anchor=(0, 0)), two, anchor=(1, 1)))
    single = 1 - float(thick[1:-1, 1:-1][mask].mean(dtype=np.float64))
    # The distance runs to the middle of the first px outside: one px and two measure alike.
    return 4 * float(inner.mean(dtype=np.float64)) - 2 - single


def contrast_over_texture(before: Pixels, after: Pixels, mask: Bools) -> float:
    """Measure how far a defect stands out from the texture that it lies in.

    Signal is the change, noise the standard deviation of the texture within some widths of it
    (from the mean distance, so that one strong edge nearby is not taken for grain). The ratio
    is that of the strongest quarter of the defect: faint ends and soft rims do not hide what
    can be seen, and the dark and bright sides of a dent do not cancel. What is much coarser
    than the defect is taken off both; a wide defect is looked at in cells of a sixth of its
    width, since finer grain does not hide it. Of lightness and the two differences of colour
    the one where it stands out most counts. On an even surface a hundredth of white is noise.

    Parameters
    ----------
    before, after : the defect's surroundings without and with it: three times its width.
    mask : bool [height, width], the defect.

    Returns
    -------
    0 upwards; a defect is lost in the grain below about 1. 0 where the mask is empty.

    References
    ----------
    A. Rose, The sensitivity performance of the human eye on an absolute scale, JOSA 38(2),
    1948: seen is what exceeds the noise of its own scale. A. Ahumada and H. Peterson,
    Luminance-model-based DCT quantization for color image compression, SPIE 1666, 1992:
    contrast masking by texture of like scale.
    """
    wide = max(1.0, width_px(mask))
    cell = max(1, round(wide / _CELLS))
    before, after, mask = (_reduced(each, cell) for each in (before, after, mask))
    coarse = 2 * round(2 * max(2.0, wide / cell)) + 1
    ratios = [
        _ratios(before[place], after[place], mask[place], coarse, inner)
        for place, inner in _tiles(mask, coarse // 2 + _AROUND)
    ]
    if not ratios:
        return 0.0
    found = np.concatenate(ratios)
    strongest = max(1, len(found) // _STRONG)
    found.partition(len(found) - strongest, axis=0)
    return float(found[len(found) - strongest :].mean(axis=0, dtype=np.float64).max())


def _ratios(
    before: Pixels, after: Pixels, mask: Bools, coarse: int, inner: Window
) -> NDArray[np.float32]:
    """Return signal over noise at every pixel of a mask's inner part, [pixels, planes]."""
    import cv2

    plain, marked = _planes(before), _planes(after)
    change = marked - plain
    side = 2 * _AROUND + 1
    near = np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((side, side), np.uint8)), np.bool_)
    ring = near & ~mask
    if ring.any():  # a change of the whole picture is no sign of the defect
        change -= change[ring].mean(axis=0, dtype=np.float64).astype(np.float32)
    texture = marked
    texture[mask] -= change[mask]
    signal, grain = (np.abs(each - _blurred(each, coarse)) for each in (change, texture))
    noise = _blurred(grain, side)[inner][mask[inner]]
    noise *= np.float32(math.sqrt(math.pi / 2))
    found = signal[inner][mask[inner]] / np.hypot(noise, np.float32(_JUST_SEEN))
    return np.asarray(found.reshape(len(found), -1), np.float32)


def _blurred(planes: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    import cv2

    return np.asarray(cv2.blur(planes, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)


def _reduced(pixels: NDArray[Any], cell: int) -> NDArray[Any]:
    """Return means over cells of a picture; of a mask, the cells that are half covered."""
    import cv2

    if cell == 1:
        return pixels
    size = max(1, pixels.shape[1] // cell), max(1, pixels.shape[0] // cell)
    if pixels.dtype != np.bool_:
        return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    share = np.asarray(cv2.resize(pixels.astype(np.float32), size, interpolation=cv2.INTER_AREA))
    return np.asarray(share >= min(0.5, float(share.max())))


def _tiles(mask: Bools, margin: int) -> Iterator[tuple[Window, Window]]:
    """Yield where the pieces that hold some of a mask lie, with a margin, and each in its own."""
    for top in range(0, mask.shape[0], _TILE):
        for left in range(0, mask.shape[1], _TILE):
            if mask[top : top + _TILE, left : left + _TILE].any():
                first, begin = max(0, top - margin), max(0, left - margin)
                place = (
                    slice(first, top + _TILE + margin),
                    slice(begin, left + _TILE + margin),
                )
                y, x = top - first, left - begin
                yield place, (slice(y, y + _TILE), slice(x, x + _TILE))


def depth_frac(before: Pixels, after: Pixels, mask: Bools) -> float:
    """Measure how much of the way to black, or to white, a defect goes.

    Over the strongest quarter of it. Light that is left in a real groove, and texture that is
    seen through a real stain, keep it from going all the way. Where there was little way to go,
    a quarter of white is taken for it: black on a dark surface is nothing odd.

    Parameters
    ----------
    before, after : the picture without and with the defect.
    mask : bool [height, width], the defect.

    Returns
    -------
    0 to 1; 0 where the mask is empty.
    """
    if not mask.any():
        return 0.0
    plain, marked = light(before[mask]), light(after[mask])
    change = marked - plain
    room = np.maximum(np.where(change < 0, plain, 1 - plain), np.float32(_LEAST_ROOM))
    strongest = np.argpartition(np.abs(change), len(change) * 3 // 4)[len(change) * 3 // 4 :]
    went = np.abs(change[strongest]).sum(dtype=np.float64)
    return float(went / room[strongest].sum(dtype=np.float64))


def seam_ratio(before: Pixels, after: Pixels, mask: Bools) -> float | None:
    """Measure how a defect's rim steps, over the steps of the texture at its two sides.

    A cut-out that was pasted without a soft rim, or a line drawn without one, steps at its very
    rim more than anywhere beside it. What stepped there before is no seam. Rows and columns are
    looked at apart, since stripes step one way only; the worse counts.

    Parameters
    ----------
    before, after : the defect's surroundings without and with it: 5 px and more.
    mask : bool [height, width], the defect.

    Returns
    -------
    About 1 without a seam; None where no rim lies in the picture.
    """
    import cv2

    side = np.ones((2 * _RIM_PX + 1, 2 * _RIM_PX + 1), np.uint8)
    bits = mask.astype(np.uint8)
    band = np.asarray(cv2.dilate(bits, side) != cv2.erode(bits, side), np.bool_)
    found = []
    for axis in (0, 1):
        first = (slice(None, -1), slice(None)) if axis == 0 else (slice(None), slice(None, -1))
        second = (slice(1, None), slice(None)) if axis == 0 else (slice(None), slice(1, None))
        there = np.nonzero(band[first] & band[second])
        one, other = mask[first][there], mask[second][there]
        rim = one != other
        if not rim.any():
            continue
        now = np.abs(light(after[first][there]) - light(after[second][there]))
        then = np.abs(light(before[first][there][rim]) - light(before[second][there][rim]))
        usual = max(_mean(then), _mean(now[one & other]), _mean(now[~one & ~other]))
        found.append((np.count_nonzero(rim), _mean(now[rim]) / (_ROUNDING + usual)))
    if not found:
        return None
    most = max(count for count, _ in found)
    return max(ratio for count, ratio in found if 4 * count >= most)  # a line's ends say little


def saturated(pixels: Pixels) -> Bools:
    """Return where a picture is black or white in every colour, bool of its rows and columns."""
    dark, bright = np.less_equal(pixels, 0), np.greater_equal(pixels, white_of(pixels))
    if pixels.ndim == 2:
        return np.asarray(dark | bright)
    planes = range(pixels.shape[2])
    return np.asarray(
        np.logical_and.reduce([dark[..., one] for one in planes])
        | np.logical_and.reduce([bright[..., one] for one in planes])
    )


def some_light(pixels: Pixels) -> NDArray[np.float32]:
    """Return the light of evenly spread pixels of a picture, some 16,000 of them, white 1."""
    step = max(1, math.isqrt(pixels.shape[0] * pixels.shape[1] // _SAMPLE))
    return light(np.ascontiguousarray(pixels[::step, ::step]).reshape(-1, *pixels.shape[2:]))


def brightness_left_frac(before: NDArray[np.float32], after: NDArray[np.float32]) -> float:
    """Measure how much of a picture's mean light is left, or of its darkness: the lesser share.

    Parameters
    ----------
    before, after : `some_light` of the two.

    Returns
    -------
    0 (black, or white) upwards.
    """
    then, now = (float(each.mean(dtype=np.float64)) for each in (before, after))
    left = [new / old for new, old in ((now, then), (1 - now, 1 - then)) if old > 0]
    return min(left)


def contrast_left_frac(before: NDArray[np.float32], after: NDArray[np.float32]) -> float | None:
    """Measure how far light and dark are apart, over how far they were.

    From the 5th to the 95th percentile, which a few dead pixels do not move.

    Parameters
    ----------
    before, after : `some_light` of the two.

    Returns
    -------
    0 (one grey) upwards; None where the picture was of one grey.
    """
    then, now = (np.diff(np.percentile(each, (5, 95))) for each in (before, after))
    return float(now[0] / then[0]) if then[0] > 0 else None


def light(pixels: Pixels) -> NDArray[np.float32]:
    """Return how light each pixel is, white 1 (ITU-R BT.601); pixels or [pixels, 3] to [pixels]."""
    levels = pixels.astype(np.float32) / np.float32(white_of(pixels))
    if levels.ndim == 1:
        return levels
    red, green, blue = (levels[:, colour] for colour in range(3))
    grey = np.float32(0.299) * red + np.float32(0.587) * green + np.float32(0.114) * blue
    return np.asarray(grey, np.float32)


def _planes(pixels: Pixels) -> NDArray[np.float32]:
    """Return lightness, of a colour picture beside the differences of red and blue from it."""
    import cv2

    levels = pixels.astype(np.float32) / np.float32(white_of(pixels))
    if levels.ndim == 2:
        return levels
    return np.asarray(cv2.cvtColor(levels, cv2.COLOR_RGB2YCrCb), np.float32)


def _mean(numbers: NDArray[np.float32]) -> float:
    return float(numbers.mean(dtype=np.float64)) if len(numbers) else 0.0
