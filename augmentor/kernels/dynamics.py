"""Loudness: turned up or down, driven into the converter's end, kept below full scale."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.example import FULL_SCALE, Waveform
from augmentor.kernels.level import energy_shift_db
from augmentor.kernels.measures import peak

CEILING = 1 - 1 / FULL_SCALE
"""The largest sample that PCM 16 holds on both sides."""


def gain(wave: Waveform, *, gain_db: float) -> tuple[Waveform, dict[str, Any]]:
    """Turn a sound up or down, up to where it would clip and no further.

    Parameters
    ----------
    wave : the sound.
    gain_db : how much louder, negative for softer.

    Returns
    -------
    The sound, and notes: the ``gain_db`` it got, and whether that was ``limited``.
    """
    top = peak(wave.samples)
    room_db = 20 * math.log10(CEILING / top) if top else math.inf
    limited = gain_db > max(room_db, 0.0)
    got_db = max(room_db, 0.0) if limited else gain_db
    samples = wave.samples * np.float32(10 ** (got_db / 20))
    return wave.changed(samples, got_db), {"gain_db": round(got_db, 4), "limited": limited}


def overdrive(wave: Waveform, *, overdrive_db: float) -> tuple[Waveform, dict[str, Any]]:
    """Cut the tops off, as an input that is set too loud does.

    The sound is turned up until its peak would be so far over full scale, and what is over is
    cut there. So the result is as loud as such recordings are.

    Parameters
    ----------
    wave : the sound; one that is silent stays as it is.
    overdrive_db : how far the peak would be over full scale, 0 or more.

    Returns
    -------
    The sound, and notes: ``clipped_frac`` of its samples, ``level_shift_db``.
    """
    top = peak(wave.samples)
    drive = 10 ** (overdrive_db / 20) * CEILING / top if top else 1.0
    driven = wave.samples * np.float32(drive)
    over = np.count_nonzero(np.abs(driven) > np.float32(CEILING))
    np.clip(driven, -np.float32(CEILING), np.float32(CEILING), out=driven)
    shift_db = energy_shift_db(wave.samples, driven)
    share = round(over / max(1, len(driven)), 4)
    return wave.changed(driven, shift_db), {"clipped_frac": share, "level_shift_db": shift_db}


def below_full_scale(samples: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """Turn a sound down as a whole where its peak is over full scale.

    Parameters
    ----------
    samples : float32 [frames].

    Returns
    -------
    The sound, and the headroom gain in dB, 0 or below, to 4 decimals.
    """
    top = peak(samples)
    if top <= CEILING:
        return samples, 0.0
    # Divided first: so the largest sample is the ceiling itself, never a step above.
    lowered = samples / np.float32(top) * np.float32(CEILING)
    return lowered, round(20 * math.log10(CEILING / top), 4)
