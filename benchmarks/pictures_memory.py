"""Peak memory of whole runs of pictures: the command, its workers and all they share, once."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks.clock import Row

WORKERS = 2
POLL_S = 0.05
MIB = 2**20
RUNS = (("1,000 pictures of 1 megapixel", 1024, 1024, 50, 1000), ("40 of 12", 3000, 4000, 8, 40))


def measure(folder: Path) -> Iterator[Row]:
    """Yield the peak memory and the pictures a second of a run of each size."""
    for name, height_px, width_px, distinct, count in RUNS:
        place = folder / f"{count}"
        recipe = _project(place, height_px, width_px, distinct, count)
        taken, peak = _run(recipe, place / "runs")
        written = sum(1 for _ in (place / "runs").rglob("data/**/*.png"))
        work = f"run of {name}, {WORKERS} workers / peak memory"
        yield Row(work, f"{written / taken:.1f} a second", f"{peak / MIB:,.0f} MiB", None, "stated")


def _project(place: Path, height_px: int, width_px: int, distinct: int, count: int) -> Path:
    """Write a folder of pictures, each listed some times, and a recipe of three defects."""
    (place / "parts").mkdir(parents=True)
    chance = np.random.Generator(np.random.Philox(key=3))
    for number in range(distinct):
        rough = chance.standard_normal((height_px, width_px), np.float32)
        light = 140 + 30 * cv2.GaussianBlur(rough, (51, 1), 8) + 2 * rough
        pixels = np.clip(light[:, :, np.newaxis] * (1, 1, 0.97), 0, 255).astype(np.uint8)
        assert cv2.imwrite(str(place / f"parts/{number}.png"), pixels)
    rows = [
        {"id": f"part-{number}", "path": f"parts/{number % distinct}.png", "target": "good"}
        for number in range(count)
    ]
    (place / "parts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    defects = "".join(
        f"  {name}:\n    target: {name}\n    steps:\n      - {name}\n"
        for name in ("scratch", "dent", "pit_mark")
    )
    recipe = place / "recipe.yaml"
    recipe.write_text(
        "augmentor: 1\nname: parts\nsource: {manifest: parts.jsonl, kind: picture}\n"
        f"budget: {count}\ncategories:\n{defects}"
    )
    return recipe


def _run(recipe: Path, output: Path) -> tuple[float, int]:
    """Run a recipe in a process of its own; return its seconds and its peak memory in bytes."""
    command = [sys.executable, "-m", "augmentor", "run", str(recipe), "-o", str(output)]
    began, peak = time.perf_counter(), 0
    command += ["--workers", str(WORKERS)]
    told = output.with_suffix(".log")
    with (
        told.open("w") as log,
        subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT) as one,
    ):
        while one.poll() is None:
            peak = max(peak, sum(_memory(number) for number in _tree(one.pid)))
            time.sleep(POLL_S)
    if one.returncode:
        raise SystemExit(told.read_text())
    return time.perf_counter() - began, peak


def _tree(number: int) -> Iterator[int]:
    """Yield a process and all below it."""
    yield number
    for children in Path(f"/proc/{number}/task").glob("*/children"):
        try:
            below = children.read_text().split()
        except OSError:  # it has ended
            continue
        for child in below:
            yield from _tree(int(child))


def _memory(number: int) -> int:
    """Return the bytes of a process; pages that several share count in parts that sum to one."""
    try:
        lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
