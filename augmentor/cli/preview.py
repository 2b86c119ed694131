"""``augmentor preview``: a sheet to look at and listen to."""

from pathlib import Path

import click

from augmentor.cli.show import note, progress_bar


@click.command()
@click.argument("recipe", type=click.Path(path_type=Path))
@click.option("-n", "count", type=click.IntRange(1, 100), default=6, show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("preview"))
def command(recipe: Path, count: int, output: Path) -> None:
    """Make a few examples of each category of RECIPE: before, after, parameters, verdicts."""
    from augmentor import api

    with progress_bar() as progress:
        page = api.preview(recipe, count=count, output=output, progress=progress)
    note(f"preview: {page}")
