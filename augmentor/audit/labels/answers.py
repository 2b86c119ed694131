"""Answers of several people to the same rows, as numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.errors import Problem, UsageError

Answers = Mapping[str, Sequence[str | None]]
Members = NDArray[np.bool_]
Codes = NDArray[np.intp]
Interval = tuple[float, float]
SAME = 1e-9  # chances this near to each other are a tie


@dataclass(frozen=True, slots=True)
class Coded:
    """Answers as numbers: codes [rows, annotators] into classes, -1 where there is none."""

    annotators: tuple[str, ...]
    classes: tuple[str, ...]
    codes: Codes


def coded(answers: Answers) -> Coded:
    """Return answers as numbers, annotators and classes sorted.

    Raises
    ------
    UsageError
        No annotators, or columns that are not as long as each other.
    """
    if not answers:
        raise UsageError("no annotators; expected a column of answers for each")
    names = sorted(answers)
    rows = len(answers[names[0]])
    check_rows(rows, {f"annotator '{name}'": answers[name] for name in names})
    columns = [[None if one is None else one.strip() for one in answers[name]] for name in names]
    classes = sorted({one for column in columns for one in column if one is not None})
    place: dict[str | None, int] = {name: at for at, name in enumerate(classes)}
    place[None] = -1
    flat = (place[one] for column in columns for one in column)
    codes = np.fromiter(flat, dtype=np.intp, count=rows * len(names)).reshape(len(names), rows)
    return Coded(tuple(names), tuple(classes), np.ascontiguousarray(codes.T))


def check_rows(rows: int, given: Mapping[str, Sequence[Any] | Members | None]) -> None:
    """Refuse what does not have an entry for each row."""
    problems = [
        Problem(name, f"{len(some)} entries; expected {rows}, one for each row")
        for name, some in given.items()
        if some is not None and len(some) != rows
    ]
    if problems:
        raise UsageError(problems)


def said_together(codes: Codes) -> tuple[Codes, NDArray[np.intp]]:
    """Return the different sets of answers, and which of them each row has."""
    found, inverse = np.unique(np.sort(codes, axis=1), axis=0, return_inverse=True)
    return found, inverse.reshape(-1)
