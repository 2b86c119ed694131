"""``augmentor overfit``: can the user's training learn a handful of examples by heart?"""

import shutil
import textwrap
from typing import TYPE_CHECKING

import click

from augmentor.cli.show import json_option, note, print_json, print_table, progress_bar

if TYPE_CHECKING:
    from augmentor.gate.overfit.check import Overfit


def _sizes(_context: click.Context, _option: click.Parameter, text: str) -> tuple[int, ...]:
    """Return the numbers of a list with commas."""
    try:
        return tuple(int(one) for one in text.split(","))
    except ValueError:
        raise click.BadParameter(f"'{text}' is no list of numbers; write 1,10,100") from None


@click.command(epilog="Exit code 0 when every size is learned, 1 when not, or nobody can tell.")
@click.argument("function", metavar="MODULE:FUNCTION")
@click.option(
    "--data", required=True, metavar="RUN|RECIPE|MANIFEST|MODULE:FUNCTION",
    help="where examples come from",
)  # fmt: skip
@click.option(
    "--sizes", callback=_sizes, default="1,10,100", show_default=True, help="numbers of examples"
)
@click.option(
    "--steps", type=click.IntRange(4), default=400, show_default=True, help="at most, a size"
)
@click.option(
    "--seconds", type=click.FloatRange(0, min_open=True), default=180, show_default=True,
    help="for all of it, about",
)  # fmt: skip
@click.option(
    "--batch", type=click.IntRange(1), default=32, show_default=True, help="items of a batch"
)
@click.option("--learning-rate", type=float, help="to train with  [default: the function's own]")
@click.option(
    "--floor", type=float, default=0.0, show_default=True, help="the lowest that the loss can be"
)
@click.option("--seed", type=int, default=0, show_default=True, help="of examples and models")
@json_option
def command(
    function: str,
    data: str,
    sizes: tuple[int, ...],
    steps: int,
    seconds: float,
    batch: int,
    learning_rate: float | None,
    floor: float,
    seed: int,
    as_json: bool,
) -> int:
    """Train on 1, 10 and 100 examples: can the loss be driven down? If not, who is suspected?

    MODULE:FUNCTION is your code: make(seed, learning_rate=RATE) returns the step of a fresh
    model, the same for the same seed; step(items) does one optimiser step on a list of the
    dataset's items and returns the mean loss as a number. Any framework will do. Without
    learning_rate no other rates are tried.

    A size fits when the mean loss of a whole pass is down to 5 % of the first, or to 0.001.
    Labels that are wrong the same way every time can be learned by heart: that is not seen here.
    """
    from augmentor.api.overfitting import overfit

    note(f"your code: {function} will be imported and run")
    if ":" in data:
        note(f"your code: {data} too, where it is no file")
    with progress_bar() as progress:
        found = overfit(
            function, data, sizes=sizes, steps=steps, seconds=seconds, batch=batch,
            learning_rate=learning_rate, floor=floor, seed=seed, progress=progress,
        )  # fmt: skip
    if as_json:
        print_json(found.to_json())
    else:
        _print(found)
    return found.exit_code


def _print(found: "Overfit") -> None:
    header = ["examples", "outcome", "loss first", "last", "wanted", "steps", "s"]
    rows = [
        [
            str(one.size), one.outcome, f"{one.first:.3g}", f"{one.last:.3g}",
            f"<= {one.bound:.3g}", str(one.steps), f"{one.seconds:.1f}",
        ]
        for one in found.fits
    ]  # fmt: skip
    print_table(header, rows, [True, False, *[True] * 5], first_to_go=("wanted", "s"))
    for fit in found.fits:
        if fit.outcome in ("diverges", "undefined", "cannot tell"):
            note(f"{fit.size}: {fit.evidence}")
    if found.suspects:
        click.echo("\nsuspects, most certain first")
    for place, one in enumerate(found.suspects, 1):
        click.echo(f"{place}. {click.style(one.name, bold=True)}  [{one.sure}]")
        _indented(f"measured: {one.measured}")
        _indented(f"try: {one.advice}")
    for text in found.notes:
        note(f"note: {text}")
    if found.answer == "no" and not found.suspects:
        note("none of the usual suspects was found; look at predictions, one example at a time")
    click.echo(f"\ncan the loss be driven down? {click.style(found.answer, bold=True)}")


def _indented(text: str) -> None:
    width = max(40, shutil.get_terminal_size((100, 24)).columns)
    click.echo(textwrap.fill(text, width, initial_indent="   ", subsequent_indent="     "))
