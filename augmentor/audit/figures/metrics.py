"""How wrong each answer is, and sums of that over tags.

A pooled metric gives every row `errors` and `units`: what went wrong, and what could have.
Rates are sum over sum, so that long and short rows count for what they are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.figures.words import edits
from augmentor.core.coded import Coded
from augmentor.core.errors import UsageError, listed, nearest

POOLED = ("accuracy", "error_rate", "wer", "cer")
OF_CLASS = ("precision", "recall", "f1")
"""Metrics of one class, the positive one."""
BY_CLASS = ("macro_f1", "balanced_accuracy", "mcc", *OF_CLASS)
SCORED = ("auroc", "average_precision")
METRICS = (*POOLED, *BY_CLASS, *SCORED)
BY_EXAMPLE = ("accuracy", "error_rate")
"""Metrics whose errors are whole examples: right or wrong."""
WORDS: dict[str, Literal["word", "character"]] = {"wer": "word", "cer": "character"}
_BLOCK = 1 << 18  # rows at a time: what is compared stays in the cache of a core

Floats = NDArray[np.float64]
Normalizer = Callable[[str], str]


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


def count(
    metric: str,
    targets: Sequence[str],
    predictions: Sequence[str],
    normalize: Normalizer | None = None,
) -> Counts:
    """Return how wrong each prediction is.

    Parameters
    ----------
    metric : ``accuracy``: target and prediction are the same text, spaces around it aside.
        ``wer``: word errors; ``cer``: character errors, any white space being one space.
        Upper and lower case differ, and so do punctuation marks, where nothing is normalised.
    targets, predictions : text [rows].
    normalize : what is done to both before they are compared.

    Notes
    -----
    An empty target adds insertions and no units. Alignments are of least cost (Levenshtein
    1966); where several are, rapidfuzz chooses.
    """
    check_metric(metric)
    if metric not in WORDS:
        target, answer = same_codes(targets, predictions, normalize)
        return Counts((target != answer).astype(np.float64), np.ones(len(target)))
    if normalize is not None:
        targets, predictions = changed(targets, normalize), changed(predictions, normalize)
    found = edits(targets, predictions, WORDS[metric])
    parts = (found.substitutions, found.deletions, found.insertions)
    substitutions, deletions, insertions = (part.astype(np.float64) for part in parts)
    errors = substitutions + deletions + insertions
    units = found.units.astype(np.float64)
    return Counts(errors, units, substitutions, deletions, insertions)


def changed(texts: Sequence[str], normalize: Normalizer) -> Coded[str]:
    """Return texts with something done to each."""
    column = Coded.of(texts)
    return Coded(column.codes, [normalize(text) for text in column.values])


def same_codes(
    targets: Sequence[str], predictions: Sequence[str], normalize: Normalizer | None = None
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return two columns of text as numbers, the same number for the same text.

    Classes are numbered in the order of their names' first appearance in the targets.
    """
    target, answer, _names = coded_alike(targets, predictions, normalize)
    return target, answer


def coded_alike(
    targets: Sequence[str], predictions: Sequence[str], normalize: Normalizer | None = None
) -> tuple[NDArray[np.int32], NDArray[np.int32], list[str]]:
    """Return two columns as numbers of the same names, and the names, spaces around them cut."""
    places: dict[str, int] = {}
    found = []
    for texts in (targets, predictions):
        column = Coded.of(texts)
        names = [(normalize(text) if normalize else text).strip() for text in column.values]
        small = np.array([places.setdefault(name, len(places)) for name in names], dtype=np.int32)
        same = np.array_equal(small, np.arange(len(small)))
        found.append(column.codes.astype(np.int32, copy=False) if same else small[column.codes])
    return found[0], found[1], list(places)


def check_metric(metric: str, known: Sequence[str] = METRICS) -> None:
    """Refuse a metric that is not known."""
    if metric not in known:
        hint = nearest(metric, known)
        raise UsageError(f"unknown metric '{metric}'{hint} expected {listed(known)}")


def per_tag(tags: NDArray[np.bool_], *values: Floats) -> list[Floats]:
    """Sum values over the rows of each tag.

    Sums of whole numbers are exact. Of truth values marked rows are counted, which is much
    faster than adding numbers.

    Parameters
    ----------
    tags : bool [rows, tags]; fastest if column after column in memory.
    values : float64 [rows] each.

    Returns
    -------
    float64 [tags] for each of the values.
    """
    return [_sums(tags, value) for value in values]


def _sums(tags: NDArray[np.bool_], value: Floats) -> Floats:
    if not len(value):
        return np.zeros(tags.shape[1])
    if value.min() == value.max() == 1:
        columns = range(tags.shape[1])
        return np.array([np.count_nonzero(tags[:, tag]) for tag in columns], dtype=np.float64)
    mark = value.astype(np.bool_)
    sums = np.zeros(tags.shape[1])
    if np.array_equal(mark, value):
        both = np.empty(min(_BLOCK, len(mark)), dtype=np.bool_)
        for start in range(0, len(mark), _BLOCK):
            part = mark[start : start + _BLOCK]
            for tag in range(tags.shape[1]):
                here = np.logical_and(
                    tags[start : start + _BLOCK, tag], part, out=both[: len(part)]
                )
                sums[tag] += np.count_nonzero(here)
        return sums
    for tag in range(tags.shape[1]):
        # Not by a matrix product: its last bits change with the processor and the threads.
        sums[tag] = np.sum(value, where=tags[:, tag])
    return sums


def ratio(above: Floats, below: Floats) -> Floats:
    """Divide arrays of one shape; 0/0 is undefined and not a number, as is all else over 0."""
    out = np.full(np.shape(above), np.nan)
    np.divide(above, below, out=out, where=below != 0)
    return out
