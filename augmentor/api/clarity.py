"""Clarity by reference models: is a keyed sample of each category still understood?"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from augmentor.api.planning import Planning
from augmentor.api.progress import Progress, silent
from augmentor.core.errors import AugmentorError
from augmentor.core.example import Example
from augmentor.core.functions import load_function
from augmentor.core.stream import Stream
from augmentor.gate.references.catalog import Classify, answers
from augmentor.gate.references.closed_set import Recognise, candidates, picks, spoken
from augmentor.gate.references.efficientnet import NAME as EFFICIENTNET
from augmentor.gate.references.efficientnet import EfficientNet
from augmentor.gate.references.sphinx import NAME as SPHINX
from augmentor.gate.references.sphinx import Sphinx
from augmentor.gate.sampled import CLOSED_SET, Asked, Kept, judge
from augmentor.jobs.output import seen_of
from augmentor.recipe.cells import sample_cells
from augmentor.recipe.model import ReferencesSpec
from augmentor.recipe.planned import PlanRow
from augmentor.recipe.recipe import Category, Recipe
from augmentor.recipe.renderer import make_safely, read_parent
from augmentor.sources.manifest import Source

LEAST_CANDIDATES = 3


@dataclass(slots=True)
class _Sample:
    """What was asked so far about one category, and what could not be."""

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
    spec = references_of(recipe)
    found = []
    closed_set: _ClosedSet | None = None
    keeps_answer: _KeepsAnswer | None = None
    for name, category in recipe.categories.items():
        planned = [row for row in rows if row.category == name]
        for check, bound in category.sampled if planned else ():
            lots = Stream(recipe.spec.seed).at("references")
            chosen = sample_cells(category, planned, spec.sample, lots)
            sample, what = _Sample(), f"clarity of '{name}'"
            if check is CLOSED_SET:
                closed_set = closed_set or _ClosedSet(recipe, spec)
                asking: _ClosedSet | _KeepsAnswer = closed_set
            else:
                asking = keeps_answer = keeps_answer or _KeepsAnswer(recipe, spec)
            for done, (row, cell) in enumerate(chosen):
                progress(what, done, len(chosen))
                asking.about(row, cell, sample)
            progress(what, len(chosen), len(chosen))
            found.append(
                judge(
                    name, check, asking.name, sample.asked, bound, chance=asking.chance,
                    skipped=sample.skipped, spent_s=sample.spent_s,
                )
            )  # fmt: skip
    return found


def references_of(recipe: Recipe) -> ReferencesSpec:
    """Return what a recipe says of its references, or the defaults."""
    return recipe.spec.gate.references or ReferencesSpec()


def users_references(recipe: Recipe) -> list[str]:
    """Return the functions of the user's that a recipe's sampled checks will ask."""
    spec = references_of(recipe)
    asked = {check for one in recipe.categories.values() for check, _ in one.sampled}
    named = [spec.recogniser if check is CLOSED_SET else spec.classifier for check in asked]
    return sorted(name for name in named if ":" in name)


def unclear(kept: Sequence[Kept], rows: Sequence[PlanRow]) -> dict[str, str]:
    """Return the rows that are not to be made, by id, and why.

    All of a category that failed; and of the sample those whose very parent was taken for
    another sentence.
    """
    reasons = {one.category: one.reason for one in kept if one.reason}
    dropped = {row.id: why for row in rows if (why := reasons.get(row.category, ""))}
    for one in kept:
        for each in one.doubted:
            dropped.setdefault(
                each.id, f"{one.key} is in doubt: its clean parent is heard as '{each.heard}'"
            )
    return dropped


def clarity_told(recipe: Recipe) -> dict[str, Any]:
    """Return what of the references decides a verdict: another one is another run."""
    asked = {
        name: [(check.name, str(bound)) for check, bound in one.sampled]
        for name, one in recipe.categories.items()
        if one.sampled
    }
    return asked and {"checks": asked, "references": references_of(recipe).model_dump()}


def _made(recipe: Recipe, row: PlanRow, skipped: Counter[str]) -> tuple[Example, Example] | None:
    """Return the parent of a row and its new example; None, with the reason, where it has none."""
    category: Category = recipe.categories[row.category]
    try:
        parent = read_parent(recipe, row.source)
        made = make_safely(recipe, category, parent, row.copy, row.edits)
    except AugmentorError as error:
        skipped[str(error)] += 1  # the run itself will quarantine it
        return None
    if not made.passed:
        skipped["rejected by other checks"] += 1
        return None
    return parent, made.example


class _ClosedSet:
    """The closed-set test over the sentences of a recipe's sources."""

    def __init__(self, recipe: Recipe, spec: ReferencesSpec) -> None:
        self.recipe, self.name, self.text = recipe, spec.recogniser, spec.text
        self.decoys, self.known = spec.decoys, dict[tuple[str, str], str | None]()
        self.sphinx = Sphinx() if spec.recogniser == SPHINX else None
        self.recognise: Recognise = self.sphinx or load_function(
            spec.recogniser, [recipe.file.parent, Path.cwd()], "recogniser"
        )
        self.pool = sorted({one for _, one in self._usable(recipe.sources)})
        self.stream = Stream(recipe.spec.seed).at("closed_set")

    @property
    def chance(self) -> float:
        """The share that guessing would reach."""
        return round(1 / max(1, min(self.decoys + 1, len(self.pool))), 4)

    def _usable(self, sources: Sequence[Source]) -> Iterator[tuple[Source, str]]:
        for one in sources:
            sentence = spoken(self._said(one))
            if sentence is not None and not self._unknown(sentence):
                yield one, sentence

    def _said(self, source: Source) -> str:
        return source.facts.target if self.text is None else str(source.meta.get(self.text) or "")

    def _unknown(self, sentence: str) -> list[str]:
        return self.sphinx.unknown(sentence) if self.sphinx else []

    def _why_not(self, source: Source) -> str:
        """Return why a source cannot be asked about, or an empty string."""
        sentence = spoken(self._said(source))
        if sentence is None:
            return "no plain words: empty, or with digits or signs"
        if self._unknown(sentence):
            return "words that the reference does not know"
        if len({*self.pool, sentence}) < LEAST_CANDIDATES:
            return "too few different sentences in the source"
        return ""

    def about(self, row: PlanRow, cell: str, sample: _Sample) -> None:
        """Ask about one row: its parent, and what is made of it."""
        if why := self._why_not(row.source):
            sample.skipped[why] += 1
            return
        pair = _made(self.recipe, row, sample.skipped)
        if pair is None:
            return
        right = spoken(self._said(row.source)) or ""
        among = candidates(right, self.pool, self.decoys, self.stream)
        began = time.perf_counter()
        parent = (row.source.facts.digest or row.source.facts.id, right)
        if parent not in self.known:
            self.known[parent] = self._picked(pair[0], among)
        before, after = self.known[parent], self._picked(pair[1], among)
        sample.spent_s += time.perf_counter() - began
        heard = before if before is not None and before != right else ""
        sample.asked.append(
            Asked(row.id, cell, before == right, after == right, right, heard or "")
        )

    def _picked(self, example: Example, among: Sequence[str]) -> str | None:
        rate_hz = self.recipe.rate_hz
        return picks(self.name, self.recognise, [seen_of(example)], rate_hz, [among])[0]


class _KeepsAnswer:
    """Whether a picture gets the answer of its parent."""

    chance: float | None = None

    def __init__(self, recipe: Recipe, spec: ReferencesSpec) -> None:
        self.recipe, self.name = recipe, spec.classifier
        self.known: dict[str, str] = {}
        self.classify: Classify = (
            EfficientNet()
            if spec.classifier == EFFICIENTNET
            else load_function(spec.classifier, [recipe.file.parent, Path.cwd()], "classifier")
        )

    def about(self, row: PlanRow, cell: str, sample: _Sample) -> None:
        """Ask about one row: its parent, and what is made of it."""
        pair = _made(self.recipe, row, sample.skipped)
        if pair is None:
            return
        began = time.perf_counter()
        parent = row.source.facts.digest or row.source.facts.id
        if parent not in self.known:
            self.known[parent] = self._answer(seen_of(pair[0]))
        same = self._answer(seen_of(pair[1])) == self.known[parent]
        sample.spent_s += time.perf_counter() - began
        sample.asked.append(Asked(row.id, cell, before=True, after=same))

    def _answer(self, picture: NDArray[Any]) -> str:
        return answers(self.name, self.classify, [picture])[0]


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
