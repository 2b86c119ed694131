"""The audit's numbers as text, formatted once for the screen and for the report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from augmentor.audit.priorities.measured import Interval
from augmentor.audit.priorities.ranking import Ranking, TagRow

UNDEFINED = "undefined"  # 0/0
MISSING = "missing"  # not given
NOTHING = "-"  # does not apply
_CALLED = {"auroc": "AUROC", "mcc": "MCC", "macro_f1": "macro F1"}

_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class Shown:
    """A table to print.

    Parameters
    ----------
    header : a name for each column.
    rows : text, as many cells as columns.
    right : whether a column is aligned to the right, as numbers are.
    soft : whether a row says too little to be sure of.
    note : a sentence under the table.
    """

    header: list[str]
    rows: list[list[str]]
    right: list[bool]
    soft: Sequence[bool] = ()
    note: str = ""


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

    Columns that hold nothing are left out: weights that are all 1, gains of what only one tag
    covers where examples are not known, error rates of a metric that counts no errors.
    """
    wrong, right = metric_names(ranking.metric)
    columns: list[tuple[str, bool, Callable[[TagRow], str]]] = [
        ("rank", True, _rank),
        ("tag", False, lambda row: row.tag),
        ("n", True, lambda row: _count(row.n)),
        ("errors", True, lambda row: _count(row.errors)),
        ("share of data", True, lambda row: percent(row.share_frac, MISSING)),
        ("share of errors", True, lambda row: percent(row.error_share_frac, _known(row))),
        (wrong, True, lambda row: percent(row.error_rate)),
        ("95 % interval", True, lambda row: ends(row.interval, 1)),
        ("weighted", True, lambda row: percent(row.weighted_error_rate)),
        ("shrunk", True, lambda row: percent(row.shrunk_error_rate)),
        ("p", True, lambda row: p_value(row.p)),
        ("adjusted p", True, lambda row: p_value(row.p_adjusted)),
        (right, True, lambda row: percent(row.accuracy)),
        ("baseline", True, lambda row: percent(row.baseline, MISSING)),
        ("source", False, lambda row: row.baseline_source or NOTHING),
        ("gap", True, lambda row: points(row.gap)),
        ("gap 95 %", True, lambda row: ends(row.gap_interval, 2)),
        ("gain", True, lambda row: points(row.potential_gain)),
        ("gain 95 %", True, lambda row: ends(row.gain_interval, 2)),
        ("P(largest)", True, lambda row: _chance(row.p_largest)),
        ("only here", True, lambda row: points(row.unique_gain)),
        ("on top", True, lambda row: points(row.marginal_gain)),
        ("importance", True, lambda row: f"{row.importance:g}"),
        ("ease", True, lambda row: f"{row.ease:g}"),
        ("score", True, lambda row: points(row.score)),
        ("needs n", True, lambda row: _count(row.needed_n)),
        ("action", False, lambda row: row.action),
    ]
    empty = {
        "weighted": "weighted_error_rate", "shrunk": "shrunk_error_rate",
        "p": "p", "adjusted p": "p_adjusted", "gain 95 %": "gain_interval",
        "P(largest)": "p_largest",
        "only here": "unique_gain", "on top": "marginal_gain", "needs n": "needed_n",
    }  # fmt: skip
    gone = {
        name
        for name, key in empty.items()
        if all(getattr(row, key) is None for row in ranking.rows)
    }
    if ranking.overall.errors is None and all(row.error_rate is None for row in ranking.rows):
        gone |= {wrong, "errors", "share of errors"}
    if all((row.importance, row.ease) == (1, 1) for row in ranking.rows):
        gone |= {"importance", "ease", "score"}
    shown = _table([column for column in columns if column[0] not in gone], ranking.rows)
    return replace(shown, soft=[row.enough is False for row in ranking.rows])


def metric_names(metric: str) -> tuple[str, str]:
    """Return what a metric's errors are called, and what is left of 1 without them."""
    if metric in ("accuracy", "error_rate"):
        return "error rate", "accuracy"
    if metric in ("wer", "cer"):
        return metric.upper(), f"1 - {metric.upper()}"
    return "errors", _CALLED.get(metric, metric.replace("_", " "))


def _table(columns: Sequence[tuple[str, bool, Callable[[_R], str]]], rows: Sequence[_R]) -> Shown:
    return Shown(
        header=[name for name, _, _ in columns],
        rows=[[cell(row) for _, _, cell in columns] for row in rows],
        right=[right for _, right, _ in columns],
    )


def _rank(row: TagRow) -> str:
    return NOTHING if row.rank is None else f"{row.rank}{'=' if row.tied else ''}"


def _known(row: TagRow) -> str:
    """Say why a share of the errors is not there: 0/0 if the errors were counted."""
    return UNDEFINED if row.errors is not None else NOTHING


def _chance(value: float | None) -> str:
    return NOTHING if value is None else f"{100 * value:.0f} %"


def _count(value: int | None) -> str:
    return NOTHING if value is None else str(value)


def ends(interval: Interval | None, decimals: int) -> str:
    """Return an interval in per cent."""
    if interval is None:
        return NOTHING
    low, high = (_plain(100 * end, decimals) for end in interval)
    return f"[{low}, {high}]"


def _plain(value: float, decimals: int) -> str:
    """Return a rounded number, without a minus before zero."""
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text
