"""Parquet tables: written whole or not at all, the same bytes for the same rows."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from augmentor.core.errors import UsageError
from augmentor.files.atomic import write_bytes


def write_parquet(
    path: Path, columns: Mapping[str, Sequence[Any]], kinds: Mapping[str, str]
) -> None:
    """Write columns of plain values as a Parquet table.

    Parameters
    ----------
    path : the file.
    columns : by name, each as long as the others.
    kinds : Arrow's name of each column's type, in the order of the columns.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in kinds.items()])
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pydict(dict(columns), schema), buffer, compression="zstd")
    write_bytes(path, buffer.getbuffer())


def read_parquet(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a Parquet table; UsageError where it is damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    except (pa.ArrowInvalid, OSError) as error:
        raise UsageError(f"{path} cannot be read: {str(error).splitlines()[0]}") from None
    return rows
