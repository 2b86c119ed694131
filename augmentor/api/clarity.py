"""Clarity by reference models: is a keyed sample of each category still understood?"""

import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from augmentor.api.planning import Planning
from augmentor.api.progress import Progress, silent
from augmentor.api.references import Reference, reference_of, references_of
from augmentor.core.errors import AugmentorError, listed
from augmentor.core.example import Example
from augmentor.core.stream import Stream
from augmentor.core.verdict import Bound
from augmentor.files.digested import digest_path
from augmentor.gate.answers import Answer, Shown
from augmentor.gate.sampled import READS_TEXT, Asked, Kept, SampledCheck, judge
from augmentor.recipe.cells import sample_cells
from augmentor.recipe.planned import PlanRow
from augmentor.recipe.recipe import Category, Recipe
from augmentor.recipe.renderer import make_safely, read_parent


@dataclass(slots=True)
class _Sample:
    """What is asked about one category, what was answered so far, and what could not be asked."""

    category: Category
    bound: Bound
    chosen: Sequence[tuple[PlanRow, str]]
    asked: list[Asked] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    spent_s: float = 0.0


def judge_clarity(
    planning: Planning, rows: Sequence[PlanRow], progress: Progress = silent
) -> list[Kept]:
    """Ask the recipe's references about a keyed sample of each category, before a run.

    Parameters
    ----------
    planning : with the recipe.
    rows : of the plan, that are to be made.
    progress : told how far it is.

    Raises
    ------
    UsageError : a reference of the user's cannot be loaded, or fails.
    """
    recipe = planning.recipe
    lots = Stream(recipe.spec.seed).at("references")
    samples: dict[SampledCheck, list[_Sample]] = {}
    for name, category in recipe.categories.items():
        planned = [row for row in rows if row.category == name]
        for check, bound in category.sampled if planned else ():
            chosen = sample_cells(category, planned, references_of(recipe).sample, lots)
            samples.setdefault(check, []).append(_Sample(category, bound, chosen))
    found = []
    for check, group in samples.items():
        with reference_of(recipe, check) as reference:
            _ask(recipe, reference, group, progress)
        found += [
            judge(
                one.category.name, check, reference.model.name, one.asked, one.bound,
                chance=reference.chance, skipped=one.skipped, spent_s=one.spent_s,
            )
            for one in group
        ]  # fmt: skip
    return found


def _ask(
    recipe: Recipe, reference: Reference, samples: Sequence[_Sample], progress: Progress
) -> None:
    """Ask a reference about all samples: each parent, and what is made of it."""
    model = reference.model
    waiting: deque[tuple[_Sample, PlanRow, str]] = deque()
    spent_s: dict[str, float] = {}

    def shown() -> Iterator[Shown]:
        for sample in samples:
            what, total = f"clarity of '{sample.category.name}'", len(sample.chosen)
            for done, (row, cell) in enumerate(sample.chosen):
                progress(what, done, total)
                pair = _made(recipe, reference, row, sample)
                if pair is None:
                    continue
                waiting.append((sample, row, cell))
                for name, example in zip((row.source.facts.id, row.id), pair, strict=True):
                    yield reference.show(name, row.source, example)
            progress(what, total, total)

    def timed(batch: Sequence[Shown]) -> Sequence[Answer]:
        began = time.perf_counter()
        answers = model.ask(batch)
        each_s = (time.perf_counter() - began) / len(batch)
        spent_s.update((one.digest, each_s) for one in batch)
        return answers

    found = model.answers.of(timed, shown(), model.size)
    for old, before in found:
        new, after = next(found)
        sample, row, cell = waiting.popleft()
        sample.asked.append(reference.asked(row.id, cell, row.source, before, after))
        sample.spent_s += spent_s.pop(old.digest, 0.0) + spent_s.pop(new.digest, 0.0)


def _made(
    recipe: Recipe, reference: Reference, row: PlanRow, sample: _Sample
) -> tuple[Example, Example] | None:
    """Return the parent of a row and its new example; None, with the reason, where it has none."""
    why = reference.why_not(row.source)
    if not why:
        try:
            parent = read_parent(recipe, row.source)
            made = make_safely(recipe, sample.category, parent, row.copy, row.edits)
        except AugmentorError as error:
            why = str(error)  # the run itself will quarantine it
        else:
            if made.passed:
                return parent, made.example
            why = "rejected by other checks"
    sample.skipped[why] += 1
    return None


def unclear(kept: Sequence[Kept], rows: Sequence[PlanRow]) -> dict[str, str]:
    """Return the rows that are not to be made, by id, and why.

    All of a category that failed; and of the sample those whose very parent was taken for
    another sentence.
    """
    reasons = {one.category: one.reason for one in kept if one.reason}
    dropped = {row.id: why for row in rows if (why := reasons.get(row.category, ""))}
    for one in kept:
        verb = "read" if one.key == READS_TEXT.key else "heard"
        for each in one.doubted:
            dropped.setdefault(
                each.id, f"{one.key} is in doubt: its clean parent is {verb} as '{each.heard}'"
            )
    return dropped


def clarity_told(recipe: Recipe) -> dict[str, Any]:
    """Return what of the references decides a verdict: another one is another run."""
    asked = {
        name: [(check.name, str(bound)) for check, bound in one.sampled]
        for name, one in recipe.categories.items()
        if one.sampled
    }
    spec = references_of(recipe)
    if not asked:
        return {}
    file = {} if spec.model_file is None else {"model": digest_path(recipe.path(spec.model_file))}
    told = spec.model_dump(exclude={"timeout_s", "model_file"})
    return {"checks": asked, "references": told, **file}


def said(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a line for the terminal on each verdict."""
    for one in found:
        value = "undefined" if one["value"] is None else f"{one['value']:.0%}"
        check = one["check"].rpartition(".")[0]
        yield (
            f"clarity: '{one['category']}': {one['reference']} still understands {value} of the "
            f"{one['before']} that it did before, {check} wanted {one['bound']}: {one['outcome']}"
            + (f" ({one['why']})" if one["why"] else "")
        )
        if one.get("alike"):
            yield f"clarity: '{one['category']}': ambiguous, as it looks alike: {alike_told(one)}"


def alike_told(one: Mapping[str, Any]) -> str:
    """Return what was read as something that looks alike, and in how many examples."""
    return listed((f"{pair} ({count})" for pair, count in one["alike"].items()), 8)
