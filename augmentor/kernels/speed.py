"""Time: a sound at another rate, and speech that is spoken faster or slower."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.example import Transcript, Waveform
from augmentor.kernels.dynamics import below_full_scale
from augmentor.kernels.level import energy_shift_db


def speed(wave: Waveform, *, rate_frac: float) -> tuple[Waveform, dict[str, Any]]:
    """Play a sound faster or slower: tempo and pitch together, as a tape does.

    Parameters
    ----------
    wave : the sound.
    rate_frac : times the old speed; 1.1 is shorter and higher.

    Returns
    -------
    The sound, ``round(frames / rate_frac)`` long, and notes: the ``rate_frac`` that length
    makes, ``headroom_db``.
    """
    frames = max(1, round(len(wave.samples) / rate_frac)) if len(wave.samples) else 0
    samples = fitted(resampled(wave.samples, rate_frac, 1.0), frames)
    samples, headroom_db = below_full_scale(samples)
    shift_db = energy_shift_db(wave.samples, samples)
    reached = round(len(wave.samples) / frames, 6) if frames else rate_frac
    return wave.changed(samples, shift_db), {"rate_frac": reached, "headroom_db": headroom_db}


def speed_words(transcript: Transcript, *, rate_frac: float) -> tuple[Transcript, dict[str, Any]]:
    """Move the times of words along with `speed`.

    Parameters
    ----------
    transcript : the words, with times in seconds where they are known.
    rate_frac : times the old speed.
    """
    words = tuple(
        (start_s / rate_frac, stop_s / rate_frac, word)
        for start_s, stop_s, word in transcript.words
    )
    return replace(transcript, words=words), {}


def resampled(samples: NDArray[np.float32], from_hz: float, to_hz: float) -> NDArray[np.float32]:
    """Return the sound at another rate, without delay: a float32 copy.

    Parameters
    ----------
    samples : float32 [frames].
    from_hz, to_hz : the two rates; only their ratio matters.
    """
    import soxr

    if from_hz == to_hz or not len(samples):
        return samples.copy()
    return np.asarray(soxr.resample(samples, from_hz, to_hz, quality="HQ"), dtype=np.float32)


def fitted(samples: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
    """Return the sound with exactly `frames` frames: cut, or followed by zeros."""
    if len(samples) >= frames:
        return samples[:frames]
    return np.concatenate([samples, np.zeros(frames - len(samples), np.float32)])
