"""``augmentor audit``: the tag table and the ranking."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from augmentor.cli.detected import (
    how_of,
    iou_option,
    match_option,
    print_detections,
    results_option,
    score_option,
)
from augmentor.cli.show import json_option, note, paragraphs, print_json, print_table

if TYPE_CHECKING:
    from augmentor.audit.checks.run import Checked
    from augmentor.audit.priorities.audit import (
        Audit,  # a verb's --help need not load the framework
    )
    from augmentor.audit.show.tables import Shown

METRICS = ["accuracy", "error_rate", "wer", "cer", "macro_f1", "balanced_accuracy", "mcc",
           "precision", "recall", "f1", "auroc", "average_precision"]  # fmt: skip

_CHECKS = ("signed off by", "95 % ends", "of", "n", "note")
_LESS = ("95 %", "recall 95 %", "95 % interval", "outside", "share", "adjusted p", "baseline")
# What says least about what to do next goes first; rank, tag, gap, gain and action stay.
_FIRST_TO_GO = (
    "on top", "only here", "p", "shrunk", "share of errors", "importance", "ease", "error rate",
    "WER", "CER", "adjusted p", "source", "95 % interval", "gain 95 %", "gap 95 %", "errors",
    "weighted", "score", "needs n", "P(largest)", "n", "baseline", "1 - WER", "1 - CER", "accuracy",
    "share of data",
)  # fmt: skip


def pairs(texts: Sequence[str], form: str = "TAG=NUMBER") -> dict[str, str]:
    """Read options of the form NAME=VALUE.

    Raises
    ------
    click.BadParameter : one is not of that form.
    """
    found = {}
    for text in texts:
        name, sign, value = text.rpartition("=") if form == "TAG=NUMBER" else text.partition("=")
        if not (name and sign and value):
            raise click.BadParameter(f"'{text}': write {form}")
        found[name.strip()] = value.strip()
    return found


def numbers(texts: Sequence[str]) -> dict[str, float]:
    """Read options of the form TAG=NUMBER; a number may be in per cent.

    Raises
    ------
    click.BadParameter : one is not of that form.
    """
    found = {}
    for name, value in pairs(texts).items():
        scale = 0.01 if value.endswith("%") else 1.0
        try:
            found[name] = scale * float(value.rstrip("% "))
        except ValueError:
            raise click.BadParameter(f"'{name}={value}': write TAG=NUMBER") from None
    return found


@click.command()
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--metric", type=click.Choice(METRICS), default="accuracy", show_default=True)
@click.option(
    "--column",
    multiple=True,
    metavar="ROLE=NAME",
    help="what a column is, where its name is not known: target='what was said'",
)
@click.option(
    "--tags",
    type=click.Path(path_type=Path),
    metavar="SHEET",
    help="tags in a sheet of their own (CSV or Excel), joined by id or path",
)
@click.option(
    "--baseline",
    metavar="FILE|human|best slice|column:NAME",
    help="CSV of tag, baseline, source, n; or who answered the same rows",
)
@click.option(
    "--shares",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="CSV of tag, share: the data in use, where the table is not like it",
)
@click.option(
    "--normalize",
    default="none",
    show_default=True,
    metavar="none|basic|MODULE:FUNCTION",
    help="what is done to targets and predictions before they are compared",
)
@click.option(
    "--positive", metavar="CLASS", help="the class that scores, precision and recall are of"
)
@click.option(
    "--split", metavar="NAME", help="the split to audit  [default: dev, where there is one]"
)
@click.option(
    "--slice",
    "slices",
    multiple=True,
    metavar="EXPRESSION",
    help="one more tag, such as 'speaker=anna & snr_db < 5'",
)
@click.option("--find-slices", is_flag=True, help="look for slices that nobody tagged")
@click.option(
    "--class",
    "declared",
    multiple=True,
    metavar="NAME",
    help="declare a class, also one that no row has  [default: those of the table]",
)
@click.option(
    "--complete", is_flag=True, help="a table of ranked lists has every relevant item: know recall"
)
@click.option("--classes", is_flag=True, help="print precision, recall and F1 of every class")
@click.option("--importance", multiple=True, metavar="TAG=NUMBER", help="weigh a tag")
@click.option("--ease", multiple=True, metavar="TAG=NUMBER", help="how easy a tag is to mend")
@click.option(
    "--raise",
    "raised",
    multiple=True,
    metavar="TAG=SHARE",
    help="say how many examples raise a tag's share of the data, as to 50%",
)
@click.option(
    "--checks",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="judge TABLE by a list of what must hold (YAML); exit code 1 when a check fails",
)
@results_option
@iou_option
@score_option
@match_option
@click.option("--top", type=click.IntRange(1), help="print only the first so many tags")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="folder for report.html")
@json_option
def command(
    table: Path,
    metric: str,
    column: tuple[str, ...],
    tags: Path | None,
    baseline: str | None,
    shares: Path | None,
    normalize: str,
    positive: str | None,
    split: str | None,
    slices: tuple[str, ...],
    find_slices: bool,
    classes: bool,
    declared: tuple[str, ...],
    complete: bool,
    importance: tuple[str, ...],
    ease: tuple[str, ...],
    raised: tuple[str, ...],
    checks: Path | None,
    results: Path | None,
    iou: str | None,
    score: float | None,
    match: str | None,
    top: int | None,
    output: Path | None,
    as_json: bool,
) -> int:
    """Rank the tags of TABLE by gap x share x importance x ease.

    TABLE has a row an example (id, target, prediction, tags), or a row a tag (tag, accuracy,
    baseline, share). With --results it is COCO ground truth.
    """  # fmt: skip
    from augmentor import api
    from augmentor.api.audit_pages import write_audit_page

    asked: dict[str, Any] = {
        "metric": metric, "columns": pairs(column, "ROLE=NAME"), "tags": tags,
        "baseline": baseline, "shares": shares, "normalize": normalize, "positive": positive,
        "split": split, "slices": slices, "find": find_slices, "importance": numbers(importance),
        "ease": numbers(ease), "raised": numbers(raised), "complete": complete,
        "classes": declared, "unlabelled": checks is not None,
    }  # fmt: skip
    how = how_of(results, iou, score, match)
    found = (
        api.audit_table(table, **asked) if results is None
        else api.audit_detections(table, results, **asked, **how)
    )  # fmt: skip
    checked = None
    if checks is not None:
        checked = api.check_table(
            found.table, checks, normalize=normalize, detections=results is not None
        )
    if output is not None:
        note(f"report: {write_audit_page(found, table, output, checked)}")
    if as_json:
        print_json({**found.to_json(), "checks": checked and checked.to_json()})
    else:
        _print(found, top, classes=classes or bool(declared))
        if found.detections is not None:
            print_detections(found.detections)
        if checked is not None:
            _print_checks(checked)
    return checked.exit_code if checked else 0


def _print_checks(checked: "Checked") -> None:
    """Print every check with its verdict, then the groups and words behind them."""
    from augmentor.audit.show.checked import checks_tables

    for title, table in checks_tables(checked):
        click.echo(f"\n{title}")
        print_table(table.header, table.rows, table.right, first_to_go=_CHECKS, soft=table.soft)
        paragraphs(table.note)
    if checked.unsigned:
        note(f"not signed off by anyone: {', '.join(checked.unsigned)}")


def _print(found: "Audit", top: int | None, *, classes: bool) -> None:
    """Print what was found, the ranking first."""
    from augmentor.audit.show.more import (
        class_table,
        confusion_table,
        list_table,
        slice_table,
        split_table,
    )
    from augmentor.audit.show.tables import ranking_table

    shown = ranking_table(found.ranking)
    if shown.rows:
        print_table(
            shown.header, shown.rows[:top], shown.right, first_to_go=_FIRST_TO_GO, soft=shown.soft
        )
    more: list[Shown | None] = []
    if found.splits:
        more.append(split_table(found.splits))
    if found.classes is not None and (classes or not found.ranking.rows):
        more += [class_table(found.classes), confusion_table(found.classes)]
    if found.lists is not None:
        more.append(list_table(found.lists))
    if found.slices is not None:
        more.append(slice_table(found.slices))
    for table in more:
        if table is not None and table.rows:
            click.echo()
            print_table(table.header, table.rows, table.right, first_to_go=_LESS, soft=table.soft)
            paragraphs(table.note)
    for one in found.adding:
        click.echo(str(one))
    for warning in found.warnings:
        note(f"note: {warning}")
