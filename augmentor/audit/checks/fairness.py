"""How far groups lie apart: the largest difference and the smallest ratio of a rate among them.

The two groups that lie farthest apart were not chosen before their rates were seen. Of twenty
equal groups the best and the worst differ, by chance alone, by more than any interval for two
groups allows. So "they differ" is said only as all pairs at once allow it. "They are alike" needs
no such care: it takes every single pair to be alike.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.figures.metrics import Floats

LEVEL = 0.95  # of each end by itself
Ends = Callable[[float], tuple[Floats, Floats]]
"""Two-sided coverage -> low and high end of each group [groups]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """What lies between groups; None is unknown, as where a group is undefined (0/0).

    Parameters
    ----------
    value : the largest difference, or the smallest ratio, of the groups that are defined.
    low, high : ends that hold with 95 % each.
    lowest, highest : the two groups, as places.
    unsure : the two groups of which least is known to be alike, as places.
    z_alike, z_apart : how many standard errors stand behind the end that says that groups are
        alike, and behind the one that says that they are not.
    """

    value: float | None
    low: float | None
    high: float | None
    lowest: int
    highest: int
    unsure: tuple[int, int]
    z_alike: float
    z_apart: float


def largest_difference(value: Floats, ends: Ends, correlation: Floats | None = None) -> Apart:
    """Largest difference between two of several groups.

    Parameters
    ----------
    value : of each group [groups]; not-a-number is undefined. Two groups at least.
    ends : intervals of them.
    correlation : of the groups' estimates [groups, groups]; None: they share nothing.

    References
    ----------
    Newcombe 1998, method 10, for the interval of one difference, and Zou and Donner 2008,
    "Construction of confidence limits about effect measures", for that of correlated ones.
    Agresti, Bini, Bertaccini and Ryu 2008, "Simultaneous confidence intervals for comparing
    binomial parameters", for the studentised range over all pairs: the low end. Berger 1982,
    "Multiparameter hypothesis testing and acceptance sampling", for the high one: all are alike
    only if every pair is, each tested at the full level.
    """
    alike, apart = NormalDist().inv_cdf(LEVEL), range_z(len(value))
    over = _differences(value, ends(_two_sided(alike)), correlation, 1)
    under = _differences(value, ends(_two_sided(apart)), correlation, -1)
    lowest, highest = int(np.nanargmin(value)), int(np.nanargmax(value))
    high, unsure = _most(over)
    low = float(np.nanmax(under, initial=0.0))
    return Apart(
        value=float(value[highest] - value[lowest]), low=low, high=high,
        lowest=lowest, highest=highest, unsure=unsure, z_alike=alike, z_apart=apart,
    )  # fmt: skip


def smallest_ratio(value: Floats, ends: Ends, correlation: Floats | None = None) -> Apart:
    """Smallest ratio of two of several groups, the lower over the higher: 0 to 1.

    Parameters
    ----------
    value, ends, correlation : as for `largest_difference`; 0 or more. If all are 0, the ratio
        is undefined.

    References
    ----------
    Donner and Zou 2012, "Closed-form confidence intervals for functions of the normal mean and
    standard deviation", and Newcombe 2016, "MOVER-R confidence intervals for ratios and products
    of two independently estimated quantities", for one ratio; for the extremes of many as in
    `largest_difference`.
    """
    alike, apart = NormalDist().inv_cdf(LEVEL), range_z(len(value))
    least = _ratios(value, ends(_two_sided(alike)), correlation)
    surely = _ratios(value, ends(_two_sided(apart)), correlation)  # of the higher to the lower
    lowest, highest = int(np.nanargmin(value)), int(np.nanargmax(value))
    low, unsure = _most(-least)
    return Apart(
        value=float(value[lowest] / value[highest]) if value[highest] > 0 else None,
        low=None if low is None else min(-low, 1.0),
        high=1 / float(np.nanmax(surely, initial=1.0)),
        lowest=lowest, highest=highest, unsure=unsure, z_alike=alike, z_apart=apart,
    )  # fmt: skip


@cache
def range_z(groups: int, level: float = LEVEL) -> float:
    """How far apart two of several equal groups lie at most, in standard errors of a difference.

    This is the quantile of the studentised range of so many normal values, over the square root
    of 2; for two groups that of the two-sided normal.

    Parameters
    ----------
    groups : 2 or more.
    level : probability that no pair lies farther apart, in (0, 1).

    References
    ----------
    Tukey 1953, "The problem of multiple comparisons"; for unequal groups Hayter 1984, "A proof of
    the conjecture that the Tukey-Kramer multiple comparisons procedure is conservative".
    """
    from scipy.special import ndtr

    least, width = np.linspace(-9, 9, 3001, retstep=True)
    weight = groups * width * np.exp(-least * least / 2) / np.sqrt(2 * np.pi)
    short, long = 0.0, 40.0
    for _ in range(60):
        middle = (short + long) / 2
        inside = np.sum(weight * (ndtr(least + middle) - ndtr(least)) ** (groups - 1))
        short, long = (middle, long) if inside < level else (short, middle)
    return float(long / np.sqrt(2))


def _two_sided(z: float) -> float:
    return 2 * NormalDist().cdf(z) - 1


def _differences(
    value: Floats, ends: tuple[Floats, Floats], correlation: Floats | None, side: int
) -> Floats:
    """Return the high (side 1) or low (-1) end of each row's group less each column's."""
    down, up = value - ends[0], ends[1] - value
    first, second = (up, down) if side > 0 else (down, up)
    squares = first[:, None] ** 2 + second**2
    if correlation is not None:
        squares = squares - 2 * correlation * np.outer(first, second)
    found = value[:, None] - value + side * np.sqrt(np.maximum(squares, 0))
    return np.asarray(found[_others(len(value))])


def _ratios(value: Floats, ends: tuple[Floats, Floats], correlation: Floats | None) -> Floats:
    """Return the low end of each row's group over each column's.

    It is the smaller root r of (a - r b)^2 = s^2 - 2 c r s t + r^2 t^2, with s and t the way
    down from a and up from b, and c the correlation of the two.
    """
    down, up = value - ends[0], ends[1] - value
    middle = np.outer(value, value)
    if correlation is not None:
        middle = middle - correlation * np.outer(down, up)
    above, below = (value**2 - down**2)[:, None], value**2 - up**2
    root = np.sqrt(np.maximum(middle**2 - above * below, 0))
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.where(above == 0, 0.0, above / (middle + root))
    return np.asarray(np.where(np.isnan(above + below), np.nan, found)[_others(len(value))])


def _others(groups: int) -> NDArray[np.bool_]:
    """Return the pairs of a group with another one, bool [groups, groups]."""
    return ~np.eye(groups, dtype=np.bool_)


def _most(pairs: Floats) -> tuple[float | None, tuple[int, int]]:
    """Return the largest of all ordered pairs, None if one is unknown, and which pair it is."""
    groups = int((1 + np.sqrt(1 + 4 * len(pairs))) / 2)
    at = int(np.argmax(np.where(np.isnan(pairs), np.inf, pairs)))
    row, column = divmod(at, groups - 1)
    found = float(pairs[at])
    return None if np.isnan(found) else found, (row, column + (column >= row))
