"""Pictures made small for a page, and what is marked in them."""

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from augmentor.core.pictures import Pixels, white_of

MARK_RGB = (255, 0, 150)
"""The colour of outlines and tints: hardly a material has it, and it shows on light and dark."""

_JPEG_QUALITY = 88
_GAP_PX = 2  # between a thing and its outline, so that the thing stays to be seen
_TONES = 48  # greys of a tinted picture
_TINT = 0.5


def on_screen(pixels: Pixels) -> NDArray[np.uint8]:
    """Return a picture in 8 bits; those of 8 bits as they are.

    Parameters
    ----------
    pixels : see `core.pictures.Pixels`; what is beyond black and white is cut, no number is 0.
    """
    if pixels.dtype == np.uint8:
        return cast("NDArray[np.uint8]", pixels)
    light = pixels.astype(np.float32) * np.float32(255 / white_of(pixels))
    whole = np.rint(np.clip(np.nan_to_num(light), 0, 255))
    return cast("NDArray[np.uint8]", whole.astype(np.uint8))


def size_within(height: int, width: int, longest_px: int) -> tuple[int, int]:
    """Return height and width shrunk until the longer side fits; never less than 1 px."""
    factor = min(1.0, longest_px / max(height, width))
    return max(1, round(height * factor)), max(1, round(width * factor))


def shrunk(pixels: Pixels, longest_px: int) -> NDArray[np.uint8]:
    """Return a picture shrunk until its longer side fits, every pixel the mean of an area.

    Parameters
    ----------
    pixels : see `core.pictures.Pixels`.
    longest_px : of the longer side; smaller pictures keep their size.
    """
    import cv2

    height, width = size_within(pixels.shape[0], pixels.shape[1], longest_px)
    if (height, width) == pixels.shape[:2]:
        return on_screen(pixels)
    return on_screen(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA))


def shrunk_mask(mask: NDArray[np.bool_], height: int, width: int) -> NDArray[np.bool_]:
    """Return a mask shrunk so that also its smallest part is still there.

    Parameters
    ----------
    mask : bool [rows, columns].
    height, width : of the result; not larger than the mask.
    """
    rows = np.arange(height) * mask.shape[0] // height
    columns = np.arange(width) * mask.shape[1] // width
    lines = np.logical_or.reduceat(mask, rows, axis=0)
    return np.asarray(np.logical_or.reduceat(lines, columns, axis=1), np.bool_)


def outlined(pixels: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return a picture in colour with a line around what is marked, a little away from it.

    Parameters
    ----------
    pixels : uint8 [height, width] or [height, width, 3].
    mask : bool [height, width].
    """
    import cv2

    def grown(by_px: int) -> NDArray[np.bool_]:
        shape = (2 * by_px + 1, 2 * by_px + 1)
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, shape)
        return np.asarray(cv2.dilate(mask.view(np.uint8), kernel), np.bool_)

    colour = np.repeat(pixels[:, :, np.newaxis], 3, axis=2) if pixels.ndim == 2 else pixels.copy()
    colour[grown(_GAP_PX + 1) & ~grown(_GAP_PX)] = MARK_RGB
    return colour


def tinted(
    pixels: NDArray[np.uint8], mask: NDArray[np.bool_]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return a picture in grey with what is marked in colour, as numbers and their palette.

    Parameters
    ----------
    pixels : uint8 [height, width] or [height, width, 3].
    mask : bool [height, width].

    Returns
    -------
    uint8 [height, width], places in the palette; uint8 [colours, 3], the marked ones last.
    """
    whole: NDArray[Any] = pixels.astype(np.uint16)
    if whole.ndim == 3:
        whole = (77 * whole[..., 0] + 150 * whole[..., 1] + 29 * whole[..., 2]) >> 8
    tones = (whole * (_TONES - 1) + 127) // 255
    greys = np.rint(np.linspace(0, 255, _TONES))[:, np.newaxis].repeat(3, axis=1)
    marked = np.rint(greys * (1 - _TINT) + np.array(MARK_RGB) * _TINT)
    palette = np.concatenate([greys, marked]).astype(np.uint8)
    return (tones + _TONES * mask).astype(np.uint8), palette


def most_changed(before: Pixels, after: Pixels, longest_px: int = 256) -> tuple[int, int] | None:
    """Return the middle of where two pictures of one shape differ most; None where nowhere.

    Parameters
    ----------
    before, after : see `core.pictures.Pixels`.
    longest_px : of the picture that is searched, shrunk from theirs.

    Returns
    -------
    x and y in px of the pictures themselves.
    """
    import cv2

    step = cv2.absdiff(before, after)
    if not step.any():
        return None
    strongest = np.nan_to_num(step if step.ndim == 2 else step.max(axis=2)).astype(np.float32)
    height, width = size_within(step.shape[0], step.shape[1], longest_px)
    small = cv2.resize(strongest, (width, height), interpolation=cv2.INTER_AREA)
    side = max(1, max(height, width) // 8)
    # Nothing changes beyond the border, so of like places the inner ones win.
    spread = cv2.blur(small, (side, side), borderType=cv2.BORDER_CONSTANT)
    y, x = np.unravel_index(int(spread.argmax()), spread.shape)
    return int((x + 0.5) * step.shape[1] / width), int((y + 0.5) * step.shape[0] / height)


def photo(pixels: NDArray[np.uint8]) -> bytes:
    """Return a picture as a JPEG of high quality, a fraction of a PNG's size.

    Parameters
    ----------
    pixels : uint8 [height, width] or [height, width, 3] (red, green, blue).
    """
    import cv2

    turned = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    asked = [
        cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY,
        # Thin coloured lines need every pixel's colour.
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    ]  # fmt: skip
    done, data = cv2.imencode(".jpg", turned, asked)
    assert done
    return bytes(data)
