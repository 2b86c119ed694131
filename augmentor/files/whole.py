"""Files that are cut off: libsndfile reads them without a word, so their containers are asked."""

import stat
import struct
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from augmentor.core.errors import BadSourceError

_CHUNK = struct.Struct("<4sI")
_RIFF_HEAD = 12
_STREAMED = (0, 0xFFFFFFFF)  # sizes left open by programs that write to a pipe
_OGG_PAGE = struct.Struct("<4sBBQIIIB")
_OGG_MOST = 27 + 255 + 255 * 255


def check_whole(path: Path) -> None:
    """Refuse a file that is missing, empty, no file at all, or shorter than it says itself.

    Raises
    ------
    BadSourceError : the message says which.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for ever
            kind = "a folder" if path.is_dir() else "a device or a pipe"
            raise BadSourceError(f"{kind}, not a sound file")
        with path.open("rb") as file:
            size = file.seek(0, 2)
            if not size:
                raise BadSourceError("empty: the file has 0 bytes")
            file.seek(0)
            head = file.read(32)
            missing = _CONTAINERS.get(head[:4], _whole)(file, head, size)
    except FileNotFoundError:
        raise BadSourceError("missing: no such file") from None
    except PermissionError:
        raise BadSourceError("no permission to read the file") from None
    except (OSError, ValueError) as error:  # a name too long, a loop of links, a broken disk
        reason = error.strerror if isinstance(error, OSError) else None
        raise BadSourceError(f"cannot be read: {reason or error}") from None
    if missing > 0:
        raise BadSourceError(f"truncated: {missing} of the bytes that its header promises are gone")


def _whole(_file: BinaryIO, _head: bytes, _size: int) -> int:
    return 0  # its decoder sees for itself, or nobody can


def _riff(file: BinaryIO, head: bytes, size: int) -> int:
    """Return how many bytes a WAV lacks up to the end of its sound."""
    if head[8:12] != b"WAVE":
        return 0
    file.seek(_RIFF_HEAD)
    while len(chunk := file.read(_CHUNK.size)) == _CHUNK.size:
        name, length = _CHUNK.unpack(chunk)
        lack: int = length - (size - file.tell())
        if name == b"data" and length in _STREAMED:
            return 0
        if lack > 0 or name == b"data":
            return lack
        file.seek(length + length % 2, 1)
    return 0


def _rf64(_file: BinaryIO, head: bytes, size: int) -> int:
    known = head[12:16] == b"ds64" and len(head) >= 28
    return 8 + int.from_bytes(head[20:28], "little") - size if known else 0


def _aiff(_file: BinaryIO, head: bytes, size: int) -> int:
    return 8 + int.from_bytes(head[4:8], "big") - size - 1  # some leave out the last pad byte


def _au(_file: BinaryIO, head: bytes, size: int) -> int:
    length = int.from_bytes(head[8:12], "big")
    return 0 if length in _STREAMED else int.from_bytes(head[4:8], "big") + length - size


def _ogg(file: BinaryIO, _head: bytes, size: int) -> int:
    """Return how many bytes the last page lacks."""
    begin = file.seek(max(0, size - _OGG_MOST - _OGG_PAGE.size))
    tail = file.read()
    at = tail.rfind(b"OggS")
    if at < 0 or len(tail) - at < _OGG_PAGE.size:
        return _OGG_PAGE.size - (len(tail) - max(at, 0))
    count: int = _OGG_PAGE.unpack_from(tail, at)[-1]
    sizes = tail[at + _OGG_PAGE.size : at + _OGG_PAGE.size + count]
    return begin + at + _OGG_PAGE.size + count + sum(sizes) - size


_CONTAINERS: dict[bytes, Callable[[BinaryIO, bytes, int], int]] = {
    b"RIFF": _riff, b"RF64": _rf64, b"FORM": _aiff, b".snd": _au, b"OggS": _ogg,
}  # fmt: skip
