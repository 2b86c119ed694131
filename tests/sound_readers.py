"""Each form of an export of sounds, as its readers find it."""

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from project import RATE_HZ
from sound_exports import Read, samples_of

from augmentor.files.audio import read_sound
from augmentor.jobs.exports.entry import Entry
from augmentor.jobs.exports.kaldi import speaker_of
from augmentor.sources.manifest import read_sources


def _read_from(row: dict[str, Any], samples: NDArray[np.float32], target: str) -> Read:
    """Return what most forms say under our own names."""
    words = row.get("words", ())
    words = json.loads(words) or () if isinstance(words, str) else words
    return Read(
        row["id"], samples, target, row["split"], row["speaker"], row["parent"], row["group"],
        tuple(row["tags"]), row["weight"], tuple(map(tuple, words)),
    )  # fmt: skip


def read_nemo(folder: Path) -> list[Read]:
    """Read manifests as NeMo does.

    A relative path that has a folder begins at the manifest; ``offset`` and ``duration`` times
    the rate are cut down to whole frames, to seek and to read.
    """
    return [one for path in sorted(folder.glob("*.json")) for one in read_nemo_file(path)]


def read_nemo_file(path: Path) -> list[Read]:
    """Read one manifest."""
    found = []
    for line in path.read_bytes().decode().split("\n")[:-1]:
        row = json.loads(line)
        with soundfile.SoundFile(path.parent / row["audio_filepath"]) as file:
            file.seek(int(row["offset"] * file.samplerate))
            samples = file.read(int(row["duration"] * file.samplerate), dtype="float32")
        found.append(_read_from(row, samples, row["text"]))
    return found


def read_kaldi(folder: Path) -> list[Read]:
    """Read data folders as Kaldi's documentation describes them."""
    lists = [one.parent for one in sorted(folder.rglob("wav.scp"))]
    return [one for found in lists for one in read_kaldi_folder(found)]


def read_kaldi_folder(folder: Path) -> list[Read]:
    """Read one data folder; a segment's ends times the rate are cut down to whole frames."""

    def table(name: str) -> dict[str, str]:
        lines = (folder / name).read_bytes().decode().split("\n")[:-1]
        return {key: rest for key, _, rest in (line.partition(" ") for line in lines)}

    texts, speakers, lengths_s = table("text"), table("utt2spk"), table("utt2dur")
    paths = table("wav.scp")
    assert all(Path(path).is_absolute() for path in paths.values())
    segments = table("segments") if (folder / "segments").is_file() else {}
    head, *lines = (folder / "ids.tsv").read_text().split("\n")[:-1]
    known = {}
    for line in lines:
        row = dict(zip(head.split("\t"), line.split("\t"), strict=True))
        known[row["utterance"]] = row
    assert list(known) == list(texts)
    found = []
    for name, text in texts.items():
        info = soundfile.info(paths[segments[name].split()[0]] if segments else paths[name])
        assert (info.format, info.subtype, info.channels) == ("WAV", "PCM_16", 1)
        samples = samples_of(info.name)
        if segments:
            _, start_s, stop_s = segments[name].split()
            samples = samples[int(float(start_s) * RATE_HZ) : int(float(stop_s) * RATE_HZ)]
        assert int(float(lengths_s[name]) * RATE_HZ) == len(samples)
        row = known[name]
        assert speakers[name] == speaker_of(Entry("", Path(), row["id"], speaker=row["speaker"]))
        found.append(
            Read(row["id"], samples, text, row["split"], speakers[name], row["parent"],
                 row["group"], tuple(row["tags"].split(";")), float(row["weight"]))
        )  # fmt: skip
    return found


def read_lhotse(folder: Path) -> list[Read]:
    """Read cuts, as lhotse does."""
    return [one for path in sorted(folder.glob("cuts*.gz")) for one in read_cuts(path)]


def read_cuts(path: Path) -> list[Read]:
    """Read a file of cuts."""
    from lhotse import CutSet, validate

    cuts = CutSet.from_file(path)
    validate(cuts.to_eager())
    found = []
    for cut in cuts:
        (said,) = cut.supervisions
        assert said.duration == cut.duration
        audio = cut.load_audio()
        assert audio.shape == (1, cut.num_samples)
        words = ((said.alignment or {}).get("word")) or ()
        facts = said.custom
        found.append(
            Read(cut.id, audio[0], said.text, facts["split"], said.speaker or "",
                 facts["parent"], facts["group"], tuple(facts["tags"]), facts["weight"],
                 tuple((round(one.start - cut.start, 6), round(one.end - cut.start, 6), one.symbol)
                       for one in words))
        )  # fmt: skip
    return found


def read_huggingface(folder: Path) -> list[Read]:
    """Read a folder as datasets does; sounds are decoded by libsndfile."""
    import datasets

    read = datasets.load_dataset(
        "audiofolder", data_dir=str(folder), cache_dir=str(folder.parent / "hf")
    )
    found = []
    for split, rows in read.items():
        for row in rows.cast_column("audio", datasets.Audio(decode=False)):
            said = "text" if "text" in row else "label"
            assert split == {"dev": "validation"}.get(row["split"], row["split"] or "train")
            one = _read_from(row, samples_of(row["audio"]["path"]), row[said])
            assert row["duration_s"] * RATE_HZ == pytest.approx(len(one.samples), abs=0.1)
            found.append(one)
    return found


def read_webdataset(folder: Path) -> list[Read]:
    """Read shards as webdataset does."""
    import webdataset

    found = []
    for shard in sorted(folder.glob("*.tar")):
        for one in webdataset.WebDataset(str(shard), shardshuffle=False):
            (suffix,) = {"wav", "flac", "ogg"} & one.keys()
            samples, rate_hz = soundfile.read(io.BytesIO(one[suffix]), dtype="float32")
            row = json.loads(one["json"])
            assert row["rate_hz"] == rate_hz == RATE_HZ
            assert (row["split"] or "data") == shard.name.split("-")[0]
            if "txt" in one:
                target = one["txt"].decode()
            else:
                names = json.loads((folder / "classes.json").read_text())
                target = names[int(one["cls"])]
            found.append(_read_from(row, samples, target))
    return found


READERS: dict[str, Callable[[Path], list[Read]]] = {
    "nemo": read_nemo, "kaldi": read_kaldi, "lhotse": read_lhotse,
    "huggingface": read_huggingface, "webdataset": read_webdataset,
}  # fmt: skip


def read_ours(path: Path) -> list[Read]:
    """Read our own manifest with our own reader."""
    found = []
    for one in read_sources(path):
        facts = one.facts
        samples, _ = read_sound(one.path, one.start_s, one.duration_s)
        found.append(
            Read(facts.id, samples[:, 0], facts.target, facts.split, facts.speaker,
                 one.meta["parent"], facts.group, facts.tags, facts.weight, one.words)
        )  # fmt: skip
    return found


def zipped_lines(path: Path) -> list[dict[str, Any]]:
    """Return the rows of gzipped JSON Lines."""
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
