"""The plan: every edit of every new example, drawn before anything is rendered.

A budget goes to categories in proportion to their scores. Each takes the first so many
(parent, copy) pairs in the order of copy, then of a lot drawn by name, so that more budget
adds examples and changes none.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from augmentor.core.errors import BadSourceError
from augmentor.core.example import Facts
from augmentor.core.operator import Edit
from augmentor.core.stream import Stream
from augmentor.recipe.recipe import Category, Recipe
from augmentor.recipe.steps import draw_steps, refusal
from augmentor.sources.manifest import Source

WAV_HEADER_BYTES = 44
BYTES_A_FRAME = 2
MANY_COPIES = 20
"""Beyond, a plan warns: so many versions of one recording teach that recording."""

Measure = Callable[[Sequence[Source]], list[Source | str]]
"""Each source with its facts measured, or why it cannot be used."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One new example to be made.

    Parameters
    ----------
    id : ``parent+category+copy``, unique in the run.
    category : the category's name.
    source : its parent, measured.
    copy : which version of this parent, from 0.
    edits : what to do to it, at the first try.
    """

    id: str
    category: str
    source: Source
    copy: int
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Shares:
    """How often a tag or class occurs, before and after the new examples."""

    before_frac: float
    after_frac: float


@dataclass(slots=True)
class Plan:
    """What a run will make, and what it will do to the data.

    Parameters
    ----------
    rows : in order of category, copy, lot.
    budget : examples asked of each category.
    quarantined : reason by id of sources that cannot be used.
    refused : how many parents each category refused, by reason.
    tags, classes : shares of source plus new.
    warnings : what to know before running.
    """

    rows: list[PlanRow] = field(default_factory=list)
    budget: dict[str, float] = field(default_factory=dict)
    quarantined: dict[str, str] = field(default_factory=dict)
    refused: dict[str, Counter[str]] = field(default_factory=dict)
    tags: dict[str, Shares] = field(default_factory=dict)
    classes: dict[str, Shares] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Return the new examples of each category."""
        return dict(Counter(row.category for row in self.rows))

    @property
    def duration_s(self) -> float:
        """Seconds of sound in all, as long as the parents are."""
        return sum(row.source.facts.duration_s for row in self.rows)

    @property
    def bytes(self) -> int:
        """Bytes on disk, about."""
        return sum(_bytes(row.source.facts) for row in self.rows)


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
    cap = recipe.spec.mix.max_share
    if cap is not None and unit == "examples":
        _cap(recipe, made, cap)
    room = _ClassRoom(recipe, made, cap)
    for name, amount_here in made.budget.items():
        category = recipe.categories[name]
        spent = 0.0
        for row in _candidates(recipe, category, made, measure, amount_here, unit):
            cost = _cost(row.source.facts, unit)
            if spent + cost > amount_here + 1e-9:
                break
            if room.full(row.source.facts.target):
                continue
            spent += cost
            room.take(row.source.facts.target)
            made.rows.append(row)
            if spent >= amount_here - 1e-9:
                break
    _look_back(recipe, made)
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
    return facts.duration_s if unit == "s" else float(_bytes(facts))


def _bytes(facts: Facts) -> int:
    return WAV_HEADER_BYTES + BYTES_A_FRAME * round(facts.duration_s * facts.rate_hz)


def _cap(recipe: Recipe, made: Plan, cap: float) -> None:
    """Lower budgets until no category's tag has more than `cap` of source plus new."""
    sources = recipe.sources
    before = Counter(tag for source in sources for tag in source.facts.tags)
    for _ in range(100):
        total = len(sources) + sum(made.budget.values())
        over = False
        for name, count in made.budget.items():
            allowed = max(0, math.floor(cap * total - before[recipe.categories[name].tag]))
            if count > allowed:
                # This category's own examples are in the total too: solve for both at once.
                others = total - count
                best = (cap * others - before[recipe.categories[name].tag]) / (1 - cap or 1)
                made.warnings.append(
                    f"max_share {cap:g} lowers '{name}' from {count:g} to {max(0, int(best))}"
                )
                made.budget[name] = max(0, int(best))
                over = True
                break
        if not over:
            return


class _ClassRoom:
    """Keeps any one class from growing beyond the cap, or beyond what it has already."""

    def __init__(self, recipe: Recipe, made: Plan, cap: float | None) -> None:
        self.counts = Counter(source.facts.target for source in recipe.sources)
        size = len(recipe.sources)
        total = size + (sum(made.budget.values()) if recipe.budget.unit == "examples" else 0)
        self.allowed = (
            None
            if cap is None or recipe.budget.unit != "examples"
            else {name: max(cap, n / size) * total for name, n in self.counts.items()}
        )

    def full(self, target: str) -> bool:
        return self.allowed is not None and self.counts[target] + 1 > self.allowed[target]

    def take(self, target: str) -> None:
        self.counts[target] += 1


def _look_back(recipe: Recipe, made: Plan) -> None:
    """Fill in shares before and after, and say what to know."""
    sources = [one.facts for one in recipe.sources if one.facts.id not in made.quarantined]
    old, new = len(sources), len(made.rows)
    tags = Counter(tag for facts in sources for tag in facts.tags)
    classes = Counter(facts.target for facts in sources)
    tags_after, classes_after = tags.copy(), classes.copy()
    for row in made.rows:
        tags_after.update(recipe.categories[row.category].child_tags(row.source.facts.tags))
        classes_after[row.source.facts.target] += 1
    made.tags = _before_after(tags, tags_after, old, new)
    if len(classes) <= max(2, old // 10):  # transcripts are all different: no classes to skew
        made.classes = _before_after(classes, classes_after, old, new)
    cap = recipe.spec.mix.max_share
    for tag, share in made.tags.items():
        if tag != "clean" and cap is None and share.after_frac > 0.2:
            made.warnings.append(
                f"'{tag}' grows from {share.before_frac:.0%} to {share.after_frac:.0%} of the "
                "data: fine for a large model with clear labels; else set mix: {max_share: ...}"
            )
    for name, share in made.classes.items():
        if share.before_frac and abs(share.after_frac / share.before_frac - 1) > 0.25:
            made.warnings.append(
                f"class '{name}' moves from {share.before_frac:.0%} to {share.after_frac:.0%}"
            )
    counts = made.counts()
    for name, asked in made.budget.items():
        if recipe.budget.unit == "examples" and counts.get(name, 0) < asked:
            made.warnings.append(
                f"'{name}' gets {counts.get(name, 0)} of {asked:g} examples: no more usable parents"
            )
    most = max((row.copy for row in made.rows), default=0) + 1
    if most > MANY_COPIES:
        made.warnings.append(f"some parents are used {most} times: more parents would teach more")


def _before_after(
    before: Counter[str], after: Counter[str], old: int, new: int
) -> dict[str, Shares]:
    return {
        name: Shares(before[name] / old if old else 0.0, after[name] / (old + new))
        for name, _ in after.most_common()
    }
