"""Verdicts: is a value surely on one side of its bound, and if not, what would it take."""

from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from augmentor.audit.checks.check_file import UNLIMITED, Check
from augmentor.audit.checks.exact import MOST, POWER, needed
from augmentor.audit.checks.fairness import LEVEL
from augmentor.audit.checks.measure import Measure, Rows
from augmentor.core.verdict import Outcome

Interval = tuple[float, float]
NEVER = "lies so near to the bound that no number of examples would tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """One of the groups that a check compares.

    Parameters
    ----------
    group : its name.
    n : examples that count.
    value : of the metric; None is undefined (0/0). Exposure is over the mean: 1 is its share.
    interval : 95 %.
    """

    group: str
    n: int
    value: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A verdict, and the numbers behind it.

    Parameters
    ----------
    verdict : pass, fail, or cannot tell.
    value : what was found: the metric, the largest difference or the smallest ratio; None is
        undefined.
    low, high : its ends, each of which holds with 95 %; None is unknown.
    n : examples that count.
    needed_n : about how many would tell, of each group where groups are compared; None where it
        is told, or no number would.
    groups : what was compared; lowest, highest : the two that lie farthest apart.
    notes : what a reader should know, in sentences.
    """

    verdict: Outcome
    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    needed_n: int | None = None
    groups: tuple[GroupRow, ...] = ()
    lowest: str | None = None
    highest: str | None = None
    notes: tuple[str, ...] = ()


def judge_rows(check: Check, measure: Measure, rows: Rows) -> Judged:
    """Judge the value of a metric in some rows."""
    n, value = measure.n(rows), measure.value(rows)
    if np.isnan(value):
        return Judged(verdict="cannot tell", n=n, notes=(f"undefined (0/0): {measure.empty}",))
    (low,), (high,) = (end.tolist() for end in measure.ends([rows], 2 * LEVEL - 1))
    found = Judged(verdict="cannot tell", n=n, value=value, low=known(low), high=known(high))
    if check.bound == 0 or (check.bound == 1 and check.metric not in UNLIMITED):
        return _of_these_alone(check, found)
    verdict = verdict_of(check, found.low, found.high)
    if verdict != "cannot tell":
        return replace(found, verdict=verdict)
    if np.isnan(low) or np.isnan(high):
        return replace(found, notes=(too_few(measure),))
    if measure.rate and measure.shape == "":
        wanted = needed(value, check.bound, LEVEL)
    else:
        half = high - value if value < check.bound else value - low
        away = abs(value - check.bound)
        z = NormalDist().inv_cdf(LEVEL)
        wanted = enough(n * (half / z) ** 2, away, z)
    note = NEVER if wanted is None else f"needs about {wanted:,} examples{in_proportion(measure)}"
    return replace(found, needed_n=wanted, notes=(note,))


def _of_these_alone(check: Check, found: Judged) -> Judged:
    """Judge by the bound that no number of examples can prove: never, or always."""
    if found.value != check.bound:
        return replace(found, verdict="fail")
    elsewhere = found.high if check.sign == "<=" else found.low
    side = "up to" if check.sign == "<=" else "down to"
    note = f"said of these {found.n:,} alone"
    if elsewhere is not None:
        note += f"; in others it may be {side} {100 * elsewhere:.3g} %"
    return replace(found, verdict="pass", notes=(note,))


def verdict_of(check: Check, low: float | None, high: float | None) -> Outcome:
    """Return pass or fail where an end that is known is enough to say so."""
    right, wrong = (low, high) if check.sign == ">=" else (high, low)
    if right is not None and check.holds(right):
        return "pass"
    return "fail" if wrong is not None and not check.holds(wrong) else "cannot tell"


def enough(spread: float, away: float, z: float) -> int | None:
    """Return the examples of which a value so far from its bound is told with a power of 80 %.

    Parameters
    ----------
    spread : variance of one example.
    away : how far the value lies from its bound.
    z : standard errors between the value and its end.
    """
    reach = np.sqrt(spread) * (z + NormalDist().inv_cdf(POWER))
    return int(np.ceil((reach / away) ** 2)) if reach < away * np.sqrt(MOST) else None


def too_few(measure: Measure) -> str:
    """Say that there is but one of what is drawn."""
    who = "example" if measure.owner is None else measure.owned_by
    return f"one {who} alone says nothing of how {who}s differ; it takes two or more"


def in_proportion(measure: Measure) -> str:
    """Say that more examples of the same speakers would not do."""
    return "" if measure.owner is None else f", with {measure.owned_by}s in proportion"


def known(value: float) -> float | None:
    """Return a number, None for not-a-number."""
    return None if np.isnan(value) else float(value)
