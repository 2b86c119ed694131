"""A table as columns: read fast where nothing is odd, and with care where something is.

A table of a million rows is mostly fine. Then no row needs to know its line. So a CSV is first
read by Arrow; where anything is out of the ordinary, `tables.read_rows` reads it again and
tells what is wrong, and where.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.coded import Coded
from augmentor.core.errors import Problem
from augmentor.files.tables import check_file, delimiter_of, parquet_table, read_rows

MISSING = object()
"""What a cell holds where its row has no such key, as may be in JSON."""

_QUOTE = ord('"')
_HEADER = 1 << 16  # bytes: the header stands in them


class Frame:
    """A table as columns.

    Parameters
    ----------
    path : the table's path, as the user gave it.
    columns : by name as written, in order: each coded, or an Arrow column to be coded when it
        is asked for.
    lines : the line on which each row begins [rows]; None where it is still to be found out.
    """

    def __init__(
        self, path: str, columns: Mapping[str, Any], rows: int, lines: Sequence[int] | None
    ) -> None:
        self.path = path
        self._columns = dict(columns)
        self._rows = rows
        self._lines = lines

    def __len__(self) -> int:
        return self._rows

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns as they are written."""
        return tuple(self._columns)

    def __getitem__(self, name: str) -> Coded[Any]:
        """Return a column: text from CSV, else any JSON value."""
        column = self._columns[name]
        if not isinstance(column, Coded):
            column = self._columns[name] = _coded(column)
        return column

    def line(self, row: int) -> int:
        """Return the line on which a row begins, from 1; in Parquet the row's number."""
        if self._lines is None:
            self._lines = [one.line for one in read_rows(self.path, [])]
        return self._lines[row]

    def where(self, row: int) -> str:
        """Return a row's place, as ``file:line``."""
        return f"{self.path}:{self.line(row)}"


def read_frame(path: str | Path, problems: list[Problem]) -> Frame:
    """Return a table as columns; mistakes in single rows are added to `problems`.

    Parameters
    ----------
    path : any file that `tables.read_rows` reads.

    Raises
    ------
    UsageError : the file is missing, of an unknown kind, or cannot be read at all.
    """
    suffix = check_file(path)
    if suffix in {".parquet", ".pq"}:
        table = parquet_table(Path(path))
        columns = dict(zip(table.column_names, table.columns, strict=True))
        return Frame(str(path), columns, len(table), range(1, len(table) + 1))
    if suffix in {".csv", ".tsv"}:
        quick = _quick_csv(Path(path), str(path), "\t" if suffix == ".tsv" else None)
        if quick is not None:
            return quick
    rows = read_rows(path, problems)
    names = dict.fromkeys(name for row in rows for name in row.values)
    columns = {
        name: _coded_cells([row.values.get(name, MISSING) for row in rows]) for name in names
    }
    return Frame(str(path), columns, len(rows), [row.line for row in rows])


def _quick_csv(place: Path, path: str, delimiter: str | None) -> Frame | None:
    """Return a CSV in which nothing is odd; None where it is to be read with care."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    data = place.read_bytes()
    try:
        start = data[:_HEADER].decode("utf-8-sig", errors="ignore")
        delimiter = delimiter or delimiter_of(start)
        header = [
            name.strip()
            for name in next(csv.reader([start.partition("\n")[0]], delimiter=delimiter))
        ]
    except (StopIteration, csv.Error):
        return None
    if not all(header) or len(set(header)) < len(header) or _odd(data, delimiter):
        return None
    try:
        table = arrow.read_csv(
            pa.BufferReader(data),
            arrow.ReadOptions(column_names=header, skip_rows=1),
            arrow.ParseOptions(delimiter=delimiter, newlines_in_values=b'"' in data),
            arrow.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    if not len(table) or _empty_row(table):
        return None
    columns = dict(zip(header, table.columns, strict=True))
    return Frame(path, columns, len(table), None)


def _odd(data: bytes, delimiter: str) -> bool:
    """Whether a CSV has line ends or quotes that two readers may take for different things."""
    if data[:4].strip(b"\xef\xbb\xbf")[:1] in (b"\r", b"\n", b""):
        return True
    if data.count(b"\r") != data.count(b"\r\n"):
        return True
    return b'"' in data and not _well_quoted(data, ord(delimiter))


def _well_quoted(data: bytes, delimiter: int) -> bool:
    """Whether every quote begins or ends a field, or is doubled inside one."""
    text = np.frombuffer(b"\n%b\n" % data.removeprefix(b"\xef\xbb\xbf"), np.uint8)
    at = np.flatnonzero(text == _QUOTE)
    if len(at) % 2:
        return False
    # Every second quote ends what the one before it began; a doubled one ends and begins again.
    before, after = text[at[::2] - 1], text[at[1::2] + 1]
    begins = np.isin(before, [delimiter, ord("\n"), _QUOTE])
    ends = np.isin(after, [delimiter, ord("\r"), ord("\n"), _QUOTE])
    return bool(begins.all() and ends.all())


def _empty_row(table: Any) -> bool:
    """Whether some row has nothing in any of its cells: spreadsheets leave such rows behind."""
    import pyarrow.compute as pc

    empty = None
    for column in table.columns:
        here = pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(column)), 0)
        empty = here if empty is None else pc.and_(empty, here)
        if not pc.any(empty).as_py():
            return False
    return True


def _coded(column: Any) -> Coded[Any]:
    """Return an Arrow column coded; lists of text become text, separated by ``;``."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    if pa.types.is_list(kind) and pa.types.is_string(kind.value_type):
        column = pc.binary_join(column, ";")
    elif pa.types.is_nested(kind):
        return _coded_cells(column.to_pylist())
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    column = column.dictionary_encode()
    codes = column.indices.fill_null(len(column.dictionary)).to_numpy(zero_copy_only=False)
    values = column.dictionary
    # Text as an array of objects: several times faster than one by one.
    texts = values.to_numpy(zero_copy_only=False) if pa.types.is_string(values.type) else None
    found = values.to_pylist() if texts is None else texts.tolist()
    if column.null_count:
        found.append(None)
    return Coded(codes.astype(np.int32, copy=False), found)


def _coded_cells(cells: list[Any]) -> Coded[Any]:
    """Return cells coded; those that cannot be hashed are told apart by their JSON."""
    places: dict[Any, int] = {}
    values: list[Any] = []
    codes: NDArray[np.int32] = np.empty(len(cells), dtype=np.int32)
    for row, cell in enumerate(cells):
        # The type is part of the key: in Python 1, 1.0 and True are the same.
        key = cell if isinstance(cell, str) else (type(cell), _hashable(cell))
        if key not in places:
            places[key] = len(values)
            values.append(cell)
        codes[row] = places[key]
    return Coded(codes, values)


def _hashable(cell: Any) -> Any:
    return json.dumps(cell, sort_keys=True, default=str) if isinstance(cell, list | dict) else cell
