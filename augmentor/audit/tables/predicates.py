"""Predicates over columns of metadata: how they are written, and which rows they mean."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from augmentor.audit.figures.intervals import Floats
from augmentor.core.errors import Problem, UsageError, listed, nearest

Bools = NDArray[np.bool_]

_HOW = (
    "write column=value, column < 5 or 5 <= column < 12, joined by &; "
    'names with & < > = stand in "quotes"'
)
_BARE = re.compile(r'[^\s"<>=&]+(?: [^\s"<>=&]+)*')
_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|<=|>=|[<>=&]|[^\s"<>=&]+(?:\s+[^\s"<>=&]+)*)')
_SIGNS = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column of metadata whose values may be predicates.

    Parameters
    ----------
    codes : int [rows], the place of each row's value in `names`; -1 is no value.
    names : values as text; of a column of numbers whole predicates, as ``snr_db < 5``.
    values : float64 [rows], the numbers behind the codes; None for a column of text.
    """

    codes: NDArray[np.integer[Any]]
    names: tuple[str, ...]
    values: Floats | None = None


def categories(values: Sequence[str | None]) -> Column:
    """Return a column of text; None and the empty text are no value."""
    names = sorted({value for value in values if value})
    place: dict[str | None, int] = {name: at for at, name in enumerate(names)}
    return Column(np.array([place.get(value, -1) for value in values], np.intp), tuple(names))


def bins(name: str, values: ArrayLike, most: int = 5) -> Column:
    """Return a column of numbers cut at its quantiles into bins of about as many rows each.

    Parameters
    ----------
    name : the column's.
    values : numbers [rows]; not-a-number is no value.
    most : how many bins, at most; equal numbers are never parted.

    Returns
    -------
    column : its names are ``snr_db < 5``, ``5 <= snr_db < 12``, ``snr_db >= 12``. An edge is as
        round as it can be while it moves no more than a tenth of a bin's rows.
    """
    numbers = np.asarray(values, dtype=np.float64)
    ordered = np.sort(numbers[~np.isnan(numbers)])
    edges: list[float] = []
    below = 0
    for part in range(1, most if len(ordered) else 1):
        edge = _round(float(ordered[len(ordered) * part // most]), ordered, most)
        at = int(np.searchsorted(ordered, edge))
        if np.isfinite(edge) and below < at < len(ordered):  # else a bin would be empty
            edges.append(edge)
            below = at
    codes = np.where(np.isnan(numbers), -1, np.searchsorted(edges, numbers, side="right"))
    if not edges:
        return Column(np.full(len(numbers), -1), (), numbers)
    text, ends = quoted(name), [f"{edge:.12g}" for edge in edges]
    middle = [f"{low} <= {text} < {high}" for low, high in pairwise(ends)]
    return Column(codes, (f"{text} < {ends[0]}", *middle, f"{text} >= {ends[-1]}"), numbers)


def _round(edge: float, ordered: Floats, most: int) -> float:
    if not 1e-100 < abs(edge) < 1e100:
        return float(f"{edge:.12g}")
    at, slack = np.searchsorted(ordered, edge), len(ordered) / most / 10
    power = int(np.floor(np.log10(abs(edge)))) + 1
    for digits in range(-power, 12 - power):
        for fifth in (1, 2):  # steps of 10, 5, 1, 0.5, ...
            rounded = float(f"{round(edge * 10.0**digits * fifth) / fifth / 10.0**digits:.12g}")
            if abs(np.searchsorted(ordered, rounded) - at) <= slack:
                return rounded
    return float(f"{edge:.12g}")


def quoted(text: str) -> str:
    """Return a name as it stands in an expression: in quotes where it would be misread."""
    return text if _BARE.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def members(expression: str, columns: Mapping[str, Column], where: str = "") -> Bools:
    """Return which rows a tag expression means.

    Parameters
    ----------
    expression : as ``speaker=anna & 5 <= snr_db < 12``. Any threshold may be asked of a column
        of numbers. Names with ``& < > =`` or quotes stand in double quotes. A row without a
        value is in no slice of that column.
    columns : name -> column.
    where : the expression's place, for the message.

    Raises
    ------
    UsageError
        The expression can't be read, or a column or value is not known.
    """
    place = where or f"'{expression}'"
    inside: Bools | None = None
    problems = []
    for words in _split(expression, place):
        found = _predicate(words, columns)
        if isinstance(found, str):
            problems.append(Problem(place, found))
        else:
            inside = found if inside is None else inside & found
    if problems or inside is None:
        raise UsageError(problems)
    return inside


def _split(expression: str, place: str) -> list[list[str]]:
    """Return the words of each predicate; quoted ones as they were meant."""
    predicates: list[list[str]] = [[]]
    at = 0
    while at < len(text := expression.rstrip()):
        token = _TOKEN.match(text, at)
        if token is None:
            raise UsageError(Problem(place, f"a quote is not closed at '{text[at:]}'; {_HOW}"))
        at, word = token.end(), token[1]
        if word == "&":
            predicates.append([])
        elif word.startswith('"'):
            try:
                predicates[-1].append(json.loads(word))
            except ValueError:
                raise UsageError(Problem(place, f"{word} is no JSON text; {_HOW}")) from None
        else:
            predicates[-1].append(word)
    return predicates


def _predicate(words: Sequence[str], columns: Mapping[str, Column]) -> Bools | str:
    """Return the rows of one predicate, or what is wrong with it."""
    if not words:
        return f"a predicate is missing; {_HOW}"
    said = f"'{' '.join(words)}'"
    if len(words) == 5 and words[1] in ("<", "<=") and words[3] in ("<", "<="):
        low, sign, name, *rest = words
        turned = {"<": ">", "<=": ">="}[sign]
        tests = [(name, turned, low), (name, *rest)]
    elif len(words) == 3 and words[1] in (*_SIGNS, "="):
        tests = [(words[0], words[1], words[2])]
    else:
        return f"{said} is no predicate; {_HOW}"
    inside: Bools | None = None
    for name, sign, value in tests:
        if name not in columns:
            known = nearest(name, list(columns)) or f"; known: {listed(columns)}"
            return f"'{name}' is no column{known}"
        found = _compared(name, columns[name], sign, value)
        if isinstance(found, str):
            return found
        inside = found if inside is None else inside & found
    return said if inside is None else inside


def _compared(name: str, column: Column, sign: str, value: str) -> Bools | str:
    if column.values is None:
        if sign != "=":
            return f"column '{name}' holds text, not numbers; write {quoted(name)}=value"
        if value not in column.names:
            known = nearest(value, column.names) or f"; known: {listed(column.names)}"
            return f"column '{name}' has no value '{value}'{known}"
        return np.asarray(column.codes == column.names.index(value))
    try:
        number = float(value)
    except ValueError:
        return f"'{value}' is no number; column '{name}' holds numbers"
    compare = np.equal if sign == "=" else _SIGNS[sign]
    return np.asarray(compare(column.values, number), dtype=np.bool_)  # no value: not-a-number


def printed(columns: Mapping[str, Column], name: str, code: int) -> str:
    """Return the predicate "this column has this value", as `members` reads it."""
    value = columns[name].names[code]
    return value if columns[name].values is not None else f"{quoted(name)}={quoted(value)}"
