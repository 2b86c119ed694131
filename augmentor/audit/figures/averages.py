"""Averages of precision, recall and F1 over classes, each with what it means.

What is 0/0 is undefined (not a number) and left out; an average says how many classes it lacks.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.figures.metrics import ratio

Floats = NDArray[np.float64]
Measures = Mapping[str, Floats]
"""precision, recall and f1 of each class [classes]."""

Values = Mapping[str, float | None]

DEFINITIONS = {
    "macro": "plain mean over the classes where it is defined: a rare class counts as any other",
    "micro": "hits, predictions and examples are summed over the classes first, then divided",
    "weighted": "mean over the classes where it is defined, weighted by their examples",
}
NO_SUPPORT = "it needs the number of examples of each class, which the table lacks"
NO_HITS = "a class with no hits does not tell how often it was predicted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Average:
    """Precision, recall and F1 over all classes at once.

    Parameters
    ----------
    name : macro, micro or weighted.
    definition : a sentence.
    precision, recall : fractions; None where undefined or refused.
    mean_of_f1 : the classes' F1s averaged in the same way; f1_of_means : F1 of the two numbers
        above. They differ, and both are printed as "macro F1". For micro they are one.
    left_out : precision, recall, f1 -> how many classes are undefined, and so not in it.
    refused : why there is no number; None if there is.
    """

    name: str
    definition: str
    left_out: dict[str, int]
    precision: float | None = None
    recall: float | None = None
    mean_of_f1: float | None = None
    f1_of_means: float | None = None
    refused: str | None = None


def averages(
    measures: Measures, support: Floats | None, micro: Values | str
) -> tuple[Average, ...]:
    """Return the macro, micro and weighted average.

    Parameters
    ----------
    measures : precision, recall and f1 [classes]; not-a-number is undefined.
    support : examples of each class, or their weight [classes]; None where not known.
    micro : precision, recall and f1 of the sums, or why there are none.
    """
    lacking = {what: int(np.isnan(some).sum()) for what, some in measures.items()}
    macro = {what: mean(some) for what, some in measures.items()}
    weighted: Values | str = NO_SUPPORT
    if support is not None:
        weighted = {what: mean(some, support) for what, some in measures.items()}
    return (
        _average("macro", macro, lacking),
        _average("micro", micro, dict.fromkeys(measures, 0)),
        _average("weighted", weighted, lacking),
    )


def pooled(hits: Floats, predicted: Floats, support: Floats) -> Values:
    """Return precision, recall and F1 of the sums over classes, for the micro average."""
    n, said, true = hits.sum(), predicted.sum(), support.sum()
    found = ratio(np.array([n, n, 2 * n]), np.array([said, true, said + true]))
    return dict(zip(("precision", "recall", "f1"), map(known, found.tolist()), strict=True))


def pooled_rates(rates: Measures, support: Floats | None) -> Values | str:
    """Return the same of a summary, or why not: hits and predictions must follow from it."""
    if support is None:
        return NO_SUPPORT
    if not (rates["precision"] > 0).all() or not (rates["recall"] > 0).all():
        return NO_HITS
    hits = rates["recall"] * support
    return pooled(hits, hits / rates["precision"], support)


def f1_of_rates(precision: Floats, recall: Floats) -> Floats:
    """Return the harmonic mean; 0 if both are 0, as then there are examples and no hits."""
    total = precision + recall
    return np.where(total == 0, 0.0, ratio(2 * precision * recall, total))


def mean(values: Floats, weights: Floats | None = None) -> float | None:
    """Return the mean of what is defined; None if nothing is, or nothing that has a weight."""
    defined = ~np.isnan(values)
    heavy = defined.astype(np.float64) if weights is None else np.where(defined, weights, 0.0)
    total = np.array([np.where(defined, values, 0.0) @ heavy])
    return known(ratio(total, np.array([heavy.sum()]))[0])


def known(value: float) -> float | None:
    """Return a plain number, None for not-a-number."""
    return None if np.isnan(value) else float(value)


def _average(name: str, values: Values | str, left_out: dict[str, int]) -> Average:
    if isinstance(values, str):
        return Average(name=name, definition=DEFINITIONS[name], left_out=left_out, refused=values)
    rates = [np.array([np.nan if (x := values[w]) is None else x]) for w in ("precision", "recall")]
    return Average(
        name=name,
        definition=DEFINITIONS[name],
        left_out=left_out,
        precision=values["precision"],
        recall=values["recall"],
        mean_of_f1=values["f1"],
        f1_of_means=known(f1_of_rates(*rates)[0]),
    )
