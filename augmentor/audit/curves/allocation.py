"""How many new examples each tag gets: where the curves say that losses and excesses fall most."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from augmentor.audit.curves.fit import Curve
from augmentor.audit.figures.intervals import Floats
from augmentor.core.errors import Problem, UsageError, listed

GROWTH = {
    "conservative": lambda limit: limit,
    "moderate": lambda limit: limit + 1,
    "aggressive": lambda limit: 2 * limit,
}
"""How the limit on a round's change of imbalance grows from round to round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagShare:
    """What one tag gets.

    Parameters
    ----------
    tag : its name.
    size : its examples today.
    exact, count : new examples, as solved and in whole numbers.
    cost : of one new example.
    loss, loss_after : by its curve, today and with `count` more.
    others_loss : mean loss of the other tags today; None where there is no other.
    """

    tag: str
    size: float
    exact: float
    count: int
    cost: float
    loss: float
    loss_after: float
    others_loss: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """How a budget is shared out among the tags that have good curves.

    Parameters
    ----------
    rows : the tags, in order of the curves.
    budget, spent : what there was, and what the whole numbers of examples cost.
    lam : what the excess over the others' loss weighs.
    objective : what was minimised, at the exact numbers.
    part_frac : of the whole budget's exact numbers that this round takes.
    imbalance, imbalance_after : largest over smallest size, today and with `exact` more.
    poor : tag -> why its curve is too poor; it gets nothing here.
    """

    rows: tuple[TagShare, ...]
    budget: float
    spent: float
    lam: float
    objective: float
    part_frac: float
    imbalance: float | None
    imbalance_after: float | None
    poor: Mapping[str, str]

    @property
    def counts(self) -> dict[str, int]:
        """New examples of each tag."""
        return {row.tag: row.count for row in self.rows}

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values, with stable keys."""
        return {**asdict(self), "rows": [asdict(row) for row in self.rows]}


def allocate(
    curves: Mapping[str, Curve],
    sizes: Mapping[str, float],
    budget: float,
    costs: Mapping[str, float] | float = 1.0,
    lam: float = 1.0,
    limit: float | None = None,
) -> Allocation:
    """Share out a budget so that losses, and excesses over the others' loss, become least.

    Minimises sum of b (n + d)^-a + lam sum of max(0, b (n + d)^-a / A - 1) over d >= 0 with
    sum of costs d = budget. A is the mean loss of the other tags today, and stays. At a given
    price of the budget each tag's best d has a closed form; the price is found by bisection.

    Parameters
    ----------
    curves : as of `fit_curves`; poor ones get nothing, and are named in the result: share a part
        of the budget among them by another rule first.
    sizes : examples of each tag today, above 0.
    budget : what the new examples may cost in all, 0 or more.
    costs : of one new example, above 0; one for all, or of each tag.
    lam : 0 minimises the sum of the losses alone.
    limit : how much the imbalance, largest over smallest size, may change in this round; of a
        larger change only so large a part is made, and the curves are to be fitted again before
        the next round. None is no limit. `GROWTH` has ways to raise it from round to round.

    Raises
    ------
    UsageError
        A size or cost is missing, or a number is out of bounds.

    References
    ----------
    Tae and Whang 2021, as above, sections 3 and 5: one-shot without a limit, iterative with one.
    """
    good = [curve for curve in curves.values() if curve.ok]
    if not isinstance(costs, Mapping):
        costs = {curve.tag: costs for curve in good}
    _check(good, sizes, budget, costs, lam, limit)
    a, b, n, c = (
        np.array(values, dtype=np.float64)
        for values in (
            [curve.a for curve in good],
            [curve.b for curve in good],
            [sizes[curve.tag] for curve in good],
            [costs[curve.tag] for curve in good],
        )
    )
    today = b * n**-a
    with np.errstate(invalid="ignore"):  # of one tag there are no others
        others = (today.sum() - today) / np.float64(len(good) - 1) if good else today
    exact = _solve(a, b, n, c, others, budget, lam) if good else today
    part = 1.0 if limit is None or not good else _part(n, exact, limit)
    exact = exact * part
    counts = _whole(exact, c, budget if part == 1 else float(exact @ c))
    if part < 1 and not counts.any():  # a round that adds nothing would be the last
        counts[np.argmax(exact)] = 1
    above = np.maximum(0, np.nan_to_num(b * (n + exact) ** -a / others - 1))
    rows = tuple(
        TagShare(
            tag=curve.tag,
            size=float(n[at]),
            exact=float(exact[at]),
            count=int(counts[at]),
            cost=float(c[at]),
            loss=float(today[at]),
            loss_after=float(b[at] * (n[at] + counts[at]) ** -a[at]),
            others_loss=float(others[at]) if len(good) > 1 else None,
        )
        for at, curve in enumerate(good)
    )
    return Allocation(
        rows=rows,
        budget=float(budget),
        spent=float(counts @ c),
        lam=float(lam),
        objective=float((b * (n + exact) ** -a).sum() + lam * above.sum()),
        part_frac=part,
        imbalance=float(n.max() / n.min()) if good else None,
        imbalance_after=float((n + exact).max() / (n + exact).min()) if good else None,
        poor={curve.tag: curve.reason for curve in curves.values() if curve.reason is not None},
    )


def _check(
    curves: Sequence[Curve],
    sizes: Mapping[str, float],
    budget: float,
    costs: Mapping[str, float],
    lam: float,
    limit: float | None,
) -> None:
    problems = []
    for what, numbers in (("sizes", sizes), ("costs", costs)):
        missing = [curve.tag for curve in curves if curve.tag not in numbers]
        if missing:
            problems.append(Problem(what, f"missing for {listed(missing)}"))
        problems += [
            Problem(what, f"that of '{curve.tag}' is {numbers[curve.tag]}; expected above 0")
            for curve in curves
            if curve.tag in numbers and not 0 < numbers[curve.tag] < math.inf
        ]
    for what, number in (("budget", budget), ("lam", lam)):
        if not 0 <= number < math.inf:
            problems.append(Problem(what, f"{number} is out of bounds; expected 0 or more"))
    if limit is not None and not limit > 0:
        problems.append(Problem("limit", f"{limit} is out of bounds; expected above 0"))
    if problems:
        raise UsageError(problems)


def _solve(
    a: Floats, b: Floats, n: Floats, c: Floats, others: Floats, budget: float, lam: float
) -> Floats:
    """Return the best new examples [tags].

    At the price m, a tag grows to the size x where one more unit of cost lowers the objective
    by m: x = (w a b / (m c))^(1 / (a + 1)), with w = 1 + lam / A while its loss is above A and
    w = 1 below. In between, at the size where the loss is A, it rests for a range of prices.
    """
    if not budget:
        return np.zeros(len(n))
    excess = np.where(np.isnan(others), 0.0, lam / others)
    power = 1 / (a + 1)
    below = power * np.log(a * b / c)
    above = below + power * np.log1p(excess)
    rest = np.where(np.isnan(others), below, np.log(b / others) / a)  # all in logarithms

    def grown(log_price: float) -> Floats:
        step = log_price * power
        size = np.minimum(np.maximum(rest, below - step), above - step)
        return np.maximum(np.exp(np.minimum(size, 700.0)) - n, 0.0)

    high = float(np.max((above - np.log(n)) / power))  # so dear that nothing is bought
    width = 1.0
    while grown(high - width) @ c < budget:
        width *= 2
    low = high - width
    while high - low > 1e-14 * max(1.0, abs(low)):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if grown(middle) @ c >= budget else (low, middle)
    found = grown(low)
    return np.asarray(found * (budget / (found @ c)))


def _part(n: Floats, new: Floats, limit: float) -> float:
    """Return how large a part of the new examples changes the imbalance by the limit at most.

    That the imbalance is at most t means n_i + x d_i <= t (n_j + x d_j) for all pairs: straight
    lines in the part x. Upwards the first line to be broken counts, downwards the last mended.
    """
    before, after = n.max() / n.min(), (n + new).max() / (n + new).min()
    if abs(after - before) <= limit:
        return 1.0
    target = before + math.copysign(limit, after - before)
    start, slope = n[:, None] - target * n[None, :], new[:, None] - target * new[None, :]
    if after > before:
        return float(np.min(-start[slope > 0] / slope[slope > 0]))
    return float(np.max(start[start > 0] / -slope[start > 0]))


def _whole(exact: Floats, costs: Floats, budget: float) -> Floats:
    """Return whole numbers that cost the budget at most: the largest remainders are rounded up."""
    counts = np.floor(exact + 1e-9)
    left = budget - float(counts @ costs)
    for at in np.argsort(counts - exact, kind="stable"):
        if exact[at] > counts[at] and costs[at] <= left * (1 + 1e-12) + 1e-9:
            counts[at] += 1
            left -= costs[at]
    return np.asarray(counts)
