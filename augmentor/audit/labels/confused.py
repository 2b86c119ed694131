"""Pairs of classes that people take for each other, as "1" and "I"."""

from collections import Counter
from dataclasses import asdict, dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.figures import intervals
from augmentor.audit.labels.answers import (
    Answers,
    Codes,
    Interval,
    coded,
    said_together,
)
from augmentor.audit.labels.clusters import effective

SEEN = 2  # rows: of one alone, a slip and a habit look the same


CONFUSED = 0.05  # a pair of classes is confused more often than this


@dataclass(frozen=True, slots=True, kw_only=True)
class Confused:
    """Two classes that people take for each other.

    Parameters
    ----------
    first, second : the classes, in alphabetical order.
    seen : pairs of answers to one row of which one says `first` and the other `second`.
    pairs : pairs of answers of which either says one of them.
    rows : rows with such a disagreement.
    rate : seen / pairs; interval : its 95 % interval.
    """

    first: str
    second: str
    seen: int
    pairs: int
    rows: int
    rate: float
    interval: Interval

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values; an interval is a list of two."""
        return asdict(self) | {"interval": list(self.interval)}


def confused_pairs(
    answers: Answers, *, least: float = CONFUSED, seen: int = SEEN
) -> tuple[Confused, ...]:
    """Return the pairs of classes that people take for each other, such as "1" and "I".

    Of all pairs of answers to one row of which either says one of two classes, in how many do
    they say one each?

    Parameters
    ----------
    answers : annotator -> answers [rows]. For a model, {"target": ..., "prediction": ...}.
    least : the lower end of the interval must be above this rate, in [0, 1).
    seen : in at least so many rows.

    Returns
    -------
    The highest lower end first. The interval is Wilson's at the number of independent pairs
    that the pairs are worth, as in `annotators.human_level`.
    """
    known = coded(answers)
    patterns, inverse = said_together(known.codes)
    times = np.bincount(inverse, minlength=len(patterns)).astype(np.float64)
    where, counts = _where_said(patterns, len(known.classes))
    apart: Counter[tuple[int, int]] = Counter()
    for pattern, n in zip(patterns.tolist(), times.tolist(), strict=True):
        some = sorted({code for code in pattern if code >= 0})
        for pair in combinations(some, 2):
            apart[pair] += int(n)
    size = (patterns >= 0).sum(axis=1)
    held = np.zeros((2, len(patterns)))
    found = []
    for (a, b), rows in apart.items():
        if rows < seen:
            continue
        at = np.union1d(where[a], where[b])
        held[0, where[a]], held[1, where[b]] = counts[a], counts[b]
        first, second, n = held[0, at], held[1, at], size[at]
        held[:, at] = 0
        rest = n - first - second
        hits, pairs = first * second, (n * (n - 1) - rest * (rest - 1)) / 2
        some = pairs > 0
        total, below = float(times[at] @ hits), float(times[at] @ pairs)
        worth = effective(hits[some], pairs[some], times[at][some])
        low, high = (float(end) for end in intervals.wilson(worth * total / below, worth))
        if low > least:
            one = Confused(
                first=known.classes[a],
                second=known.classes[b],
                seen=round(total),
                pairs=round(below),
                rows=rows,
                rate=total / below,
                interval=(low, high),
            )
            found.append(one)
    return tuple(sorted(found, key=lambda one: (-one.interval[0], one.first, one.second)))


def _where_said(
    patterns: Codes, classes: int
) -> tuple[list[NDArray[np.intp]], list[NDArray[np.float64]]]:
    """Return, class by class, the patterns that hold it, and how often they do."""
    at, place = np.nonzero(patterns >= 0)
    code = patterns[at, place]
    both, many = np.unique(np.stack([code, at]), axis=1, return_counts=True)
    ends = np.searchsorted(both[0], np.arange(classes + 1))
    slices = [slice(*pair) for pair in pairwise(ends.tolist())]
    return [both[1, one] for one in slices], [many[one].astype(np.float64) for one in slices]


def confused_sentence(one: Confused) -> str:
    """Say which two classes are taken for each other, and how often."""
    low, high = one.interval
    return (
        f"'{one.first}' and '{one.second}' are taken for each other in {one.seen} of "
        f"{one.pairs} pairs of answers with either, {100 * one.rate:.1f} % "
        f"[{100 * low:.1f}, {100 * high:.1f}]: say in the instructions how to tell them apart"
    )
