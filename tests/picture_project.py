"""A small project of pictures as a user would have it: brushed metal, some with dents, a recipe."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from project import write_manifest
from scipy.ndimage import gaussian_filter1d

HEIGHT_PX, WIDTH_PX = 96, 128
PICTURES = 14

RECIPE = """\
augmentor: 1
name: metal
seed: 7
source: {manifest: data/MANIFEST, kind: picture}
budget: 24
categories:
  scratch:
    target: scratch
    steps:
      - scratch: {length_frac: {uniform: [0.3, 0.9]}, contrast_frac: {uniform: [0.3, 0.7]}}
  blur:
    steps:
      - defocus_blur
  stain:
    steps:
      - stain
"""

Dent = tuple[str, int, int, int, int]
"""Class, middle (x and y) and half axes (x and y) of one dent, px."""

DENTS: dict[int, tuple[Dent, ...]] = {
    1: (("dent", 40, 50, 12, 8),),
    4: (("dent", 90, 30, 7, 9), ("chip", 20, 70, 6, 4)),
    6: (("chip", 64, 48, 10, 5),),
    9: (("dent", 30, 20, 8, 8), ("dent", 100, 75, 9, 6)),
    12: (("chip", 110, 60, 5, 12),),
}
"""Which pictures are dented, and where."""


def mask_of(dent: Dent) -> NDArray[np.bool_]:
    """Return the pixels of a dent, bool [height, width]."""
    _, x, y, wide, tall = dent
    rows, columns = np.ogrid[:HEIGHT_PX, :WIDTH_PX]
    inside: NDArray[np.bool_] = ((columns - x) / wide) ** 2 + ((rows - y) / tall) ** 2 <= 1
    return inside


def staircase(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the outline of a mask without bays along the edges of its pixels, [points, 2]."""
    down, up = [], []
    for row in np.flatnonzero(mask.any(axis=1)):
        columns = np.flatnonzero(mask[row])
        down += [(columns[0], row), (columns[0], row + 1)]
        up += [(columns[-1] + 1, row), (columns[-1] + 1, row + 1)]
    return np.array([*down, *reversed(up)], np.float64)


def metal(index: int) -> NDArray[np.uint8]:
    """Return a picture of brushed metal, its dents darker, uint8 [height, width, 3]."""
    chance = np.random.Generator(np.random.Philox(key=1000 + index))
    brushed = gaussian_filter1d(chance.standard_normal((HEIGHT_PX, WIDTH_PX)), 9, axis=1) * 30
    lit = np.linspace(-12, 12, WIDTH_PX) + 6 * (index % 5)
    grey = 130 + brushed + lit + chance.normal(0, 2, (HEIGHT_PX, WIDTH_PX))
    for dent in DENTS.get(index, ()):
        grey[mask_of(dent)] -= 45
    tinted = grey[:, :, np.newaxis] + np.array([2, 0, -4])
    return np.clip(np.rint(tinted), 0, 255).astype(np.uint8)


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Return a picture, red first, as a file's bytes."""
    stored = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.ndim == 3 else pixels
    return bytes(cv2.imencode(".png", stored)[1])


@cache
def _file(index: int) -> bytes:
    return png(metal(index))


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def class_of(index: int) -> str:
    """Return the class of a picture: that of its first dent, or good."""
    return DENTS[index][0][0] if index in DENTS else "good"


def split_of(index: int) -> str:
    """Return the part of the data that a picture belongs to."""
    return "val" if index % 7 == 3 else "train"


def _manifest(data: Path) -> str:
    """Write a manifest with a mask PNG of each dented picture: one class a picture."""
    rows = []
    for index in range(PICTURES):
        name = f"part-{index:02d}.png"
        _put(data / name, _file(index))
        row = {
            "id": f"part-{index:02d}", "path": name, "target": class_of(index), "tags": "clean",
            "group": f"sheet {index // 2}", "split": split_of(index), "license": "CC0-1.0",
        }  # fmt: skip
        if index in DENTS:
            white = np.logical_or.reduce([mask_of(one) for one in DENTS[index]])
            _put(data / "masks" / name, png(white.astype(np.uint8) * 255))
            row["mask"] = f"masks/{name}"
        rows.append(row)
    write_manifest(data / "parts.jsonl", rows)
    return "parts.jsonl"


def _coco(data: Path) -> str:
    """Write a COCO file: run lengths, in plain numbers, and one box without a mask."""
    images, annotations = [], []
    for index in range(PICTURES):
        name = f"part-{index:02d}.png"
        _put(data / "images" / name, _file(index))
        size = {"width": WIDTH_PX, "height": HEIGHT_PX}
        images.append({"id": 100 + index, "file_name": name, "license": 1, **size})
        for dent in DENTS.get(index, ()):
            flat = mask_of(dent).ravel(order="F")
            edges = np.flatnonzero(np.diff(flat.astype(np.int8), prepend=0, append=0))
            counts = np.diff(edges, prepend=0, append=len(flat))
            rle = {"size": [HEIGHT_PX, WIDTH_PX], "counts": counts.tolist()}
            _, x, y, wide, tall = dent
            box = {"bbox": [x - wide, y - tall, 2 * wide + 1, 2 * tall + 1]}
            shape = {"segmentation": rle} if index != 12 else {}
            one = {"id": len(annotations) + 1, "image_id": 100 + index, "iscrowd": 0, **box}
            annotations.append({**one, "category_id": ("chip", "dent").index(dent[0]) + 5, **shape})
    document = {
        "licenses": [{"id": 1, "name": "CC0-1.0", "url": ""}],
        "images": images,
        "annotations": annotations,
        "categories": [{"id": 5, "name": "chip"}, {"id": 6, "name": "dent"}],
    }
    (data / "parts.json").write_text(json.dumps(document))
    return "parts.json"


def _yolo(data: Path) -> str:
    """Write a YOLO folder with polygons along the edges of the pixels of a dent."""
    for index in range(PICTURES):
        split, name = split_of(index), f"part-{index:02d}"
        _put(data / "images" / split / f"{name}.png", _file(index))
        lines = []
        for dent in DENTS.get(index, ()):
            points = staircase(mask_of(dent)) / (WIDTH_PX, HEIGHT_PX)
            numbers = " ".join(f"{one:.6f}" for one in points.ravel())
            lines.append(f"{('chip', 'dent').index(dent[0])} {numbers}\n")
        _put(data / "labels" / split / f"{name}.txt", "".join(lines).encode())
    text = "path: .\ntrain: images/train\nval: images/val\nnames: {0: chip, 1: dent}\n"
    (data / "data.yaml").write_text(text)
    return ""


def _mvtec(data: Path) -> str:
    """Write folders as those of MVTec: good ones to train, all that is dented to test."""
    for index in range(PICTURES):
        name, kind = f"{index:03d}", class_of(index)
        split = "train" if kind == "good" and index % 7 != 3 else "test"
        _put(data / split / kind / f"{name}.png", _file(index))
        if kind != "good":
            white = np.logical_or.reduce([mask_of(one) for one in DENTS[index]])
            _put(data / "ground_truth" / kind / f"{name}_mask.png", png(white.view(np.uint8) * 255))
    return ""


_FORMS: dict[str, Callable[[Path], str]] = {
    "manifest": _manifest, "coco": _coco, "yolo": _yolo, "mvtec": _mvtec
}  # fmt: skip


def make_picture_project(folder: Path, *, form: str = "manifest", recipe: str = RECIPE) -> Path:
    """Write a project and return the path of its recipe.

    Parameters
    ----------
    folder : where to.
    form : manifest, coco, yolo or mvtec: how the pictures and their dents are listed.
    recipe : its text; where a form has no classes of pictures, its targets are left out.
    """
    data = folder / "data"
    data.mkdir(parents=True)
    name = _FORMS[form](data)
    if form in ("coco", "yolo"):
        recipe = recipe.replace("    target: scratch\n", "")
    path = folder / "recipe.yaml"
    path.write_text(recipe.replace("data/MANIFEST", f"data/{name}".rstrip("/")))
    return path
