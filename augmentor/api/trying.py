"""A bench for edits: many are tried on many parents; is each clear, and is the model right?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from augmentor.api.listening import Key, Listener
from augmentor.api.references import Reference
from augmentor.audit.figures.intervals import wilson
from augmentor.core.verdict import Bound
from augmentor.gate.answers import Answer
from augmentor.gate.difficulty import judge
from augmentor.gate.tuning.clarity import Clear
from augmentor.gate.tuning.curves import Point
from augmentor.jobs.local import map_chunks
from augmentor.jobs.trying import Attempt, Tried, Trying, failed, seen_again
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
    kept : by the word of a reference's check, whether it still understands the example; only
        where it understands the parent. Of a parent itself: whether it is understood.
    """

    clear: bool | None
    target: str
    answer: Answer | None
    reason: str = ""
    kept: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bench:
    """Tries edits in some processes, and asks the model and the references in this one.

    Parameters
    ----------
    recipe : to make examples of.
    clear : the measure of clarity of each category.
    model : asks the user's model; None where there is none.
    references : by the word of the check that each answers.
    metric : what an error is.
    workers : processes; 0 works in this one.
    parents : what each reference makes of parents, by check and id of the source.
    """

    recipe: Recipe
    clear: Mapping[str, Clear]
    model: Listener | None
    references: Mapping[str, tuple[Reference, Listener]]
    metric: str
    workers: int
    parents: dict[tuple[str, str], Answer] = field(default_factory=dict)

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
        early: dict[int, list[list[Tried]]] = {}
        found: list[list[Tried]] = []
        for start, tried in map_chunks(work, chunks, min(self.workers, len(chunks)), failed):
            early[start] = tried
            while len(found) in early:  # one after the other, whichever worker was first
                for each in early.pop(len(found)):
                    self._listen(len(found), attempts[len(found)], each)
                    # What was seen is told: of a whole round it would fill the memory.
                    found.append([replace(one, seen=None) for one in each])
                for listener in self._listeners():
                    listener.chunk_ends()
            done(sum(map(len, tried)))
        for listener in self._listeners():
            listener.ends()
        self._remember(attempts)
        return [
            tuple(self._row((place, at), attempt, one) for at, one in enumerate(found[place]))
            for place, attempt in enumerate(attempts)
        ]

    def _listeners(self) -> list[Listener]:
        own = [] if self.model is None else [self.model]
        return own + [listener for _, listener in self.references.values()]

    def _asked(self, attempt: Attempt) -> list[tuple[str, Reference, Listener]]:
        """Return the references that are asked about an attempt."""
        sampled = self.recipe.categories[attempt.category].sampled
        return [
            (check.key, *self.references[check.key])
            for check, _ in sampled
            if check.key in self.references
            and not self.references[check.key][0].why_not(attempt.source)
        ]

    def _listen(self, place: int, attempt: Attempt, tried: Sequence[Tried]) -> None:
        source, target = attempt.source, self._target(attempt)
        for at, one in enumerate(tried):
            if one.seen is None:
                continue
            name = f"{source.facts.id}+{place}.{at}"
            example = seen_again(name, one.seen, self.recipe.rate_hz)
            if self.model is not None:
                self.model.hear((place, at), self.model.model.show(name, example, target))
            for _, reference, listener in self._asked(attempt):
                listener.hear((place, at), reference.show(name, source, example))

    def _remember(self, attempts: Sequence[Attempt]) -> None:
        """Keep what references make of parents: new examples are held against it."""
        for place, attempt in enumerate(attempts):
            for key, _, listener in self._asked(attempt):
                for at, edits in enumerate(attempt.edits):
                    answer = None if edits else listener.heard.get((place, at))
                    if answer is not None:
                        self.parents[key, attempt.source.facts.id] = answer

    def _row(self, key: Key, attempt: Attempt, one: Tried) -> Row:
        answer = None if self.model is None else self.model.heard.get(key)
        kept = {}
        for check, reference, listener in self._asked(attempt):
            before = self.parents.get((check, attempt.source.facts.id))
            after = listener.heard.get(key)
            if before is None or after is None:
                continue
            found = reference.asked("", "", attempt.source, before, after)
            if not attempt.edits[key[1]]:
                kept[check] = found.before
            elif found.before:
                kept[check] = found.after
        return Row(one.clear, self._target(attempt), answer, one.reason, kept)

    def _target(self, attempt: Attempt) -> str:
        facts = attempt.source.facts
        made = any(attempt.edits)
        return self.recipe.categories[attempt.category].target_of(facts) if made else facts.target

    def clear_point(self, severity: float, rows: Sequence[Row]) -> Point:
        """Return the share of clear examples, of those of which it can be told."""
        return _share(severity, [one.clear for one in rows if one.clear is not None])

    def kept_point(self, check: str, severity: float, rows: Sequence[Row]) -> Point:
        """Return the share that a reference still understands, of those it did in the parent."""
        return _share(severity, [one.kept[check] for one in rows if check in one.kept])

    def error_point(self, severity: float, rows: Sequence[Row]) -> Point:
        """Return the model's error rate."""
        asked = [(one.target, one.answer) for one in rows if one.answer is not None]
        answers = [answer for _, answer in asked]
        found = judge("", "", answers, [target for target, _ in asked], _ANY, self.metric)
        if found.error_frac is None or found.low is None or found.high is None:
            return Point(severity, 0.0, 0.0, 1.0, 0)
        return Point(severity, found.error_frac, found.low, found.high, found.n)


def _share(severity: float, told: Sequence[bool]) -> Point:
    if not told:
        return Point(severity, 0.0, 0.0, 1.0, 0)
    low, high = wilson(sum(told), len(told))
    return Point(severity, sum(told) / len(told), float(low), float(high), len(told))


_ANY = Bound(">=", 0.0)
