"""Does tuning pay? New examples inside the tuned bands against the recipe's own ranges.

    python -m examples.speech.demo      # first: it leaves the model, its errors and the recipe
    python -m examples.speech.tuned

Both arms get as many new examples and as many optimiser steps, three trainings each, with seeds
that they share; they are compared on test, pair by pair, and trainings count as chance too.
"""

import argparse
import os
import re
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from torch.utils.data import ConcatDataset

import augmentor
from examples.shown import augmentor_says, say, tell
from examples.speech import model
from examples.speech.demo import STEPS, Prompts, Row, predict, read_rows, write_errors
from examples.speech.fetch import cache_folder
from examples.speech.prepare import prepare

WIDE_DB = "[20, -20]"
"""Signal-to-noise ratios from hardly noisy to lost: what tuning may choose from."""
ERROR = 0.3
ARMS = ("default", "tuned")


def main() -> None:
    """Tune, run and train both arms, and compare them."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--demo", type=Path, default=Path("runs/demo"), help="what the demo left")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=STEPS)
    arguments = parser.parse_args()
    demo: Path = arguments.demo
    data = prepare(cache_folder())
    os.environ["SPEECH_MODEL"] = str((demo / "clean.pt").resolve())

    say("1. The bands that are clear and hard, out of wide ranges")
    wide, tuned = demo / "wide.yaml", demo / "tuned.yaml"
    text = (demo / "recipe.yaml").read_text()
    wide.write_text(
        re.sub(r"snr_db: \{uniform: \[[^]]*\]\}", f"snr_db: {{uniform: {WIDE_DB}}}", text)
    )
    began = time.monotonic()
    augmentor_says("tune", str(wide), "-o", str(tuned), "--error", str(ERROR), may_fail=True)
    print(f"tuned in {time.monotonic() - began:.0f} s")

    say("2. As many new examples of each arm")
    recipes = dict(zip(ARMS, (demo / "recipe.yaml", tuned), strict=True))
    runs = {
        arm: augmentor.run(recipe, output=demo, workers=os.cpu_count() or 1, progress=tell)
        for arm, recipe in recipes.items()
    }
    for arm, run in runs.items():
        print(f"{arm}: {run.counts}")

    say(f"3. {arguments.seeds} trainings of each")
    clean = Prompts(read_rows(data / "train.jsonl"), data)
    sets: dict[str, ConcatDataset[Row]] = {
        arm: ConcatDataset([clean, augmentor.RunDataset(run.folder)]) for arm, run in runs.items()
    }
    names = {(arm, seed): demo / f"{arm}-{seed}" for arm in ARMS for seed in range(arguments.seeds)}
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        trained = [
            pool.submit(model.train, sets[arm], arguments.steps, seed, name.with_suffix(".pt"))
            for (arm, seed), name in names.items()
        ]
        for one in trained:
            one.result()

    say("4. Both on test")
    test = read_rows(data / "test.jsonl")
    for name in names.values():
        answers = predict(name.with_suffix(".pt"), test, data)
        write_errors(name.with_suffix(".csv"), test, answers)
    before, after = (
        [str(name.with_suffix(".csv")) for (arm, _), name in names.items() if arm == which]
        for which in ARMS
    )
    sides = [word for table in before for word in ("--before", table)]
    sides += [word for table in after for word in ("--after", table)]
    print("before: the recipe's own ranges; after: the tuned bands")
    augmentor_says("compare", *sides, may_fail=True)


if __name__ == "__main__":
    main()
