"""How sure a change is when the training was run several times before and after.

Two things vary: which examples are in the table, and how a run of the training came out. They
are crossed, as every run answers every example; runs before and runs after are different ones.
That is the layout of studies in which several readers judge the same cases, each reader in one
of two arms (Obuchowski and Rockette 1995; Hillis 2014, readers nested in tests).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.comparing.bootstrap import LEAST
from augmentor.audit.figures.clustered import Owners
from augmentor.audit.figures.metrics import Floats

_POINTS, _TURN = 610, 377  # neighbours of Fibonacci: their lattice fills a square evenly
_STEPS = 60


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """What several runs before and after say of a change.

    Not-a-number where a tag has no units, or fewer than six rows or groups of them.

    Parameters
    ----------
    low, high : 95 % interval [tags]; lower : one-sided 95 % bound from below [tags].
    p : two-sided p-value of "no change" [tags]; p_fell : one-sided, small if it fell [tags];
        p_guard : one-sided, small if it fell by more than the margin [tags].
    sd_before, sd_after : standard deviation of the rate between runs [tags]; not-a-number for
        one run.
    """

    low: Floats
    high: Floats
    lower: Floats
    p: Floats
    p_fell: Floats
    p_guard: Floats
    sd_before: Floats
    sd_after: Floats


def over_runs(
    members: NDArray[np.bool_],
    before: Floats,
    after: Floats,
    units: Floats,
    owner: Owners | None = None,
    margin: float = 0.0,
) -> Runs:
    """Interval and tests of a change of pooled rates, runs and examples both being chance.

    The variance of the change is a part that more runs do not lessen (how the two arms differ
    from example to example), and the variance between runs of each arm over its number of
    runs; the latter is at least what the examples alone make of it. Of few runs it is known
    badly. So it is averaged over what it may be: its estimate times its degrees of freedom over
    a chi-square. Where it rules, that is Student's t with Welch's degrees of freedom, no more
    than twice those of the arm with fewer runs; where it does not, the normal law; between them
    it is a mixture. An arm of one run is taken to vary as the other does.

    Parameters
    ----------
    members : bool [rows, tags].
    before, after : float64 [runs, rows], errors of each run; two runs or more in one of them.
    units : float64 [rows], what could go wrong.
    owner : each row's group, as a number [rows]; None: every row is its own.
    margin : the largest fall that is let pass, as a fraction.

    References
    ----------
    Welch 1947 for the degrees of freedom; Weerahandi 1995, "Exact statistical methods for data
    analysis", for the average over a variance that is not known; Bonett and Price 2012 for one
    error more and one less, which no table is without; Jordan 2024, "On the variance of neural
    network training with respect to test sets and distributions", for what runs do.
    """
    parts = [
        _tag_parts(
            before[:, here], after[:, here], units[here], None if owner is None else owner[here]
        )
        for here in (np.flatnonzero(members[:, tag]) for tag in range(members.shape[1]))
    ]
    change, sd_before, sd_after, paired, own_before, own_after, freedom = np.array(parts).T
    spread = _spread(
        _Parts(paired, own_before, own_after, freedom, sd_before, sd_after),
        len(before),
        len(after),
    )
    half, lower_half = _half_width(spread, 0.025), _half_width(spread, 0.05)
    return Runs(
        low=change - half,
        high=change + half,
        lower=change - lower_half,
        p=2 * _beyond(spread, np.abs(change)),
        p_fell=_beyond(spread, -change),
        p_guard=_beyond(spread, -change - margin),
        sd_before=sd_before,
        sd_after=sd_after,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """Variances of the change [tags], as they are estimated.

    paired : over examples, of the mean of all runs. own_before, own_after : over examples, of
    what is one run's own. freedom : groups less one. sd_before, sd_after : between runs.
    """

    paired: Floats
    own_before: Floats
    own_after: Floats
    freedom: Floats
    sd_before: Floats
    sd_after: Floats


def _tag_parts(
    before: Floats, after: Floats, units: Floats, owner: Owners | None
) -> tuple[float, ...]:
    """Return change, deviation between runs before and after, and the variances of `_Parts`."""
    if owner is not None:
        small = np.unique(owner, return_inverse=True)[1]
        units = np.asarray(np.bincount(small, units), dtype=np.float64)
        before = np.array([np.bincount(small, run) for run in before])
        after = np.array([np.bincount(small, run) for run in after])
    total, count = units.sum(), np.count_nonzero(units)
    if total == 0:
        return (np.nan,) * 7
    rates = [runs.sum(axis=1) / total for runs in (before, after)]
    apart = [
        runs - rate[:, None] * units for runs, rate in zip((before, after), rates, strict=True)
    ]
    change = float(rates[0].mean() - rates[1].mean())
    deviations = [rate.std(ddof=1) if len(rate) > 1 else np.nan for rate in rates]
    if count < LEAST:
        return (change, *deviations, *(np.nan,) * 4)
    few = count / (count - 1) / total**2
    paired = few * np.sum((apart[0].mean(axis=0) - apart[1].mean(axis=0)) ** 2) + 2 / total**2
    own = [
        few * np.sum((one - one.mean(axis=0)) ** 2) / (len(one) - 1) if len(one) > 1 else np.nan
        for one in apart
    ]
    return (change, *deviations, paired, *own, count - 1)


def _spread(parts: _Parts, before: int, after: int) -> Floats:
    """Return the standard error of the change at each point of `_lattice` [tags, points]."""
    from scipy.special import gammaincinv

    own, square = [parts.own_before, parts.own_after], [parts.sd_before**2, parts.sd_after**2]
    runs = (before, after)
    if min(runs) == 1:
        other = runs.index(max(runs))
        own, square = [own[other]] * 2, [square[other]] * 2
        freedom = np.full(len(parts.paired), runs[other] - 1.0)
    else:
        least, most = min(runs) - 1.0, 2 * min(runs) - 2.0
        share = square[0] / before, square[1] / after
        below = share[0] ** 2 / (before - 1) + share[1] ** 2 / (after - 1)
        above = (share[0] + share[1]) ** 2
        freedom = np.divide(above, below, out=np.full(len(above), most), where=below > 0)
        freedom = np.clip(freedom, least, most)
    between = square[0] / before + square[1] / after
    alone = own[0] / before + own[1] / after
    one, two, _ = _lattice()
    scale = freedom[:, None] / (2 * gammaincinv(freedom[:, None] / 2, one))
    examples = parts.freedom[:, None] / (2 * gammaincinv(parts.freedom[:, None] / 2, two))
    alike = np.maximum(parts.paired - alone, 0)
    variance = alike[:, None] * examples
    variance += np.maximum(between[:, None] * scale, alone[:, None] * examples)
    return np.asarray(np.sqrt(variance), dtype=np.float64)


def _lattice() -> tuple[Floats, Floats, Floats]:
    """Return points of a square, and the weight of each.

    A number is a cube: so there are many small ones, which stand for large variances, and each
    weighs little.
    """
    at = np.arange(_POINTS)
    one, two = (at + 0.5) / _POINTS, (at * _TURN % _POINTS + 0.5) / _POINTS
    weight = (one * two) ** 2
    return one**3, two**3, weight / weight.sum()


def _beyond(spread: Floats, distance: Floats) -> Floats:
    """Return how likely chance goes further than a distance [tags], averaged over the points."""
    from scipy.special import ndtr

    *_, weights = _lattice()
    # Not by a matrix product: its last bits change with the processor.
    return np.asarray((ndtr(-distance[:, None] / spread) * weights).sum(axis=1), dtype=np.float64)


def _half_width(spread: Floats, level: float) -> Floats:
    """Return the distance that chance goes beyond with probability `level` [tags].

    Newton's method from 0: the chance is convex in the distance, so no step goes too far.
    """
    *_, weights = _lattice()
    distance = np.zeros(len(spread))
    for _ in range(_STEPS):
        z = distance[:, None] / spread
        density = np.exp(-z * z / 2) / (spread * np.sqrt(2 * np.pi))
        step = (_beyond(spread, distance) - level) / (density * weights).sum(axis=1)
        distance = distance + step
        if not np.any(step > 1e-9 * distance):
            break
    return distance
