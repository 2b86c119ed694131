"""What a user did wrong, said so that it can be mended: where, what, what to write instead."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake, with its place.

    Parameters
    ----------
    where : the place, as ``file:line:column`` or a name the user knows.
    what : what is wrong there, and what to write instead.
    """

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}  {self.what}" if self.where else self.what


class AugmentorError(Exception):
    """Anything a user can cause and mend; the command line prints it without a traceback."""

    exit_code = 1


class UsageError(AugmentorError):
    """Wrong usage, a bad recipe or a bad table: nothing was done. Holds every problem found."""

    exit_code = 2

    def __init__(self, problems: str | Problem | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem("", problems)
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type["UsageError"], tuple[list[Problem]]]:
        return type(self), (self.problems,)  # so that it crosses process borders


class BadSourceError(AugmentorError):
    """One source that cannot be used, with its reason: it is quarantined, the job goes on."""


def nearest(word: str, known: Sequence[str]) -> str:
    """Return ``; did you mean 'x'?`` for the known word nearest to `word`, or an empty string."""
    found = difflib.get_close_matches(str(word), [str(name) for name in known], n=1, cutoff=0.5)
    return f"; did you mean '{found[0]}'?" if found else ""


def listed(words: Iterable[object], most: int = 12) -> str:
    """Return words as one readable list, cut after `most`."""
    names = [str(word) for word in words]
    tail = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + tail
