"""Sounds to measure with: keyed noise, written once into a temporary folder."""

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

RATE_HZ = 16_000


def noise(seconds: float, seed: int) -> NDArray[np.float32]:
    """Return noise well below full scale, float32 [frames]."""
    chance = np.random.Generator(np.random.Philox(seed))
    return (0.05 * chance.standard_normal(round(seconds * RATE_HZ))).astype(np.float32)


def folder_of_noise(folder: Path, suffix: str, *, count: int, seconds: float) -> Path:
    """Write recordings of noise into a folder."""
    folder.mkdir(parents=True)
    for index in range(count):
        path = folder / f"n{index:04d}.{suffix}"
        soundfile.write(path, noise(seconds, index), RATE_HZ, subtype="PCM_16")
    return folder
