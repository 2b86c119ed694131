"""A model of the user's that is a program: it reads a manifest, and writes its answers."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from augmentor.core.errors import Problem, UsageError, listed
from augmentor.files.atomic import write_json_lines
from augmentor.files.program import filled, run_program, told, words_of
from augmentor.gate.answers import Answer, number_of

NEEDED = ("manifest", "out")
"""Fields that a command must have; ``{model}`` it may have."""


def ask_command(
    command: str,
    home: Path,
    folder: Path,
    timeout_s: float,
    rows: Sequence[Mapping[str, Any]],
    *,
    model: Path | None = None,
    running: Path | None = None,
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

    Raises
    ------
    UsageError : it cannot be started, fails, takes too long, or its answers cannot be read.
    """
    manifest, out = folder / "manifest.jsonl", folder / "answers.jsonl"
    out.unlink(missing_ok=True)
    write_json_lines(manifest, rows, durable=False)
    words = words_of(command, NEEDED, ["model"])
    values = {"manifest": manifest, "out": out, "model": model}
    where, log = f"command '{command}'", folder / "output.txt"
    what = run_program(filled(words, values), home, log, timeout_s, running=running)
    if what:
        raise UsageError(Problem(where, f"{what}; {told(log)}"))
    found, problems = read_answers(out, [str(row["id"]) for row in rows])
    if problems:
        said = "; ".join(problems[:3])
        more = f"; and {len(problems) - 3} more" if len(problems) > 3 else ""
        raise UsageError(Problem(where, f"its answers, {out}: {said}{more}; {told(log)}"))
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
            problems.append(f"line {number}: {row}")
            continue
        name, answer = row
        if name not in wanted:
            problems.append(f"line {number}: the manifest has no id '{name}'")
        elif name in found:
            problems.append(f"line {number}: id '{name}' comes twice")
        found[name] = answer
    missing = [name for name in ids if name not in found]
    if missing:
        problems.append(f"no answer for {len(missing)} of {len(ids)} ids: {listed(missing, 3)}")
    return ([] if problems else [found[name] for name in ids]), problems


def _row(line: bytes) -> tuple[str, Answer] | str:
    """Return a line's id and answer, or what is wrong with it."""
    try:
        row: Any = json.loads(line)
    except (ValueError, RecursionError):
        return "not JSON"
    if not isinstance(row, dict):
        return "not an object with 'id' and 'prediction'"
    for name in ("id", "prediction"):
        if name not in row:
            return f"'{name}' is missing"
        if isinstance(row[name], bool) or not isinstance(row[name], str | int | float):
            return f"'{name}' is no text"
    numbers = {}
    for name in ("score", "loss"):
        try:
            numbers[name] = number_of(row.get(name))
        except ValueError:
            return f"'{name}' is {row[name]!r}; write a finite number, or leave it out"
    return str(row["id"]), Answer(str(row["prediction"]), **numbers)
