"""One region of a COCO file, read with care: what is wrong is noted with its place."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from augmentor.core.errors import BadSourceError, Problem, listed
from augmentor.files.coco_regions import UNKNOWN, Rle, box_of, mask_of
from augmentor.files.marked import short

MOST = 20
"""So many regions with one mistake are named one by one."""


class Noted:
    """Mistakes of a file: of each kind the first ones with their place, and how many more."""

    def __init__(self, path: str, problems: list[Problem]) -> None:
        self.path, self.problems = path, problems
        self.count: Counter[str] = Counter()

    def say(self, place: str, what: str, kind: str = "") -> None:
        """Note a mistake; those of one kind are counted together."""
        kind = kind or what
        self.count[kind] += 1
        if self.count[kind] <= MOST:
            self.problems.append(Problem(f"{self.path}: {place}", what))

    def end(self) -> None:
        """Say how many more there are than were named."""
        for kind, count in self.count.items():
            if count > MOST:
                self.problems.append(Problem(self.path, f"{kind}: {count - MOST} more"))


@dataclass(frozen=True, slots=True)
class Known:
    """Ids that a region may name -> their places, and the pictures' heights and widths in px.

    Where a file does not say how large a picture is, its first mask does.
    """

    pictures: Mapping[Any, int]
    categories: Mapping[Any, int]
    sizes: list[tuple[int, int] | None]


def region_of(
    one: Mapping[str, Any], place: str, known: Known, noted: Noted, *, masks: bool
) -> tuple[int, int, tuple[float, ...], Rle | None] | None:
    """Return picture, class, box and mask of a region; None where something is wrong with it."""
    number, kind = one.get("image_id"), one.get("category_id")
    picture = known.pictures.get(number) if type(number) in (int, str) else None
    label = known.categories.get(kind) if type(kind) in (int, str) else None
    if picture is None:
        what = f"no image of the ground truth has its image_id {short(number)}"
        noted.say(place, what, "unknown image_id")
    if label is None:
        there = listed(known.categories) or "none"
        what = f"no category has its category_id {short(kind)}; there are {there}"
        noted.say(place, what, "unknown category_id")
    size = None if picture is None else known.sizes[picture]
    try:
        box, mask = _where(one, size, masks=masks and picture is not None)
    except BadSourceError as error:
        noted.say(place, str(error), "boxes or masks that are none")
        return None
    if mask is not None and picture is not None and size is None:
        known.sizes[picture] = tuple(mask["size"])
    return None if picture is None or label is None else (picture, label, box, mask)


def _where(
    one: Mapping[str, Any], size: tuple[int, int] | None, *, masks: bool
) -> tuple[tuple[float, ...], Rle | None]:
    shape, box = one.get("segmentation"), box_of(one.get("bbox"))
    if not shape and box is None:
        raise BadSourceError("it has neither a bbox nor a segmentation")
    if not shape or not (masks or box is None):
        return box or UNKNOWN, None
    mask = mask_of(shape, size)
    # Some write no box beside a mask, or one of width 0, which says nothing.
    return (box if box and box[2] > 0 and box[3] > 0 else UNKNOWN), mask
