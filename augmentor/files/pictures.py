"""Picture files: encode arrays as PNG; decode any, with a clear reason when that fails."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from augmentor.core.errors import BadSourceError, UsageError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm")

_HEAD = struct.Struct(">IIBBBBB")
_CHUNK = struct.Struct(">I4s")
_PNG = b"\x89PNG\r\n\x1a\n"
_SCANS = 0xDA  # the marker of a JPEG after which its pixels come


def encode_png(pixels: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """Encode a picture with a palette as PNG (PNG specification, section 11.2).

    A third of the size of the same picture in full colour, which is what libraries write.

    Parameters
    ----------
    pixels : uint8 [height, width], numbers of colours.
    palette : uint8 [colours, 3], red, green, blue; up to 256.

    Returns
    -------
    The bytes of the file.

    Raises
    ------
    ValueError : another shape or type, nothing in it, or a colour the palette does not have.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 2 or not pixels.size:
        raise ValueError(
            f"a picture is uint8 [height, width], not {pixels.dtype} {list(pixels.shape)}"
        )
    if len(palette) > 256 or int(pixels.max()) >= len(palette):
        raise ValueError(f"the pixels do not fit a palette of {len(palette)} colours")
    height, width = pixels.shape
    unfiltered = np.pad(pixels, ((0, 0), (1, 0)))  # each row begins with its filter: 0, none
    parts = (
        (b"IHDR", _HEAD.pack(width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", np.ascontiguousarray(palette, dtype=np.uint8).tobytes()),
        (b"IDAT", zlib.compress(unfiltered.tobytes(), 9)),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
    return _PNG + b"".join(chunks)


def check_can_read() -> None:
    """Refuse to begin where the library that decodes pictures is not installed.

    Raises
    ------
    UsageError : with what to install.
    """
    if find_spec("cv2") is None:
        raise UsageError(
            "pictures need OpenCV, which is not installed here; "
            "write: pip install 'augmentor-loop[images]'"
        )


@contextmanager
def decoding() -> Iterator[None]:
    """Let OpenCV work in one thread, since processes share the machine, and without a word."""
    import cv2
    from cv2.utils import logging

    threads, level = cv2.getNumThreads(), logging.getLogLevel()
    cv2.setNumThreads(1)
    logging.setLogLevel(logging.LOG_LEVEL_SILENT)  # what is wrong with a file is said by us
    try:
        yield
    finally:
        cv2.setNumThreads(threads)
        logging.setLogLevel(level)


def read_picture(path: Path) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Decode a picture file.

    Parameters
    ----------
    path : a file that OpenCV reads; the first picture of several.

    Returns
    -------
    uint8 or uint16 [height, width, 3], blue, green, red, turned as its camera was held; what
    is transparent is left as the colour below.

    Raises
    ------
    BadSourceError : missing, empty, truncated, damaged or no picture; the message says which.
    """
    import cv2

    data = _whole(_bytes(path))
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    except cv2.error as error:
        reason = f"damaged, or larger than OpenCV takes ({error.err})"
        raise BadSourceError(f"not a picture that can be read: {reason}") from None
    if pixels is None:
        raise BadSourceError("not a picture that can be read: of an unknown kind, or damaged")
    if pixels.dtype not in (np.uint8, np.uint16):
        raise BadSourceError(f"holds {pixels.dtype} numbers; save it with 8 or 16 bits a colour")
    return cast("NDArray[np.uint8] | NDArray[np.uint16]", pixels)


def _bytes(path: Path) -> bytes:
    if path.is_dir():
        raise BadSourceError("a folder, not a picture")
    try:
        if path.exists() and not path.is_file():  # opening a pipe would wait for ever
            raise BadSourceError("a device or a pipe, not a picture")
        data = path.read_bytes()
    except FileNotFoundError:
        raise BadSourceError("missing: no such file") from None
    except PermissionError:
        raise BadSourceError("no permission to read the file") from None
    except (OSError, ValueError) as error:  # a name too long, a loop of links, a broken disk
        reason = error.strerror if isinstance(error, OSError) else None
        raise BadSourceError(f"cannot be read: {reason or error}") from None
    if not data:
        raise BadSourceError("empty: the file has 0 bytes")
    return data


def _whole(data: bytes) -> bytes:
    """Return a picture's bytes, refusing what is cut off: decoders fill the rest with grey."""
    missing = 0
    if data.startswith(_PNG):
        return _whole_png(data)
    if data.startswith(b"\xff\xd8"):
        if data.find(b"\xff\xd9", _scan_of(data)) < 0:
            raise BadSourceError("truncated: the mark that ends a JPEG is missing")
    elif data.startswith(b"RIFF"):
        missing = 8 + int.from_bytes(data[4:8], "little") - len(data)
    elif data.startswith(b"BM"):
        missing = int.from_bytes(data[2:6], "little") - len(data)
    if missing > 0:
        raise BadSourceError(f"truncated: {missing} of the bytes that its header promises are gone")
    return data


def _scan_of(data: bytes) -> int:
    """Return where the pixels of a JPEG begin; a small picture in its header ends earlier."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != _SCANS:
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big") if data[at + 1] != 0xFF else 1
    return at


def _whole_png(data: bytes) -> bytes:
    """Return a PNG whose checksums agree, less its colour profile.

    Nothing here looks at the profile, and the decoder complains on the screen of many.
    """
    parts, at, name = [data[: len(_PNG)]], len(_PNG), b""
    while name != b"IEND":
        end = at
        if at + _CHUNK.size <= len(data):
            length, name = _CHUNK.unpack_from(data, at)
            end = at + _CHUNK.size + length + 4
        if not at < end <= len(data):
            raise BadSourceError("truncated: the part that ends a PNG is missing")
        if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            part = name.decode("ascii", "backslashreplace")
            raise BadSourceError(f"damaged: the checksum of its part {part} is wrong")
        if name != b"iCCP":
            parts.append(data[at:end])
        at = end
    return b"".join(parts)
