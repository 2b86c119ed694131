"""How wrong each answer is, and sums of that over tags.

A metric gives every row `errors` and `units`: what went wrong, and what could have. Rates are
always pooled, sum over sum, so that long and short rows count for what they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from augmentor.core.errors import UsageError, listed, nearest

METRICS = ("accuracy", "wer", "cer")
_BLOCK = 1 << 16  # rows at a time: a tag's truth values stay in the cache of a core

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Errors and units of every row.

    Parameters
    ----------
    errors : float64 [rows]; 0 or 1 for accuracy, else wrong words or characters.
    units : float64 [rows]; 1 for accuracy, else words or characters of the target.
    substitutions, deletions, insertions : float64 [rows], their sum is `errors`; None for
        accuracy.
    """

    errors: Floats
    units: Floats
    substitutions: Floats | None = None
    deletions: Floats | None = None
    insertions: Floats | None = None


def count(metric: str, targets: Sequence[str], predictions: Sequence[str]) -> Counts:
    """Return how wrong each prediction is.

    Parameters
    ----------
    metric : ``accuracy``: target and prediction are the same text, spaces around it aside.
        ``wer``: word errors; ``cer``: character errors, any white space being one space.
        Upper and lower case differ, and so do punctuation marks: nothing is normalised.
    targets, predictions : text [rows].

    Notes
    -----
    An empty target adds insertions and no units. Alignments are of least cost (Levenshtein
    1966); where several are, rapidfuzz chooses.
    """
    check_metric(metric)
    if metric == "accuracy":
        pairs = zip(targets, predictions, strict=True)
        wrong = (target.strip() != answer.strip() for target, answer in pairs)
        errors = np.fromiter(wrong, dtype=np.float64, count=len(targets))
        return Counts(errors, np.ones(len(targets)))
    table = np.empty((len(targets), 4))
    for row, (target, answer) in enumerate(zip(targets, predictions, strict=True)):
        reference, heard = target.split(), answer.split()
        if metric == "cer":
            table[row] = _edits(" ".join(reference), " ".join(heard))
        else:
            table[row] = _edits(reference, heard)
    units, substitutions, deletions, insertions = np.ascontiguousarray(table.T)
    errors = substitutions + deletions + insertions
    return Counts(errors, units, substitutions, deletions, insertions)


def check_metric(metric: str) -> None:
    """Refuse a metric that is not known."""
    if metric not in METRICS:
        hint = nearest(metric, METRICS)
        raise UsageError(f"unknown metric '{metric}'{hint} expected {listed(METRICS)}")


def _edits(target: Sequence[str], answer: Sequence[str]) -> tuple[int, int, int, int]:
    """Return units, substitutions, deletions, insertions."""
    from rapidfuzz.distance import Levenshtein

    if target == answer:
        return len(target), 0, 0, 0
    distance = Levenshtein.distance(target, answer)
    missing = len(target) - len(answer)
    deletions, insertions = max(missing, 0), max(-missing, 0)
    if distance - abs(missing) > 1:  # a deletion with an insertion may stand for two substitutions
        insertions = sum(op.tag == "insert" for op in Levenshtein.editops(target, answer))
        deletions = insertions + missing
    return len(target), distance - deletions - insertions, deletions, insertions


def per_tag(tags: NDArray[np.bool_], *values: Floats) -> list[Floats]:
    """Sum values over the rows of each tag, exactly.

    A value is a sum of powers of two, so its sum is a sum of counts of marked rows. Counting
    truth values is much faster than adding numbers, and has no rounding that would change
    with the order.

    Parameters
    ----------
    tags : bool [rows, tags]; fastest if column after column in memory.
    values : whole numbers of 0 or more, float64 [rows] each.

    Returns
    -------
    float64 [tags] for each of the values.
    """
    sums = np.zeros((len(values), tags.shape[1]))
    for start in range(0, len(tags), _BLOCK):
        block = tags[start : start + _BLOCK]
        both = np.empty(len(block), dtype=np.bool_)
        for at, value in enumerate(values):
            for weight, plane in _planes(value[start : start + _BLOCK]):
                for tag in range(tags.shape[1]):
                    np.logical_and(block[:, tag], plane, out=both)
                    sums[at, tag] += weight * np.count_nonzero(both)
    return list(sums)


def _planes(value: Floats) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Yield powers of two with the rows whose value holds them."""
    whole = value.astype(np.int64)
    for bit in range(int(whole.max(initial=0)).bit_length()):
        yield 1 << bit, (whole >> bit & 1).astype(np.bool_)


def ratio(above: Floats, below: Floats) -> Floats:
    """Divide arrays of one shape; 0/0 is undefined and not a number, as is all else over 0."""
    out = np.full(np.shape(above), np.nan)
    np.divide(above, below, out=out, where=below != 0)
    return out
