"""Outlines of masks as polygons along the edges of their pixels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Polygon = list[float]
"""x0, y0, x1, y1, ... in px; 0 is the left or upper edge of the first pixel."""


def polygons_of(mask: NDArray[np.bool_]) -> list[Polygon]:
    """Return polygons that are exactly a mask when COCO's tools draw them again.

    They run along the edges of pixels, not through their middles, so that one pixel is a square
    and a line of one pixel a rectangle. What has a hole is cut in two through the hole, since a
    list of polygons has no other way to say it.

    Parameters
    ----------
    mask : bool [height, width].

    Returns
    -------
    A polygon a part; none of an empty mask.
    """
    found: list[Polygon] = []
    todo = [(mask, 0, 0)]
    while todo:
        part, left, top = todo.pop()
        outer, hole_px = _outlines(part)
        if hole_px is None:
            corner = np.array([left, top])
            found += [(points + corner).ravel().astype(float).tolist() for points in outer]
        else:
            todo += [(part[:, hole_px:], left + hole_px, top), (part[:, :hole_px], left, top)]
    return found


def _outlines(mask: NDArray[np.bool_]) -> tuple[list[NDArray[np.int64]], int | None]:
    """Return the outer outlines, or a column where a hole can be cut, best near the middle."""
    import cv2

    # Twice as large, each quarter of a pixel that lies on an outline stands for its corner.
    twice = np.repeat(np.repeat(mask.astype(np.uint8), 2, axis=0), 2, axis=1)
    lines, tree = cv2.findContours(twice, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    outer, holes = [], []
    for line, above in zip(lines, tree[0] if len(lines) else (), strict=True):
        corners = (line[:, 0].astype(np.int64) + 1) // 2
        if above[3] < 0:
            outer.append(_bends(corners))
        else:  # it runs around the hole, so its middle lies within
            holes.append(int(corners[:, 0].min() + corners[:, 0].max() + 1) // 2)
    half = mask.shape[1] / 2
    return outer, min(holes, key=lambda column: abs(column - half)) if holes else None


def _bends(points: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the points of a closed line at which it turns."""
    points = points[(points != np.roll(points, 1, axis=0)).any(axis=1)]
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    straight = (before[:, 0] * after[:, 1] == before[:, 1] * after[:, 0]) & (
        (before * after).sum(axis=1) > 0
    )
    bends: NDArray[np.int64] = points[~straight]
    return bends


def one_line(polygons: Sequence[Polygon]) -> Polygon:
    """Return several polygons as one, tied together where they are nearest.

    The ties go there and back along one line and enclose nothing. So formats that know one
    polygon a thing can hold things of several parts.

    Parameters
    ----------
    polygons : one or more, from `polygons_of`.
    """
    parts = [np.array(one).reshape(-1, 2) for one in polygons]
    line = parts.pop(0)
    while parts:
        near = [_nearest(line, part) for part in parts]
        place = min(range(len(parts)), key=lambda one: near[one][0])
        _, here, there = near[place]
        part = np.roll(parts.pop(place), -there, axis=0)
        line = np.concatenate([line[: here + 1], part, part[:1], line[here:]])
    return [float(one) for one in line.ravel()]


def _nearest(line: NDArray[np.float64], part: NDArray[np.float64]) -> tuple[float, int, int]:
    """Return the squared distance and the places of the two points that are nearest."""
    from scipy.spatial import cKDTree

    far, here = cKDTree(line).query(part)
    there = int(np.argmin(far))
    return float(far[there]), int(here[there]), there
