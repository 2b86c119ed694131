"""What forms of pictures say of what they leave out or change."""

from collections.abc import Sequence

from augmentor.jobs.exports.entry import Entry


def left_out(entries: Sequence[Entry]) -> list[str]:
    """Return what no form takes over."""
    points = sum(bool(one.points) for one in entries)
    classes = sum(one.classes for one in entries)
    found = []
    if points:
        found.append(f"points of {points} pictures are left out")
    if classes:
        found.append(f"classes by pixel of {classes} pictures are left out; instances are there")
    return found


def boxes(entries: Sequence[Entry]) -> int:
    """Return how many instances have a box and no mask."""
    keys = ("box_px", "box_frac", "label", "size", "crowd", "made")
    return sum(all(key in keys for key in mark) for one in entries for mark in one.marks)
