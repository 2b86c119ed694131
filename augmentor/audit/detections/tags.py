"""Tags of pictures and of what is marked in them: of the file, of a sheet, by size."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.tables import columns
from augmentor.audit.tables.marked import listed_tags, marked_tags
from augmentor.core.errors import Problem, UsageError, listed, nearest
from augmentor.files.coco_results import Truth
from augmentor.files.frame import Frame, read_frame

Bools = NDArray[np.bool_]
SIZES = ("small", "medium", "large")
SMALL_PX, LARGE_PX = 32.0**2, 96.0**2
"""COCO's: below the first a thing is small, from the second on it is large."""
KEYS = (*columns.IDS, "image", "image_id", "picture")


@dataclass(frozen=True, slots=True, eq=False)
class Tags:
    """Who has which tag.

    Parameters
    ----------
    names : of the tags, in order of first appearance, sizes last.
    regions : bool [regions, tags]; what is marked has its picture's tags, its own and its size.
    pictures : bool [pictures, tags].
    of_pictures : whether a tag says something of whole pictures [tags]; sizes do not.
    looked_at : whether a sheet has the picture [pictures]; None: there is no sheet.
    """

    names: tuple[str, ...]
    regions: Bools
    pictures: Bools
    of_pictures: Bools
    looked_at: Bools | None


def row_ids(truth: Truth) -> list[str]:
    """Return an id for everything that is marked: its picture's name and its own id."""
    pictures = truth.regions.picture.tolist()
    return [f"{truth.names[at]}/{own}" for at, own in zip(pictures, truth.region_ids, strict=True)]


def sizes_of(truth: Truth) -> list[str]:
    """Return whether each region is small, medium or large."""
    return [SIZES[at] for at in np.digitize(truth.area_px, [SMALL_PX, LARGE_PX]).tolist()]


def tags_of(truth: Truth, sheet: Path | None = None) -> Tags:
    """Return the tags of all pictures and regions.

    Parameters
    ----------
    truth : what is marked.
    sheet : a table with a column `id`, `path`, `file_name` or `image` and tags, in one column
        or a column each. It names pictures by file name or id, or single regions as
        ``picture/annotation id``.

    Raises
    ------
    UsageError : everything that is wrong with the sheet, with its line.
    """
    picture_tags = [list(tags) for tags in truth.picture_tags]
    region_tags = [list(tags) for tags in truth.region_tags]
    looked_at = None
    if sheet is not None:
        looked_at = _add_sheet(truth, sheet, picture_tags, region_tags)
    of_pictures = dict.fromkeys(tag for tags in picture_tags for tag in tags)
    own = [
        () if crowd else (*tags, size)
        for tags, size, crowd in zip(region_tags, sizes_of(truth), truth.crowd, strict=True)
    ]
    names = dict.fromkeys([*of_pictures, *(tag for tags in own for tag in tags)])
    ranked = [name for name in names if name not in SIZES] + [one for one in SIZES if one in names]
    place = {name: at for at, name in enumerate(ranked)}
    pictures = _marked(picture_tags, place)
    regions = pictures[truth.regions.picture] | _marked(own, place)
    return Tags(
        names=tuple(ranked),
        regions=np.asfortranarray(regions),
        pictures=np.asfortranarray(pictures),
        of_pictures=np.array([name in of_pictures for name in ranked], dtype=np.bool_),
        looked_at=looked_at,
    )


def _marked(tags: Sequence[Sequence[str]], place: dict[str, int]) -> Bools:
    found = np.zeros((len(tags), len(place)), dtype=np.bool_)
    for row, some in enumerate(tags):
        found[row, [place[tag] for tag in some]] = True
    return found


def _add_sheet(
    truth: Truth, sheet: Path, picture_tags: list[list[str]], region_tags: list[list[str]]
) -> Bools:
    """Add the tags of a sheet; return the pictures that it has."""
    problems: list[Problem] = []
    frame = read_frame(sheet, problems)
    names = columns.known(frame.names)
    key = columns.first(names, KEYS)
    if key is None:
        what = f"no column 'id', 'path' or 'image' to join by; it has {listed(frame.names)}"
        raise UsageError([*problems, Problem(frame.path, what)])
    if "tags" in names:
        tag_names, tags = listed_tags(frame, names["tags"], problems)
    else:
        used = {name for plain, name in names.items() if plain in columns.NOT_TAGS}
        rest = [name for name in frame.names if name not in used | {key}]
        tag_names, tags, _others = marked_tags(frame, rest, problems, [])
    looked_at = np.zeros(len(picture_tags), dtype=np.bool_)
    places = _places(truth, frame, key, problems)
    for row, (picture, region) in enumerate(places):
        some = [tag_names[at] for at in np.flatnonzero(tags[row])]
        (picture_tags[picture] if region < 0 else region_tags[region]).extend(some)
        looked_at[picture] = True
    if problems:
        raise UsageError(problems)
    return looked_at


def _places(truth: Truth, frame: Frame, key: str, problems: list[Problem]) -> list[tuple[int, int]]:
    """Return picture and region that each row of a sheet is about; -1: the whole picture."""
    known: dict[str, tuple[int, int]] = {}
    pictures = truth.regions.picture.tolist()
    for at, name in enumerate(row_ids(truth)):
        known[name] = pictures[at], at
    for names in (truth.ids, truth.names):  # a file name is surer than an id
        known |= {name: (at, -1) for at, name in enumerate(names)}
    some, first = list(truth.names)[:1000], dict[tuple[int, int], int]()
    found = []
    for row, cell in enumerate(columns.optional(frame, key, problems)):
        name = (cell or "").strip()
        place = known.get(name)
        if place is None:
            what = f"'{name}' is no picture of {truth.path}{nearest(name, some)}"
            problems.append(Problem(frame.where(row), what))
        elif first.setdefault(place, row) != row:
            what = f"'{name}' again; it is on line {frame.line(first[place])} already"
            problems.append(Problem(frame.where(row), what))
        found.append(place or (0, -1))
    return found
