"""Pictures that were stored as JPEG."""

from typing import Any

import numpy as np

from augmentor.core.pictures import Image
from augmentor.kernels.conditions.tone import bytes_of, like


def compress(image: Image, *, quality: float) -> tuple[Image, dict[str, Any]]:
    """Store a picture as JPEG and read it again; colours at half the resolution, as is usual.

    Parameters
    ----------
    image : the picture; of more than 8 bits, the first 8 are stored.
    quality : 1 to 100 of the IJG's scale, rounded to a whole number.

    Returns
    -------
    The picture, and notes: ``coded_bytes``, the size of the file.
    """
    import cv2

    pixels = image.pixels
    numbers = bytes_of(pixels)
    colours = pixels.ndim == 3
    stored = cv2.cvtColor(numbers, cv2.COLOR_RGB2BGR) if colours else numbers
    _, coded = cv2.imencode(".jpg", stored, [cv2.IMWRITE_JPEG_QUALITY, round(quality)])
    way = cv2.IMREAD_COLOR if colours else cv2.IMREAD_GRAYSCALE
    read = np.asarray(cv2.imdecode(coded, way), np.uint8)
    if colours:
        cv2.cvtColor(read, cv2.COLOR_BGR2RGB, dst=read)
    after = read if pixels.dtype == np.uint8 else like(read / np.float32(255), pixels)
    return Image(after), {"coded_bytes": len(coded)}
