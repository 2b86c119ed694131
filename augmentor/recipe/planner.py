"""The plan: every edit of every new example, drawn before anything is rendered.

A budget goes to categories in proportion to their scores. Each takes the first so many
(parent, copy) pairs in the order of copy, then of a lot drawn by name, so that more budget
adds examples and changes none. Pairs that would repeat a parent or another example are skipped.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from augmentor.core.digest import digest_bytes
from augmentor.core.errors import BadSourceError
from augmentor.core.example import Facts
from augmentor.core.operator import Edit
from augmentor.core.stream import Stream
from augmentor.recipe.planned import Plan, PlanRow, bytes_of
from augmentor.recipe.recipe import Category, Recipe
from augmentor.recipe.skew import cap_shares, look_back
from augmentor.recipe.steps import draw_steps, refusal
from augmentor.sources.manifest import Source

FRUITLESS_DRAWS = 1000
"""After so many draws in a row that bring nothing new, and a whole round, a category gives up."""
REASONS = 3
"""So many reasons for refusals a warning tells."""

Measure = Callable[[Sequence[Source]], list[Source | str]]
"""Each source with its facts measured, or why it cannot be used."""


def plan(
    recipe: Recipe,
    scores: Mapping[str, float],
    measure: Measure,
    *,
    examples: int | None = None,
) -> Plan:
    """Draw every new example of a recipe; nothing is rendered.

    Parameters
    ----------
    recipe : a loaded recipe.
    scores : what each category is worth; the budget is shared in proportion.
    measure : measures sources, remembering what it has measured.
    examples : how many to make in all, where that is less than a budget of examples.
    """
    made = Plan()
    unit, amount = recipe.budget.unit, recipe.budget.amount
    if examples is not None:
        amount = min(amount, examples)
    shares = _shares(recipe, scores)
    if unit == "examples":
        made.budget = dict(whole(shares, int(amount)))
    else:
        made.budget = {name: amount * share for name, share in shares.items()}
    for name, amount_here in made.budget.items():
        if not amount_here:
            continue
        spent, before = 0.0, len(made.rows)
        size = max(64, math.ceil(amount_here) if unit == "examples" else 256)
        lot = _Lot(recipe, recipe.categories[name], made, measure, size)
        for row in lot.rows():
            cost = _cost(row.source.facts, unit)
            if spent + cost > amount_here + 1e-9:
                if not spent:
                    made.warnings.append(f"the budget of '{name}' is less than one example's size")
                break
            spent += cost
            made.rows.append(row)
            if spent >= amount_here - 1e-9:
                break
        else:
            made.warnings.append(lot.shortage(len(made.rows) - before))
    if recipe.spec.mix.max_share is not None and made.rows:
        cap_shares(recipe, made, recipe.spec.mix.max_share)
    look_back(recipe, made)
    return made


def _shares(recipe: Recipe, scores: Mapping[str, float]) -> dict[str, float]:
    """Return each category's part of the budget, summing to 1; categories worth nothing get 0."""
    total = sum(scores.values())
    if not total:
        return {}
    return {name: scores.get(name, 0.0) / total for name in recipe.categories}


def whole(shares: Mapping[str, float], total: int) -> dict[str, int]:
    """Return whole numbers in proportion to `shares` that add up to `total`.

    The largest remainders are rounded up; of equal ones the first.
    """
    if not shares:
        return {}
    exact = {name: share * total for name, share in shares.items()}
    counts = {name: math.floor(value + 1e-9) for name, value in exact.items()}
    short = total - sum(counts.values())
    for name in sorted(exact, key=lambda n: counts[n] - exact[n])[:short]:
        counts[name] += 1
    return counts


@dataclass(slots=True)
class _Lot:
    """The examples that a category may have, one after the other.

    Parameters
    ----------
    recipe, category, made, measure : what is planned, and by what.
    size : how many parents are measured at once.
    fruitless : draws since the last one that brought something new.
    """

    recipe: Recipe
    category: Category
    made: Plan
    measure: Measure
    size: int
    fruitless: int = 0

    def rows(self) -> Iterator[PlanRow]:
        """Yield the possible examples in order of copy, then lot, none of them twice.

        It ends when no parent is left, or when drawing brings nothing new any more.
        """
        parents = [
            source
            for source in self.recipe.sources
            if self.category.takes(source.facts.tags)
            and source.facts.id not in self.made.quarantined
        ]
        stream = Stream(self.recipe.spec.seed).at("lot", self.category.name)
        seen: set[str] = set()
        copy = 0
        while parents and self.fruitless < max(FRUITLESS_DRAWS, len(parents)):
            parents.sort(key=lambda one: stream.at(one.facts.id, copy).word())
            usable: list[Source] = []
            for row in self._round(parents, copy):
                usable.append(row.source)
                self.fruitless += 1
                if row.edits and (key := _content(row)) not in seen:
                    seen.add(key)
                    self.fruitless = 0
                    yield row
            parents = usable
            copy += 1

    def _round(self, parents: Sequence[Source], copy: int) -> Iterator[PlanRow]:
        """Yield one version of each parent that may be used."""
        refused = self.made.refused.setdefault(self.category.name, Counter())
        for start in range(0, len(parents), self.size):
            batch = parents[start : start + self.size]
            # From the second round on they are measured.
            for one, found in zip(batch, batch if copy else self.measure(batch), strict=True):
                if isinstance(found, str):
                    self.made.quarantined[one.facts.id] = found
                    continue
                reason = refusal(self.category.steps, found.facts)
                if not reason:
                    try:
                        row = draw_row(self.recipe, self.category, found, copy)
                    except BadSourceError as error:
                        reason = str(error)
                if reason:
                    refused[reason] += 1
                else:
                    yield row

    def shortage(self, count: int) -> str:
        """Return why there are only so many examples."""
        name, refused = self.category.name, self.made.refused[self.category.name]
        reasons = [f"{n} x {reason}" for reason, n in refused.most_common(REASONS)]
        rest = refused.total() - sum(n for _, n in refused.most_common(REASONS))
        if rest:
            reasons.append(f"{rest} x other reasons")
        if self.fruitless >= FRUITLESS_DRAWS:
            what = f"'{name}' can only make {count} different examples, less than its budget"
            why = [f"the last {self.fruitless} draws brought nothing new", *reasons]
        else:
            what = f"'{name}' gets {count} examples, less than its budget"
            why = reasons or ["no more usable parents"]
        return f"{what}: {'; '.join(why)}"


def _content(row: PlanRow) -> str:
    """Return what decides the bytes of an example: its parent's sound, and what is done to it."""
    edits = [(edit.op, edit.params) for edit in row.edits]
    # An operator's parameters always come in one order.
    return digest_bytes(repr((row.source.facts.digest or row.source.facts.id, edits)).encode())


def draw_row(recipe: Recipe, category: Category, source: Source, copy: int) -> PlanRow:
    """Draw one new example: version `copy` of a parent in a category."""
    facts = source.facts
    return PlanRow(
        f"{facts.id}+{category.name}+{copy}",
        category.name,
        source,
        copy,
        draw_edits(recipe, category, facts, copy, 0),
    )


def draw_edits(
    recipe: Recipe, category: Category, facts: Facts, copy: int, attempt: int
) -> tuple[Edit, ...]:
    """Return the edits of one try; every number is named by all of these."""
    stream = Stream(recipe.spec.seed).at(category.name, facts.id, copy, attempt)
    return tuple(draw_steps(category.steps, facts, stream))


def _cost(facts: Facts, unit: str) -> float:
    if unit == "examples":
        return 1.0
    return facts.duration_s if unit == "s" else float(bytes_of(facts))
