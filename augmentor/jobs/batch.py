"""A batch run: rows of a plan become a folder, whatever kills it on the way."""

import json
import os
from collections.abc import Callable, Container, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from augmentor.core.digest import digest_bytes
from augmentor.jobs.local import map_chunks
from augmentor.jobs.work import Work, failed
from augmentor.ledger.record import Record, write_run
from augmentor.recipe.planned import PlanRow
from augmentor.recipe.recipe import Recipe

_CHUNK = 32
"""Rows that a worker is given at once, at most; fewer of a small run, so that all workers help."""

_FINISHED = "finished.jsonl"
"""The record of every row that is finished, in the order in which they were."""


def run_rows(
    recipe: Recipe,
    rows: Sequence[PlanRow],
    folder: Path,
    *,
    workers: int,
    progress: Callable[[int], None] = lambda _done: None,
) -> list[Record]:
    """Make every row of a plan; rows finished before a kill are checked and kept.

    Parameters
    ----------
    recipe : what to follow.
    rows : the plan.
    folder : the run's folder.
    workers : processes; 0 works in this one.
    progress : told how many more rows are finished.

    Returns
    -------
    A record a row, in plan order, after duplicates among the outputs were rejected.
    """
    (folder / "data").mkdir(parents=True, exist_ok=True)
    for stale in (*folder.glob("*.part"), *folder.glob("data/*.part")):
        stale.unlink(missing_ok=True)
    found = {one.id: one for one in _finished(folder, {row.id for row in rows})}
    progress(len(found))
    left = [row for row in rows if row.id not in found]
    size = max(1, min(_CHUNK, len(left) // (16 * max(1, workers))))
    chunks = [(start, left[start : start + size]) for start in range(0, len(left), size)]
    with (folder / _FINISHED).open("ab") as file:
        file.write(b"\n")  # ends a line that was being written when an earlier start was killed
        for _, records in map_chunks(
            Work(recipe, folder), chunks, min(workers, len(chunks)), failed
        ):
            _note(file, records)
            found |= {one.id: one for one in records}
            progress(len(records))
    return _without_duplicates(folder, [found[row.id] for row in rows])


def settle() -> None:
    """Wait until the disk has what workers wrote: their files were not flushed one by one."""
    if hasattr(os, "sync"):
        os.sync()


def finish(folder: Path, records: Sequence[Record]) -> None:
    """Write the run's tables, and take out files that an earlier start left and none names."""
    named = {one.file_name for one in records}
    for found in (folder / "data").iterdir():
        if f"data/{found.name}" not in named:
            found.unlink()
    write_run(folder, records)


def clear(folder: Path) -> None:
    """Drop what only a restart needed; only now, since the report may fail or be killed too."""
    (folder / _FINISHED).unlink(missing_ok=True)


def _note(file: BinaryIO, records: Sequence[Record]) -> None:
    """Add what is finished; not flushed to the disk, as a line that is not whole is no line."""
    file.writelines(json.dumps(one.to_json()).encode() + b"\n" for one in records)
    file.flush()


def _finished(folder: Path, ids: Container[str]) -> Iterator[Record]:
    """Yield what an earlier start finished of these rows, where the file is still what it was."""
    try:
        # Not splitlines(): an id may hold what Unicode calls the end of a line.
        lines = (folder / _FINISHED).read_bytes().split(b"\n")
    except OSError:
        return
    for line in lines:
        try:
            record = Record(**json.loads(line))
            good = record.id in ids and _intact(folder, record)
        except (ValueError, TypeError):
            continue  # empty, or not whole
        if good:
            yield record


def _intact(folder: Path, record: Record) -> bool:
    if record.state != "done":
        return True
    try:
        return digest_bytes((folder / record.file_name).read_bytes()) == record.digest
    except OSError:
        return False


def _without_duplicates(folder: Path, records: list[Record]) -> list[Record]:
    """Reject every output whose bytes an earlier row of the plan has already."""
    first: dict[str, str] = {}
    for one in records:
        if one.state != "done":
            continue
        earlier = first.setdefault(one.digest, one.id)
        if earlier != one.id:
            one.state, one.reason = "rejected", f"duplicate is of another output, {earlier}"
            (folder / one.file_name).unlink(missing_ok=True)
            one.file_name = ""
    return records
