"""The whole loop on real pictures: few real defects, many good cells, a model's worst category.

    python -m examples.solar_cells.demo

Is this solar cell defective? A small model learns from 40 real defects and some 600 good cells.
Its errors on dev say what to work on; a recipe draws cracks on good mono-crystalline cells; the
model is trained again with them, and compared on test, pair by pair, over several seeds. A
second arm gets as many new examples too: the real defects, turned and lit otherwise, aimed at
nothing. All arms take the same number of optimiser steps. Each type of cell has a threshold of
its own, at which one good dev cell in ten is rejected, so that escapes can be compared.
"""

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch

import augmentor
from augmentor.api.pages import write_loop_page
from examples.shown import augmentor_says, say, tell
from examples.solar_cells import cells, model

STEPS = 300
SEEDS = (0, 1)
OVERKILL = 0.10
WANTED = 0.95
"""Of every kind of cell, right: what the plant asks of an inspector."""
HERE = Path(__file__).parent

Part = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""Prepared pictures, whether each is defective, and whether augmentor made it."""


def main() -> None:
    """Run the demo; every step of augmentor is the command a user would type."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/solar_cells"))
    out = parser.parse_args().out
    began = time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    say("1. Real cells, and who of them may learn, choose, and judge")
    parts = cells.split(cells.read_cells())
    cells.tag(parts)
    for name, rows in parts.items():
        cells.write_manifest(out / f"{name}.jsonl", rows)
        bad = sum(row["target"] == cells.DEFECTIVE for row in rows)
        print(f"{name}: {len(rows)} cells, {bad} of them defective")
    real = load(parts["train"])
    loop(parts, real, out, began)


def loop(parts: dict[str, list[cells.Row]], real: Part, out: Path, began: float) -> None:
    """Audit, plan, run, train and compare, once."""
    judges = {name: load(parts[name]) for name in ("dev", "test")}
    say(f"2. A model trained on {int(real[1].sum())} real defects, and its errors on dev")
    train_all({"real": real}, out)
    tables = {"real": judge("real", parts, judges, out)}
    shutil.copy(out / "real-0-dev.csv", out / "dev.csv")
    write_baseline(out / "baseline.csv")

    say("3. What is worth fixing: gap to what is asked x share of the data")
    augmentor_says("audit", f"{out}/dev.csv", "--baseline", f"{out}/baseline.csv")

    say("4. A recipe for the worst category that can be drawn, and its run")
    os.environ["SOLAR_MODEL"] = str((out / "real-0.pt").resolve())
    shutil.copy(HERE / "recipe.yaml", out / "recipe.yaml")
    augmentor_says("plan", f"{out}/recipe.yaml")
    targeted = augmentor.run(out / "recipe.yaml", output=out, workers=2, progress=tell)
    sys.stderr.write(f"{targeted.counts}; gate: {json.dumps(targeted.gate, indent=1)}\n")
    write_copies(out, targeted.counts["done"])
    copies = augmentor.run(out / "copies.yaml", output=out, workers=2, progress=tell)

    say("5. Train again: real + drawn cracks; and real + as many copies; as many steps")
    arms = {
        "targeted": joined(real, stored(targeted.folder)),
        "copies": joined(real, stored(copies.folder)),
    }
    train_all(arms, out)
    tables |= {arm: judge(arm, parts, judges, out) for arm in arms}

    say("6. Before and after on test, pair by pair")
    compared = {
        arm: augmentor.compare_tables(tables["real"], tables[arm], targets=["mono defect"])
        for arm in arms
    }
    befores = [f"--before={path}" for path in tables["real"]]
    afters = [f"--after={path}" for path in tables["targeted"]]
    augmentor_says("compare", *befores, *afters, "--target", "mono defect", may_fail=True)
    page = write_loop_page(targeted.folder, compared, out)
    result = summary(parts["test"], out) | {"seconds": round(time.monotonic() - began, 1)}
    (out / "result.json").write_text(json.dumps(result, indent=2) + "\n")
    print_result(result)
    print(f"\nreport: {page}   result: {out}/result.json   {result['seconds']:.0f} s")


def load(rows: Sequence[cells.Row]) -> Part:
    """Return some cells as the model sees them, and which are defective."""
    bad = torch.tensor([row["target"] == cells.DEFECTIVE for row in rows])
    pictures = model.prepared([cells.pixels_of(row) for row in rows])
    return pictures, bad, torch.zeros_like(bad)


def stored(folder: Path) -> Part:
    """Return the new examples of a run as the model sees them."""
    items = list(augmentor.RunDataset(folder, dtype=torch.uint8))
    bad = torch.tensor([item["target"] == cells.DEFECTIVE for item in items])
    pictures = model.prepared([item["image"][0].numpy() for item in items])
    return pictures, bad, torch.ones_like(bad)


def joined(first: Part, second: Part) -> Part:
    """Return two sets of pictures as one."""
    pictures, bad, new = (torch.cat([a, b]) for a, b in zip(first, second, strict=True))
    return pictures, bad, new


def train_all(arms: Mapping[str, Part], out: Path) -> None:
    """Train every arm with every seed, two at a time."""
    began = time.monotonic()
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        waiting = [
            pool.submit(model.train, *part, STEPS, seed, out / f"{arm}-{seed}.pt")
            for arm, part in arms.items()
            for seed in SEEDS
        ]
        for one in waiting:
            one.result()
    sys.stderr.write(f"trained {len(waiting)} models in {time.monotonic() - began:.0f} s\n")


def judge(
    arm: str, parts: Mapping[str, Sequence[cells.Row]], judges: Mapping[str, Part], out: Path
) -> list[Path]:
    """Write what each model of an arm says of dev and test; return the tables of test."""
    for seed in SEEDS:
        path = out / f"{arm}-{seed}.pt"
        said = {name: np.array(model.scores(judges[name][0], path)) for name in judges}
        good = ~judges["dev"][1].numpy()
        kinds = np.array([row["kind"] for row in parts["dev"]])
        thresholds = {
            kind: float(np.quantile(said["dev"][good & (kinds == kind)], 1 - OVERKILL))
            for kind in ("mono", "poly")
        }
        both = float(np.quantile(said["dev"][good], 1 - OVERKILL))
        path.with_suffix(".threshold").write_text(repr(both))  # the gate knows no type
        for name, scores in said.items():
            table = out / f"{arm}-{seed}-{name}.csv"
            cells.write_errors(table, parts[name], scores, thresholds)
    return [out / f"{arm}-{seed}-test.csv" for seed in SEEDS]


def write_baseline(path: Path) -> None:
    """Write what is asked of every kind of cell."""
    tags = [f"{kind} {what}" for kind in ("mono", "poly") for what in ("defect", "good")]
    rows = [f"{tag},{WANTED},the plant's demand\n" for tag in tags]
    path.write_text("tag,baseline,source\n" + "".join(rows))


def write_copies(out: Path, budget: int) -> None:
    """Write the other arm's recipe: as many new examples."""
    text = (HERE / "copies.yaml").read_text().replace("budget: 400", f"budget: {budget}")
    (out / "copies.yaml").write_text(text)


def summary(rows: Sequence[cells.Row], out: Path) -> dict[str, Any]:
    """Return AUC and the share of defects found, per arm and seed, by type of cell."""
    found: dict[str, Any] = {}
    for arm in ("real", "targeted", "copies"):
        for seed in SEEDS:
            lines = (out / f"{arm}-{seed}-test.csv").read_text().splitlines()[1:]
            said = [line.split(",") for line in lines]
            for kind in ("mono", "poly"):
                here = [one for one, row in zip(said, rows, strict=True) if row["kind"] == kind]
                bad = np.array([one[1] == cells.DEFECTIVE for one in here])
                score = np.array([float(one[3]) for one in here])
                right = np.array([one[1] == one[2] for one in here])
                found.setdefault(arm, {}).setdefault(kind, []).append(
                    {"auc": auc(score, bad), "found": float(right[bad].mean()),
                     "overkill": float(1 - right[~bad].mean())}
                )  # fmt: skip
    counts = {
        kind: sum(row["kind"] == kind and row["target"] == cells.DEFECTIVE for row in rows)
        for kind in ("mono", "poly")
    }
    return {"arms": found, "defects": counts}


def auc(score: np.ndarray, bad: np.ndarray) -> float:
    """Return how often a defective cell scores above a good one."""
    above = (score[bad][:, None] > score[~bad]).mean()
    return float(above + (score[bad][:, None] == score[~bad]).mean() / 2)


def print_result(result: Mapping[str, Any]) -> None:
    """Print the one table: on test, over the seeds, by arm."""
    print(f"\non test, {len(SEEDS)} seeds      " + "".join(f"{arm:>22}" for arm in result["arms"]))
    for kind, n in result["defects"].items():
        for name, label in (("auc", "AUC"), ("found", "found"), ("overkill", "overkill")):
            cell = []
            for arm in result["arms"].values():
                values = [100 * seed[name] for seed in arm[kind]]
                cell.append(f"{np.mean(values):8.1f} ({', '.join(f'{one:.1f}' for one in values)})")
            what = f"{kind}, {label} %" + (f" of {n}" if name == "found" else "")
            print(f"{what:<22}" + "".join(f"{one:>22}" for one in cell))


if __name__ == "__main__":
    main()
