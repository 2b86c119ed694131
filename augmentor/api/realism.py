"""Realism: a keyed sample of each category's new examples beside real ones, before a run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from augmentor.api.planning import Planning
from augmentor.api.progress import Progress, silent
from augmentor.core.digest import digest_bytes
from augmentor.core.example import Waveform
from augmentor.core.stream import Stream
from augmentor.files.atomic import write_json
from augmentor.gate.realism.judged import Realism, judge
from augmentor.gate.realism.ranges import values_of
from augmentor.gate.realism.seen import Seen
from augmentor.jobs.local import map_chunks
from augmentor.jobs.looking import Look, LookAtMade, LookAtReal, lost
from augmentor.kernels.features import picture_names, sound_names
from augmentor.recipe.planned import PlanRow
from augmentor.recipe.real import real_sources
from augmentor.recipe.recipe import Category, Recipe
from augmentor.sources.manifest import Source

SAMPLE = 200
"""So many of a category's new examples, and so many real ones, are looked at."""
VALUES = "realism.json"
"""Where a run keeps what was measured."""
_CHUNK = 16

Item = TypeVar("Item", Source, PlanRow)


@dataclass(frozen=True, slots=True)
class Held:
    """A category's new examples held against real ones.

    Parameters
    ----------
    verdict : what came of it.
    values : for the report: ``real`` and ``made``, what was measured, by measure.
    """

    verdict: Realism
    values: Mapping[str, Mapping[str, Sequence[float]]]


def judge_realism(
    planning: Planning, rows: Sequence[PlanRow], workers: int = 0, progress: Progress = silent
) -> list[Held]:
    """Hold a keyed sample of each category's new examples against its real ones, if it has any.

    Parameters
    ----------
    planning : with the recipe.
    rows : of the plan, that are to be made.
    workers : processes; 0 works in this one.
    progress : told how far it is.
    """
    recipe = planning.recipe
    found = []
    for name, category in recipe.categories.items():
        if category.real is None:
            continue
        real = chosen_real(recipe, category)
        planned = [row for row in rows if row.category == name]
        made = _drawn(recipe, "realism", planned, lambda row: row.id)
        tell = _teller(f"realism of '{name}'", len(real) + len(made), progress)
        theirs = _look(LookAtReal(recipe), real, workers, tell)
        ours = _look(LookAtMade(recipe), made, workers, tell)
        if made:
            found.append(_held(recipe, category, theirs, ours))
    return found


def real_told(recipe: Recipe) -> dict[str, list[Any]]:
    """Return what of the real examples decides a verdict, by category: another list, another run.

    Files are told by their bytes; one that cannot be read by nothing.
    """
    return {
        name: [str(one.telling), [_told(source) for source in chosen_real(recipe, one)]]
        for name, one in recipe.categories.items()
        if one.real is not None
    }


def refused(held: Sequence[Held], rows: Sequence[PlanRow]) -> dict[str, str]:
    """Return the rows that are not to be made, by id, and why: their category is untrue."""
    reasons = {one.verdict.category: one.verdict.reason for one in held}
    return {row.id: why for row in rows if (why := reasons.get(row.category, ""))}


def write_values(folder: Path, held: Sequence[Held]) -> None:
    """Write what was measured of real and made ones as ``realism.json``, for the report."""
    if held:
        write_json(folder / VALUES, {one.verdict.category: one.values for one in held})


def chosen_real(recipe: Recipe, category: Category) -> list[Source]:
    """Return a keyed sample of the real examples of a category."""
    return _drawn(recipe, "real", real_sources(recipe, category), lambda one: one.facts.id)


def _told(source: Source) -> list[Any]:
    paths = [source.path, *(mark["mask"] for mark in source.marks if "mask" in mark)]
    bytes_ = []
    for path in paths:
        try:
            bytes_.append(digest_bytes(Path(path).read_bytes()))
        except OSError:
            bytes_.append("")
    marks = [{**mark, "mask": ""} if "mask" in mark else mark for mark in source.marks]
    facts = source.facts
    return [facts.id, facts.group, source.start_s, source.duration_s, bytes_, marks]


def _drawn(
    recipe: Recipe, what: str, items: Sequence[Item], name_of: Callable[[Item], str]
) -> list[Item]:
    """Return a sample chosen by lots drawn by name."""
    lots = Stream(recipe.spec.seed).at(what)
    return sorted(items, key=lambda one: lots.at(name_of(one)).word())[:SAMPLE]


def _teller(what: str, total: int, progress: Progress) -> Callable[[int], None]:
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        progress(what, done, total)

    return tell


def _look(
    work: Callable[[Sequence[Item]], list[Look]],
    items: Sequence[Item],
    workers: int,
    tell: Callable[[int], None],
) -> list[Look]:
    chunks = [(at, items[at : at + _CHUNK]) for at in range(0, len(items), _CHUNK)]
    found = {}
    for at, looks in map_chunks(work, chunks, min(workers, len(chunks)), lost):
        found[at] = looks
        tell(len(looks))
    return [look for at, _ in chunks for look in found[at]]


def _held(recipe: Recipe, category: Category, theirs: Sequence[Look], ours: Sequence[Look]) -> Held:
    """Return the verdict on a category, once everything was looked at."""
    lost_real = [one for one in theirs if isinstance(one, str)]
    real = [each for one in theirs if not isinstance(one, str) for each in one]
    made = [each for one in ours if not isinstance(one, str) for each in one]
    sounds = recipe.medium.kind is Waveform
    what = "sounds"
    if not sounds:
        real, made, what = _alike(real, made)
    names = sound_names(recipe.rate_hz) if sounds else picture_names()
    verdict = judge(category.name, real, made, names, category.telling, what)
    values = {"real": values_of(real), "made": values_of(made)}
    if lost_real:
        verdict = verdict.with_note(f"{len(lost_real)} real ones were left out: {lost_real[0]}")
    return Held(verdict, values)


def _alike(real: list[Seen], made: list[Seen]) -> tuple[list[Seen], list[Seen], str]:
    """Return what to compare of pictures: what is marked, where both have that; else all of them.

    Of real marks those with a class that was made count, where there are any.
    """
    labels = {one.label for one in made if one.label}
    marked = [one for one in real if one.label]
    if not labels or not marked:
        return (
            [one for one in real if not one.label],
            [one for one in made if not one.label],
            "whole pictures",
        )
    named = [one for one in marked if one.label in labels]
    return named or marked, [one for one in made if one.label], "what is marked in pictures"
