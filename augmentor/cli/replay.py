"""``augmentor replay``: one example again."""

from pathlib import Path

import click

from augmentor.cli.show import note


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("id_")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="write the file here")
def command(run: Path, id_: str, output: Path | None) -> int:
    """Render example ID of the run in folder RUN again, from its row of the manifest.

    Exit code 1 when the bytes differ from those of the run.
    """
    from augmentor import api

    found = api.replay(run, id_, output)
    for edit, notes in zip(found.record.edits, found.record.notes, strict=True):
        note(f"{edit['step']} ({edit['op']}): {edit['params']} -> {notes}")
    if output is not None:
        note(f"written: {output}")
    note("the bytes agree" if found.agrees else "the bytes DIFFER from those of the run")
    return 0 if found.agrees else 1
