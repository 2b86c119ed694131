"""The audit's numbers as text, formatted once for the screen and for the report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from augmentor.audit.comparison import FELL, Change, Comparison
from augmentor.audit.measured import Interval
from augmentor.audit.ranking import Ranking, TagRow

UNDEFINED = "undefined"  # 0/0
MISSING = "missing"  # not given
NOTHING = "-"  # does not apply

_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class Shown:
    """A table to print.

    Parameters
    ----------
    header : a name for each column.
    rows : text, as many cells as columns.
    right : whether a column is aligned to the right, as numbers are.
    """

    header: list[str]
    rows: list[list[str]]
    right: list[bool]


def percent(value: float | None, otherwise: str = UNDEFINED) -> str:
    """Return a fraction as a percentage with one decimal."""
    return otherwise if value is None else f"{_plain(100 * value, 1)} %"


def points(value: float | None, otherwise: str = NOTHING) -> str:
    """Return a difference of fractions in points with two decimals."""
    return otherwise if value is None else _plain(100 * value, 2)


def p_value(value: float | None) -> str:
    """Return a p-value with three decimals."""
    if value is None:
        return NOTHING
    return "<0.001" if value < 0.0005 else f"{value:.3f}"


def ranking_table(ranking: Ranking) -> Shown:
    """Return the ranking, best first; gaps and gains in points.

    The weights and the score appear only where a weight is not 1, the gain of what only one
    tag covers only where examples are known.
    """
    weighted = any((row.importance, row.ease) != (1, 1) for row in ranking.rows)
    alone = any(row.unique_gain is not None for row in ranking.rows)
    wrong = "error rate" if ranking.metric == "accuracy" else ranking.metric.upper()
    right = "accuracy" if ranking.metric == "accuracy" else f"1 - {wrong}"
    columns: list[tuple[str, bool, Callable[[TagRow], str]]] = [
        ("rank", True, _rank),
        ("tag", False, lambda row: row.tag),
        ("n", True, lambda row: _count(row.n)),
        ("errors", True, lambda row: _count(row.errors)),
        ("share of data", True, lambda row: percent(row.share_frac, MISSING)),
        ("share of errors", True, lambda row: percent(row.error_share_frac, _known(row))),
        (wrong, True, lambda row: percent(row.error_rate)),
        ("95 % interval", True, lambda row: _ends(row.interval, 1)),
        (right, True, lambda row: percent(_less(row.error_rate))),
        ("baseline", True, lambda row: percent(row.baseline, MISSING)),
        ("source", False, lambda row: row.baseline_source or NOTHING),
        ("gap", True, lambda row: points(row.gap)),
        ("gap 95 %", True, lambda row: _ends(row.gap_interval, 2)),
        ("gain", True, lambda row: points(row.potential_gain)),
    ]
    if alone:
        columns.append(("only here", True, lambda row: points(row.unique_gain)))
    if weighted:
        columns += [
            ("importance", True, lambda row: f"{row.importance:g}"),
            ("ease", True, lambda row: f"{row.ease:g}"),
            ("score", True, lambda row: points(row.score)),
        ]
    return _table(columns, ranking.rows)


def comparison_table(comparison: Comparison) -> Shown:
    """Return each tag before and after, all examples last; changes in points.

    A tag that was to rise has an arrow behind it; one that fell and is not guarded says so.
    """
    right = "" if comparison.metric == "accuracy" else f" (1 - {comparison.metric.upper()})"
    columns: list[tuple[str, bool, Callable[[Change], str]]] = [
        ("tag", False, lambda row: f"{row.tag} ↑" if row.targeted else row.tag),
        ("n", True, lambda row: _count(row.n)),
        (f"before{right}", True, lambda row: percent(row.before)),
        (f"after{right}", True, lambda row: percent(row.after)),
        ("change", True, lambda row: _signed(row.change)),
        ("95 % interval", True, lambda row: _ends(row.interval, 2)),
        ("broken", True, lambda row: _count(row.b)),
        ("mended", True, lambda row: _count(row.c)),
        ("p", True, lambda row: p_value(row.p)),
        ("adjusted p", True, lambda row: p_value(row.p_adjusted)),
        ("verdict", False, _verdict),
    ]
    return _table(columns, (*comparison.rows, comparison.overall))


def _table(columns: Sequence[tuple[str, bool, Callable[[_R], str]]], rows: Sequence[_R]) -> Shown:
    return Shown(
        header=[name for name, _, _ in columns],
        rows=[[cell(row) for _, _, cell in columns] for row in rows],
        right=[right for _, right, _ in columns],
    )


def _rank(row: TagRow) -> str:
    return NOTHING if row.rank is None else f"{row.rank}{'=' if row.tied else ''}"


def _verdict(row: Change) -> str:
    return f"{FELL} (not guarded)" if row.verdict == FELL and not row.guarded else row.verdict


def _known(row: TagRow) -> str:
    """Say why a share of the errors is not there: 0/0 if the errors were counted."""
    return UNDEFINED if row.errors is not None else NOTHING


def _less(rate: float | None) -> float | None:
    return None if rate is None else 1 - rate


def _count(value: int | None) -> str:
    return NOTHING if value is None else str(value)


def _signed(value: float | None) -> str:
    text = points(value)
    return f"+{text}" if value is not None and float(text) > 0 else text


def _ends(interval: Interval | None, decimals: int) -> str:
    if interval is None:
        return NOTHING
    low, high = (_plain(100 * end, decimals) for end in interval)
    return f"[{low}, {high}]"


def _plain(value: float, decimals: int) -> str:
    """Return a rounded number, without a minus before zero."""
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text
