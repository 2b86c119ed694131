"""What people are asked about: new examples of a run, mixed blind with real and clean ones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from augmentor.core.errors import Problem, UsageError, listed
from augmentor.core.example import Facts
from augmentor.core.stream import Stream
from augmentor.files.document import read_yaml
from augmentor.ledger.record import Record, read_records
from augmentor.sources.manifest import Source

Kind = Literal["made", "real", "parent"]

CONTROLS = 3
"""One parent for so many new examples."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to judge.

    Parameters
    ----------
    handle : its name on the page, which says nothing of what it is.
    kind : made by the run; real, of the category; or a parent of the run, nothing done to it.
    example : its id in the run or the manifest.
    category : that it is of; of a parent, the one that it stands beside.
    target : the right answer.
    source : its file.
    verdicts : what the gate said of it; empty unless made.
    """

    handle: str
    kind: Kind
    example: str
    category: str
    target: str
    source: Source
    verdicts: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A finished run, as far as people need it.

    Parameters
    ----------
    folder : where it lies.
    name, seed : of its recipe.
    pictures : whether its examples are pictures.
    transcripts : whether a target is what is said; else it is a class.
    served : the tags that each category serves.
    records : its new examples, in plan order.
    """

    folder: Path
    name: str
    seed: int
    pictures: bool
    transcripts: bool
    served: Mapping[str, tuple[str, ...]]
    records: tuple[Record, ...]

    @property
    def targets(self) -> list[str]:
        """The targets of its new examples, by name."""
        return sorted({one.target for one in self.records})

    def stream(self, *names: str) -> Stream:
        """Return the chance of one thing in this review."""
        return Stream(self.seed).at("review", *names)


def read_reviewed(folder: Path) -> Reviewed:
    """Return a finished run; its sources need not be there any more.

    Raises
    ------
    UsageError : the folder holds no finished run, or one without examples.
    """
    records = tuple(read_records(folder))
    if not records:
        raise UsageError(Problem(str(folder), "this run made nothing, so there is nothing to ask"))
    recipe = read_yaml(folder / "recipe.yaml")
    source = recipe.block("source")
    served = {
        name: tuple(map(str, recipe.get("categories", name, "tags") or [name]))
        for name in recipe.block("categories")
    }
    return Reviewed(
        folder, str(recipe.get("name")), int(recipe.get("seed") or 0),
        source.get("kind") == "picture", source.get("target") == "transcript", served, records,
    )  # fmt: skip


def rated_items(
    run: Reviewed, parents: Mapping[str, Source], real: Sequence[Source], count: int
) -> list[Item]:
    """Return what is judged, by handle: an order that says nothing.

    Parameters
    ----------
    run : whose new examples are judged.
    parents : sources by id, for clean controls; may be empty.
    real : real examples with tags, for real controls; may be empty.
    count : new examples of each category, and as many real ones; a third as many parents.

    Raises
    ------
    UsageError : a file of the run lies outside its folder, or no real example fits a category.
    """
    made: list[Item] = []
    used: set[str] = set()
    for category in run.served:
        mine = [one for one in run.records if one.category == category]
        mine.sort(key=lambda one: run.stream("made", one.id).word())
        fresh = _one_a_parent(mine, used)
        chosen = (fresh + [one for one in mine if one not in fresh])[:count]
        used.update(one.parent for one in chosen)
        made += [_made(run, one) for one in chosen]
    items = made + _real(run, real, count) + _parents(run, parents, used, count)
    return sorted(items, key=lambda one: one.handle)


def ordered(items: Iterable[Item], run: Reviewed, rater: str) -> list[Item]:
    """Return items in the order of one rater: another for everyone, the same every time."""
    return sorted(items, key=lambda one: run.stream("order", rater, one.handle).word())


def _one_a_parent(records: Sequence[Record], used: set[str]) -> list[Record]:
    """Return the first record of each parent that nothing else was taken of."""
    first: dict[str, Record] = {}
    for one in records:
        if one.parent not in used:
            first.setdefault(one.parent, one)
    return list(first.values())


def _made(run: Reviewed, record: Record) -> Item:
    path = run.folder / record.file_name
    if not path.resolve().is_relative_to(run.folder.resolve()):
        what = f"example '{record.id}' names a file outside the run's folder: {record.file_name}"
        raise UsageError(Problem(str(run.folder), what))
    source = Source(Facts(record.id, target=record.target), path)
    return _item(run, "made", record.category, source, tuple(record.verdicts))


def _real(run: Reviewed, real: Sequence[Source], count: int) -> list[Item]:
    """Return real examples of each category, by its tags."""
    if not real:
        return []
    items: list[Item] = []
    taken: set[str] = set()
    for category, tags in run.served.items():
        wanted = {category, *tags}
        fits = [
            one for one in real
            if one.facts.id not in taken and (wanted & set(one.facts.tags) or len(run.served) == 1)
        ]  # fmt: skip
        fits.sort(key=lambda one: run.stream("real", one.facts.id).word())
        taken.update(one.facts.id for one in fits[:count])
        items += [_item(run, "real", category, one) for one in fits[:count]]
    if not items:
        tags_there = sorted({tag for one in real for tag in one.facts.tags})
        raise UsageError(
            f"no real example has the tag of a category ({listed(run.served)}); "
            f"their tags: {listed(tags_there)}"
        )
    return items


def _parents(
    run: Reviewed, parents: Mapping[str, Source], used: set[str], count: int
) -> list[Item]:
    """Return parents as controls, of other examples than those judged where there are any."""
    items: list[Item] = []
    taken: set[str] = set()
    for category in run.served:
        names = {one.parent for one in run.records if one.category == category}
        known = sorted(
            (name for name in names if name in parents and name not in taken),
            key=lambda name: (name in used, run.stream("parent", name).word()),
        )[: max(1, count // CONTROLS)]
        taken.update(known)
        items += [_item(run, "parent", category, parents[name]) for name in known]
    return items


def _item(
    run: Reviewed,
    kind: Kind,
    category: str,
    source: Source,
    verdicts: tuple[Mapping[str, Any], ...] = (),
) -> Item:
    facts = source.facts
    handle = f"{run.stream('handle', kind, facts.id).word():016x}"
    return Item(handle, kind, facts.id, category, facts.target, source, verdicts)
