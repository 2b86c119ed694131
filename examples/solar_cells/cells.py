"""Real pictures of solar cells, and who of them may learn, choose, and judge.

The package `elpv-dataset` holds 2,624 electroluminescence pictures of 300 x 300 px with the
experts' probability of a defect and the type of the cell (Buerhop-Lutz et al. 2018; Deitsch
et al. 2019; CC BY-NC-SA 4.0). Nothing of it is copied: manifests point into the package.
"""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np

Row = dict[str, Any]

GOOD, DEFECTIVE = "good", "defective"
REAL_DEFECTS = 40
"""Few, as in a factory that makes good cells."""
LICENCE = "CC BY-NC-SA 4.0, elpv-dataset"


def read_cells() -> list[Row]:
    """Return a row for each cell that is certainly good or likely defective, in a fixed order.

    Cells that the experts called defective with probability 1/3 are left out: nobody knows
    what the right answer is.
    """
    spec = find_spec("elpv_dataset")
    if spec is None or spec.origin is None:
        raise SystemExit("the pictures are missing; run: make demo-images")
    data = Path(spec.origin).parent / "data"
    rows: list[Row] = []
    for line in (data / "labels.csv").read_text().splitlines():
        name, probability, kind = line.split()
        if 0.1 < float(probability) < 0.5:
            continue
        bad = float(probability) > 0.5
        rows.append(
            {
                "id": Path(name).stem,
                "path": str(data / name),
                "target": DEFECTIVE if bad else GOOD,
                "kind": kind,
                "grade": "certain" if float(probability) > 0.9 else "likely" if bad else "",
                "licence": LICENCE,
            }
        )
    rows.sort(key=lambda row: sha256(f"solar {row['id']}".encode()).hexdigest())
    return rows


def split(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Return train (all its good cells, few defects), dev and test; each cell is in one of them."""
    parts: dict[str, list[Row]] = {"train": [], "dev": [], "test": []}
    for place, row in enumerate(rows):
        name = ("train", "test", "dev", "test", "train")[place % 5]
        parts[name].append(row | {"split": name})
    bad = [row for row in parts["train"] if row["grade"] == "certain"]
    kept = {row["id"] for row in bad[:REAL_DEFECTS]}
    parts["train"] = [row for row in parts["train"] if row["target"] == GOOD or row["id"] in kept]
    return parts


def tag(parts: dict[str, list[Row]]) -> None:
    """Tag every cell by its type, how bright it shines among those of training, and its defect."""
    edges = np.quantile([_brightness(row) for row in parts["train"]], [1 / 3, 2 / 3])
    for row in (row for rows in parts.values() for row in rows):
        shine = ("dark", "medium", "bright")[int(np.searchsorted(edges, _brightness(row)))]
        row["tags"] = [row["kind"], shine]
        if row["target"] == GOOD:
            row["tags"].append(f"{row['kind']} good")
        if row["target"] == DEFECTIVE:
            row["tags"] += [f"{row['kind']} defect", f"{row['grade']} defect"]


def _brightness(row: Row) -> float:
    return float(pixels_of(row).mean())


def pixels_of(row: Row) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return a cell's picture, uint8 [height, width]."""
    found = cv2.imread(row["path"], cv2.IMREAD_GRAYSCALE)
    if found is None:
        raise SystemExit(f"{row['path']} cannot be read; install elpv-dataset again")
    return np.asarray(found, np.uint8)


def write_manifest(path: Path, rows: Sequence[Row]) -> None:
    """Write JSON Lines that augmentor reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = ("id", "path", "target", "tags", "split", "licence")
    lines = (json.dumps({name: row[name] for name in names}) + "\n" for row in rows)
    path.write_text("".join(lines), encoding="utf-8")


def write_errors(
    path: Path, rows: Sequence[Row], scores: Iterable[float], thresholds: Mapping[str, float]
) -> None:
    """Write an error table: what a cell is, what the model says, its score, its tags.

    thresholds: by type of cell, above which it is called defective.
    """
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "target", "prediction", "score", "tags"])
        for row, score in zip(rows, scores, strict=True):
            said = DEFECTIVE if score > thresholds[row["kind"]] else GOOD
            writer.writerow([row["id"], row["target"], said, f"{score:.6f}", ";".join(row["tags"])])
