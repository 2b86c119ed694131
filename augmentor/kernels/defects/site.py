"""The picture that a defect comes upon, and where on it the defect may lie."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from augmentor.core.pictures import Pixels
from augmentor.kernels.surface import SMALL_PX, small_edges, small_foreground

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

        Its centre lies on the allowed pixels, evenly over their area. On the foreground and on
        what is marked, the whole box lies on them where they are large enough for it somewhere,
        else half of it, else its centre; all that to a hundredth of the picture's size. Edges
        hold its centre only. Where nothing is allowed it may lie anywhere.

        Parameters
        ----------
        width_px, height_px : of the box.
        x_frac, y_frac : which of the allowed places, 0 to 1: even over their area.
        """
        spare_x = max(0.0, self.width_px - width_px)
        spare_y = max(0.0, self.height_px - height_px)
        allowed = self._allowed()
        if allowed is None:
            return x_frac * spare_x, y_frac * spare_y
        for places in self._narrower(allowed, width_px, height_px):
            if places.any():
                x, y = self._centre(places, x_frac, y_frac)
                left, top = x - width_px / 2, y - height_px / 2
                return min(max(0.0, left), spare_x), min(max(0.0, top), spare_y)
        return x_frac * spare_x, y_frac * spare_y

    def _allowed(self) -> NDArray[np.int64] | None:
        """Return how much of each cell of a small copy is allowed, or None: all of everything."""
        if self.where == "foreground":
            found = small_foreground(self.pixels)
            return None if found.all() else found.astype(np.int64)
        if self.where == "edges":
            return small_edges(self.pixels).astype(np.int64)
        if self.where == "marked" and self.marked is not None:
            return _counted(self.marked)
        return None

    def _narrower(
        self, allowed: NDArray[np.int64], width_px: float, height_px: float
    ) -> Iterator[NDArray[np.int64]]:
        """Yield where the centre may be: the places that are best for the box first."""
        import cv2

        rows, columns = allowed.shape
        cell_x, cell_y = self.width_px / columns, self.height_px / rows
        inside = _inside(allowed, width_px / 2 / cell_x, height_px / 2 / cell_y)
        if self.where != "edges":
            whole = (allowed > 0).astype(np.uint8)
            for part in (1.0, 0.5):
                size = (
                    min(columns, round(width_px * part / cell_x) // 2) * 2 + 1,
                    min(rows, round(height_px * part / cell_y) // 2) * 2 + 1,
                )
                # a box filter's exact count costs the same for boxes of any size
                full = cv2.boxFilter(
                    whole, cv2.CV_32S, size, normalize=False, borderType=cv2.BORDER_CONSTANT
                )
                yield np.where(full == size[0] * size[1], inside, 0)
        yield inside
        yield allowed

    def _centre(
        self, places: NDArray[np.int64], x_frac: float, y_frac: float
    ) -> tuple[float, float]:
        """Return a point of the allowed cells: the row by its share, then the column in it."""
        rows, columns = places.shape
        row, down = _share(places.sum(axis=1), y_frac)
        column, across = _share(places[row], x_frac)
        x = (column + across) * self.width_px / columns
        y = (row + down) * self.height_px / rows
        if self.where != "marked" or self.marked is None:
            return x, y
        top, bottom = _cell(row, rows, self.height_px)
        left, right = _cell(column, columns, self.width_px)
        held = np.flatnonzero(self.marked[top:bottom, left:right])
        one = held[min(int(across * len(held)), len(held) - 1)]
        below, beside = divmod(int(one), right - left)
        return left + beside + 0.5, top + below + 0.5


def _counted(marked: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how many pixels of each cell are marked."""
    rows, columns = (min(side, SMALL_PX) for side in marked.shape)
    row_of = [_cell(row, rows, marked.shape[0])[0] for row in range(rows)]
    column_of = [_cell(column, columns, marked.shape[1])[0] for column in range(columns)]
    across = np.add.reduceat(marked, column_of, axis=1, dtype=np.int32)
    return np.asarray(np.add.reduceat(across, row_of, axis=0, dtype=np.int64))


def _cell(at: int, cells: int, side_px: int) -> tuple[int, int]:
    """Return where one of some cells along a side begins and ends."""
    return at * side_px // cells, (at + 1) * side_px // cells


def _inside(allowed: NDArray[np.int64], half_x: float, half_y: float) -> NDArray[np.int64]:
    """Return the cells that are allowed and not too near the rim for the middle of a box."""
    rows, columns = allowed.shape
    kept = np.zeros_like(allowed)
    top, left = int(half_y), int(half_x)
    part = (slice(top, max(top, rows - top)), slice(left, max(left, columns - left)))
    kept[part] = allowed[part]
    return kept


def _share(weights: NDArray[np.int64], frac: float) -> tuple[int, float]:
    """Return the place of a share of weights, and how far in that one it lies, 0 to 1."""
    ends = np.cumsum(weights)
    target = frac * float(ends[-1])
    at = min(int(np.searchsorted(ends, target, side="right")), len(ends) - 1)
    while not weights[at]:  # a share of exactly 1 ends behind the last
        at -= 1
    return at, (target - float(ends[at] - weights[at])) / float(weights[at])
