"""Short-time power of a sound in frequency bands: what blind measures look at."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_AT_ONCE = 4096  # windows: an hour of sound need not fit in memory as spectra


def band_powers(
    samples: NDArray[np.float32], size: int, hop: int, edges: Sequence[int]
) -> NDArray[np.float64]:
    """Return the power of each band in each window, tapered by a raised cosine.

    Each window is centred: an offset, and what is slower than a window, is no sound.

    Parameters
    ----------
    samples : float32 [frames], full scale 1; at least one window of them.
    size, hop : length of a window and from one to the next, in frames.
    edges : lines of the spectrum (`rate_hz / size` apart) at which bands begin, rising, and the
        line after the last band: 1 to size // 2 + 1.

    Returns
    -------
    float64 [windows, bands]: all lines together are the window's variance.
    """
    from scipy.fft import rfft

    windows = np.lib.stride_tricks.sliding_window_view(samples, size)[::hop]
    taper = np.hanning(size + 1)[:size].astype(np.float32)
    scale = 2 / (size * float(np.square(taper, dtype=np.float64).sum()))
    powers = np.empty((len(windows), len(edges) - 1))
    for start in range(0, len(windows), _AT_ONCE):
        some = windows[start : start + _AT_ONCE]
        lines = rfft((some - some.mean(axis=1, keepdims=True)) * taper)
        power = lines.real**2 + lines.imag**2
        if size % 2 == 0:
            power[:, -1] /= 2  # the others stand for two lines each
        summed = np.add.reduceat(power[:, : edges[-1]], list(edges[:-1]), axis=1, dtype=np.float64)
        powers[start : start + _AT_ONCE] = summed * scale
    return powers
