"""A bench for edits: many are tried on many parents; is each clear, and is the model right?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from augmentor.audit.figures.intervals import wilson
from augmentor.core.verdict import Bound
from augmentor.gate.answers import Answer, Ask, Shown
from augmentor.gate.difficulty import judge
from augmentor.gate.tuning.clarity import Clear
from augmentor.gate.tuning.curves import Point
from augmentor.jobs.local import map_chunks
from augmentor.jobs.trying import Attempt, Tried, Trying, failed
from augmentor.recipe.recipe import Recipe

CHUNK = 4
"""Parents a chunk: the same for any number of workers, so that a model sees the same batches."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of one new example.

    Parameters
    ----------
    clear : whether it is; None where that cannot be told.
    target : what is right.
    answer : of the model; None where there is no model, or no example.
    reason : why there is no example.
    """

    clear: bool | None
    target: str
    answer: Answer | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Bench:
    """Tries edits in some processes, and asks the model in this one.

    Parameters
    ----------
    recipe : to make examples of.
    clear : the measure of clarity of each category.
    ask : the model; None where there is none.
    metric : what an error is.
    workers : processes; 0 works in this one.
    """

    recipe: Recipe
    clear: Mapping[str, Clear]
    ask: Ask | None
    metric: str
    workers: int

    def rows(
        self, attempts: Sequence[Attempt], done: Callable[[int], None]
    ) -> list[tuple[Row, ...]]:
        """Return what came of each attempt: a row for each of its edits.

        Parameters
        ----------
        attempts : what to try.
        done : told how many more examples are known.
        """
        chunks = [
            (start, attempts[start : start + CHUNK]) for start in range(0, len(attempts), CHUNK)
        ]
        work = Trying(self.recipe, self.clear)
        found: dict[int, list[tuple[Row, ...]]] = {}
        for start, tried in map_chunks(work, chunks, min(self.workers, len(chunks)), failed):
            found[start] = self._told(attempts[start : start + CHUNK], tried)
            done(sum(map(len, tried)))
        return [rows for start, _ in chunks for rows in found[start]]

    def _told(
        self, attempts: Sequence[Attempt], tried: Sequence[Sequence[Tried]]
    ) -> list[tuple[Row, ...]]:
        targets = [self._target(one) for one in attempts]
        shown = [
            Shown(attempt.source.facts.id, "", target, one.seen)
            for attempt, target, each in zip(attempts, targets, tried, strict=True)
            for one in each
            if one.seen is not None
        ]
        answers = iter(self.ask(shown) if self.ask is not None and shown else ())
        return [
            tuple(
                Row(
                    one.clear,
                    target,
                    next(answers, None) if one.seen is not None else None,
                    one.reason,
                )
                for one in each
            )
            for target, each in zip(targets, tried, strict=True)
        ]

    def _target(self, attempt: Attempt) -> str:
        facts = attempt.source.facts
        made = any(attempt.edits)
        return self.recipe.categories[attempt.category].target_of(facts) if made else facts.target

    def clear_point(self, severity: float, rows: Sequence[Row]) -> Point:
        """Return the share of clear examples, of those of which it can be told."""
        told = [one.clear for one in rows if one.clear is not None]
        if not told:
            return Point(severity, 0.0, 0.0, 1.0, 0)
        low, high = wilson(sum(told), len(told))
        return Point(severity, sum(told) / len(told), float(low), float(high), len(told))

    def error_point(self, severity: float, rows: Sequence[Row]) -> Point:
        """Return the model's error rate."""
        asked = [(one.target, one.answer) for one in rows if one.answer is not None]
        answers = [answer for _, answer in asked]
        found = judge("", "", answers, [target for target, _ in asked], _ANY, self.metric)
        if found.error_frac is None or found.low is None or found.high is None:
            return Point(severity, 0.0, 0.0, 1.0, 0)
        return Point(severity, found.error_frac, found.low, found.high, found.n)


_ANY = Bound(">=", 0.0)
