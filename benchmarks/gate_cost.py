"""What the cheap checks add to a run on one core, and what each costs by the run's own record."""

import json
import math
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import soundfile

import augmentor
from augmentor.core.example import Waveform
from augmentor.core.pictures import Image
from augmentor.gate.checks import checks
from benchmarks.clock import Row
from benchmarks.sounds import RATE_HZ, folder_of_noise, noise

CLIPS, PICTURES = 400, 120
TURNS = 10
SIDE_PX = 512
MOST = 1.25
"""Times as long as without a gate, at most."""

_STEPS = {
    "sound": "mix_noise: {noise: {pick: noise}, snr_db: {uniform: [15, 0]}}",
    "picture": "scratch: {contrast_frac: {uniform: [0.3, 0.6]}}",
}


def measure(folder: Path) -> Iterator[Row]:
    """Yield CPU seconds a run, without and with the checks that a recipe asks by default.

    Of the processor, as all is done in one process: other work on the machine does not count.
    """
    for seconds_each in (3, 10):
        place = folder / f"{seconds_each}s"
        place.mkdir()
        rows = _sounds(place, seconds_each)
        work = f"run of {CLIPS} clips of {seconds_each} s, with the gate / without"
        yield _compared(place, rows, "sound", work)
    place = folder / "pictures"
    place.mkdir()
    work = f"run of {PICTURES} scratches on {SIDE_PX} px, with the gate / without"
    yield _compared(place, _pictures(place), "picture", work)


def _sounds(folder: Path, seconds_each: int) -> list[dict[str, str]]:
    (folder / "speech").mkdir()
    folder_of_noise(folder / "noise", "wav", count=20, seconds=30)
    rows = []
    for index in range(CLIPS):
        path = f"speech/{index}.wav"
        soundfile.write(folder / path, noise(seconds_each, index), RATE_HZ, subtype="PCM_16")
        rows.append({"id": str(index), "path": path, "target": "x"})
    return rows


def _pictures(folder: Path) -> list[dict[str, str]]:
    rows = []
    for index in range(PICTURES):
        chance = np.random.Generator(np.random.Philox(index))
        rough = cv2.GaussianBlur(chance.normal(0, 30, (SIDE_PX, SIDE_PX, 3)), (0, 0), 1.5)
        picture = np.clip(np.rint(140 + rough), 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / f"{index}.png"), picture)
        rows.append({"id": str(index), "path": f"{index}.png", "target": "good"})
    return rows


def _compared(folder: Path, rows: list[dict[str, str]], kind: str, work: str) -> Row:
    """Return the row of one kind of work: the same run with and without a gate, turn by turn."""
    (folder / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    known = checks(Image if kind == "picture" else Waveform)
    off = {
        name: ", ".join(f"{one.key}: null" for one in known.values() if one.question == name)
        for name in ("realism", "clarity")
    }
    gates = {
        "without": f"{{realism: {{{off['realism']}}}, clarity: {{{off['clarity']}}}}}",
        "with": "{}",
    }
    for name, gate in gates.items():
        (folder / f"{name}.yaml").write_text(_recipe(kind, name, gate, len(rows)))

    def run(name: str) -> Path:
        recipe = folder / f"{name}.yaml"
        return augmentor.run(recipe, output=folder / "runs", workers=0).folder

    found = dict.fromkeys(gates, math.inf)
    for turn in range(TURNS + 1):  # the first measures the sources: it does not count
        shutil.rmtree(folder / "runs", ignore_errors=True)
        for name, best in found.items():
            began = time.process_time()
            run(name)
            if turn:
                found[name] = min(best, time.process_time() - began)
    shutil.rmtree(folder / "runs")
    _print_cost(run("with"))
    ratio = found["with"] / found["without"]
    return Row(
        f"{work} (longer by {ratio - 1:.0%})", f"{found['with']:.2f} s",
        f"{found['without']:.2f} s", 1 / ratio, f">= {1 / MOST:.2f}",
    )  # fmt: skip


def _recipe(kind: str, name: str, gate: str, budget: int) -> str:
    source = "kind: picture" if kind == "picture" else f"sample_rate: {RATE_HZ}"
    banks = "" if kind == "picture" else "banks: {noise: noise}\n"
    target = "    target: scratch\n" if kind == "picture" else ""
    return (
        f"augmentor: 1\nname: {name}\nsource: {{manifest: train.jsonl, {source}}}\n{banks}"
        f"budget: {budget}\ngate: {gate}\nmix: {{model_fits: yes}}\n"
        f"categories:\n  made:\n{target}    steps: [{{{_STEPS[kind]}}}]\n"
    )


def _print_cost(folder: Path) -> None:
    """Print what the run says that each check cost; to stderr, beside the table."""
    cost = json.loads((folder / "dataset.json").read_text())["cost"]
    for name, one in cost.items():
        sys.stderr.write(
            f"    {name}: {one['ms_each']:.3f} ms, {one['share_frac']:.1%} of making\n"
        )
