"""Programs of the user's, as a recipe names them: commands with fields, their output kept."""

import json
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from augmentor.core.errors import listed, nearest
from augmentor.files.atomic import write_text

TOLD_LINES = 8
"""Of what a program printed, so many last lines are told when it fails."""
TOLD_CHARS = 1200

_COLOUR = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")  # ECMA-48, control sequences
_FIELD = re.compile(r"\{(\w+)\}")


def words_of(command: str, needed: Sequence[str], also: Collection[str] = ()) -> list[str]:
    """Return the words of a command with fields such as ``{manifest}``.

    Parameters
    ----------
    command : as a shell would split it; no shell runs it.
    needed : names of the fields that it must have.
    also : names of those that it may have.

    Raises
    ------
    ValueError : it has no words, lacks a field, or names one that does not exist.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        msg = f"{command!r} cannot be split into words: {error}"
        raise ValueError(msg) from None
    found = _FIELD.findall(command)
    missing = ["{" + name + "}" for name in needed if name not in found]
    if missing or not words:
        example = " ".join("{" + name + "}" for name in needed)
        msg = f"{command!r} does not say where {listed(missing)} goes; write 'PROGRAM {example}'"
        raise ValueError(msg)
    known = [*needed, *also]
    for name in found:
        if name not in known:
            msg = (
                f"{command!r}: there is no {{{name}}}{nearest(name, known)}; "
                f"known: {listed(['{' + one + '}' for one in known], 20)}"
            )
            raise ValueError(msg)
    return words


def filled(words: Sequence[str], values: Mapping[str, object]) -> list[str]:
    """Return words with their fields filled in; a field without a value stays as it is."""
    return [_FIELD.sub(lambda field: str(values.get(field[1], field[0])), word) for word in words]


def run_program(
    words: Sequence[str], home: Path, log: Path, timeout_s: float, *, running: Path | None = None
) -> str:
    """Run a program without a shell; return what went wrong in one sentence, or nothing.

    Parameters
    ----------
    words : the program and what it is told. One that lies in `home` is taken from there.
    home : where it is started.
    log : file that gets all that it prints.
    timeout_s : how long it may take, seconds; then it is stopped with all that it started.
    running : file that says which process it is while it runs, so that a later start can
        end what a killed one left behind, see `end_left_over`.
    """
    if (home / words[0]).is_file():
        words = [str((home / words[0]).absolute()), *words[1:]]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as file:
        try:
            process = subprocess.Popen(
                words, cwd=home, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            with suppress(OSError):
                log.unlink()  # it says nothing, and so does `told`
            return _not_started(words[0], home, error)
        try:
            if running is not None:
                write_text(running, json.dumps([process.pid, _started(process.pid)]))
            code = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            _end(process)
            return f"not done after {timeout_s:g} s, so it was stopped; allow more with timeout_s"
        except BaseException:  # Ctrl-C does not reach it, as it has a session of its own
            _end(process)
            raise
        finally:
            if running is not None:
                running.unlink(missing_ok=True)
    return _ended(code)


def _not_started(program: str, home: Path, error: OSError) -> str:
    if isinstance(error, PermissionError):
        return (
            f"'{program}' may not be run; make it executable (chmod +x), or name its program first"
        )
    said = f"'{program}' cannot be started: "
    if not isinstance(error, FileNotFoundError):
        return f"{said}{error.strerror or error}"
    if Path(program).is_file():
        return f"{said}its first line (#!) names a program that is not there"
    return (
        f"{said}it is neither in {home.absolute()} nor among the programs of the system (PATH); "
        "write where it lies"
    )


def _ended(code: int) -> str:
    if code >= 0:
        return f"failed with exit code {code}" if code else ""
    with suppress(ValueError):
        name = signal.Signals(-code).name
        hint = "; the system does so when memory runs out" if name == "SIGKILL" else ""
        return f"was killed by {name}{hint}"
    return f"was killed by signal {-code}"


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a program with all that it started."""
    with suppress(OSError, AttributeError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(OSError):
        process.kill()
    process.wait()


def end_left_over(running: Path) -> None:
    """End the program that a killed start left running, where there is one.

    Parameters
    ----------
    running : the file that `run_program` wrote.
    """
    with suppress(OSError, ValueError, TypeError):
        pid, started = json.loads(running.read_text(encoding="utf-8"))
        # The number may have gone to another process since: then nothing is ended.
        if started is not None and started == _started(pid):
            os.killpg(pid, signal.SIGKILL)
    running.unlink(missing_ok=True)


def _started(pid: int) -> str | None:
    """Return when a process was started, in the system's own ticks; None where nobody says."""
    with suppress(OSError, IndexError):
        # The name, in brackets, may hold spaces.
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    return None


def told(log: Path) -> str:
    """Return the last lines that a program printed, and where all of it is.

    Colours are left out. It begins with a semicolon; nothing of a program that never started.
    """
    try:
        printed = log.read_bytes()[-100_000:].decode(errors="replace").splitlines()
    except OSError:
        return ""
    printed = [_COLOUR.sub("", line) for line in printed]
    lines = [line.rstrip() for line in printed if line.strip()][-TOLD_LINES:]
    said = "\n    ".join(lines)[-TOLD_CHARS:]
    if not said:
        return "; it printed nothing"
    return f"; it ended with\n    {said}\nits output is kept in {log}"
