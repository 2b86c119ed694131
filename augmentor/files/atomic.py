"""Files appear whole or not at all: written under a temporary name, flushed, then renamed."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def write_bytes(path: Path, *parts: bytes | memoryview, durable: bool = True) -> None:
    """Write a file under a temporary name, flush it and give it its final name.

    Parameters
    ----------
    path : the final name; its folder is made where it is missing.
    parts : the content, in order.
    durable : whether to wait until the disk has it. Files that are checked by their digest
        before they are believed, as a run's outputs are, need not wait.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        try:
            file = part.open("wb")
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = part.open("wb")
        with file:
            for data in parts:
                file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    write_bytes(path, text.encode())


def write_json(path: Path, data: Any) -> None:
    """Write one JSON document, readable and in a fixed order of keys."""
    write_text(path, json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def write_json_lines(path: Path, rows: Iterable[Any]) -> None:
    """Write JSON Lines, a row each, keys in their given order."""
    write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
