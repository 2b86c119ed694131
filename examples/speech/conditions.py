"""The conditions that a deployed model meets, as real files for dev and test.

This mixing stands in for reality: plain on purpose, and it shares no code with augmentor.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from examples.speech.sounds import RATE_HZ, Wave, frame_levels_db, read_wav, write_wav

WINDOW_S = 2
CLEAN, VEHICLE, PEOPLE, NARROW = "clean", "vehicle noise", "people noise", "low bandwidth"
# Windows per language and tag. Dev keeps the shares of use: 60, 4, 30 and 6 %. In test every
# tag has the same windows, so tags compare pair by pair.
ROWS = {
    "dev": {CLEAN: 360, VEHICLE: 24, PEOPLE: 180, NARROW: 36},
    "test": {CLEAN: 150, VEHICLE: 150, PEOPLE: 150, NARROW: 150},
}
SNR_DB = {VEHICLE: (15.0, -5.0), PEOPLE: (15.0, 0.0)}  # mild to harsh
TALKERS = (3, 6)
MIN_ACTIVE = 0.3  # share of a window in which someone speaks


def unit(*names: object) -> float:
    """A number in [0, 1) that depends on the names alone: the same in every run."""
    key = json.dumps([str(name) for name in names]).encode()
    return int.from_bytes(hashlib.blake2b(key, digest_size=6).digest(), "big") / 2**48


@dataclass(frozen=True, slots=True)
class Window:
    """Up to two seconds of one prompt."""

    lang: str
    name: str
    start_s: int

    @property
    def id(self) -> str:
        """Such as `en/agent-pass@0`."""
        return f"{self.lang}/{self.name}@{self.start_s}"

    def read(self, root: Path, coding: str = "prompts") -> Wave:
        """Its samples, from the clean `prompts` or from the `narrow` telephone copies."""
        path = root / coding / self.lang / f"{self.name}.wav"
        return read_wav(path, self.start_s * RATE_HZ, WINDOW_S * RATE_HZ)


@dataclass(frozen=True, slots=True)
class Clip:
    """A row of dev or test: a window and what is mixed into it."""

    split: str
    tag: str
    window: Window
    snr_db: float | None = None
    vehicle: str = ""
    talkers: tuple[Window, ...] = ()

    @property
    def id(self) -> str:
        """Such as `dev/people-noise/en/agent-pass@0`."""
        return f"{self.split}/{self.tag.replace(' ', '-')}/{self.window.id}"

    @property
    def path(self) -> str:
        """Its file, relative to the manifest."""
        return f"clips/{self.id.replace('@', '-')}.wav"


def active_rms(wave: Wave) -> float:
    """RMS over the 20 ms frames within 40 dB of the loudest."""
    levels_db = frame_levels_db(wave).astype(np.float64)
    return float(np.sqrt(np.mean(10 ** (levels_db[levels_db > levels_db.max() - 40] / 10))))


def mix(speech: Wave, noise: Wave, snr_db: float) -> Wave:
    """Speech with noise of the same length, `snr_db` under the speech's active level."""
    noise_rms = float(np.sqrt(np.mean(np.square(noise, dtype=np.float64))))
    mixed = speech + np.float32(active_rms(speech) / noise_rms * 10 ** (-snr_db / 20)) * noise
    # One gain for all when the sum would clip: it leaves the ratio alone.
    return np.asarray(mixed / max(1.0, float(np.abs(mixed).max()) / 0.99), np.float32)


def span(wave: Wave, length: int, *key: str) -> Wave:
    """A drawn stretch of a recording, looped, that is not much quieter than all of it."""
    for attempt in range(20):
        start = int(unit("start", attempt, *key) * len(wave))
        found = np.take(wave, np.arange(start, start + length), mode="wrap")
        if np.square(found).mean() > 0.1 * np.square(wave).mean():
            break
    return np.asarray(found, np.float32)


def render(root: Path, clip: Clip) -> Wave:
    """The samples of a clip."""
    if clip.tag == NARROW:
        return clip.window.read(root, "narrow")
    speech = clip.window.read(root)
    if clip.snr_db is None:
        return speech
    if clip.vehicle:
        noise = span(read_wav(root / clip.vehicle), len(speech), clip.id)
    else:
        voices = [talker.read(root) for talker in clip.talkers]
        spans = [span(v, len(speech), clip.id, str(n)) for n, v in enumerate(voices)]
        noise = np.sum([s / active_rms(s) for s in spans], axis=0, dtype=np.float32)
    return mix(speech, noise, clip.snr_db)


def write_clip(root: Path, out: Path, clip: Clip) -> None:
    """Render a clip into `out`, the folder that becomes `clips`."""
    write_wav(out / clip.path.removeprefix("clips/"), render(root, clip))


def windows(root: Path, lang: str, names: Sequence[str]) -> list[Window]:
    """The audible windows of a language: one of each prompt, then a second one of each, ..."""
    found = []
    for name in names:
        path = root / "prompts" / lang / f"{name}.wav"
        if not path.exists():  # not every prompt is there in every language
            continue
        levels_db = frame_levels_db(wave := read_wav(path))
        active = levels_db > levels_db.max() - 40
        # A start each second; a prompt of less than three seconds is one window.
        starts = range(max(1, len(wave) // RATE_HZ - 1))
        kept = [s for s in starts if active[50 * s : 50 * (s + WINDOW_S)].mean() > MIN_ACTIVE]
        kept.sort(key=lambda s: unit("window", lang, name, s))
        found += [(rank, Window(lang, name, start)) for rank, start in enumerate(kept)]
    return [w for _, w in sorted(found, key=lambda f: (f[0], unit("order", f[1].id)))]


def plan(root: Path, split_of: Mapping[str, str]) -> Iterator[Clip]:
    """What dev and test hold. Each clip with a condition has its clean counterpart there too."""
    for split, counts in ROWS.items():
        inside = [name for name, its in split_of.items() if its == split]
        langs = sorted(folder.name for folder in (root / "prompts").iterdir() if folder.is_dir())
        chosen = {lang: windows(root, lang, inside)[: counts[CLEAN]] for lang in langs}
        voices = [window for lang in langs for window in chosen[lang]]
        bank = sorted((root / "noise" / split / "vehicle").glob("*.wav"))
        vehicles = [path.relative_to(root).as_posix() for path in bank]
        for tag, count in counts.items():
            for lang in langs:
                for window in sorted(chosen[lang], key=partial(_order, tag))[:count]:
                    yield draw(Clip(split, tag, window), vehicles, voices)


def _order(tag: str, window: Window) -> float:
    return unit("for", tag, window.id)


def draw(clip: Clip, vehicles: Sequence[str], voices: Sequence[Window]) -> Clip:
    """Choose what is mixed into a clip, and how loud."""
    if clip.tag not in SNR_DB:
        return clip
    mild, harsh = SNR_DB[clip.tag]
    snr_db = round(mild + (harsh - mild) * unit("snr", clip.id), 2)
    if clip.tag == VEHICLE:
        noise = vehicles[int(unit("vehicle", clip.id) * len(vehicles))]
        return replace(clip, snr_db=snr_db, vehicle=noise)
    count = TALKERS[0] + int(unit("count", clip.id) * (TALKERS[1] - TALKERS[0] + 1))
    talkers: dict[str, Window] = {clip.window.name: clip.window}
    for n in range(100):
        voice = voices[int(unit("talker", n, clip.id) * len(voices))]
        talkers.setdefault(voice.name, voice)
        if len(talkers) > count:
            break
    return replace(clip, snr_db=snr_db, talkers=tuple(talkers.values())[1:])
