"""A batch run and the on-line dataset, beside the bare work they cannot do without."""

import json
import math
import multiprocessing
import os
import random
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import soundfile

import augmentor
from augmentor.api.planning import measurer
from augmentor.core.example import Waveform
from augmentor.core.stream import Stream
from augmentor.files.atomic import write_bytes
from augmentor.files.audio import read_sound, rounded_to_pcm16, to_pcm16, wav_parts
from augmentor.kernels.mix import add_at_snr
from augmentor.recipe.planner import draw_edits
from augmentor.recipe.renderer import read_parent
from augmentor.sources.bank import Bank
from benchmarks.clock import Row, seconds
from benchmarks.sounds import RATE_HZ, folder_of_noise, noise

CLIPS = 1000
WORKERS = 2
TURNS = 5
CHECKS = ("peak", "clipped_run_s", "clipped_frac", "silence_frac", "bandwidth_frac", "snr_error_db")


def measure(folder: Path) -> Iterator[Row]:
    """Yield seconds a run, and microseconds an on-line example."""
    for seconds_each in (3, 10):
        place = folder / f"{seconds_each}s"
        place.mkdir()
        yield from _run(place, _project(place, seconds_each), seconds_each)
    yield from _online(folder / "3s" / "recipe.yaml")


def _project(folder: Path, seconds_each: int) -> Path:
    sounds = folder / "speech"
    sounds.mkdir()
    rows = []
    for index in range(CLIPS):
        soundfile.write(
            sounds / f"{index}.wav", noise(seconds_each, index), RATE_HZ, subtype="PCM_16"
        )
        rows.append({"id": str(index), "path": f"speech/{index}.wav", "target": "x"})
    (folder / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    folder_of_noise(folder / "noise", "wav", count=20, seconds=30)
    off = ", ".join(f"{name}: null" for name in (*CHECKS, "same_as_parent"))
    recipe = folder / "recipe.yaml"
    recipe.write_text(
        "augmentor: 1\nname: bench\nsource: {manifest: train.jsonl, sample_rate: 16000}\n"
        f"banks: {{noise: noise}}\nbudget: {CLIPS}\ngate: {{realism: {{{off}}}}}\n"
        "categories:\n  noisy:\n    steps:\n"
        "      - mix_noise: {noise: {pick: noise}, snr_db: {uniform: [15, 0]}}\n"
    )
    return recipe


def _one(bank: Bank, out: Path, path: Path) -> None:
    """Read, mix and write one clip with our own functions, and nothing else."""
    samples, rate_hz = read_sound(path)
    tape = bank.load(bank.at(Stream(1).at(path.name).unit()))
    speech = Waveform(samples[:, 0], rate_hz, -26.0, 0.3)
    mixed, _notes = add_at_snr(speech, noise=tape, snr_db=8.0)
    write_bytes(out / path.name, *wav_parts(to_pcm16(mixed.samples), rate_hz), durable=False)


def _plain(noise_path: Path, out: Path, path: Path) -> None:
    """Do the same as one writes it by hand: soundfile, numpy, no bank and no speech level."""
    speech, rate_hz = soundfile.read(path, dtype="float32")
    start = random.Random(path.name).randrange(20 * RATE_HZ)
    tape, _ = soundfile.read(noise_path, len(speech), start, dtype="float32")
    level = np.sqrt(np.mean(np.square(speech)) / np.mean(np.square(tape)) / 10**0.8)
    mixed = speech + level * tape
    soundfile.write(out / path.name, mixed / max(1.0, np.abs(mixed).max()), rate_hz)


def _run(folder: Path, recipe: Path, seconds_each: int) -> Iterator[Row]:
    loaded = augmentor.load_recipe(recipe)
    measurer(loaded, WORKERS)(loaded.sources)  # measured once, kept with the digest
    bank = Bank("noise", folder / "noise", RATE_HZ, folder / "banks")
    bank.packed()
    paths = [source.path for source in loaded.sources]

    def ours() -> None:
        augmentor.run(recipe, output=folder / "runs", workers=WORKERS)

    def pooled(work: Callable[[Path], None]) -> None:
        (folder / "bare").mkdir()
        with multiprocessing.get_context("fork").Pool(WORKERS) as pool:
            pool.map(work, paths, chunksize=16)

    noise_path = next((folder / "noise").glob("*.wav"))
    ways = {
        "ours": ours,
        "bare": lambda: pooled(partial(_one, bank, folder / "bare")),
        "plain": lambda: pooled(partial(_plain, noise_path, folder / "bare")),
    }
    found = dict.fromkeys(ways, math.inf)
    for _turn in range(TURNS):
        for name, way in ways.items():
            for made in ("runs", "bare"):  # not a part of the work
                shutil.rmtree(folder / made, ignore_errors=True)
            os.sync()
            found[name] = min(found[name], seconds({name: way}, turns=1, warm=0)[name])
    peers = {"bare": "bare pool of our own kernels", "plain": "pool with soundfile and numpy"}
    for peer, words in peers.items():
        yield Row(
            f"run of {CLIPS} clips of {seconds_each} s, gate off / {words}",
            f"{found['ours']:.2f} s", f"{found[peer]:.2f} s", found[peer] / found["ours"],
            ">= 0.67",
        )  # fmt: skip


def _online(recipe: Path) -> Iterator[Row]:
    from augmentor.datasets.online import AugmentedDataset  # torch has no part in a run

    dataset = AugmentedDataset(None, recipe, share=1.0, gate=False)
    category = dataset.recipe.categories["noisy"]
    # Few examples and many turns: the least time of each is what the work takes undisturbed.
    edits = [
        (source, draw_edits(dataset.recipe, category, source.facts, 0, 0)[0])
        for source in dataset.sources[:50]
    ]
    bank = dataset.recipe.banks["noise"]

    def ours() -> None:
        for index in range(len(edits)):
            dataset[index]

    def bare() -> None:
        for source, edit in edits:
            wave = read_parent(dataset.recipe, source).targets["wave"]
            tape = bank.load(edit.params["noise"])
            rounded_to_pcm16(add_at_snr(wave, noise=tape, snr_db=edit.params["snr_db"])[0].samples)

    found = seconds({"ours": ours, "bare": bare}, turns=160)
    us = {name: 1e6 * taken / len(edits) for name, taken in found.items()}
    yield Row(
        "on-line example of 3 s / reading + kernels alone", f"{us['ours']:.0f} us",
        f"{us['bare']:.0f} us", us["bare"] / us["ours"],
        f"adds <= 50 us: {us['ours'] - us['bare']:.0f}",
    )  # fmt: skip
