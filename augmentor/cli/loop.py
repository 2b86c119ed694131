"""``augmentor loop``: data iterations with the user's own model."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from augmentor.cli.show import (
    json_option,
    names,
    note,
    print_json,
    print_table,
    processes,
    progress_bar,
    workers_option,
)  # fmt: skip

if TYPE_CHECKING:
    from augmentor.recipe.recipe import Recipe


@click.command()
@click.argument("recipe", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="folder of the loop")
@click.option("--rounds", type=click.IntRange(1, 100), help="at most so many  [default: recipe's]")
@click.option("--seeds", type=click.IntRange(1, 100), help="trainings a round  [default: recipe's]")
@click.option(
    "--doses",
    metavar="PCT,...",
    help="train on shares of round 1, as 0,25,50,100: where the gain flattens; no further round",
)
@click.option(
    "--jobs", type=click.IntRange(1, 256), default=1, show_default=True,
    help="programs of yours at once",
)  # fmt: skip
@workers_option
@click.option(
    "--allow", default="", metavar="NAME,...",
    help="code, hyperparameters or data that may change between rounds; categories to make "
    "though they can hurt; all",
)  # fmt: skip
@json_option
def command(
    recipe: Path,
    output: Path | None,
    rounds: int | None,
    seeds: int | None,
    doses: str | None,
    jobs: int,
    workers: int | None,
    allow: str,
    as_json: bool,
) -> int:
    """Improve the data of RECIPE round by round, with your own commands to train and to ask.

    \b
    RECIPE names them:
      audit:   {manifest: data/dev.jsonl}
      train:   {command: "python train.py {manifest} {out} {seed}"}
      predict: {command: "python infer.py {model} {manifest} {out}"}

    The start trains on the source alone. Each round works on the worst categories of the round
    before it, trains on all there is, and is compared with it and with the start. Start it again
    and it goes on where it was stopped; nothing that is finished is done again.

    With --doses it makes round 1 and trains on shares of it: what each share of the budget does
    to each tag, where the gain flattens, and what the next tenth of the budget would buy.

    Exit code 0 done; 1 a guarded tag fell, or a command of yours failed; 3 done, but something
    was quarantined.
    """  # noqa: D301 - click's sign for lines that are not wrapped
    from augmentor import api
    from augmentor.api.loops.page import rounds_table

    loaded = api.load_recipe(recipe)
    _say_whose(loaded)
    let = names(allow)
    if doses is not None:
        if rounds is not None:
            raise click.UsageError("--doses is about round 1 alone; leave --rounds out")
        return _doses(
            loaded, doses, as_json=as_json, output=output, seeds=seeds, jobs=jobs,
            workers=processes(workers), allow=let,
        )  # fmt: skip
    with progress_bar() as progress:
        found = api.loop(
            loaded, output=output, rounds=rounds, seeds=seeds, jobs=jobs,
            workers=processes(workers), progress=progress, allow=let,
        )  # fmt: skip
    if as_json:
        print_json(found.to_json())
        return found.exit_code
    if found.rounds:
        shown = rounds_table(found)
        print_table(shown.header, shown.rows, shown.right, first_to_go=["n"])
    for one in found.rounds:
        worked = ", ".join(f"{name} {count}" for name, count in one.worked.items())
        note(f"round {one.number}: new examples: {worked}")
        for said in one.moves:
            note(f"after round {one.number} {said}")
    for line in found.notes:
        note(f"note: {line}")
    for line in found.allowed:
        note(f"changed between rounds, and allowed: {line}")
    note(f"{found.stop.say}\nreport: {found.report}")
    return found.exit_code


def _doses(loaded: "Recipe", doses: str, *, as_json: bool, **more: Any) -> int:
    """Train on shares of round 1, and print what they did."""
    from augmentor import api
    from augmentor.audit.show.dosed import FIRST_TO_GO, doses_table, rules, undefined

    shares = [_share(name) for name in names(doses)]
    with progress_bar() as progress:
        found = api.doses(loaded, shares, progress=progress, **more)
    if as_json:
        print_json(found.to_json())
        return found.exit_code
    shown = doses_table(found.table)
    print_table(shown.header, shown.rows, shown.right, first_to_go=FIRST_TO_GO)
    for line in (*rules(found.table), *undefined(found.table)):
        note(line)
    worked = ", ".join(f"{name} {count}" for name, count in found.worked.items())
    note(f"round 1: new examples: {worked}")
    for line in found.notes:
        note(f"note: {line}")
    for line in found.allowed:
        note(f"changed between trainings, and allowed: {line}")
    note(f"learning curves for priorities: {{curves: {{points: ...}}}}: {found.points}")
    note(f"report: {found.report}")
    return found.exit_code


def _share(text: str) -> int:
    try:
        return int(text.removesuffix("%"))
    except ValueError:
        raise click.UsageError(
            f"--doses: '{text}' is no share in whole per cent; write 0,25,50,100"
        ) from None


def _say_whose(recipe: "Recipe") -> None:
    """Name the user's code before it is run."""
    train, predict = recipe.spec.train, recipe.spec.predict
    if train is not None and predict is not None:
        note(f"your code: {train.command} will be run")
        note(f"your code: {predict.command or predict.model} will be run")
