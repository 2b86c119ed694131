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
    """Reads all print in a picture, line by line from the top, each from the left.

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
        pieces, _ = self._engine(pixels)
        return " ".join(in_lines([(corners, str(text)) for corners, text, _ in pieces or ()]))


def in_lines(pieces: Sequence[tuple[Sequence[Sequence[float]], str]]) -> list[str]:
    """Return pieces of print in the order in which they are read.

    The reader finds each by itself, and has words of one line in any order where one of them
    stands a little higher. A piece is of a line where its middle is less than half a height
    from the middle of the line's first.

    Parameters
    ----------
    pieces : the corners of each, (x_px, y_px), and its text.
    """
    lines: list[list[tuple[float, str]]] = []
    first_px, height_px = 0.0, 0.0
    for middle_px, high_px, left_px, text in sorted(_placed(*one) for one in pieces):
        if not lines or middle_px - first_px >= min(high_px, height_px) / 2:
            lines.append([])
            first_px, height_px = middle_px, high_px
        lines[-1].append((left_px, text))
    return [text for line in lines for _, text in sorted(line)]


def _placed(corners: Sequence[Sequence[float]], text: str) -> tuple[float, float, float, str]:
    """Return middle, height and left of a piece in px, and its text."""
    ys_px = [float(y_px) for _, y_px in corners]
    top_px, bottom_px = min(ys_px), max(ys_px)
    left_px = min(float(x_px) for x_px, _ in corners)
    return (top_px + bottom_px) / 2, bottom_px - top_px, left_px, text
