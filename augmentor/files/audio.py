"""Sound files: decode with a clear reason when that fails, encode as plain PCM 16."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.errors import BadSourceError
from augmentor.core.example import FULL_SCALE
from augmentor.files.whole import check_whole

SUFFIXES = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".aif", ".au")

_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")

ROUNDING_S = 0.01
"""A stretch may ask for this much more than there is: manifests round lengths to two digits."""


def read_sound(
    path: Path, start_s: float = 0.0, duration_s: float | None = None
) -> tuple[NDArray[np.float32], int]:
    """Decode a sound file, or a stretch of it.

    Parameters
    ----------
    path : anything libsndfile reads.
    start_s, duration_s : the stretch, in seconds; all of the file by default. One that ends
        up to 0.01 s behind the end of the file ends there.

    Returns
    -------
    float32 [frames, channels] with full scale 1, and frames per second.

    Raises
    ------
    BadSourceError : missing, empty, truncated or not sound; the message says which.
    """
    import soundfile

    check_whole(path)
    try:
        with soundfile.SoundFile(path) as file:
            rate_hz = int(file.samplerate)
            start = round(start_s * rate_hz)
            if start >= file.frames > 0:
                length_s = file.frames / rate_hz
                raise BadSourceError(f"starts at {start_s:g} s, but the file has {length_s:.3f} s")
            if start:
                file.seek(start)
            frames = -1 if duration_s is None else round(duration_s * rate_hz)
            if not frames:
                raise BadSourceError(f"asks for {duration_s:g} s of it, no stretch to hear")
            if start + frames > file.frames + ROUNDING_S * rate_hz:
                raise BadSourceError(
                    f"asks for {start_s:g} to {start_s + (duration_s or 0):g} s, "
                    f"but the file has {file.frames / rate_hz:.3f} s"
                )
            samples = _decode(file, frames)
            due = min(frames, file.frames - start) if frames >= 0 else file.frames - start
            if len(samples) < due and file.format != "MP3":  # an MP3's length is an estimate
                raise BadSourceError(f"truncated: {due} samples promised, {len(samples)} are there")
    except soundfile.LibsndfileError as error:
        raise BadSourceError(f"not a sound file that can be read: {error.error_string}") from None
    if not len(samples):
        raise BadSourceError("empty: no sound in the file")
    return samples, rate_hz


def _decode(file: Any, frames: int) -> NDArray[np.float32]:
    """Return float32 samples; 16-bit files are decoded as integers, which is faster and exact."""
    if file.subtype == "PCM_16":
        whole: NDArray[np.int16] = file.read(frames, dtype="int16", always_2d=True)
        return np.multiply(whole, np.float32(1 / FULL_SCALE), dtype=np.float32)
    samples: NDArray[np.float32] = file.read(frames, dtype="float32", always_2d=True)
    if not np.isfinite(samples).all():
        bad = int((~np.isfinite(samples)).sum())
        raise BadSourceError(f"holds {bad} samples that are not numbers (NaN or infinite)")
    return samples


def to_pcm16(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """Return int16 samples, rounded to nearest, full scale 32768, cut at the ends."""
    return _in_steps(samples).astype(np.int16)


def rounded_to_pcm16(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what decoding `to_pcm16` gives, float32 with full scale 1, without the detour."""
    steps = _in_steps(samples)
    return np.multiply(steps, np.float32(1 / FULL_SCALE), out=steps)


def _in_steps(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    scaled = np.multiply(samples, np.float32(FULL_SCALE))
    np.rint(scaled, out=scaled)
    return np.clip(scaled, -FULL_SCALE, FULL_SCALE - 1, out=scaled)


def wav_parts(samples: NDArray[np.int16], rate_hz: int) -> tuple[bytes, memoryview]:
    """Return header and data of a PCM 16 WAV file of one channel.

    A plain header and one cast: several times faster than an encoder fed with floats
    (``make bench`` shows both).
    """
    data = np.ascontiguousarray(samples, dtype="<i2").data.cast("B")
    header = _HEADER.pack(
        b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1, rate_hz, rate_hz * 2, 2, 16,
        b"data", len(data),
    )  # fmt: skip
    return header, data


def resample(samples: NDArray[np.float32], from_hz: int, to_hz: int) -> NDArray[np.float32]:
    """Return the sound at another rate, by a high-quality band-limited resampler."""
    if from_hz == to_hz:
        return samples
    import soxr

    changed: NDArray[np.float32] = soxr.resample(samples, from_hz, to_hz, quality="HQ")
    return changed
