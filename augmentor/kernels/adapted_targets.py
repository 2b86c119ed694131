"""What lies on a picture, as the arrays that albumentations moves, and back again.

Things with masks go as layers of numbers, many to a layer, so that fifty things on a picture of
12 megapixels are one array and not fifty. Things with only a box go as boxes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.example import Target
from augmentor.core.pictures import Instance, Instances, Keypoints, Mask

_MOST = 255  # things that one layer of uint8 can number

Layers = list[NDArray[np.uint8]]


def arrays_of(others: Sequence[Target], height_px: int, width_px: int) -> dict[str, Any]:
    """Return the arrays of some targets, by the names that the library has for them."""
    given: dict[str, Any] = {}
    for one in others:
        if isinstance(one, Instances):
            boxes = np.array([each.box_px for each in one.items], np.float64).reshape(-1, 4)
            given |= {"bboxes": boxes, "box_numbers": np.arange(len(boxes))}
            given["masks"] = layers_of(one.items, height_px, width_px)[0]
        elif isinstance(one, Mask):
            given["mask"] = one.classes.copy()
        elif isinstance(one, Keypoints):  # the library counts from the middle of the first pixel
            given["keypoints"] = one.points_px - 0.5
            given["point_numbers"] = np.arange(len(one.names))
    return given


def layers_of(
    items: Sequence[Instance], height_px: int, width_px: int
) -> tuple[Layers, list[tuple[int, int]]]:
    """Return layers on which no two things overlap, and each thing's layer and number.

    Things without a mask have the number 0.
    """
    layers: Layers = []
    counts: list[int] = []
    numbers = []
    for one in items:
        if one.mask is None:
            numbers.append((0, 0))
            continue
        rows, columns = one.mask.shape
        place = (slice(one.top_px, one.top_px + rows), slice(one.left_px, one.left_px + columns))
        free = (
            i
            for i, layer in enumerate(layers)
            if counts[i] < _MOST and not layer[place][one.mask].any()
        )
        found = next(free, len(layers))
        if found == len(layers):
            layers.append(np.zeros((height_px, width_px), np.uint8))
            counts.append(0)
        counts[found] += 1
        layers[found][place][one.mask] = counts[found]
        numbers.append((found, counts[found]))
    return layers, numbers


def targets_of(
    others: Sequence[Target], found: Mapping[str, Any], before_px: tuple[int, int]
) -> tuple[list[Target], dict[str, Any]]:
    """Return targets as the library left them, and how many instances and points are gone.

    Parameters
    ----------
    others : the targets before.
    found : the arrays of `arrays_of`, and the picture, afterwards.
    before_px : height and width of the picture before.
    """
    after: list[Target] = []
    notes: dict[str, Any] = {}
    height, width = found["image"].shape[:2]
    for one in others:
        if isinstance(one, Instances):
            pieces = _instances(one.items, found, layers_of(one.items, *before_px)[1])
            notes["lost"] = sum(not each for each in pieces)
            after.append(Instances(tuple(each for piece in pieces for each in piece)))
        elif isinstance(one, Mask):
            after.append(Mask(np.ascontiguousarray(found["mask"], np.uint8), one.names))
        elif isinstance(one, Keypoints):
            points = _points(one, found, height, width)
            notes["hidden"] = int(np.count_nonzero(one.visible & ~points.visible))
            after.append(points)
    return after, notes


def _instances(
    items: Sequence[Instance], found: Mapping[str, Any], numbers: Sequence[tuple[int, int]]
) -> list[list[Instance]]:
    """Return what is left of each thing; of a box that was cut up, several pieces."""
    from scipy.ndimage import find_objects

    boxes = np.asarray(found["bboxes"], np.float64).reshape(-1, 4)
    owners = np.asarray(found["box_numbers"]).astype(np.int64).reshape(-1)
    places = [find_objects(layer) for layer in found["masks"]]
    pieces: list[list[Instance]] = []
    for index, (one, (layer, number)) in enumerate(zip(items, numbers, strict=True)):
        if not number:
            mine = boxes[owners == index].tolist()
            pieces.append([replace(one, box_px=(a, b, c, d)) for a, b, c, d in mine])
            continue
        place = places[layer][number - 1] if number <= len(places[layer]) else None
        if place is None:
            pieces.append([])
            continue
        left = Instance.of_mask(
            one.label, found["masks"][layer][place] == number,
            place[1].start, place[0].start, made=one.made, crowd=one.crowd,
        )  # fmt: skip
        pieces.append([left] if left else [])
    return pieces


def _points(
    before: Keypoints, found: Mapping[str, Any], height_px: int, width_px: int
) -> Keypoints:
    """Return points where they went; one that the library dropped is hidden in its old place."""
    points, visible = before.points_px.copy(), np.zeros(len(before.names), np.bool_)
    kept = np.asarray(found["point_numbers"]).astype(np.int64).reshape(-1)
    moved = np.asarray(found["keypoints"], np.float64).reshape(len(kept), -1)[:, :2] + 0.5
    points[kept] = moved
    inside = ((moved >= 0) & (moved < [width_px, height_px])).all(axis=1)
    visible[kept] = before.visible[kept] & inside
    return Keypoints(points, before.names, visible)
