"""Did the target rise, and did any neighbour fall: a paired comparison of every tag."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from augmentor.audit import intervals
from augmentor.audit.bootstrap import paired_bootstrap
from augmentor.audit.comparison import (
    CANNOT_TELL,
    FELL,
    HELD,
    OVERALL,
    ROSE,
    Change,
    Comparison,
)
from augmentor.audit.measured import Interval, maybe
from augmentor.audit.metrics import Counts, Floats, check_metric, count, per_tag, ratio
from augmentor.audit.pairs import paired
from augmentor.audit.raw import ErrorTable
from augmentor.core.errors import Problem, UsageError, listed, nearest

__all__ = ["Change", "Comparison", "compare"]

SURE = 0.05  # a p-value below it is taken as a change


def compare(
    before: ErrorTable,
    after: ErrorTable,
    *,
    metric: str = "accuracy",
    margin: float = 0.02,
    guard: Collection[str] | None = None,
    targets: Collection[str] = (),
) -> Comparison:
    """Compare two models on the same examples, tag by tag.

    A tag *rose* if its accuracy is higher with an adjusted p-value below 0.05. It *fell* if
    the fall is larger than the margin with a one-sided p-value below 0.05. It *held* if the
    one-sided 95 % lower bound of the change is above -margin. Else one *cannot tell*.

    Parameters
    ----------
    before, after : the same ids and targets, in any order. Tags are those of `before`;
        `after` may lack them, but not contradict them.
    metric : accuracy, wer or cer. For the latter two the examples are drawn again
        (bootstrap), whole groups at a time where `before` has groups.
    margin : the largest fall that is let pass, as a fraction: 0.02 is two points.
    guard : tags that must not fall; None is every tag and the whole.
    targets : tags that were to rise; they are only marked.

    Raises
    ------
    UsageError
        Examples, targets or tags differ, or a name is not known.
    """
    check_metric(metric)
    _check(before, margin, guard, targets)
    after = paired(before, after)
    members = np.ones((len(before), len(before.tag_names) + 1), dtype=np.bool_, order="F")
    members[:, :-1] = before.tags  # the last column is all examples
    old = count(metric, before.targets, before.predictions)
    new = count(metric, before.targets, after.predictions)
    found = _found(members, old, new, before, metric)
    adjusted = np.append(intervals.benjamini_hochberg(found.p[:-1]), found.p[-1])
    names = [*before.tag_names, OVERALL]
    rows = [
        Change(
            tag=name,
            n=int(found.n[at]),
            before=maybe(found.before[at]),
            after=maybe(found.after[at]),
            change=maybe(found.change[at]),
            interval=_interval(found.low[at], found.high[at]),
            lower=maybe(found.lower[at]),
            b=int(found.b[at]),
            c=int(found.c[at]),
            p=maybe(found.p[at]),
            p_fell=maybe(found.p_fell[at]),
            p_adjusted=maybe(adjusted[at]),
            verdict=_verdict(found, at, float(adjusted[at]), margin),
            guarded=guard is None or (name in guard and at < len(names) - 1),
            targeted=name in targets and at < len(names) - 1,
        )
        for at, name in enumerate(names)
    ]
    return Comparison(
        metric=metric,
        margin=margin,
        n=len(before),
        overall=rows[-1],
        rows=tuple(rows[:-1]),
        warnings=tuple(dict.fromkeys((*before.warnings, *after.warnings))),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    n: Floats
    before: Floats
    after: Floats
    change: Floats
    low: Floats
    high: Floats
    lower: Floats
    b: Floats
    c: Floats
    p: Floats
    p_fell: Floats


def _check(
    before: ErrorTable, margin: float, guard: Collection[str] | None, targets: Collection[str]
) -> None:
    problems = []
    if not 0 <= margin < 1:
        problems.append(Problem("margin", f"{margin} is no fraction; two points are 0.02"))
    for what, names in (("guard", guard or ()), ("targets", targets)):
        for name in names:
            if name not in before.tag_names:
                known = nearest(name, before.tag_names) or f"; known: {listed(before.tag_names)}"
                problems.append(Problem(what, f"'{name}' is no tag of the table{known}"))
    if problems:
        raise UsageError(problems)


def _found(
    members: NDArray[np.bool_], old: Counts, new: Counts, table: ErrorTable, metric: str
) -> _Found:
    gained = old.errors - new.errors
    broken, mended = (gained < 0).astype(np.float64), (gained > 0).astype(np.float64)
    ones = np.ones(len(gained))
    columns = (ones, old.units, old.errors, new.errors, broken, mended)
    n, units, old_errors, new_errors, b, c = per_tag(members, *columns)
    before, after = 1 - ratio(old_errors, units), 1 - ratio(new_errors, units)
    change = ratio(old_errors - new_errors, units)
    if metric == "accuracy":
        cells = (n - old_errors - b, b, c, new_errors - b)  # kept, broken, mended, lost
        low, high = intervals.paired_difference(*cells)
        lower, _ = intervals.paired_difference(*cells, level=0.90)
        p = np.where(n > 0, intervals.mcnemar_exact(b, c), np.nan)
        p_fell = np.where(n > 0, intervals.mcnemar_fell(b, c), np.nan)
    else:
        drawn = paired_bootstrap(members, gained, old.units, table.groups)
        low, high, lower, p, p_fell = drawn.low, drawn.high, drawn.lower, drawn.p, drawn.p_fell
    return _Found(n, before, after, change, low, high, lower, b, c, p, p_fell)


def _interval(low: float, high: float) -> Interval | None:
    return None if np.isnan(low) or np.isnan(high) else (float(low), float(high))


def _verdict(found: _Found, at: int, adjusted: float, margin: float) -> str:
    if found.change[at] < -margin and found.p_fell[at] < SURE:
        return FELL
    if found.change[at] > 0 and adjusted < SURE:
        return ROSE
    return HELD if found.lower[at] > -margin else CANNOT_TELL
