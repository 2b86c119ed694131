"""How long a room rings on, told from the speech in it alone."""

import numpy as np
from numpy.typing import NDArray

from augmentor.kernels.bands import band_powers

_WINDOW_S = 0.02
_HOP_S = 0.005
_EDGES_HZ = (300.0, 600.0, 1000.0, 1700.0, 2700.0, 3800.0)  # what every recording of speech has
_STRETCHES_S = (0.1, 0.15, 0.2, 0.3, 0.4)
_LONGEST = 3.0  # a decay this many stretches long or longer is looked at in a longer stretch
_FALL_DB = 10.0
_STRAIGHT_DB = 2.5
_CLEAR_DB = 8.0  # over the softest 2 % at its end
_STEEPEST = 10  # percentile
_LEAST = 20  # fits


def rt60_s(samples: NDArray[np.float32], rate_hz: int) -> float | None:
    """Estimate the time in which the sound in the room falls by 60 dB.

    Where speech stops, the room alone is heard: its level falls along a straight line, and
    never faster than the room lets it. So lines are fitted to the level in five bands, those
    that fall straight and far are kept, and the steep end of them is the room.

    Known error, on 6 s of real prompts in rooms of the image method, 0.7 to 3 m away and without
    noise, for 90 in 100: at 0.2 to 0.5 s within 0.1 s; 0.6 s reads 0.1 s too short to 0.25 s too
    long, 0.8 and 1.0 s right to 0.35 s too long, and 1.0 s up to 0.8 s too long where no pause
    lasts longer than 0.25 s. Speech without a room reads 0.13 to 0.45 s: its own sounds end no
    faster. At an SNR of 20 dB it reads up to 0.3 s too long, at 10 dB mostly None. A mouth so
    near that its sound is 6 dB over the walls' reads a quarter too short. It is fit for telling
    a room of 0.6 s from one of 0.4 s.

    Parameters
    ----------
    samples : float32 [frames], full scale 1.
    rate_hz : frames per second.

    Returns
    -------
    Seconds, 0.1 to 2.4, to 3 decimals; None where too few decays can be seen.

    References
    ----------
    R. Ratnam et al., Blind estimation of reverberation time, JASA 114(5), 2003: the free decay
    and the order statistic. C. Schuldt and P. Handel, Decay Rate Estimators and Their Performance
    for Blind Reverberation Time Estimation, IEEE/ACM TASLP 22(8), 2014: a line through the
    logarithm has no bias, and twice the variance of maximum likelihood.
    """
    size, hop = round(rate_hz * _WINDOW_S), max(1, round(rate_hz * _HOP_S))
    lines = [round(hz * size / rate_hz) for hz in _EDGES_HZ if hz <= rate_hz / 2]
    if len(samples) < size or len(lines) < 2:
        return None
    level_db = 10 * np.log10(band_powers(samples, size, hop, lines) + 1e-14)
    clear_db = np.percentile(level_db, 2, axis=0) + _CLEAR_DB
    for stretch_s in _STRETCHES_S:
        count = round(stretch_s * rate_hz / hop)
        if len(level_db) < 2 * count:
            break
        slopes = _decays(level_db, count, clear_db) * (rate_hz / hop)
        if len(slopes) < _LEAST:
            continue
        found = float(np.percentile(-60 / slopes, _STEEPEST))
        if found <= _LONGEST * stretch_s or stretch_s == _STRETCHES_S[-1]:
            return round(found, 3)
    return None


def _decays(
    level_db: NDArray[np.float64], count: int, clear_db: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the slopes, in dB a step, of all stretches of `count` steps that are free decays."""
    from scipy.ndimage import correlate1d, uniform_filter1d

    ramp = np.arange(count) - (count - 1) / 2
    square = float(np.square(ramp).sum())
    half = count // 2
    inside = slice(half, len(level_db) - (count - 1 - half))  # where the whole stretch is
    slope = correlate1d(level_db, ramp / square, axis=0)[inside]
    mean = uniform_filter1d(level_db, count, axis=0)[inside]
    spread = uniform_filter1d(np.square(level_db), count, axis=0)[inside] - np.square(mean)
    rest = spread - np.square(slope) * square / count  # mean square around the line
    free = (
        (-slope * count >= _FALL_DB)
        & (rest <= _STRAIGHT_DB**2)
        & (level_db[count - 1 :] >= clear_db)
    )
    return np.asarray(slope[free], dtype=np.float64)
