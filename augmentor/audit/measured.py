"""What is known of each tag before it is ranked, measured over the rows of an error table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from augmentor.audit import baselines, intervals, reached
from augmentor.audit.metrics import Counts, Floats, count, per_tag, ratio
from augmentor.audit.raw import ErrorTable
from augmentor.core.errors import Problem, UsageError, nearest

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overall:
    """All the data at once.

    Parameters
    ----------
    n : examples; None for a summary that does not say.
    errors : wrong examples, or wrong words.
    error_rate : errors over examples, or over words; None where undefined.
    interval : Wilson 95 % of the error rate; None for WER.
    accuracy : 1 - error_rate.
    baseline : the same data at the baseline; None unless every row has one and only one.
    gap : baseline - accuracy.
    substitutions, deletions, insertions : parts of the errors; None for accuracy.
    """

    n: int | None = None
    errors: int | None = None
    error_rate: float | None = None
    interval: Interval | None = None
    accuracy: float | None = None
    baseline: float | None = None
    gap: float | None = None
    substitutions: int | None = None
    deletions: int | None = None
    insertions: int | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Measured:
    """Tags, or categories in place of the tags they serve; not-a-number: undefined or unknown.

    Parameters
    ----------
    n, errors : counts [names].
    rate, share, error_share : fractions [names]; low, high : 95 % interval of the rate.
    baseline, sources : accuracy to reach, and who or what reached it [names].
    gap : baseline - accuracy [names]; gap_low, gap_high : its 95 % interval.
    unique_gain, union_gain : gain of what only one covers [names], and of all together.
    """

    names: list[str]
    n: Floats
    errors: Floats
    rate: Floats
    share: Floats
    error_share: Floats
    low: Floats
    high: Floats
    baseline: Floats
    sources: list[str | None]
    gap: Floats
    gap_low: Floats
    gap_high: Floats
    unique_gain: Floats
    union_gain: float | None
    overall: Overall
    warnings: list[str]


def maybe(value: float) -> float | None:
    """Return a plain number, None for not-a-number."""
    return None if np.isnan(value) else float(value)


def served(
    tag_names: Sequence[str], categories: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Return name -> tags: each category with its tags, then each tag that none serves."""
    problems = []
    for name, tags in categories.items():
        problems += [
            Problem(f"category '{name}'", f"no row has the tag '{tag}'{nearest(tag, tag_names)}")
            for tag in tags
            if tag not in tag_names
        ]
        if not tags:
            problems.append(Problem(f"category '{name}'", "it serves no tag"))
        elif name in tag_names and name not in tags:
            problems.append(Problem(f"category '{name}'", "it does not serve the tag of its name"))
    if problems:
        raise UsageError(problems)
    taken = {tag for tags in categories.values() for tag in tags}
    found = {name: list(tags) for name, tags in categories.items()}
    return found | {tag: [tag] for tag in tag_names if tag not in taken}


def measure_rows(
    table: ErrorTable,
    metric: str,
    given: baselines.Baselines | None,
    categories: Mapping[str, Sequence[str]],
) -> Measured:
    """Measure every tag or category of an error table.

    A category has the rows with any of its tags. Shares are of units: of examples for
    accuracy, of words for WER, so that gap x share is what the whole would gain.
    """
    warnings = list(table.warnings)
    groups = served(table.tag_names, categories)
    counts = count(metric, table.targets, table.predictions)
    cover = _cover(table, metric, counts, groups)
    if given is None:
        to_reach = reached.by_rows(table, cover, warnings)
    else:
        (weights,) = per_tag(table.tags, counts.units)
        weight_of = dict(zip(table.tag_names, map(float, weights), strict=True))
        found = baselines.by_name(given, groups, weight_of, warnings)
        to_reach = reached.at_values(cover, found)
    rate = ratio(cover.errors, cover.units)
    total = np.full(len(groups), counts.units.sum())
    low = high = np.full(len(groups), np.nan)
    if metric == "accuracy":
        low, high = intervals.wilson(cover.errors, cover.n)
    gap = to_reach.value - (1 - rate)
    unique, union = _gains(cover, rate, gap)
    return Measured(
        names=list(groups),
        n=cover.n,
        errors=cover.errors,
        rate=rate,
        share=ratio(cover.units, total),
        error_share=ratio(cover.errors, np.full(len(groups), counts.errors.sum())),
        low=low,
        high=high,
        baseline=to_reach.value,
        sources=to_reach.sources,
        gap=gap,
        gap_low=to_reach.low,
        gap_high=to_reach.high,
        unique_gain=unique,
        union_gain=union,
        overall=_overall(metric, counts, to_reach.whole),
        warnings=warnings,
    )


def _cover(
    table: ErrorTable, metric: str, counts: Counts, groups: Mapping[str, Sequence[str]]
) -> reached.Cover:
    place = {tag: at for at, tag in enumerate(table.tag_names)}
    members = np.zeros((len(table), len(groups)), dtype=np.bool_, order="F")
    for at, tags in enumerate(groups.values()):
        for tag in tags:
            members[:, at] |= table.tags[:, place[tag]]
    sums = per_tag(members, np.ones(len(table)), counts.errors, counts.units)
    return reached.Cover(list(groups), members, metric, counts, *sums)


def _gains(cover: reached.Cover, rate: Floats, gap: Floats) -> tuple[Floats, float | None]:
    """Return the gain of what only one group covers [groups], and of all groups together.

    To close a gap is to mend the same fraction of each of a group's errors, gap / rate. A row
    in several groups is mended by the largest fraction, not by their sum.
    """
    total = cover.counts.units.sum()
    fraction = np.where(np.isnan(gap), np.nan, 0.0)
    np.divide(gap, rate, out=fraction, where=(gap > 0) & (rate > 0))
    if total == 0 or np.isnan(fraction).all():
        return np.full(len(gap), np.nan), None
    (errors,) = per_tag(cover.members, cover.counts.errors * (reached.covers(cover) == 1))
    best = np.zeros(len(cover.members))
    for at, share in enumerate(np.nan_to_num(fraction)):
        np.maximum(best, cover.members[:, at] * share, out=best)
    return fraction * errors / total, float(best @ cover.counts.errors / total)


def _overall(metric: str, counts: Counts, baseline: float | None) -> Overall:
    errors, units, n = counts.errors.sum(), counts.units.sum(), len(counts.errors)
    rate = float(errors / units) if units else None
    low, high = intervals.wilson(errors, n)
    parts = (counts.substitutions, counts.deletions, counts.insertions)
    substitutions, deletions, insertions = (p if p is None else int(p.sum()) for p in parts)
    return Overall(
        n=n,
        errors=int(errors),
        error_rate=rate,
        interval=(float(low), float(high)) if metric == "accuracy" else None,
        accuracy=None if rate is None else 1 - rate,
        baseline=baseline,
        gap=None if rate is None or baseline is None else baseline - (1 - rate),
        substitutions=substitutions,
        deletions=deletions,
        insertions=insertions,
    )
