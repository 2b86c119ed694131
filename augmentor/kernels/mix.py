"""Sounds added to speech at a stated ratio of levels."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.assets import Tape
from augmentor.core.errors import BadSourceError
from augmentor.core.example import FULL_SCALE, Waveform
from augmentor.kernels.dynamics import CEILING
from augmentor.kernels.level import active_level_db

MAX_GAIN = 100.0
"""Noise is made louder by 40 dB at most: beyond, one would hear its own rounding. The SNR
then stays milder than asked, the notes say so, and the gate refuses the example."""

_TALKER = 2048.0  # the level every talker of a babble is brought to, in int16 units


def add_at_snr(wave: Waveform, *, noise: Tape, snr_db: float) -> tuple[Waveform, dict[str, Any]]:
    """Add a noise at a signal-to-noise ratio over the active speech level.

    Parameters
    ----------
    wave : the speech; its active level (ITU-T P.56) is measured unless it is known already.
    noise : the recording and where in it to start; it loops where it is shorter.
    snr_db : active speech level over the level of the very stretch of noise that is added.

    Returns
    -------
    The noisy sound, turned down as a whole where the sum would clip, and notes: the reached
    ``snr_db``, the stretch's own ``noise_level_db``, the ``headroom_db`` of the whole (0 or
    below).

    Raises
    ------
    BadSourceError : the speech is silent, so no ratio is defined.
    """
    frames = len(wave.samples)
    return _add(
        wave, noise.pieces(frames), noise.square_sum(frames), noise.peak_bound(frames), snr_db
    )


def add_babble(
    wave: Waveform, *, talkers: Sequence[Tape], count: int, snr_db: float
) -> tuple[Waveform, dict[str, Any]]:
    """Add several people talking at once, each as loud, at a ratio over the active speech level.

    Parameters
    ----------
    wave : the speech.
    talkers : one recording a talker, each with its start.
    count : the number of talkers, as drawn; said again for the record.
    snr_db : active speech level over the level of all talkers together.

    Returns
    -------
    As `add_at_snr`.
    """
    if len(talkers) != count:
        msg = f"{count} talkers asked for, {len(talkers)} given"
        raise ValueError(msg)
    frames = len(wave.samples)
    babble = np.zeros(frames, np.int32)
    for talker in talkers:
        # Rounded one by one, so that the sum is exact whatever the order or the processor.
        level = math.sqrt(max(talker.square_sum(frames), 1) / frames)
        babble += np.rint(talker.take(frames) * np.float32(_TALKER / level)).astype(np.int32)
    whole = babble.astype(np.int64)
    return _add(wave, [babble], int(np.dot(whole, whole)), int(np.abs(babble).max()), snr_db)


def _add(
    wave: Waveform,
    noise: Iterable[NDArray[np.int16] | NDArray[np.int32]],
    square_sum: int,
    noise_peak: int,
    snr_db: float,
) -> tuple[Waveform, dict[str, Any]]:
    level_db = wave.active_level_db
    if level_db is None:
        level_db = active_level_db(wave.samples, wave.rate_hz)
    if level_db is None:
        raise BadSourceError("silent: no speech level, so no ratio to a noise")
    noise_rms = math.sqrt(square_sum / len(wave.samples))
    if not noise_rms:
        return wave, {"snr_db": None, "noise_level_db": None, "headroom_db": 0.0}
    noise_db = 20 * math.log10(noise_rms / FULL_SCALE)
    wanted = 10 ** ((level_db - snr_db - noise_db) / 20)
    gain = np.float32(min(wanted, MAX_GAIN) / FULL_SCALE)
    mixed = np.empty(len(wave.samples), np.float32)
    done = 0
    for piece in noise:
        here = mixed[done : done + len(piece)]
        np.multiply(piece, gain, out=here, dtype=np.float32)
        done += len(piece)
    mixed += wave.samples
    headroom_db = 0.0
    # The peak is measured only where the two known peaks could clip together.
    if wave.peak is None or wave.peak + float(gain) * noise_peak > CEILING:
        peak = max(float(mixed.max()), -float(mixed.min()))
        if peak > CEILING:
            mixed *= np.float32(CEILING / peak)
            headroom_db = 20 * math.log10(CEILING / peak)
    reached_db = level_db - 20 * math.log10(float(gain) * noise_rms)
    notes = {
        "snr_db": round(reached_db, 4),
        "noise_level_db": round(noise_db, 4),
        "headroom_db": round(headroom_db, 4),
    }
    shifted = Waveform(wave.samples, wave.rate_hz, level_db).changed(mixed, headroom_db)
    return shifted, notes
