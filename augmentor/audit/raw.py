"""Error tables: every example a model answered, with the conditions it was met in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from augmentor.audit import columns
from augmentor.core.errors import Problem, listed, nearest
from augmentor.files.tables import Row


@dataclass(frozen=True, slots=True, eq=False)
class ErrorTable:
    """Examples that a model answered, with the conditions they were met in.

    Parameters
    ----------
    ids, targets, predictions : text [rows]; ids differ.
    tag_names : names of the tags [tags], in order of first appearance.
    tags : bool [rows, tags], column after column in memory, as tags are counted one by one.
        A row may have several tags or none; none is not the same as a tag `clean`.
    groups : who or what a row came from (column `group`, else `speaker`) [rows]; rows of one
        group are not independent. None where the table does not say.
    clean_predictions : the answers to the same examples without the defect [rows], None
        where a row has no such counterpart.
    baseline_predictions : the answers of what the model is measured against [rows].
    path : where it was read.
    warnings : what was odd in it but not wrong.
    """

    ids: Sequence[str]
    targets: Sequence[str]
    predictions: Sequence[str]
    tag_names: tuple[str, ...]
    tags: NDArray[np.bool_]
    groups: Sequence[str] | None = None
    clean_predictions: Sequence[str | None] | None = None
    baseline_predictions: Sequence[str | None] | None = None
    path: str = ""
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)


def read_raw(
    rows: Sequence[Row], written: Sequence[str], path: str, problems: list[Problem]
) -> ErrorTable:
    """Build an error table from rows; what is wrong is added to `problems`.

    Parameters
    ----------
    rows : at least one.
    written : every column's name, as it stands in the table.
    """
    names = columns.known(written)
    warnings: list[str] = []
    ids = [cell.strip() for cell in _needed(rows, names, columns.IDS, problems)]
    if columns.first(names, columns.IDS):
        _check_ids(rows, ids, problems)
    targets = _needed(rows, names, columns.TARGETS, problems)
    predictions = _needed(rows, names, columns.PREDICTIONS, problems)
    if "tags" in names:
        tag_names, tags = _listed_tags(rows, names["tags"], problems)
    else:
        tag_names, tags = _marked_tags(rows, written, problems, warnings)
    if "weight" in names:
        warnings.append("the column 'weight' is not used: every row counts once")
    return ErrorTable(
        ids=ids,
        targets=targets,
        predictions=predictions,
        tag_names=tag_names,
        tags=tags,
        groups=_groups(rows, ids, names, problems),
        clean_predictions=_answers(rows, names.get("clean_prediction"), problems),
        baseline_predictions=_answers(rows, names.get("baseline_prediction"), problems),
        path=path,
        warnings=(*warnings, *_odd_names(tag_names)),
    )


def _needed(
    rows: Sequence[Row],
    names: Mapping[str, str],
    wanted: Sequence[str],
    problems: list[Problem],
) -> list[str]:
    name = columns.first(names, wanted)
    if name is not None:
        return columns.texts(rows, name, problems)
    hint = nearest(wanted[0], list(names.values()))
    what = f"no column '{wanted[0]}' (nor {listed(wanted[1:])}){hint}"
    problems.append(Problem(rows[0].path, what))
    return [""] * len(rows)


def _groups(
    rows: Sequence[Row], ids: Sequence[str], names: Mapping[str, str], problems: list[Problem]
) -> list[str] | None:
    """Return each row's group; a row without one is a group of its own."""
    name = columns.first(names, ("group", "speaker"))
    if name is None:
        return None
    cells = columns.optional(rows, name, problems)
    return [cell or f"row {own}" for cell, own in zip(cells, ids, strict=True)]


def _answers(
    rows: Sequence[Row], name: str | None, problems: list[Problem]
) -> list[str | None] | None:
    """Return other answers to the same rows; an empty cell of a CSV is none."""
    if name is None:
        return None
    blank = "" if rows[0].path.lower().endswith((".csv", ".tsv")) else None
    cells = columns.optional(rows, name, problems)
    return [None if cell == blank else cell for cell in cells]


def _odd_names(tag_names: Sequence[str]) -> list[str]:
    """Say which names of tags look like slips."""
    said = [
        f"the tag '{name}' holds a comma; tags are separated by ';'"
        for name in tag_names
        if "," in name
    ]
    spelled: dict[str, str] = {}
    for name in tag_names:
        other = spelled.setdefault(columns.plain(name), name)
        if other != name:
            said.append(f"the tags '{other}' and '{name}' differ only in how they are written")
    return said


def _check_ids(rows: Sequence[Row], ids: list[str], problems: list[Problem]) -> None:
    seen: dict[str, Row] = {}
    for row, name in zip(rows, ids, strict=True):
        if not name:
            problems.append(Problem(row.where, "no id; every row needs one of its own"))
        elif seen.setdefault(name, row) is not row:
            what = f"id '{name}' again; it is on line {seen[name].line} already"
            problems.append(Problem(row.where, what))


def _listed_tags(
    rows: Sequence[Row], name: str, problems: list[Problem]
) -> tuple[tuple[str, ...], NDArray[np.bool_]]:
    """Read tags that stand together in one column."""
    places: dict[str, int] = {}
    read: dict[str, list[int]] = {}  # the same text means the same tags: it is split once
    marked: list[list[int]] = []
    for row in rows:
        value = row.values.get(name)
        if isinstance(value, list) and all(isinstance(tag, str) for tag in value):
            value = ";".join(value)
        if value is not None and not isinstance(value, str):
            what = f"'{name}' is {value!r}; expected a list of names, or names separated by ';'"
            problems.append(Problem(row.where, what))
            value = None
        text = value or ""
        if text not in read:
            found = [tag.strip() for tag in text.split(";") if tag.strip()]
            read[text] = [places.setdefault(tag, len(places)) for tag in found]
        marked.append(read[text])
    tags = np.zeros((len(rows), len(places)), dtype=np.bool_, order="F")
    counts = np.fromiter(map(len, marked), dtype=np.intp, count=len(marked))
    flat = np.fromiter((at for some in marked for at in some), dtype=np.intp, count=counts.sum())
    tags[np.repeat(np.arange(len(rows)), counts), flat] = True
    return tuple(places), tags


def _marked_tags(
    rows: Sequence[Row], written: Sequence[str], problems: list[Problem], warnings: list[str]
) -> tuple[tuple[str, ...], NDArray[np.bool_]]:
    """Read tags that have a column each, as in a spreadsheet."""
    found: dict[str, list[bool]] = {}
    for name in written:
        if columns.plain(name) in columns.NOT_TAGS:
            continue
        marked, others = columns.marks(columns.optional(rows, name, problems))
        if others and not any(marked):
            text, index = next(iter(others.items()))
            warnings.append(
                f"the column '{name}' is not used as a tag: it holds no mark, but '{text}' "
                f"on line {rows[index].line}"
            )
            continue
        for text, index in others.items():
            what = f"'{text}' in the tag column '{name}'; {columns.MARKS_SAID}"
            problems.append(Problem(rows[index].where, what))
        found[name] = marked
    tags = np.zeros((len(rows), len(found)), dtype=np.bool_, order="F")
    for at, marked in enumerate(found.values()):
        tags[:, at] = marked
    return tuple(found), tags
