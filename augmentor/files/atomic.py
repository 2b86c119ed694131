"""Files appear whole or not at all: written under a temporary name, flushed, then renamed."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from augmentor.core.errors import AugmentorError


def write_bytes(path: Path, *parts: bytes | memoryview, durable: bool = True) -> None:
    """Write a file under a temporary name, flush it and give it its final name.

    Parameters
    ----------
    path : the final name; its folder is made where it is missing.
    parts : the content, in order.
    durable : whether to wait until the disk has it. Files that are checked by their digest
        before they are believed, as a run's outputs are, need not wait.
    """
    # Not the process id: a folder may be shared by machines that count theirs alike.
    part = path.with_name(f"{path.name}.{os.urandom(6).hex()}.part")
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


def write_json_lines(path: Path, rows: Iterable[Any], *, durable: bool = True) -> None:
    """Write JSON Lines, a row each, keys in their given order."""
    text = "".join(_AS_JSON.encode(row) + "\n" for row in rows)
    write_bytes(path, text.encode(), durable=durable)


_AS_JSON = json.JSONEncoder(ensure_ascii=False)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Work in a folder that no other process works in; the lock dies with the process.

    Raises
    ------
    AugmentorError : another process is at work there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # no such locks on this system
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AugmentorError(
                f"another process is at work in {folder}; wait for it, or stop it"
            ) from None
        except OSError:
            pass  # a file system without locks: files still appear whole
        yield
    finally:
        os.close(handle)
