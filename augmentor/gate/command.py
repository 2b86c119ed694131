"""A model of the user's that is a program: it reads a manifest, and writes its answers."""

import json
import os
import shlex
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from augmentor.core.errors import Problem, UsageError, listed
from augmentor.files.atomic import write_json_lines
from augmentor.gate.answers import Answer, Shown, number_of

MANIFEST, OUT = "{manifest}", "{out}"
TOLD_LINES = 8
"""Of what a program printed, so many last lines are told when it fails."""
TOLD_CHARS = 1200


def words_of(command: str) -> list[str]:
    """Return the words of a command; ValueError says what it lacks."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        msg = f"{command!r} cannot be split into words: {error}"
        raise ValueError(msg) from None
    missing = [part for part in (MANIFEST, OUT) if not any(part in word for word in words)]
    if missing:
        msg = (
            f"{command!r} does not say where {listed(missing)} goes; write it as "
            "'python infer.py {manifest} {out}': a file to read, a file to write"
        )
        raise ValueError(msg)
    return words


def ask_command(
    command: str, home: Path, folder: Path, timeout_s: float, shown: Sequence[Shown]
) -> list[Answer]:
    """Ask a program about examples whose files lie in a folder.

    It is started without a shell. The manifest is JSON Lines with ``id``, ``path`` (absolute)
    and ``target``; the answers are JSON Lines with ``id``, ``prediction`` and, where it knows
    them, ``score`` and ``loss``. What it prints is kept in ``output.txt`` of the folder.

    Parameters
    ----------
    command : as the recipe says, with ``{manifest}`` and ``{out}``.
    home : where it is started, and where its program may lie.
    folder : for manifest, answers and output.
    timeout_s : how long it may take, seconds.
    shown : the examples.

    Raises
    ------
    UsageError : it cannot be started, fails, takes too long, or its answers cannot be read.
    """
    manifest, out = folder / "manifest.jsonl", folder / "answers.jsonl"
    out.unlink(missing_ok=True)
    write_json_lines(
        manifest,
        ({"id": one.id, "path": str(one.path), "target": one.target} for one in shown),
        durable=False,
    )
    words = [
        word.replace(MANIFEST, str(manifest)).replace(OUT, str(out)) for word in words_of(command)
    ]
    if (home / words[0]).is_file():
        words[0] = str((home / words[0]).absolute())
    where, log = f"command '{command}'", folder / "output.txt"
    what = _run(words, home, log, timeout_s)
    if what:
        raise UsageError(Problem(where, f"{what}; {_told(log)}"))
    found, problems = read_answers(out, [one.id for one in shown])
    if problems:
        said = "; ".join(problems[:3])
        more = f"; and {len(problems) - 3} more" if len(problems) > 3 else ""
        raise UsageError(Problem(where, f"its answers, {out}: {said}{more}; {_told(log)}"))
    return found


def _run(words: Sequence[str], home: Path, log: Path, timeout_s: float) -> str:
    """Run a program; return what went wrong, or nothing."""
    with log.open("wb") as file:
        try:
            process = subprocess.Popen(
                words, cwd=home, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        except PermissionError:
            return f"'{words[0]}' may not be run; make it executable (chmod +x), or name its program first"  # noqa: E501 - one sentence
        except OSError as error:
            return f"'{words[0]}' cannot be started: {error.strerror or error}"
        try:
            code = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            _end(process)
            return f"not done after {timeout_s:g} s, so it was stopped; allow more with timeout_s"
        except BaseException:  # Ctrl-C does not reach it, as it has a session of its own
            _end(process)
            raise
    if code:
        return f"failed with exit code {code}"
    return ""


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a program with all that it started."""
    with suppress(OSError, AttributeError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(OSError):
        process.kill()
    process.wait()


def _told(log: Path) -> str:
    """Return the last lines that a program printed, and where all of it is."""
    printed = log.read_bytes()[-100_000:].decode(errors="replace").splitlines()
    lines = [line.rstrip() for line in printed if line.strip()][-TOLD_LINES:]
    said = "\n    ".join(lines)[-TOLD_CHARS:]
    end = f"; it ended with\n    {said}" if said else ", it printed nothing"
    return f"its output is kept in {log}{end}"


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
