"""A deterministic sound with the traits of speech that the measures look at."""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

_VOWELS = ((730, 1090, 2440, 3400), (270, 2290, 3010, 3700), (300, 870, 2240, 3300))


def speechlike(
    duration_s: float = 4.0, rate_hz: int = 16000, seed: int = 0, peak: float = 0.5
) -> NDArray[np.float32]:
    """Make syllables at 4 Hz: a voiced vowel with formants, a hiss before it, pauses between.

    Parameters
    ----------
    duration_s : length in seconds.
    rate_hz : frames per second.
    seed : another seed, another voice and other words.
    peak : largest absolute sample.

    Returns
    -------
    float32 [frames].
    """
    chance = np.random.Generator(np.random.Philox(key=seed))
    frames = round(duration_s * rate_hz)
    sound = np.zeros(frames)
    start, syllable = 0, 0
    while start < frames:
        length = int(rate_hz * chance.uniform(0.2, 0.3))
        stop = min(start + length, frames)
        if syllable % 6 != 5:  # every sixth is a pause
            sound[start:stop] = _syllable(length, rate_hz, chance)[: stop - start]
        start, syllable = stop, syllable + 1
    sound += 1e-5 * chance.standard_normal(frames)  # a room is never digital silence
    return np.asarray(sound * (peak / np.abs(sound).max()), dtype=np.float32)


def _syllable(length: int, rate_hz: int, chance: np.random.Generator) -> NDArray[np.float64]:
    time_s = np.arange(length) / rate_hz
    pitch_hz = chance.uniform(90, 220) * (1 + 0.1 * np.sin(2 * np.pi * 3 * time_s))
    turns = np.cumsum(pitch_hz) / rate_hz
    glottis = (np.diff(np.floor(turns), prepend=0.0) > 0).astype(float)
    glottis += 0.01 * chance.standard_normal(length)
    glottis = lfilter([0.05], [1, -0.95], glottis)  # the folds close softly: -6 dB an octave
    voice = glottis
    for formant_hz in _VOWELS[chance.integers(len(_VOWELS))]:
        if formant_hz < rate_hz / 2:
            radius = np.exp(-np.pi * 90 / rate_hz)
            turn = 2 * np.pi * formant_hz / rate_hz
            resonator = [1, -2 * radius * np.cos(turn), radius**2]
            voice = voice + lfilter([sum(resonator)], resonator, glottis)
    shape = np.sin(np.pi * np.clip((time_s - 0.06) / (time_s[-1] - 0.06), 0, 1)) ** 0.7
    hiss = lfilter([1, -0.9], [1], chance.standard_normal(length))
    burst = np.exp(-(((time_s - 0.04) / 0.02) ** 2))
    loud = chance.uniform(0.4, 1.0)
    return np.asarray(loud * (voice * shape + 0.04 * np.abs(voice).max() * hiss * burst))
