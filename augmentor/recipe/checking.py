"""What every check of a recipe does: look at a place of the file, and collect what is wrong."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from augmentor.core.errors import Problem, UsageError
from augmentor.files.document import Document, Path_

Read = TypeVar("Read")


class Checking:
    """A recipe's file and the problems found in it so far.

    Parameters
    ----------
    document : the file, with the place of every value.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self.folder = document.file.parent

    @property
    def pictures(self) -> bool:
        """Whether the recipe is about pictures."""
        return bool(self.document.get("source", "kind") == "picture")

    def read(self, read: Callable[[Path], Read], path: Path) -> Read | None:
        """Return what a reader makes of a file; None where it finds problems."""
        try:
            return read(path)
        except UsageError as error:
            self.problems.extend(error.problems)
            return None

    def exists(self, place: Path_, kind: str) -> Path | None:
        """Return the path that stands at a place, if it is there."""
        where = self.document.get(*place)
        if not isinstance(where, str) or not where:
            return None
        path = self.folder / where
        try:
            if path.exists():
                return path
        except OSError:
            pass  # too long a name, say: it is not there either
        self.wrong(place, f"'{where}' is not there (looked in {self.folder}); wanted: {kind}")
        return None

    def wrong(self, place: Path_, what: str, *, at_key: bool = False) -> None:
        """Add a problem at a place of the file."""
        self.problems.append(self.document.problem(place, what, at_key=at_key))


def texts(raw: Any) -> list[str] | None:
    """Return a list of texts as it stands in the file; None where it is none."""
    good = isinstance(raw, list) and raw and all(isinstance(one, str) for one in raw)
    return raw if good else None
