"""A preview: a few examples of each category, to look at and listen to before a run."""

from pathlib import Path

from augmentor.api.pages import card, preview_page
from augmentor.api.planning import as_recipe, plan
from augmentor.api.progress import Progress, silent
from augmentor.core.errors import BadSourceError
from augmentor.files.atomic import write_text
from augmentor.recipe.recipe import Recipe
from augmentor.recipe.renderer import make_safely, read_parent


def preview(
    recipe: Recipe | str | Path,
    *,
    count: int = 6,
    output: str | Path = "preview",
    progress: Progress = silent,
) -> Path:
    """Write a page with the first few planned examples of each category.

    Parameters
    ----------
    recipe : a recipe, or its file.
    count : examples of each category.
    output : the folder to write ``preview.html`` in.
    progress : told how far it is.
    """
    recipe = as_recipe(recipe)
    planning = plan(recipe, progress=progress)
    rows = [
        row
        for name in recipe.categories
        for row in [one for one in planning.plan.rows if one.category == name][:count]
    ]
    cards: dict[str, list[object]] = {}
    for done, row in enumerate(rows, 1):
        try:
            parent = read_parent(recipe, row.source)
            made = make_safely(recipe, recipe.categories[row.category], parent, row.copy, row.edits)
        except BadSourceError as error:
            planning.plan.warnings.append(f"'{row.id}' could not be made: {error}")
            continue
        cards.setdefault(row.category, []).append(
            card(
                row.source.facts.id, parent.targets, made.example.targets,
                [edit.to_json() for edit in made.example.edits], made.example.notes,
                made.verdicts, recipe.categories[row.category].target_of(row.source.facts),
            )
        )  # fmt: skip
        progress("making examples", done, len(rows))
    page = Path(output) / "preview.html"
    write_text(page, preview_page(planning, cards, recipe.spec.name))  # type: ignore[arg-type]
    return page
