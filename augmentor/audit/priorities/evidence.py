"""Is a tag really worse than the others, how bad is it likely, and are there enough examples."""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.figures.clustered import Owners, ratio_spread
from augmentor.audit.figures.intervals import wilson
from augmentor.audit.figures.metrics import Floats

POWER = 0.8
PRECISE = 0.05
NEVER = 1e9  # more examples than anyone will collect


def worse_than_rest(errors: Floats, n: Floats, all_errors: float, all_n: float) -> Floats:
    """One-sided p-value of each tag: so many errors or more, were it no worse than the rest.

    Fisher's exact test: of all wrong and right examples, `n` are dealt to the tag.

    Parameters
    ----------
    errors, n : wrong examples and all of each tag [tags].
    all_errors, all_n : the same for the whole table.

    References
    ----------
    Fisher 1935, "The Logic of Inductive Inference".
    """
    from scipy.stats import hypergeom

    some = (n > 0) & (n < all_n)
    p = np.full(len(n), np.nan)
    p[some] = hypergeom.sf(errors[some] - 1, all_n, all_errors, n[some])
    return np.asarray(np.minimum(p, 1), dtype=np.float64)


def worse_ratio(
    members: NDArray[np.bool_], above: Floats, below: Floats, owner: Owners | None
) -> Floats:
    """One-sided p-value that a tag's pooled rate is no higher than that of all other rows.

    Parameters
    ----------
    members, above, below, owner : as in `clustered.ratio_spread`.

    References
    ----------
    Welch 1947, for the degrees of freedom of two spreads.
    """
    from scipy.special import stdtr

    rate, spread, count = ratio_spread(members, above, below, owner)
    other, other_spread, other_count = ratio_spread(~members, above, below, owner)
    square, other_square = spread**2, other_spread**2
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (rate - other) / np.sqrt(square + other_square)
        parts = square**2 / (count - 1) + other_square**2 / (other_count - 1)
        freedom = (square + other_square) ** 2 / parts
        return np.asarray(stdtr(freedom, -t), dtype=np.float64)


def shrunk(errors: Floats, n: Floats) -> Floats:
    """Rates drawn towards their mean, the more the fewer examples they come from [tags].

    The worst of many tags looks worse than it is. Rates are taken as drawn from one beta
    distribution, fitted by the moments of the tags' own rates.

    Parameters
    ----------
    errors, n : counts [tags]; not-a-number or 0 examples stay undefined.

    References
    ----------
    Kleinman 1973, "Proportions with extraneous variance: single and independent samples",
    equations 2.1 and 2.2, every example weighing the same.
    """
    known = np.nan_to_num(n) > 0
    out = np.full(len(n), np.nan)
    if np.count_nonzero(known) < 2:
        return np.where(known, np.divide(errors, n, out=out.copy(), where=known), np.nan)
    wrong, size = errors[known], n[known]
    total = size.sum()
    mean = wrong.sum() / total
    spread = np.sum(size * (wrong / size - mean) ** 2)
    between = mean * (1 - mean) * (total - np.sum(size**2) / total)
    within = mean * (1 - mean) * (len(size) - 1)
    # 0 where the tags differ no more than chance makes them; then all are the mean.
    alike = 0.0 if between <= within else (spread - within) / (between - within)
    alike = min(max(alike, 0.0), 1.0)
    weight = size * alike / (1 + (size - 1) * alike)
    out[known] = weight * wrong / size + (1 - weight) * mean
    return out


def needed_for_gap(rate: Floats, gap: Floats) -> Floats:
    """Examples of a tag, and of its baseline, that tell a gap from none [tags].

    Two-sided 5 %, with a power of 80 %; not-a-number where there is no gap to find.

    References
    ----------
    Cohen 1988, "Statistical Power Analysis", section 6.4: the difference of arcsines.
    """
    best = np.where(np.abs(rate - gap) < 1e-12, 0.0, rate - gap)  # 0.3 - 0.3 is not always 0
    known = (gap > 0) & (best >= 0) & (rate <= 1)
    z = NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(POWER)
    with np.errstate(invalid="ignore", divide="ignore"):
        turn = 2 * (np.arcsin(np.sqrt(rate)) - np.arcsin(np.sqrt(np.maximum(best, 0))))
        size = np.ceil(2 * (z / turn) ** 2)
        return np.where(known & (size < NEVER), size, np.nan)


def needed_for_points(rate: Floats, points: float = PRECISE) -> Floats:
    """Examples of a tag whose Wilson interval is no wider than so many points to each side.

    Parameters
    ----------
    rate : its rate [tags].
    points : half the interval, as a fraction.
    """
    least, most = np.ones(len(rate)), np.full(len(rate), NEVER)
    for _ in range(40):  # halving that many down to one
        middle = np.floor((least + most) / 2)
        low, high = wilson(rate * middle, middle)
        fits = (high - low) / 2 <= points
        most, least = np.where(fits, middle, most), np.where(fits, least, middle)
    return np.where(np.isnan(rate), np.nan, most)
