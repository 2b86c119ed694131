"""What is marked in a picture, as plain JSON: one mapping an instance.

``label`` is its class. Its place is one or more of

* ``box_px``: left, top, right, bottom, right and bottom where it ends;
* ``polygons``: lists of x0, y0, x1, y1, ... in px, as COCO has them;
* ``rle``: COCO's run lengths, ``{"size": [height, width], "counts": text or numbers}``, of the
  picture's size; or of the size of the box, and then they lie in it;
* ``mask``: the name of a picture of the same size, what is white in it; with ``parts: true`` each
  of its parts that do not touch is an instance;
* ``box_frac``, ``polygons_frac``: the same in parts of the picture's width and height.

``crowd`` says that it stands for many things, ``made`` that an edit made it, and ``size``, height
and width, of which picture it is true: one of another size is refused.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from augmentor.core.errors import listed, nearest

Mark = Mapping[str, Any]
Point = tuple[float, float, str, bool]
"""x and y in px (the middle of the first pixel is 0.5), name, whether it is visible."""

_SHAPES = ("polygons", "polygons_frac", "rle", "mask")
_BOXES = ("box_px", "box_frac")
_KEYS = ("label", *_BOXES, *_SHAPES, "parts", "size", "crowd", "made")


@dataclass(frozen=True, slots=True)
class Marked:
    """A picture in a list of pictures, with what is marked in it.

    Parameters
    ----------
    name : its name in the list, as ``train/part 7.png``.
    path : its file.
    width_px, height_px : its size; 0 where the list does not say.
    marks : see above.
    points : points that have names.
    split : the part of the data it belongs to.
    meta : all else that the list says of it.
    """

    name: str
    path: Path
    width_px: int = 0
    height_px: int = 0
    marks: tuple[Mark, ...] = ()
    points: tuple[Point, ...] = ()
    split: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)


def wrong_with(mark: Any) -> str:
    """Return what is wrong with a mark, whatever its picture; nothing where it is right."""
    if not isinstance(mark, Mapping):
        return f"{short(mark)} is no mark; write {{label: ..., box_px: [left, top, right, bottom]}}"
    for key in mark:
        if key not in _KEYS:
            return f"unknown key '{key}'{nearest(str(key), _KEYS)}; known: {listed(_KEYS)}"
    if not isinstance(mark.get("label"), str) or not mark["label"]:
        return "no 'label'; write the class of what is marked"
    shapes = [key for key in _SHAPES if key in mark]
    boxes = [key for key in _BOXES if key in mark]
    if len(shapes) > 1 or len(boxes) > 1:
        return f"it says where it is twice: {listed(shapes + boxes)}; keep one"
    if not shapes + boxes:
        return f"it does not say where it is; write one of {listed(_BOXES + _SHAPES)}"
    for key in ("crowd", "made", "parts"):
        if not isinstance(mark.get(key, False), bool):
            return f"'{key}' is {short(mark[key])}; write true or false"
    if "size" in mark and not _is_size(mark["size"]):
        return f"'size' is {short(mark['size'])}; write [height, width]"
    return next((wrong for key in boxes + shapes if (wrong := _WRONG[key](mark[key]))), "")


def _wrong_box(box: Any) -> str:
    if not _are_numbers(box) or len(box) != 4:
        return f"its box is {short(box)}; write [left, top, right, bottom]"
    left, top, right, bottom = box
    return "" if left < right and top < bottom else f"its box {short(box)} holds nothing"


def _wrong_polygons(polygons: Any) -> str:
    if not isinstance(polygons, list | tuple) or not polygons:
        return f"its polygons are {short(polygons)}; write lists of x0, y0, x1, y1, ..."
    for one in polygons:
        if not _are_numbers(one) or len(one) < 6 or len(one) % 2:
            return f"a polygon is {short(one)}; write x and y of three points or more"
    return ""


def _wrong_rle(rle: Any) -> str:
    wanted = 'write {"size": [height, width], "counts": ...}'
    if not isinstance(rle, Mapping) or not _is_size(rle.get("size")):
        return f"its rle is {short(rle)}; {wanted}"
    counts = rle.get("counts")
    if isinstance(counts, str) or (
        isinstance(counts, list | tuple) and all(type(one) is int for one in counts)
    ):
        return ""
    return f"the counts of its rle are {short(counts)}; {wanted}"


def _wrong_mask(name: Any) -> str:
    return "" if isinstance(name, str) and name else f"its mask is {short(name)}; name a file"


_WRONG = {
    "box_px": _wrong_box, "box_frac": _wrong_box, "polygons": _wrong_polygons,
    "polygons_frac": _wrong_polygons, "rle": _wrong_rle, "mask": _wrong_mask,
}  # fmt: skip


def _is_size(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) == 2
        and all(type(one) is int and one > 0 for one in value)
    )


def _are_numbers(values: Any) -> bool:
    return isinstance(values, list | tuple) and all(
        isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one)
        for one in values
    )


def short(value: Any) -> str:
    """Return a value as it may stand in a message."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
