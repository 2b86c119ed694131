"""What a picture is like, in single numbers: sharpness, brightness, contrast, reflections."""

from typing import cast

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8] | NDArray[np.uint16]

_BOX_PX = 9
_FAINT = 0.01  # a direction with less of the other's detail, as stripes have, says nothing
_STILL = 0.05  # steps of the file's numbers: the box makes ninths of them
_ROUNDED = 0.5  # of the detail may be rounding, or it is not told from it
_BRIGHT = 0.95  # of full scale, in every colour: what a lamp reflects has the lamp's colour
_SMALL_PX = 4
_LARGE_FRAC = 0.1  # of the picture: a bright background is no reflection


def grey(pixels: Pixels) -> Pixels:
    """Return how light each pixel is (ITU-R BT.601).

    Parameters
    ----------
    pixels : uint8 or uint16 [height, width, 3], red, green, blue, or grey [height, width].

    Returns
    -------
    [height, width] of the same type.
    """
    import cv2

    if pixels.ndim == 2:
        return pixels
    return cast("Pixels", cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))


def sharpness_frac(light: Pixels) -> float | None:
    """Measure how much of the picture's detail goes when it is blurred once more.

    What is blurred already loses little. The detail is the sum of squared differences of
    neighbours; a box of 9 px blurs; what rounding to whole numbers adds is taken off. Of two
    directions the less sharp one counts: a shaken camera blurs one. Brightness does not move it;
    a third of the contrast moves it by 0.07 or less in nine of ten pictures. Edges blurred by a
    Gaussian of s px have 1 - s / sqrt(s^2 + 20 / 3): 0.64 at 1 px, 0.39 at 2, 0.24 at 3. Noise
    is detail too, and hides a blur.

    Parameters
    ----------
    light : uint8 or uint16 [height, width], from `grey`.

    Returns
    -------
    0 (blurred) to 1; None where there is nothing but rounding to see.

    References
    ----------
    F. Crete et al., The Blur Effect: Perception and Estimation with a New No-Reference
    Perceptual Blur Metric, SPIE 6492, 2007: blurring again, by direction. S. Zhuo and T. Sim,
    Defocus map estimation from a single image, Pattern Recognition 44(9), 2011: the ratio of
    gradients before and after gives the width of an edge.
    """
    import cv2

    found = []
    whole = light.astype(np.float32)
    for axis in (0, 1):
        if light.shape[axis] <= _BOX_PX:
            return None
        box = (1, _BOX_PX) if axis == 0 else (_BOX_PX, 1)
        again = np.asarray(cv2.blur(whole, box, borderType=cv2.BORDER_REFLECT), np.float32)
        change, left = np.diff(whole, axis=axis), np.diff(again, axis=axis)
        # Where nothing changes nothing is rounded; elsewhere each difference is off by twice 1/12.
        rounding = np.count_nonzero(np.abs(left) > _STILL) / 6
        before = _square_sum(change)
        seen = before - rounding
        after = max(_square_sum(left) - rounding / _BOX_PX**2, 0.0)
        found.append((seen, 1 - after / seen if before * _ROUNDED > rounding else None))
    most = max(seen for seen, _ in found)
    told = [share for seen, share in found if share is not None and seen >= _FAINT * most]
    return max(0.0, min(told)) if told else None


def _square_sum(numbers: NDArray[np.float32]) -> float:
    return float(np.square(numbers).sum(dtype=np.float64))


def brightness_frac(light: Pixels) -> float:
    """Measure how light the picture is on average.

    Parameters
    ----------
    light : uint8 or uint16 [height, width], from `grey`.

    Returns
    -------
    0 (black) to 1 (white).
    """
    return float(light.mean(dtype=np.float64)) / np.iinfo(light.dtype).max


def contrast_frac(light: Pixels) -> float:
    """Measure how far light and dark are apart: from the 5th to the 95th percentile of pixels.

    A few bright or dead pixels do not move it, unlike the range; nor does a skewed picture as
    much as its standard deviation.

    Parameters
    ----------
    light : uint8 or uint16 [height, width], from `grey`.

    Returns
    -------
    0 (one grey) to 1 (black and white).
    """
    upto = np.cumsum(np.bincount(light.ravel()))
    low, high = np.searchsorted(upto, [0.05 * light.size, 0.95 * light.size])
    return float(high - low) / np.iinfo(light.dtype).max


def reflection_frac(pixels: Pixels) -> float:
    """Measure the share of pixels in highlights: lamps mirrored by something that shines.

    Highlights are connected spots of at least 4 px that are near white in every colour. A spot
    that touches the picture's edge or fills more than a tenth of it is taken for background. A
    white part of the thing itself is taken for a highlight: nothing in one picture tells them
    apart.

    Parameters
    ----------
    pixels : uint8 or uint16 [height, width, 3], red, green, blue, or grey [height, width].

    Returns
    -------
    0 to 1.

    References
    ----------
    F. Ortiz and F. Torres, Automatic detection and elimination of specular reflectance in color
    images by means of MS diagram and vector connected filters, IEEE Trans. SMC-C 36(5), 2006:
    highlights are where light is strong and saturation low.
    """
    import cv2

    darkest = pixels
    if pixels.ndim == 3:
        darkest = np.minimum(np.minimum(pixels[..., 0], pixels[..., 1]), pixels[..., 2])
    white = (darkest >= _BRIGHT * np.iinfo(pixels.dtype).max).astype(np.uint8)
    if not white.any():
        return 0.0
    _, _, spots, _ = cv2.connectedComponentsWithStats(white, connectivity=8)
    left, top, width, height, area = spots[1:].T  # the first is what is not white
    rows, columns = white.shape
    inside = (left > 0) & (top > 0) & (left + width < columns) & (top + height < rows)
    fits = (area >= _SMALL_PX) & (area <= _LARGE_FRAC * white.size)
    return float(area[inside & fits].sum()) / white.size
