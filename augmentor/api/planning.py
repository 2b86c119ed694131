"""From a recipe to its plan: what is worth working on, and every edit that follows."""

from dataclasses import dataclass
from pathlib import Path

from augmentor.api.hurting import hurt_of
from augmentor.api.leaks import check_leaks
from augmentor.api.progress import Progress, silent
from augmentor.api.spreading import spread
from augmentor.audit.priorities.ranking import Ranking, TagRow
from augmentor.core.errors import UsageError
from augmentor.core.example import Facts
from augmentor.gate.hurt import Hurt
from augmentor.recipe.load import load_recipe
from augmentor.recipe.planned import Plan
from augmentor.recipe.planner import plan as draw_plan
from augmentor.recipe.real import priors_of
from augmentor.recipe.recipe import Recipe
from augmentor.recipe.worth import ranking_of, worth_of
from augmentor.sources.leaks import Leak
from augmentor.sources.manifest import Source
from augmentor.sources.measure import Measurer, Work, measures_file


@dataclass(frozen=True, slots=True)
class Planning:
    """A plan and the ranking behind it.

    Parameters
    ----------
    recipe : what was planned.
    ranking : of the recipe's categories and of the tags that have none; None without an audit.
    plan : every new example.
    collect : ranked tags with a gap but no category: they take no budget.
    hurt : whether the new examples of each category can hurt.
    leaks : what the source and the banks share with the test set, known and accepted.
    """

    recipe: Recipe
    ranking: Ranking | None
    plan: Plan
    collect: list[TagRow]
    hurt: list[Hurt]
    leaks: tuple[Leak, ...] = ()


def as_recipe(recipe: Recipe | str | Path) -> Recipe:
    """Return a recipe, loading it where a file is named."""
    return recipe if isinstance(recipe, Recipe) else load_recipe(recipe)


def plan(recipe: Recipe | str | Path, *, workers: int = 0, progress: Progress = silent) -> Planning:
    """Draw every edit of every new example of a recipe; nothing is rendered.

    Parameters
    ----------
    recipe : a recipe, or its file.
    workers : processes that measure sources not measured before.
    progress : told how far measuring is.

    Raises
    ------
    UsageError : the recipe or its tables are wrong, it learns from what it is tested on, or
        nothing is left to work on.
    """
    recipe = as_recipe(recipe)
    looked = check_leaks(recipe, workers=workers, progress=progress)
    ranking = ranking_of(recipe)
    worth = worth_of(recipe, ranking)
    measure = measurer(recipe, workers, progress)
    drawn = draw_plan(recipe, worth.scores, measure, examples=worth.examples)
    drawn.warnings[:0] = [*looked.warnings, *worth.said]
    if not drawn.rows:
        raise UsageError(_no_example(recipe, drawn))
    drawn.warnings += [one.warning for one in priors_of(recipe, drawn) if one.warning]
    served = {tag for one in recipe.categories.values() for tag in (one.name, *one.tags)}
    collect = [
        row for row in (ranking.rows if ranking else ()) if row.score and row.tag not in served
    ]
    return Planning(recipe, ranking, drawn, collect, hurt_of(recipe, drawn), looked.leaks)


def _no_example(recipe: Recipe, drawn: Plan) -> str:
    """Return why nothing can be made of a source, with a file to look at."""
    lost, reasons = drawn.quarantined, sorted(set(drawn.quarantined.values()))
    said = [f"{recipe.file}: no new example can be made from this source", *drawn.warnings[:3]]
    if lost:
        first = next(one.path for one in recipe.sources if one.facts.id in lost)
        said.insert(1, f"{len(lost)} quarantined, the first {first}: {'; '.join(reasons[:3])}")
    return "; ".join(said)


def measurer(recipe: Recipe, workers: int = 0, progress: Progress = silent) -> Measurer:
    """Return what measures the recipe's sources, in some processes, remembering the results."""
    spec = recipe.spec.source

    def mapper(work: Work, sources: list[Source]) -> list[Facts | str]:
        return spread(work, sources, workers, progress, "measuring sources")

    return Measurer(measures_file(recipe.path(spec.manifest)), recipe.medium, mapper)


def quarantine(planning: Planning) -> list[dict[str, str]]:
    """Return what the plan could not use: sources, and recordings of banks."""
    rows = [
        {"kind": "source", "id": one, "reason": why}
        for one, why in planning.plan.quarantined.items()
    ]
    for bank in planning.recipe.used_banks():
        rows += [{"kind": f"bank {bank.name}", **one} for one in bank.unusable]
    return rows
