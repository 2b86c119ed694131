"""COCO files: pictures with their boxes, polygons, run lengths and keypoints, in and out."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from augmentor.core.errors import Problem, UsageError, listed
from augmentor.core.pictures import Instance
from augmentor.files.marked import Marked, Point, short, wrong_with
from augmentor.files.marks import instances_of
from augmentor.files.outlines import polygons_of
from augmentor.files.rle import encode_rle

_PARTS = ("images", "annotations", "categories")
_KNOWN = {"id", "file_name", "width", "height"}


def read_coco(path: Path, images: Path | None = None) -> list[Marked]:
    """Return the pictures of a COCO file, in its order, with what is marked in them.

    Points of keypoints lie in the middle of their pixels, as COCO counts pixels; those that
    nobody labelled are left out. Where several things of a picture have points, their names
    begin with the number of the thing, as in ``2.nose``.

    Parameters
    ----------
    path : a .json file.
    images : the folder that the names of pictures begin in; by default the file's own folder,
        the folder ``images`` in it or beside it, whichever has the first picture.

    Raises
    ------
    UsageError : every mistake in it at once, each with its place in the file.
    """
    data = _document(path)
    problems: list[Problem] = []
    reading = _Reading(path, data, problems)
    pictures = reading.pictures()
    marks: dict[Any, list[tuple[dict[str, Any], list[Point]]]] = {one: [] for one in pictures}
    for picture, mark, points in reading.marks(pictures):
        marks[picture].append((mark, points))
    if problems:
        raise UsageError(problems)
    folder = images if images is not None else _folder(path, pictures)
    return [
        Marked(
            name=str(one["file_name"]),
            path=folder / str(one["file_name"]),
            width_px=one.get("width") or 0,
            height_px=one.get("height") or 0,
            marks=tuple(mark for mark, _ in marks[number]),
            points=_named([points for _, points in marks[number] if points]),
            meta={"coco_id": number}
            | {name: value for name, value in one.items() if name not in _KNOWN},
        )
        for number, one in pictures.items()
    ]


def _document(path: Path) -> Mapping[str, Any]:
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(Problem(str(path), f"cannot be read: {error.strerror}")) from None
    except (ValueError, RecursionError) as error:
        raise UsageError(Problem(str(path), f"not JSON: {error}")) from None
    if not isinstance(data, Mapping) or "images" not in data:
        raise UsageError(Problem(str(path), "no COCO file: it has no list 'images'"))
    for part in _PARTS:
        found = data.get(part, [])
        if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
            raise UsageError(Problem(str(path), f"no COCO file: '{part}' is no list of mappings"))
    return data


def _folder(path: Path, pictures: Mapping[Any, Mapping[str, Any]]) -> Path:
    places = [path.parent, path.parent / "images", path.parent.parent / "images"]
    names = [str(one["file_name"]) for one in pictures.values()]
    for folder in places:
        if not names or any((folder / name).is_file() for name in names[:20]):
            return folder
    raise UsageError(
        Problem(
            str(path),
            f"its first picture '{names[0]}' is not in {listed(places)}; "
            "name the folder of the pictures: images",
        )
    )


class _Reading:
    """One walk over a COCO document, noting all that is wrong with it."""

    def __init__(self, path: Path, data: Mapping[str, Any], problems: list[Problem]) -> None:
        self.path, self.data, self.problems = path, data, problems

    def _wrong(self, part: str, place: int, what: str) -> None:
        self.problems.append(Problem(f"{self.path}: {part}[{place}]", what))

    def pictures(self) -> dict[Any, Mapping[str, Any]]:
        """Return the pictures by their ids."""
        found: dict[Any, Mapping[str, Any]] = {}
        names: set[str] = set()
        for place, one in enumerate(self.data["images"]):
            number, name = one.get("id"), one.get("file_name")
            sides = [one.get(side) for side in ("width", "height")]
            if not isinstance(number, int | str) or number in found:
                self._wrong("images", place, f"its id {number!r} is none, or another's too")
            elif not isinstance(name, str) or not name:
                self._wrong("images", place, "no 'file_name'")
            elif name in names:
                self._wrong("images", place, f"its file '{name}' is another's too")
            elif any(one is not None and (type(one) is not int or one < 1) for one in sides):
                self._wrong("images", place, f"width and height are {short(sides)}; write px")
            else:
                names.add(name)
            if isinstance(number, int | str):
                found[number] = one
        return found

    def _categories(self) -> dict[Any, Mapping[str, Any]]:
        found: dict[Any, Mapping[str, Any]] = {}
        for place, one in enumerate(self.data.get("categories", [])):
            number, name = one.get("id"), one.get("name")
            if not isinstance(number, int) or number in found:
                self._wrong("categories", place, f"its id {number!r} is none, or another's too")
            elif not isinstance(name, str) or not name:
                self._wrong("categories", place, "no 'name'")
            else:
                found[number] = one
        return found

    def marks(
        self, pictures: Mapping[Any, Mapping[str, Any]]
    ) -> Iterator[tuple[Any, dict[str, Any], list[Point]]]:
        """Yield id of the picture, mark and points of each annotation."""
        categories = self._categories()
        for place, one in enumerate(self.data.get("annotations", [])):
            number, kind = one.get("image_id"), one.get("category_id")
            if not isinstance(number, int | str) or number not in pictures:
                self._wrong("annotations", place, f"no picture has its image_id {number!r}")
            elif not isinstance(kind, int) or kind not in categories:
                known = listed(categories) or "none"
                what = f"no category has its category_id {kind!r}; there are {known}"
                self._wrong("annotations", place, what)
            else:
                try:
                    mark = _mark(one, str(categories[kind]["name"]), pictures[number])
                    points = _points(one, categories[kind])
                except ValueError as error:
                    self._wrong("annotations", place, str(error))
                    continue
                yield number, mark, points


def _mark(one: Mapping[str, Any], label: str, picture: Mapping[str, Any]) -> dict[str, Any]:
    mark: dict[str, Any] = {"label": label}
    box, shape = one.get("bbox"), one.get("segmentation")
    if isinstance(shape, Mapping):
        mark["rle"] = {key: shape.get(key) for key in ("size", "counts")}
    elif shape:
        mark["polygons"] = shape
    if isinstance(box, list) and len(box) == 4 and all(type(one) in (int, float) for one in box):
        # Some write no box beside a mask: of width 0 it says nothing.
        if not shape or (box[2] > 0 and box[3] > 0):
            mark["box_px"] = [box[0], box[1], box[0] + box[2], box[1] + box[3]]
    elif box:
        msg = f"its bbox is {short(box)}; write [left, top, width, height]"
        raise ValueError(msg)
    if picture.get("width") and picture.get("height"):
        mark["size"] = [picture["height"], picture["width"]]
    crowd = one.get("iscrowd", 0)
    if crowd not in (0, 1):
        msg = f"'iscrowd' is {short(crowd)}; write 0 or 1"
        raise ValueError(msg)
    mark |= {key: True for key, there in (("crowd", crowd), ("made", one.get("made"))) if there}
    wrong = wrong_with(mark)
    if wrong:
        raise ValueError(wrong)
    return mark


def _points(one: Mapping[str, Any], category: Mapping[str, Any]) -> list[Point]:
    flat, names = one.get("keypoints") or [], category.get("keypoints") or []
    if not flat:
        return []
    numbers = isinstance(flat, list) and all(type(each) in (int, float) for each in flat)
    if not numbers or not isinstance(names, list) or len(flat) != 3 * len(names):
        msg = f"its keypoints are {short(flat)}; write x, y, visibility of {listed(names)}"
        raise ValueError(msg)
    return [
        (flat[at] + 0.5, flat[at + 1] + 0.5, str(name), flat[at + 2] == 2)
        for at, name in zip(range(0, len(flat), 3), names, strict=True)
        if flat[at + 2] > 0
    ]


def _named(things: Sequence[Sequence[Point]]) -> tuple[Point, ...]:
    return tuple(
        (x, y, f"{number}.{name}" if len(things) > 1 else name, seen)
        for number, points in enumerate(things, 1)
        for x, y, name, seen in points
    )


def write_coco(rows: Sequence[Marked], labels: Sequence[str] = ()) -> dict[str, Any]:
    """Return a COCO document of pictures with what is marked in them, ids from 1.

    Masks become polygons that are drawn to the same mask again, those of crowds run lengths;
    polygons of a source stay as they are. Points of keypoints are left out: an edit does not
    keep which thing they belong to.

    Parameters
    ----------
    rows : pictures whose width and height are known; names of masks are relative to the
        current folder, or absolute.
    labels : classes in the order of their ids; others follow by name.

    Raises
    ------
    BadSourceError : a mark that is none.
    """
    named = {str(mark["label"]) for row in rows for mark in row.marks}
    order = [*labels, *sorted(named - set(labels))]
    ids = {label: number for number, label in enumerate(order, 1)}
    pictures: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, row in enumerate(rows, 1):
        size = {"width": row.width_px, "height": row.height_px}
        pictures.append({"id": number, "file_name": row.name, **size})
        for mark in row.marks:
            for one in instances_of([mark], row.height_px, row.width_px).items:
                shape = _segmentation(one, row, mark.get("polygons"))
                head = {"id": len(annotations) + 1, "image_id": number}
                annotations.append(head | {"category_id": ids[one.label]} | shape)
    categories = [{"id": ids[label], "name": label} for label in order]
    info = {"description": "written by augmentor"}
    return {
        "info": info, "licenses": [], "images": pictures, "annotations": annotations,
        "categories": categories,
    }  # fmt: skip


def _segmentation(one: Instance, row: Marked, polygons: Any) -> dict[str, Any]:
    left, top, right, bottom = one.box_px
    found: dict[str, Any] = {
        "bbox": [left, top, right - left, bottom - top],
        "area": one.area_px,
        "iscrowd": int(one.crowd),
    }
    if one.mask is not None and one.crowd:
        found["segmentation"] = encode_rle(one.drawn(row.height_px, row.width_px))
    elif one.mask is not None:
        found["segmentation"] = polygons or [
            [value + (left, top)[at % 2] for at, value in enumerate(part)]
            for part in polygons_of(one.mask)
        ]
    else:
        found["segmentation"] = []
    return found | ({"made": True} if one.made else {})
