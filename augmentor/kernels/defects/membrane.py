"""What a surface is like without what lies on it: holes filled in from around them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Where = NDArray[np.bool_]

_SWEEPS = 12
_EDGE_PX = 5  # the side of the square over which surroundings are averaged


def smoothed(values: Plane, known: Where) -> Plane:
    """Return values without their grain where they are known, and a smooth guess elsewhere.

    Parameters
    ----------
    values : float32 [height, width] or [height, width, 3].
    known : bool [height, width].
    """
    weight = _averages(known.astype(np.float32))
    sums = _averages(_only(values, known))
    least = np.float32(0.5 / _EDGE_PX**2)
    return filled(np.asarray(sums / wide(np.maximum(weight, least), values), np.float32), known)


def filled(values: Plane, known: Where) -> Plane:
    """Return values with the unknown ones replaced by the membrane that the others span.

    Each unknown pixel becomes nearly the mean of its neighbours: solved on the picture halved
    and halved again, then swept by Jacobi's method at each size, so that a hole of any size
    takes the same few sweeps. Where nothing is known all are 0.

    Parameters
    ----------
    values : float32 [height, width] or [height, width, 3].
    known : bool [height, width].
    """
    import cv2

    here = wide(known, values)
    if known.all() or not known.any():
        return _only(values, known)
    rows, columns = known.shape
    weight, sums = _halved(known.astype(np.float32)), _halved(_only(values, known))
    means = sums / wide(np.maximum(weight, np.float32(1)), sums)
    half = filled(np.asarray(means, np.float32), weight > 0)
    double = (half.shape[1] * 2, half.shape[0] * 2)
    guess = cv2.resize(half, double, interpolation=cv2.INTER_LINEAR)[:rows, :columns]
    found = np.where(here, values, guess)
    sides = ((1, 1), (1, 1), (0, 0))[: values.ndim]
    for _ in range(_SWEEPS):
        more = np.pad(found, sides, mode="edge")
        around = more[:-2, 1:-1] + more[2:, 1:-1] + more[1:-1, :-2] + more[1:-1, 2:]
        found = np.where(here, values, around * np.float32(0.25))
    return np.asarray(found, np.float32)


def wide(plane: NDArray[Any], values: Plane) -> NDArray[Any]:
    """Return a plane that counts for every colour of some values."""
    return plane if values.ndim == 2 else plane[:, :, np.newaxis]


def _only(values: Plane, known: Where) -> Plane:
    return np.where(wide(known, values), values, np.float32(0))


def _halved(plane: Plane) -> Plane:
    """Return the sums of squares of four pixels."""
    rows, columns = plane.shape[:2]
    even = np.pad(plane, ((0, rows % 2), (0, columns % 2), (0, 0))[: plane.ndim])
    return even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]


def _averages(plane: Plane) -> Plane:
    import cv2

    size = (_EDGE_PX, _EDGE_PX)
    return np.asarray(cv2.blur(plane, size, borderType=cv2.BORDER_REFLECT), np.float32)
