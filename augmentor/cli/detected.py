"""What `augmentor audit` may be asked of a detector, and its figures on the screen."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from augmentor.cli.show import paragraphs, print_table

if TYPE_CHECKING:
    from augmentor.audit.detections.report import (
        Detections,  # a verb's --help need not load the framework
    )

_LESS = (
    "mean Dice", "Dice 95 %", "false 95 %", "escape 95 %", "F1", "confused", "95 %", "recall 95 %",
    "nothing right", "stopped", "escaped",
)  # fmt: skip

results_option = click.option(
    "--results",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="COCO results of a detector or segmenter; TABLE is the COCO ground truth",
)
iou_option = click.option(
    "--iou",
    metavar="NUMBER|coco",
    help="with --results: smallest overlap that counts; coco: 0.5, and AP over 0.50:0.95  "
    "[default: 0.5]",
)
score_option = click.option(
    "--score",
    type=float,
    metavar="NUMBER",
    help="with --results: smallest score that counts  [default: 0.5]",
)
match_option = click.option(
    "--match",
    type=click.Choice(["box", "mask"]),
    help="with --results: what must overlap  [default: mask, where the results have masks]",
)


def how_of(
    results: Path | None, iou: str | None, score: float | None, match: str | None
) -> dict[str, Any]:
    """Return how detections are counted, as the user says.

    Raises
    ------
    click.UsageError : there are no results to be counted so.
    click.BadParameter : the overlap is no number.
    """
    said = {"--iou": iou, "--score": score, "--match": match}
    odd = ", ".join(name for name, value in said.items() if value is not None)
    if results is None and odd:
        raise click.UsageError(f"{odd}: only with --results FILE, of COCO ground truth as TABLE")
    how: dict[str, Any] = {} if results is None else {"match": match}
    if score is not None:
        how["score"] = score
    if iou == "coco":
        how["coco"] = True
    elif iou is not None:
        try:
            how["iou"] = float(iou)
        except ValueError:
            what = f"'{iou}' for --iou: write a number such as 0.5, or coco"
            raise click.BadParameter(what) from None
    return how


def print_detections(found: "Detections") -> None:
    """Print what a detector found, and what became of whole pictures."""
    from augmentor.audit.detections.show import detection_tables

    for title, shown in detection_tables(found):
        click.echo(f"\n{title}")
        print_table(shown.header, shown.rows, shown.right, first_to_go=_LESS)
        paragraphs(shown.note)
