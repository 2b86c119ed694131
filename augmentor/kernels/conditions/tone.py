"""From the numbers of a picture to light and back, and how long a picture was exposed."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.pictures import Image, Pixels, white_of

CURVES = ("srgb", "linear")
"""What numbers mean: a photograph's, which sRGB bends; or light itself, as inspection cameras."""

FINE = 65535
"""Steps of light in tables for pictures of 8 bits; the darkest sRGB step is 20 of them."""

_BAND = 65536  # numbers worked on at once: they stay in the processor's cache

Light = NDArray[np.float64]


def decoded(numbers: Light, curve: str) -> Light:
    """Return the light that numbers of a picture stand for, white 1.

    Parameters
    ----------
    numbers : float64, white 1.
    curve : one of `CURVES`.

    References
    ----------
    IEC 61966-2-1:1999, sRGB.
    """
    if curve == "linear":
        return numbers
    bent = np.power((np.maximum(numbers, 0.04045) + 0.055) / 1.055, 2.4)
    return np.asarray(np.where(numbers <= 0.04045, numbers / 12.92, bent), np.float64)


def encoded(light: Light, curve: str) -> Light:
    """Return the numbers that stand for light; also beyond black and white the curves go on."""
    if curve == "linear":
        return light
    bent = 1.055 * np.power(np.maximum(light, 0.0031308), 1 / 2.4) - 0.055
    return np.asarray(np.where(light <= 0.0031308, light * 12.92, bent), np.float64)


@cache
def light_of_bytes(curve: str) -> NDArray[np.float32]:
    """Return the light of each byte in steps of 1 / `FINE`, float32 [256], read-only."""
    table = np.rint(decoded(np.arange(256) / 255, curve) * FINE).astype(np.float32)
    table.flags.writeable = False
    return table


@cache
def bytes_of_light(curve: str) -> NDArray[np.uint8]:
    """Return the byte of each step of light, uint8 [`FINE` + 1], read-only."""
    table = np.rint(encoded(np.arange(FINE + 1) / FINE, curve) * 255).astype(np.uint8)
    table.flags.writeable = False
    return table


def bands(pixels: Pixels) -> Iterator[slice]:
    """Yield slices of rows that are small enough to be worked on in one go."""
    step = max(1, _BAND // (pixels.size // pixels.shape[0]))
    for top in range(0, pixels.shape[0], step):
        yield slice(top, top + step)


def like(numbers: NDArray[Any], pixels: Pixels) -> Pixels:
    """Return numbers, white 1, as pixels of a picture's type; beyond black and white is cut."""
    if pixels.dtype.kind == "f":
        cut: Pixels = np.clip(numbers, 0.0, 1.0)
        return cut.astype(pixels.dtype)
    whole: Pixels = np.rint(np.clip(numbers, 0.0, 1.0) * white_of(pixels))
    return whole.astype(pixels.dtype)


def bytes_of(pixels: Pixels) -> NDArray[np.uint8]:
    """Return a picture as 8 bits, itself where it is."""
    if pixels.dtype == np.uint8:
        return pixels
    white = np.float32(white_of(pixels))
    return np.asarray(np.rint(np.clip(pixels / white, 0, 1) * np.float32(255)), np.uint8)


def mapped(pixels: Pixels, change: Callable[[Light], Light]) -> Pixels:
    """Return a picture with every number changed alike.

    Parameters
    ----------
    pixels : of a picture; floats beyond black and white are cut.
    change : of numbers, white 1. Bytes and words are changed by a table of it.
    """
    import cv2

    if pixels.dtype.kind == "f":
        after = np.empty_like(pixels)
        for rows in bands(pixels):
            after[rows] = like(change(np.clip(pixels[rows].astype(np.float64), 0, 1)), pixels)
        return after
    white = int(white_of(pixels))
    table = like(change(np.arange(white + 1) / white), pixels)
    if pixels.dtype == np.uint8:
        return np.asarray(cv2.LUT(pixels, table)).reshape(pixels.shape)
    return np.asarray(np.take(table, pixels))


def expose(image: Image, *, stops: float, gamma: float, curve: str) -> tuple[Image, dict[str, Any]]:
    """Let a camera have had more or less light, then bend its tones.

    Parameters
    ----------
    image : the picture.
    stops : each doubles the light; below 0 halves it.
    gamma : exponent of the numbers after that, white 1; above 1 makes the middle darker.
    curve : one of `CURVES`.

    Returns
    -------
    The picture; what got more light than white is white.
    """
    more = 2.0**stops

    def change(numbers: Light) -> Light:
        light = decoded(numbers, curve) * more
        return np.asarray(np.power(np.clip(encoded(light, curve), 0, 1), gamma))

    return Image(mapped(image.pixels, change)), {}
