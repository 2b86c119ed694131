"""What a real defect is like, in the numbers that drawn ones are made from."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.pictures import Instance, Pixels, white_of

RIM_PX = 2
"""So far from its mask a defect may still be seen: lenses and annotators are not sharper."""
RING_PX = 12
"""So far beyond the rim its surroundings are looked at."""
DARK = 4 / 255
"""Of white: below, nothing is measured in parts of the brightness, which may be noise."""

_MOST = 20_000  # pixels of a mask whose paths are followed one by one
_STRONG = 0.95
_THIN = 3.0  # a thing this many times as long as wide is a ribbon
_MOVES = tuple(
    (x, y) for x in range(-3, 4) for y in range(4) if math.gcd(x, y) == 1 and (y > 0 or x > 0)
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a defect is like.

    Parameters
    ----------
    length_px : from end to end, along its bends and within its mask.
    length_frac : the same in parts of the picture's shorter side.
    width_px : mean, across it; of a branched or broken thing across each part.
    elongation : its length over its width as an ellipse, 1 or above.
    angle_deg : of its long axis, above -90 to 90: 0 lies along the rows, counter-clockwise as
        the eye sees it.
    contrast_frac : how much lighter it is than its surroundings, in parts of their brightness;
        below 0 darker, -1 black.
    deepest_frac : the same, without its sign, where it differs most: 1 pixel in 20 does more.
    polarity : ``dark`` or ``bright``.
    area_px : pixels of its mask.
    x_frac, y_frac : which of the places that its box has in the picture, 0 to 1, as a drawn
        defect's.
    """

    length_px: float
    length_frac: float
    width_px: float
    elongation: float
    angle_deg: float
    contrast_frac: float
    deepest_frac: float
    polarity: str
    area_px: int
    x_frac: float
    y_frac: float

    def to_json(self) -> dict[str, float | str]:
        """Return them by name, numbers to 4 decimals."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {k: v if isinstance(v, str) else round(v, 4) for k, v in found.items()}


def measure_defect(
    pixels: Pixels, instance: Instance, others: NDArray[np.bool_] | None = None
) -> Measured:
    """Measure a real defect by its mask.

    Parameters
    ----------
    pixels : of the picture.
    instance : the defect; it has a mask with at least one pixel.
    others : bool [height, width], what else is marked in the picture: no surroundings of it.
    """
    mask = instance.mask
    assert mask is not None
    height, width = pixels.shape[:2]
    rows, columns = mask.shape
    length_px = _length_px(mask)
    mean, deepest = _contrasts(pixels, instance, others)
    axis = _axis(mask)
    area_px = int(np.count_nonzero(mask))
    spare_x, spare_y = width - columns, height - rows
    return Measured(
        length_px=length_px,
        length_frac=length_px / min(height, width),
        width_px=_width_px(mask, length_px),
        elongation=axis.elongation,
        angle_deg=axis.angle_deg,
        contrast_frac=mean,
        deepest_frac=deepest,
        polarity="dark" if mean < 0 else "bright",
        area_px=area_px,
        x_frac=instance.left_px / spare_x if spare_x > 0 else 0.5,
        y_frac=instance.top_px / spare_y if spare_y > 0 else 0.5,
    )


def brightness(pixels: Pixels) -> NDArray[np.float32]:
    """Return how light each pixel is, float32 [height, width], white 1 (ITU-R BT.601)."""
    scaled = pixels.astype(np.float32) / np.float32(white_of(pixels))
    if scaled.ndim == 2:
        return scaled
    red, green, blue = scaled[:, :, 0], scaled[:, :, 1], scaled[:, :, 2]
    return np.asarray(
        red * np.float32(0.299) + green * np.float32(0.587) + blue * np.float32(0.114), np.float32
    )


def distance_px(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return how far each pixel is from a mask that has some, 0 on it, float32 [height, width]."""
    import cv2

    away = np.logical_not(mask).view(np.uint8)
    return np.asarray(cv2.distanceTransform(away, cv2.DIST_L2, 5), np.float32)


def _contrasts(
    pixels: Pixels, instance: Instance, others: NDArray[np.bool_] | None
) -> tuple[float, float]:
    """Return the mean contrast and, without its sign, the strongest; 0 where nothing is around."""
    height, width = pixels.shape[:2]
    reach = RIM_PX + RING_PX
    left, top = max(0, instance.left_px - reach), max(0, instance.top_px - reach)
    right = min(width, int(instance.box_px[2]) + reach)
    bottom = min(height, int(instance.box_px[3]) + reach)
    window = (slice(top, bottom), slice(left, right))
    mask = instance.drawn(height, width)[window]
    away = distance_px(mask)
    ring = (away > RIM_PX) & (away <= reach)
    if others is not None:
        ring &= ~others[window]
    if not ring.any():
        return 0.0, 0.0
    light = brightness(pixels[window])
    around = max(float(light[ring].mean(dtype=np.float64)), DARK)
    contrast = light[mask] / np.float32(around) - 1
    mean = float(contrast.mean(dtype=np.float64))
    strongest = float(np.quantile(contrast if mean > 0 else -contrast, _STRONG))
    return mean, max(0.0, strongest)


@dataclass(frozen=True, slots=True)
class _Axis:
    """The long axis of the ellipse with the same second moments as a mask."""

    angle_deg: float
    extent_px: float
    elongation: float


def _axis(mask: NDArray[np.bool_]) -> _Axis:
    ys, xs = np.nonzero(mask)
    x, y = xs - xs.mean(), ys - ys.mean()
    # Each pixel is a square, with a second moment of its own.
    xx, yy, xy = (
        float((x * x).mean()) + 1 / 12,
        float((y * y).mean()) + 1 / 12,
        float((x * y).mean()),
    )
    turn = 0.5 * math.atan2(2 * xy, xx - yy)
    spread = math.hypot((xx - yy) / 2, xy)
    long, short = (xx + yy) / 2 + spread, (xx + yy) / 2 - spread
    along = x * math.cos(turn) + y * math.sin(turn)
    degrees = -math.degrees(turn)  # rows count downwards
    return _Axis(
        90.0 if degrees <= -90 else degrees + 0.0,
        float(along.max() - along.min()) + 1,
        math.sqrt(long / max(short, 1 / 12)),
    )


def _length_px(mask: NDArray[np.bool_]) -> float:
    """Return the longest of the shortest ways from one pixel of a mask to another.

    Between parts that do not touch there is no way: then the extent along the long axis counts
    where it is longer.
    """
    import cv2

    extent = _axis(mask).extent_px
    part, scale = mask, 1
    while np.count_nonzero(part) > _MOST:
        part, scale = _halved(part), scale * 2
    _, labels, stats, _ = cv2.connectedComponentsWithStats(part.view(np.uint8), connectivity=8)
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return max(extent, (_longest_way(labels == largest) + 1) * scale)


def _halved(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    rows, columns = mask.shape
    even = np.pad(mask, ((0, rows % 2), (0, columns % 2)))
    blocks = even.reshape(even.shape[0] // 2, 2, even.shape[1] // 2, 2)
    return np.asarray(blocks.any(axis=(1, 3)))


def _longest_way(mask: NDArray[np.bool_]) -> float:
    """Return the length in px of the longest shortest way inside one connected mask.

    Steps lead to 32 directions, so that a straight way is at most 1.4 % too long. The pixel
    furthest from any pixel is one end; the pixel furthest from that one is the other.
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    ys, xs = np.nonzero(mask)
    number = np.full(np.add(mask.shape, 6), -1, np.int64)
    number[ys + 3, xs + 3] = np.arange(len(ys))
    starts: list[NDArray[Any]] = []
    ends: list[NDArray[Any]] = []
    steps: list[NDArray[Any]] = []
    for x, y in _MOVES:
        there = number[ys + 3 + y, xs + 3 + x]
        joined = np.flatnonzero(there >= 0)
        starts.append(joined)
        ends.append(there[joined])
        steps.append(np.full(len(joined), math.hypot(x, y)))
    size = (len(ys), len(ys))
    ways = csr_matrix((np.concatenate(steps), (np.concatenate(starts), np.concatenate(ends))), size)
    far = 0
    for _ in range(2):
        away = dijkstra(ways, directed=False, indices=far)
        away[~np.isfinite(away)] = -1
        far = int(np.argmax(away))
    return float(away[far])


def _width_px(mask: NDArray[np.bool_], length_px: float) -> float:
    """Return the mean width of a thing.

    A ribbon of length l and width w has the area l w and the outline 2 (l + w); branches and
    gaps change neither by much. What is no ribbon has its area over its length.
    """
    import cv2

    area = float(np.count_nonzero(mask))
    padded = np.pad(mask, 1).astype(np.uint8)
    outlines, _ = cv2.findContours(padded, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    whole = 0.0
    for one in outlines:
        smooth = cv2.approxPolyDP(one, 0.8, True)  # a slanted edge is a line, not its stairs
        whole += cv2.arcLength(smooth, True) / 2 + 2  # it runs through the middles of pixels
    root = whole * whole - 4 * area
    ribbon = (whole + math.sqrt(root)) / 2 if root > 0 else 0.0
    if ribbon * ribbon > _THIN * area:
        return area / ribbon
    return area / length_px
