"""Tagging: the wrong rows of an error table, one after the other, with marks by key."""

import csv
import io
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from augmentor.audit.figures.metrics import count
from augmentor.audit.figures.normal import normalizer
from augmentor.audit.tables.raw import ErrorTable
from augmentor.core.errors import Problem, UsageError
from augmentor.core.stream import Stream
from augmentor.files.atomic import write_text
from augmentor.files.pictures import SUFFIXES
from augmentor.review.media import Media, media_of
from augmentor.review.task import checked_name
from augmentor.sources.manifest import Source

TAGS = "tags"
_HEADER = ["id", TAGS]


def rows_to_tag(
    table: ErrorTable, right: int = 0, *, metric: str = "accuracy", normalize: str = "none"
) -> list[int]:
    """Return the rows of a table that people look at, in keyed order.

    The order is by chance, so that whoever stops half-way has looked at a random sample of the
    wrong rows and of the right ones.

    Parameters
    ----------
    table : an error table.
    right : so many right rows are looked at too; without any, only the share of the errors is
        known for each tag, and no error rate.
    metric, normalize : what is wrong, as for the audit.
    """
    change = None if normalize == "none" else normalizer(normalize, [Path.cwd()])
    wrong = count(metric, table.targets, table.predictions, change).errors > 0

    def keyed(rows: Any) -> list[int]:
        return sorted(map(int, rows), key=lambda row: _place(table.ids[row]))

    chosen = [*np.flatnonzero(wrong), *keyed(np.flatnonzero(~wrong))[:right]]
    return keyed(chosen)


def _place(name: str) -> int:
    return Stream(0).at("tag", name).word()


def read_sheet(file: Path) -> dict[str, list[str]]:
    """Return the tags of each row that was looked at before; empty where there is no file.

    Raises
    ------
    UsageError : the file is not a sheet that tagging wrote.
    """
    if not file.exists():
        return {}
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream, strict=True))
    except (OSError, ValueError, csv.Error) as error:
        raise UsageError(Problem(str(file), f"cannot be read as CSV: {error}")) from None
    if not rows or rows[0] != _HEADER or any(len(row) != len(_HEADER) for row in rows):
        what = "not a sheet of tagging, whose columns are id, tags; write to another file with -o"
        raise UsageError(Problem(str(file), what))
    return {name: [tag for tag in tags.split(";") if tag] for name, tags in rows[1:]}


class Tagging:
    """The tagging of an error table.

    Parameters
    ----------
    table : whose rows are looked at.
    rows : which of them, in order.
    sources : by id, where each is heard or seen.
    sheet : the CSV that the marks go to; what it has already is gone on with.
    """

    def __init__(
        self, table: ErrorTable, rows: Sequence[int], sources: Mapping[str, Source], sheet: Path
    ) -> None:
        """Read what was marked before."""
        self.title = f"Tags: {Path(table.path).name or 'errors'}"
        self._table, self._file = table, sheet
        self._rows = {str(number): row for number, row in enumerate(rows, 1)}
        self._sources = sources
        self._lock = threading.Lock()
        read_sheet(sheet)

    @property
    def done(self) -> int:
        """Rows that were looked at."""
        looked = read_sheet(self._file)
        return sum(self._table.ids[row] in looked for row in self._rows.values())

    def sheet(self, rater: str) -> Mapping[str, Any]:
        """Return the rows with target and prediction, and the marks so far."""
        marked = read_sheet(self._file)
        names = [*self._table.tag_names, *(tag for tags in marked.values() for tag in tags)]
        return {
            "title": self.title,
            "rater": rater,
            "ask_name": False,
            "questions": [
                {"id": TAGS, "ask": "What is special about it?", "kind": "marks",
                 "choices": [name for name in dict.fromkeys(names) if name != "clean"]}
            ],
            "items": [self._item(number, row) for number, row in self._rows.items()],
            "answers": {
                number: {TAGS: marked[self._table.ids[row]]}
                for number, row in self._rows.items()
                if self._table.ids[row] in marked
            },
        }  # fmt: skip

    def _item(self, number: str, row: int) -> dict[str, Any]:
        table = self._table
        facts = [["target", table.targets[row]], ["prediction", table.predictions[row]]]
        own = [name for name, has in zip(table.tag_names, table.tags[row], strict=True) if has]
        if own:
            facts.append(["tags in the table", ", ".join(own)])
        path = self._sources[table.ids[row]].path
        return {
            "id": number, "media": f"media/{number}", "facts": facts,
            "picture": path.suffix.lower() in SUFFIXES,
        }  # fmt: skip

    def media(self, handle: str) -> Media | None:
        """Return what a row plays or shows; None: there is no such row."""
        row = self._rows.get(handle)
        return None if row is None else media_of(self._sources[self._table.ids[row]])

    def save(self, rater: str, item: str, answers: Mapping[str, Any]) -> None:  # noqa: ARG002 - a sheet is nobody's
        """Keep the marks of one row: it counts as looked at, whether it has any.

        Raises
        ------
        UsageError : no such row, or a tag that is no name.
        """
        row, tags = self._rows.get(item), answers.get(TAGS)
        if row is None or set(answers) != {TAGS} or not isinstance(tags, list):
            raise UsageError(f"no marks of a row: '{item}'")
        names = [checked_tag(tag) for tag in tags]
        with self._lock:
            marked = read_sheet(self._file)
            marked[self._table.ids[row]] = list(dict.fromkeys(names))
            text = io.StringIO(newline="")
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(_HEADER)
            writer.writerows([name, ";".join(tags)] for name, tags in marked.items())
            write_text(self._file, text.getvalue())


def checked_tag(name: Any) -> str:
    """Return a tag without spaces around it.

    Raises
    ------
    UsageError : it is no name, or holds the ``;`` that stands between tags.
    """
    tag = checked_name(name, "a tag")
    if ";" in tag:
        raise UsageError(f"the tag '{tag}' holds a ';', which stands between tags")
    return tag
