"""What is known of each tag from a summary, and where the summary contradicts itself."""

from collections.abc import Mapping, Sequence

import numpy as np

from augmentor.audit.figures import intervals
from augmentor.audit.figures.metrics import BY_EXAMPLE, Floats
from augmentor.audit.priorities import baselines, evidence
from augmentor.audit.priorities.cover import served
from augmentor.audit.priorities.measured import Measured, Overall, maybe
from augmentor.audit.tables.summary import SummaryRow, SummaryTable
from augmentor.core.errors import Problem, UsageError

ROUNDED = 0.005  # printed shares may miss 100 % by half a point in all


def measure_summary(
    table: SummaryTable,
    metric: str,
    given: baselines.Baselines | None,
    categories: Mapping[str, Sequence[str]],
) -> Measured:
    """Take every tag of a summary; gaps and gains are recomputed, never copied.

    What holds for all the data is known only if the shares add up to 100 %, as then the tags
    are taken not to overlap. A category may serve one tag: how tags overlap is not known.
    """
    warnings = list(table.warnings)
    groups = served([row.tag for row in table.rows], categories)
    several = [name for name, tags in groups.items() if len(tags) > 1]
    if several:
        what = "it serves several tags, which needs the table of examples, not a summary"
        raise UsageError([Problem(f"category '{name}'", what) for name in several])
    by_tag = {row.tag: row for row in table.rows}
    rows = [by_tag[tag] for (tag,) in groups.values()]
    found = _baselines(rows, given, groups, warnings)
    accuracy = _array([row.accuracy for row in rows])
    share = _array([row.share for row in rows])
    baseline = _array([one and one.value for one in found])
    n, base_n = _array([row.n for row in rows]), _array([one and one.n for one in found])
    errors = np.round((1 - accuracy) * n)
    gap = baseline - accuracy
    low, high, gap_low, gap_high = (np.full(len(rows), np.nan) for _ in range(4))
    if metric in BY_EXAMPLE:
        low, high = intervals.wilson(errors, n)
        gap_low, gap_high = intervals.gap_to(baseline, base_n, errors, n)
    _contradictions(rows, gap, share, warnings)
    overall, whole = _overall(rows, accuracy, baseline, share, warnings)
    gains = np.maximum(gap, 0) * share
    error_share = np.full(len(rows), np.nan)
    if overall.error_rate:
        error_share = (1 - accuracy) * share / share.sum() / overall.error_rate
    return Measured(
        names=list(groups),
        n=n,
        errors=errors,
        accuracy=accuracy,
        rate=1 - accuracy,
        share=share,
        error_share=error_share,
        low=low,
        high=high,
        baseline=baseline,
        sources=[one and one.source for one in found],
        gap=gap,
        gap_low=gap_low,
        gap_high=gap_high,
        weighted=np.full(len(rows), np.nan),
        shrunk=evidence.shrunk(errors, n) if metric in BY_EXAMPLE else np.full(len(rows), np.nan),
        p=np.full(len(rows), np.nan),
        union_gain=float(np.nansum(gains)) if whole and not np.isnan(gains).all() else None,
        overall=overall,
        warnings=warnings,
    )


def _array(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _baselines(
    rows: Sequence[SummaryRow],
    given: baselines.Baselines | None,
    groups: Mapping[str, Sequence[str]],
    warnings: list[str],
) -> list[baselines.Baseline | None]:
    if given is not None:
        return baselines.by_name(given, groups, {row.tag: 1.0 for row in rows}, warnings)
    return [
        None
        if row.baseline is None
        else baselines.Baseline(row.baseline, row.baseline_source or baselines.NOT_NAMED)
        for row in rows
    ]


def _contradictions(
    rows: Sequence[SummaryRow], gap: Floats, share: Floats, warnings: list[str]
) -> None:
    """Say where a printed gap or gain is not what its own row gives."""
    for row, own_gap, own_share in zip(rows, gap, share, strict=True):
        gain = max(own_gap, 0.0) * own_share
        claims = (
            ("gap", row.printed_gap, row.gap_rounding, own_gap),
            ("potential gain", row.printed_gain, row.gain_rounding, gain),
        )
        for what, printed, rounding, own in claims:
            if printed is not None and abs(printed - own) > rounding + 1e-9:
                warnings.append(
                    f"'{row.tag}': printed {what} {100 * printed:.2f} points, but its row gives "
                    f"{100 * own:.2f}; the recomputed value is used"
                )


def _overall(
    rows: Sequence[SummaryRow],
    accuracy: Floats,
    baseline: Floats,
    share: Floats,
    warnings: list[str],
) -> tuple[Overall, bool]:
    """Return all the data at once, and whether the shares make up a whole."""
    total = share.sum()
    counts = [row.n for row in rows if row.n is not None]
    n = sum(counts) if len(counts) == len(rows) else None
    if np.isnan(total):
        warnings.append("the share of the data is not given for every tag: no overall value")
        return Overall(n=None), False
    if abs(total - 1) > ROUNDED:
        if total < 1:
            warnings.append(
                f"shares sum to {100 * total:.1f} %: the rest has no tag here; no overall value"
            )
        return Overall(n=None), False
    reached = maybe(float(baseline @ share) / float(total))
    value = float(accuracy @ share) / float(total)
    return Overall(
        n=n,
        error_rate=1 - value,
        accuracy=value,
        baseline=reached,
        gap=None if reached is None else reached - value,
    ), True
