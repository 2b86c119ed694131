"""A run of sounds as others keep them, and what a reader of its exports must find."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray
from project import RATE_HZ, noise_like, write_manifest
from speechlike import speechlike

from augmentor import api
from augmentor.jobs.exports.entry import Entry
from augmentor.jobs.exports.kaldi import speaker_of
from augmentor.ledger.record import read_records

RECIPE = """\
augmentor: 1
name: said
source: {manifest: data/train.jsonl, sample_rate: 16000, target: transcript}
banks: {vehicle: data/noise}
budget: 12
categories:
  vehicle test:
    steps:
      - mix_noise: {noise: {pick: vehicle}, snr_db: {uniform: [15, 5]}}
gate: {realism: {silence_frac: null, bandwidth_frac: null}, tries: 1}
"""
LONG, STRETCHES, SOUNDS = 20, 30, 50
TEXTS = ("ça va très bien", "привет мир", "日本語 です", "good day", "test 1.0, #1")
SPEAKERS = ("ann", "ann-b", "Zoë K.", "")
"""The first two are in another order with what Kaldi puts behind them."""


@dataclass(frozen=True)
class Read:
    """An example as a reader of a form finds it."""

    id: str
    samples: NDArray[np.float32]
    target: str
    split: str = ""
    speaker: str = ""
    parent: str = ""
    group: str = ""
    tags: tuple[str, ...] = ()
    weight: float = 1.0
    words: tuple[tuple[float, float, str], ...] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Made:
    """A finished run, and what a reader must find of it and of its source."""

    recipe: Path
    folder: Path
    new: dict[str, Read]
    old: dict[str, Read]


def make(folder: Path, recipe: str = RECIPE, *, splits: bool = True, words: bool = True) -> Made:
    """Run a project of 20 files, of three codings, and of 30 stretches of two recordings."""
    rows = write_sounds(folder / "data", splits=splits, words=words)
    path = folder / "recipe.yaml"
    path.write_text(recipe)
    run = api.run(path, workers=0).folder
    old = {row["id"]: _read_of(row, folder / "data") for row in rows}
    new = {
        one.id: Read(
            one.id, samples_of(run / one.file_name), one.target, one.split, one.speaker,
            one.parent, one.group, tuple(one.tags), one.weight,
            tuple((start, stop, word) for start, stop, word in one.words),
        )
        for one in read_records(run)
    }  # fmt: skip
    return Made(path, run, new, old)


def write_sounds(data: Path, *, splits: bool, words: bool) -> list[dict[str, Any]]:
    """Write sounds, noise and a manifest, whose rows are returned."""
    for name in ("long", "noise", "single"):
        (data / name).mkdir(parents=True)
    soundfile.write(data / "noise" / "n.wav", noise_like(3.0, 5), RATE_HZ, subtype="PCM_16")
    for index, (suffix, subtype) in enumerate((("wav", "PCM_16"), ("flac", "PCM_24"))):
        sound = speechlike(16.0, seed=50 + index)
        soundfile.write(data / "long" / f"r {index}.{suffix}", sound, RATE_HZ, subtype=subtype)
    rows: list[dict[str, Any]] = []
    for index in range(LONG):
        suffix = ("wav", "wav", "flac", "ogg")[index % 4]
        name = f"single/s{index}.{suffix}"
        soundfile.write(data / name, speechlike(0.8 + index / 37, seed=index), RATE_HZ)
        rows.append({"id": f"single {index}.test", "path": name})
    for index in range(STRETCHES):
        # Odd frames: a reader that rounds the other way is caught.
        start_s = (index // 2 * 16001 + 7 * index + 1) / RATE_HZ
        place = {"path": f"long/r {index % 2}.{('wav', 'flac')[index % 2]}", "start_s": start_s}
        rows.append({"id": f"long/{index}", **place, "duration_s": (12345 + index) / RATE_HZ})
    for index, row in enumerate(rows):
        row |= {
            "target": TEXTS[index % 5], "speaker": SPEAKERS[index % 4], "group": f"g{index % 7}",
            "weight": 1 + index % 3 / 2, "tags": ["clean"], "licence": "CC0-1.0",
        }  # fmt: skip
        if splits:
            row["split"] = ("train", "dev")[index % 4 == 3]
        if words:
            row["words"] = [[0.1, 0.35, "première"], [0.35, 0.7, "b"]][: index % 3]
    write_manifest(data / "train.jsonl", rows)
    return rows


def _read_of(row: dict[str, Any], data: Path) -> Read:
    start = round(row.get("start_s", 0) * RATE_HZ)
    stop = start + round(row["duration_s"] * RATE_HZ) if "duration_s" in row else None
    return Read(
        row["id"], samples_of(data / row["path"])[start:stop], row["target"],
        row.get("split", ""), row["speaker"], "", row["group"], tuple(row["tags"]),
        row["weight"], tuple(map(tuple, row.get("words", ()))),
    )  # fmt: skip


def samples_of(path: Path | str) -> NDArray[np.float32]:
    """Return the samples of a file as libsndfile decodes them."""
    found, rate_hz = soundfile.read(path, dtype="float32")
    assert rate_hz == RATE_HZ
    return np.asarray(found, np.float32)


def check(found: Iterable[Read], wanted: dict[str, Read], form: str) -> None:
    """Compare what a reader found with what was there: samples, and all that is said of them."""
    read = {one.id: one for one in found}
    assert read.keys() == wanted.keys()
    for name, right in wanted.items():
        one = read[name]
        if form == "kaldi":  # 16 bits there; the rest is as it was
            steps = np.clip(np.rint(right.samples * 32768), -32768, 32767)
            assert np.array_equal(one.samples, np.float32(steps / 32768)), name
            assert one.speaker == speaker_of(Entry("", Path(), name, speaker=right.speaker))
        else:
            assert np.array_equal(one.samples, right.samples), name
            assert one.speaker == right.speaker
            assert one.words == right.words
        said = ("target", "split", "parent", "group", "tags", "weight")
        assert [getattr(one, key) for key in said] == [getattr(right, key) for key in said]
