"""Prepare the speech demo: real prompts in five languages, clean and in real conditions.

    python -m examples.speech.prepare [CACHE] [--link FOLDER]

The task is: in which language is this prompt spoken? Train holds whole clean prompts. Dev and
test hold windows of up to two seconds, clean and in conditions: dev with the shares of use, test
with every tag equally often. No prompt name and no noise recording is in two of them.
Each language has one voice, and en and es share theirs: language and voice are confounded.
"""

import argparse
import fcntl
import json
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Any

import numpy as np

from examples.speech import conditions, sounds
from examples.speech.conditions import CLEAN, Clip, unit
from examples.speech.fetch import LANGUAGES, NOISE_PACKAGE, cache_folder, fetch, once

EDITION = "speech-1"  # a new name whenever a change here changes what is written
SILENT_DB = -60  # a prompt whose loudest 20 ms are below this says nothing
SAME_RECORDING = {
    "en/privacy-thankyou", "es/conf-locked", "es/dir-usingkeypad", "es/invalid", "es/vm-and",
    "es/vm-incorrect", "es/vm-minutes", "fr/dir-usingkeypad", "fr/invalid", "fr/seconds",
    "fr/vm-and", "fr/vm-message", "ru/confbridge-rest-list-vol-in",
}  # fmt: skip
"""Prompts that were cut from the same take as one of dev or test: `augmentor` refused to train on
them. They are in no split."""
SPLITS = {"test": 0.22, "dev": 0.36, "train": 0.42}  # share of the prompt names


def prepare(cache: Path) -> Path:
    """Fetch, decode, mix and list everything; returns the folder with the manifests.

    What is finished is not done again. A second run at the same time waits for the first.
    """
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _prepare(cache)


def _prepare(cache: Path) -> Path:
    seconds: dict[str, float] = {}
    began = time.perf_counter()

    def lap(step: str) -> None:
        nonlocal began
        seconds[step] = round(time.perf_counter() - began, 1)
        began = time.perf_counter()

    versions = fetch(cache)
    unpacked, root = cache / "unpacked", cache / EDITION
    lap("fetch")
    with Pool(2) as pool:
        once(root / "prompts", partial(_decode, pool, unpacked, "g722", None))
        split_of = split_names(root)
        # The really coded copies are what the model will meet: none of them is for training.
        held_out = {name for name, split in split_of.items() if split != "train"}
        once(root / "narrow", partial(_decode, pool, unpacked, "gsm", held_out))
        once(root / "noise", partial(_write_noise, unpacked))
        once(root / "white", _write_white)
        lap("decode")
        clips = list(conditions.plan(root, split_of))
        once(root / "clips", partial(_render, pool, root, clips))
        lap("mix")
    words = {
        lang: sounds.transcripts(unpacked / f"asterisk-core-sounds-{lang}", lang)
        for lang in LANGUAGES
    }
    rows: dict[str, list[dict[str, Any]]] = {"train": [], "dev": [], "test": []}
    rows["train"] += _train_rows(root, split_of, words, versions)
    for clip in clips:
        rows[clip.split].append(_clip_row(clip, words, versions))
    for split, listed in rows.items():
        _write(root / f"{split}.jsonl", "".join(f"{_json(row)}\n" for row in listed))
    _write(root / "ATTRIBUTION.txt", _attribution(root, versions))
    lap("manifests")
    skipped = json.loads((root / "prompts" / "skipped.json").read_text())
    counts = {split: dict(Counter(row["tags"][0] for row in rows[split])) for split in rows}
    print(_json({"folder": str(root), "rows": counts, "skipped": skipped, "seconds": seconds}))
    return root


def split_names(root: Path) -> dict[str, str]:
    """Prompt name -> split. A name is in one split in all languages, so nothing crosses."""
    paths = [path for lang in LANGUAGES for path in (root / "prompts" / lang).rglob("*.wav")]
    names = {path.relative_to(root / "prompts").as_posix()[3:-4] for path in paths}
    ordered = sorted(names, key=lambda name: unit("split", name))
    ends = np.cumsum(list(SPLITS.values()))[:-1] * len(ordered)
    which = np.searchsorted(ends, np.arange(len(ordered)), side="right")
    return {name: list(SPLITS)[n] for name, n in zip(ordered, which, strict=True)}


def _decode_one(job: tuple[Path, Path]) -> bool:
    """One prompt to a wav file; False when there is nothing in it."""
    source, target = job
    wave = sounds.decode(source)
    if not len(wave) or sounds.frame_levels_db(wave).max() < SILENT_DB:
        return False
    sounds.write_wav(target, wave)
    return True


def _decode(
    pool: Pool, unpacked: Path, coding: str, wanted: Collection[str] | None, out: Path
) -> None:
    """The (wanted) prompts of a coding as wav files; skipped.json counts what is left out."""
    jobs, skipped = [], Counter[str]()
    for lang in LANGUAGES:
        package = unpacked / f"asterisk-core-sounds-{lang}-{coding}"
        (voice,) = (package / "usr/share/asterisk/sounds").iterdir()
        for source in sorted(voice.rglob(f"*.{coding}")):
            name = source.relative_to(voice).with_suffix("").as_posix()
            if name.startswith("silence/"):
                skipped["silence"] += 1
            elif name in sounds.NOT_SPEECH:
                skipped["tones and monkeys"] += 1
            elif wanted is None or name in wanted:
                jobs.append((source, out / lang / f"{name}.wav"))
    skipped["empty"] = pool.map(_decode_one, jobs, chunksize=50).count(False)
    (out / "skipped.json").write_text(_json(skipped) + "\n")


def _write_noise(unpacked: Path, out: Path) -> None:
    """The noise recordings: vehicles in three disjoint banks, all others in `other`."""
    credit_of = {}
    for sound in sounds.noises(unpacked / NOISE_PACKAGE):
        split, name = sounds.VEHICLES.get(sound.index, ("", sounds.slug(sound.credit)))
        file = f"{split}/vehicle/{name}.wav" if split else f"other/{sound.index:02d}-{name}.wav"
        sounds.write_wav(out / file, sound.wave)
        credit_of[file] = sound.credit
    (out / "credits.json").write_text(json.dumps(credit_of, indent=1) + "\n")


def _write_white(out: Path) -> None:
    """White noise, for the arm that shows whether it is the targeting that helps."""
    for index in range(4):
        chance = np.random.Generator(np.random.Philox(index))
        noise = 0.1 * chance.standard_normal(20 * sounds.RATE_HZ)
        sounds.write_wav(out / f"{index}.wav", noise.astype(np.float32))


def _render(pool: Pool, root: Path, clips: Sequence[Clip], out: Path) -> None:
    pool.map(partial(conditions.write_clip, root, out), clips, chunksize=50)


def _facts(
    lang: str, name: str, words: Mapping[str, Mapping[str, str]], versions: Mapping[str, str]
) -> dict[str, Any]:
    """The columns that a prompt gives to every clip made from it."""
    voice, licence, _ = sounds.VOICES[lang]
    package = f"asterisk-core-sounds-{lang}-g722"
    facts = {"speaker": voice, "group": name, "licence": licence}
    if name in words[lang]:
        facts["transcript"] = words[lang][name]
    return facts | {"source": f"{package} {versions[package]}"}


def _train_rows(
    root: Path,
    split_of: Mapping[str, str],
    words: Mapping[str, Mapping[str, str]],
    versions: Mapping[str, str],
) -> Iterator[dict[str, Any]]:
    for lang in LANGUAGES:
        for path in sorted((root / "prompts" / lang).rglob("*.wav")):
            name = path.relative_to(root / "prompts" / lang).with_suffix("").as_posix()
            if split_of[name] != "train" or f"{lang}/{name}" in SAME_RECORDING:
                continue
            place = {"id": f"{lang}/{name}", "path": path.relative_to(root).as_posix()}
            label = {"target": lang, "tags": [CLEAN], "split": "train"}
            yield place | label | _facts(lang, name, words, versions)


def _clip_row(
    clip: Clip, words: Mapping[str, Mapping[str, str]], versions: Mapping[str, str]
) -> dict[str, Any]:
    """A row of dev or test. A clip may be a part of its prompt, so it has no transcript."""
    window = clip.window
    clean = Clip(clip.split, CLEAN, window)
    row: dict[str, Any] = {"id": clip.id, "path": clip.path, "target": window.lang}
    row |= {"tags": [clip.tag], "split": clip.split, "clean_id": clean.id, "clean_path": clean.path}
    row |= _facts(window.lang, window.name, words, versions)
    row["prompt"] = row.pop("transcript", "")
    if clip.tag == conditions.NARROW:
        row["source"] = row["source"].replace("g722", "gsm")
    if clip.vehicle:
        row["source"] += f"; {NOISE_PACKAGE} {versions[NOISE_PACKAGE]}"
        row |= {"noise": clip.vehicle}
    if clip.talkers:
        row |= {"noise": " ".join(talker.id for talker in clip.talkers)}
    return row if clip.snr_db is None else row | {"snr_db": clip.snr_db}


def _attribution(root: Path, versions: Mapping[str, str]) -> str:
    """Who made the sounds and under which licence they come."""
    lines = ["Voice prompts, from the Debian packages asterisk-core-sounds-*", ""]
    for lang, (voice, licence, author) in sounds.VOICES.items():
        version = versions[f"asterisk-core-sounds-{lang}-g722"]
        lines.append(f"{lang}: voice {voice}, recorded by {author}, {licence}, version {version}")
    lines += ["", f"Noise, from the Debian package {NOISE_PACKAGE} {versions[NOISE_PACKAGE]}:"]
    lines += ["the collection is CC-BY-SA-3.0; its recordings are", ""]
    credit_of = json.loads((root / "noise" / "credits.json").read_text())
    lines += [f"{file}: {credit}" for file, credit in sorted(credit_of.items())]
    lines += ["", "Changes: decoded, resampled to 16 kHz, cut to windows, mixed with noise."]
    lines += ["Clips mixed from these keep the licence CC-BY-SA-3.0.", ""]
    return "\n".join(lines)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _write(path: Path, text: str) -> None:
    partial_path = path.with_name(f".{path.name}.partial")
    partial_path.write_text(text, encoding="utf-8")
    partial_path.rename(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fetch and prepare the speech demo's data.")
    parser.add_argument("cache", nargs="?", help="default: ~/.cache/augmentor-demo")
    parser.add_argument("--link", type=Path, help="a name for the folder, as data")
    told = parser.parse_args()
    data = prepare(cache_folder(told.cache))
    if told.link is not None:
        told.link.unlink(missing_ok=True)
        told.link.symlink_to(data.resolve())
