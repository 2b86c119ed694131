"""A comparison's numbers as text, formatted once for the screen and for the report."""

from collections.abc import Callable

from augmentor.audit.comparing.comparison import FELL, Change, Comparison, Neighbours
from augmentor.audit.show.tables import Shown, ends, p_value, percent, points

_MOST = 6  # neighbours in a line


def comparison_table(comparison: Comparison) -> Shown:
    """Return each tag before and after, all examples last; changes in points.

    A tag that was to rise has an arrow behind it; one that fell and is not guarded says so.
    Where there are several runs, the deviation between them stands beside the mean.
    """
    right = "" if comparison.metric == "accuracy" else f" (1 - {comparison.metric.upper()})"
    columns: list[tuple[str, bool, Callable[[Change], str]]] = [
        ("tag", False, lambda row: f"{row.tag} ↑" if row.targeted else row.tag),
        ("n", True, lambda row: str(row.n)),
        (f"before{right}", True, lambda row: percent(row.before)),
        (f"after{right}", True, lambda row: percent(row.after)),
        ("change", True, lambda row: signed(row.change)),
        ("95 % interval", True, lambda row: ends(row.interval, 2)),
        ("verdict", False, _verdict),
        ("broken", True, lambda row: str(row.b)),
        ("mended", True, lambda row: str(row.c)),
        ("p", True, lambda row: p_value(row.p)),
        ("adjusted p", True, lambda row: p_value(row.p_adjusted)),
        ("p guard", True, lambda row: p_value(row.p_guard_adjusted)),
    ]
    if max(comparison.seeds.values()) > 1:
        spread: list[tuple[str, bool, Callable[[Change], str]]] = [
            ("sd of runs before", True, lambda row: points(row.sd_before)),
            ("sd of runs after", True, lambda row: points(row.sd_after)),
        ]
        columns[7:7] = spread
    rows = (*comparison.rows, comparison.overall)
    return Shown(
        header=[name for name, _, _ in columns],
        rows=[[cell(row) for _, _, cell in columns] for row in rows],
        right=[right for _, right, _ in columns],
    )


def neighbour_lines(comparison: Comparison) -> list[str]:
    """Return a line for each tag that was pulled up: what it did, and what its neighbours did."""
    return [_line(one) for one in comparison.neighbours]


def _line(one: Neighbours) -> str:
    said = [f"{near.tag} {signed(near.change)} {near.verdict}" for near in one.neighbours[:_MOST]]
    more = len(one.neighbours) - _MOST
    if more > 0:
        said.append(f"and {more} more")
    near = ", ".join(said) or "none known"
    return f"{one.tag} {signed(one.change)} {one.verdict}; neighbours: {near}"


def signed(value: float | None) -> str:
    """Return a change in points, with a plus before a rise."""
    text = points(value)
    return f"+{text}" if value is not None and float(text) > 0 else text


def _verdict(row: Change) -> str:
    return f"{FELL} (not guarded)" if row.verdict == FELL and not row.guarded else row.verdict
