"""Pictures that lie coded inside other files."""

import numpy as np

from augmentor.core.errors import BadSourceError
from augmentor.core.pictures import Pixels
from augmentor.files.picture_headers import whole


def decode_pixels(data: bytes) -> Pixels:
    """Decode a picture that `encode_pixels` wrote.

    Parameters
    ----------
    data : the bytes of a PNG.

    Returns
    -------
    uint8 or uint16, [height, width] of a grey picture, else [height, width, 3], red, green, blue.

    Raises
    ------
    BadSourceError : damaged, or no PNG.
    """
    import cv2

    pixels = None
    if data:
        coded = np.frombuffer(whole(data), np.uint8)
        pixels = cv2.imdecode(coded, cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH)
    if pixels is None:
        raise BadSourceError("not a picture that can be read")
    return np.asarray(pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))
