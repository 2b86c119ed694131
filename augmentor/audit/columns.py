"""Columns as people write them: their names, their text, their marks, their percentages."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from augmentor.core.errors import Problem
from augmentor.files.tables import Row

IDS = ("id", "audio_filepath", "file_name", "path")
TARGETS = ("target", "reference", "ref", "text", "label")
PREDICTIONS = ("prediction", "hypothesis", "hyp", "pred_text", "pred")
FACTS = (
    *("speaker", "group", "weight", "split", "score", "path", "duration_s", "duration", "start_s"),
    *("offset", "clean_prediction", "baseline_prediction", "comment", "comments", "note", "notes"),
)
NOT_TAGS = frozenset((*IDS, *TARGETS, *PREDICTIONS, *FACTS))

_MARKS = dict.fromkeys(("x", "1", "1.0", "true", "yes", "y", "✓", "✔", "☑", "✅"), True)
_MARKS |= dict.fromkeys(("", "0", "0.0", "false", "no", "n"), False)
MARKS_SAID = "a mark is x, 1, true, yes or ✓; no mark is empty, 0, false or no"


def known(written: Sequence[str]) -> dict[str, str]:
    """Return plain name -> name as written, the first of those that look alike.

    Spreadsheets have ``Target`` and ``Clean prediction``: they are found all the same.
    """
    return {plain(name): name for name in reversed(written)}


def plain(name: str) -> str:
    """Return a column's name in lower case, its words joined by underscores."""
    return "_".join(name.strip().lower().replace("-", " ").split())


def first(names: Mapping[str, str], wanted: Sequence[str]) -> str | None:
    """Return the first wanted column that a table has, as it is written there."""
    return next((names[name] for name in wanted if name in names), None)


def texts(rows: Sequence[Row], name: str, problems: list[Problem]) -> list[str]:
    """Return a column as text; numbers and truth values become their JSON."""
    cells = optional(rows, name, problems)
    for row, cell in zip(rows, cells, strict=True):
        if cell is None:
            how = "null" if name in row.values else "missing"
            problems.append(Problem(row.where, f"'{name}' is {how}; expected text"))
    return [cell or "" for cell in cells]


def optional(rows: Sequence[Row], name: str, problems: list[Problem]) -> list[str | None]:
    """Return a column as text, None where it is null or missing."""
    cells: list[str | None] = []
    for row in rows:
        value = row.values.get(name)
        if value is not None and not isinstance(value, str):
            if not isinstance(value, bool | int | float):
                what = f"'{name}' is a {type(value).__name__}; expected text or a number"
                problems.append(Problem(row.where, what))
            value = json.dumps(value, default=str)
        cells.append(value)
    return cells


def marks(cells: Sequence[str | None]) -> tuple[list[bool], dict[str, int]]:
    """Read a column of marks.

    Returns
    -------
    marked : whether each row has a mark.
    others : text that is no mark and not empty -> the first row that holds it.
    """
    meaning = {
        cell: _MARKS.get((cell or "").strip().lower().rstrip("\ufe0f")) for cell in set(cells)
    }
    others: dict[str, int] = {}
    if None in meaning.values():
        for index, cell in enumerate(cells):
            if meaning[cell] is None:
                others.setdefault(str(cell), index)
    return [bool(meaning[cell]) for cell in cells], others


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of fractions.

    Parameters
    ----------
    values : fractions; None where the cell is empty.
    rounding : half a unit of each cell's last printed digit, as a fraction.
    percent : whether the column was written in percent.
    """

    values: list[float | None]
    rounding: list[float]
    percent: bool


def fractions(
    rows: Sequence[Row],
    name: str,
    problems: list[Problem],
    *,
    within: tuple[float, float] = (-math.inf, math.inf),
    percent: bool = False,
) -> Numbers:
    """Read a column of fractions or percentages, as ``0.94``, ``94`` or ``94 %``.

    The whole column is in percent if one of its cells has a percent sign or lies beyond 1,
    or if the caller knows it is. So a column of percentages that are all 1 or less needs a
    percent sign. A decimal comma is read as a point.
    """
    cells = [(cell or "").strip() for cell in optional(rows, name, problems)]
    bare = [cell.rstrip("% ").replace(",", ".") for cell in cells]
    values: list[float | None] = []
    for row, cell, digits in zip(rows, cells, bare, strict=True):
        value = _number(digits) if digits else None
        if value is not None and not math.isfinite(value):
            what = f"'{name}' is '{cell}'; expected a number such as 0.94, 94 or 94 %"
            problems.append(Problem(row.where, what))
            value = None
        values.append(value)
    percent = percent or any("%" in cell for cell in cells)
    percent = percent or any(value is not None and abs(value) > 1 for value in values)
    scale = 100 if percent else 1
    values = [None if value is None else value / scale for value in values]
    for row, cell, value in zip(rows, cells, values, strict=True):
        if value is not None and not within[0] <= value <= within[1]:
            least = f"{100 * within[0]:g} to " if math.isfinite(within[0]) else "at most "
            what = f"'{name}' is '{cell}'; expected {least}{100 * within[1]:g} %"
            problems.append(Problem(row.where, what))
    rounding = [0.5 * 10.0 ** -len(digits.partition(".")[2]) / scale for digits in bare]
    return Numbers(values, rounding, percent)


def _number(digits: str) -> float:
    try:
        return float(digits)
    except ValueError:
        return math.nan
