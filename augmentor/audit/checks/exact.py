"""Ends of a rate that hold as often as they say, for verdicts that stop a release."""

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from augmentor.audit.figures.metrics import Floats

POWER = 0.8
MOST = 1e7  # examples; more are not worth naming


def exact_ends(hits: ArrayLike, n: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Two-sided interval of a rate; each of its ends fails in (1 - level) / 2 of cases at most.

    Wilson's interval is right on average over its two ends. One end by itself is not: of 20
    answers at a true rate of 99 %, its high end at 95 % lies below the truth in 18 % of cases.

    Parameters
    ----------
    hits : how often it happened, 0 to n.
    n : how often it could have; where it is 0 the ends are not numbers.
    level : coverage, in (0, 1).

    References
    ----------
    Clopper and Pearson 1934, "The use of confidence or fiducial limits illustrated in the case
    of the binomial".
    """
    from scipy.special import betaincinv

    hits, n = np.asarray(hits, dtype=np.float64), np.asarray(n, dtype=np.float64)
    tail = (1 - level) / 2
    misses = n - hits
    low = np.where(hits > 0, betaincinv(np.maximum(hits, 1), misses + 1, tail), 0.0)
    high = np.where(misses > 0, betaincinv(hits + 1, np.maximum(misses, 1), 1 - tail), 1.0)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def needed(rate: float, bound: float, level: float) -> int | None:
    """Return about how many examples tell a rate from a bound, with a power of 80 %.

    Parameters
    ----------
    rate : the true rate, taken to be what was found, in [0, 1].
    bound : what it is compared with, in (0, 1).
    level : of the exact end that has to lie beyond the bound, as 0.95.

    Returns
    -------
    n : None where the rate lies on the bound, or so near to it that no one collects as many.

    References
    ----------
    Fleiss, Levin and Paik 2003, "Statistical methods for rates and proportions", section 2.5,
    for where to look; the power itself is summed from the binomial law.
    """
    from scipy.special import bdtr, bdtrik

    if rate > bound:  # the same, counted from the other side
        rate, bound = 1 - rate, 1 - bound
    sure, power = NormalDist().inv_cdf(level), NormalDist().inv_cdf(POWER)
    spread = sure * np.sqrt(bound * (1 - bound)) + power * np.sqrt(rate * (1 - rate))
    if spread >= (bound - rate) * np.sqrt(MOST):
        return None
    start = (spread / (bound - rate)) ** 2
    sizes = np.unique(np.ceil(start * 1.01 ** np.arange(-30, 200))).astype(np.int64)
    # The most hits that are still too few to come from the bound; where none are, no luck helps.
    most = np.nan_to_num(np.floor(bdtrik(1 - level, sizes, bound)))
    enough = (bdtr(most, sizes, bound) <= 1 - level) & (bdtr(most, sizes, rate) >= POWER)
    return int(sizes[np.argmax(enough)]) if enough.any() else None
