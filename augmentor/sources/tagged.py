"""Manifests whose rows get measured tags: read with every column, written with some more."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from augmentor.core.errors import Problem, UsageError
from augmentor.core.example import Facts
from augmentor.files.pictures import SUFFIXES as PICTURES
from augmentor.files.rows import write_rows
from augmentor.sources.forms import form_rows, has_list
from augmentor.sources.huggingface import readable
from augmentor.sources.manifest import Source, read_sources
from augmentor.sources.measured_tags import MEASURES, Values
from augmentor.sources.tag_rules import Rule

MARK = "measured_tags"
"""The column that says which of a row's tags were measured, so that a rerun can replace them."""

_PATHS = ("path", "audio_filepath", "file_name")  # our name first, as `read_sources` looks


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a manifest.

    Parameters
    ----------
    cells : its columns as they are written.
    source : what they mean.
    """

    cells: dict[str, Any]
    source: Source


def read_items(manifest: Path) -> list[Item]:
    """Return the rows of a manifest, or a row for each sound and picture in a folder.

    Raises
    ------
    UsageError : bad rows, no rows at all, or a column that has a measure's name but was not
        measured: it would be lost.
    """
    if not has_list(manifest):
        items = _in_folder(manifest)
    else:
        sources = read_sources(manifest)
        rows = form_rows(manifest, [])
        if not any(MARK in row.values for row in rows):
            problems = [
                Problem(
                    row.where,
                    f"the column '{name}' has the name of a measure but was not measured here; "
                    "rename it, so that it is not lost",
                )
                for row in rows[:1]
                for name in row.values
                if name in MEASURES
            ]
            if problems:
                raise UsageError(problems)
        items = [Item(row.values, one) for row, one in zip(rows, sources, strict=True)]
    if not items:
        raise UsageError(f"{manifest} holds no sounds or pictures")
    return items


def _in_folder(folder: Path) -> list[Item]:
    """Return a row for each file that looks like a sound or a picture, in order of path."""
    pictures = [
        Source(Facts(id=found.relative_to(folder).as_posix()), found)
        for found in folder.rglob("*")
        if found.suffix.lower() in PICTURES and not found.is_dir()
    ]
    items = []
    for source in sorted([*read_sources(folder), *pictures], key=lambda one: one.path):
        name = readable(source.path.relative_to(folder).as_posix())
        told = {"target": source.facts.target, "split": source.facts.split}
        cells = {"id": name, "path": name} | {key: cell for key, cell in told.items() if cell}
        items.append(Item(cells, source))
    return items


def tagged(
    item: Item, values: Values | None, rules: Sequence[Rule], manifest: Path, output: Path
) -> dict[str, Any]:
    """Return a row with what was measured as columns, and the tags that follow.

    Parameters
    ----------
    item : the row, as read from `manifest`.
    values : what was measured; None where it could not be: the row then has no measured tags.
    rules : of the tags.
    manifest, output : where the row is from and where it goes: its path stays true.

    Returns
    -------
    Every column of the row; measures and measured tags that it had from an earlier time are
    replaced. ``clean`` is gone where a defect was found, and comes back when the tags that
    were measured before no longer hold and no other is left.
    """
    cells = {name: cell for name, cell in item.cells.items() if name not in {*MEASURES, MARK}}
    before = _words(item.cells.get(MARK))
    stated = [tag for tag in item.source.facts.tags if tag not in before] or ["clean"]
    new = [rule for rule in rules if rule.tag not in stated and rule.holds(values or {})]
    if any(rule.defect for rule in new):
        stated = [tag for tag in stated if tag != "clean"]
    added = [rule.tag for rule in new]
    if cells.get("id") in (None, ""):
        cells = {"id": item.source.facts.id} | cells | {"id": item.source.facts.id}
    cells |= _moved(cells, manifest, output)
    return cells | {"tags": stated + added, MARK: added} | dict(values or {})


def _words(cell: Any) -> list[str]:
    """Return the tags of a cell that may hold none: a list, or words separated by ``;``."""
    words = cell if isinstance(cell, list | tuple) else str(cell or "").split(";")
    return [str(word).strip() for word in words]


def _moved(cells: dict[str, Any], manifest: Path, output: Path) -> dict[str, str]:
    """Return the cell of the row's path, changed where the new manifest lies elsewhere."""
    own = [name for name in cells if name in _PATHS]
    name = "path" if "path" in own else own[0]
    base = manifest if manifest.is_dir() else manifest.parent
    where = Path(str(cells[name]))
    if where.is_absolute() or base.resolve() == output.parent.resolve():
        return {}
    there = os.path.relpath(base.resolve() / where, output.parent.resolve())
    return {name: Path(there).as_posix()}


def write_tagged(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write tagged rows as a manifest: JSON Lines, CSV or Parquet by the end of its name."""
    write_rows(path, rows, numbers=MEASURES, lists=("tags", MARK))
