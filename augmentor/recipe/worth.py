"""What each category of a recipe is worth working on, and so how a budget is shared."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from augmentor.audit.curves.allocation import allocate
from augmentor.audit.curves.fit import Curve, read_points
from augmentor.audit.priorities.asked import Asked, in_table, open_path
from augmentor.audit.priorities.rank import RELABEL
from augmentor.audit.priorities.ranking import Ranking
from augmentor.core.errors import Problem, UsageError, listed
from augmentor.recipe.model import AuditSpec, CurvesSpec
from augmentor.recipe.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Worth:
    """How a budget is shared among categories.

    Parameters
    ----------
    scores : what each category is worth; the budget is shared in proportion.
    examples : how many this round makes, where that is less than the budget.
    said : what to know about it.
    """

    scores: Mapping[str, float]
    examples: int | None = None
    said: tuple[str, ...] = ()


def asked_of(spec: AuditSpec, folder: Path) -> Asked:
    """Return what a recipe asks of its error table; its paths are relative to its folder."""

    def there(name: str | None) -> Path | None:
        return None if name is None else folder / name

    return Asked(
        metric=spec.metric,
        baseline=spec.baseline if in_table(spec.baseline) else there(spec.baseline),
        columns=spec.columns,
        tags=there(spec.tags),
        shares=there(spec.shares),
        split=spec.split,
        slices=spec.slices,
        normalize=spec.normalize,
        folders=[folder, Path.cwd()],
    )


def audited(recipe: Recipe) -> Path:
    """Return the error table of a recipe that has an audit.

    Raises
    ------
    UsageError : there is none yet.
    """
    assert recipe.spec.audit is not None
    if recipe.spec.audit.table is None:
        what = (
            "no error table yet: `augmentor loop` makes one in each round; to go by one that "
            "you have, write audit: {table: ...} instead of the manifest"
        )
        raise UsageError(Problem(str(recipe.file), what))
    return recipe.path(recipe.spec.audit.table)


def ranking_of(recipe: Recipe) -> Ranking | None:
    """Return the ranking of the recipe's categories and of the tags that have none.

    None where the recipe names no audit.
    """
    spec = recipe.spec
    if spec.audit is None:
        return None
    opened = open_path(audited(recipe), asked_of(spec.audit, recipe.file.parent))
    labels = opened.labels()
    unclear = labels.relabel if labels else frozenset()
    categories = {one.name: one.tags for one in recipe.categories.values()}
    return opened.rank(
        importance=spec.priorities.importance,
        ease=spec.priorities.ease,
        categories=categories,
        relabel={*unclear, *(name for name, tags in categories.items() if unclear & {*tags})},
    )


def worth_of(recipe: Recipe, ranking: Ranking | None) -> Worth:
    """Return what each category is worth: by the audit, by learning curves, as stated, or alike.

    Raises
    ------
    UsageError : the audit finds no gap in any category.
    """
    if ranking is None:
        return Worth({one.name: one.share or 1.0 for one in recipe.categories.values()})
    rows = {row.tag: row for row in ranking.rows if row.tag in recipe.categories}
    unclear = [name for name, row in rows.items() if row.action == RELABEL]
    said = tuple(
        f"'{name}' takes no budget: people disagree on its labels; mend the labels first"
        for name in unclear
    )
    scores = {name: 0.0 if name in unclear else row.score or 0.0 for name, row in rows.items()}
    if not any(scores.values()) and unclear:
        raise UsageError([Problem(str(recipe.file), one) for one in said])
    if not any(scores.values()):
        raise UsageError(
            f"{recipe.file}: no category has a gap to its baseline in the audited table; "
            "nothing to work on"
        )
    best = sorted(scores, key=lambda name: -scores[name])[: recipe.spec.priorities.top]
    scores = {name: scores[name] for name in best}
    curves = recipe.spec.priorities.curves
    found = Worth(scores) if curves is None else _by_curves(recipe, curves, scores)
    return replace(found, said=(*said, *found.said))


def _by_curves(recipe: Recipe, spec: CurvesSpec, scores: Mapping[str, float]) -> Worth:
    """Share a budget by learning curves; categories without a good one keep their gap x share.

    Raises
    ------
    UsageError : the budget is not in examples, which is what the curves speak of.
    """
    if recipe.budget.unit != "examples":
        raise UsageError(f"{recipe.file}: curves share a budget of examples; write budget: 1200")
    amount = recipe.budget.amount
    found = read_points(recipe.path(spec.points))
    sizes = {name: float(_size(recipe, name)) for name in scores}
    known = {name: _curve(recipe, found, name) for name in scores if scores[name]}
    good = {n: curve for n, curve in known.items() if curve and curve.ok and sizes[n]}
    poor = {name: _reason(one, sizes[name]) for name, one in known.items() if name not in good}
    said = [f"'{name}' has its gap x share of the budget: {why}" for name, why in poor.items()]
    total = sum(scores.values())
    part = amount * sum(scores[name] for name in good) / total
    counts = {name: amount * scores[name] / total for name in poor}
    examples = None
    if good:
        shared = allocate(good, {name: sizes[name] for name in good}, part, lam=spec.lam,
                          limit=spec.limit)  # fmt: skip
        counts |= {name: float(count) for name, count in shared.counts.items()}
        said.append(f"the budget is shared by learning curves: {listed(good)}")
        if shared.part_frac < 1:
            examples = round(sum(counts.values()))
            said.append(
                f"this round makes {examples} of {amount:g} examples, so that the imbalance of "
                f"sizes changes by {spec.limit:g} at most; fit the curves again before the next"
            )
    else:
        said.append("no learning curve is good enough: the budget is shared by gap x share")
    return Worth(counts, examples, tuple(said))


def _size(recipe: Recipe, name: str) -> int:
    """Return how many training examples have a category's tags today."""
    tags = {name, *recipe.categories[name].tags}
    return sum(bool(tags & set(source.facts.tags)) for source in recipe.sources)


def _curve(recipe: Recipe, found: Mapping[str, Curve], name: str) -> Curve | None:
    """Return the curve of a category: of its own name, else of the only tag that it serves."""
    tags = recipe.categories[name].tags
    return found.get(name) or (found.get(tags[0]) if len(tags) == 1 else None)


def _reason(curve: Curve | None, size: float) -> str:
    if curve is None:
        return "no points of its own"
    return curve.reason or f"{size:g} training examples have its tag today"
