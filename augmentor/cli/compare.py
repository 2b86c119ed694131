"""``augmentor compare``: before and after, paired, per tag."""

from pathlib import Path

import click

from augmentor.cli.show import json_option, note, print_json, print_table

# Tag, before, after, change and verdict stay.
_FIRST_TO_GO = (
    "p", "sd of runs before", "sd of runs after", "broken", "mended", "p guard",
    "adjusted p", "n", "95 % interval",
)  # fmt: skip


@click.command(epilog="Exit code 1 when a guarded tag fell.")
@click.argument("tables", nargs=-1, metavar="BEFORE AFTER", type=click.Path(path_type=Path))
@click.option(
    "--before",
    "befores",
    multiple=True,
    metavar="TABLE",
    type=click.Path(path_type=Path),
    help="the table of another run before",
)
@click.option(
    "--after",
    "afters",
    multiple=True,
    metavar="TABLE",
    type=click.Path(path_type=Path),
    help="the table of another run after",
)
@click.option(
    "--metric", type=click.Choice(["accuracy", "wer", "cer"]), default="accuracy", show_default=True
)
@click.option(
    "--normalize",
    default="none",
    show_default=True,
    metavar="none|basic|MODULE:FUNCTION",
    help="what is done to the texts of all tables",
)
@click.option(
    "--margin",
    type=click.FloatRange(0, 1),
    default=0.02,
    show_default=True,
    help="how far a guarded tag may fall, as a fraction",
)
@click.option("--guard", multiple=True, metavar="TAG", help="guard only these  [default: all]")
@click.option("--target", multiple=True, metavar="TAG", help="a tag that was to rise")
@click.option(
    "--family",
    multiple=True,
    metavar="NAME=TAG,TAG",
    help="tags that are near each other, as mechanical=car,train",
)
@click.option(
    "--neighbours",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="a recipe with families, or a CSV of tag, neighbour, similarity (0 to 1)",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="folder for report.html")
@json_option  # fmt: skip
def command(
    tables: tuple[Path, ...],
    befores: tuple[Path, ...],
    afters: tuple[Path, ...],
    metric: str,
    normalize: str,
    margin: float,
    guard: tuple[str, ...],
    target: tuple[str, ...],
    family: tuple[str, ...],
    neighbours: Path | None,
    output: Path | None,
    as_json: bool,
) -> int:
    """Compare the error tables BEFORE and AFTER, which hold the same examples.

    Models differ from one training run to the next. Give a table for each run, and that counts
    as chance too: BEFORE and AFTER may each be a folder of tables or a pattern in quotes
    ('base-*.csv'), and --before and --after add tables.

    \b
    A tag
      fell         for sure by more than the margin: one-sided, adjusted for all that is
                   guarded; where nothing fell by more, an alarm in at most 1 of 20
      rose         for sure: adjusted for all tags
      held         for sure fell by less than the margin, if at all
      cannot tell  too few examples or runs
    """  # noqa: D301 - click's sign for lines that are not wrapped
    from augmentor import api
    from augmentor.api.compare_pages import write_compare_page
    from augmentor.audit.show.compared import comparison_table, neighbour_lines

    old, new = _sides(tables, befores, afters)
    found = api.compare_tables(
        old, new, metric=metric, margin=margin, guard=guard or None, targets=target,
        families=family, neighbours=neighbours, normalize=normalize,
    )  # fmt: skip
    if output is not None:
        note(f"report: {write_compare_page({'': found}, output)}")
    if as_json:
        print_json(found.to_json())
        return found.exit_code
    shown = comparison_table(found)
    print_table(shown.header, shown.rows, shown.right, first_to_go=_FIRST_TO_GO)
    lines = neighbour_lines(found)
    if lines:
        click.echo("\n" + "\n".join(lines))
    note(f"method: {found.method}")
    for warning in found.warnings:
        note(f"note: {warning}")
    if found.missed:
        note(f"target: did not rise: {', '.join(found.missed)}")
    if found.doubtful:
        note(f"guard: fell, but perhaps by less than the margin: {', '.join(found.doubtful)}")
    if found.fell:
        note(f"guard: fell: {', '.join(found.fell)}")
    return found.exit_code


def _sides(
    tables: tuple[Path, ...], befores: tuple[Path, ...], afters: tuple[Path, ...]
) -> tuple[list[Path], list[Path]]:
    """Return the tables before and those after."""
    if len(tables) == 2:
        return [tables[0], *befores], [tables[1], *afters]
    if not tables and befores and afters:
        return list(befores), list(afters)
    if len(tables) > 2:
        raise click.UsageError(
            f"{len(tables)} tables: which are before, which after? Write a pattern in quotes "
            "('base-*.csv' 'new-*.csv'), or name each: --before TABLE --after TABLE"
        )
    raise click.UsageError("expected BEFORE and AFTER, or --before TABLE and --after TABLE")
