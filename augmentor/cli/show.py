"""What the verbs share: tables and JSON on stdout, notes and progress on stderr."""

import json
import os
import shutil
import sys
import textwrap
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from augmentor.cli.table import Column, fitting, table_lines

if TYPE_CHECKING:
    from augmentor.api.progress import Progress  # a verb's --help need not load the framework

json_option = click.option("--json", "as_json", is_flag=True, help="one JSON document on stdout")
workers_option = click.option(
    "--workers", type=click.IntRange(0, 256), default=None,
    help="processes; 0 works in this one  [default: the machine's]",
)  # fmt: skip

allow_option = click.option(
    "--allow", default="", metavar="NAME,...",
    help="categories to make though they can hurt; all: every one",
)  # fmt: skip


def names(text: str) -> list[str]:
    """Return the names of a list with commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def processes(workers: int | None) -> int:
    """Return how many processes to use where the user may have said nothing."""
    return workers if workers is not None else os.cpu_count() or 1


def print_json(data: Any) -> None:
    """Print one JSON document on stdout, and nothing else."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


def print_table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Sequence[bool] = (),
    *,
    first_to_go: Sequence[str] = (),
    soft: Sequence[bool] = (),
) -> None:
    """Print a table: whole where stdout is no terminal, else in columns that fit the terminal.

    Parameters
    ----------
    header, rows : text, as many cells a row as the header has.
    right : which columns hold numbers: they are aligned to the right and never cut or wrapped.
    first_to_go : columns to leave out where the table is too wide, least important first. What
        was left out is said on stderr.
    soft : which rows say too little to be sure of; they are greyed.
    """
    columns = [
        Column(name, [row[at] for row in rows], right=at < len(right) and right[at])
        for at, name in enumerate(header)
    ]
    gone: list[str] = []
    width = None
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns
        columns, gone = fitting(columns, width, first_to_go)

    def style(row: int | None, line: str) -> str:
        if row is None:
            return click.style(line, bold=True)
        return click.style(line, dim=True) if row < len(soft) and soft[row] else line

    for line in table_lines(columns, width, style):
        click.echo(line)
    if gone:
        note(f"left out, as the terminal is narrow: {', '.join(gone)} (make it wider, or --json)")


def paragraphs(text: str) -> None:
    """Print lines of text, wrapped to the terminal."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 100
    for line in text.splitlines():
        click.echo("\n".join(textwrap.wrap(line, width)))


def note(text: str) -> None:
    """Print a line for the reader on stderr."""
    click.echo(text, err=True)


def note_hurt(found: Sequence[Mapping[str, Any]], allowed: Collection[str]) -> None:
    """Print whether adding a category's examples can hurt, and why, and what is allowed."""
    for one in found:
        for reason in one["reasons"]:
            over = reason["verdict"] == "refuse" and one["category"] in allowed
            verdict = reason["verdict"] + (", allowed" if over else "")
            note(f"{verdict}: '{one['category']}' can hurt: {reason['say']}")
    good = [one["category"] for one in found if not one["reasons"]]
    if good:
        note(f"adding these should not hurt: {', '.join(good)}")


@contextmanager
def progress_bar() -> "Iterator[Progress]":
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


def _lines() -> "Progress":
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
