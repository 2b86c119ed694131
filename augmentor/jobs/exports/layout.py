"""How a form arranges a data set: what every form shares."""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from augmentor.core.digest import digest_bytes
from augmentor.core.errors import BadSourceError
from augmentor.files.stretches import cut_sound
from augmentor.jobs.exports.entry import Entry, Kind


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asked for.

    Parameters
    ----------
    folder : where the data set will lie in the end, as an absolute path.
    labels : classes in the order of their numbers; others follow by name.
    shard_mb : a packed file is closed when it holds so many MB.
    """

    folder: Path
    labels: tuple[str, ...] = ()
    shard_mb: int = 500


class Layout(ABC):
    """How one form arranges a data set.

    Parameters
    ----------
    entries : all examples there are.
    wish : what the user asked for.

    Raises
    ------
    UsageError : the form has no place for them.
    """

    of: ClassVar[tuple[Kind, ...]] = ("picture",)
    """What it can hold."""
    folders: ClassVar[tuple[str, ...]] = ()
    """Those that its readers look for, be they empty."""

    def __init__(self, entries: Sequence[Entry], wish: Wish) -> None:  # noqa: ARG002 - some look at all first
        self.wish = wish
        self._there: dict[str, Path] = {}

    def ordered(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Return the examples in the order of the form."""
        return entries

    @abstractmethod
    def place(self, entry: Entry) -> str:
        """Return where an example's file goes, a path below the folder.

        Raises
        ------
        BadSourceError : it has no place there; the message says why.
        """

    def made(self, entry: Entry) -> bytes | None:  # noqa: ARG002 - see those below
        """Return other bytes than those of its file, where the form wants others.

        Raises
        ------
        BadSourceError : its file cannot be read.
        """
        return None

    def bring(self, entry: Entry, part: Path, *, link: bool) -> None:
        """Put an example's file into the new folder; once where several share it.

        Parameters
        ----------
        entry : the example.
        part : the folder.
        link : whether a hard link will do.

        Raises
        ------
        BadSourceError : its file is gone, or not what the run wrote, or its name is taken.
        """
        name = self.place(entry)
        if self._there.get(name) == entry.path:
            return
        place = part / name
        if place.exists():
            raise BadSourceError(f"another example has its name already, {place.name}")
        place.parent.mkdir(parents=True, exist_ok=True)
        other = self.made(entry)
        data = bytes_of(entry) if other is None else other
        if not (link and other is None and _linked(entry.path, place)):
            place.write_bytes(data)
        self._there[name] = entry.path

    @abstractmethod
    def files(self, entries: Sequence[Entry]) -> Iterator[tuple[str, bytes]]:
        """Yield path and content of all other files, for the examples that were written."""

    def notes(self, entries: Sequence[Entry]) -> list[str]:  # noqa: ARG002 - most have nothing to say
        """Return what the reader must know of the examples that were written."""
        return []


def bytes_of(entry: Entry) -> bytes:
    """Return the very bytes of an example's file.

    Raises
    ------
    BadSourceError : they are gone, or not what the run wrote.
    """
    try:
        data = entry.path.read_bytes()
    except OSError as error:
        raise BadSourceError(f"{entry.path} cannot be read: {error.strerror}") from None
    if entry.digest and digest_bytes(data) != entry.digest:
        raise BadSourceError(f"{entry.path} is not what the run wrote; run it again")
    return data


def cut_of(entry: Entry) -> bytes | None:
    """Return the file of a stretch; None where it is all of its recording, or a picture.

    Raises
    ------
    BadSourceError : the recording cannot be read.
    """
    sound = entry.sound
    whole = entry.kind == "picture" or sound.whole
    return None if whole else cut_sound(entry.path, sound.start, sound.frames)


def _linked(path: Path, place: Path) -> bool:
    """Make a hard link; False on another disk, or one that knows no links."""
    try:
        os.link(path.resolve(), place)
    except OSError:
        return False
    return True
