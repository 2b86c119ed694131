"""How loud a sound is: its plain level, and the level of the speech in it while it is active."""

import math

import numpy as np
from numpy.typing import NDArray

FLOOR_DB = -120.0
"""What stands for the level of digital silence, so that every level is a number."""

_ENVELOPE_S = 0.03  # time constant of each of the two smoothers (P.56, 6.2)
_HANGOVER_S = 0.2  # speech still counts as active for this long after the envelope fell
_MARGIN_DB = 15.9  # the threshold lies this far below the active level
_TAIL_S = 0.5  # zeros appended, so that the last word gets its whole hangover
_STEP_S = 0.0005  # the envelope is followed at this pace: 60 steps a time constant
_SCALE = 2**18  # the peak as an integer; squares of an hour at 16 kHz still fit 64 bits
_SILENT = 1e-9  # -180 dB: far below the last bit of 24
_THRESHOLDS = 2.0 ** np.arange(-15, 0)  # re the peak, 6.02 dB apart


def active_level_db(samples: NDArray[np.float32], rate_hz: int) -> float | None:
    """Measure the level of speech over the time it is active, pauses left out.

    The peak-normalised clip is measured, so gain moves the result by exactly the gain, and
    with half a second of zeros after it, so silence around the speech does not move it.
    All sums are of integers: the same result on every processor.

    Parameters
    ----------
    samples : float32 [frames], full scale 1.
    rate_hz : frames per second.

    Returns
    -------
    dB re full scale (a full-scale square wave is 0), to 4 decimals; None for silence.

    References
    ----------
    ITU-T Recommendation P.56 (12/2011), method B. The envelope is taken at steps of 0.5 ms,
    which moves the level by less than 0.01 dB.
    """
    peak = _peak(samples)
    if not peak:
        return None
    step = max(1, round(rate_hz * _STEP_S))
    whole = _whole(samples, peak)
    square_sum = int((whole * whole).sum())
    active = _active_frames(np.abs(whole), rate_hz, step) * step
    level_db = _interpolated(square_sum / _SCALE**2, active)
    return round(level_db + 20 * math.log10(peak), 4)


def rms_db(samples: NDArray[np.float32]) -> float:
    """Measure the level over the whole clip.

    Parameters
    ----------
    samples : float32 [frames], full scale 1.

    Returns
    -------
    dB re full scale (a full-scale square wave is 0), to 4 decimals, no lower than -120.
    """
    energy = _energy(samples)
    if not energy:
        return FLOOR_DB
    return max(FLOOR_DB, round(10 * math.log10(energy / len(samples)), 4))


def energy_shift_db(before: NDArray[np.float32], after: NDArray[np.float32]) -> float:
    """Measure how much louder a sound became; what `Waveform.changed` wants to know.

    Parameters
    ----------
    before, after : float32 [frames], the sound before and after an edit.

    Returns
    -------
    Ratio of mean squares in dB, to 4 decimals; 0 where either is silent.
    """
    was, now = _energy(before), _energy(after)
    if not was or not now:
        return 0.0
    return round(10 * math.log10(now / len(after) * len(before) / was), 4)


def _peak(samples: NDArray[np.float32]) -> float:
    """Return the largest absolute sample, 0 where there is nothing that could be heard."""
    peak = max(float(samples.max()), -float(samples.min())) if len(samples) else 0.0
    return peak if peak > _SILENT else 0.0


def _whole(samples: NDArray[np.float32], peak: float) -> NDArray[np.int64]:
    """Return the samples as integers with the peak at `_SCALE`."""
    scaled = np.multiply(samples, np.float32(_SCALE / peak))
    return np.rint(scaled, out=scaled).astype(np.int64)


def _energy(samples: NDArray[np.float32]) -> float:
    """Return the sum of squares, summed as integers."""
    peak = _peak(samples)
    if not peak:
        return 0.0
    whole = _whole(samples, peak)
    return int((whole * whole).sum()) * (peak / _SCALE) ** 2


def _active_frames(loud: NDArray[np.int64], rate_hz: int, step: int) -> NDArray[np.int64]:
    """Return int64 [15], the steps for which the envelope or its hangover is over a threshold."""
    from scipy.ndimage import maximum_filter1d
    from scipy.signal import lfilter

    tail = round(rate_hz * _TAIL_S)
    steps = -(-(len(loud) + tail) // step)
    padded = np.zeros(steps * step, np.int64)
    padded[: len(loud)] = loud
    means = np.einsum("ij->i", padded.reshape(steps, step)) / (step * _SCALE)
    keep = math.exp(-step / (_ENVELOPE_S * rate_hz))
    envelope = lfilter([(1 - keep) ** 2], [1, -2 * keep, keep * keep], means)
    hangover = round(_HANGOVER_S * rate_hz / step)
    # Over the last `hangover` steps and this one: even widths lean back by half of themselves.
    held = maximum_filter1d(envelope, hangover + 1, origin=hangover // 2, mode="constant", cval=0.0)
    passed = np.bincount(
        np.searchsorted(_THRESHOLDS, held, side="right"), minlength=len(_THRESHOLDS) + 1
    )
    over: NDArray[np.int64] = np.cumsum(passed[::-1])[::-1][1:]
    return over


def _interpolated(square_sum: float, active: NDArray[np.int64]) -> float:
    """Return the active level, in dB re the peak, where it lies 15.9 dB over its threshold."""
    below: tuple[float, float] | None = None
    for threshold, count in zip(_THRESHOLDS, active, strict=True):
        if not count:
            break  # so peaked that no threshold is near enough: the level at the highest one
        level_db = 10 * math.log10(square_sum / float(count))
        over_db = level_db - 20 * math.log10(threshold)
        if over_db <= _MARGIN_DB:
            if below is None:
                return level_db
            share = (below[1] - _MARGIN_DB) / (below[1] - over_db)
            return below[0] + share * (level_db - below[0])
        below = (level_db, over_db)
    return below[0] if below else 10 * math.log10(square_sum)
