"""A small corpus of speech, as every form of data set in the tests holds it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from project import RATE_HZ
from speechlike import speechlike

from augmentor.core.errors import UsageError
from augmentor.sources.manifest import Source, read_sources
from augmentor.sources.sound import Sound, wave_of

RECORDINGS, EACH, EVERY_S = 5, 10, 0.9
TEXTS = ("good day", "ça va très bien", "привет мир", "日本語 です", "one two three")


@dataclass(frozen=True)
class Said:
    """A stretch of a recording, and what is said in it."""

    id: str
    recording: str
    start_s: float
    duration_s: float
    text: str
    speaker: str


def said() -> list[Said]:
    """Return 50 utterances of 5 recordings; their ends fall between frames."""
    chance = np.random.Generator(np.random.Philox(key=5))
    return [
        Said(
            id=f"s{which}-u{which}{place}",
            recording=f"rec{which}",
            start_s=round(place * EVERY_S + float(chance.uniform(0, 0.1)), 4),
            duration_s=round(float(chance.uniform(0.5, 0.75)), 4),
            text=f"{TEXTS[(which + place) % 5]} {place}",
            speaker=f"s{which}",
        )
        for which in range(RECORDINGS)
        for place in range(EACH)
    ]


def write_recordings(folder: Path) -> dict[str, Path]:
    """Write the recordings; return their files by name."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for which in range(RECORDINGS):
        files[f"rec{which}"] = folder / f"rec{which}.wav"
        sound = speechlike(EACH * EVERY_S, seed=which)
        soundfile.write(files[f"rec{which}"], sound, RATE_HZ, subtype="PCM_16")
    return files


def write_clips(folder: Path) -> dict[str, Path]:
    """Write each utterance as a file of its own; return their files by id."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = write_recordings(folder.parent / "whole")
    files = {}
    for one in said():
        files[one.id] = folder / f"{one.id}.wav"
        stretch = cut(whole[one.recording], one.start_s, one.duration_s)
        soundfile.write(files[one.id], stretch, RATE_HZ, subtype="PCM_16")
    return files


def cut(path: Path, start_s: float, duration_s: float) -> NDArray[np.float32]:
    """Return a stretch of a file: to the nearest frame where it begins, and as long."""
    start, frames = round(start_s * RATE_HZ), round(duration_s * RATE_HZ)
    samples, _ = soundfile.read(path, frames, start, dtype="float32")
    return samples


def told(path: Path) -> list[str]:
    """Return what is said to be wrong with a source."""
    with pytest.raises(UsageError) as caught:
        read_sources(path)
    return [f"{Path(one.where).name}: {one.what}" for one in caught.value.problems]


def heard(source: Source) -> NDArray[np.float32]:
    """Return the samples of a source."""
    return wave_of(Sound(RATE_HZ).read(source)).samples
