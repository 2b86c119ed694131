"""Whether adding data can hurt: the share of each tag and class, capped, and told before a run."""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from augmentor.recipe.planned import Plan, PlanRow, Shares
from augmentor.recipe.recipe import Recipe
from augmentor.sources.defect_bank import DefectBank

MANY_COPIES = 20
"""Beyond, a plan warns: so many versions of one recording teach that recording."""
GROWN = 1.1
"""Beyond this ratio a tag of a fifth of the data or more is said to grow."""
MANY_USES = 10
"""Beyond, a plan warns: so often the same noise teaches that noise."""


def cap_shares(recipe: Recipe, made: Plan, cap: float) -> None:
    """Take out new examples until no tag or class has more than `cap` of source plus new.

    What had more in the source may keep its share; a category whose own tag had gets nothing.
    Those drawn last go first, in every category alike.
    """
    usable = [one.facts for one in recipe.sources if one.facts.id not in made.quarantined]
    now = Counter(mark for facts in usable for mark in _marks(facts.tags, facts.target))
    own = {("tag", recipe.categories[row.category].tag) for row in made.rows}
    limits = {
        mark: cap if mark in own else max(cap, now[mark] / len(usable)) for mark in (*now, *own)
    }
    counts, seen = made.counts(), Counter[str]()
    order: list[tuple[float, PlanRow, list[tuple[str, str]]]] = []
    for row in made.rows:
        seen[row.category] += 1
        tags = recipe.categories[row.category].child_tags(row.source.facts.tags)
        target = recipe.categories[row.category].target_of(row.source.facts)
        marks = _marks(tags, target)
        order.append((seen[row.category] / counts[row.category], row, marks))
        now.update(marks)
    order.sort(key=lambda one: one[0])
    gone: set[str] = set()
    while excess := _excess(now, limits, len(usable) + len(order)):
        mark, number = excess
        carriers = [row.id for _, row, marks in order if mark in marks][-number:]
        if not carriers:
            limits[mark] = 1.0  # all that is left of it is the source's own
            continue
        gone.update(carriers)
        for _, row, marks in order:
            if row.id in gone:
                now.subtract(marks)
        order = [one for one in order if one[1].id not in gone]
    made.rows = [row for row in made.rows if row.id not in gone]
    left = made.counts()
    made.warnings += [
        f"max_share {cap:g} leaves '{name}' {left.get(name, 0)} of {count} examples"
        for name, count in counts.items()
        if left.get(name, 0) < count
    ]


def _marks(tags: Sequence[str], target: str) -> list[tuple[str, str]]:
    return [*(("tag", tag) for tag in tags), ("class", target)]


def _excess(
    now: Mapping[tuple[str, str], int], limits: Mapping[tuple[str, str], float], total: int
) -> tuple[tuple[str, str], int] | None:
    """Return the tag or class that is furthest over its limit, and how many must go."""
    over = {
        # With each that goes the total falls too: solve for both at once.
        mark: math.ceil((now[mark] - limit * total) / (1 - limit) - 1e-9)
        for mark, limit in limits.items()
        if limit < 1 and now[mark] > limit * total + 1e-9
    }
    return max(over.items(), key=lambda one: one[1], default=None)


def are_classes(targets: Collection[str], examples: int) -> bool:
    """Return whether targets are classes; transcripts are not, as they are all different."""
    return len(targets) <= max(2, examples // 10)


def look_back(recipe: Recipe, made: Plan) -> None:
    """Fill in shares before and after, and say what to know."""
    sources = [one.facts for one in recipe.sources if one.facts.id not in made.quarantined]
    old, new = len(sources), len(made.rows)
    tags = Counter(tag for facts in sources for tag in facts.tags)
    classes = Counter(facts.target for facts in sources)
    tags_after, classes_after = tags.copy(), classes.copy()
    for row in made.rows:
        category = recipe.categories[row.category]
        tags_after.update(category.child_tags(row.source.facts.tags))
        classes_after[category.target_of(row.source.facts)] += 1
    made.tags = _before_after(tags, tags_after, old, new)
    if are_classes(classes, old):
        made.classes = _before_after(classes, classes_after, old, new)
    cap = recipe.spec.mix.max_share
    for tag, share in made.tags.items():
        grown = share.after_frac > max(0.2, GROWN * share.before_frac)
        if tag != "clean" and cap is None and grown:
            made.warnings.append(
                f"'{tag}' grows from {share.before_frac:.0%} to {share.after_frac:.0%} of the "
                "data: fine for a large model with clear labels; else set mix: {max_share: ...}"
            )
    for name, share in made.classes.items():
        if share.before_frac and abs(share.after_frac / share.before_frac - 1) > 0.25:
            made.warnings.append(
                f"class '{name}' moves from {share.before_frac:.0%} to {share.after_frac:.0%}"
            )
    made.warnings += _worn(recipe, made)
    uses = Counter((row.category, row.source.facts.id) for row in made.rows)
    most = max(uses.values(), default=0)
    if most > MANY_COPIES:
        made.warnings.append(f"some parents are used {most} times: more parents would teach more")


def _worn(recipe: Recipe, made: Plan) -> Iterator[str]:
    """Yield a warning for each bank whose seconds come again and again."""
    used_s: defaultdict[str, float] = defaultdict(float)
    uses: Counter[str] = Counter()
    for row in made.rows:
        for edit in row.edits:
            for ref in edit.references():
                used_s[ref["bank"]] += row.source.facts.duration_s
                uses[ref["bank"]] += 1
    for bank in recipe.used_banks():
        if isinstance(bank, DefectBank):
            if uses[bank.name] > MANY_USES * len(bank):
                yield (
                    f"bank '{bank.name}' holds {len(bank)} defects, each used about "
                    f"{uses[bank.name] / len(bank):.0f} times: more real ones would teach more"
                )
            continue
        audible_s = sum(bank.lengths_s.values())
        if not bank.intact and used_s[bank.name] > MANY_USES * audible_s:
            yield (
                f"bank '{bank.name}' holds {audible_s:.0f} s, each used about "
                f"{used_s[bank.name] / audible_s:.0f} times: more recordings would teach more"
            )


def _before_after(
    before: Counter[str], after: Counter[str], old: int, new: int
) -> dict[str, Shares]:
    return {
        name: Shares(before[name] / old if old else 0.0, after[name] / (old + new))
        for name, _ in after.most_common()
    }
