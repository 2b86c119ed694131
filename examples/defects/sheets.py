"""Every defect on several surfaces: are its labels true, and does it fool you?

    python -m examples.defects.sheets

Each operator is drawn 200 times with its default ranges on brushed metal, on textures and
photographs of scikit-image, and on solar cells. For every draw it is counted whether the mask is
what changed, and what the gate says; and a sheet of the first that passed is written, at 1:1,
before above after, to be judged by eye.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

from augmentor.core.example import Example, Facts, Label
from augmentor.core.operator import Edit, Operator, apply
from augmentor.core.pictures import Image, Instances
from augmentor.core.stream import Stream
from augmentor.gate.checklist import Checklist
from augmentor.gate.checks import Trial
from augmentor.operators.defects.crack import Crack
from augmentor.operators.defects.dent import Dent
from augmentor.operators.defects.discoloration import Discoloration
from augmentor.operators.defects.pit_mark import PitMark
from augmentor.operators.defects.scratch import Scratch

OPERATORS: tuple[type[Operator], ...] = (Scratch, Crack, Dent, PitMark, Discoloration)
CROP_PX = 96
ACROSS = 12
Pixels = NDArray[Any]


def surfaces() -> Iterator[tuple[str, Pixels]]:
    """Yield names and pictures, grey or red, green, blue."""
    chance = np.random.Generator(np.random.Philox(7))
    grain = cv2.GaussianBlur(chance.standard_normal((512, 900)), (0, 0), 40, sigmaY=0.6)[:, 200:712]
    light = 150 + 25 * grain / grain.std() * 0.6 + np.linspace(-15, 15, 512)
    metal = np.clip(light[:, :, None] * np.array([1.0, 0.99, 0.96]), 0, 255)
    yield "brushed metal", metal.round().astype(np.uint8)
    for name in ("brick", "gravel", "grass"):
        yield name, np.asarray(getattr(skimage.data, name)())
    yield "coffee", np.asarray(skimage.data.coffee())
    yield from _cells()


def _cells() -> Iterator[tuple[str, Pixels]]:
    """Yield a good cell of each type, where the package is installed."""
    from examples.solar_cells import cells

    for kind in ("mono", "poly"):
        good = [row for row in cells.read_cells() if row["target"] == "good"]
        yield f"{kind} cell", cells.pixels_of(next(row for row in good if row["kind"] == kind))


def draw(operator: type[Operator], pixels: Pixels, number: int) -> Trial:
    """Return one defect on a picture, beside the picture without it."""
    height, width = pixels.shape[:2]
    facts = Facts("parent", width_px=width, height_px=height)
    targets = {"image": Image(pixels), "instances": Instances(), "target": Label("good")}
    parent = Example(facts, targets)
    stream = Stream(1).at("sheet", facts.id, number, 0, "step")
    edit = Edit("step", operator.name, operator().draw(facts, stream))
    return Trial(parent, apply(operator, parent, edit, {}))


def counted(
    operator: type[Operator], pixels: Pixels, runs: int
) -> tuple[Counter[str], list[Trial]]:
    """Return what came of some draws: pixels, masks, verdicts; and those that passed."""
    checklist = Checklist.of({}, [operator], Image)
    counts: Counter[str] = Counter()
    passed = []
    for number in range(runs):
        trial = draw(operator, pixels, number)
        before, after = trial.pictures
        differs = before != after
        changed = differs if differs.ndim == 2 else differs.any(axis=2)
        mask = np.zeros(changed.shape, np.bool_)
        for one in trial.made:
            mask |= one.drawn(*changed.shape)
        counts["changed"] += int(changed.sum())
        counts["outside"] += int((changed & ~mask).sum())
        counts["marked"] += int(mask.sum())
        counts["idle"] += int((mask & ~changed).sum())
        failed = [one for one in checklist.judge(trial) if one.outcome == "fail"]
        counts["buried"] += any(one.check.startswith("defect_contrast") for one in failed)
        counts["rejected"] += bool(failed)
        if not failed:
            passed.append(trial)
            counts["passed, empty"] += not mask.any()
    return counts, passed


def sheet(passed: list[Trial]) -> Pixels:
    """Return crops at 1:1 of some defects, from mild to harsh: before above after."""
    passed = sorted(passed, key=lambda trial: abs(float(str(trial.child.notes[0]["contrast"]))))
    places = np.linspace(0, len(passed) - 1, min(ACROSS, len(passed))).round().astype(int)
    columns = []
    for trial in (passed[place] for place in places):
        left, top, right, bottom = trial.made[0].box_px
        height, width = trial.pictures[0].shape[:2]
        x = int(np.clip((left + right - CROP_PX) / 2, 0, max(0, width - CROP_PX)))
        y = int(np.clip((top + bottom - CROP_PX) / 2, 0, max(0, height - CROP_PX)))
        pair = [one[y : y + CROP_PX, x : x + CROP_PX] for one in trial.pictures]
        pair = [np.repeat(one[:, :, None], 3, axis=2) if one.ndim == 2 else one for one in pair]
        columns.append(np.pad(np.vstack(pair), ((2, 2), (2, 2), (0, 0)), constant_values=255))
    return np.hstack(columns)


def main() -> None:
    """Count, print one row for each operator and surface, and write the sheets."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path("runs/defects"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    grounds = list(surfaces())
    head = ("outside %", "idle %", "buried, rejected", "other rejects", "passed", "of them empty")
    print(f"{'operator':<15}{'surface':<15}" + "".join(f"{one:>18}" for one in head))
    for operator in OPERATORS:
        strips = []
        for name, pixels in grounds:
            found, passed = counted(operator, pixels, arguments.runs)
            outside = 100 * found["outside"] / max(1, found["changed"])
            idle = 100 * found["idle"] / max(1, found["marked"])
            rest = found["rejected"] - found["buried"]
            numbers = (found["buried"], rest, len(passed), found["passed, empty"])
            cells = f"{outside:>18.2f}{idle:>18.2f}" + "".join(f"{one:>18}" for one in numbers)
            print(f"{operator.key():<15}{name:<15}{cells}", flush=True)
            if passed:
                strips.append(sheet(passed))
        wide = max(one.shape[1] for one in strips)
        rows = [np.pad(one, ((0, 8), (0, wide - one.shape[1]), (0, 0)), constant_values=255)
                for one in strips]  # fmt: skip
        path = arguments.out / f"{operator.key()}.png"
        cv2.imwrite(str(path), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))
    print(f"\nsheets at 1:1, mild to harsh, before above after: {arguments.out}")


if __name__ == "__main__":
    main()
