"""The sweet spot of a recipe: where the reference still understands and the model does not."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from augmentor.api.asked import model_of
from augmentor.api.leaks import check_leaks
from augmentor.api.listening import Listener
from augmentor.api.planning import as_recipe
from augmentor.api.progress import Progress, silent
from augmentor.api.references import named, reference_of, references_of
from augmentor.api.trying import Bench
from augmentor.api.tuned import Tuning
from augmentor.api.tuning_pages import tuning_page
from augmentor.api.tuning_parents import Parents, with_sources
from augmentor.api.tuning_search import Search, Tuner
from augmentor.core.errors import UsageError, listed, nearest
from augmentor.core.verdict import Bound
from augmentor.files.atomic import write_text
from augmentor.gate.tuning.clarity import NOTHING, ByChecks, Clear
from augmentor.gate.tuning.search import Goal
from augmentor.jobs.local import crew
from augmentor.recipe.narrowed import narrowed
from augmentor.recipe.recipe import Category, Recipe
from augmentor.recipe.severity import axes_of, by_recording, check_chosen

FIRST_COUNT = 32
"""Examples at each severity, where the answer may be plain."""


def tune(
    recipe: Recipe | str | Path,
    output: str | Path,
    *,
    clarity: float = 0.8,
    error: float | None = None,
    axis: Sequence[str] = (),
    categories: Sequence[str] = (),
    recordings: bool = False,
    parents: str | Path | None = None,
    sample: int = 128,
    resolution: float = 0.03,
    clear: Clear | None = None,
    workers: int = 1,
    progress: Progress = silent,
) -> Tuning:
    """Find the band of severity that is clear and hard, and write it into a recipe.

    Parameters
    ----------
    recipe : a recipe, or its file.
    output : the new recipe's file; the curves go beside it, as ``.html``.
    clarity : the share of clear examples that must be left, over that of the clean parents.
    error : the model's least error rate; that of ``gate.difficulty`` by default. Without either
        no model is asked.
    axis : parameters that make the axis, ``step.param``; all uniform and log_uniform ones move
        together by default, but angles and places.
    categories : only these.
    recordings : also ask for each recording of a bank by itself.
    parents : a manifest or folder to tune on; the recipe's source by default. A model often
        knows its own training data too well.
    sample : examples at a severity where the answer is not plain, and of other parents at last.
    resolution : how near the band's ends must be known, as a part of the axis.
    clear : a measure of your own, picklable: of a `Trial`, whether it is clear. By default what
        the category's checks of clarity say.
    workers : processes; 0 works in this one.
    progress : told how far it is.

    Raises
    ------
    UsageError : the recipe is wrong, names no such category or parameter, or the model fails.
    """
    recipe = as_recipe(recipe)
    check_leaks(recipe, workers=workers, progress=progress)
    chosen = _chosen(recipe, categories)
    check_chosen(chosen, axis)
    measures = {one.name: clear or _checks(recipe, one) for one in chosen}
    bound = _error(recipe, error)
    file = Path(output)
    _check_output(recipe, chosen, axis, file)
    on = recipe if parents is None else with_sources(recipe, Path(parents))
    metric = recipe.spec.audit.metric if recipe.spec.audit else "accuracy"
    halves = Parents(on, sample, workers, progress)
    goal = Goal(clarity, bound, resolution, FIRST_COUNT, sample)
    searches = []
    for category in chosen:
        wanted = {check.key: one.value for check, one in category.sampled}
        for whole in axes_of(category, axis):
            each = [whole, *(by_recording(whole) if recordings else ())]
            searches += [
                Search(one, replace(goal, kept=wanted), *halves.halves(one)) for one in each
            ]
    with crew(workers), ExitStack() as opened:
        model = None if bound is None else opened.enter_context(model_of(recipe))
        asked = {check for one in chosen for check, _ in one.sampled}
        references = {
            check.key: opened.enter_context(reference_of(on, check))
            for check in sorted(asked, key=lambda one: one.key)
        }
        listening = {key: (one, Listener(one.model)) for key, one in references.items()}
        bench = Bench(
            on, measures, None if model is None else Listener(model), listening, metric, workers
        )
        Tuner(bench, searches, progress).work()
    found = [one.tuned(bench, _measure(recipe, one.axis.category, measures)) for one in searches]
    name = None if model is None else model.name
    page = file.with_suffix(".html")
    laws: dict[str, dict[tuple[str, str], Any]] = {}
    for one in found:
        if not one.axis.recording:
            laws.setdefault(one.axis.category.name, {}).update(one.laws)
    head = f"Ranges narrowed by: augmentor tune. The curves are in {page.name}"
    write_text(file, narrowed(recipe, laws, file, head))
    tuning = Tuning(file, page, name, found)
    write_text(page, tuning_page(recipe.spec.name, tuning))
    return tuning


def _chosen(recipe: Recipe, names: Sequence[str]) -> list[Category]:
    for name in names:
        if name not in recipe.categories:
            hint = nearest(name, list(recipe.categories))
            raise UsageError(f"no category '{name}'{hint}; there are: {listed(recipe.categories)}")
    return [one for name, one in recipe.categories.items() if not names or name in names]


def _check_output(
    recipe: Recipe, chosen: Sequence[Category], axis: Sequence[str], file: Path
) -> None:
    """Refuse before the work what could not be written after it."""
    if file.is_dir() or file.suffix == ".html":
        raise UsageError(f"{file}  name a file for the new recipe, such as tuned.yaml")
    laws = {
        category.name: {
            (lever.step, lever.param): lever.law
            for each in axes_of(category, axis)
            for lever in each.levers
        }
        for category in chosen
    }
    narrowed(recipe, laws, file)


def _checks(recipe: Recipe, category: Category) -> ByChecks:
    """Return the checks of clarity of a category."""
    return ByChecks.of(category.checklist, recipe.medium.kind)


def _measure(recipe: Recipe, category: Category, measures: Mapping[str, Clear]) -> str:
    """Return what clear means in a category, in words."""
    said = [str(measures[category.name])]
    said += [
        f"{check.key} {bound} by {named(references_of(recipe), check)}"
        for check, bound in category.sampled
    ]
    told = [one for one in said if one != NOTHING]
    return " and ".join(told) or NOTHING


def _error(recipe: Recipe, error: float | None) -> float | None:
    """Return the error rate that is asked of the recipe's model; None where none is asked."""
    spec = recipe.spec.gate.difficulty
    if spec is None or (spec.model is None and spec.command is None):
        if error is not None or spec is not None:
            raise UsageError(
                f"{recipe.file}: which model errs? Write gate: {{difficulty: {{model: "
                "package.module:function}}, or a command; the table knows no severity"
            )
        return None
    bound = Bound.parse(spec.error)
    if error is None and bound.sign != ">=":
        raise UsageError(
            f"{recipe.file}: difficulty asks for an error '{bound}'; tuning looks for where the "
            'model fails: write error: ">= 0.3", or give --error'
        )
    return bound.value if error is None else error
