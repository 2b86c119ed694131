"""Stretches of recordings: what a file's header says, and a stretch as a file of its own."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from augmentor.core.errors import BadSourceError
from augmentor.files.audio import read_sound, to_pcm16, wav_parts
from augmentor.files.whole import check_whole

_FULL_24 = 2.0**23
_IN_16 = ("PCM_16", "PCM_S8", "PCM_U8", "ULAW", "ALAW")


@dataclass(frozen=True, slots=True)
class Header:
    """What a sound file says of itself.

    Parameters
    ----------
    frames, rate_hz, channels : its length, frames per second, and how many sounds side by side.
    coding : container and coding of the samples, as libsndfile names them: ``WAV PCM_16``.
    """

    frames: int
    rate_hz: int
    channels: int
    coding: str


def header_of(path: Path) -> Header:
    """Return what a sound file says of itself.

    Raises
    ------
    BadSourceError : missing, cut off or not sound.
    """
    import soundfile

    check_whole(path)
    try:
        found = soundfile.info(str(path))
    except soundfile.LibsndfileError as error:
        raise BadSourceError(f"not a sound file that can be read: {error.error_string}") from None
    return Header(found.frames, found.samplerate, found.channels, f"{found.format} {found.subtype}")


def cut_sound(path: Path, start: int, frames: int) -> bytes:
    """Return a stretch of a recording as a WAV file whose samples are the very same.

    Parameters
    ----------
    path : the recording.
    start, frames : the first frame, and how many.

    Returns
    -------
    PCM of 16 or 24 bits where the recording has no more than that; else, and where it was
    coded with loss, 32-bit floats, as decoded.

    Raises
    ------
    BadSourceError : it cannot be read, or has no such stretch.
    """
    header = header_of(path)
    samples, rate_hz = read_sound(path, start / header.rate_hz, frames / header.rate_hz)
    kind = header.coding.rpartition(" ")[2]
    if kind in _IN_16:
        return _wav(to_pcm16(samples), rate_hz, "PCM_16")
    if kind == "PCM_24":
        steps = np.rint(samples.astype(np.float64) * _FULL_24).astype(np.int32)
        return _wav(steps << 8, rate_hz, "PCM_24")
    from scipy.io import wavfile

    # Not libsndfile: it writes the time of day into a file of floats.
    file = BytesIO()
    wavfile.write(file, rate_hz, samples[:, 0] if samples.shape[1] == 1 else samples)
    return file.getvalue()


def plain_wav(path: Path) -> bytes:
    """Return a whole recording as PCM of 16 bits and one channel, the mean of those it has.

    Raises
    ------
    BadSourceError : it cannot be read.
    """
    samples, rate_hz = read_sound(path)
    mono = samples[:, 0] if samples.shape[1] == 1 else samples.mean(axis=1, dtype=np.float32)
    return b"".join(wav_parts(to_pcm16(mono), rate_hz))


def is_plain(coding: str, channels: int) -> bool:
    """Whether a file is what `plain_wav` returns."""
    return coding == "WAV PCM_16" and channels == 1


def _wav(samples: NDArray[np.int16] | NDArray[np.int32], rate_hz: int, subtype: str) -> bytes:
    import soundfile

    file = BytesIO()
    soundfile.write(file, samples, rate_hz, format="WAV", subtype=subtype)
    return file.getvalue()


def seconds(frames: int, rate_hz: int) -> float:
    """Return a time in seconds that any reader turns into the same number of frames again.

    Some readers round, others drop what is behind the point: it is rounded up to 1 us, which is
    less than half a frame.
    """
    micro = -(-frames * 1_000_000 // rate_hz)
    while int(micro / 1e6 * rate_hz) < frames:
        micro += 1
    return micro / 1e6
