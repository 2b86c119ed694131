"""What several people mean together, and how each of them errs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.figures.metrics import Floats
from augmentor.audit.labels.answers import SAME, Answers, Codes, coded
from augmentor.core.errors import UsageError

MOST_CLASSES = 256  # of more, such as transcripts, no confusion matrix can be estimated


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Consensus:
    """What people mean together, and how each of them errs.

    Parameters
    ----------
    annotators, classes : names, sorted.
    labels : most likely class of each row; the first of equals, None where nobody answered.
    probability : how likely that is [rows]; not-a-number where nobody answered.
    priors : share of each class [classes].
    confusion : chance that an annotator says a class [annotators, true, said]; not-a-number
        where that annotator never met the true class.
    rounds : steps taken; converged : whether they came to rest.
    """

    annotators: tuple[str, ...]
    classes: tuple[str, ...]
    labels: tuple[str | None, ...]
    probability: Floats
    priors: Floats
    confusion: Floats
    rounds: int
    converged: bool

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values; what is undefined is null."""
        pairs = zip(self.annotators, self.confusion, strict=True)
        return {
            "classes": list(self.classes),
            "labels": list(self.labels),
            "probability": [_maybe(value) for value in self.probability],
            "priors": [float(value) for value in self.priors],
            "confusion": {
                name: [[_maybe(value) for value in row] for row in table] for name, table in pairs
            },
            "rounds": self.rounds,
            "converged": self.converged,
        }


def dawid_skene(answers: Answers, *, tolerance: float = 1e-6, rounds: int = 1000) -> Consensus:
    """Join answers by how far each annotator can be trusted on each class.

    Parameters
    ----------
    tolerance : stop when no chance of a class moves by more, in (0, 1).
    rounds : steps at most.

    Notes
    -----
    It starts from the shares of the votes, so that nothing is drawn. Two annotators do not
    suffice to tell who errs: then the start decides.

    Raises
    ------
    UsageError
        Columns of different lengths, no answers, or more than 256 classes.

    References
    ----------
    Dawid and Skene 1979, "Maximum likelihood estimation of observer error-rates using the EM
    algorithm", equations 2.3 to 2.5 and 3.1.
    """
    known = coded(answers)
    size = len(known.classes)
    if not 0 < size <= MOST_CLASSES:
        raise UsageError(f"{size} different answers; expected 1 to {MOST_CLASSES} classes")
    people = np.arange(len(known.annotators))
    likely, priors, confusion, taken, rests = fit(known.codes, people, size, tolerance, rounds)
    top = likely.max(axis=1)
    # Rounding must not choose among equals: the first of them is always the same.
    best = np.argmax(likely >= top[:, None] - SAME, axis=1)
    return Consensus(
        annotators=known.annotators,
        classes=known.classes,
        labels=tuple(
            known.classes[at] if chance else None for at, chance in zip(best, top, strict=True)
        ),
        probability=np.where(top > 0, top, np.nan),
        priors=priors,
        confusion=confusion,
        rounds=taken,
        converged=rests,
    )


def fit(
    codes: Codes,
    people: NDArray[np.intp],
    size: int,
    tolerance: float = 1e-6,
    rounds: int = 1000,
) -> tuple[Floats, Floats, Floats, int, bool]:
    """Return chances [rows, classes], priors, confusion, steps taken, whether at rest.

    Rows with the same answers are one row that counts several times: this is faster, and makes
    the result the same for any order of rows.

    Parameters
    ----------
    people : whose column it is [columns]; one person may have several.
    """
    every, inverse, times = np.unique(codes, axis=0, return_inverse=True, return_counts=True)
    some = (every >= 0).any(axis=1)
    patterns, weight = every[some], times[some, None].astype(np.float64)
    place = (patterns + 1)[:, :, None] * size + np.arange(size)  # of (said, true); 0 is unsaid
    votes = np.zeros((len(patterns), size))
    for column in range(codes.shape[1]):
        hit = np.flatnonzero(patterns[:, column] >= 0)
        votes[hit, patterns[hit, column]] += 1
    likely = votes / votes.sum(axis=1, keepdims=True)
    priors, confusion = np.zeros(size), np.zeros((people.max(initial=0) + 1, size, size))
    taken, moved = 0, np.inf
    while taken < rounds and moved > tolerance:
        priors, confusion = _errors_made(likely * weight, place, people, len(confusion))
        chance = np.tile(_log(priors), (len(patterns), 1))
        for column, person in enumerate(people):
            by_said = np.vstack([np.zeros(size), _log(confusion[person]).T])
            chance += by_said[patterns[:, column] + 1]
        before = likely
        likely = np.exp(chance - chance.max(axis=1, keepdims=True, initial=-np.inf))
        # Where votes are balanced, each step would magnify how the last digits were rounded.
        likely = np.round(likely / likely.sum(axis=1, keepdims=True), 12)
        moved = float(np.abs(likely - before).max(initial=0))
        taken += 1
    chances = np.zeros((len(every), size))
    chances[some] = likely
    met = confusion.sum(axis=2, keepdims=True) > 0
    confusion = np.where(met, confusion, np.nan)
    return chances[inverse.reshape(-1)], priors, confusion, taken, moved <= tolerance


def _errors_made(
    likely: Floats, place: Codes, people: NDArray[np.intp], persons: int
) -> tuple[Floats, Floats]:
    """Return the share of each class, and what each person says of it [persons, true, said]."""
    size = likely.shape[1]
    total = likely.sum()
    priors = likely.sum(axis=0) / total if total else np.zeros(size)
    made = np.zeros((persons, size, size))
    for column, person in enumerate(people):
        sums = np.bincount(place[:, column].ravel(), likely.ravel(), minlength=(size + 1) * size)
        made[person] += sums.reshape(size + 1, size)[1:].T
    below = made.sum(axis=2, keepdims=True)
    return priors, np.divide(made, below, out=made, where=below > 0)


def _log(value: Floats) -> Floats:
    return np.log(value, out=np.full(value.shape, -np.inf), where=value > 0)


def _maybe(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
