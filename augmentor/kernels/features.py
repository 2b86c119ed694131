"""What a sound or a picture is like, in some fifty numbers: where real and made are compared.

Sounds: the level in each mel band (mean and deviation over time), how the level moves in time,
and how noise-like the spectrum is. The overall level is taken off, since a gain knob sets it;
it is among the ranges instead. Pictures: steepness, direction of edges and local patterns at
several scales, local contrast, grain, colour. Light counts in parts of the picture's own median
light, which is kept as one number of its own: on one line all cameras are set alike.
"""

import itertools

import numpy as np
from numpy.typing import NDArray

from augmentor.core.pictures import Instance, Pixels, white_of
from augmentor.kernels.bands import band_powers
from augmentor.kernels.defects.measured import brightness
from augmentor.kernels.visibility import width_px

Vector = NDArray[np.float64]

BANDS = 10
_WINDOW_S = 0.032
_FLOOR_DB = -60.0  # under the level of the clip: nobody hears it, and files round it differently
_LOUD_DB = 40.0  # windows this far below the loudest say nothing of a clip's level
_PACES_HZ = (0.5, 2.0, 4.0, 8.0, 16.0)  # of changes: phrases, words, syllables, rattle

CROP_PX = 48
_MOST_CROP_PX = 256
_MOST_PX = 2_000_000  # larger pictures are halved
_SCALES = 3  # as the file has it, halved, and halved again
_DARK = 4 / 255  # of white: the least that light is counted in parts of
_FAINT = 1e-3  # of the median light: below, steps are rounding
_EVEN = 0.01  # neighbours this near to a pixel are as light as it is: no pattern but noise
_QUANTILES = (0.001, 0.01, 0.05, 0.25, 0.75, 0.95, 0.99, 0.999)
_DIRECTIONS = ("upright", "rising", "level", "falling")  # of the edges


def sound_names(rate_hz: int) -> list[str]:
    """Return what each number of `sound_features` is, in words."""
    edges = _edges_hz(rate_hz)
    bands = [f"{low:.0f}-{high:.0f} Hz" for low, high in itertools.pairwise(edges)]
    paces = itertools.pairwise(_PACES_HZ)
    return [
        *(f"mean level at {one}" for one in bands),
        *(f"deviation of the level at {one}" for one in bands),
        *(f"changes of the level at {low:g}-{high:g} Hz" for low, high in paces),
        "mean flatness of the spectrum",
        "deviation of the flatness",
    ]


def sound_features(samples: NDArray[np.float32], rate_hz: int) -> Vector | None:
    """Describe a sound by its log-mel statistics, the pace of its level and its flatness.

    Parameters
    ----------
    samples : float32 [frames], full scale 1.
    rate_hz : frames per second.

    Returns
    -------
    float64 [features], dB; None where there is less than a fifth of a second, or silence.
    """
    size = 2 ** round(np.log2(rate_hz * _WINDOW_S))
    hop = size // 2
    if len(samples) < max(4 * size, 0.2 * rate_hz):
        return None
    lines = _edges_lines(rate_hz, size)
    powers = band_powers(samples, size, hop, lines)
    total = powers.sum(axis=1)
    if not total.max():
        return None
    level = total[total >= total.max() * 10 ** (-_LOUD_DB / 10)].mean()
    least = 10 ** (_FLOOR_DB / 10)
    levels_db = 10 * np.log10(np.maximum(powers / level, least / BANDS))
    densities = np.maximum(powers / level / np.diff(lines), least / lines[-1])
    flatness_db = 10 * (np.log10(densities).mean(axis=1) - np.log10(densities.mean(axis=1)))
    course_db = 10 * np.log10(np.maximum(total / level, least))
    return np.concatenate([
        levels_db.mean(axis=0), levels_db.std(axis=0), _paces_db(course_db, hop / rate_hz),
        [flatness_db.mean(), flatness_db.std()],
    ])  # fmt: skip


def _edges_hz(rate_hz: int) -> Vector:
    """Return where the bands begin and end: evenly on the mel scale, up to half the rate."""
    mels = np.linspace(0, 2595 * np.log10(1 + rate_hz / 2 / 700), BANDS + 1)
    return np.asarray((10 ** (mels / 2595) - 1) * 700, np.float64)


def _edges_lines(rate_hz: int, size: int) -> list[int]:
    """Return the lines of the spectrum at which bands begin, each at least one line wide."""
    found = np.rint(_edges_hz(rate_hz) * size / rate_hz).astype(int)
    found = np.maximum(np.maximum.accumulate(found - np.arange(BANDS + 1)), 1)
    return [int(line) for line in found + np.arange(BANDS + 1)]


def _paces_db(course_db: Vector, step_s: float) -> Vector:
    """Return how strongly a level changes at some paces: their mean squares, dB re 1 dB."""
    even = (course_db - course_db.mean()) * np.hanning(len(course_db))
    power = np.square(np.abs(np.fft.rfft(even))) / np.square(np.hanning(len(course_db))).sum()
    at_hz = np.fft.rfftfreq(len(course_db), step_s)
    found = []
    for low, high in itertools.pairwise(_PACES_HZ):
        inside = power[(at_hz >= low) & (at_hz < high)]
        # A short clip has no line at a slow pace: then the nearest one stands for it.
        mean = inside.mean() if len(inside) else power[np.abs(at_hz - (low + high) / 2).argmin()]
        found.append(10 * np.log10(mean + 0.1))
    return np.array(found)


def picture_names() -> list[str]:
    """Return what each number of `picture_features` is, in words."""
    sizes = ["", " at half the size", " at a quarter of the size"]
    return [
        "median light",
        *(f"light at its {quantile:.1%} quantile" for quantile in _QUANTILES),
        *(
            f"{what}{size}"
            for size in sizes
            for what in (
                "mean steepness", "steepness of the steepest tenth",
                "steepness of the steepest hundredth",
                *(f"share of {one} edges" for one in _DIRECTIONS),
                *(f"share of spots with {count} lighter neighbours" for count in range(9)),
                "share of spots with a broken ring of neighbours",
                "spread of the light, calm places", "spread of the light, usual places",
                "spread of the light, lively places",
            )
        ),
        "grain alike along rows", "grain alike along columns",
        "mean red over light", "mean blue over light",
        "spread of red over light", "spread of blue over light",
    ]  # fmt: skip


def picture_features(pixels: Pixels) -> Vector | None:
    """Describe a picture, or a crop of one, by its texture, its edges and its colour.

    Parameters
    ----------
    pixels : uint8, uint16 or float32 [height, width] or [height, width, 3].

    Returns
    -------
    float64 [features], none of them growing with the size; None below 16 px a side.

    References
    ----------
    T. Ojala, M. Pietikainen and T. Maenpaa, Multiresolution gray-scale and rotation invariant
    texture classification with local binary patterns, IEEE PAMI 24(7), 2002: patterns that turn
    with the picture.
    """
    import cv2

    while pixels.shape[0] * pixels.shape[1] > _MOST_PX:
        pixels = np.asarray(cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    if min(pixels.shape[:2]) < 4 * 2**_SCALES // 2:
        return None
    plane = brightness(pixels)
    median = float(np.median(plane))
    whole = plane / np.float32(max(median, _DARK))
    found = [np.array([np.log10(max(median, _DARK))]), np.quantile(whole, _QUANTILES) - 1]
    scaled = whole
    for _ in range(_SCALES):
        found += [_edges(scaled), _patterns(scaled), _spreads(scaled)]
        scaled = np.asarray(
            cv2.resize(scaled, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float32
        )
    return np.concatenate([*found, _grain(whole), colour(pixels)])


def colour(pixels: Pixels) -> Vector:
    """Measure how red and how blue a picture is: 0 is grey.

    Parameters
    ----------
    pixels : uint8, uint16 or float32 [height, width] or [height, width, 3].

    Returns
    -------
    Red over light less 1, and blue over light less 1, on average; how far each spreads.
    """
    if pixels.ndim == 2:
        return np.zeros(4)
    bright = np.maximum(brightness(pixels), np.float32(_DARK))
    white = np.float32(white_of(pixels))
    red, blue = (pixels[:, :, at].astype(np.float32) / white / bright for at in (0, 2))
    return np.array([red.mean() - 1, blue.mean() - 1, red.std(), blue.std()])


def around(pixels: Pixels, instance: Instance) -> Pixels:
    """Return the place of a picture where something is marked: it, its rim and what is beside it.

    A square of 48 px as the file has them around the marked pixel nearest to the middle of the
    box. A thing wider than 16 px gets a square of three times its width, made smaller to 48 px.

    Parameters
    ----------
    pixels : of the whole picture.
    instance : the thing; without a mask it is taken to be as wide as the box's shorter side.
    """
    import cv2

    height, width = pixels.shape[:2]
    left, top, right, bottom = instance.box_px
    x, y = (left + right) / 2, (top + bottom) / 2
    wide = min(right - left, bottom - top)
    if instance.mask is not None and instance.mask.any():
        ys, xs = np.nonzero(instance.mask)
        nearest = int(np.argmin((xs + left + 0.5 - x) ** 2 + (ys + top + 0.5 - y) ** 2))
        x, y = left + float(xs[nearest]) + 0.5, top + float(ys[nearest]) + 0.5
        wide = width_px(instance.mask)
    side = min(max(CROP_PX, round(3 * wide)), _MOST_CROP_PX, height, width)
    begin = min(max(0, round(x - side / 2)), width - side)
    first = min(max(0, round(y - side / 2)), height - side)
    crop = pixels[first : first + side, begin : begin + side]
    if side <= CROP_PX:
        return crop
    return np.asarray(cv2.resize(crop, (CROP_PX, CROP_PX), interpolation=cv2.INTER_AREA))


def _edges(plane: NDArray[np.float32]) -> Vector:
    """Return how steep the light is, and which way its edges run."""
    across = (plane[1:-1, 2:] - plane[1:-1, :-2]) / 2
    down = (plane[2:, 1:-1] - plane[:-2, 1:-1]) / 2
    steep = np.hypot(across, down)
    high, highest = np.quantile(steep, (0.9, 0.99))
    way = np.rint(np.arctan2(down, across) * (4 / np.pi)).astype(np.int64) % 4
    shares = np.bincount(way.ravel(), steep.ravel(), minlength=4)
    total = max(float(shares.sum()), _FAINT)
    steepness = np.log10(np.array([steep.mean(), high, highest]) + _FAINT)
    return np.concatenate([steepness, shares / total])


def _patterns(plane: NDArray[np.float32]) -> Vector:
    """Return how often each pattern of lighter neighbours occurs, by their number, 10 shares."""
    inner = plane[1:-1, 1:-1] + np.float32(_EVEN)
    height, width = plane.shape
    ring = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))
    lighter = [plane[y : height - 2 + y, x : width - 2 + x] > inner for y, x in ring]
    count = np.zeros(inner.shape, np.int64)
    turns = np.zeros(inner.shape, np.int64)
    for one, next_one in zip(lighter, [*lighter[1:], lighter[0]], strict=True):
        count += one
        turns += one != next_one
    count[turns > 2] = 9
    return np.bincount(count.ravel(), minlength=10) / count.size


def _spreads(plane: NDArray[np.float32]) -> Vector:
    """Return how far light and dark are apart within a few px, in calm and in lively places."""
    import cv2

    mean = cv2.blur(plane, (7, 7), borderType=cv2.BORDER_REFLECT)
    square = cv2.blur(np.square(plane), (7, 7), borderType=cv2.BORDER_REFLECT)
    spread = np.sqrt(np.maximum(np.asarray(square) - np.square(np.asarray(mean)), 0))
    return np.asarray(np.log10(np.quantile(spread, (0.1, 0.5, 0.9)) + _FAINT), np.float64)


def _grain(plane: NDArray[np.float32]) -> Vector:
    """Return how alike the finest detail of neighbours is: noise, sharpening and coding differ."""
    import cv2

    fine = plane - np.asarray(cv2.GaussianBlur(plane, (0, 0), 1))
    power = float(np.square(fine).mean()) + _FAINT**2
    along = float((fine[:, 1:] * fine[:, :-1]).mean())
    down = float((fine[1:] * fine[:-1]).mean())
    return np.array([along / power, down / power])
