"""``augmentor recipe``: check, schema, new."""

from pathlib import Path

import click

from augmentor.cli.show import note, print_json


@click.group()
def command() -> None:
    """Check a recipe, print its JSON Schema, or write a first one from an error table."""


@command.command()
@click.argument("recipe", type=click.Path(path_type=Path))
def check(recipe: Path) -> None:
    """Check RECIPE: every mistake at once, each with its line and what to write."""
    from augmentor import api

    loaded = api.load_recipe(recipe)
    steps = sum(len(one.steps) for one in loaded.categories.values())
    note(f"{recipe}: good; {len(loaded.categories)} categories, {steps} steps, "
         f"{len(loaded.sources)} source examples")  # fmt: skip


@command.command()
def schema() -> None:
    """Print the JSON Schema of a recipe file."""
    from augmentor import api

    print_json(api.recipe_schema())


@command.command()
@click.argument("errors", type=click.Path(path_type=Path))
@click.option("--source", default="data/train.jsonl", show_default=True, help="training manifest")
@click.option(
    "--sample-rate", type=click.IntRange(4000, 192000), default=16000, show_default=True,
    help="of the source, Hz",
)  # fmt: skip
@click.option("--pictures", is_flag=True, help="the source is of pictures")
@click.option(
    "--budget", type=click.IntRange(1), default=1000, show_default=True, help="new examples in all"
)
@click.option(
    "--top", type=click.IntRange(1), default=3, show_default=True, help="categories at most"
)
@click.option(
    "--metric", type=click.Choice(["accuracy", "wer", "cer"]), default="accuracy", show_default=True
)
@click.option("--baseline", type=click.Path(path_type=Path), help="CSV of tag, baseline, source")
@click.option("--bank", multiple=True, metavar="TAG=FOLDER", help="recordings for a tag")
@click.option("--name", help="of the recipe and its runs  [default: the table's]")
@click.option("--model", metavar="MODULE:FUNCTION", help="your model, to ask what is hard")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="write it here, not stdout")
def new(
    errors: Path,
    source: str,
    sample_rate: int,
    pictures: bool,
    budget: int,
    top: int,
    metric: str,
    baseline: Path | None,
    bank: tuple[str, ...],
    model: str | None,
    name: str | None,
    output: Path | None,
) -> None:
    """Write a first recipe for the top categories of the error table ERRORS."""
    from augmentor import api
    from augmentor.files.atomic import write_text

    banks = dict(one.rpartition("=")[::2] for one in bank)
    if not all(tag and where for tag, where in banks.items()):
        raise click.BadParameter("write --bank TAG=FOLDER")
    text = api.new_recipe(
        errors, source=source, sample_rate=None if pictures else sample_rate, budget=budget,
        top=top, metric=metric,
        baseline=baseline, banks=banks, folder=output.parent if output else ".",
        model=model,
        name=name,
    )  # fmt: skip
    if output is None:
        click.echo(text, nl=False)
    else:
        if output.is_file() and output.read_bytes() != text.encode():
            old = output.replace(output.with_name(f"{output.name}.old"))
            note(f"what was there is now {old}")
        write_text(output, text)
        note(f"written: {output}")
