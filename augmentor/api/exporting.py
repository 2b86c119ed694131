"""Exporting: the examples of a run, alone or with those they were made from, for other tools."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from augmentor.api.exported import exported
from augmentor.api.progress import Progress, silent
from augmentor.core.errors import BadSourceError, UsageError, listed, nearest
from augmentor.files.atomic import write_bytes
from augmentor.files.marks import instances_of, marks_of
from augmentor.files.pictures import check_can_read
from augmentor.jobs.batch import settle
from augmentor.jobs.exports import LAYOUTS
from augmentor.jobs.exports.entry import Entry, Kind
from augmentor.jobs.exports.layout import Layout, Wish


@dataclass(frozen=True, slots=True)
class Export:
    """What an export left behind.

    Parameters
    ----------
    folder : where it lies.
    kind : what it holds.
    counts : examples that were written: new ones, and those of the source; of pictures,
        instances too.
    skipped : id and reason of each example that was not.
    notes : what the form cannot say, and what is missing for its readers.
    """

    folder: Path
    kind: Kind
    counts: dict[str, int]
    skipped: list[dict[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 done; 3 done, but something was skipped."""
        return 3 if self.skipped else 0


def export_run(
    run: str | Path,
    to: str,
    output: str | Path,
    *,
    with_source: bool = False,
    link: bool = False,
    labels: Sequence[str] = (),
    shard_mb: int = 500,
    progress: Progress = silent,
) -> Export:
    """Write the sounds or pictures of a run as a data set that other tools read.

    Parameters
    ----------
    run : the folder of a finished run.
    to : a form, see `jobs.exports`.
    output : the folder to write; it does not exist yet.
    with_source : whether to write the examples of the source too, beside the new ones.
    link : whether files are hard links to those of the run and the source, which takes no room,
        rather than copies. Where a disk cannot, they are copied.
    labels : classes in the order of their numbers; others follow by name.
    shard_mb : of a form of packed files: one is closed when it holds so many MB.
    progress : told how far it is.

    Raises
    ------
    UsageError : no such form, a folder that exists already, no finished run, or examples that
        the form has no place for.
    """
    folder, there = Path(run), Path(output)
    if to not in LAYOUTS:
        known = listed(LAYOUTS)
        raise UsageError(f"no form '{to}'{nearest(to, list(LAYOUTS))}; allowed: {known}")
    if there.exists() or there.is_symlink():
        raise UsageError(f"{there} exists already; name another folder, or take that one away")
    found = exported(folder, with_source=with_source, progress=progress)
    _check_form(folder, to, found.kind)
    good, skipped, what = found.entries, found.skipped, f"{found.kind}s"
    if found.kind == "picture":
        check_can_read()
        good = list(_checked(good, skipped, progress))
    wish = Wish(there.absolute(), tuple(labels), shard_mb)
    layout = LAYOUTS[to](good, wish)
    with _appearing(there) as part:
        for name in layout.folders:
            (part / name).mkdir(parents=True, exist_ok=True)
        kept = list(_placed(good, layout, part, skipped, progress, link=link))
        if not kept:
            reasons = "; ".join(sorted({one["reason"] for one in skipped})[:3])
            raise UsageError(f"{folder}: no {found.kind} can be written: {reasons}")
        for done, (name, data) in enumerate(layout.files(kept), 1):
            write_bytes(part / name, data, durable=False)
            if done < len(kept):
                progress(f"writing what is said of {what}", done, len(kept))
        progress(f"writing what is said of {what}", len(kept), len(kept))
        settle()
    new = sum(bool(one.parent) for one in kept)
    counts = {"new": new, "source": len(kept) - new}
    if found.kind == "picture":
        counts["instances"] = sum(len(one.marks) for one in kept)
    return Export(there, found.kind, counts, skipped, layout.notes(kept))


def _check_form(folder: Path, to: str, kind: Kind) -> None:
    """Refuse a form of sounds for pictures, and the other way round."""
    if kind in LAYOUTS[to].of:
        return
    fit = [name for name, layout in LAYOUTS.items() if kind in layout.of]
    others = [name for name in LAYOUTS if name not in fit]
    other = "pictures" if kind == "sound" else "sounds"
    raise UsageError(
        f"{folder} is a run of {kind}s, and {listed(others)} are of {other}; "
        f"for {kind}s write {listed(fit)}"
    )


def _checked(
    entries: Sequence[Entry], skipped: list[dict[str, str]], progress: Progress
) -> Iterator[Entry]:
    """Yield the pictures whose marks can be drawn; those kept in files are read, once."""
    for done, one in enumerate(entries, 1):
        try:
            found = instances_of(one.marks, one.height_px, one.width_px)
        except BadSourceError as error:
            skipped.append({"id": one.id, "reason": str(error)})
            continue
        drawn = any("mask" in mark for mark in one.marks)
        yield replace(one, marks=tuple(marks_of(found))) if drawn else one
        progress("reading what is marked", done, len(entries))


def _placed(
    entries: Sequence[Entry],
    layout: Layout,
    part: Path,
    skipped: list[dict[str, str]],
    progress: Progress,
    *,
    link: bool,
) -> Iterator[Entry]:
    """Yield the examples that have their file in the new folder."""
    for done, one in enumerate(layout.ordered(entries), 1):
        try:
            layout.bring(one, part, link=link)
        except BadSourceError as error:
            skipped.append({"id": one.id, "reason": str(error)})
        else:
            yield one
        progress(f"writing {one.kind}s", done, len(entries))


@contextmanager
def _appearing(folder: Path) -> Iterator[Path]:
    """Give a folder to fill that gets its name only when all is well."""
    part = folder.with_name(f"{folder.name}.{os.urandom(6).hex()}.part")
    part.mkdir(parents=True)
    try:
        yield part
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
