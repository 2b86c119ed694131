"""What is known of each tag before it is ranked, measured over the rows of an error table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from augmentor.audit.figures import intervals
from augmentor.audit.figures.clustered import ratio_interval
from augmentor.audit.figures.metrics import (
    BY_EXAMPLE,
    Floats,
    Normalizer,
    count,
    per_tag,
    ratio,
)
from augmentor.audit.priorities import baselines, evidence
from augmentor.audit.priorities.cover import Cover, cover_of, served
from augmentor.audit.priorities.reached import Reached, at_values, by_rows
from augmentor.audit.priorities.sampled import Sampled, sampled
from augmentor.audit.tables.raw import ErrorTable

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overall:
    """All the data at once.

    Parameters
    ----------
    n : examples; None for a summary that does not say.
    errors : wrong examples, or wrong words.
    error_rate : errors over examples, or over words; None where undefined.
    interval : 95 % of the error rate: Wilson's, for word errors by the spread over speakers.
    accuracy : 1 - error_rate.
    baseline : the same data at the baseline; None unless every row has one and only one.
    gap : baseline - accuracy.
    weighted_error_rate : the same with each row counted by its weight; None without weights.
    substitutions, deletions, insertions : parts of the errors; None for accuracy.
    """

    n: int | None = None
    errors: int | None = None
    error_rate: float | None = None
    interval: Interval | None = None
    accuracy: float | None = None
    baseline: float | None = None
    gap: float | None = None
    weighted_error_rate: float | None = None
    substitutions: int | None = None
    deletions: int | None = None
    insertions: int | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Measured:
    """Tags, or categories in place of the tags they serve; not-a-number: undefined or unknown.

    Parameters
    ----------
    n, errors : counts [names].
    accuracy : 1 - rate, or another metric of which more is better [names].
    rate, share, error_share : fractions [names]; low, high : 95 % interval of the rate.
    weighted : the rate with each row counted by its weight [names].
    shrunk : the rate drawn towards the mean of all [names]; see `evidence.shrunk`.
    p : one-sided p-value that it is no worse than the rest of the data [names].
    baseline, sources : accuracy to reach, and who or what reached it [names].
    gap : baseline - accuracy [names]; gap_low, gap_high : its 95 % interval.
    union_gain : gain of all together, where it is known without the rows.
    cover, reached : the rows behind all this; None for a summary.
    """

    names: list[str]
    n: Floats
    errors: Floats
    accuracy: Floats
    rate: Floats
    share: Floats
    error_share: Floats
    low: Floats
    high: Floats
    weighted: Floats
    shrunk: Floats
    p: Floats
    baseline: Floats
    sources: list[str | None]
    gap: Floats
    gap_low: Floats
    gap_high: Floats
    overall: Overall
    warnings: list[str]
    union_gain: float | None = None
    cover: Cover | None = None
    reached: Reached | None = None


def maybe(value: float) -> float | None:
    """Return a plain number, None for not-a-number."""
    return None if np.isnan(value) else float(value)


def measure_rows(
    table: ErrorTable,
    metric: str,
    given: baselines.Baselines | None,
    categories: Mapping[str, Sequence[str]],
    normalize: Normalizer | None = None,
    shares: Mapping[str, float] | None = None,
) -> Measured:
    """Measure every tag or category of an error table.

    A category has the rows with any of its tags. Shares are of units: of examples for
    accuracy, of words for WER, so that gap x share is what the whole would gain.
    """
    warnings = list(table.warnings)
    groups = served(table.tag_names, categories)
    counts = count(metric, table.targets, table.predictions, normalize)
    cover = cover_of(table, metric, counts, groups)
    if given is None:
        to_reach = by_rows(table, cover, warnings, normalize)
    else:
        (weights,) = per_tag(table.tags, counts.units)
        weight_of = dict(zip(table.tag_names, map(float, weights), strict=True))
        to_reach = at_values(cover, baselines.by_name(given, groups, weight_of, warnings))
    rate = ratio(cover.errors, cover.units)
    low, high, p = _sure(cover)
    measured = Measured(
        names=list(groups),
        n=cover.n,
        errors=cover.errors,
        accuracy=1 - rate,
        rate=rate,
        share=ratio(cover.units, np.full(len(groups), counts.units.sum())),
        error_share=ratio(cover.errors, np.full(len(groups), counts.errors.sum())),
        low=low,
        high=high,
        weighted=_weighted(table, cover),
        shrunk=_shrunk(cover),
        p=p,
        baseline=to_reach.value,
        sources=to_reach.sources,
        gap=to_reach.value - (1 - rate),
        gap_low=to_reach.low,
        gap_high=to_reach.high,
        overall=_overall(table, cover, to_reach.whole),
        warnings=warnings,
        cover=cover,
        reached=to_reach,
    )
    given_shares = np.array([(shares or {}).get(name, np.nan) for name in groups])
    found = sampled(table, cover, given_shares)
    return measured if found is None else _estimated(measured, found)


def _estimated(measured: Measured, found: Sampled) -> Measured:
    """Return what is known where people looked for tags in some rows only."""
    unknown = np.full(len(found.rate), np.nan)
    level = measured.baseline - 1
    return replace(
        measured,
        errors=unknown,
        accuracy=1 - found.rate,
        rate=found.rate,
        share=found.share,
        error_share=found.error_share,
        low=found.low,
        high=found.high,
        weighted=unknown,
        shrunk=unknown,
        p=unknown,
        gap=level + found.rate,
        gap_low=level + found.low,
        gap_high=level + found.high,
        warnings=[*measured.warnings, found.said],
        cover=None,
        reached=None,
    )


def _sure(cover: Cover) -> tuple[Floats, Floats, Floats]:
    """Return the interval of each group's rate, and the p-value that it is no worse than all."""
    errors, units = cover.counts.errors, cover.counts.units
    if cover.metric in BY_EXAMPLE:
        low, high = intervals.wilson(cover.errors, cover.n)
        whole = float(errors.sum()), float(len(errors))
        return low, high, evidence.worse_than_rest(cover.errors, cover.n, *whole)
    low, high = ratio_interval(cover.members, errors, units, cover.owner)
    return low, high, evidence.worse_ratio(cover.members, errors, units, cover.owner)


def _shrunk(cover: Cover) -> Floats:
    if cover.metric in BY_EXAMPLE:
        return evidence.shrunk(cover.errors, cover.n)
    return np.full(len(cover.n), np.nan)  # word errors are no draws of right or wrong


def _weighted(table: ErrorTable, cover: Cover) -> Floats:
    if table.weights is None:
        return np.full(len(cover.n), np.nan)
    counts = cover.counts
    return ratio(
        *per_tag(cover.members, counts.errors * table.weights, counts.units * table.weights)
    )


def _overall(table: ErrorTable, cover: Cover, baseline: float | None) -> Overall:
    counts, n = cover.counts, len(table)
    errors, units = counts.errors.sum(), counts.units.sum()
    rate = float(errors / units) if units else None
    whole = np.ones((n, 1), dtype=np.bool_)
    if cover.metric in BY_EXAMPLE:
        low, high = intervals.wilson([errors], [n])
    else:
        low, high = ratio_interval(whole, counts.errors, counts.units, cover.owner)
    weighted = None
    if table.weights is not None:
        below = float(np.sum(counts.units * table.weights))
        weighted = float(np.sum(counts.errors * table.weights)) / below if below else None
    parts = (counts.substitutions, counts.deletions, counts.insertions)
    substitutions, deletions, insertions = (p if p is None else int(p.sum()) for p in parts)
    return Overall(
        n=n,
        errors=int(errors),
        error_rate=rate,
        interval=None if np.isnan(low[0] + high[0]) else (float(low[0]), float(high[0])),
        accuracy=None if rate is None else 1 - rate,
        baseline=baseline,
        gap=None if rate is None or baseline is None else baseline - (1 - rate),
        weighted_error_rate=weighted,
        substitutions=substitutions,
        deletions=deletions,
        insertions=insertions,
    )
