"""Does tuning pay? New examples inside the tuned bands against the recipe's own ranges.

    make demo                           # first: it leaves the start's models and their errors
    python -m examples.speech.tuned

Both arms get one round: as many new examples and as many optimiser steps, three trainings each
with seeds that they share. They are compared on test, pair by pair, and trainings count as chance
too.
"""

import argparse
import re
import shutil
from pathlib import Path

from examples.shown import augmentor_says, say

HERE = Path(__file__).resolve().parent
WIDE_DB = "[20, -20]"
"""Signal-to-noise ratios from hardly noisy to lost: what tuning may choose from."""
ERROR = "0.3"
ARMS = ("default", "tuned")


def main() -> None:
    """Tune, do one round of each arm, and compare them."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--demo", type=Path, default=Path("runs/demo"), help="what the demo left")
    parser.add_argument("--out", type=Path, default=Path("runs/tuned"))
    parser.add_argument("--seeds", type=int, default=3)
    told = parser.parse_args()
    start, out = told.demo.resolve() / "rounds/00", told.out
    out.mkdir(parents=True, exist_ok=True)
    own = (HERE / "recipe.yaml").read_text(encoding="utf-8")
    for name in ("data/", "model.py"):
        own = own.replace(f" {name}", f" {HERE / name}{'/' if name.endswith('/') else ''}")

    say("1. The bands that are clear and hard, out of wide ranges")
    wide = re.sub(r"snr_db: \{uniform: \[[^]]*\]\}", f"snr_db: {{uniform: {WIDE_DB}}}", own)
    wide = re.sub(r"audit: \{manifest: [^,]*", f"audit: {{table: {start}/seed-0/dev.jsonl", wide)
    wide = wide.replace("difficulty: {", f"difficulty: {{model_file: {start}/seed-0/model, ")
    alone = re.sub(r"(?m)^(train|predict|loop|  command|  hyperparameters):.*\n", "", wide)
    (out / "wide.yaml").write_text(alone, encoding="utf-8")
    augmentor_says(
        "tune", f"{out}/wide.yaml", "-o", f"{out}/bands.yaml", "--error", ERROR, may_fail=True
    )
    bands = iter(re.findall(r"snr_db: (\{[^}]*\})", (out / "bands.yaml").read_text()))
    tuned = re.sub(r"snr_db: \{[^}]*\}", lambda _: f"snr_db: {next(bands)}", own)

    say(f"2. One round of each, {told.seeds} trainings")
    for arm, text in zip(ARMS, (own, tuned), strict=True):
        (out / f"{arm}.yaml").write_text(text, encoding="utf-8")
        # Both start from the same models; what the demo trained already is not trained again.
        shutil.copytree(start, out / arm / "rounds/00", dirs_exist_ok=True)
        augmentor_says(
            "loop", f"{out}/{arm}.yaml", "-o", f"{out}/{arm}", "--rounds", "1",
            "--seeds", str(told.seeds), "--jobs", "2", may_fail=True,
        )  # fmt: skip

    say("3. Both on test")
    sides = [
        word
        for arm, side in zip(ARMS, ("--before", "--after"), strict=True)
        for seed in range(told.seeds)
        for word in (side, f"{out}/{arm}/rounds/01/seed-{seed}/test.jsonl")
    ]
    print("before: the recipe's own ranges; after: the tuned bands")
    augmentor_says("compare", *sides, may_fail=True)


if __name__ == "__main__":
    main()
