"""``augmentor audit``: the tag table and the ranking."""

from pathlib import Path

import click

from augmentor.cli.show import json_option, note, print_json, print_table

# What says least about what to do next goes first; rank, tag, gap and gain stay.
_FIRST_TO_GO = (
    "only here", "share of errors", "importance", "ease", "error rate", "WER", "CER", "source",
    "95 % interval", "gap 95 %", "errors", "score", "n", "baseline", "1 - WER", "1 - CER",
    "accuracy", "share of data",
)  # fmt: skip


def _weights(texts: tuple[str, ...]) -> dict[str, float]:
    found = {}
    for text in texts:
        tag, _, value = text.rpartition("=")
        try:
            found[tag] = float(value)
        except ValueError:
            raise click.BadParameter(f"'{text}': write TAG=NUMBER") from None
        if not tag:
            raise click.BadParameter(f"'{text}': write TAG=NUMBER")
    return found


@click.command()
@click.argument("table", type=click.Path(path_type=Path))
@click.option(
    "--metric", type=click.Choice(["accuracy", "wer", "cer"]), default="accuracy", show_default=True
)
@click.option("--baseline", type=click.Path(path_type=Path), help="CSV of tag, baseline, source")
@click.option("--importance", multiple=True, metavar="TAG=NUMBER", help="weigh a tag")
@click.option("--ease", multiple=True, metavar="TAG=NUMBER", help="how easy a tag is to mend")
@click.option("--top", type=click.IntRange(1), help="print only the first so many tags")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="folder for report.html")
@json_option
def command(
    table: Path,
    metric: str,
    baseline: Path | None,
    importance: tuple[str, ...],
    ease: tuple[str, ...],
    top: int | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Rank the tags of TABLE by gap x share x importance x ease.

    TABLE has a row an example (id, target, prediction, tags), or a row a tag (tag, accuracy,
    baseline, share).
    """
    from augmentor import api
    from augmentor.api.pages import write_audit_page
    from augmentor.audit.show import ranking_table

    ranking = api.audit_table(
        table, metric=metric, baseline=baseline, importance=_weights(importance),
        ease=_weights(ease),
    )  # fmt: skip
    if output is not None:
        note(f"report: {write_audit_page(ranking, table, output)}")
    if as_json:
        print_json(ranking.to_json())
        return
    shown = ranking_table(ranking)
    print_table(shown.header, shown.rows[:top], shown.right, first_to_go=_FIRST_TO_GO)
    for warning in ranking.warnings:
        note(f"note: {warning}")
