"""A picture on its way into another program's data set."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from augmentor.files.marked import Marked


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture of a run, or of its source, to be written in another form.

    Parameters
    ----------
    row : its file, size, split and marks; its name is that of the file to write, without a
        folder and unlike any other.
    id : of the example.
    target, tags, group : of the example.
    parent, category : of a new example; empty for one of the source.
    licence : in words; empty where nothing is known.
    digest : of the bytes of its file, where they were recorded.
    classes : whether it has classes by pixel.
    """

    row: Marked
    id: str
    target: str = ""
    tags: tuple[str, ...] = ()
    group: str = ""
    parent: str = ""
    category: str = ""
    licence: str = ""
    digest: str = ""
    classes: bool = False


class Layout(Protocol):
    """How one form arranges a data set."""

    folders: ClassVar[tuple[str, ...]]
    """Those that its readers look for, be they empty."""

    def __init__(self, entries: Sequence[Entry], labels: Sequence[str]) -> None:
        """Look at all there is.

        Parameters
        ----------
        entries : the pictures.
        labels : classes in the order of their numbers; others follow by name.

        Raises
        ------
        UsageError : the form has no place for them.
        """

    def place(self, entry: Entry) -> str:
        """Return where a picture goes, a path below the folder.

        Raises
        ------
        BadSourceError : it has no place there; the message says why.
        """

    def files(self, entries: Sequence[Entry]) -> Iterator[tuple[str, bytes]]:
        """Yield path and content of all files beside the pictures that were written."""

    def notes(self, entries: Sequence[Entry]) -> list[str]:
        """Return what the reader must know of the pictures that were written."""


def left_out(entries: Sequence[Entry]) -> list[str]:
    """Return what no form takes over."""
    points = sum(bool(one.row.points) for one in entries)
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
    return sum(all(key in keys for key in mark) for one in entries for mark in one.row.marks)
