"""What each category of a recipe is worth working on."""

from augmentor.audit.baselines import read_baseline
from augmentor.audit.priorities import rank
from augmentor.audit.ranking import Ranking
from augmentor.audit.table import read_table
from augmentor.core.errors import UsageError
from augmentor.recipe.recipe import Recipe


def ranking_of(recipe: Recipe) -> Ranking | None:
    """Return the ranking of the recipe's categories and of the tags that have none.

    None where the recipe names no audit.
    """
    spec = recipe.spec
    if spec.audit is None:
        return None
    baseline = spec.audit.baseline
    return rank(
        read_table(recipe.path(spec.audit.table)),
        metric=spec.audit.metric,
        baseline=None if baseline is None else read_baseline(recipe.path(baseline)),
        importance=spec.priorities.importance,
        ease=spec.priorities.ease,
        categories={one.name: one.tags for one in recipe.categories.values()},
    )


def scores_of(recipe: Recipe, ranking: Ranking | None) -> dict[str, float]:
    """Return what each category is worth: by the audit, as stated, or all alike.

    Raises
    ------
    UsageError : the audit finds no gap in any category.
    """
    if ranking is None:
        return {one.name: one.share or 1.0 for one in recipe.categories.values()}
    scores = {row.tag: row.score or 0.0 for row in ranking.rows if row.tag in recipe.categories}
    if not any(scores.values()):
        raise UsageError(
            f"{recipe.file}: no category has a gap to its baseline in the audited table; "
            "nothing to work on"
        )
    best = sorted(scores, key=lambda name: -scores[name])[: recipe.spec.priorities.top]
    return {name: scores[name] for name in best}
