"""The colour map of the spectrograms: from night blue over red to pale yellow.

A few hues are chosen by eye; between them the steps are spaced so that lightness (CIE L*)
grows evenly. So equal steps in dB look equal, also in grey print and to colour-blind eyes.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

LEVELS = 64  # about one dB a step, and the PNG stays small

# sRGB, each lighter than the one before.
_POINTS = (
    (6, 8, 24), (30, 22, 72), (74, 26, 112), (126, 36, 122),
    (182, 50, 108), (226, 84, 82), (246, 138, 74), (252, 194, 106), (254, 246, 196),
)  # fmt: skip


def lightness(rgb: NDArray[np.uint8] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return CIE L* (0 to 100) of sRGB colours with components 0 to 255, shape [..., 3]."""
    part = np.asarray(rgb, dtype=np.float64) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    luminance = linear[..., 0] * 0.2126 + linear[..., 1] * 0.7152 + linear[..., 2] * 0.0722
    cubic = np.where(
        luminance > (6 / 29) ** 3, np.cbrt(luminance), luminance / (3 * (6 / 29) ** 2) + 4 / 29
    )
    return np.asarray(116 * cubic - 16)


@cache
def colour_map(levels: int = LEVELS) -> NDArray[np.uint8]:
    """Return uint8 [levels, 3], from the quietest to the loudest."""
    points = np.array(_POINTS, dtype=np.float64)
    places = np.linspace(0, 1, len(points))
    fine = np.linspace(0, 1, 1024)
    dense = np.stack([np.interp(fine, places, points[:, i]) for i in range(3)], axis=1)
    light = lightness(dense)
    even = np.interp(np.linspace(light[0], light[-1], levels), light, fine)
    table = np.stack([np.interp(even, fine, dense[:, i]) for i in range(3)], axis=1)
    made: NDArray[np.uint8] = np.rint(table).astype(np.uint8)
    made.flags.writeable = False  # it is shared
    return made
