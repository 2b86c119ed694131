"""A model of the user's that is a program: it reads a manifest, and writes its answers."""

import json
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from augmentor.core.errors import Problem, UsageError, listed, nearest
from augmentor.files.atomic import write_json_lines
from augmentor.files.program import filled, run_program, told, words_of
from augmentor.gate.answers import Answer, number_of

NEEDED = ("manifest", "out")
"""Fields that a command must have; ``{model}`` it may have."""
SAID = 3
"""Of what is wrong with its answers, so much is said."""


def is_command(name: str) -> bool:
    """Return whether a model that a recipe names is a command, and not the name of a function."""
    return "{manifest}" in name


def ask_command(
    command: str,
    home: Path,
    folder: Path,
    timeout_s: float,
    rows: Sequence[Mapping[str, Any]],
    *,
    model: Path | None = None,
    running: Path | None = None,
    also: Mapping[str, object] | None = None,
) -> list[Answer]:
    """Ask a program about examples that lie in files; return an answer for each, in order.

    It is started without a shell. The manifest is JSON Lines; so are the answers, with ``id``,
    ``prediction`` and, where it knows them, ``score`` and ``loss``. What it prints is kept in
    ``output.txt`` of the folder.

    Parameters
    ----------
    command : as the recipe says, with ``{manifest}`` and ``{out}``.
    home : where it is started, and where its program may lie.
    folder : for manifest, answers and output.
    timeout_s : how long it may take, seconds.
    rows : of the manifest: ``id``, ``path`` (absolute), ``target`` and what else is known.
    model : what ``{model}`` stands for.
    running : as in `run_program`.
    also : what further fields stand for.

    Raises
    ------
    UsageError : it cannot be started, fails, takes too long, or its answers cannot be read.
    """
    manifest, out = folder / "manifest.jsonl", folder / "answers.jsonl"
    out.unlink(missing_ok=True)
    write_json_lines(manifest, rows, durable=False)
    words = words_of(command, NEEDED, ["model", *(also or ())])
    values = {**(also or {}), "manifest": manifest, "out": out, "model": model}
    where, log = f"command '{command}'", folder / "output.txt"
    what = run_program(filled(words, values), home, log, timeout_s, running=running)
    ids = [str(row["id"]) for row in rows]
    if what:
        raise UsageError(
            Problem(where, f"{what}{_how_far(out, ids) if log.exists() else ''}{told(log)}")
        )
    found, problems = read_answers(out, ids)
    if problems:
        said = "; ".join(problems[:SAID])
        more = f"; and {len(problems) - SAID} more" if len(problems) > SAID else ""
        raise UsageError(Problem(where, f"its answers, {out}: {said}{more}{told(log)}"))
    return found


def read_answers(path: Path, ids: Sequence[str]) -> tuple[list[Answer], list[str]]:
    """Return an answer for each id, and what is wrong in the file: then no answers.

    Parameters
    ----------
    path : JSON Lines with ``id`` and ``prediction``, in any order.
    ids : of the examples that were asked about.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return [], ["it was never written"]
    except OSError as error:
        return [], [f"it cannot be read: {error.strerror or error}"]
    wanted, found, problems = set(ids), dict[str, Answer](), list[str]()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        row = _row(line)
        if isinstance(row, str):
            half = row == _NOT_JSON and number == len(lines) and line.lstrip().startswith(b"{")
            why = ", as it breaks off: was the program ended while it wrote?" if half else ""
            problems.append(f"line {number}: {row}{why}")
            continue
        name, answer = row
        if name not in wanted:
            hint = nearest(name, ids) if len(problems) < SAID else ""
            problems.append(f"line {number}: the manifest has no id '{name}'{hint}")
        elif name in found:
            problems.append(f"line {number}: id '{name}' comes twice")
        found[name] = answer
    missing = [name for name in ids if name not in found]
    if missing:
        problems.append(f"no answer for {len(missing)} of {len(ids)} ids: {listed(missing, 3)}")
    return ([] if problems else [found[name] for name in ids]), problems


_NOT_JSON = "not JSON"


def _how_far(out: Path, ids: Sequence[str]) -> str:
    """Return what a program that failed had answered, and which example came next."""
    with suppress(OSError):
        rows = [_row(line) for line in out.read_bytes().split(b"\n")]
        done = {row[0] for row in rows if not isinstance(row, str)} & set(ids)
        if done and len(done) < len(ids):
            first = next(name for name in ids if name not in done)
            return (
                f"; it had answered {len(done)} of {len(ids)}, and the next in the manifest is "
                f"'{first}'"
            )
        if done:
            return f"; it had answered all {len(ids)}"
    first = f", the first of which is '{ids[0]}'" if ids else ""
    return f"; it had answered none of {len(ids)}{first}"


def _row(line: bytes) -> tuple[str, Answer] | str:
    """Return a line's id and answer, or what is wrong with it."""
    try:
        row: Any = json.loads(line)
    except (ValueError, RecursionError):
        return _NOT_JSON
    if not isinstance(row, dict):
        return "not an object with 'id' and 'prediction'"
    for name in ("id", "prediction"):
        if name not in row:
            return f"'{name}' is missing"
        if isinstance(row[name], bool) or not isinstance(row[name], str | int | float):
            return f"'{name}' is no text"
        if isinstance(row[name], float) and not math.isfinite(row[name]):
            return f"'{name}' is {row[name]!r}; write a text, or a finite number"
    numbers = {}
    for name in ("score", "loss"):
        try:
            numbers[name] = number_of(row.get(name))
        except ValueError:
            return f"'{name}' is {row[name]!r}; write a finite number, or leave it out"
    return str(row["id"]), Answer(str(row["prediction"]), **numbers)
