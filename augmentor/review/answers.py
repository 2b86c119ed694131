"""Answers of people, kept in one SQLite file: each is on the disk before the next is asked."""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from augmentor.core.errors import Problem, UsageError
from augmentor.review.items import Item, Kind

VERSION = 1

_TABLES = """
CREATE TABLE IF NOT EXISTS item (
    handle TEXT PRIMARY KEY, kind TEXT NOT NULL, example TEXT NOT NULL,
    category TEXT NOT NULL, target TEXT NOT NULL, verdicts TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS answer (
    rater TEXT NOT NULL, item TEXT NOT NULL REFERENCES item (handle), question TEXT NOT NULL,
    value TEXT NOT NULL, unix_time_s REAL NOT NULL, PRIMARY KEY (rater, item, question));
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """One item and what people said of it.

    Parameters
    ----------
    handle, kind, example, category, target, verdicts : see `items.Item`.
    said : rater -> question -> answer.
    """

    handle: str
    kind: Kind
    example: str
    category: str
    target: str
    verdicts: tuple[Mapping[str, Any], ...]
    said: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to one review.

    Parameters
    ----------
    file : the SQLite file; made where it is missing.
    """

    file: Path

    def add(self, items: Iterable[Item]) -> None:
        """Remember what is asked about; items that are known already stay as they are."""
        rows = [
            (one.handle, one.kind, one.example, one.category, one.target,
             json.dumps(list(one.verdicts)))
            for one in items
        ]  # fmt: skip
        with self._open() as base:
            base.executemany("INSERT OR IGNORE INTO item VALUES (?, ?, ?, ?, ?, ?)", rows)

    def save(self, rater: str, given: Sequence[tuple[str, str, str]]) -> None:
        """Keep answers of one rater, over earlier ones to the same question.

        Parameters
        ----------
        rater : whose.
        given : (handle of the item, question, answer).
        """
        now = time.time()
        with self._open() as base:
            base.executemany(
                "INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?)",
                [(rater, *one, now) for one in given],
            )

    def of(self, rater: str) -> dict[str, dict[str, str]]:
        """Return what one rater said: handle -> question -> answer."""
        found: dict[str, dict[str, str]] = {}
        with self._open() as base:
            for item, question, value in base.execute(
                "SELECT item, question, value FROM answer WHERE rater = ?", (rater,)
            ):
                found.setdefault(item, {})[question] = value
        return found

    def all(self) -> list[Judged]:
        """Return every item with what people said of it, by handle."""
        said: dict[str, dict[str, dict[str, str]]] = {}
        with self._open() as base:
            for item, rater, question, value in base.execute(
                "SELECT item, rater, question, value FROM answer ORDER BY item, rater, question"
            ):
                said.setdefault(item, {}).setdefault(rater, {})[question] = value
            rows = base.execute("SELECT * FROM item ORDER BY handle").fetchall()
        return [
            Judged(
                handle, kind, example, category, target, tuple(json.loads(verdicts)),
                said.get(handle, {}),
            )
            for handle, kind, example, category, target, verdicts in rows
        ]  # fmt: skip

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one step, which is done whole or not at all."""
        try:
            with closing(sqlite3.connect(self.file, timeout=20)) as base, base:
                version = base.execute("PRAGMA user_version").fetchone()[0]
                if version not in (0, VERSION):
                    what = f"answers of version {version}; this program knows version {VERSION}"
                    raise UsageError(Problem(str(self.file), what))
                if not version:
                    base.executescript(f"{_TABLES} PRAGMA user_version = {VERSION};")
                yield base
        except sqlite3.Error as error:
            what = f"cannot be used as a file of answers: {error}"
            raise UsageError(Problem(str(self.file), what)) from None
