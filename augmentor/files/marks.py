"""Marks of a picture, plain JSON (see `files.marked`), to its instances and back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.errors import BadSourceError
from augmentor.core.pictures import Box, Instance, Instances, white_of
from augmentor.files.marked import Mark, short, wrong_with
from augmentor.files.pictures import MOST_PX, read_pixels
from augmentor.files.rle import Counts, counts_of, cut_of, encode_rle, mask_tools


def instances_of(
    marks: Sequence[Mark], height_px: int, width_px: int, folder: Path = Path()
) -> Instances:
    """Return what is marked in a picture.

    A polygon or run lengths in which no pixel lies are kept as their box; boxes are cut at the
    picture's edges.

    Parameters
    ----------
    marks : see above.
    height_px, width_px : size of the picture.
    folder : where the names of masks begin.

    Raises
    ------
    BadSourceError : a mark that is none, lies outside, or is of a picture of another size.
    """
    found: list[Instance] = []
    for number, mark in enumerate(marks, 1):
        try:
            found += _instances(mark, height_px, width_px, folder)
        except BadSourceError as error:
            label = mark.get("label", "") if isinstance(mark, Mapping) else ""
            raise BadSourceError(f"mark {number} ('{label}'): {error}") from None
    return Instances(tuple(found))


def _instances(mark: Mark, height: int, width: int, folder: Path) -> list[Instance]:
    wrong = wrong_with(mark)
    if wrong:
        raise BadSourceError(wrong)
    _check_size(mark.get("size"), height, width)
    found = (
        _of_file(mark, folder / mark["mask"], height, width)
        if "mask" in mark
        else (_of_numbers(mark, height, width),)
    )
    made, crowd = mark.get("made", False), mark.get("crowd", False)
    return [replace(one, made=made, crowd=crowd) for one in found]


def _check_size(size: Sequence[int] | None, height: int, width: int) -> None:
    if size is not None and tuple(size) != (height, width):
        turned = "; turned by its camera?" if tuple(size) == (width, height) else ""
        raise BadSourceError(
            f"it was marked on {size[1]} x {size[0]} px, the picture has {width} x {height}{turned}"
        )


def _of_numbers(mark: Mark, height: int, width: int) -> Instance:
    label, box = str(mark["label"]), mark.get("box_px")
    if "box_frac" in mark:
        box = _scaled([mark["box_frac"]], width, height)[0]
    cut: tuple[int, int, NDArray[np.bool_]] | None = None
    if "rle" in mark:
        cut = _of_rle(mark["rle"], box, height, width)
    elif "polygons" in mark or "polygons_frac" in mark:
        polygons = mark.get("polygons") or _scaled(mark["polygons_frac"], width, height)
        cut = cut_of(_of_polygons(polygons, height, width), height)
        points = np.concatenate([np.reshape(one, (-1, 2)) for one in polygons])
        box = box or [*points.min(axis=0).tolist(), *points.max(axis=0).tolist()]
    if cut is not None:
        left, top, mask = cut
        one = Instance.of_mask(label, mask, left, top)
        assert one is not None
        return one
    if box is None:
        raise BadSourceError("not one pixel of its mask is set")
    return Instance(label, _clipped(box, height, width))


def _scaled(parts: Sequence[Sequence[float]], width: int, height: int) -> list[list[float]]:
    return [[one * (width, height)[at % 2] for at, one in enumerate(part)] for part in parts]


def _clipped(box: Sequence[float], height: int, width: int) -> Box:
    left, top, right, bottom = map(float, box)
    left, top = max(left, 0.0), max(top, 0.0)
    right, bottom = min(right, float(width)), min(bottom, float(height))
    if not (left < right and top < bottom):
        raise BadSourceError(f"it lies outside the picture of {width} x {height} px: {short(box)}")
    return left, top, right, bottom


def _of_rle(
    rle: Mapping[str, Any], box: Sequence[float] | None, height: int, width: int
) -> tuple[int, int, NDArray[np.bool_]] | None:
    rows, columns = rle["size"]
    left = top = 0
    if box is not None and (rows, columns) != (height, width):
        left, top = int(box[0]), int(box[1])
        if list(box) != [left, top, left + columns, top + rows]:
            raise BadSourceError(
                f"its rle is of {columns} x {rows} px, neither the picture's {width} x {height} "
                f"nor its box's {short(box)}"
            )
        if min(left, top) < 0 or left + columns > width or top + rows > height:
            raise BadSourceError(f"it lies outside the picture of {width} x {height} px")
    else:
        _check_size((rows, columns), height, width)
    cut = cut_of(counts_of(rle["counts"], rows, columns), rows)
    return None if cut is None else (left + cut[0], top + cut[1], cut[2])


def _of_polygons(polygons: Sequence[Sequence[float]], height: int, width: int) -> Counts:
    """Return the run lengths of polygons, which COCO's tools draw."""
    most = max(height, width)
    if any(not -most <= one <= 2 * most for part in polygons for one in part):
        raise BadSourceError(f"a polygon lies far outside the picture of {width} x {height} px")
    tools = mask_tools()
    runs = tools.frPyObjects([list(map(float, part)) for part in polygons], height, width)
    return counts_of(tools.merge(runs)["counts"], height, width)


def _of_file(mark: Mark, path: Path, height: int, width: int) -> Iterator[Instance]:
    try:
        pixels = read_pixels(path, most_px=max(MOST_PX, height * width))
    except BadSourceError as error:
        raise BadSourceError(f"its mask {path}: {error}") from None
    if pixels.shape[:2] != (height, width):
        size = f"{pixels.shape[1]} x {pixels.shape[0]}"
        raise BadSourceError(f"its mask {path} is {size} px, the picture {width} x {height}")
    grey = pixels if pixels.ndim == 2 else pixels.min(axis=2)
    mask = grey > white_of(grey) / 2
    whole = Instance.of_mask(mark["label"], mask)
    if whole is None:
        most = int(grey.max())
        raise BadSourceError(f"nothing is white in its mask {path}; its largest number is {most}")
    yield from _parts(whole) if mark.get("parts", False) else (whole,)


def _parts(whole: Instance) -> list[Instance]:
    """Return the parts of an instance that do not touch, in order of their first pixels."""
    import cv2

    assert whole.mask is not None
    count, numbers, boxes, _ = cv2.connectedComponentsWithStats(
        whole.mask.astype(np.uint8), connectivity=8
    )
    found = []
    for number in range(1, count):
        left, top, width, height = (int(one) for one in boxes[number, :4])
        mask = numbers[top : top + height, left : left + width] == number
        part = Instance.of_mask(whole.label, mask, whole.left_px + left, whole.top_px + top)
        assert part is not None
        assert part.mask is not None
        found.append((part.top_px, part.left_px + int(np.argmax(part.mask[0])), part))
    return [part for _, _, part in sorted(found, key=lambda one: one[:2])]


def marks_of(instances: Instances) -> list[dict[str, Any]]:
    """Return what is marked in a picture as plain JSON, from which the very same comes back.

    A mask is kept as the run lengths of its box.
    """
    found = []
    for one in instances.items:
        mark: dict[str, Any] = {"label": one.label, "box_px": list(one.box_px)}
        if one.mask is not None:
            mark["rle"] = encode_rle(one.mask)
        mark |= {key: True for key in ("crowd", "made") if getattr(one, key)}
        found.append(mark)
    return found
