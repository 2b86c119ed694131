"""Tables of rows that people and programs write: CSV, JSON Lines, a JSON list, Parquet, Excel.

Every row keeps the line it stands on, so that a mistake in it can be shown where it is.
"""

import csv
import gzip
import io
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from augmentor.core.errors import Problem, UsageError, listed, nearest
from augmentor.files.sheets import sheet_records

_SPACE = " \t\r\n"
_KINDS = {".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".pq", ".xlsx"}
_PACKED = {".jsonl", ".ndjson", ".json"}
_LONGEST = 1 << 24  # bytes of a first row: a longer one is a whole file on one line


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    Parameters
    ----------
    values : column name -> cell: text from CSV, any JSON value from the other forms.
    line : the physical line on which the row begins, from 1; the row's number in Parquet, in
        Excel as it is shown beside the row.
    path : the table's path, as the user gave it.
    """

    values: dict[str, Any]
    line: int
    path: str

    @property
    def where(self) -> str:
        """The row's place, as ``file:line``."""
        return f"{self.path}:{self.line}"


def read_rows(path: str | Path, problems: list[Problem] | None = None) -> list[Row]:
    """Return the rows of a table, in order.

    CSV may be separated by comma, semicolon or tab, with or without a byte order mark; its
    header names the columns, empty lines and empty unnamed columns are passed over. JSON is
    told apart by content, not by name: a list of objects, or an object a line.

    Parameters
    ----------
    path : a .csv, .tsv, .jsonl, .ndjson, .json, .parquet, .pq or .xlsx file, text in UTF-8;
        JSON may be packed (.jsonl.gz).
    problems : where to put mistakes in single rows, so that a caller can add its own and
        show all at once. Such rows are left out. Without it they are raised.

    Raises
    ------
    UsageError
        The file is missing, of an unknown kind, not UTF-8, or rows are malformed.
    """
    suffix, place = check_file(path), Path(path)
    found: list[Problem] = []
    if suffix in {".csv", ".tsv"}:
        rows = list(
            _csv_rows(read_text(place), str(path), found, "\t" if suffix == ".tsv" else None)
        )
    elif suffix in {".jsonl", ".ndjson", ".json"}:
        text = read_text(place)
        read = _list_rows if text.lstrip(_SPACE).startswith("[") else _json_lines
        rows = list(read(text, str(path), found))
    elif suffix == ".xlsx":
        rows = list(_named_rows(sheet_records(place), str(path), found, None))
    else:
        values = parquet_table(place).to_pylist()
        rows = [Row(value, number, str(place)) for number, value in enumerate(values, 1)]
    if problems is None and found:
        raise UsageError(found)
    if problems is not None:
        problems.extend(found)
    return rows


def check_file(path: str | Path) -> str:
    """Return what kind of table a file is, by the end of its name.

    Raises
    ------
    UsageError : it is missing, or no kind that is known.
    """
    place = Path(path)
    if not place.is_file():
        around = [entry.name for entry in place.parent.iterdir()] if place.parent.is_dir() else []
        raise UsageError(Problem(str(path), f"no such file{nearest(place.name, around)}"))
    suffix = place.suffix.lower()
    if suffix == ".gz":
        inner = place.with_suffix("").suffix.lower()
        suffix = inner if inner in _PACKED else f"{inner}.gz"
    if suffix not in _KINDS:
        known = ".csv, .tsv, .jsonl, .json, .parquet or .xlsx"
        raise UsageError(Problem(str(path), f"unknown kind of table '{suffix}'; expected {known}"))
    return suffix


def read_text(place: Path) -> str:
    """Return a file's text, unpacked where its name ends in ``.gz``.

    Raises
    ------
    UsageError : it is not UTF-8, or packed and not whole.
    """
    data = place.read_bytes()
    if place.suffix.lower() == ".gz":
        try:
            data = gzip.decompress(data)
        except (EOFError, OSError, zlib.error) as error:
            what = f"not a gzip file that is whole ({error}); pack it or copy it again"
            raise UsageError(Problem(str(place), what)) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        what = f"byte 0x{data[error.start]:02x} is not UTF-8; export the table as UTF-8"
        raise UsageError(Problem(f"{place}:{line}:{column}", what)) from None


def first_row(place: Path) -> dict[str, Any]:
    """Return the first row of JSON Lines; an empty one where there is none that can be read."""
    with suppress(OSError, EOFError, RecursionError, ValueError):
        with gzip.open(place) if place.suffix.lower() == ".gz" else place.open("rb") as file:
            row = json.loads(file.readline(_LONGEST))
        return row if isinstance(row, dict) else {}
    return {}


def delimiter_of(text: str) -> str:
    """Return the separator that splits the header into the most names."""
    header = re.sub(r'"[^"]*"', "", text.lstrip("\r\n").partition("\n")[0])
    return max(",;\t", key=header.count)


def _csv_rows(
    text: str, path: str, problems: list[Problem], delimiter: str | None
) -> Iterator[Row]:
    delimiter = delimiter or delimiter_of(text)
    return _named_rows(_records(text, path, problems, delimiter), path, problems, delimiter)


def _named_rows(
    records: Iterable[tuple[int, list[str]]],
    path: str,
    problems: list[Problem],
    delimiter: str | None,
) -> Iterator[Row]:
    """Yield records under the names of their header, the first that is not empty."""
    header: list[str] = []
    for line, fields in records:
        if not any(field.strip() for field in fields):
            continue
        if not header:
            header = [name.strip() for name in fields]
            doubled = [name for name, count in Counter(header).items() if name and count > 1]
            if doubled:
                what = f"column names must differ; more than once: {listed(doubled)}"
                problems.append(Problem(f"{path}:{line}", what))
            continue
        if _fits(fields, header):
            yield Row({k: v for k, v in zip(header, fields, strict=False) if k}, line, path)
        else:
            what = f"{len(fields)} fields, expected {len(header)} ({listed(header)})"
            if delimiter:
                what += f"; a field that holds {delimiter!r} stands in double quotes"
            problems.append(Problem(f"{path}:{line}", what))


def _fits(fields: list[str], header: list[str]) -> bool:
    """Whether every field has a name; fields without one must be empty."""
    if len(fields) == len(header) and all(header):
        return True
    beyond = any(field.strip() for field in fields[len(header) :])
    unnamed = any(f.strip() for f, name in zip(fields, header, strict=False) if not name)
    return len(fields) >= len(header) and not beyond and not unnamed


def _records(
    text: str, path: str, problems: list[Problem], delimiter: str
) -> Iterator[tuple[int, list[str]]]:
    """Yield the records of a CSV text, each with the line on which it begins."""
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True
    )
    line = 1
    try:
        for fields in reader:
            yield line, fields
            line = reader.line_num + 1
    except csv.Error as error:
        what = f'{error}; expected a closing double quote, and "" for a quote inside quotes'
        problems.append(Problem(f"{path}:{line}", what))


def _json_lines(text: str, path: str, problems: list[Problem]) -> Iterator[Row]:
    for line, piece in enumerate(text.split("\n"), 1):
        if not piece.strip(_SPACE):
            continue
        try:
            value = json.loads(piece)
        except json.JSONDecodeError as error:
            what = f"not JSON: {error.msg}; expected one object a line, or one list of objects"
            problems.append(Problem(f"{path}:{line}:{error.colno}", what))
            continue
        except (RecursionError, ValueError) as error:
            problems.append(Problem(f"{path}:{line}", f"no JSON that can be read: {error}"))
            continue
        yield from _object(value, line, path, problems)


def _list_rows(text: str, path: str, problems: list[Problem]) -> Iterator[Row]:
    """Yield the objects of one JSON list, each with the line on which it begins."""
    decoder = json.JSONDecoder()
    line, counted = 1, 0
    at, expected = text.index("[") + 1, "an object or ']'"
    while True:
        at = _skip(text, at)
        line, counted = line + text.count("\n", counted, at), at
        if text[at : at + 1] == "]":
            break
        try:
            value, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            what = f"not JSON: {error.msg}; expected {expected}"
            problems.append(Problem(f"{path}:{error.lineno}:{error.colno}", what))
            return
        except (RecursionError, ValueError) as error:
            problems.append(Problem(f"{path}:{line}", f"no JSON that can be read: {error}"))
            return
        yield from _object(value, line, path, problems)
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at, expected = at + 1, "an object"
        elif text[at : at + 1] != "]":
            line += text.count("\n", counted, at)
            column = at - text.rfind("\n", 0, at)
            problems.append(Problem(f"{path}:{line}:{column}", "not JSON: expected ',' or ']'"))
            return
    if text[at + 1 :].strip(_SPACE):
        problems.append(Problem(f"{path}:{line}", "not JSON: text after the list's ']'"))


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in _SPACE:
        at += 1
    return at


def _object(value: object, line: int, path: str, problems: list[Problem]) -> Iterator[Row]:
    if isinstance(value, dict):
        yield Row(value, line, path)
    else:
        what = f'expected an object with column names, as {{"id": ...}}, not {json.dumps(value)}'
        problems.append(Problem(f"{path}:{line}", what[:160]))


def parquet_table(place: Path) -> Any:
    """Return a Parquet file as an Arrow table; a number that is NaN is an empty cell.

    Raises
    ------
    UsageError : it cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return _without_nan(pq.read_table(place))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        what = f"not a Parquet file that can be read: {str(error).splitlines()[0]}"
        raise UsageError(Problem(str(place), what)) from None


def _without_nan(table: Any) -> Any:
    """Return an Arrow table in which an empty cell of a column of numbers is null, never NaN."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for at, name in enumerate(table.column_names):
        column = table.column(at)
        if pa.types.is_floating(column.type):
            column = pc.if_else(pc.is_nan(column), None, column)
            table = table.set_column(at, name, column)
    return table
