"""``augmentor tune``: the band that people understand and the model does not."""

from pathlib import Path

import click

from augmentor.cli.show import (
    json_option,
    note,
    print_json,
    print_table,
    processes,
    progress_bar,
    workers_option,
)  # fmt: skip


@click.command(epilog="Exit code 1 when some category that can be tuned got no band.")
@click.argument("recipe", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", required=True, metavar="TUNED", type=click.Path(path_type=Path),
    help="the new recipe; its curves go beside it, as .html",
)  # fmt: skip
@click.option(
    "--clarity", type=click.FloatRange(0, 1, min_open=True), default=0.8, show_default=True,
    help="share of clear examples that must be left, over that of the clean parents",
)  # fmt: skip
@click.option(
    "--error", type=click.FloatRange(0, 1, min_open=True),
    help="the model's least error rate  [default: the recipe's]",
)  # fmt: skip
@click.option("--category", "categories", multiple=True, help="only this one")
@click.option(
    "--axis", multiple=True, metavar="STEP.PARAM",
    help="what moves with severity  [default: every uniform or log_uniform parameter]",
)  # fmt: skip
@click.option(
    "--by", type=click.Choice(["recording"]), help="also each recording of a bank by itself"
)
@click.option(
    "--parents", type=click.Path(path_type=Path), metavar="MANIFEST",
    help="parents to tune on  [default: the recipe's source]",
)  # fmt: skip
@click.option(
    "--sample", type=click.IntRange(8, 100_000), default=128, show_default=True,
    help="examples at a severity where the answer is not plain",
)  # fmt: skip
@click.option(
    "--resolution", type=click.FloatRange(0.001, 0.25), default=0.03, show_default=True,
    help="how near the band's ends must be known, as a part of the range",
)  # fmt: skip
@workers_option
@json_option
def command(
    recipe: Path,
    output: Path,
    clarity: float,
    error: float | None,
    categories: tuple[str, ...],
    axis: tuple[str, ...],
    by: str | None,
    parents: Path | None,
    sample: int,
    resolution: float,
    workers: int | None,
    as_json: bool,
) -> int:
    """Find how harsh the steps of RECIPE may be, and write it into a new recipe.

    Severity goes from the mild end of every range to its harsh end. In the band that is looked
    for, clarity is what it is on the clean parents, but for a fifth, and the model errs as often
    as asked. What is found is measured once more, on other parents.
    """
    from augmentor import api
    from augmentor.api.references import users_references
    from augmentor.api.tuning_pages import table
    from augmentor.gate.command import is_command

    loaded = api.load_recipe(recipe)
    asked = loaded.spec.gate.difficulty
    own = [] if asked is None else [name for name in (asked.model, asked.command) if name]
    for name in [*own, *users_references(loaded)]:
        note(f"your code: {name} will be {'run' if is_command(name) else 'imported and asked'}")
    with progress_bar() as progress:
        found = api.tune(
            loaded, output, clarity=clarity, error=error, categories=categories, axis=axis,
            recordings=by == "recording", parents=parents, sample=sample, resolution=resolution,
            workers=processes(workers), progress=progress,
        )  # fmt: skip
    if as_json:
        print_json(found.to_json())
        return found.exit_code
    print_table(*table(found))
    for one in found.found:
        if one.outcome != "band":
            note(f"{one.axis.name}: {one.said}")
    if found.model is None:
        note("no model was asked: the recipe names none, so this is about clarity alone")
    note(f"written: {found.file}\ncurves: {found.page}")
    return found.exit_code
