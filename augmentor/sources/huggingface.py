"""Folders as Hugging Face's ``audiofolder`` and ``imagefolder`` have them, and plain folders.

References
----------
Hugging Face, "Create an audio dataset", https://huggingface.co/docs/datasets/audio_dataset
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from augmentor.core.errors import Problem, listed
from augmentor.files.audio import SUFFIXES
from augmentor.files.tables import Row, read_rows

LISTS = ("metadata.jsonl", "metadata.csv", "metadata.parquet")
SPLITS = (
    "train", "training", "validation", "valid", "dev", "val", "test", "testing", "eval",
    "evaluation",
)  # fmt: skip
"""Names of folders that say to which split their files belong."""

_NAMES = ("path", "file_name")
_MASKS = ("mask", "class_mask")


def is_listed(folder: Path) -> bool:
    """Whether a folder, or one below it, has a metadata file."""
    return bool(_lists(folder))


def listed_rows(folder: Path, problems: list[Problem]) -> list[Row]:
    """Return the rows of a folder's metadata files; files are named from the folder itself.

    Parameters
    ----------
    folder : has a metadata file; without one, those in the folders below it are read.
    problems : where to put every mistake.
    """
    lists = _lists(folder)
    found = [
        Row(_from_folder(row.values, place.parent.relative_to(folder)), row.line, row.path)
        for place in lists
        for row in read_rows(place, problems)
    ]
    bare = [
        one for one in _split_folders(folder) if not any(at.is_relative_to(one) for at in lists)
    ]
    problems += [
        Problem(str(one), f"has no metadata file, though {lists[0]} is one; add one to each split")
        for one in (bare if lists[0].parent != folder else ())
    ]
    problems += [
        Problem(str(place), f"{listed(others)} lies beside it; keep one of them")
        for place in lists
        if (others := [name for name in _named(place.parent) if name != place.name])
    ]
    return found


def file_rows(folder: Path, _problems: list[Problem]) -> list[Row]:
    """Return a row for each sound of a folder without a list; an id is a path in the folder.

    ``LABEL/x.wav`` and ``SPLIT/LABEL/x.wav`` say the target, where there are two labels or more;
    ``SPLIT/x.wav`` says the split. Deeper folders, or sounds at several depths, say nothing.
    """
    files = [
        one
        for one in sorted(folder.rglob("*"))
        if one.suffix.lower() in SUFFIXES
        and not one.is_dir()
        and not is_hidden(one.relative_to(folder))
    ]
    above = [one.relative_to(folder).parts[:-1] for one in files]
    split, label = _meaning(above)
    rows = []
    for number, (file, parts) in enumerate(zip(files, above, strict=True), 1):
        cells: dict[str, Any] = {
            "id": readable(file.relative_to(folder).as_posix()),
            "path": file.relative_to(folder),
        }
        if label is not None:
            cells["target"] = readable(parts[label])
        if split is not None:
            cells["split"] = parts[split]
        rows.append(Row(cells, number, str(folder)))
    return rows


def is_hidden(inside: Path) -> bool:
    """Whether a path below a folder is what a system or an editor keeps there, and no data."""
    return any(part.startswith((".", "__")) for part in inside.parts)


def readable(name: str) -> str:
    """Return a file's name as text that can be written anywhere, whatever bytes it has."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _meaning(above: Sequence[tuple[str, ...]]) -> tuple[int | None, int | None]:
    """Return at which depth the folders above the files name splits, and at which labels."""
    if len(set(map(len, above))) != 1 or not above[0]:
        return None, None
    split = 0 if {parts[0].lower() for parts in above} <= set(SPLITS) else None
    label = len(above[0]) - 1
    if label != (0 if split is None else 1) or len({parts[label] for parts in above}) == 1:
        return split, None
    return split, label


def _from_folder(cells: dict[str, Any], below: Path) -> dict[str, Any]:
    """Return a row's cells as they are read from the folder above its metadata file."""
    name = next((cells[name] for name in _NAMES if cells.get(name)), None)
    first = (below / str(name)).parts[:1] if name else ()
    split = next((part for part in (*below.parts, *first) if part.lower() in SPLITS), "")
    if split and "split" not in cells:
        cells = cells | {"split": split}
    if name is None or below == Path():
        return cells
    rest = {key: cell for key, cell in cells.items() if key not in _NAMES}
    moved = {key: (below / str(cells[key])).as_posix() for key in _MASKS if cells.get(key)}
    return rest | moved | {"path": (below / str(name)).as_posix()}


def _lists(folder: Path) -> list[Path]:
    """Return the metadata files of a folder: its own, or else those in the folders below it."""
    own = _named(folder)
    if own:
        return [folder / own[0]]
    found = []
    for at, inner, names in os.walk(folder):
        inner[:] = sorted(name for name in inner if not is_hidden(Path(name)))
        here = next((name for name in LISTS if name in names), None)
        found += [Path(at, here)] if here else []
    return sorted(found, key=lambda one: _rank(one.relative_to(folder)))


def _rank(inside: Path) -> int:
    """Return the place of a file's split among all: what is for training comes first."""
    return next((SPLITS.index(part) for part in inside.parts if part in SPLITS), len(SPLITS))


def _named(folder: Path) -> list[str]:
    return [name for name in LISTS if (folder / name).is_file()]


def _split_folders(folder: Path) -> list[Path]:
    """Return ``SPLIT/`` and ``data/SPLIT/`` folders."""
    return [
        one / name for one in (folder, folder / "data") for name in SPLITS if (one / name).is_dir()
    ]
