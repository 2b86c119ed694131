"""Which tag to work on first: gap to a baseline x share of the data x importance x ease."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from augmentor.audit.figures.intervals import benjamini_hochberg
from augmentor.audit.figures.metrics import (
    BY_EXAMPLE,
    POOLED,
    SCORED,
    Floats,
    Normalizer,
    check_metric,
)
from augmentor.audit.priorities import evidence
from augmentor.audit.priorities.baselines import Baselines
from augmentor.audit.priorities.gains import Gains, Sure, how_sure, overlapping
from augmentor.audit.priorities.measured import Interval, Measured, maybe, measure_rows
from augmentor.audit.priorities.measured_summary import measure_summary
from augmentor.audit.priorities.ranking import Ranking, TagRow
from augmentor.audit.priorities.valued import measure_valued
from augmentor.audit.tables.raw import ErrorTable
from augmentor.audit.tables.summary import SummaryTable
from augmentor.core.errors import Problem, UsageError, listed, nearest

AUGMENT, COLLECT, RELABEL, NOTHING_TO_DO = "augment", "collect", "relabel", "none"
SAME = 1e-9  # scores this near to each other, relative to the larger, are a tie


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    share: Floats
    gain: Floats
    importance: Floats
    ease: Floats
    score: Floats
    ranks: list[int | None]
    gains: Gains
    sure: Sure
    adjusted: Floats
    needed: Floats
    actions: list[str]


def rank(
    table: ErrorTable | SummaryTable,
    *,
    metric: str = "accuracy",
    baseline: Baselines | None = None,
    importance: Mapping[str, float] | None = None,
    ease: Mapping[str, float] | None = None,
    categories: Mapping[str, Sequence[str]] | None = None,
    shares: Mapping[str, float] | None = None,
    relabel: Collection[str] = (),
    normalize: Normalizer | None = None,
    positive: str | None = None,
) -> Ranking:
    """Rank the tags of a table.

    Parameters
    ----------
    table : examples, or a summary by tag.
    metric : one of `metrics.METRICS`.
    baseline : tag or category -> (value, source) or (value, source, n). Without it the table's
        own: the column baseline_prediction, else clean_prediction, or a summary's baseline.
    importance, ease : name -> weight, 1 by default; a name is that of a row of the ranking.
    categories : name -> tags that it serves; it is ranked in their place, as the rows with any
        of them.
    shares : name -> share of the data in use, where the table is not like it.
    relabel : names whose labels disagree: no data mends them before the labels are mended.
    normalize : what is done to targets and predictions before they are compared.
    positive : the class that scores speak of.

    Raises
    ------
    UsageError
        A name that is not known, or a weight that is negative.
    """
    check_metric(metric)
    if isinstance(table, ErrorTable) and not table.answered and metric not in SCORED:
        what = f"no column 'prediction', only scores; metrics of scores are {listed(SCORED)}"
        raise UsageError(Problem(table.path, what))
    if isinstance(table, ErrorTable) and metric not in POOLED:
        measured = measure_valued(table, metric, baseline, categories or {}, positive, normalize)
    elif isinstance(table, ErrorTable):
        measured = measure_rows(table, metric, baseline, categories or {}, normalize, shares)
    else:
        measured = measure_summary(table, metric, baseline, categories or {})
    share = np.where(
        np.isnan(given := _given("shares", shares or {}, measured.names, np.nan)),
        measured.share, given,
    )  # fmt: skip
    order = _order(
        measured,
        metric,
        share,
        _given("importance", importance or {}, measured.names, 1.0),
        _given("ease", ease or {}, measured.names, 1.0),
        categories or {},
        relabel,
    )
    rows = [_row(measured, order, at) for at in range(len(measured.names))]
    rows.sort(key=_place)
    return Ranking(
        metric=metric,
        n=measured.overall.n,
        overall=measured.overall,
        rows=tuple(rows),
        union_gain=order.gains.union,
        warnings=(*measured.warnings, *_doubts(measured, share, shares or {})),
    )


def _order(
    measured: Measured,
    metric: str,
    share: Floats,
    importance: Floats,
    ease: Floats,
    categories: Mapping[str, Sequence[str]],
    relabel: Collection[str],
) -> _Order:
    gain = np.maximum(measured.gap, 0) * share
    score = gain * importance * ease
    ranks = _ranks(score)
    unknown = np.full(len(gain), np.nan)
    gains = Gains(unknown, unknown, measured.union_gain)
    sure = Sure(unknown, unknown, unknown)
    if measured.cover is not None and measured.reached is not None:
        first = sorted((place, at) for at, place in enumerate(ranks) if place is not None)
        gains = overlapping(measured.cover, measured.rate, measured.gap, [at for _, at in first])
        sure = how_sure(measured.cover, measured.reached, measured.gap, share)
    rate = measured.rate if metric in BY_EXAMPLE else unknown
    needed = np.where(
        np.isnan(measured.gap),
        evidence.needed_for_points(rate),
        evidence.needed_for_gap(rate, measured.gap),
    )
    actions = [
        _action(
            name,
            float(measured.gap[at]),
            float(measured.n[at]),
            float(needed[at]),
            categories,
            relabel,
        )
        for at, name in enumerate(measured.names)
    ]
    return _Order(
        share, gain, importance, ease, score, ranks, gains, sure,
        benjamini_hochberg(measured.p), needed, actions,
    )  # fmt: skip


def _action(
    name: str,
    gap: float,
    n: float,
    needed: float,
    categories: Mapping[str, Sequence[str]],
    relabel: Collection[str],
) -> str:
    """Return what to do about a tag: mend labels first, then see enough of it, then augment."""
    if name in relabel:
        return RELABEL
    if not gap > 0:
        return NOTHING_TO_DO
    if categories:
        return AUGMENT if name in categories else COLLECT
    return COLLECT if n < needed else AUGMENT


def _given(what: str, given: Mapping[str, float], names: Sequence[str], otherwise: float) -> Floats:
    problems = []
    for name, weight in given.items():
        if name not in names:
            known = nearest(name, names) or f"; known: {listed(names)}"
            problems.append(Problem(what, f"'{name}' is no tag or category{known}"))
        elif not 0 <= weight < np.inf:
            problems.append(Problem(what, f"'{name}' is {weight}; expected 0 or more"))
    if problems:
        raise UsageError(problems)
    return np.array([given.get(name, otherwise) for name in names], dtype=np.float64)


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
        share_frac=maybe(order.share[at]),
        error_share_frac=maybe(measured.error_share[at]),
        error_rate=maybe(measured.rate[at]),
        accuracy=maybe(measured.accuracy[at]),
        interval=_interval(measured.low[at], measured.high[at]),
        weighted_error_rate=maybe(measured.weighted[at]),
        shrunk_error_rate=maybe(measured.shrunk[at]),
        p=maybe(measured.p[at]),
        p_adjusted=maybe(order.adjusted[at]),
        baseline=maybe(measured.baseline[at]),
        baseline_source=measured.sources[at],
        gap=maybe(measured.gap[at]),
        gap_interval=_interval(measured.gap_low[at], measured.gap_high[at]),
        potential_gain=maybe(order.gain[at]),
        gain_interval=_interval(order.sure.low[at], order.sure.high[at]),
        p_largest=maybe(order.sure.largest[at]),
        unique_gain=maybe(order.gains.unique[at]),
        marginal_gain=maybe(order.gains.marginal[at]),
        needed_n=_whole(order.needed[at]),
        enough=_enough(measured.n[at], order.needed[at]),
        action=order.actions[at],
        importance=float(order.importance[at]),
        ease=float(order.ease[at]),
        score=maybe(order.score[at]),
        rank=place,
        tied=place is not None and order.ranks.count(place) > 1,
    )


def _enough(n: float, needed: float) -> bool | None:
    return None if np.isnan(n) or np.isnan(needed) else bool(n >= needed)


def _whole(value: float) -> int | None:
    return None if np.isnan(value) else int(value)


def _interval(low: float, high: float) -> Interval | None:
    return None if np.isnan(low) or np.isnan(high) else (float(low), float(high))


def _doubts(measured: Measured, share: Floats, given: Mapping[str, float]) -> list[str]:
    """Say what a reader should know before trusting the order."""
    said = []
    if given:
        said.append(f"shares of the data as given, not as in the table: {listed(given)}")
    total = float(np.nansum(share))
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
