"""Tables as lines of text. Numbers are never cut: a table too wide loses columns instead."""

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

GAP = 2
"""Blanks between two columns."""
NARROWEST = 16
"""A column of text is wrapped down to this width, and no further than its longest word."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : its header.
    cells : text, one a row.
    right : whether it holds numbers: aligned to the right, never wrapped.
    """

    name: str
    cells: Sequence[str]
    right: bool = False

    @property
    def full(self) -> int:
        """The width at which nothing is wrapped."""
        return max(map(wide, (self.name, *self.cells)))

    @property
    def least(self) -> int:
        """The width below which it cannot be read well."""
        if self.right:
            return self.full
        words = [word for text in (self.name, *self.cells) for word in text.split()]
        return min(self.full, max(NARROWEST, *map(wide, words), 0))


def wide(text: str) -> int:
    """Return how many cells of a terminal a text takes."""
    from rich.cells import cell_len

    return cell_len(text)


def fitting(
    columns: Sequence[Column], width: int, first_to_go: Sequence[str]
) -> tuple[list[Column], list[str]]:
    """Return the columns that fit a width, and the names of those left out.

    Parameters
    ----------
    columns : of the table.
    width : of the terminal, in characters.
    first_to_go : names of columns that may be left out, least important first.
    """
    kept, gone = list(columns), []
    for name in first_to_go:
        if sum(one.least + GAP for one in kept) - GAP <= width:
            break
        gone += [one.name for one in kept if one.name == name]
        kept = [one for one in kept if one.name != name]
    return kept, gone


def table_lines(
    columns: Sequence[Column],
    width: int | None = None,
    style: Callable[[int | None, str], str] = lambda _row, line: line,
) -> list[str]:
    """Return a table as lines: header, rule, rows.

    Parameters
    ----------
    columns : of the table.
    width : where columns of text are wrapped to fit; None takes the width that is needed.
    style : what is done to each line, given its row; None is the header.
    """
    widths = _widths(columns, width)
    lines = [style(None, line) for line in _row(columns, [one.name for one in columns], widths)]
    lines.append("-" * (sum(widths) + GAP * (len(widths) - 1)))
    for row, cells in enumerate(zip(*(one.cells for one in columns), strict=True)):
        lines += [style(row, line) for line in _row(columns, cells, widths)]
    return lines


def _widths(columns: Sequence[Column], width: int | None) -> list[int]:
    """Return each column's width; the widest columns of text give way first."""
    widths = [one.full for one in columns]
    if width is None:
        return widths
    over = sum(widths) + GAP * (len(widths) - 1) - width
    for _ in range(max(0, over)):
        loose = [at for at, one in enumerate(columns) if widths[at] > one.least]
        if not loose:
            break
        widths[max(loose, key=widths.__getitem__)] -= 1
    return widths


def _row(columns: Sequence[Column], cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Return the lines of one row, as many as its longest cell needs."""
    wrapped = [
        [cell] if wide(cell) <= size else textwrap.wrap(cell, size) or [""]
        for cell, size in zip(cells, widths, strict=True)
    ]
    lines = []
    for parts in zip_longest(*wrapped, fillvalue=""):
        padded = [
            " " * (size - wide(part)) + part if one.right else part + " " * (size - wide(part))
            for one, part, size in zip(columns, parts, widths, strict=True)
        ]
        lines.append((" " * GAP).join(padded).rstrip())
    return lines
