"""RapidOCR as the reference that reads: small networks for print, inside the package."""

from collections.abc import Sequence
from functools import cached_property
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.pictures import white_of

NAME = "rapidocr"
SIDE_PX = 960
"""Where text is looked for, a picture's longer side is made at most so long."""


class RapidReader:
    """Reads all print in a picture, from top to bottom.

    References
    ----------
    RapidOCR, https://github.com/RapidAI/RapidOCR, Apache-2.0; Du et al. 2020, "PP-OCR: a practical
    ultra lightweight OCR system", arXiv:2009.09941.
    """

    @cached_property
    def _engine(self) -> Any:
        # One thread: the same sums on every machine, and the other cores are the user's. By
        # default it makes the shorter side 736 px, which takes seconds for a line of text.
        return import_module("rapidocr_onnxruntime").RapidOCR(
            intra_op_num_threads=1,
            inter_op_num_threads=1,
            det_limit_type="max",
            det_limit_side_len=SIDE_PX,
        )

    def __call__(self, pictures: Sequence[NDArray[Any]]) -> list[str]:
        """Return the text of each picture; see `reading.Reader`."""
        return [self._read(one) for one in pictures]

    def _read(self, picture: NDArray[Any]) -> str:
        colour = picture if picture.ndim == 3 else np.repeat(picture[:, :, np.newaxis], 3, axis=2)
        values = colour[:, :, :3].astype(np.float32) * (255 / white_of(picture))
        pixels = np.ascontiguousarray(values.round().clip(0, 255).astype(np.uint8)[:, :, ::-1])
        lines, _ = self._engine(pixels)
        return " ".join(str(line[1]) for line in lines or ())
