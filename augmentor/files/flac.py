"""FLAC in memory: sound inside another document, without loss, at about two thirds of the size."""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray


def encode_flac(samples: NDArray[np.int16], rate_hz: int) -> bytes:
    """Encode a sound of one channel as 16-bit FLAC.

    Parameters
    ----------
    samples : int16 [frames].
    rate_hz : frames per second.

    Returns
    -------
    The bytes of the file; decoded, they are the same samples again.
    """
    import soundfile

    file = BytesIO()
    soundfile.write(file, samples, rate_hz, format="FLAC", subtype="PCM_16")
    return file.getvalue()
