"""What a page plays and shows: any source as a WAV or PNG, which every browser knows."""

from dataclasses import dataclass

import numpy as np

from augmentor.core.errors import BadSourceError
from augmentor.files.audio import read_sound, to_pcm16, wav_parts
from augmentor.files.pictures import SUFFIXES, encode_pixels, read_pixels
from augmentor.sources.manifest import Source


@dataclass(frozen=True, slots=True)
class Media:
    """A sound or picture as a browser gets it.

    Parameters
    ----------
    kind : its media type.
    data : the bytes of the file.
    rate_hz : frames per second of a sound; 0 of a picture.
    """

    kind: str
    data: bytes
    rate_hz: int = 0


def media_of(source: Source) -> Media:
    """Return a source as a browser plays or shows it.

    All sounds leave as WAV of 16 bits and one channel, all pictures as PNG: nothing but what is
    heard and seen tells a real example from one that was made.

    Raises
    ------
    BadSourceError : it cannot be read.
    """
    suffix = source.path.suffix.lower()
    if suffix == ".png":
        try:
            return Media("image/png", source.path.read_bytes())
        except OSError as error:
            raise BadSourceError(f"cannot be read: {error.strerror}") from None
    if suffix in SUFFIXES:
        return Media("image/png", encode_pixels(read_pixels(source.path)))
    samples, rate_hz = read_sound(source.path, source.start_s, source.duration_s)
    mono = samples[:, 0] if samples.shape[1] == 1 else samples.mean(axis=1, dtype=np.float32)
    parts = wav_parts(to_pcm16(np.ascontiguousarray(mono)), rate_hz)
    return Media("audio/wav", b"".join(parts), rate_hz)
