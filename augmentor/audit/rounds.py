"""What one audit after another says: which tags moved in the ranking and why, what is left."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from augmentor.audit.comparing.comparison import Comparison
from augmentor.audit.priorities.ranking import Ranking, TagRow
from augmentor.core.errors import listed

Why = Literal["rounds", "budget", "closed", "nothing", "fell"]


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a loop went no further.

    Parameters
    ----------
    why : all rounds are done, the budget is spent, every gap lies within its interval, nothing
        has a gap, or a guarded tag fell.
    say : the same in a sentence.
    back_to : the round whose model to go back to, where something fell; 0 is the start.
    """

    why: Why
    say: str
    back_to: int | None = None


def open_gaps(ranking: Ranking, categories: Collection[str]) -> list[TagRow]:
    """Return the categories whose gap is there for sure, or may be: its interval is not known."""
    return [
        row
        for row in ranking.rows
        if row.tag in categories
        and row.score
        and (row.gap_interval is None or row.gap_interval[0] > 0)
    ]


def nothing_left(ranking: Ranking, categories: Collection[str]) -> Stop | None:
    """Return why there is nothing to work on, or None where there is."""
    rows = [row for row in ranking.rows if row.tag in categories]
    if not any(row.score for row in rows):
        return Stop("nothing", "No category has a gap to its baseline")
    if open_gaps(ranking, categories):
        return None
    told = "; ".join(_left(row) for row in rows if row.score)
    return Stop("closed", f"Every gap that is left lies within its interval, and may be 0: {told}")


def fell(last: Comparison, whole: Comparison, good: int) -> Stop | None:
    """Return that a guarded tag fell, in the last round or since the start, or None.

    Parameters
    ----------
    last, whole : the last round against the one before it, and against the start.
    good : the last round in which nothing had fallen.
    """
    names = list(dict.fromkeys([*last.fell, *whole.fell]))
    if not names:
        return None
    since = "" if last.fell else ", bit by bit since the start"
    what = "the start" if good == 0 else f"round {good}"
    return Stop("fell", f"Guarded and fell{since}: {listed(names)}; go back to {what}", good)


def moves(before: Ranking, after: Ranking) -> Iterator[str]:
    """Yield a sentence for each tag that stands elsewhere in the ranking, the highest first."""
    old = {row.tag: row for row in before.rows}
    for row in after.rows:
        was = old.get(row.tag)
        if was is None or row.rank is None or was.rank is None or row.rank == was.rank:
            continue
        verb = "rose" if row.rank < was.rank else "sank"
        same = _points(was.gap) == _points(row.gap)
        gap = "stayed at" if same else f"went from {_points(was.gap)} to"
        yield (
            f"'{row.tag}' {verb} from place {was.rank} to {row.rank}: its gap {gap} "
            f"{_points(row.gap)}" + _others(row, was, before, after)
        )


def _others(row: TagRow, was: TagRow, before: Ranking, after: Ranking) -> str:
    """Return who it passed, or who passed it, and what became of their gaps."""
    now = {one.tag: one for one in after.rows}
    passed = [
        one.tag
        for one in before.rows
        if one.rank is not None and was.rank is not None and row.rank is not None
        if (other := now.get(one.tag)) is not None and other.rank is not None
        if (one.rank < was.rank) != (other.rank < row.rank) and one.tag != row.tag
    ]
    gaps = {one.tag: one.gap for one in before.rows}
    told = [
        f"'{tag}' went from {_points(gaps[tag])} to {_points(now[tag].gap)}" for tag in passed[:3]
    ]
    return f", and that of {' and of '.join(told)}" if told else ""


def _left(row: TagRow) -> str:
    """Return a gap that may be 0, and how many examples would tell."""
    assert row.gap_interval is not None
    low, high = (f"{100 * end:+.1f}" for end in row.gap_interval)
    n, needed = row.n or 0, row.needed_n or 0
    more = f"; n {needed:,} would tell" if needed > n else ""
    return f"'{row.tag}' {_points(row.gap)} ({low} to {high}, n {n:,}{more})"


def _points(gap: float | None) -> str:
    return "undefined" if gap is None else f"{100 * gap:.1f} points"
