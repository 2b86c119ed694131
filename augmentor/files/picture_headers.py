"""What the first bytes of a picture file promise, and whether the rest of it is there.

A file of a few kB may claim any number of pixels: its size is known before one is decoded.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from augmentor.core.errors import BadSourceError

PNG = b"\x89PNG\r\n\x1a\n"

_CHUNK = struct.Struct(">I4s")
_SCANS = 0xDA  # the marker of a JPEG after which its pixels come
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the markers that tell its size
_ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length
_PLAIN = re.compile(rb"P[1-6](?:\s|#[^\n]*\n)+(\d+)(?:\s|#[^\n]*\n)+(\d+)\s")
_NUMBERS = {1: "B", 3: "H", 4: "I", 16: "Q"}  # the types of a TIFF's whole numbers


@dataclass(frozen=True, slots=True)
class Header:
    """What a picture file says of itself.

    Parameters
    ----------
    width_px, height_px : as stored, before it is turned as its camera was held.
    several : whether it holds more than one picture: an animation, or pages.
    grey : whether it is grey with transparency, which decoders make colour of.
    """

    width_px: int
    height_px: int
    several: bool = False
    grey: bool = False


def header_of(data: bytes) -> Header:
    """Return what the bytes of a PNG, JPEG, TIFF, BMP, WebP, GIF or PPM, PGM, PBM say.

    Raises
    ------
    BadSourceError : none of these, or cut off in its header.

    References
    ----------
    PNG, ISO 15948, sections 11.2 and 11.3 (APNG: acTL); JPEG, ITU-T T.81, annex B; TIFF 6.0,
    section 2; RFC 9649 (WebP); GIF89a, section 17 on; netpbm's ppm(5).
    """
    for start, reader in _READERS.items():
        if data.startswith(start):
            try:
                found = reader(data)
            except (struct.error, IndexError, OverflowError):
                raise BadSourceError("truncated: its header is not whole") from None
            if found.width_px <= 0 or found.height_px <= 0:
                raise BadSourceError("not a picture that can be read: it has no pixels")
            return found
    known = "PNG, JPEG, TIFF, BMP, WebP, GIF, PPM or PGM"
    raise BadSourceError(f"not a picture that can be read: of an unknown kind; wanted: {known}")


def _png(data: bytes) -> Header:
    width, height = struct.unpack_from(">II", data, 16)
    parts = []
    for part in _png_parts(data):
        if part[0] == b"IDAT":
            break
        parts.append(part)
    frames = [struct.unpack_from(">I", data, at + 8)[0] for name, at, _ in parts if name == b"acTL"]
    return Header(width, height, several=max(frames, default=1) > 1, grey=data[25] == 4)


def _png_parts(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, begin and end of the parts of a PNG; the end may lie beyond the data."""
    at, name = len(PNG), b""
    while name != b"IEND" and at + _CHUNK.size <= len(data):
        length, name = _CHUNK.unpack_from(data, at)
        yield name, at, at + _CHUNK.size + length + 4
        at += _CHUNK.size + length + 4


def _jpeg(data: bytes) -> Header:
    for marker, at in _jpeg_parts(data):
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return Header(width, height)
    raise IndexError


def _jpeg_parts(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield marker and place of the parts of a JPEG, up to its pixels."""
    at = 2
    while at >= 0 and at + 4 <= len(data):
        marker = data[at + 1]
        if data[at] != 0xFF or marker in {0x00, 0xFF}:
            at = data.find(b"\xff", at + 1)  # filling, which decoders pass over
            continue
        yield marker, at
        if marker == _SCANS:
            return
        at += 2 if marker in _ALONE else 2 + struct.unpack_from(">H", data, at + 2)[0]


def _bmp(data: bytes) -> Header:
    old = int.from_bytes(data[14:18], "little") == 12
    width, height = struct.unpack_from("<HH" if old else "<ii", data, 18)
    return Header(width, abs(height))  # below zero where the first row is the upper one


def _riff(data: bytes) -> Header:
    kind = data[8:16]
    if kind == b"WEBPVP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return Header(width & 0x3FFF, height & 0x3FFF)
    if kind == b"WEBPVP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return Header((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind != b"WEBPVP8X":
        raise BadSourceError("not a picture that can be read: a RIFF file that is no WebP")
    flags, sides = data[20], data[24:30]
    width, height = (int.from_bytes(sides[at : at + 3], "little") + 1 for at in (0, 3))
    frames, at = 0, 12
    while flags & 2 and at + 8 <= len(data):
        frames += data[at : at + 4] == b"ANMF"
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + length + length % 2
    return Header(width, height, several=frames > 1)


def _gif(data: bytes) -> Header:
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at, frames = 13 + _table(flags), 0
    while frames < 2 and at < len(data) and data[at] in b"\x2c\x21":
        if data[at] == 0x2C:
            frames += 1
            at += 11 + _table(data[at + 9])
        else:
            at += 2
        while data[at]:
            at += 1 + data[at]
        at += 1
    return Header(width, height, several=frames > 1)


def _table(flags: int) -> int:
    """Return how many bytes the palette takes that comes with these flags of a GIF."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _plain(data: bytes) -> Header:
    found = _PLAIN.match(data)
    if found is None:
        raise BadSourceError("not a picture that can be read: its header is none of a PPM or PGM")
    return Header(int(found[1]), int(found[2]))


def _tiff(data: bytes) -> Header:
    pages: list[dict[int, int]] = []
    for page in _pages(data):
        # A page may be a smaller copy or a mask of another: bits 0 and 2 of its kind.
        if not (pages and page.get(254, 0) & 5):
            pages.append(page)
        if len(pages) > 1:
            break
    width, height = (pages[0].get(tag, 0) if pages else 0 for tag in (256, 257))
    return Header(width, height, several=len(pages) > 1)


def _pages(data: bytes) -> Iterator[dict[int, int]]:
    """Yield the whole numbers of each page of a TIFF by their tags; of several, the first."""
    order = "<" if data[:2] == b"II" else ">"

    def number(kind: str, at: int) -> int:
        return int(struct.unpack_from(order + kind, data, at)[0])

    big = number("H", 2) == 43
    wide, count, entry, value = ("Q", "Q", 20, 12) if big else ("I", "H", 12, 8)
    at = number(wide, 8 if big else 4)
    seen: set[int] = set()
    while at and at not in seen:  # damaged files go round in circles
        seen.add(at)
        entries, first = number(count, at), at + struct.calcsize("<" + count)
        page = {}
        for place in range(first, first + entry * entries, entry):
            kind = _NUMBERS.get(number("H", place + 2))
            if kind:
                page[number("H", place)] = number(kind, place + value)
        yield page
        at = number(wide, first + entry * entries)


_Reader = Callable[[bytes], Header]
_PNM: dict[bytes, _Reader] = {b"P%d" % kind: _plain for kind in range(1, 7)}
_READERS: dict[bytes, _Reader] = {
    PNG: _png,
    b"\xff\xd8": _jpeg,
    b"BM": _bmp,
    b"RIFF": _riff,
    b"GIF8": _gif,
    b"II*\0": _tiff,
    b"MM\0*": _tiff,
    b"II+\0": _tiff,
    b"MM\0+": _tiff,
    **_PNM,
}


def whole(data: bytes) -> bytes:
    """Return a picture's bytes, refusing what is cut off: decoders fill the rest with grey.

    Raises
    ------
    BadSourceError : truncated, or damaged where the file has checksums.
    """
    missing = 0
    if data.startswith(PNG):
        return _whole_png(data)
    if data.startswith(b"\xff\xd8"):
        # A small picture in its header has an end too.
        scans = max((at for marker, at in _jpeg_parts(data) if marker == _SCANS), default=0)
        if not scans or data.find(b"\xff\xd9", scans) < 0:
            raise BadSourceError("truncated: the mark that ends a JPEG is missing")
    elif data.startswith(b"RIFF"):
        missing = 8 + int.from_bytes(data[4:8], "little") - len(data)
    elif data.startswith(b"BM"):
        missing = int.from_bytes(data[2:6], "little") - len(data)
    if missing > 0:
        raise BadSourceError(f"truncated: {missing} of the bytes that its header promises are gone")
    return data


def _whole_png(data: bytes) -> bytes:
    """Return a PNG whose checksums agree, less its colour profile.

    Nothing here looks at the profile, and the decoder complains on the screen of many.
    """
    kept, name = [PNG], b""
    for name, at, end in _png_parts(data):
        if end > len(data):
            raise BadSourceError("truncated: the part that ends a PNG is missing")
        if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            part = name.decode("ascii", "backslashreplace")
            raise BadSourceError(f"damaged: the checksum of its part {part} is wrong")
        if name != b"iCCP":
            kept.append(data[at:end])
    if name != b"IEND":
        raise BadSourceError("truncated: the part that ends a PNG is missing")
    return b"".join(kept)
