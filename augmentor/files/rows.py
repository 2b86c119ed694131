"""Rows of plain values as a table: JSON Lines, CSV or Parquet, by the end of the name."""

import csv
import io
import json
import math
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from augmentor.core.errors import Problem, UsageError
from augmentor.files.atomic import write_bytes, write_json_lines

_KINDS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".parquet": "pq", ".pq": "pq"}


def check_can_write(path: Path) -> None:
    """Refuse a table that could not be written, before the work that fills it.

    Raises
    ------
    UsageError : its kind is unknown, or it is a folder.
    PermissionError : its folder takes no files.
    """
    if path.suffix.lower() not in _KINDS:
        what = f"unknown kind of table '{path.suffix}'; write .jsonl, .csv or .parquet"
        raise UsageError(Problem(str(path), what))
    if path.is_dir():
        raise UsageError(Problem(str(path), "a folder, not a file"))
    folder = next((one for one in path.absolute().parents if one.exists()), path)
    if not os.access(folder, os.W_OK):
        raise PermissionError(None, "no permission to write here", str(folder))


def write_rows(
    path: Path,
    rows: Sequence[Mapping[str, Any]],
    *,
    numbers: Collection[str] = (),
    lists: Collection[str] = (),
) -> None:
    """Write a table whole or not at all.

    Parameters
    ----------
    path : a .jsonl, .csv or .parquet file.
    rows : column -> value, plain JSON values or what Parquet holds; a row may lack columns.
    numbers : columns of numbers, whatever is in them: in Parquet they are so where all are empty.
    lists : columns of lists of words; in CSV they are joined by ``;``.
    """
    kind = _KINDS[path.suffix.lower()]
    if kind == "jsonl":
        write_json_lines(path, ({name: _plain(one) for name, one in row.items()} for row in rows))
        return
    columns = list(dict.fromkeys(name for row in rows for name in row))
    if kind == "csv":
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(
            [_cell(row.get(name), joined=name in lists) for name in columns] for row in rows
        )
        write_bytes(path, text.getvalue().encode())
    else:
        _write_parquet(path, rows, columns, numbers, lists)


def _plain(value: Any) -> Any:
    """Return a value as JSON that any program reads: dates and bytes as text, no NaN."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def _cell(value: Any, *, joined: bool) -> Any:
    value = _plain(value)
    if joined and isinstance(value, list):
        return ";".join(map(str, value))
    if isinstance(value, dict | list | bool):
        return json.dumps(value, ensure_ascii=False)
    return value


def _write_parquet(
    path: Path,
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    numbers: Collection[str],
    lists: Collection[str],
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = {}
    for name in columns:
        values = [row.get(name) for row in rows]
        kind = pa.float64() if name in numbers else pa.list_(pa.string()) if name in lists else None
        try:
            arrays[name] = pa.array(values, kind)
        except (pa.ArrowInvalid, pa.ArrowTypeError):  # one column, several types: as text
            texts = [None if one is None else one if isinstance(one, str) else _json(one)
                     for one in values]  # fmt: skip
            arrays[name] = pa.array(texts, pa.string())
    buffer = io.BytesIO()
    pq.write_table(pa.table(arrays), buffer, compression="zstd")
    write_bytes(path, buffer.getbuffer())


def _json(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False)
