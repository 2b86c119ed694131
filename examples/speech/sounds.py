"""What the packages hold: voice prompts, their words and licences, and recordings of noise."""

import gzip
import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile
import soxr

RATE_HZ = 16_000
Wave = np.ndarray[Any, np.dtype[np.float32]]

# Tones and monkeys: no language is spoken in them.
NOT_SPEECH = frozenset(
    {
        "ascending-2tone",
        "descending-2tone",
        "beep",
        "beeperr",
        "confbridge-join",
        "confbridge-leave",
        "tt-monkeys",
    }
)

# The copyright file of the packages names one voice and one licence for each language.
VOICES = {
    "en": ("Allison", "CC-BY-SA-3.0", "Allison Smith"),
    "es": ("Allison", "CC-BY-SA-3.0", "Allison Smith"),
    "fr": ("June", "CC-BY-SA-3.0", "June Wallack"),
    "it": ("Carlo", "CC-BY-3.0", "Carlo Flora"),
    "ru": ("Ivrvoice", "CC-BY-3.0", "Maxim Topal"),
}

# Position in opensfx.cat -> (split, name). Sounds cut from one original recording stay in one
# split: 4 and 5 are one steam train, 25 and 26 one truck. Left out: horns and bells alone,
# crashes, and comedy mixes with toys (60, 62, 63, 64, 70), which share originals with these.
VEHICLES = {
    4: ("train", "steam-train-departs"),
    5: ("train", "steam-train-tunnel"),
    8: ("train", "propeller-plane-start"),
    9: ("train", "early-jet"),
    24: ("train", "helicopter"),
    25: ("train", "truck-pulls-away"),
    26: ("train", "truck-pulls-away-horn"),
    28: ("train", "old-bus-start"),
    40: ("train", "circular-saw"),
    65: ("train", "metro-departs"),
    10: ("dev", "diesel-train-departs"),
    11: ("dev", "elevator-machinery"),
    33: ("dev", "air-hammer"),
    59: ("dev", "supersonic-jet"),
    27: ("test", "modern-bus-start"),
    56: ("test", "chainsaw"),
    61: ("test", "modern-jet"),
    69: ("test", "propeller-plane-takes-off"),
    71: ("test", "passing-train"),
}


@dataclass(frozen=True, slots=True)
class Sound:
    """One recording of the noise package: its place in the file, its credit line, its samples."""

    index: int
    credit: str
    wave: Wave


def decode(path: Path) -> Wave:
    """A telephone prompt as samples in [-1, 1] at 16 kHz; empty when the file is empty.

    GSM comes at 8 kHz and is resampled: a 16 kHz clip with nothing above 4 kHz.
    """
    if not path.stat().st_size:
        return np.zeros(0, np.float32)
    with av.open(str(path), format=path.suffix[1:]) as container:
        rate_hz = container.streams.audio[0].rate
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    wave = np.concatenate(frames).astype(np.float32) / np.float32(32768)
    if rate_hz != RATE_HZ:
        wave = soxr.resample(wave, rate_hz, RATE_HZ)
    return np.asarray(wave, np.float32)


def write_wav(path: Path, wave: Wave) -> None:
    """PCM 16, mono, 16 kHz."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, wave, RATE_HZ, subtype="PCM_16")


def read_wav(path: Path, start: int = 0, length: int = -1) -> Wave:
    """The samples of a file written by `write_wav`, or `length` of them from `start` on."""
    wave, _ = soundfile.read(path, frames=length, start=start, dtype="float32")
    return np.asarray(wave, np.float32)


def frame_levels_db(wave: Wave) -> Wave:
    """Level of each 20 ms frame in dB of full scale; one frame at least."""
    size = RATE_HZ // 50
    padded = np.pad(wave, (0, -len(wave) % size if len(wave) else size))
    power = np.square(padded.reshape(-1, size)).mean(axis=1)
    return np.asarray(10 * np.log10(power + 1e-12), np.float32)


def transcripts(folder: Path, lang: str) -> dict[str, str]:
    """Prompt name -> words, from the package's document of the language."""
    document = folder / f"usr/share/doc/asterisk-core-sounds-{lang}/core-sounds-{lang}.txt.gz"
    lines = gzip.decompress(document.read_bytes()).decode("utf-8-sig").splitlines()
    pairs = (line.split(":", 1) for line in lines if ":" in line and not line.startswith(";"))
    return {name.strip(): words.strip() for name, words in pairs}


def noises(folder: Path) -> Iterator[Sound]:
    """The recordings in opensfx.cat at 16 kHz, without the two empty ones, edges trimmed.

    The file starts with (offset, size) pairs of little-endian 32-bit words. At each offset
    stand a length byte, a credit line that ends in zero, and a RIFF WAVE file.
    """
    data = (folder / "usr/share/games/openttd/baseset/opensfx/opensfx.cat").read_bytes()
    count = (struct.unpack_from("<I", data)[0] & 0x7FFF_FFFF) // 8
    for index in range(count):
        offset = struct.unpack_from("<I", data, 8 * index)[0] & 0x7FFF_FFFF
        start = offset + 1 + data[offset]
        credit = data[offset + 1 : start].decode("utf-8").rstrip("\0")
        riff = data.index(b"RIFF", start - 1)
        size = 8 + struct.unpack_from("<I", data, riff + 4)[0]
        if size <= 44:  # a header without samples
            continue
        wave, rate_hz = soundfile.read(io.BytesIO(data[riff : riff + size]), dtype="float32")
        wave = np.asarray(soxr.resample(wave, rate_hz, RATE_HZ))
        loud = np.flatnonzero((levels := frame_levels_db(wave)) > levels.max() - 40)
        edge = RATE_HZ // 50
        yield Sound(index, credit, wave[loud[0] * edge : (loud[-1] + 1) * edge])


def slug(credit: str) -> str:
    """A file name from a credit line: `"Ship horn". Original ...` is `ship-horn`."""
    title = credit.split('"')[1]
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
