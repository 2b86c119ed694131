"""COCO ground truth and COCO results as columns: what is marked, and what a detector found."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.errors import Problem, UsageError, listed
from augmentor.files.coco_reading import Known, Noted, region_of
from augmentor.files.coco_regions import Regions, area_of, numbers
from augmentor.files.marked import short

_KNOWN = {"id", "file_name", "width", "height", "tags", "license", "flickr_url", "coco_url"}


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is marked in pictures.

    Parameters
    ----------
    path : where it was read.
    names, ids : file name, or id where there is none, and id as text [pictures]; in the order
        of ids, as COCO's tools take pictures.
    picture_tags : [pictures]; facts : every other plain key of a picture, as text [pictures].
    classes : names of the categories, in the order of the file.
    regions : all that is marked, in the order of the file [regions].
    crowd : whether a region stands for many things [regions].
    area_px : pixels of each [regions].
    region_ids, region_tags : [regions].
    """

    path: str
    names: tuple[str, ...]
    ids: tuple[str, ...]
    picture_tags: tuple[tuple[str, ...], ...]
    facts: Mapping[str, Sequence[str | None]]
    classes: tuple[str, ...]
    regions: Regions
    crowd: NDArray[np.bool_]
    area_px: NDArray[np.float64]
    region_ids: tuple[str, ...]
    region_tags: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """What a detector found: regions, and how sure it was of each, 0 to 1 [regions]."""

    path: str
    regions: Regions
    score: NDArray[np.float64]


def read_detections(truth: Path, results: Path) -> tuple[Truth, Results]:
    """Return COCO ground truth and the results of a detector or segmenter on it.

    Masks are read only where the results have any.

    Parameters
    ----------
    truth : a COCO file: images, annotations, categories. An image and an annotation may have
        ``tags``, a list or a text separated by ``;``.
    results : a list of {image_id, category_id, score} with a ``bbox`` [left, top, width,
        height] or a ``segmentation`` (run lengths or polygons), or both.

    Raises
    ------
    UsageError : every mistake in both at once, each with its place.
    """
    problems: list[Problem] = []
    data, found = _truth_file(truth, problems), _results_file(results, problems)
    if problems or data is None or found is None:
        raise UsageError(problems)
    noted = Noted(str(truth), problems)
    images = _in_order(_numbered(data, "images", noted))
    categories = _numbered(data, "categories", noted)
    classes = _class_names(categories, noted)
    known = Known(
        {one["id"]: at for at, (_, one) in enumerate(images)},
        {one["id"]: at for at, (_, one) in enumerate(categories)},
        [_size(one, f"images[{place}]", noted) for place, one in images],
    )
    masks = any(isinstance(one, Mapping) and one.get("segmentation") for one in found)
    read = _truth(data, images, classes, known, masks=masks, noted=noted)
    noted.end()
    noted = Noted(str(results), problems)
    answers = _results(found, known, noted)
    noted.end()
    if problems:
        raise UsageError(problems)
    return read, answers


def _json(path: Path, problems: list[Problem]) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        problems.append(Problem(str(path), f"cannot be read: {error.strerror}"))
    except (ValueError, RecursionError) as error:
        problems.append(Problem(str(path), f"not JSON: {short(str(error))}"))
    return None


def _truth_file(path: Path, problems: list[Problem]) -> Mapping[str, Any] | None:
    before = len(problems)
    data = _json(path, problems)
    parts = ("images", "annotations", "categories")
    if len(problems) > before:
        first = problems.pop()
        what = f"{first.what}; results of a detector need COCO ground truth in place of the table"
        problems.append(Problem(first.where, what))
        return None
    if isinstance(data, Mapping):
        lacking = [part for part in parts if not _are_mappings(data.get(part))]
        if not lacking:
            return data
        what = f"no COCO ground truth: it has no list of mappings {listed(map(repr, lacking))}"
    else:
        what = "no COCO ground truth; expected {images: [...], annotations: [...], categories: ...}"
    problems.append(Problem(str(path), what))
    return None


def _are_mappings(part: Any) -> bool:
    return isinstance(part, list) and all(isinstance(one, Mapping) for one in part)


def _results_file(path: Path, problems: list[Problem]) -> list[Any] | None:
    before = len(problems)
    found = _json(path, problems)
    if len(problems) > before:
        return None
    if isinstance(found, list):
        return found
    what = "no COCO results; expected a list of {image_id, category_id, bbox, score}"
    problems.append(Problem(str(path), what))
    return None


def _numbered(data: Mapping[str, Any], part: str, noted: Noted) -> list[tuple[int, Any]]:
    """Return place in the file and mapping of what has an id of its own."""
    seen: set[Any] = set()
    kept = []
    for place, one in enumerate(data[part]):
        number = one.get("id")
        if type(number) not in (int, str) or number in seen:
            noted.say(f"{part}[{place}]", f"its id {short(number)} is none, or another's too")
        else:
            seen.add(number)
            kept.append((place, one))
    return kept


def _in_order(images: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
    if len({type(one["id"]) for _, one in images}) > 1:
        return images
    return sorted(images, key=lambda image: image[1]["id"])


def _class_names(categories: Sequence[tuple[int, Any]], noted: Noted) -> tuple[str, ...]:
    names: list[str] = []
    for place, one in categories:
        name = one.get("name")
        name = name.strip() if isinstance(name, str) else ""
        if not name or name in names:
            noted.say(f"categories[{place}]", f"its name '{name}' is none, or another's too")
        names.append(name)
    return tuple(names)


def _size(one: Mapping[str, Any], place: str, noted: Noted) -> tuple[int, int] | None:
    """Return height and width of a picture in px; None where the file does not say."""
    height, width = one.get("height"), one.get("width")
    if height is None and width is None:
        return None
    if type(height) is int and type(width) is int and height > 0 and width > 0:
        return height, width
    noted.say(place, f"width and height are {short([width, height])}; write px")
    return None


def tags_in(one: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the tags of a picture or a region; ValueError where they are none."""
    tags = one.get("tags") or ()
    tags = tags.split(";") if isinstance(tags, str) else tags
    if not isinstance(tags, list | tuple) or not all(isinstance(tag, str) for tag in tags):
        msg = f"'tags' is {short(tags)}; write a list of names, or names separated by ';'"
        raise ValueError(msg)
    return tuple(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))


def _tags(one: Mapping[str, Any], place: str, noted: Noted) -> tuple[str, ...]:
    try:
        return tags_in(one)
    except ValueError as error:
        noted.say(place, str(error))
        return ()


def _truth(
    data: Mapping[str, Any],
    images: Sequence[tuple[int, Any]],
    classes: tuple[str, ...],
    known: Known,
    *,
    masks: bool,
    noted: Noted,
) -> Truth:
    names = [str(one.get("file_name") or one["id"]) for _, one in images]
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if doubled:
        noted.say("images", f"file names of more than one image: {listed(doubled)}")
    kept, ids = [], dict[str, int]()
    for place, one in enumerate(data["annotations"]):
        own = str(one.get("id", f"#{place}"))
        if ids.setdefault(own, place) != place:
            noted.say(f"annotations[{place}]", f"its id {short(own)} is another's too", "ids twice")
        crowd = one.get("iscrowd", 0)
        if crowd not in (0, 1):
            noted.say(f"annotations[{place}]", f"'iscrowd' is {short(crowd)}; write 0 or 1")
        tags = _tags(one, f"annotations[{place}]", noted)
        area = one.get("area")
        read = region_of(one, f"annotations[{place}]", known, noted, masks=masks or area is None)
        if read is None:
            continue
        px = area_of(read[2], read[3]) if area is None else area
        if not numbers([px]) or px < 0:
            noted.say(f"annotations[{place}]", f"its area is {short(area)}; write square px")
        else:
            kept.append((*read, crowd == 1, float(px), own, tags))
    return Truth(
        path=noted.path,
        names=tuple(names),
        ids=tuple(str(one["id"]) for _, one in images),
        picture_tags=tuple(_tags(one, f"images[{place}]", noted) for place, one in images),
        facts=_facts([one for _, one in images]),
        classes=classes,
        regions=Regions.of([one[:4] for one in kept]),
        crowd=np.array([one[4] for one in kept], dtype=np.bool_),
        area_px=np.array([one[5] for one in kept], dtype=np.float64),
        region_ids=tuple(one[6] for one in kept),
        region_tags=tuple(one[7] for one in kept),
    )


def _facts(images: Sequence[Mapping[str, Any]]) -> dict[str, list[str | None]]:
    names = dict.fromkeys(name for one in images for name in one if name not in _KNOWN)
    found = {name: [_plain(one.get(name)) for one in images] for name in names}
    return {name: cells for name, cells in found.items() if any(cells)}


def _plain(cell: Any) -> str | None:
    if isinstance(cell, str):
        return cell
    return json.dumps(cell) if isinstance(cell, bool | int | float) else None


def _results(found: Sequence[Any], known: Known, noted: Noted) -> Results:
    kept = list(_scored(found, known, noted))
    return Results(
        path=noted.path,
        regions=Regions.of([region for region, _ in kept]),
        score=np.array([score for _, score in kept], dtype=np.float64),
    )


def _scored(found: Sequence[Any], known: Known, noted: Noted) -> Iterator[tuple[Any, float]]:
    for place, one in enumerate(found):
        if not isinstance(one, Mapping):
            what = f"{short(one)} is no detection; write {{image_id, category_id, bbox, score}}"
            noted.say(f"[{place}]", what, "no detections")
            continue
        score: Any = one.get("score")
        right = numbers([score]) and 0 <= score <= 1
        if not right:
            what = f"its score is {short(score)}; write a number from 0 to 1"
            noted.say(f"[{place}]", what, "scores outside 0 to 1")
        region = region_of(one, f"[{place}]", known, noted, masks=True)
        if region is not None and right:
            yield region, float(score)
