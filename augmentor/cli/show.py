"""What the verbs share: tables that fit the terminal, JSON on stdout, progress on stderr."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from augmentor.api.progress import Progress

json_option = click.option("--json", "as_json", is_flag=True, help="one JSON document on stdout")
workers_option = click.option(
    "--workers", type=click.IntRange(0, 256), default=None,
    help="processes; 0 works in this one  [default: the machine's]",
)  # fmt: skip


def print_json(data: Any) -> None:
    """Print one JSON document on stdout, and nothing else."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


def print_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool] = ()
) -> None:
    """Print a table that fits the terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, name in enumerate(header):
        numbers = index < len(right) and right[index]
        table.add_column(Text(name), justify="right" if numbers else "left", no_wrap=numbers)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(table)


def note(text: str) -> None:
    """Print a line for the reader on stderr."""
    click.echo(text, err=True)


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Show progress with an estimate of what is left, on a terminal; a line a stage elsewhere."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines()
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Bar(*columns, console=console, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield tell


def _lines() -> Progress:
    """Return progress as a plain line now and then, for logs."""
    last: dict[str, float] = {}
    began: dict[str, float] = {}

    def tell(what: str, done: int, total: int) -> None:
        now = time.monotonic()
        start = began.setdefault(what, now)
        if done < total and now - last.get(what, start) < 10:
            return
        last[what] = now
        left = f", {(now - start) / done * (total - done):.0f} s left" if 0 < done < total else ""
        note(f"{what}: {done} of {total}{left}")

    return tell
