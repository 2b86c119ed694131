"""How much better each group of rows is answered at its baseline, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from augmentor.audit.figures import intervals
from augmentor.audit.figures.clustered import ratio_interval
from augmentor.audit.figures.metrics import (
    BY_EXAMPLE,
    Counts,
    Floats,
    Normalizer,
    count,
    per_tag,
    ratio,
)
from augmentor.audit.priorities.baselines import Baseline
from augmentor.audit.priorities.cover import Cover, covers
from augmentor.audit.tables.raw import ErrorTable

CLEAN_COUNTERPART = "clean counterpart"
BASELINE_PREDICTION = "baseline prediction"


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """Baselines of groups of rows; not-a-number where there is none.

    Parameters
    ----------
    value : accuracy at the baseline [groups].
    sources : who or what reached it [groups].
    low, high : 95 % interval of the gap, baseline - accuracy [groups].
    n : from how many examples the baseline comes [groups]; not-a-number: taken as exact.
    errors : what the baseline got wrong in each row [rows], where it answered the same rows.
    whole : accuracy of all rows at their baselines; None unless each has one and only one.
    """

    value: Floats
    sources: list[str | None]
    low: Floats
    high: Floats
    whole: float | None
    n: Floats
    errors: Floats | None = None


def nothing(cover: Cover) -> Reached:
    """Return what is known without any baseline."""
    unknown = np.full(len(cover.names), np.nan)
    return Reached(unknown, [None] * len(cover.names), unknown, unknown, None, unknown)


def at_values(cover: Cover, found: Sequence[Baseline | None]) -> Reached:
    """Compare with baselines that were measured elsewhere."""
    value = np.array([np.nan if one is None else one.value for one in found])
    n = np.array([np.nan if one is None or one.n is None else one.n for one in found])
    if cover.metric in BY_EXAMPLE:
        low, high = intervals.gap_to(value, n, cover.errors, cover.n)
    else:
        ends = ratio_interval(cover.members, cover.counts.errors, cover.counts.units, cover.owner)
        low, high = (value - 1 + end for end in ends)
    whole = None
    total = cover.units.sum()
    once = cover.n.sum() == len(cover.members) and np.all(covers(cover.members) == 1)
    if total and once and not np.isnan(value).any():
        whole = float(value @ cover.units / total)
    return Reached(value, [one and one.source for one in found], low, high, whole, n)


def by_rows(
    table: ErrorTable,
    cover: Cover,
    warnings: list[str],
    normalize: Normalizer | None = None,
) -> Reached:
    """Compare with other answers to the same rows, if the table holds any.

    The interval of the gap is a paired one where every row of a group has such an answer,
    else Newcombe's for independent rates.
    """
    answers, source = table.clean_predictions, CLEAN_COUNTERPART
    if table.baseline_predictions is not None:
        if answers is not None:
            warnings.append("clean_prediction is not used: the baseline is baseline_prediction")
        answers, source = table.baseline_predictions, BASELINE_PREDICTION
    if answers is None:
        return nothing(cover)
    has = np.array([answer is not None for answer in answers], dtype=np.float64)
    filled = [answer or "" for answer in answers]
    other = count(cover.metric, table.targets, filled, normalize)
    columns = (has, other.errors * has, other.units * has)
    covered, errors, units = per_tag(cover.members, *columns)
    for name, some, n in zip(cover.names, covered, cover.n, strict=True):
        if some < n:
            warnings.append(f"'{name}': its baseline comes from {some:.0f} of its {n:.0f} rows")
    value = 1 - ratio(errors, units)
    low, high = _gap_ends(cover, other, covered, errors)
    whole = None
    if has.all() and other.units.sum():
        whole = 1 - float(other.errors.sum() / other.units.sum())
    return Reached(
        value=value,
        sources=[source if some else None for some in covered],
        low=low,
        high=high,
        whole=whole,
        n=covered,
        errors=other.errors if has.all() else None,
    )


def _gap_ends(
    cover: Cover, other: Counts, covered: Floats, errors: Floats
) -> tuple[Floats, Floats]:
    """Return the interval of the gap to other answers to the same rows [groups] each."""
    own = cover.counts
    if cover.metric not in BY_EXAMPLE:
        ends = ratio_interval(
            cover.members, own.errors - other.errors, own.units, cover.owner, signed=True
        )
        low, high = (np.where(covered == cover.n, end, np.nan) for end in ends)
        return low, high
    broken = (1 - own.errors) * other.errors  # the model right, the baseline wrong
    mended = own.errors * (1 - other.errors)
    lost = own.errors * other.errors
    broken, mended, lost = per_tag(cover.members, broken, mended, lost)
    kept = cover.n - broken - mended - lost
    paired = intervals.paired_difference(kept, broken, mended, lost)
    apart = intervals.newcombe(cover.errors, cover.n, errors, covered)
    low, high = (np.where(covered == cover.n, *ends) for ends in zip(paired, apart, strict=True))
    return low, high
