"""``augmentor review``: people rate a run, or tag a model's errors."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from augmentor.cli.audit import METRICS, pairs
from augmentor.cli.show import json_option, note, print_json, print_table

if TYPE_CHECKING:
    from augmentor.api.reviewing import (  # a verb's --help need not load the framework
        Opened,
        Reviewing,
    )
    from augmentor.audit.labels.agreement import Agreement
    from augmentor.audit.labels.human import TagLevel

_LESS = ("clear 95 %", "real 95 %", "human 95 %", "bound 95 %", "J 95 %", "pairs 95 %", "p",
         "items", "note")  # fmt: skip
_POOLED = [name for name in METRICS if name in ("accuracy", "wer", "cer")]


@click.command()
@click.argument("run", type=click.Path(path_type=Path), required=False)
@click.option(
    "--real", type=click.Path(path_type=Path), metavar="MANIFEST",
    help="real examples of the categories, mixed in blind",
)  # fmt: skip
@click.option(
    "-n", "count", type=click.IntRange(1, 1000), default=12, show_default=True,
    help="new examples of each category",
)  # fmt: skip
@click.option("--rater", default="", metavar="NAME", help="whose answers  [default: asked]")
@click.option("--host", default="127.0.0.1", show_default=True, help="this machine only")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="of the page  [default: any free one]"
)
@click.option("--report", is_flag=True, help="print what people said, without a page")
@click.option(
    "--calibrate", type=click.Path(path_type=Path), metavar="RECIPE",
    help="write RECIPE with the bounds that match people best to -o NEW",
)  # fmt: skip
@click.option("--pack", is_flag=True, help="write the page with all in it to -o FILE.html")
@click.option(
    "--answers", type=click.Path(path_type=Path), metavar="FILE.csv",
    help="take the answers that a pack's page wrote",
)  # fmt: skip
@click.option(
    "--tag", "table", type=click.Path(path_type=Path), metavar="TABLE",
    help="tag the wrong rows of an error table instead of rating a run",
)  # fmt: skip
@click.option(
    "--sources", type=click.Path(path_type=Path), metavar="MANIFEST",
    help="with --tag: the sounds or pictures of the rows, by id",
)  # fmt: skip
@click.option(
    "--right", type=click.IntRange(0), default=0, metavar="N",
    help="with --tag: N right rows too, so that rates are defined",
)  # fmt: skip
@click.option("--metric", type=click.Choice(_POOLED), default="accuracy", show_default=True,
              help="with --tag: what is wrong")  # fmt: skip
@click.option("--normalize", default="none", metavar="none|basic|MODULE:FUNCTION",
              help="with --tag: as for the audit")  # fmt: skip
@click.option("--column", multiple=True, metavar="ROLE=NAME", help="with --tag: as for the audit")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="the file to write")
@json_option
def command(
    run: Path | None,
    real: Path | None,
    count: int,
    rater: str,
    host: str,
    port: int,
    report: bool,
    calibrate: Path | None,
    pack: bool,
    answers: Path | None,
    table: Path | None,
    sources: Path | None,
    right: int,
    metric: str,
    normalize: str,
    column: tuple[str, ...],
    output: Path | None,
    as_json: bool,
) -> None:
    """Let people judge the examples of RUN on a page of this machine, blind and by keyboard.

    Real or made? What do you hear or see? How clear is it? Answers go to RUN/review.sqlite, each
    at once: close the page whenever you like. Stop with Ctrl+C.

    \b
    augmentor review RUN --report                      what people said
    augmentor review RUN --calibrate RECIPE -o NEW     bounds that match people, into a copy
    augmentor review RUN --pack -o FILE.html           the page as a file, for people elsewhere
    augmentor review RUN --answers FILE.csv            and what they sent back
    augmentor review --tag TABLE --sources MANIFEST    mark errors, for augmentor audit --tags
    """  # noqa: D301 - the backslash is click's
    from augmentor.api import reviewing

    if (run is None) == (table is None):
        raise click.UsageError("expected RUN to rate, or --tag TABLE to tag")
    if table is not None:
        if sources is None:
            raise click.UsageError("--tag TABLE needs --sources MANIFEST: where the rows are heard")
        sheet = output or table.with_name(f"{table.stem}.tags.csv")
        asked: dict[str, Any] = {"right": right, "metric": metric, "normalize": normalize,
                 "columns": pairs(column, "ROLE=NAME")}  # fmt: skip
        _serve(reviewing.open_tagging(table, sources, sheet, **asked, host=host, port=port))
        note(f"{sheet}; now: augmentor audit {table} --tags {sheet}")
        return
    assert run is not None
    if (calibrate is not None or pack) and output is None:
        raise click.UsageError("name the file to write with -o")
    if answers is not None:
        for name, size in reviewing.add_answers(run, answers).items():
            note(f"{name}: {size} answers")
    if pack and output is not None:
        counts, notes = reviewing.pack_review(run, output, real=real, count=count)
        _notes(notes)
        note(f"{output}: {_counted(counts)}")
    if report or as_json or calibrate is not None:
        found = reviewing.review_results(run)
        _told(found, as_json=as_json, report=report)
        _calibrate(found, calibrate, output)
    elif answers is None and not pack:
        _serve(reviewing.open_review(
            run, real=real, count=count, rater=rater, host=host, port=port
        ))  # fmt: skip
        note(f"results: augmentor review {run} --report")


def _calibrate(found: "Reviewing", recipe: Path | None, output: Path | None) -> None:
    """Write a copy of a recipe with people's bounds, where one is asked for."""
    from augmentor.api.reviewing import calibrate_recipe

    if recipe is not None and output is not None:
        _notes(calibrate_recipe(found, recipe, output))
        note(f"written: {output}")


def _serve(opened: "Opened") -> None:
    """Answer until Ctrl+C."""
    _notes(opened.notes)
    note(_counted(opened.counts))
    note(f"open in a browser: {opened.server.address}")
    note("every answer is kept at once; stop with Ctrl+C")
    try:
        opened.server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        note("")
    finally:
        opened.server.server_close()


def _notes(lines: Sequence[str]) -> None:
    for line in lines:
        note(f"note: {line}")


def _counted(counts: Any) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items())


def _told(found: "Reviewing", *, as_json: bool, report: bool) -> None:
    if as_json:
        print_json(found.to_json())
    elif report:
        _print(found)


def _print(found: "Reviewing") -> None:
    """Print the results: by category, agreement, calibration."""
    results = found.results
    human = "human accuracy" if results.metric == "accuracy" else "human 1 - WER"
    header = ["category", "examples", "items", human, "human 95 %", "taken for real",
              "real 95 %", "clear (3+)", "clear 95 %", "clarity 1-5", "answers"]  # fmt: skip
    rows = [
        [one.category or "all", {"parent": "parents"}.get(one.kind, one.kind),
         str(one.human.rows), *_level(one.human), *_level(one.taken_for_real),
         *_level(one.clear), "undefined" if one.clarity_mean is None else f"{one.clarity_mean:.2f}",
         str(one.taken_for_real.n)]
        for one in results.groups
    ]  # fmt: skip
    print_table(header, rows, [False, False] + [True] * 9, first_to_go=_LESS)
    if results.agreement:
        click.echo()
        header = ["question", "items", "alpha", "alpha 95 %", "pairs alike", "pairs 95 %"]
        rows = [
            [_ASKED[one.question], str(one.alpha.rows), *_agreed(one.alpha, "{:.2f}"),
             *_agreed(one.pairs, "{:.1%}")]
            for one in results.agreement
        ]  # fmt: skip
        print_table(header, rows, [False] + [True] * 5, first_to_go=_LESS)
    if found.calibration:
        click.echo()
        header = ["check", "against", "bound", "people's bound", "bound 95 %", "J", "J 95 %", "p",
                  "good", "not", "note"]  # fmt: skip
        rows = [
            [one.check, {"clarity": "clear", "realism": "real"}[one.question], one.was,
             one.bound or "undefined", _ends(one.bound_low, one.bound_high, "{:g}"),
             "undefined" if one.youden_j is None else f"{one.youden_j:.2f}",
             _ends(one.low, one.high, "{:.2f}"), "" if one.p is None else f"{one.p:.3f}",
             str(one.n_good), str(one.n_bad), one.note]
            for one in found.calibration
        ]  # fmt: skip
        print_table(header, rows, [False] * 4 + [True] * 6 + [False], first_to_go=_LESS)
    raters = ", ".join(f"{name} ({n} items)" for name, n in results.raters.items())
    note(f"raters: {raters}")
    if len(results.raters) < 2:
        note("note: one rater: agreement is undefined")


_ASKED = {"real": "real or made", "heard": "what it is", "clear": "clear (3+) or not"}


def _level(level: "TagLevel") -> list[str]:
    if level.value is None:
        return ["undefined", ""]
    ends = level.interval
    return [
        f"{level.value:.1%}",
        "undefined" if ends is None else f"{ends[0]:.1%} to {ends[1]:.1%}",
    ]


def _agreed(one: "Agreement", form: str) -> list[str]:
    if one.value is None or one.interval is None:
        return ["undefined", ""]
    return [form.format(one.value), _ends(*one.interval, form)]


def _ends(low: float | None, high: float | None, form: str) -> str:
    return "" if low is None or high is None else f"{form.format(low)} to {form.format(high)}"
