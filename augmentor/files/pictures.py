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
from augmentor.core.pictures import Pixels
from augmentor.files.picture_headers import PNG, header_of, whole

MOST_PX = 100_000_000
"""A picture of more is not decoded, unless asked for."""

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm")

_ROOM = 1 << 26  # bytes of a file beside its pixels, whatever they are
_HEAD = struct.Struct(">IIBBBBB")


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
    return PNG + b"".join(chunks)


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


def read_pixels(path: Path, *, most_px: int = MOST_PX) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Decode a picture file.

    Its size is read first: a small file that claims to be huge is refused before a pixel of it
    is decoded. One of `most_px` takes up to 12 bytes a pixel while it is read.

    Parameters
    ----------
    path : a PNG, JPEG, TIFF, BMP, WebP, GIF, PPM or PGM.
    most_px : width times height of the largest picture that is decoded.

    Returns
    -------
    uint8 or uint16, [height, width] of a grey picture, else [height, width, 3], red, green, blue
    (palettes and CMYK too); turned as its camera was held. What is transparent is left as the
    colour below, as most code that trains models reads it.

    Raises
    ------
    BadSourceError : missing, empty, truncated, damaged, too large, several pictures in one or
        no picture; the message says which.
    """
    import cv2

    data = _bytes(path, most_px)
    header = header_of(data)
    if header.width_px * header.height_px > most_px:
        raise BadSourceError(
            f"{header.width_px} x {header.height_px} px, more than the {most_px / 1e6:g} "
            "megapixels that are read; cut it up, or raise 'most_px'"
        )
    if header.several:
        raise BadSourceError("several pictures in one file, an animation or pages; save each alone")
    coded = np.frombuffer(whole(data), np.uint8)
    try:
        pixels = cv2.imdecode(coded, cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH)
    except cv2.error as error:
        reason = f"damaged, or larger than OpenCV takes ({error.err})"
        raise BadSourceError(f"not a picture that can be read: {reason}") from None
    if pixels is None:
        raise BadSourceError("not a picture that can be read: damaged, or of a rare kind")
    if pixels.dtype not in (np.uint8, np.uint16):
        raise BadSourceError(f"holds {pixels.dtype} numbers; save it with 8 or 16 bits a colour")
    if header.grey and pixels.ndim == 3:
        pixels = np.ascontiguousarray(pixels[..., 0])
    elif pixels.ndim == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
    return cast("NDArray[np.uint8] | NDArray[np.uint16]", pixels)


def encode_pixels(pixels: Pixels) -> bytes:
    """Encode a picture as PNG, without loss but for floats, which get 16 bits.

    Parameters
    ----------
    pixels : uint8, uint16 or float32 (0 to 1; what is beyond is cut) [height, width] or
        [height, width, 3], red, green, blue.

    Returns
    -------
    The bytes of the file; the same for the same pixels and the same build of OpenCV.

    Raises
    ------
    ValueError : another shape or type, nothing in it, or numbers that are none.
    """
    import cv2

    if pixels.dtype == np.float32:
        if not np.isfinite(pixels).all():
            raise ValueError("a picture holds numbers that are not finite")
        pixels = np.rint(np.clip(pixels, 0, 1) * np.float32(65535)).astype(np.uint16)
    colour = pixels.ndim == 3 and pixels.shape[2] == 3
    if pixels.dtype not in (np.uint8, np.uint16) or not (colour or pixels.ndim == 2):
        raise ValueError(f"no picture: {pixels.dtype} {list(pixels.shape)}")
    if not pixels.size:
        raise ValueError("a picture without pixels")
    stored = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if colour else np.ascontiguousarray(pixels)
    # Its own settings: first level, one filter. With any of them set it tries all filters,
    # which takes twice the time for 5 % of the bytes.
    done, coded = cv2.imencode(".png", stored)
    if not done:
        raise ValueError(f"OpenCV cannot encode {pixels.dtype} {list(pixels.shape)}")
    return bytes(coded)


def _bytes(path: Path, most_px: int) -> bytes:
    if path.is_dir():
        raise BadSourceError("a folder, not a picture")
    try:
        if path.exists() and not path.is_file():  # opening a pipe would wait for ever
            raise BadSourceError("a device or a pipe, not a picture")
        if path.exists() and path.stat().st_size > 8 * most_px + _ROOM:
            raise BadSourceError(
                f"{path.stat().st_size / 1e9:.1f} GB, more than any picture of "
                f"{most_px / 1e6:g} megapixels takes"
            )
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
