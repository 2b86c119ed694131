"""Columns as people write them: their names, their text, their marks, their percentages."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from augmentor.core.coded import Coded
from augmentor.core.errors import Problem
from augmentor.files.frame import MISSING, Frame

FILES = ("audio_filepath", "file_name", "path")
IDS = ("id", *FILES)
STARTS = ("start_s", "offset")
TARGETS = (
    "target", "reference", "ref", "text", "label", "transcription", "transcript", "sentence",
)  # fmt: skip
PREDICTIONS = ("prediction", "hypothesis", "hyp", "pred_text", "pred")
GROUPS = ("group", "speaker")
SPLITS = ("split", "subset", "partition")
ROLES: dict[str, tuple[str, ...]] = {
    "id": IDS, "target": TARGETS, "prediction": PREDICTIONS, "tags": ("tags",), "group": GROUPS,
    "weight": ("weight",), "score": ("score",), "split": SPLITS, "fold": ("fold",),
    "clean_prediction": ("clean_prediction",), "baseline_prediction": ("baseline_prediction",),
}  # fmt: skip
"""What a column may be, and the names that say so; a user can name others."""
FACTS = (
    "path", "duration_s", "duration", "start_s", "offset", "comment", "comments", "note", "notes",
)  # fmt: skip
NOT_TAGS = frozenset((*(name for names in ROLES.values() for name in names), *FACTS))
ANNOTATOR = "annotator"
"""What the name of a column with a person's answers begins with."""
MOST = 20
"""So many rows with one mistake are named one by one."""

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


def texts(frame: Frame, name: str, problems: list[Problem]) -> Coded[str]:
    """Return a column as text; numbers and truth values become their JSON."""
    cells = optional(frame, name, problems)
    if None not in cells.values:
        return cells  # type: ignore[return-value]  # no value is None
    lacking = [at for at, value in enumerate(cells.values) if value is None]
    if lacking:
        missing = [at for at in lacking if frame[name].values[at] is MISSING]
        for at in lacking:
            how = "missing" if at in missing else "null"
            say(frame, cells.codes == at, f"'{name}' is {how}; expected text", problems)
    return Coded(cells.codes, [value or "" for value in cells.values])


def optional(frame: Frame, name: str, problems: list[Problem]) -> Coded[str | None]:
    """Return a column as text, None where it is null or missing."""
    cells = frame[name]
    if set(map(type, cells.values)) <= {str}:
        return cells
    values: list[str | None] = []
    for at, value in enumerate(cells.values):
        if isinstance(value, str):
            values.append(value)
            continue
        if value is None or value is MISSING:
            values.append(None)
            continue
        if not isinstance(value, bool | int | float):
            what = f"'{name}' is a {type(value).__name__}; expected text or a number"
            say(frame, cells.codes == at, what, problems)
        values.append(json.dumps(value, default=str))
    return Coded(cells.codes, values)


def say(frame: Frame, rows: NDArray[np.bool_], what: str, problems: list[Problem]) -> None:
    """Add a problem for each row that has it, up to a number that a person may read."""
    found = np.flatnonzero(rows)
    problems += [Problem(frame.where(int(row)), what) for row in found[:MOST]]
    if len(found) > MOST:
        problems.append(Problem(frame.path, f"{what}; in {len(found) - MOST} more rows"))


def marks(cells: Coded[str | None]) -> tuple[NDArray[np.bool_], list[str]]:
    """Read a column of marks.

    Returns
    -------
    marked : whether each row has a mark, bool [rows].
    others : text that is no mark and not empty.
    """
    meaning = [_MARKS.get((cell or "").strip().lower().rstrip("\ufe0f")) for cell in cells.values]
    others = [str(cell) for cell, mark in zip(cells.values, meaning, strict=True) if mark is None]
    return np.array([bool(mark) for mark in meaning], dtype=np.bool_)[cells.codes], others


def are_numbers(cells: Coded[str | None]) -> bool:
    """Whether a column holds numbers and nothing else; empty cells aside."""
    texts = [cell.strip().replace(",", ".") for cell in cells.values if cell and cell.strip()]
    return bool(texts) and all(math.isfinite(_number(text)) for text in texts)


def numbers(frame: Frame, name: str, problems: list[Problem]) -> NDArray[np.float64]:
    """Return a column of plain numbers, float64 [rows]; not-a-number where it is empty."""
    cells = optional(frame, name, problems)
    values: NDArray[np.float64] = np.full(len(cells.values), np.nan)
    for at, cell in enumerate(cells.values):
        text = (cell or "").strip().replace(",", ".")
        if not text:
            continue
        values[at] = _number(text)
        if not math.isfinite(values[at]):
            what = f"'{name}' is '{cell}'; expected a number"
            say(frame, cells.codes == at, what, problems)
    return np.asarray(values[cells.codes], dtype=np.float64)


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
    frame: Frame,
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
    cells = [(cell or "").strip() for cell in optional(frame, name, problems)]
    bare = [cell.rstrip("% ").replace(",", ".") for cell in cells]
    values: list[float | None] = []
    for row, (cell, digits) in enumerate(zip(cells, bare, strict=True)):
        value = _number(digits) if digits else None
        if value is not None and not math.isfinite(value):
            what = f"'{name}' is '{cell}'; expected a number such as 0.94, 94 or 94 %"
            problems.append(Problem(frame.where(row), what))
            value = None
        values.append(value)
    percent = percent or any("%" in cell for cell in cells)
    percent = percent or any(value is not None and abs(value) > 1 for value in values)
    scale = 100 if percent else 1
    values = [None if value is None else value / scale for value in values]
    for row, (cell, value) in enumerate(zip(cells, values, strict=True)):
        if value is not None and not within[0] <= value <= within[1]:
            least = f"{100 * within[0]:g} to " if math.isfinite(within[0]) else "at most "
            what = f"'{name}' is '{cell}'; expected {least}{100 * within[1]:g} %"
            problems.append(Problem(frame.where(row), what))
    rounding = [0.5 * 10.0 ** -len(digits.partition(".")[2]) / scale for digits in bare]
    return Numbers(values, rounding, percent)


def whole(frame: Frame, name: str, problems: list[Problem]) -> list[int | None]:
    """Read a column of counts, None where a cell is empty."""
    found: list[int | None] = []
    for row, cell in enumerate(optional(frame, name, problems)):
        text = (cell or "").strip().removesuffix(".0")
        found.append(int(text) if text.isdecimal() else None)
        if text and not text.isdecimal():
            what = f"'{name}' is '{cell}'; expected a whole number"
            problems.append(Problem(frame.where(row), what))
    return found


def _number(digits: str) -> float:
    try:
        return float(digits)
    except ValueError:
        return math.nan
