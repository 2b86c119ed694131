"""Pictures as sources: COCO files, YOLO and MVTec folders, folders of classes, manifests."""

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from augmentor.core.errors import Problem, UsageError, listed
from augmentor.core.example import Facts
from augmentor.files.coco import read_coco
from augmentor.files.marked import Mark, Marked, short, wrong_with
from augmentor.files.pictures import SUFFIXES
from augmentor.files.yolo import read_yolo
from augmentor.sources.forms import form_rows
from augmentor.sources.huggingface import is_hidden, is_listed, readable
from augmentor.sources.manifest import Source, read_sources

UNNAMED = "defect"
"""The class of what a mask or a box marks, where nothing says its class."""

_SPLITS = ("train", "val", "valid", "validation", "test")
_TRUTH = "ground_truth"
_SHAPES = ("marks", "mask", "boxes")
_PICTURES = re.compile(rb'"images"\s*:\s*\[\s*[{\]]')


def read_pictures(path: Path, images: Path | None = None) -> list[Source]:
    """Return the pictures of a list or a folder, with what is marked in them.

    * a ``.json`` file with a list ``images``: COCO;
    * a ``.yaml`` file, or a folder that holds ``data.yaml``: YOLO;
    * any other file: a manifest (JSON Lines, CSV, Parquet), see `marked_rows`;
    * a folder with ``metadata.jsonl``, ``.csv`` or ``.parquet``, or with some in the folders
      below it: these manifests;
    * a folder of ``train``, ``val``, ``test`` folders of class folders: classes and splits.
      Those of MVTec have ``ground_truth/CLASS/NAME_mask.png``: what does not touch in a mask is
      one instance of CLASS each, and a class without a folder there has nothing marked;
    * a folder of two or more class folders: the folder's name is the target;
    * a folder of nothing but pictures.

    Parameters
    ----------
    path : the file or folder.
    images : where the names of pictures in a COCO file begin.

    Raises
    ------
    UsageError : it is none of these, or every mistake in it.
    """
    kind = path.suffix.lower()
    coco = is_coco(path)
    if images is not None and not coco:
        raise UsageError(Problem(str(path), "'images' goes with a COCO file; this is none"))
    if coco:
        return _sources(read_coco(path, images))
    if kind in {".yaml", ".yml"} or (path / "data.yaml").is_file():
        return _sources(read_yolo(path))
    if not path.is_dir():
        return marked_rows(path)
    return marked_rows(path) if is_listed(path) else _folder(path)


def is_coco(path: Path) -> bool:
    """Whether a ``.json`` file is meant as COCO, and no list of rows; not all of it is parsed."""
    if path.suffix.lower() != ".json":
        return False
    try:
        data = path.read_bytes().lstrip(b"\xef\xbb\xbf \t\r\n")
    except OSError:
        return False
    return data.startswith(b"{") and _PICTURES.search(data) is not None


def _sources(rows: Sequence[Marked]) -> list[Source]:
    return [
        Source(
            Facts(
                id=readable(row.name),
                width_px=row.width_px,
                height_px=row.height_px,
                split=row.split,
            ),
            row.path,
            marks=row.marks,
            points=row.points,
            meta=row.meta,
        )
        for row in rows
    ]


def _folder(path: Path) -> list[Source]:
    """Return the pictures of a folder that has no list."""
    found = [
        one
        for one in sorted(path.rglob("*"))
        if one.suffix.lower() in SUFFIXES
        and not one.is_dir()
        and not is_hidden(one.relative_to(path))
    ]
    below = {one: one.relative_to(path).parts[:-1] for one in found}
    tops = {parts[0] for parts in below.values() if parts}
    depths = Counter(map(len, below.values()))
    if not found:
        raise UsageError(Problem(str(path), f"holds no pictures ({listed(SUFFIXES)})"))
    if {"images", "labels"} <= {one.name for one in path.iterdir() if one.is_dir()}:
        what = "folders 'images' and 'labels', but no data.yaml; write one: names: [scratch, dent]"
        raise UsageError(Problem(str(path), what))
    if set(depths) == {0}:
        _check_no_list(path)
        return [_one(path, one) for one in found]
    if tops & set(_SPLITS) and tops <= {*_SPLITS, _TRUTH} and 0 not in depths:
        return _splits(path, below)
    if set(depths) == {1} and len(tops) > 1:
        return [_one(path, one, target=parts[0]) for one, parts in below.items()]
    if set(depths) == {1}:
        (only,) = tops
        what = f"holds one folder, '{only}': name that, or a folder of two or more class folders"
        raise UsageError(Problem(str(path), what))
    at = [f"{count} at depth {depth}" for depth, count in sorted(depths.items())]
    raise UsageError(
        Problem(
            str(path),
            f"unclear what its folders are ({listed(at)}); name a folder of pictures, of class "
            "folders, or of train and test folders of these, or a manifest",
        )
    )


def _check_no_list(path: Path) -> None:
    """Refuse to pass over what is marked: a COCO file among the pictures."""
    for one in sorted(path.glob("*.json")):
        if is_coco(one):
            what = f"holds the COCO file '{one.name}'; name that file, or take it away"
            raise UsageError(Problem(str(path), what))


def _one(
    path: Path, file: Path, target: str = "", split: str = "", marks: tuple[Mark, ...] = ()
) -> Source:
    name = readable(file.relative_to(path).as_posix())
    facts = Facts(id=name, target=readable(target), split=split)
    return Source(facts, file, marks=marks)


def _splits(path: Path, below: Mapping[Path, tuple[str, ...]]) -> list[Source]:
    problems: list[Problem] = []
    found = []
    masks = {one for one, parts in below.items() if parts[0] == _TRUTH}
    used: set[Path] = set()
    for one, parts in below.items():
        if one in masks:
            continue
        if len(parts) != 2:
            problems.append(Problem(str(one), f"wanted: {parts[0]}/CLASS/{one.name}"))
            continue
        split, target = parts
        truth, marks = path / _TRUTH / target, ()
        if truth.is_dir() and split == "test":
            names = [f"{one.stem}_mask.png", f"{one.stem}.png", f"{one.stem}_mask{one.suffix}"]
            mask = next((truth / name for name in names if truth / name in masks), None)
            if mask is None:
                problems.append(Problem(str(one), f"no mask {truth / names[0]}"))
                continue
            used.add(mask)
            mark = {"label": readable(target), "mask": str(mask), "parts": True}
            marks = (mark,)  # type: ignore[assignment]
        found.append(_one(path, one, target, split, marks))
    problems += [Problem(str(mask), "a mask of no picture") for mask in sorted(masks - used)]
    if problems:
        raise UsageError(problems)
    return found


def marked_rows(manifest: Path) -> list[Source]:
    """Return the pictures of a manifest, or of a folder with one, with what its rows mark.

    What a row says else, see `read_sources`.
    The first of these columns that a row has is read; in CSV they are JSON. ``marks``: see
    `files.marked`. ``mask``: the name of a PNG, white where the one thing of the row's target
    is: each of its parts that do not touch is an instance. ``boxes``: lists of left, top, right,
    bottom in px. Where a row has no target, what a mask or box marks is a ``defect``.

    Besides, ``class_mask`` names a grey PNG with a number a class, and ``points`` are lists of
    x, y in px, a name, and whether it is visible, or objects with these names.

    Raises
    ------
    UsageError : every bad row at once, each with its file and line.
    """
    sources = read_sources(manifest)
    folder = manifest if manifest.is_dir() else manifest.parent
    found, wrong = [], {}
    for place, source in enumerate(sources):
        try:
            found.append(_marked(_more(source, folder), folder))
        except ValueError as error:
            wrong[place] = str(error)
    if wrong:
        rows = form_rows(manifest, [])
        raise UsageError([Problem(rows[place].where, what) for place, what in wrong.items()])
    return found


def _more(source: Source, folder: Path) -> Source:
    """Return a source with the classes by pixel and the points that its row has."""
    rest = dict(source.meta)
    mask, points = rest.pop("class_mask", None), rest.pop("points", None)
    if mask in (None, "") and points in (None, ""):
        return source
    return replace(
        source,
        mask_path=folder / str(mask) if mask else None,
        points=tuple(map(_point, _list("points", points))) if points else (),
        meta=rest,
    )


def _point(cell: Any) -> tuple[float, float, str, bool]:
    """Return a point of [x_px, y_px, name, visible], or of an object with these names."""
    try:
        if isinstance(cell, Mapping):
            cell = [cell["x_px"], cell["y_px"], cell["name"], cell.get("visible", True)]
        x, y, name, *seen = cell
        point = float(x), float(y), str(name), bool(seen[0]) if seen else True
    except (KeyError, TypeError, ValueError):
        point = math.nan, math.nan, "", False
    if not math.isfinite(point[0]) or not math.isfinite(point[1]):
        msg = f"'points' holds {short(cell)}; write [x_px, y_px, name, visible]"
        raise ValueError(msg)
    return point


def _marked(source: Source, folder: Path) -> Source:
    cells = {name: cell for name in _SHAPES if (cell := source.meta.get(name)) not in (None, "")}
    if not cells:
        return source
    name, cell = next(iter(cells.items()))
    label = source.facts.target or UNNAMED
    if name == "mask":
        marks = [{"label": label, "mask": cell, "parts": True}]
    else:
        marks = [
            {"label": label, "box_px": one} if name == "boxes" and isinstance(one, list) else one
            for one in _list(name, cell)
        ]
    for number, one in enumerate(marks, 1):
        wrong = wrong_with(one)
        if wrong:
            msg = f"'{name}', number {number}: {wrong}"
            raise ValueError(msg)
    placed = tuple(
        one | {"mask": str(folder / one["mask"])} if "mask" in one else one for one in marks
    )
    rest = {key: value for key, value in source.meta.items() if key not in _SHAPES}
    return replace(source, marks=placed, meta=rest)


def _list(name: str, cell: Any) -> list[Any]:
    """Return the list in a cell, or in its JSON text, since a cell of CSV is text."""
    try:
        found = json.loads(cell) if isinstance(cell, str) else cell
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, list):
        return found
    msg = f"'{name}' is {short(cell)}; write a list"
    raise ValueError(msg)
