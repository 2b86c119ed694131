"""How well speech can be understood beside its clean parent, without asking a listener."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 10000
_FRAME = 256  # 25.6 ms
_HOP = 128
_FFT = 512
_BANDS = 15
_LOWEST_HZ = 150  # centre of the first one-third octave
_SEGMENT = 30  # frames, 384 ms: what one syllable takes
_RANGE_DB = 40  # frames further below the loudest are pauses
_REJECTED_DB = 60
_TINY = 1e-20  # of a variance, so that a band without sound correlates with nothing


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The clean parent's half of the measure, to be made once and used for all its children.

    Parameters
    ----------
    rate_hz : frames per second of the clean sound.
    frames : its length.
    active : int64 [kept], which of its frames of 25.6 ms are not pauses.
    segments : float32 [15, segments, 30], its band envelopes with time and bands normalised;
        no segments where too little speech is left.
    """

    rate_hz: int
    frames: int
    active: NDArray[np.int64]
    segments: NDArray[np.float32]


def prepare(clean: NDArray[np.float32], rate_hz: int) -> Reference:
    """Measure the clean parent.

    Parameters
    ----------
    clean : float32 [frames].
    rate_hz : frames per second.
    """
    framed = _framed(clean, rate_hz)
    energy = np.einsum("ij,ij->i", framed, framed)
    floor = energy.max(initial=0) * 10 ** (-_RANGE_DB / 10)
    active = np.flatnonzero(energy > floor)
    bands = _bands(framed[active])
    count = max(0, bands.shape[1] - _SEGMENT + 1)
    segments = np.empty((_BANDS, count, _SEGMENT), np.float32)
    if not count:
        return Reference(rate_hz, len(clean), active, segments)
    for into, envelope in zip(segments, bands, strict=True):
        into[:] = _row(envelope)
    segments -= segments.mean(axis=0)
    segments /= np.sqrt(np.einsum("ijk,ijk->jk", segments, segments) + np.float32(_TINY))
    return Reference(rate_hz, len(clean), active, segments)


def estoi(reference: Reference, degraded: NDArray[np.float32]) -> float | None:
    """Measure the intelligibility of a degraded sound against its clean parent.

    Parameters
    ----------
    reference : the parent's half, from `prepare`.
    degraded : float32 [frames], as long as the parent and at its rate.

    Returns
    -------
    About 0 (nothing is understood) to 1 (all is), to 4 decimals; None where the parent has
    less than 30 frames (0.4 s) of speech.

    References
    ----------
    J. Jensen and C. H. Taal, An Algorithm for Predicting the Intelligibility of Speech Masked by
    Modulated Noise Maskers, IEEE/ACM TASLP 24(11), 2016.
    """
    if len(degraded) != reference.frames:
        msg = f"{len(degraded)} frames beside a parent of {reference.frames}"
        raise ValueError(msg)
    count = reference.segments.shape[1]
    if not count:
        return None
    bands = _bands(_framed(degraded, reference.rate_hz)[reference.active])
    shape = (count, _SEGMENT)
    product, square, total = (np.zeros(shape, np.float32) for _ in range(3))
    for clean, envelope in zip(reference.segments, bands, strict=True):
        row = _row(envelope)
        total += row
        product += clean * row
        row *= row
        square += row
    # The clean columns have no mean, so the degraded ones' mean matters only for their norm.
    total *= total
    square -= total / np.float32(_BANDS)
    product /= np.sqrt(np.maximum(square, np.float32(1e-10)))
    found: float = float(product.sum(dtype=np.float64)) / (count * _SEGMENT)
    return round(found, 4)


@lru_cache(maxsize=16)
def _low_pass(up: int, down: int) -> NDArray[np.float32]:
    """Return Kaiser's design: 60 dB down, falling over a tenth of its cut-off."""
    from scipy.signal import firwin, kaiser_beta

    wider = max(up, down)
    half = math.ceil((_REJECTED_DB - 8) / (28.714 / (20 * wider)))
    taps = firwin(2 * half + 1, 1 / wider, window=("kaiser", kaiser_beta(_REJECTED_DB)))
    return np.asarray(taps, dtype=np.float32)


def _framed(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """Return float32 [frames, 256] at 10 kHz, half overlapping, under a Hann window."""
    from scipy.signal import resample_poly

    if rate_hz != RATE_HZ:
        shared = math.gcd(RATE_HZ, rate_hz)
        up, down = RATE_HZ // shared, rate_hz // shared
        samples = resample_poly(samples, up, down, window=_low_pass(up, down))
    count = max(0, -(-(len(samples) - _FRAME) // _HOP))
    if not count:
        return np.zeros((0, _FRAME), np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(samples, _FRAME)[::_HOP][:count]
    return windows * _window()


def _window() -> NDArray[np.float32]:
    return np.hanning(_FRAME + 2)[1:-1].astype(np.float32)


def _bands(framed: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return float32 [15, frames], the envelopes of the sound that the kept frames add up to."""
    from scipy.fft import rfft

    kept = len(framed)
    if kept < 2:
        return np.zeros((_BANDS, 0), np.float32)
    joined = np.zeros((kept + 1, _HOP), np.float32)
    joined[:-1] = framed[:, :_HOP]
    joined[1:] += framed[:, _HOP:]
    sound = np.lib.stride_tricks.sliding_window_view(joined.ravel(), _FRAME)[::_HOP][: kept - 1]
    lines = rfft(sound * _window(), n=_FFT)
    edges = _edges()
    lines = lines[:, edges[0] : edges[-1]]
    power = lines.real**2 + lines.imag**2
    bands = np.sqrt(np.add.reduceat(power, edges[:-1] - edges[0], axis=1))
    return np.ascontiguousarray(bands.T / max(float(bands.max()), _TINY))


def _edges() -> NDArray[np.int64]:
    """Return int64 [16], the lines of the spectrum where the one-third octaves meet."""
    edges_hz = _LOWEST_HZ * 2.0 ** ((2 * np.arange(_BANDS + 1) - 1) / 6)
    return np.rint(edges_hz * _FFT / RATE_HZ).astype(np.int64)


def _row(envelope: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return float32 [segments, 30], each segment of an envelope without mean and of norm 1."""
    windows = np.lib.stride_tricks.sliding_window_view(envelope, _SEGMENT)
    row: NDArray[np.float32] = windows - windows.mean(axis=1, keepdims=True)
    row /= np.sqrt(np.einsum("ij,ij->i", row, row) + np.float32(_TINY))[:, None]
    return row
