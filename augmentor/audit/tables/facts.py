"""The columns of an error table in which slices stand: text as it is, numbers as numbers."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from augmentor.audit.figures.metrics import Floats
from augmentor.audit.slices.find import Column, bins, quoted
from augmentor.audit.tables.raw import ErrorTable
from augmentor.core.coded import Coded

FEW = 10
"""Numbers of so many different values, or fewer, are each a slice of their own."""


class Facts(Mapping[str, Column]):
    """What a table says of its rows besides tags, each column made when it is first asked for.

    Parameters
    ----------
    table : its other columns, its groups (as ``group`` or ``speaker``) and its splits.
    """

    def __init__(self, table: ErrorTable) -> None:
        cells: dict[str, Sequence[str | None]] = dict(table.others)
        if table.groups is not None:
            cells.setdefault("group", table.groups)
        if table.splits is not None:
            cells.setdefault("split", table.splits)
        self._cells = cells
        self._made: dict[str, Column] = {}

    def __getitem__(self, name: str) -> Column:
        if name == "speaker" and name not in self._cells:
            name = "group"  # the column is read as such
        if name not in self._made:
            self._made[name] = _column(name, Coded.of(self._cells[name]))
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._cells)

    def __len__(self) -> int:
        return len(self._cells)

    def searchable(self) -> dict[str, Column]:
        """Return the columns whose values may be slices.

        Text that is new in every row is none, and neither is a column of one value.
        """
        return {
            name: column for name, column in self.items()
            if len(np.unique(column.codes)) > 1
            and (column.values is not None or len(column.names) < max(2, len(column.codes) // 2))
        }  # fmt: skip


def numbers(cells: Coded[str | None]) -> Floats | None:
    """Return a column's numbers, not-a-number where it is empty; None where it holds text."""
    try:
        values = [float(cell) if cell and cell.strip() else np.nan for cell in cells.values]
    except ValueError:
        return None
    found = np.array(values, dtype=np.float64)
    return None if np.isinf(found).any() else found[cells.codes]


def _column(name: str, cells: Coded[str | None]) -> Column:
    """Return a column of numbers where all of it is; else of text."""
    values = numbers(cells)
    if values is None or np.isnan(values).all():
        names = sorted({value for value in cells.values if value})
        place = {name: at for at, name in enumerate(names)}
        codes = np.array([place.get(value or "", -1) for value in cells.values], dtype=np.intp)
        return Column(codes[cells.codes], tuple(names))
    different = np.unique(values[~np.isnan(values)])
    if len(different) > FEW:
        return bins(name, values)
    codes = np.where(np.isnan(values), -1, np.searchsorted(different, values))
    return Column(codes, tuple(f"{quoted(name)}={one:.12g}" for one in different), values)
