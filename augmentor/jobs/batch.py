"""A batch run: rows of a plan become a folder, whatever kills it on the way."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from augmentor.core.digest import digest_bytes
from augmentor.files.atomic import write_json_lines
from augmentor.jobs.local import map_chunks
from augmentor.jobs.work import Work, failed
from augmentor.ledger.record import Record, write_run
from augmentor.recipe.planned import PlanRow
from augmentor.recipe.recipe import Recipe

CHUNK = 16
"""Rows a chunk: the same for any number of workers, so that a killed run can go on with more."""


def run_rows(
    recipe: Recipe,
    rows: Sequence[PlanRow],
    folder: Path,
    *,
    workers: int,
    progress: Callable[[int], None] = lambda _done: None,
) -> list[Record]:
    """Make every row of a plan; chunks finished before a kill are checked and kept.

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
    parts = folder / "parts"
    parts.mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir(exist_ok=True)
    for stale in (*folder.glob("*.part"), *folder.glob("data/*.part"), *parts.glob("*.part")):
        stale.unlink(missing_ok=True)
    chunks = [
        (number, rows[start : start + CHUNK])
        for number, start in enumerate(range(0, len(rows), CHUNK))
    ]
    found = dict(_finished(folder, chunks))
    progress(sum(map(len, found.values())))
    left = [chunk for chunk in chunks if chunk[0] not in found]
    work = Work(recipe, folder)
    for number, records in map_chunks(work, left, min(workers, len(left)), failed):
        # Not flushed either: a part that is not whole counts for nothing.
        lines = (one.to_json() for one in records)
        write_json_lines(_part(folder, number), lines, durable=False)
        found[number] = records
        progress(len(records))
    return _without_duplicates(folder, [one for number, _ in chunks for one in found[number]])


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
    shutil.rmtree(folder / "parts", ignore_errors=True)


def _part(folder: Path, number: int) -> Path:
    return folder / "parts" / f"{number:07d}.jsonl"


def _finished(
    folder: Path, chunks: Sequence[tuple[int, Sequence[PlanRow]]]
) -> Iterator[tuple[int, list[Record]]]:
    """Yield the chunks that an earlier start finished and whose files are still what they were."""
    for number, rows in chunks:
        try:
            # Not splitlines(): an id may hold what Unicode calls the end of a line.
            lines = _part(folder, number).read_bytes().split(b"\n")
            records = [Record(**json.loads(line)) for line in lines if line]
        except (OSError, ValueError, TypeError):
            continue  # never finished, or not whole
        if [one.id for one in records] == [row.id for row in rows] and all(
            _intact(folder, one) for one in records
        ):
            yield number, records


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
