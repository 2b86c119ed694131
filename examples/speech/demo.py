"""The whole loop on real speech: a model's worst categories rise, by better data alone.

    python -m examples.speech.demo

Which language is this prompt in? A small model is trained on clean prompts. Its errors on dev
say what to work on; a recipe makes new examples of that; the model is trained again with them,
and compared on test, pair by pair. A second arm gets as many new examples with white noise, to
show that it is the targeting that helps. All arms take the same number of optimiser steps.
"""

import argparse
import csv
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch
from torch.utils.data import ConcatDataset, Dataset

import augmentor
from augmentor.api.pages import write_loop_page
from examples.shown import augmentor_says, say, tell
from examples.speech import model, sounds
from examples.speech.fetch import cache_folder
from examples.speech.prepare import prepare

Row = dict[str, Any]

STEPS = 640
SEED = 0
BUDGET = 1200
MARGIN = 0.02
"""How far clean may fall: two points."""


class Prompts(Dataset[Row]):
    """The clips of a manifest, kept in memory."""

    def __init__(self, rows: Sequence[Row], folder: Path) -> None:
        self.rows = rows
        self.waves = [sounds.read_wav(folder / row["path"]) for row in rows]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Row:
        return {"wave": torch.from_numpy(self.waves[index]), "target": self.rows[index]["target"]}


def main() -> None:
    """Run the demo; every step of augmentor is the command a user would type."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/demo"))
    parser.add_argument("--cache", help="where the sounds are kept; default: ~/.cache")
    arguments = parser.parse_args()
    began = time.monotonic()
    say("1. Real speech and real noise, from Debian's packages")
    data = prepare(cache_folder(arguments.cache))
    loop(data, arguments.out, began)


def loop(data: Path, out: Path, began: float) -> None:
    """Audit, plan, run, train and compare, once."""
    out.mkdir(parents=True, exist_ok=True)
    train, dev, test = (read_rows(data / f"{split}.jsonl") for split in ("train", "dev", "test"))
    clean = Prompts(train, data)

    say(f"2. A model trained on {len(clean):,} clean prompts, and its errors on dev")
    first = fit(clean, out / "clean.pt")
    write_errors(out / "dev.csv", dev, predict(first, dev, data), clean_counterpart=True)

    say("3. What is worth fixing: gap to the same clips clean x share of the data")
    augmentor_says("audit", f"{out}/dev.csv")

    say("4. A first recipe for the worst categories, and its run")
    os.environ["SPEECH_MODEL"] = str(first.resolve())
    recipe = out / "recipe.yaml"
    augmentor_says(
        "recipe", "new", f"{out}/dev.csv", "--name", "voice-prompts", "--budget", str(BUDGET),
        "--source", f"{data}/train.jsonl", "--bank", f"vehicle noise={data}/noise/train",
        "--model", "examples.speech.model:predict", "-o", str(recipe),
    )  # fmt: skip
    run = augmentor.run(recipe, output=out, workers=os.cpu_count() or 1, progress=tell)
    sys.stderr.write(f"{run.counts}; gate: {json.dumps(run.gate, indent=1)}\n")

    say("5. Train again: clean + new, as many steps. And with as much white noise, untargeted")
    white = augmentor.run(white_recipe(data, out, run.counts["done"]), workers=2, progress=tell)
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        retrained = {
            arm: pool.submit(fit, ConcatDataset([clean, augmentor.RunDataset(folder)]), out / name)
            for arm, folder, name in (
                ("targeted", run.folder, "targeted.pt"),
                ("white noise", white.folder, "white.pt"),
            )
        }
        models = {"clean": first} | {arm: one.result() for arm, one in retrained.items()}

    say("6. Before and after on test, pair by pair")
    answers = {arm: predict(path, test, data) for arm, path in models.items()}
    tables = {arm: out / f"test-{arm.replace(' ', '-')}.csv" for arm in models}
    for arm, path in tables.items():
        write_errors(path, test, answers[arm])
    compared = {
        arm: augmentor.compare_tables(tables["clean"], path, margin=MARGIN)
        for arm, path in tables.items()
        if arm != "clean"
    }
    augmentor_says("compare", str(tables["clean"]), str(tables["targeted"]), may_fail=True)
    page = write_loop_page(run.folder, compared, out)
    result = summary(test, answers, time.monotonic() - began)
    (out / "result.json").write_text(json.dumps(result, indent=2) + "\n")
    print_result(result)
    print("Each language has one voice, and English and Spanish share theirs: language and voice")
    print("are confounded here, so this is a demonstration of the loop, not of language learning.")
    print(f"\nreport: {page}   result: {out}/result.json   {result['seconds']:.0f} s")


def fit(dataset: "Dataset[Row]", out: Path) -> Path:
    """Train the model for the same number of steps, whatever the dataset."""
    started = time.monotonic()
    model.train(dataset, STEPS, SEED, out)
    sys.stderr.write(f"trained {out} in {time.monotonic() - started:.0f} s\n")
    return out


def predict(path: Path, rows: Sequence[Row], folder: Path) -> dict[str, str]:
    """Return the model's answer for each clip, by id."""
    os.environ["SPEECH_MODEL"] = str(path.resolve())
    waves = [sounds.read_wav(folder / row["path"]) for row in rows]
    answers = model.predict(waves, model.RATE_HZ)
    return {row["id"]: answer for row, answer in zip(rows, answers, strict=True)}


def write_errors(
    path: Path, rows: Sequence[Row], answers: Mapping[str, str], *, clean_counterpart: bool = False
) -> None:
    """Write an error table; with the answers to the same clips clean, as what could be reached."""
    names = ["id", "target", "prediction", "tags", "group"]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*names, "clean_prediction"] if clean_counterpart else names)
        for row in rows:
            cells = [row["id"], row["target"], answers[row["id"]], ";".join(row["tags"])]
            cells.append(row["group"])
            if clean_counterpart:
                cells.append(answers[row["clean_id"]])
            writer.writerow(cells)


def white_recipe(data: Path, out: Path, budget: int) -> Path:
    """Write the other arm's recipe: as many new examples, with white noise at the same SNRs."""
    bank = out / "white"
    bank.mkdir(exist_ok=True)
    for index in range(4):
        chance = np.random.Generator(np.random.Philox(index))
        noise = 0.1 * chance.standard_normal(20 * model.RATE_HZ)
        soundfile.write(bank / f"{index}.wav", noise, model.RATE_HZ, subtype="PCM_16")
    recipe = out / "white.yaml"
    recipe.write_text(
        "augmentor: 1\nname: white-noise\nseed: 1\n"
        f"source: {{manifest: {data}/train.jsonl, sample_rate: {model.RATE_HZ}}}\n"
        f"banks: {{white: white}}\nbudget: {budget}\noutput: {{folder: .}}\n"
        "categories:\n  white noise:\n    steps:\n"
        "      - mix_noise: {noise: {pick: white}, snr_db: {uniform: [15, -5]}}\n"
    )
    return recipe


def summary(
    rows: Sequence[Row], answers: Mapping[str, Mapping[str, str]], seconds: float
) -> dict[str, Any]:
    """Return accuracy per arm and tag, and how many clips each tag has."""
    tags = sorted({tag for row in rows for tag in row["tags"]})
    having = {tag: [row for row in rows if tag in row["tags"]] for tag in tags}
    arms = {
        arm: {
            tag: float(np.mean([given[row["id"]] == row["target"] for row in having[tag]]))
            for tag in tags
        }
        for arm, given in answers.items()
    }
    counts = {tag: len(having[tag]) for tag in tags}
    return {"arms": arms, "n": counts, "seconds": round(seconds, 1)}


def print_result(result: Mapping[str, Any]) -> None:
    """Print the one table: accuracy on test, per tag, before and after, both arms."""
    arms = result["arms"]
    print(f"\n{'accuracy on test, %':<22}{'n':>6}" + "".join(f"{arm:>14}" for arm in arms))
    for tag, n in result["n"].items():
        cells = "".join(f"{100 * arms[arm][tag]:>14.1f}" for arm in arms)
        print(f"{tag:<22}{n:>6}{cells}")
    print()


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a manifest."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()
