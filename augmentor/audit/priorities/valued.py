"""Tags by a metric that is no count of errors: macro F1, MCC, AUROC and their like.

Such a metric is a number of a whole set of rows. Gap x share still says where to look first, but
gains of overlapping tags cannot be told apart, as no single row has a part in them.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.figures.metrics import (
    BY_CLASS,
    OF_CLASS,
    Floats,
    Normalizer,
    coded_alike,
    ratio,
)
from augmentor.audit.figures.scored import score_report
from augmentor.audit.priorities import baselines
from augmentor.audit.priorities.cover import served
from augmentor.audit.priorities.measured import Interval, Measured, Overall, maybe
from augmentor.audit.priorities.reached import BASELINE_PREDICTION, CLEAN_COUNTERPART
from augmentor.audit.tables.raw import ErrorTable
from augmentor.core.coded import Coded
from augmentor.core.errors import UsageError, listed, nearest

DRAWS = 400
_KEY = 0x76616C75  # fixed, so that the same table always gives the same figures

Bools = NDArray[np.bool_]
Values = tuple[Floats, Floats, Floats]
"""The metric of some sets of rows [sets], and the ends of its 95 % interval."""


def measure_valued(
    table: ErrorTable,
    metric: str,
    given: baselines.Baselines | None,
    categories: Mapping[str, Sequence[str]],
    positive: str | None = None,
    normalize: Normalizer | None = None,
) -> Measured:
    """Measure every tag or category by macro_f1, balanced_accuracy, mcc, auroc or its like.

    Parameters
    ----------
    table, given, categories, normalize : as for `measured.measure_rows`.
    metric : one of `metrics.BY_CLASS` or `metrics.SCORED`.
    positive : the class that scores, precision and recall speak of.

    Raises
    ------
    UsageError : the table has no scores, or no such class.
    """
    warnings = list(table.warnings)
    groups = served(table.tag_names, categories)
    place = {tag: at for at, tag in enumerate(table.tag_names)}
    members = np.ones((len(table), len(groups) + 1), dtype=np.bool_, order="F")
    for at, tags in enumerate(groups.values()):
        members[:, at] = table.tags[:, [place[tag] for tag in tags]].any(axis=1)
    value, low, high = _values(table, table.predictions, metric, members, positive, normalize)
    n = members.sum(axis=0).astype(np.float64)
    level, sources = _reached(table, metric, members, given, groups, normalize, warnings, positive)
    unknown = np.full(len(groups), np.nan)
    gap = level - value
    interval: Interval | None = None
    if not np.isnan(low[-1]):
        interval = float(low[-1]), float(high[-1])
    return Measured(
        names=list(groups),
        n=n[:-1],
        errors=unknown,
        accuracy=value[:-1],
        rate=unknown,
        share=n[:-1] / max(len(table), 1),
        error_share=unknown,
        low=low[:-1],
        high=high[:-1],
        weighted=unknown,
        shrunk=unknown,
        p=unknown,
        baseline=level[:-1],
        sources=sources,
        gap=gap[:-1],
        gap_low=(level - high)[:-1],
        gap_high=(level - low)[:-1],
        overall=Overall(
            n=len(table),
            accuracy=maybe(value[-1]),
            interval=interval,
            baseline=maybe(level[-1]),
            gap=maybe(gap[-1]),
        ),
        warnings=warnings,
    )


def _values(
    table: ErrorTable,
    predictions: Sequence[str],
    metric: str,
    members: Bools,
    positive: str | None,
    normalize: Normalizer | None,
) -> Values:
    if metric in BY_CLASS:
        target, answer, names = coded_alike(table.targets, predictions, normalize)
        if metric in OF_CLASS:
            at = names.index(_positive(table, names, positive))
            target, answer, names = (target == at) + 0, (answer == at) + 0, ["", ""]
        return _by_class(_CLASS_METRICS[metric], target, answer, len(names), members)
    truth = _positives(table, positive)
    assert table.scores is not None
    names = [str(at) for at in range(members.shape[1] - 1)]
    found = score_report(table.scores, truth, members[:, :-1], names)
    value, low, high = (np.full(members.shape[1], np.nan) for _ in range(3))
    for at, one in enumerate((*found.tags, found.overall)):
        known: float | None = getattr(one, metric)
        value[at] = np.nan if known is None else known
        if metric == "auroc" and one.auroc_interval is not None:
            low[at], high[at] = one.auroc_interval
    return value, low, high


def _positives(table: ErrorTable, positive: str | None) -> Bools:
    """Return which rows are of the class that scores speak of."""
    if table.scores is None:
        raise UsageError(f"{table.path} has no column 'score'; it is needed for this metric")
    if np.isnan(table.scores).any():
        raise UsageError(f"{table.path}: {np.isnan(table.scores).sum()} rows have no score")
    column = Coded.of(table.targets)
    names = [name.strip() for name in column.values]
    positive = _positive(table, names, positive)
    small = np.array([name == positive for name in names], dtype=np.bool_)
    return np.asarray(small[column.codes], dtype=np.bool_)


def _positive(table: ErrorTable, names: Sequence[str], positive: str | None) -> str:
    """Return the class that is meant: the one named, or of two the one that says yes."""
    if positive is None:
        known = [name for name in names if name.lower() in ("1", "true", "yes", "positive")]
        if len(known) != 1 or len(names) > 2:
            raise UsageError(f"which class is it about? --positive CLASS, of {listed(names)}")
        return known[0]
    if positive not in names:
        hint = nearest(positive, names) or f"; known: {listed(names)}"
        raise UsageError(f"{table.path}: no target is '{positive}'{hint}")
    return positive


def _reached(
    table: ErrorTable,
    metric: str,
    members: Bools,
    given: baselines.Baselines | None,
    groups: Mapping[str, Sequence[str]],
    normalize: Normalizer | None,
    warnings: list[str],
    positive: str | None,
) -> tuple[Floats, list[str | None]]:
    """Return the level to reach of every group and of all rows, and where it comes from."""
    level = np.full(members.shape[1], np.nan)
    if given is not None:
        weights = dict.fromkeys(table.tag_names, 1.0)
        found = baselines.by_name(given, groups, weights, warnings)
        level[:-1] = [np.nan if one is None else one.value for one in found]
        return level, [one and one.source for one in found]
    answers, source = table.clean_predictions, CLEAN_COUNTERPART
    if table.baseline_predictions is not None:
        answers, source = table.baseline_predictions, BASELINE_PREDICTION
    if answers is None or metric not in BY_CLASS:
        return level, [None] * len(groups)
    if any(answer is None for answer in answers):
        warnings.append(f"the {source} lacks rows: {metric} of it is not known")
        return level, [None] * len(groups)
    filled = [answer or "" for answer in answers]
    level = _values(table, filled, metric, members, positive, normalize)[0]
    return level, [source] * len(groups)


def _by_class(
    metric: Callable[[Floats], Floats],
    target: NDArray[np.int32],
    answer: NDArray[np.int32],
    classes: int,
    members: Bools,
) -> Values:
    """Return a metric of the confusion matrix of each set of rows, by redrawing its cells."""
    rng = np.random.Generator(np.random.Philox(key=_KEY))
    code = target.astype(np.intp) * classes + answer
    value, low, high = (np.full(members.shape[1], np.nan) for _ in range(3))
    for at in range(members.shape[1]):
        counts = np.bincount(code[members[:, at]], minlength=classes**2).astype(np.float64)
        value[at] = metric(counts.reshape(classes, classes))
        cells = np.flatnonzero(counts)
        if not len(cells) or np.isnan(value[at]):
            continue
        # The Bayesian bootstrap of the rows (Rubin 1981): rows of one cell are alike.
        drawn = np.zeros((DRAWS, classes**2))
        drawn[:, cells] = rng.standard_gamma(counts[cells], (DRAWS, len(cells)))
        found = metric(drawn.reshape(DRAWS, classes, classes))
        low[at], high[at] = np.nanquantile(found, [0.025, 0.975])
    return value, low, high


def _macro_f1(table: Floats) -> Floats:
    """Mean F1 of the classes that are or were said to be there."""
    hits = np.diagonal(table, axis1=-2, axis2=-1)
    return _mean(ratio(2 * hits, table.sum(axis=-1) + table.sum(axis=-2)))


def _balanced(table: Floats) -> Floats:
    """Mean recall of the classes that are there."""
    return _mean(ratio(np.diagonal(table, axis1=-2, axis2=-1).copy(), table.sum(axis=-1)))


def _mcc(table: Floats) -> Floats:
    """Matthews correlation of several classes (Gorodkin 2004); 0 where a side is one class."""
    total = table.sum(axis=(-2, -1))
    true, said = table.sum(axis=-1), table.sum(axis=-2)
    above = np.trace(table, axis1=-2, axis2=-1) * total - (true * said).sum(axis=-1)
    below = np.sqrt(
        np.maximum(total**2 - (said**2).sum(axis=-1), 0)
        * np.maximum(total**2 - (true**2).sum(axis=-1), 0)
    )
    return np.where(total > 0, np.nan_to_num(ratio(np.asarray(above), np.asarray(below))), np.nan)


def _mean(values: Floats) -> Floats:
    known = ~np.isnan(values)
    return ratio(np.where(known, values, 0).sum(axis=-1), known.sum(axis=-1).astype(np.float64))


def _precision(table: Floats) -> Floats:
    """Hits of the positive class over all that were said to be of it."""
    return ratio(np.asarray(table[..., 1, 1]), table[..., 1].sum(axis=-1))


def _recall(table: Floats) -> Floats:
    """Hits of the positive class over all that are of it."""
    return ratio(np.asarray(table[..., 1, 1]), table[..., 1, :].sum(axis=-1))


def _f1(table: Floats) -> Floats:
    """Of the positive class: defined as soon as one example is or was said to be of it."""
    hits = np.asarray(2 * table[..., 1, 1])
    return ratio(hits, table[..., 1].sum(axis=-1) + table[..., 1, :].sum(axis=-1))


_CLASS_METRICS: dict[str, Callable[[Floats], Floats]] = {
    "macro_f1": _macro_f1, "balanced_accuracy": _balanced, "mcc": _mcc,
    "precision": _precision, "recall": _recall, "f1": _f1,
}  # fmt: skip
