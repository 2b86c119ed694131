"""Noise of a camera: light comes in grains, and reading them out adds its own."""

import math
from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.pictures import Image, Pixels, white_of
from augmentor.kernels.conditions.tone import bands, decoded, encoded, like

_LEVELS = 256


def add_noise(
    image: Image, *, full_well_e: float, read_noise_e: float, curve: str, seed: int
) -> tuple[Image, dict[str, Any]]:
    """Take a picture with a camera that is not free of noise.

    A pixel that collects `n` electrons is off by ``sqrt(n + read_noise_e ** 2)`` of them: in
    light, the variance is a line over the signal, ``signal / full_well_e`` plus
    ``(read_noise_e / full_well_e) ** 2``, white 1. Each colour of each pixel has its own. What
    the picture itself is noisy by already stays.

    Parameters
    ----------
    image : the picture.
    full_well_e : electrons at white, above 0: fewer are noisier.
    read_noise_e : standard deviation in the dark, in electrons.
    curve : one of `tone.CURVES`.
    seed : whole number.

    Returns
    -------
    The picture, and notes: ``noise_frac``, the standard deviation at a light of 0.18 (the grey
    card), as a part of white, in the numbers of the picture.

    References
    ----------
    EMVA Standard 1288, release 4.0, 2021: photon transfer, noise from shot and read-out. The
    grains of light are taken as normal, which few electrons are not.
    """
    pixels = image.pixels
    camera = (full_well_e, read_noise_e, curve)
    grey = spread(encoded(np.array([0.18]), curve), *camera)
    notes = {"noise_frac": round(float(grey[0]), 4)}
    table: NDArray[np.float32] | None = None
    if pixels.dtype.kind != "f":
        white = int(white_of(pixels))
        levels = spread(np.arange(white + 1) / white, *camera) * white
        table = np.asarray(levels, np.float32)
    after = np.empty_like(pixels)
    bits = np.random.Philox(key=seed)
    for rows in bands(pixels):
        part = pixels[rows]
        chance = _normal(bits, part)
        if table is None:
            numbers = np.clip(part.astype(np.float64), 0, 1)
            after[rows] = like(numbers + chance * spread(numbers, *camera), pixels)
        elif pixels.dtype == np.uint8:
            after[rows] = _added(part, chance, table)
        else:
            moved = part + chance * np.take(table, part)
            after[rows] = like(moved / white_of(pixels), pixels)
    return Image(after), notes


def spread(
    numbers: NDArray[np.float64], full_well_e: float, read_noise_e: float, curve: str
) -> NDArray[np.float64]:
    """Return the standard deviation of numbers of a picture.

    Parameters
    ----------
    numbers : float64, white 1.
    full_well_e, read_noise_e, curve : see `add_noise`.

    Returns
    -------
    float64, white 1. Where the curve bends, half of what one standard deviation of light more
    and one less are apart.
    """
    light = decoded(numbers, curve)
    off = np.sqrt(light * full_well_e + read_noise_e**2) / full_well_e
    return np.asarray(encoded(light + off, curve) - encoded(light - off, curve), np.float64) / 2


@cache
def normal_of_bytes() -> NDArray[np.float32]:
    """Return what each byte stands for, so that two of them add up to a normal number.

    Returns
    -------
    float32 [256]: the mean of each 256th of a normal distribution, scaled so that a sum of two
    has variance 1. Such a sum has about 33,000 values, up to 4.20 standard deviations to either
    side; a true normal number goes beyond once in 37,500 times. Beyond 3.5 are four fifths as
    many as of true ones.
    """
    normal = NormalDist()
    inner = [normal.inv_cdf(step / _LEVELS) for step in range(1, _LEVELS)]
    density = np.array([0.0, *map(normal.pdf, inner), 0.0])
    means = (density[:-1] - density[1:]) * _LEVELS
    scaled = means / math.sqrt(2 * float(np.square(means).mean()))
    table = np.asarray(scaled, np.float32)
    table.flags.writeable = False
    return table


def _normal(bits: np.random.Philox, part: Pixels) -> NDArray[np.float32]:
    """Return a normal number for each number of a part, from two bytes each."""
    import cv2

    words = np.asarray(bits.random_raw(-(-part.size // 4)), "<u8")
    chance = np.asarray(cv2.LUT(words.view(np.uint8).reshape(2, -1), normal_of_bytes()), np.float32)
    first, second = chance[0, : part.size], chance[1, : part.size]
    first += second
    return np.asarray(first.reshape(part.shape), np.float32)


def _added(part: Pixels, chance: NDArray[np.float32], table: NDArray[np.float32]) -> Pixels:
    """Return bytes with noise as large as a table says for each; rounded, cut at black, white."""
    import cv2

    chance *= np.asarray(cv2.LUT(part, table)).reshape(part.shape)
    return np.asarray(cv2.add(part, chance, dtype=cv2.CV_8U)).reshape(part.shape)
