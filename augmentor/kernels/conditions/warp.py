"""The camera turned or tilted: everything that lies on the picture moves with it."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.errors import BadSourceError
from augmentor.core.example import Target
from augmentor.core.operator import Kernel
from augmentor.core.pictures import Image, Instance, Instances, Keypoints, Mask

BORDERS = ("zoom", "black")
"""Zoom in until nothing beyond the picture is seen, or show what is beyond as black.

Nothing is mirrored in: a mirrored defect would be one that nobody has marked.
"""

LONGEST_PX = 32766
"""OpenCV counts the pixels of a side in 16 bits while it moves them."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Move:
    """Where each place of a picture goes.

    Parameters
    ----------
    matrix : float64 [3, 3], of homogeneous x and y in px; the middle of the first pixel is
        (0.5, 0.5).
    width_px, height_px : of the picture, before and after.
    border : one of `BORDERS`.
    """

    matrix: Matrix
    width_px: int
    height_px: int
    border: str

    def points(self, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where points go, float64 [points, 2]."""
        x, y = points_px[:, 0], points_px[:, 1]
        across, down, scale = (row[0] * x + row[1] * y + row[2] for row in self.matrix)
        return np.stack((across / scale, down / scale), axis=1)

    def pixels(
        self,
        pixels: NDArray[Any],
        size: tuple[int, int] | None = None,
        *,
        came_from: tuple[int, int] = (0, 0),
        goes_to: tuple[int, int] = (0, 0),
        smooth: bool = False,
    ) -> NDArray[Any]:
        """Return a part of the moved picture, from a part of the picture.

        Parameters
        ----------
        pixels : [rows, columns] or [rows, columns, 3]; beyond is 0.
        size : columns and rows wanted; those of the picture by default.
        came_from, goes_to : left and top of both parts.
        smooth : whether to look between pixels, or take the nearest.
        """
        import cv2

        # OpenCV counts from the middle of the first pixel of what it is given.
        matrix = product(_shift(-0.5 - goes_to[0], -0.5 - goes_to[1]), self.matrix)
        matrix = product(matrix, _shift(0.5 + came_from[0], 0.5 + came_from[1]))
        moved: NDArray[Any] = cv2.warpPerspective(
            np.ascontiguousarray(pixels),
            matrix,
            size or (self.width_px, self.height_px),
            flags=cv2.INTER_LINEAR if smooth else cv2.INTER_NEAREST,
            borderMode=cv2.BORDER_CONSTANT if self.border == "black" else cv2.BORDER_REPLICATE,
        )
        return moved


def product(first: Matrix, second: Matrix) -> Matrix:
    """Return the product of two matrices, in an order of sums that no library changes."""
    columns = first[:, :, np.newaxis] * second[np.newaxis, :, :]
    return np.asarray(columns[:, 0] + columns[:, 1] + columns[:, 2])


def _shift(x: float, y: float) -> Matrix:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def rotation(width_px: int, height_px: int, *, angle_deg: float, turn: str) -> tuple[Matrix, float]:
    """Turn the picture about its middle.

    Parameters
    ----------
    width_px, height_px : of the picture.
    angle_deg : how far.
    turn : ``left``, against the clock, or ``right``.

    Returns
    -------
    The matrix about the middle, and the zoom that hides what is beyond the picture.
    """
    angle = math.radians(angle_deg if turn == "right" else -angle_deg)
    cosine, sine = math.cos(angle), math.sin(angle)
    matrix = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    longer = max(width_px / height_px, height_px / width_px)
    return matrix, abs(cosine) + longer * abs(sine)


def tilt(
    width_px: int, height_px: int, *, shift_frac: float, direction_deg: float
) -> tuple[Matrix, float]:
    """Tilt the picture away from the camera on one side.

    A plane that goes away along u shows x as x / (1 + k u.x): k is such that the farthest
    corner comes in by what was asked.

    Parameters
    ----------
    width_px, height_px : of the picture.
    shift_frac : how far the corner that goes away comes in, of the shorter side; below the
        half of a diagonal.
    direction_deg : which way goes away: 0 right, 90 down.

    Returns
    -------
    As `rotation`.

    References
    ----------
    R. Hartley and A. Zisserman, Multiple View Geometry in Computer Vision, 2nd edition, 2004,
    section 2.4: a homography that keeps the middle and moves the line at infinity.
    """
    across = math.cos(math.radians(direction_deg))
    down = math.sin(math.radians(direction_deg))
    far = (abs(across) * width_px + abs(down) * height_px) / 2
    diagonal = math.hypot(width_px, height_px) / 2
    shift_px = shift_frac * min(width_px, height_px)
    strength = shift_px / (diagonal - shift_px)
    matrix = np.eye(3)
    matrix[2, :2] = strength / far * across, strength / far * down
    return matrix, 1 + strength


def moving(place: Callable[..., tuple[Matrix, float]]) -> dict[tuple[type, ...], Kernel]:
    """Return the kernels of a movement: picture, instances, classes by pixel and points follow.

    Parameters
    ----------
    place : from width, height and the drawn numbers to a matrix about the middle and a zoom, as
        `rotation`.
    """
    following = ((), (Mask,), (Keypoints,), (Mask, Keypoints))
    return {(Image, Instances, *more): partial(_moved, place) for more in following}


def _moved(
    place: Callable[..., tuple[Matrix, float]],
    image: Image,
    *others: Target,
    border: str,
    **params: Any,
) -> tuple[Any, ...]:
    """Move a picture and what follows it; notes: instances lost, points that left.

    Raises
    ------
    BadSourceError : the picture is too long.
    """
    width, height = image.width_px, image.height_px
    if max(width, height) > LONGEST_PX:
        raise BadSourceError(
            f"{width} x {height} px: a picture of more than {LONGEST_PX} px a side is not turned "
            "or tilted; cut it into parts"
        )
    matrix, zoom = place(width, height, **params)
    if border == "zoom":
        matrix = product(np.diag([zoom, zoom, 1.0]), matrix)
    matrix = product(_shift(width / 2, height / 2), matrix)
    matrix = product(matrix, _shift(-width / 2, -height / 2))
    move = Move(matrix, width, height, border)
    notes: dict[str, Any] = {}
    after = [_FOLLOW[type(one)](one, move, notes) for one in others]
    return Image(move.pixels(image.pixels, smooth=True)), *after, notes


def _instances(instances: Instances, move: Move, notes: dict[str, Any]) -> Instances:
    moved = [_instance(one, move) for one in instances.items]
    kept = tuple(one for one in moved if one is not None)
    notes["lost"] = len(moved) - len(kept)
    return Instances(kept)


def _instance(instance: Instance, move: Move) -> Instance | None:
    """Return an instance where it goes; None where nothing of it is left in the picture."""
    box = instance.box_px
    left, top = max(box[0], 0.0), max(box[1], 0.0)
    right, bottom = min(box[2], float(move.width_px)), min(box[3], float(move.height_px))
    corners = move.points(np.array([(x, y) for x in (left, right) for y in (top, bottom)]))
    (left, top), (right, bottom) = np.maximum(corners.min(axis=0), 0.0), corners.max(axis=0)
    right, bottom = min(right, float(move.width_px)), min(bottom, float(move.height_px))
    if left >= right or top >= bottom:
        return None
    if instance.mask is None:
        return replace(instance, box_px=(float(left), float(top), float(right), float(bottom)))
    begin, first = math.floor(left), math.floor(top)
    # The rim is 0, so that a border that repeats the last pixel of the mask repeats nothing.
    mask = move.pixels(
        np.pad(instance.mask.astype(np.uint8), 1),
        (math.ceil(right) - begin, math.ceil(bottom) - first),
        came_from=(instance.left_px - 1, instance.top_px - 1),
        goes_to=(begin, first),
    )
    return Instance.of_mask(
        instance.label, mask > 0, begin, first, made=instance.made, crowd=instance.crowd
    )


def _classes(mask: Mask, move: Move, _notes: dict[str, Any]) -> Mask:
    return Mask(move.pixels(mask.classes), mask.names)


def _keypoints(keypoints: Keypoints, move: Move, notes: dict[str, Any]) -> Keypoints:
    points = move.points(keypoints.points_px)
    size = np.array([move.width_px, move.height_px], np.float64)
    inside = ((points >= 0) & (points < size)).all(axis=1)
    notes["hidden"] = int(np.count_nonzero(keypoints.visible & ~inside))
    return Keypoints(points, keypoints.names, keypoints.visible & inside)


_FOLLOW: Mapping[type[Target], Callable[..., Target]] = {
    Instances: _instances,
    Mask: _classes,
    Keypoints: _keypoints,
}
