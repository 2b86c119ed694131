"""Which classes a model confuses: precision, recall and F1 of each, and what they come to."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike

from augmentor.audit.figures.averages import (
    Average,
    Floats,
    Measures,
    averages,
    f1_of_rates,
    known,
    mean,
    pooled,
    pooled_rates,
)
from augmentor.audit.figures.confusion import Counts, Numbers, check, count, matthews
from augmentor.audit.figures.intervals import wilson
from augmentor.audit.figures.metrics import ratio
from augmentor.core.errors import UsageError, listed

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """One class; None is undefined (0/0) or, in a summary, not known.

    Parameters
    ----------
    name : the class.
    support : examples of it, or their weight.
    predicted : examples said to be of it, or their weight.
    hits : examples of it that were said to be.
    precision : hits / predicted; recall : hits / support; f1 : 2 hits / (predicted + support),
        defined as soon as one example is or was said to be of the class.
    precision_interval, recall_interval : Wilson 95 %.
    specificity : of the examples of other classes, the share not said to be of this one;
        false_positive_rate : 1 - specificity.
    """

    name: str
    support: float | None = None
    predicted: float | None = None
    hits: float | None = None
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    precision_interval: Interval | None = None
    recall_interval: Interval | None = None
    specificity: float | None = None
    false_positive_rate: float | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ClassReport:
    """How well classes are told apart.

    Parameters
    ----------
    n : examples; None for a summary.
    classes : in the order of the declared list.
    accuracy : hits over examples, by weight if there are weights; None for a summary.
    balanced_accuracy : mean of the recalls that are defined; None for a summary.
    mcc : Matthews correlation, -1 to 1, and 0 where all targets or all predictions are of one
        class; None for a summary.
    averages : macro, micro, weighted.
    confusion : examples or their weight [target, prediction]; None for a summary, and for more
        than 1,000 classes. If answers are none of the classes, a last column counts them.
    worst : the class with the lowest F1, the first of several; None if none is defined.
    notes : what a reader should know, in sentences.
    """

    n: int | None
    classes: tuple[ClassRow, ...]
    averages: tuple[Average, ...]
    accuracy: float | None = None
    balanced_accuracy: float | None = None
    mcc: float | None = None
    confusion: Numbers | None = None
    worst: str | None = None
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return plain JSON: the parameters by their names."""
        return {
            "n": self.n,
            "accuracy": self.accuracy,
            "balanced_accuracy": self.balanced_accuracy,
            "mcc": self.mcc,
            "classes": [asdict(row) for row in self.classes],
            "averages": [asdict(average) for average in self.averages],
            "confusion": None if self.confusion is None else self.confusion.tolist(),
            "worst": self.worst,
            "notes": list(self.notes),
        }


def class_report(
    targets: ArrayLike,
    predictions: ArrayLike,
    names: Sequence[str],
    weights: ArrayLike | None = None,
) -> ClassReport:
    """Report on every class of a declared list, and on all together.

    Parameters
    ----------
    targets : integers [rows], 0 to classes - 1: the class each example is of.
    predictions : integers [rows], -1 to classes - 1; -1 is an answer that is none of them.
    names : the declared classes; one without examples has no recall, and is counted as such.
    weights : how much each example counts, 0 or more [rows]; None is 1 each. Intervals then come
        from the effective number of examples, (sum w)^2 / sum w^2 (Kish 1965).

    Raises
    ------
    UsageError
        Arrays of different lengths, a code of no class, or a weight below 0.
    """
    true, said = np.asarray(targets), np.asarray(predictions)
    heavy = None if weights is None else np.asarray(weights, dtype=np.float64)
    check(true, said, len(names), heavy)
    counts = count(true, said, len(names), heavy)
    squares = None if heavy is None else count(true, said, len(names), heavy * heavy)
    hits, support, predicted = (
        some.astype(np.float64) for some in (counts.hits, counts.support, counts.predicted[:-1])
    )
    measures = {
        "precision": ratio(hits, predicted),
        "recall": ratio(hits, support),
        "f1": ratio(2 * hits, predicted + support),
    }
    micro = pooled(hits, predicted, support)
    return ClassReport(
        n=len(true),
        classes=_rows(names, measures, counts, squares),
        averages=averages(measures, support, micro),
        accuracy=micro["recall"],
        balanced_accuracy=mean(measures["recall"]),
        mcc=matthews(counts),
        confusion=counts.table,
        worst=_worst(names, measures["f1"]),
        notes=_notes(names, measures, counts, int(np.count_nonzero(said < 0)), micro["recall"]),
    )


def from_rates(
    names: Sequence[str],
    precision: Sequence[float | None],
    recall: Sequence[float | None],
    supports: Sequence[float] | None = None,
) -> ClassReport:
    """Report on a table by class that prints precision and recall, without its examples.

    Parameters
    ----------
    names : classes.
    precision, recall : fractions, 0 to 1 [classes]; None is undefined.
    supports : examples of each class, where the table says so. Without them micro and weighted
        averages are refused: nothing tells how much a class weighs.

    Raises
    ------
    UsageError
        Another number of values than of classes, or a rate that is no fraction.
    """
    support = None if supports is None else np.asarray(supports, dtype=np.float64)
    rates = {
        what: np.array([np.nan if x is None else x for x in some], dtype=np.float64)
        for what, some in (("precision", precision), ("recall", recall))
    }
    for what, values in {**rates, "support": support}.items():
        if values is not None and len(values) != len(names):
            raise UsageError(f"{len(names)} classes, but {len(values)} values of {what}")
    for what, rate in rates.items():
        beyond = [f"{name}: {x:g}" for name, x in zip(names, rate, strict=True) if x < 0 or x > 1]
        if beyond:
            raise UsageError(f"{what} is a fraction from 0 to 1, not {listed(beyond)}")
    measures = {**rates, "f1": f1_of_rates(rates["precision"], rates["recall"])}
    rows = (
        ClassRow(
            name=name,
            support=None if support is None else float(support[at]),
            precision=known(measures["precision"][at]),
            recall=known(measures["recall"][at]),
            f1=known(measures["f1"][at]),
        )
        for at, name in enumerate(names)
    )
    return ClassReport(
        n=None,
        classes=tuple(rows),
        averages=averages(measures, support, pooled_rates(rates, support)),
        worst=_worst(names, measures["f1"]),
        notes=tuple(_undefined(names, measures)),
    )


def _rows(
    names: Sequence[str], measures: Measures, counts: Counts, squares: Counts | None
) -> tuple[ClassRow, ...]:
    support, predicted = counts.support, counts.predicted[:-1]
    sizes = [predicted.astype(np.float64), support.astype(np.float64)]
    if squares is not None:
        squared = [some.astype(np.float64) for some in (squares.predicted[:-1], squares.support)]
        sizes = [ratio(one * one, two) for one, two in zip(sizes, squared, strict=True)]
    ends = [
        wilson(measures[what] * size, size)
        for what, size in zip(("precision", "recall"), sizes, strict=True)
    ]
    others = (support.sum() - support).astype(np.float64)
    alarms = ratio((predicted - counts.hits).astype(np.float64), others)
    return tuple(
        ClassRow(
            name=name,
            support=support[at].item(),
            predicted=predicted[at].item(),
            hits=counts.hits[at].item(),
            precision=known(measures["precision"][at]),
            recall=known(measures["recall"][at]),
            f1=known(measures["f1"][at]),
            precision_interval=_pair(ends[0], at),
            recall_interval=_pair(ends[1], at),
            specificity=known(1 - alarms[at]),
            false_positive_rate=known(alarms[at]),
        )
        for at, name in enumerate(names)
    )


def _notes(
    names: Sequence[str],
    measures: Measures,
    counts: Counts,
    strays: int,
    accuracy: float | None,
) -> tuple[str, ...]:
    notes = _undefined(names, measures)
    if strays:
        notes.append(f"{strays} answers are none of the classes: wrong, and in no precision")
    elif accuracy is not None:
        notes.append(
            "each example has one target and one prediction, so micro precision, recall and F1 "
            f"are the accuracy again, {100 * accuracy:.1f} %"
        )
    for what, some in (("targets", counts.support), ("predictions", counts.predicted)):
        if np.count_nonzero(some) == 1:
            notes.append(f"all {what} are one class: MCC is 0/0 there, and set to 0")
    return tuple(notes)


def _undefined(names: Sequence[str], measures: Measures) -> list[str]:
    notes = []
    for what, some in measures.items():
        lacking = [name for name, value in zip(names, some, strict=True) if np.isnan(value)]
        if lacking:
            notes.append(f"{what} is undefined (0/0), and not in the averages: {listed(lacking)}")
    return notes


def _worst(names: Sequence[str], f1: Floats) -> str | None:
    return None if np.isnan(f1).all() else names[int(np.nanargmin(f1))]


def _pair(ends: tuple[Floats, Floats], at: int) -> Interval | None:
    low, high = float(ends[0][at]), float(ends[1][at])
    return None if np.isnan(low) else (low, high)
