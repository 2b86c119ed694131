"""Picture files: encode arrays as PNG."""

import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

_HEAD = struct.Struct(">IIBBBBB")


def encode_png(pixels: NDArray[np.uint8], palette: NDArray[np.uint8] | None = None) -> bytes:
    """Encode a picture as PNG, without loss.

    Parameters
    ----------
    pixels : uint8 [height, width] grey, or [height, width, 3] red, green, blue.
    palette : uint8 [colours, 3], up to 256: then `pixels` is [height, width], numbers of
        colours. A third of the size of the same picture in full colour.

    Returns
    -------
    The bytes of the file.

    Raises
    ------
    ValueError : another shape or type, nothing in it, or a colour the palette does not have.
    """
    plain = pixels.ndim == 2
    if pixels.dtype != np.uint8 or not (plain or (pixels.ndim == 3 and pixels.shape[2] == 3)):
        raise ValueError(
            f"a picture is uint8 [height, width] or [height, width, 3], "
            f"not {pixels.dtype} {list(pixels.shape)}"
        )
    if not pixels.size:
        raise ValueError("a picture of no pixels cannot be encoded")
    if palette is not None:
        if not plain or len(palette) > 256 or int(pixels.max()) >= len(palette):
            raise ValueError(f"the pixels do not fit a palette of {len(palette)} colours")
        return _indexed(pixels, palette)
    import cv2

    # OpenCV keeps colours in the order blue, green, red.
    ordered = np.ascontiguousarray(pixels if plain else pixels[..., ::-1])
    done: bool
    data: Any
    done, data = cv2.imencode(".png", ordered, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not done:
        raise ValueError("the picture could not be encoded as PNG")
    return bytes(data.tobytes())


def _indexed(pixels: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """Return a PNG with a palette (PNG specification, section 11.2); OpenCV writes none."""
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
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
