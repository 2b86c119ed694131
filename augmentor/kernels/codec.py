"""Sound that went through a telephone: narrow, and coded for real."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.example import FULL_SCALE, Waveform
from augmentor.kernels.dynamics import below_full_scale
from augmentor.kernels.level import energy_shift_db
from augmentor.kernels.speed import fitted, resampled

SUBTYPES = {"alaw": "ALAW", "mulaw": "ULAW", "gsm": "GSM610"}
"""What each kind is called by libsndfile; mildest first."""

LINE_RATE_HZ = 8000
BAND_HZ = (300, 3400)
"""What a telephone line is made to let through; some keep more."""
_TAPS = 101  # the edges of the band fall over about 260 Hz


def narrow_band(
    wave: Waveform, *, kind: str, low_hz: float = BAND_HZ[0], high_hz: float = BAND_HZ[1]
) -> tuple[Waveform, dict[str, Any]]:
    """Send a sound through a telephone line: band-limited at 8 kHz, coded and decoded.

    Nothing is delayed: the filter has no phase, and what the coder adds at the end is cut.

    Parameters
    ----------
    wave : the sound, at any rate; it comes back at the same rate and length.
    kind : ``gsm`` (GSM 06.10 full rate, 13 kbit/s), ``mulaw`` or ``alaw`` (ITU-T G.711).
    low_hz, high_hz : the band that the line lets through; 0 and 4000 take nothing away.

    Returns
    -------
    The sound as heard at the other end, and notes: ``codec``, ``level_shift_db`` (what the loss
    of the highs and lows cost), ``headroom_db``.
    """
    frames = len(wave.samples)
    line = resampled(wave.samples, wave.rate_hz, LINE_RATE_HZ)
    coded = _coded(_band(line.astype(np.float64), low_hz, high_hz), SUBTYPES[kind])
    samples = fitted(resampled(coded, LINE_RATE_HZ, wave.rate_hz), frames)
    samples, headroom_db = below_full_scale(samples)
    shift_db = energy_shift_db(wave.samples, samples)
    notes = {
        "codec": kind,
        "level_shift_db": shift_db,
        "headroom_db": headroom_db,
    }
    return wave.changed(samples, shift_db), notes


def _band(line: NDArray[np.float64], low_hz: float, high_hz: float) -> NDArray[np.float64]:
    """Return what a line lets through, by a filter without phase."""
    from scipy.signal import fftconvolve, firwin

    edges = [edge for edge in (low_hz, high_hz) if 0 < edge < LINE_RATE_HZ / 2]
    if not edges or not len(line):
        return line
    taps = firwin(_TAPS, edges, pass_zero=low_hz <= 0, fs=LINE_RATE_HZ)
    heard: NDArray[np.float64] = fftconvolve(line, taps, mode="full")
    return heard[_TAPS // 2 :][: len(line)]


def _coded(line: NDArray[np.float64], subtype: str) -> NDArray[np.float32]:
    """Return what a decoder makes of what the coder made of it, in 16 bits as both want."""
    import soundfile

    whole = np.clip(np.rint(line * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
    if not len(whole):
        return np.zeros(0, np.float32)
    file = io.BytesIO()
    soundfile.write(file, whole, LINE_RATE_HZ, format="WAV", subtype=subtype)
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype="int16")
    return fitted(np.multiply(decoded, 1 / FULL_SCALE, dtype=np.float32), len(whole))
