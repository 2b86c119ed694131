"""What is exported: the examples of a run, and those of its source, as entries of any form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from augmentor.api.planning import measurer
from augmentor.api.progress import Progress, silent
from augmentor.core.errors import BadSourceError, UsageError
from augmentor.files.document import read_yaml
from augmentor.files.stretches import Header, header_of
from augmentor.jobs.exports.entry import Entry, Kind, Stretch
from augmentor.jobs.output import file_name
from augmentor.ledger.record import Record, read_records
from augmentor.recipe.load import load_recipe
from augmentor.recipe.recipe import Recipe
from augmentor.recipe.renderer import target_kind
from augmentor.sources.manifest import Source


@dataclass(slots=True)
class Exported:
    """What a run made, and what it was made from.

    Parameters
    ----------
    kind : what they are.
    entries : those of the source, in its order, then those of the run.
    skipped : id and reason of each that cannot be read.
    """

    kind: Kind
    entries: list[Entry] = field(default_factory=list)
    skipped: list[dict[str, str]] = field(default_factory=list)


def exported(folder: Path, *, with_source: bool = False, progress: Progress = silent) -> Exported:
    """Return the examples of a finished run.

    Parameters
    ----------
    folder : the run's.
    with_source : whether to return those of the source too.
    progress : told how far measuring is.

    Raises
    ------
    UsageError : it is no finished run.
    """
    records = _records(folder)
    found = Exported("picture" if any(one.width_px for one in records) else "sound")
    if with_source:
        recipe = load_recipe(folder / "recipe.yaml", audit=False)
        found.entries = _old(recipe, found.skipped, progress)
    there = {one.id for one in found.entries}
    for one in _new(folder, records):
        if one.id in there:  # a source that holds what an earlier run of the recipe made
            why = "the source has this id already; give the category another name, and run again"
            found.skipped.append({"id": one.id, "reason": why})
        else:
            found.entries.append(one)
    return _informed(found, said=_said(folder))


def exported_source(recipe: Recipe, *, progress: Progress = silent) -> Exported:
    """Return the examples that a recipe starts from.

    Parameters
    ----------
    recipe : the recipe.
    progress : told how far measuring is.
    """
    found = Exported(recipe.spec.source.kind)
    found.entries = _old(recipe, found.skipped, progress)
    return _informed(found, said=target_kind(recipe) == "transcript")


def _informed(found: Exported, *, said: bool) -> Exported:
    """Return sounds with what their files say; word times make targets transcripts."""
    if found.kind == "sound":
        found.entries = _heard(found)
        said = said or any(one.words for one in found.entries)
        found.entries = [replace(one, transcript=said) for one in found.entries]
    return found


def _records(folder: Path) -> list[Record]:
    """Return what a run made."""
    if not (folder / "dataset.json").is_file():
        raise UsageError(f"{folder} is not a finished run; start 'augmentor run' again")
    records = read_records(folder)
    if not records:
        raise UsageError(f"{folder} made no example; its report says why")
    return records


def _said(folder: Path) -> bool:
    """Whether the recipe takes targets for what is said."""
    recipe = read_yaml(folder / "recipe.yaml")
    kind = recipe.get("source", "target")
    return bool(kind == "transcript" if kind else recipe.get("audit", "metric") in ("wer", "cer"))


def _new(folder: Path, records: Sequence[Record]) -> list[Entry]:
    """Return what a run made."""
    return [
        Entry(
            Path(one.file_name).name,
            folder / one.file_name,
            id=one.id,
            split=one.split,
            target=one.target,
            tags=tuple(one.tags),
            group=one.group,
            speaker=one.speaker,
            weight=one.weight,
            parent=one.parent,
            category=one.category,
            licence=_licence(one.meta),
            meta=one.meta,
            digest=one.digest,
            sound=Stretch(Path(one.file_name).name),
            words=tuple((start_s, stop_s, said) for start_s, stop_s, said in one.words),
            width_px=one.width_px,
            height_px=one.height_px,
            marks=tuple(one.marks),
            points=tuple((x, y, name, seen) for x, y, name, seen in one.points),
            classes=bool(one.classes),
        )
        for one in records
    ]


def _old(recipe: Recipe, skipped: list[dict[str, str]], progress: Progress) -> list[Entry]:
    """Return the examples that a recipe starts from; those that cannot be read are noted."""
    manifest = recipe.path(recipe.spec.source.manifest)
    base = manifest if manifest.is_dir() else manifest.parent
    found = []
    for one, source in zip(
        recipe.sources, measurer(recipe, 0, progress)(recipe.sources), strict=True
    ):
        if isinstance(source, str):
            skipped.append({"id": one.facts.id, "reason": source})
        else:
            found.append(_original(source, base))
    return found


def _original(source: Source, base: Path) -> Entry:
    facts, suffix = source.facts, source.path.suffix.lower()
    # Named by where it lies below its list, the same wherever the list lies.
    inside = source.path.relative_to(base) if source.path.is_relative_to(base) else source.path
    return Entry(
        Path(file_name(facts.id, suffix)).name,
        source.path,
        id=facts.id,
        split=facts.split,
        target=facts.target,
        tags=facts.tags,
        group=facts.group,
        speaker=facts.speaker,
        weight=facts.weight,
        licence=_licence(source.meta),
        meta=source.meta,
        sound=Stretch(
            Path(file_name(inside.with_suffix("").as_posix(), suffix)).name,
            round(source.start_s * facts.rate_hz),
            round(facts.duration_s * facts.rate_hz),
            # All of it: as many frames as were decoded, since a header may only guess.
            0 if source.start_s or source.duration_s else round(facts.duration_s * facts.rate_hz),
        ),
        words=source.words,
        width_px=facts.width_px,
        height_px=facts.height_px,
        marks=source.marks,
        points=source.points,
        classes=source.mask_path is not None,
    )


def _heard(found: Exported) -> list[Entry]:
    """Return sounds with what the headers of their files say; a file is asked once."""
    headers: dict[Path, Header | str] = {}
    kept = []
    for one in found.entries:
        if one.path not in headers:
            try:
                headers[one.path] = header_of(one.path)
            except BadSourceError as error:
                headers[one.path] = str(error)
        header = headers[one.path]
        if isinstance(header, str):
            found.skipped.append({"id": one.id, "reason": header})
            continue
        sound = one.sound
        sound = replace(
            sound,
            frames=sound.frames or header.frames,
            total=sound.total or header.frames,
            rate_hz=header.rate_hz,
            channels=header.channels,
            coding=header.coding,
        )
        kept.append(replace(one, sound=sound))
    return kept


def _licence(meta: Mapping[str, Any]) -> str:
    """Return a licence in words; where a list of the source has them, its number there."""
    found = meta.get("licence", meta.get("license"))
    if isinstance(found, str):
        return found
    return "" if found is None else f"number {found} of the source's list"
