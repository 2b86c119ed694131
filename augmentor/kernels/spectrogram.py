"""Pictures of sound for the reader."""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray


def mel_spectrogram_db(
    samples: NDArray[np.float32],
    rate_hz: int,
    bands: int = 64,
    *,
    window_s: float = 0.032,
    hop_s: float = 0.01,
    floor_db: float = -100.0,
) -> NDArray[np.float32]:
    """Return how loud each mel band is over time, on one scale for all sounds.

    Parameters
    ----------
    samples : float32 [frames], full scale 1.
    rate_hz : frames per second.
    bands : number of mel bands from 0 to half the rate.
    window_s, hop_s : length of the window and from one to the next, seconds.
    floor_db : what is softer is shown as this.

    Returns
    -------
    float32 [bands, 1 + frames // hop], dB re a full-scale sine, lowest band first.
    """
    from scipy.fft import rfft  # in single precision, which numpy's was not always

    window = max(2, round(window_s * rate_hz))
    # A longer transform than the window leaves no low band without a line of the spectrum.
    size = 2 ** math.ceil(math.log2(4 * window))
    hop = max(1, round(hop_s * rate_hz))
    taper = np.hanning(window + 1)[:window].astype(np.float32)
    centred = np.pad(samples.astype(np.float32, copy=False), size // 2)
    first = (size - window) // 2
    frames = np.lib.stride_tricks.sliding_window_view(centred, size)[::hop, first : first + window]
    lines = rfft(frames * taper, size)
    power = _filters(rate_hz, size, bands) @ (np.square(lines.real) + np.square(lines.imag)).T
    # A full-scale sine spreads over a lobe; its power is that of the lobe's lines together.
    lobe = size * float(np.square(np.hanning(window)).sum()) / 4
    floor = 10 ** (floor_db / 10)
    return np.asarray(10 * np.log10(np.maximum(power / lobe, floor)), dtype=np.float32)


@cache
def _filters(rate_hz: int, size: int, bands: int) -> NDArray[np.float32]:
    from librosa.filters import mel  # the rest of librosa takes as long again to import

    filters: NDArray[np.float32] = mel(sr=rate_hz, n_fft=size, n_mels=bands, norm=None)
    return filters
