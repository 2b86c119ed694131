"""The picture that a defect comes upon, and where on it the defect may lie."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from augmentor.core.pictures import Pixels

PLACES = ("anywhere", "foreground", "edges", "marked")
"""Anywhere in the picture, on the thing it shows, along strong edges, on what is marked."""


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """The picture that a defect comes upon.

    Parameters
    ----------
    pixels : of the picture, see `core.pictures.Pixels`.
    where : one of `PLACES`.
    marked : bool [height, width], what ``where: marked`` means; None otherwise.
    """

    pixels: Pixels
    where: str = "anywhere"
    marked: NDArray[np.bool_] | None = None

    @property
    def height_px(self) -> int:
        """Rows of the picture."""
        return int(self.pixels.shape[0])

    @property
    def width_px(self) -> int:
        """Columns of the picture."""
        return int(self.pixels.shape[1])

    def place(
        self, width_px: float, height_px: float, x_frac: float, y_frac: float
    ) -> tuple[float, float]:
        """Return left and top of a box of a size, wholly inside the picture where it fits.

        Parameters
        ----------
        width_px, height_px : of the box.
        x_frac, y_frac : which of the allowed places, 0 to 1: even over their area.
        """
        left = x_frac * max(0.0, self.width_px - width_px)
        top = y_frac * max(0.0, self.height_px - height_px)
        return left, top
