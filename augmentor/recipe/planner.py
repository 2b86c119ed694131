"""The plan: every edit of every new example, drawn before anything is rendered.

A budget goes to categories in proportion to their scores. Each takes the first so many
(parent, copy) pairs in the order of copy, then of a lot drawn by name, so that more budget
adds examples and changes none.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from augmentor.core.errors import BadSourceError
from augmentor.core.example import Facts
from augmentor.core.operator import Edit
from augmentor.core.stream import Stream
from augmentor.recipe.planned import Plan, PlanRow, Shares, bytes_of
from augmentor.recipe.recipe import Category, Recipe
from augmentor.recipe.skew import cap_shares, look_back
from augmentor.recipe.steps import draw_steps, refusal
from augmentor.sources.manifest import Source

__all__ = ["Plan", "PlanRow", "Shares", "draw_edits", "draw_row", "plan", "whole"]

Measure = Callable[[Sequence[Source]], list[Source | str]]
"""Each source with its facts measured, or why it cannot be used."""


def plan(recipe: Recipe, scores: Mapping[str, float], measure: Measure) -> Plan:
    """Draw every new example of a recipe; nothing is rendered.

    Parameters
    ----------
    recipe : a loaded recipe.
    scores : what each category is worth; the budget is shared in proportion.
    measure : measures sources, remembering what it has measured.
    """
    made = Plan()
    unit, amount = recipe.budget.unit, recipe.budget.amount
    shares = _shares(recipe, scores)
    if unit == "examples":
        made.budget = dict(whole(shares, int(amount)))
    else:
        made.budget = {name: amount * share for name, share in shares.items()}
    for name, amount_here in made.budget.items():
        if not amount_here:
            continue
        spent, before = 0.0, len(made.rows)
        for row in _candidates(recipe, recipe.categories[name], made, measure, amount_here, unit):
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
            made.warnings.append(
                f"'{name}' gets {len(made.rows) - before} examples, less than its budget: "
                "no more usable parents"
            )
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


def _candidates(
    recipe: Recipe, category: Category, made: Plan, measure: Measure, amount: float, unit: str
) -> Iterator[PlanRow]:
    """Yield the category's possible examples in order of copy, then lot."""
    refused = made.refused.setdefault(category.name, Counter())
    parents = [
        source
        for source in recipe.sources
        if category.takes(source.facts.tags) and source.facts.id not in made.quarantined
    ]
    copy = 0
    while parents:
        stream = Stream(recipe.spec.seed).at("lot", category.name)
        parents.sort(key=lambda one: stream.at(one.facts.id, copy).word())
        usable: list[Source] = []
        size = max(64, math.ceil(amount) if unit == "examples" else 256)
        for start in range(0, len(parents), size):
            batch = parents[start : start + size]
            for one, found in zip(batch, measure(batch), strict=True):
                if isinstance(found, str):
                    made.quarantined[one.facts.id] = found
                    continue
                reason = refusal(category.steps, found.facts)
                if not reason:
                    try:
                        row = draw_row(recipe, category, found, copy)
                    except BadSourceError as error:
                        reason = str(error)
                if reason:
                    refused[reason] += 1
                    continue
                usable.append(found)
                yield row
        parents = usable
        copy += 1


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
