"""What a sound is like, in single numbers: peak, flat tops, silence, bandwidth."""

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
    return max(float(samples.max()), -float(samples.min()), 0.0) if len(samples) else 0.0


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
    if not len(samples):
        return 0.0
    high, low = float(samples.max()), float(samples.min())
    runs = [0]
    if high >= _FAINT:
        runs.append(_longest(samples >= high - (_STEP if high >= _FULL else 0)))
    if low <= -_FAINT:
        runs.append(_longest(samples <= low + (_STEP if low <= -_FULL else 0)))
    return max(runs) / rate_hz


def _longest(stuck: NDArray[np.bool_]) -> int:
    """Return the length of the longest run of true values, 0 where shorter than three."""
    at = np.flatnonzero(stuck)
    breaks = np.flatnonzero(np.diff(at) != 1) + 1
    longest = int(np.diff(breaks, prepend=0, append=len(at)).max())
    return longest if longest >= 3 else 0


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
    starts = np.arange(0, len(samples), max(1, round(rate_hz * _FRAME_S)))
    lengths = np.diff(starts, append=len(samples))
    power = np.add.reduceat(np.square(samples), starts) / lengths
    return float((power < _SILENT**2).mean())


def bandwidth_hz(samples: NDArray[np.float32], rate_hz: int) -> float:
    """Measure the upper edge of the band that carries sound.

    The edge of the highest 125 Hz whose mean power is within 55 dB of the loudest 125 Hz. A
    noise of wide band added to narrow speech is sound too: then the edge is the noise's.

    Parameters
    ----------
    samples : float32 [frames], full scale 1.
    rate_hz : frames per second.

    Returns
    -------
    Hz, in steps of about 125, at most half the rate; 0 for silence.
    """
    from scipy.fft import rfft

    size = max(32, 2 ** round(np.log2(rate_hz * _SPECTRUM_S)))
    count = max(1, len(samples) // size)
    frames = np.zeros(count * size, np.float32)
    heard = samples[: count * size]
    frames[: len(heard)] = heard
    window = np.hanning(size).astype(np.float32)
    lines = rfft(frames.reshape(count, size) * window)
    power = (lines.real**2 + lines.imag**2).mean(axis=0)
    bands = power[: size // 2].reshape(-1, _BINS).mean(axis=1)
    bands[0] = 0  # a constant offset or rumble is not the sound
    loudest = float(bands.max())
    if not loudest:
        return 0.0
    within = np.flatnonzero(bands >= loudest * 10 ** (-_BAND_DROP_DB / 10))
    return float((within[-1] + 1) * _BINS * rate_hz / size)
