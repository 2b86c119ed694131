"""Excel workbooks: the first sheet that holds anything, as text."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from augmentor.core.errors import Problem, UsageError


def sheet_records(place: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a workbook's first sheet that is not empty, each with its number.

    Values are as computed, not formulas. Whole numbers lose the ``.0`` that a spreadsheet does
    not show either; a truth value is ``true`` or ``false``.

    Raises
    ------
    UsageError : the file is no workbook.
    """
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(place, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, OSError, ValueError) as error:
        what = f"not an Excel workbook that can be read: {error}"
        raise UsageError(Problem(str(place), what)) from None
    try:
        for sheet in book.worksheets:
            rows = [
                (number, [_text(cell) for cell in cells])
                for number, cells in enumerate(sheet.iter_rows(values_only=True), 1)
            ]
            if any(any(cells) for _, cells in rows):
                yield from rows
                return
    finally:
        book.close()


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
