"""YOLO folders: pictures under ``images``, a text file each under ``labels``, in and out."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from augmentor.core.errors import Problem, UsageError, listed
from augmentor.core.pictures import Instance
from augmentor.files.marked import Marked, short
from augmentor.files.marks import instances_of
from augmentor.files.outlines import one_line, polygons_of
from augmentor.files.pictures import SUFFIXES

SPLITS = ("train", "val", "test")

_BEYOND = 0.01  # of the picture: what annotators draw over its edge is cut there


def read_yolo(path: Path) -> list[Marked]:
    """Return the pictures of a YOLO folder, by name, with what is marked in them.

    A picture without a text file, or with an empty one, has nothing marked.

    Parameters
    ----------
    path : ``data.yaml``, or the folder that holds it. Its ``names`` are a list or a mapping,
        its ``train``, ``val`` and ``test`` are folders of pictures or lists of folders, below
        its ``path`` or its own folder; without any, ``images`` beside it.

    Raises
    ------
    UsageError : every mistake at once, each with its file and line.
    """
    file = path / "data.yaml" if path.is_dir() else path
    document = _document(file)
    problems: list[Problem] = []
    names = _names(file, document, problems)
    if "kpt_shape" in document:
        problems.append(Problem(f"{file}: kpt_shape", "poses are not read; take it out"))
    folders = _folders(file, document, problems)
    if problems:
        raise UsageError(problems)
    found = []
    splits: dict[Path, str] = {}
    for split, folder in folders:
        for picture in sorted(folder.rglob("*")):
            if picture.suffix.lower() in SUFFIXES and not picture.is_dir():
                if splits.setdefault(picture.resolve(), split) != split:
                    what = f"its pictures are those of {splits[picture.resolve()]}"
                    problems.append(Problem(f"{file}: {split}", what))
                    break
                marks = _marks(_labels_of(picture), names, problems)
                name = _below(picture, file.parent)
                found.append(Marked(name, picture, marks=tuple(marks), split=split))
    if problems:
        raise UsageError(problems)
    return found


def _below(picture: Path, folder: Path) -> str:
    try:
        return picture.relative_to(folder).as_posix()
    except ValueError:
        return picture.as_posix()


def _document(file: Path) -> Mapping[Any, Any]:
    # Not `read_yaml`: here the keys of names are numbers.
    try:
        data = yaml.safe_load(file.read_bytes())
    except OSError as error:
        raise UsageError(Problem(str(file), f"cannot be read: {error.strerror}")) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageError(Problem(str(file), f"not YAML: {error}")) from None
    if not isinstance(data, dict):
        raise UsageError(Problem(str(file), "no YOLO folder: it holds no 'names' of classes"))
    return data


def _names(file: Path, document: Mapping[Any, Any], problems: list[Problem]) -> Mapping[int, str]:
    names = document.get("names")
    if isinstance(names, list):
        names = dict(enumerate(names))
    if (
        not isinstance(names, dict)
        or not names
        or not all(str(one).isdigit() for one in names)
        or not all(isinstance(one, str) and one for one in names.values())
    ):
        what = f"'names' is {short(names)}; write the classes: names: [scratch, dent]"
        problems.append(Problem(f"{file}: names", what))
        return {}
    return {int(number): name for number, name in names.items()}


def _folders(
    file: Path, document: Mapping[Any, Any], problems: list[Problem]
) -> list[tuple[str, Path]]:
    """Return each split with its folders of pictures."""
    here = file.parent
    base = document.get("path")
    roots = [here / base] if isinstance(base, str) and (here / base).is_dir() else []
    roots.append(here)
    found = []
    for split in SPLITS:
        entries = document.get(split) or []
        for entry in entries if isinstance(entries, list) else [entries]:
            # Exporters write ../train/images for what lies beside the file.
            names = [str(entry), str(entry).removeprefix("../")]
            places = [root / name for name in names for root in roots]
            folder = next((one for one in places if one.is_dir()), None)
            if folder is None:
                what = f"no folder of pictures '{entry}' below {listed(dict.fromkeys(roots))}"
                problems.append(Problem(f"{file}: {split}", what))
            else:
                found.append((split, folder))
    if found or problems:
        return found
    if not (here / "images").is_dir():
        what = "it names no train, val or test, and there is no folder 'images' beside it"
        problems.append(Problem(str(file), what))
        return []
    tree = [(split, here / "images" / split) for split in SPLITS]
    return [one for one in tree if one[1].is_dir()] or [("", here / "images")]


def _labels_of(picture: Path) -> Path:
    """Return the text file of a picture: ``labels`` for the last ``images`` in its path."""
    parts = list(picture.parts)
    places = [place for place, part in enumerate(parts[:-1]) if part == "images"]
    if places:
        parts[places[-1]] = "labels"
    return Path(*parts).with_suffix(".txt")


def _marks(file: Path, names: Mapping[int, str], problems: list[Problem]) -> list[dict[str, Any]]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        problems.append(Problem(str(file), f"cannot be read as text: {error}"))
        return []
    found = []
    for number, line in enumerate(lines, 1):
        try:
            if line.strip():
                found.append(_mark(line.split(), names))
        except ValueError as error:
            problems.append(Problem(f"{file}:{number}", str(error)))
    return found


def _mark(words: Sequence[str], names: Mapping[int, str]) -> dict[str, Any]:
    try:
        kind, *numbers = (float(word) for word in words)
    except ValueError:
        msg = f"{short(' '.join(words))} holds what is no number"
        raise ValueError(msg) from None
    if kind not in names:
        msg = f"no class has the number {words[0]}; there are {listed(names)}"
        raise ValueError(msg)
    if not all(math.isfinite(one) and -_BEYOND <= one <= 1 + _BEYOND for one in numbers):
        msg = "a number beyond 0 to 1; write parts of the picture's width and height"
        raise ValueError(msg)
    label = names[int(kind)]
    if len(numbers) == 4:
        x, y, width, height = numbers
        box = [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
        if width > 0 and height > 0:
            return {"label": label, "box_frac": box}
        msg = "its box holds nothing: width and height are above 0"
        raise ValueError(msg)
    if len(numbers) < 6 or len(numbers) % 2:
        msg = (
            f"{len(words)} numbers; write class, x, y, width and height, "
            "or class and x and y of three points or more"
        )
        raise ValueError(msg)
    return {"label": label, "polygons_frac": [numbers]}


def write_yolo(rows: Sequence[Marked], labels: Sequence[str] = ()) -> dict[str, str]:
    """Return the text files of a YOLO folder: name -> text.

    Where any picture has a mask, all instances are polygons, boxes too, since readers take one
    form a folder. An instance of several parts is one polygon, tied together by lines. Crowds
    are left out: the form has no word for them.

    Parameters
    ----------
    rows : pictures whose width and height are known; each belongs at ``images/SPLIT/NAME``,
        ``train`` where it has no split.
    labels : classes in the order of their numbers; others follow by name.

    Raises
    ------
    BadSourceError : a mark that is none.
    UsageError : two pictures would share a text file.
    """
    named = {str(mark["label"]) for row in rows for mark in row.marks}
    order = [*labels, *sorted(named - set(labels))]
    drawn = [instances_of(row.marks, row.height_px, row.width_px).items for row in rows]
    polygons = any(one.mask is not None for items in drawn for one in items)
    found: dict[str, str] = {}
    for row, items in zip(rows, drawn, strict=True):
        name = PurePosixPath("labels", row.split or SPLITS[0], row.name).with_suffix(".txt")
        if str(name) in found:
            raise UsageError(f"two pictures would share {name}; give '{row.name}' another name")
        lines = [
            " ".join([str(order.index(one.label)), *_numbers(one, row, polygons=polygons)]) + "\n"
            for one in items
            if not one.crowd
        ]
        found[str(name)] = "".join(lines)
    splits = [one for one in SPLITS if any((row.split or SPLITS[0]) == one for row in rows)]
    # Its readers want both, whatever there is.
    data = {split: f"images/{split}" for split in dict.fromkeys([*SPLITS[:2], *splits])}
    document = data | {"names": dict(enumerate(order))}
    return {"data.yaml": yaml.safe_dump(document, sort_keys=False, allow_unicode=True)} | found


def _numbers(one: Instance, row: Marked, *, polygons: bool) -> list[str]:
    left, top, right, bottom = one.box_px
    if one.mask is not None:
        line = one_line(polygons_of(one.mask))
        numbers = [value + (left, top)[at % 2] for at, value in enumerate(line)]
    elif polygons:
        numbers = [left, top, right, top, right, bottom, left, bottom]
    else:
        numbers = [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top]
    sides = row.width_px, row.height_px
    # Seven digits: a hundredth of a pixel of the largest picture.
    return [f"{value / sides[at % 2]:.7g}" for at, value in enumerate(numbers)]
