"""``augmentor compare``: before and after, paired, per tag."""

from pathlib import Path

import click

from augmentor.cli.show import json_option, note, print_json, print_table

# Tag, before, after, change and verdict stay.
_FIRST_TO_GO = ("p", "broken", "mended", "adjusted p", "n", "95 % interval")


@click.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option(
    "--metric", type=click.Choice(["accuracy", "wer", "cer"]), default="accuracy", show_default=True
)
@click.option(
    "--margin", type=click.FloatRange(0, 1), default=0.02, show_default=True,
    help="how far a guarded tag may fall, as a fraction",
)  # fmt: skip
@click.option("--guard", multiple=True, metavar="TAG", help="guard only these  [default: all]")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="folder for report.html")
@json_option
def command(
    before: Path,
    after: Path,
    metric: str,
    margin: float,
    guard: tuple[str, ...],
    output: Path | None,
    as_json: bool,
) -> int:
    """Compare the error tables BEFORE and AFTER, which hold the same examples.

    Exit code 1 when a guarded tag fell.
    """
    from augmentor import api
    from augmentor.api.pages import write_compare_page
    from augmentor.audit.show import comparison_table

    found = api.compare_tables(before, after, metric=metric, margin=margin, guard=guard or None)
    if output is not None:
        note(f"report: {write_compare_page({'after': found}, output)}")
    if as_json:
        print_json(found.to_json())
    else:
        shown = comparison_table(found)
        print_table(shown.header, shown.rows, shown.right, first_to_go=_FIRST_TO_GO)
        if found.fell:
            note(f"guard: fell: {', '.join(found.fell)}")
    return found.exit_code
