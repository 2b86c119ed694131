"""Exporting: the pictures of a run, alone or with those they were made from, for other tools."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from augmentor.api.planning import measurer
from augmentor.api.progress import Progress, silent
from augmentor.core.digest import digest_bytes
from augmentor.core.errors import BadSourceError, UsageError, listed, nearest
from augmentor.files.atomic import write_bytes
from augmentor.files.marked import Marked
from augmentor.files.marks import instances_of, marks_of
from augmentor.files.pictures import check_can_read
from augmentor.jobs.batch import settle
from augmentor.jobs.exports import LAYOUTS
from augmentor.jobs.exports.entry import Entry, Layout
from augmentor.jobs.output import file_name
from augmentor.ledger.record import Record, read_records
from augmentor.recipe.load import load_recipe
from augmentor.sources.manifest import Source


@dataclass(frozen=True, slots=True)
class Export:
    """What an export left behind.

    Parameters
    ----------
    folder : where it lies.
    counts : pictures and instances that were written: new ones, and those of the source.
    skipped : id and reason of each picture that was not.
    notes : what the form cannot say, and what is missing for its readers.
    """

    folder: Path
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
    progress: Progress = silent,
) -> Export:
    """Write the pictures of a run as a data set that other tools read.

    Parameters
    ----------
    run : the folder of a finished run.
    to : ``coco``, ``yolo`` or ``mvtec``, see `jobs.exports`.
    output : the folder to write; it does not exist yet.
    with_source : whether to write the pictures of the source too, beside the new ones.
    link : whether files are hard links to those of the run and the source, which takes no room,
        rather than copies. Where a disk cannot, they are copied.
    labels : classes in the order of their numbers; others follow by name.
    progress : told how far it is.

    Raises
    ------
    UsageError : no such form, a folder that exists already, no finished run of pictures, or
        pictures that the form has no place for.
    """
    folder, there = Path(run), Path(output)
    if to not in LAYOUTS:
        known = listed(LAYOUTS)
        raise UsageError(f"no form '{to}'{nearest(to, list(LAYOUTS))}; allowed: {known}")
    if there.exists() or there.is_symlink():
        raise UsageError(f"{there} exists already; name another folder, or take that one away")
    entries = _new(folder, _records(folder))
    skipped: list[dict[str, str]] = []
    if with_source:
        entries = _old(folder, skipped, progress) + entries
    good = list(_checked(entries, skipped, progress))
    layout = LAYOUTS[to](good, labels)
    with _appearing(there) as part:
        for name in layout.folders:
            (part / name).mkdir(parents=True, exist_ok=True)
        kept = list(_placed(good, layout, part, skipped, progress, link=link))
        if not kept:
            reasons = "; ".join(sorted({one["reason"] for one in skipped})[:3])
            raise UsageError(f"{folder}: no picture can be written: {reasons}")
        for done, (name, data) in enumerate(layout.files(kept), 1):
            write_bytes(part / name, data, durable=False)
            if done < len(kept):
                progress("writing what is marked", done, len(kept))
        progress("writing what is marked", len(kept), len(kept))
        settle()
    new = [one for one in kept if one.parent]
    counts = {
        "new": len(new), "source": len(kept) - len(new),
        "instances": sum(len(one.row.marks) for one in kept),
    }  # fmt: skip
    return Export(there, counts, skipped, layout.notes(kept))


def _records(folder: Path) -> list[Record]:
    """Return what a run of pictures made."""
    if not (folder / "dataset.json").is_file():
        raise UsageError(f"{folder} is not a finished run; start 'augmentor run' again")
    records = read_records(folder)
    if not records:
        raise UsageError(f"{folder} made no example; its report says why")
    if not any(one.width_px for one in records):
        raise UsageError(
            f"{folder} is a run of sounds, and {listed(LAYOUTS)} are of pictures; it is a data set "
            "as it is: sounds in data, what is said in metadata.jsonl, as Hugging Face's "
            "audiofolder reads it"
        )
    check_can_read()
    return records


def _new(folder: Path, records: Sequence[Record]) -> list[Entry]:
    """Return what a run made."""
    return [
        Entry(
            Marked(
                Path(one.file_name).name,
                folder / one.file_name,
                one.width_px,
                one.height_px,
                tuple(one.marks),
                tuple((x, y, name, seen) for x, y, name, seen in one.points),
                one.split,
            ),
            id=one.id,
            target=one.target,
            tags=tuple(one.tags),
            group=one.group,
            parent=one.parent,
            category=one.category,
            licence=_licence(one.meta),
            digest=one.digest,
            classes=bool(one.classes),
        )
        for one in records
    ]


def _old(folder: Path, skipped: list[dict[str, str]], progress: Progress) -> list[Entry]:
    """Return the pictures of a run's source; those that cannot be read are noted."""
    recipe = load_recipe(folder / "recipe.yaml", audit=False)
    found = []
    for one, source in zip(
        recipe.sources, measurer(recipe, 0, progress)(recipe.sources), strict=True
    ):
        if isinstance(source, str):
            skipped.append({"id": one.facts.id, "reason": source})
        else:
            found.append(_original(source))
    return found


def _original(source: Source) -> Entry:
    facts = source.facts
    return Entry(
        Marked(
            Path(file_name(facts.id, source.path.suffix.lower())).name,
            source.path,
            facts.width_px,
            facts.height_px,
            source.marks,
            source.points,
            facts.split,
        ),
        id=facts.id,
        target=facts.target,
        tags=facts.tags,
        group=facts.group,
        licence=_licence(source.meta),
        classes=source.mask_path is not None,
    )


def _licence(meta: Mapping[str, Any]) -> str:
    """Return a licence in words; where a list of the source has them, its number there."""
    found = meta.get("licence", meta.get("license"))
    if isinstance(found, str):
        return found
    return "" if found is None else f"number {found} of the source's list"


def _checked(
    entries: Sequence[Entry], skipped: list[dict[str, str]], progress: Progress
) -> Iterator[Entry]:
    """Yield the pictures whose marks can be drawn; those kept in files are read, once."""
    for done, one in enumerate(entries, 1):
        row = one.row
        try:
            found = instances_of(row.marks, row.height_px, row.width_px)
        except BadSourceError as error:
            skipped.append({"id": one.id, "reason": str(error)})
            continue
        if any("mask" in mark for mark in row.marks):
            row = replace(row, marks=tuple(marks_of(found)))
        yield replace(one, row=row)
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
    """Yield the pictures that have their file in the new folder."""
    for done, one in enumerate(entries, 1):
        try:
            place = part / layout.place(one)
            place.parent.mkdir(parents=True, exist_ok=True)
            _bring(one, place, link=link)
        except BadSourceError as error:
            skipped.append({"id": one.id, "reason": str(error)})
        else:
            yield one
        progress("writing pictures", done, len(entries))


def _bring(entry: Entry, place: Path, *, link: bool) -> None:
    """Put the very bytes of a picture at a place.

    Raises
    ------
    BadSourceError : they are gone, or not what the run wrote.
    """
    path = entry.row.path
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadSourceError(f"{path} cannot be read: {error.strerror}") from None
    if entry.digest and digest_bytes(data) != entry.digest:
        raise BadSourceError(f"{path} is not what the run wrote; run it again")
    if place.exists():
        raise BadSourceError(f"another picture has its name already, {place.name}")
    if link:
        try:
            os.link(path.resolve(), place)
        except OSError:  # another disk, or one that knows no links
            link = False
    if not link:
        place.write_bytes(data)


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
