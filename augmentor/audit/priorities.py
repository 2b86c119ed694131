"""Which tag to work on first: gap to a baseline x share of the data x importance x ease."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from augmentor.audit.baselines import Baseline, Baselines, read_baseline
from augmentor.audit.measured import Interval, Measured, Overall, maybe, measure_rows
from augmentor.audit.measured_summary import measure_summary
from augmentor.audit.metrics import Floats, check_metric
from augmentor.audit.ranking import Ranking, TagRow
from augmentor.audit.table import ErrorTable, SummaryTable
from augmentor.core.errors import Problem, UsageError, listed, nearest

__all__ = ["Baseline", "Overall", "Ranking", "TagRow", "rank", "read_baseline"]

SAME = 1e-9  # scores this near to each other, relative to the larger, are a tie


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    gain: Floats
    importance: Floats
    ease: Floats
    score: Floats
    ranks: list[int | None]


def rank(
    table: ErrorTable | SummaryTable,
    *,
    metric: str = "accuracy",
    baseline: Baselines | None = None,
    importance: Mapping[str, float] | None = None,
    ease: Mapping[str, float] | None = None,
    categories: Mapping[str, Sequence[str]] | None = None,
) -> Ranking:
    """Rank the tags of a table.

    Parameters
    ----------
    table : examples, or a summary by tag.
    metric : accuracy, wer or cer.
    baseline : tag or category -> (value, source) or (value, source, n). Without it the table's
        own: the column baseline_prediction, else clean_prediction, or a summary's baseline.
    importance, ease : name -> weight, 1 by default; a name is that of a row of the ranking.
    categories : name -> tags that it serves; it is ranked in their place, as the rows with any
        of them.

    Raises
    ------
    UsageError
        A name that is not known, or a weight that is negative.
    """
    check_metric(metric)
    if isinstance(table, ErrorTable):
        measured = measure_rows(table, metric, baseline, categories or {})
    else:
        measured = measure_summary(table, metric, baseline, categories or {})
    weights = [
        _weights("importance", importance or {}, measured.names),
        _weights("ease", ease or {}, measured.names),
    ]
    gain = np.maximum(measured.gap, 0) * measured.share
    score = gain * weights[0] * weights[1]
    order = _Order(gain, weights[0], weights[1], score, _ranks(score))
    rows = [_row(measured, order, at) for at in range(len(measured.names))]
    rows.sort(key=_place)
    return Ranking(
        metric=metric,
        n=measured.overall.n,
        overall=measured.overall,
        rows=tuple(rows),
        union_gain=measured.union_gain,
        warnings=(*measured.warnings, *_doubts(measured)),
    )


def _weights(what: str, given: Mapping[str, float], names: Sequence[str]) -> Floats:
    problems = []
    for name, weight in given.items():
        if name not in names:
            known = nearest(name, names) or f"; known: {listed(names)}"
            problems.append(Problem(what, f"'{name}' is no tag or category{known}"))
        elif not 0 <= weight < np.inf:
            problems.append(Problem(what, f"'{name}' is {weight}; expected 0 or more"))
    if problems:
        raise UsageError(problems)
    return np.array([given.get(name, 1.0) for name in names], dtype=np.float64)


def _ranks(score: Floats) -> list[int | None]:
    """Return 1 for the largest score and the same rank for ties: 1, 1, 3. None for no score."""
    ranks: list[int | None] = [None] * len(score)
    leader, at_leader = np.nan, 0
    known = np.flatnonzero(~np.isnan(score))
    for position, at in enumerate(known[np.argsort(-score[known], kind="stable")], 1):
        if not score[at] >= leader * (1 - SAME):
            leader, at_leader = score[at], position
        ranks[at] = at_leader
    return ranks


def _place(row: TagRow) -> tuple[bool, float]:
    """Order rows by rank, those without one last by their share of the errors."""
    if row.rank is not None:
        return False, row.rank
    return True, -(row.error_share_frac or 0.0)


def _row(measured: Measured, order: _Order, at: int) -> TagRow:
    place = order.ranks[at]
    return TagRow(
        tag=measured.names[at],
        n=_whole(measured.n[at]),
        errors=_whole(measured.errors[at]),
        share_frac=maybe(measured.share[at]),
        error_share_frac=maybe(measured.error_share[at]),
        error_rate=maybe(measured.rate[at]),
        interval=_interval(measured.low[at], measured.high[at]),
        baseline=maybe(measured.baseline[at]),
        baseline_source=measured.sources[at],
        gap=maybe(measured.gap[at]),
        gap_interval=_interval(measured.gap_low[at], measured.gap_high[at]),
        potential_gain=maybe(order.gain[at]),
        unique_gain=maybe(measured.unique_gain[at]),
        importance=float(order.importance[at]),
        ease=float(order.ease[at]),
        score=maybe(order.score[at]),
        rank=place,
        tied=place is not None and order.ranks.count(place) > 1,
    )


def _whole(value: float) -> int | None:
    return None if np.isnan(value) else int(value)


def _interval(low: float, high: float) -> Interval | None:
    return None if np.isnan(low) or np.isnan(high) else (float(low), float(high))


def _doubts(measured: Measured) -> list[str]:
    """Say what a reader should know before trusting the order."""
    said = []
    total = float(np.nansum(measured.share))
    if total > 1 + 5e-3:
        said.append(
            f"shares sum to {100 * total:.1f} %: this is right only if tags overlap, "
            "and then their gains do not add"
        )
    named = zip(measured.names, measured.baseline, measured.sources, strict=True)
    sources: dict[str, list[str]] = {}
    missing = []
    for name, value, source in named:
        if np.isnan(value):
            missing.append(name)
        else:
            sources.setdefault(str(source), []).append(name)
    if missing:
        said.append(f"no baseline, so no gap and no rank: {listed(missing)}")
    if len(sources) > 1:
        each = "; ".join(f"{source} ({listed(names)})" for source, names in sources.items())
        said.append(f"gaps are to different baselines: {each}")
    return said
