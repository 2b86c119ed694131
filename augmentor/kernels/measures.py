"""What a sound is like, in single numbers: peak, flat tops, silence, bandwidth."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

NARROW_HZ = 4700.0
"""A sound whose band ends below this came through a telephone, or sounds like it.

Of 556 real prompts coded with GSM 06.10, read at 8 kHz and resampled to 16 kHz, all end below
4,000 Hz after a good resampler and below 4,700 Hz after a plain one; of the same prompts in
wide band (G.722) 98.9 % end above, 98 % above 7,600 Hz, and the others are tones, or prompts
that were narrow before they were coded."""

_BAND_DROP_DB = 55.0  # below the loudest 125 Hz: coding noise and rounding lie deeper
_SPECTRUM_S = 0.032
_BINS = 4  # lines of the spectrum that make one band
_SILENT = 1e-3  # a frame's rms 60 dB below full scale
_FRAME_S = 0.02
_FULL = 0.98  # so near full scale, one 16-bit step makes no difference to a flat top
_STEP = 1 / 32768
_FAINT = 16 * _STEP  # sounds of a few steps are all flat tops by rounding


def peak(samples: NDArray[np.float32]) -> float:
    """Return the largest absolute sample, full scale 1; 0 for no sound at all."""
    high, low = extremes(samples)
    return max(high, -low, 0.0)


def extremes(samples: NDArray[np.float32]) -> tuple[float, float]:
    """Return the highest and the lowest sample; 0 and 0 for no sound at all."""
    return (float(samples.max()), float(samples.min())) if len(samples) else (0.0, 0.0)


def clipped_run_s(samples: NDArray[np.float32], rate_hz: int) -> float:
    """Measure the longest flat top: how long the sound sticks at its own extreme.

    A sound that was clipped and then turned down still has it. Runs of fewer than three
    samples do not count: two neighbours are often equal at a peak.

    Parameters
    ----------
    samples : float32 [frames], full scale 1.
    rate_hz : frames per second.

    Returns
    -------
    Seconds, 0 where no run is longer than two samples.
    """
    return int(flat_tops(samples, *extremes(samples)).max(initial=0)) / rate_hz


def flat_tops(samples: NDArray[np.float32], high: float, low: float) -> NDArray[np.int64]:
    """Return how long a sound sticks at its own extremes, each time, in samples.

    Parameters
    ----------
    samples : float32 [frames], full scale 1.
    high, low : its `extremes`.

    Returns
    -------
    The lengths of all runs of three samples or more.
    """
    runs = [np.zeros(0, np.int64)]
    if high >= _FAINT:
        runs.append(_runs(samples >= high - (_STEP if high >= _FULL else 0)))
    if low <= -_FAINT:
        runs.append(_runs(samples <= low + (_STEP if low <= -_FULL else 0)))
    return np.concatenate(runs)


def _runs(stuck: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the lengths of the runs of three true values or more."""
    if np.count_nonzero(stuck) < 3:
        return np.zeros(0, np.int64)
    at = np.flatnonzero(stuck)
    breaks = np.flatnonzero(np.diff(at) != 1) + 1
    lengths = np.diff(breaks, prepend=0, append=len(at))
    return lengths[lengths >= 3]


def silence_frac(samples: NDArray[np.float32], rate_hz: int) -> float:
    """Measure the share of frames of 20 ms whose rms is more than 60 dB below full scale.

    Parameters
    ----------
    samples : float32 [frames], full scale 1.
    rate_hz : frames per second.

    Returns
    -------
    0 to 1; 1 for no sound at all.
    """
    if not len(samples):
        return 1.0
    size = max(1, round(rate_hz * _FRAME_S))
    count = len(samples) // size
    frames = samples[: count * size].reshape(count, size)
    silent = np.count_nonzero(np.einsum("ij,ij->i", frames, frames) < size * _SILENT**2)
    rest = samples[count * size :]
    if len(rest):
        silent += int(np.square(rest).mean() < _SILENT**2)
    return float(silent / (count + bool(len(rest))))


@cache
def _window(size: int) -> NDArray[np.float32]:
    return np.hanning(size).astype(np.float32)


def bandwidth_hz(
    samples: NDArray[np.float32], rate_hz: int, *, most_frames: int | None = None
) -> float:
    """Measure the upper edge of the band that carries sound.

    The edge of the highest 125 Hz whose mean power is within 55 dB of the loudest 125 Hz. A
    noise of wide band added to narrow speech is sound too: then the edge is the noise's.

    Parameters
    ----------
    samples : float32 [frames], full scale 1.
    rate_hz : frames per second.
    most_frames : only so many stretches of 32 ms are looked at, evenly spread; None: all.

    Returns
    -------
    Hz, in steps of about 125, at most half the rate; 0 for silence.
    """
    from scipy.fft import rfft

    size = max(32, 2 ** round(np.log2(rate_hz * _SPECTRUM_S)))
    count = max(1, len(samples) // size)
    heard = samples[: count * size]
    if len(heard) < size:
        heard = np.pad(heard, (0, size - len(heard)))
    step = 1 if most_frames is None else -(-count // most_frames)
    lines = rfft(heard.reshape(count, size)[::step] * _window(size))
    power = (lines.real**2 + lines.imag**2).mean(axis=0)
    bands = power[: size // 2].reshape(-1, _BINS).mean(axis=1)
    bands[0] = 0  # a constant offset or rumble is not the sound
    loudest = float(bands.max())
    if not loudest:
        return 0.0
    within = np.flatnonzero(bands >= loudest * 10 ** (-_BAND_DROP_DB / 10))
    return float((within[-1] + 1) * _BINS * rate_hz / size)
