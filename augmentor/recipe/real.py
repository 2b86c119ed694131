"""The real examples of a category: what new ones are held against."""

from collections.abc import Sequence
from pathlib import Path

from augmentor.gate.realism.priors import SnrPrior, snr_prior
from augmentor.recipe.planned import Plan
from augmentor.recipe.recipe import Category, Recipe
from augmentor.sources.manifest import Source, read_sources
from augmentor.sources.pictures import read_pictures


def read_real(path: Path, *, pictures: bool) -> list[Source]:
    """Return the examples of a manifest or a folder of real ones.

    Raises
    ------
    UsageError : every mistake in it.
    """
    return read_pictures(path) if pictures else read_sources(path)


def real_sources(recipe: Recipe, category: Category) -> list[Source]:
    """Return the real examples of a category; none where it names none."""
    if category.real is None:
        return []
    pictures = recipe.spec.source.kind == "picture"
    found = read_real(recipe.path(category.real), pictures=pictures)
    return serving(found, category.name, category.tags, category.target)


def serving(
    sources: Sequence[Source], name: str, tags: Sequence[str], target: str | None
) -> list[Source]:
    """Return those that show a category: by its tags, by its class, or all where neither is said.

    Parameters
    ----------
    sources : of the manifest or folder.
    name, tags : of the category; where any example is tagged, only those with one of these count.
    target : the class of the category's new examples, if it gives one; where any example has it,
        only those count.
    """
    if any(set(one.facts.tags) - {"clean"} for one in sources):
        wanted = {name, *tags}
        return [one for one in sources if wanted.intersection(one.facts.tags)]
    if target is not None and any(one.facts.target == target for one in sources):
        return [one for one in sources if one.facts.target == target]
    return list(sources)


def priors_of(recipe: Recipe, plan: Plan) -> list[SnrPrior]:
    """Return how the drawn SNRs lie of each category that has none real to be held against."""
    found = [
        snr_prior(name, [row.edits for row in plan.rows if row.category == name])
        for name, category in recipe.categories.items()
        if category.real is None
    ]
    return [one for one in found if one is not None]
