"""How sure a rate or a difference of rates is, and tests of change.

All functions take arrays and work element by element.
"""

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def wilson(errors: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Interval of a rate.

    Parameters
    ----------
    errors : how often it happened, 0 to n.
    n : how often it could have; where it is 0 the interval is not a number.
    level : coverage of the two-sided interval, in (0, 1).

    Returns
    -------
    low, high : fractions. The rate errors / n lies between them.

    References
    ----------
    Wilson 1927, "Probable inference, the law of succession, and statistical inference".
    """
    errors, n = np.asarray(errors, dtype=np.float64), np.asarray(n, dtype=np.float64)
    z = _z(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = errors / n
        middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * np.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    # The ends are exactly 0 and 1 at no errors and at nothing but errors.
    low = np.where(errors == 0, np.where(n == 0, np.nan, 0.0), np.minimum(middle - half, rate))
    high = np.where(errors == n, np.where(n == 0, np.nan, 1.0), np.maximum(middle + half, rate))
    return low, high


def newcombe(
    errors_a: ArrayLike, n_a: ArrayLike, errors_b: ArrayLike, n_b: ArrayLike, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Interval of the difference of two independent rates, a - b.

    Parameters
    ----------
    errors_a, n_a, errors_b, n_b : counts as in `wilson`; those of a baseline may be fractional.
    level : coverage, in (0, 1).

    Returns
    -------
    low, high : fractions, -1 to 1.

    References
    ----------
    Newcombe 1998, "Interval estimation for the difference between independent proportions:
    comparison of eleven methods", method 10.
    """
    rate_a, low_a, high_a = _rate_with_ends(errors_a, n_a, level)
    rate_b, low_b, high_b = _rate_with_ends(errors_b, n_b, level)
    middle = rate_a - rate_b
    low = middle - np.hypot(rate_a - low_a, high_b - rate_b)
    high = middle + np.hypot(high_a - rate_a, rate_b - low_b)
    return low, high


def gap_to(
    baseline: ArrayLike, baseline_n: ArrayLike, errors: ArrayLike, n: ArrayLike
) -> tuple[Floats, Floats]:
    """95 % interval of a gap, the accuracy of a baseline less that of a model.

    Both sides are uncertain (`newcombe`) where it is known from how many examples the baseline
    comes. Else the baseline is taken as exact, and only the model's rate is not (`wilson`).

    Parameters
    ----------
    baseline : accuracy at the baseline, as a fraction.
    baseline_n : its examples; not-a-number where not known.
    errors, n : the model's, on examples of its own.
    """
    value, base_n = np.asarray(baseline, np.float64), np.asarray(baseline_n, np.float64)
    alone = wilson(errors, n)
    both = newcombe(errors, n, (1 - value) * base_n, base_n)
    low, high = (
        np.where(np.isnan(base_n), value - 1 + one, two)
        for one, two in zip(alone, both, strict=True)
    )
    return low, high


def paired_difference(
    kept: ArrayLike, broken: ArrayLike, mended: ArrayLike, lost: ArrayLike, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Interval of the change of a rate on the same examples, after - before.

    Parameters
    ----------
    kept : examples right before and after.
    broken : right before, wrong after.
    mended : wrong before, right after.
    lost : wrong before and after.
    level : coverage, in (0, 1).

    Returns
    -------
    low, high : fractions, -1 to 1; not a number without examples.

    References
    ----------
    Newcombe 1998, "Improved confidence intervals for the difference between binomial
    proportions based on paired data", method 10.
    """
    a, b, c, d = (np.asarray(x, dtype=np.float64) for x in (kept, broken, mended, lost))
    n = a + b + c + d
    rate_1, low_1, high_1 = _rate_with_ends(a + c, n, level)  # after
    rate_2, low_2, high_2 = _rate_with_ends(a + b, n, level)  # before
    cross = a * d - b * c
    cross = np.where(cross > 0, np.maximum(cross - n / 2, 0), cross)
    below = (a + b) * (c + d) * (a + c) * (b + d)
    phi = np.divide(cross, np.sqrt(below), out=np.zeros(np.shape(below)), where=below > 0)
    middle = rate_1 - rate_2

    def spread(x: Floats, y: Floats) -> Floats:
        return np.sqrt(np.maximum(x * x - 2 * phi * x * y + y * y, 0))

    low = middle - spread(rate_1 - low_1, high_2 - rate_2)
    high = middle + spread(high_1 - rate_1, rate_2 - low_2)
    return low, high


def mcnemar_exact(broken: ArrayLike, mended: ArrayLike) -> Floats:
    """Two-sided p-value of "as many examples broke as were mended".

    The split of the discordant pairs is binomial with 1/2; the smaller tail is doubled, and
    is 1 at most. No discordant pair gives 1.

    References
    ----------
    McNemar 1947; the exact form is the sign test (Conover 1999, section 3.5).
    """
    smaller = np.minimum(mcnemar_fell(broken, mended), mcnemar_fell(mended, broken))
    return np.asarray(np.minimum(2 * smaller, 1), dtype=np.float64)


def mcnemar_fell(broken: ArrayLike, mended: ArrayLike) -> Floats:
    """One-sided p-value: how likely at least so many broke, were breaking and mending alike."""
    from scipy.special import bdtr

    broken, mended = np.asarray(broken, dtype=np.int64), np.asarray(mended, dtype=np.int64)
    # At least `broken` of the pairs on one side means at most `mended` on the other.
    return np.asarray(bdtr(mended.astype(np.float64), broken + mended, 0.5), dtype=np.float64)


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """Return p-values adjusted for looking at many: those below q have at most q false alarms.

    Parameters
    ----------
    p : p-values [tests]; not-a-numbers are not tests and stay.

    References
    ----------
    Benjamini and Hochberg 1995, "Controlling the false discovery rate".
    """
    p = np.asarray(p, dtype=np.float64)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
    adjusted = p.copy()
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1)
    return adjusted


def _rate_with_ends(errors: ArrayLike, n: ArrayLike, level: float) -> tuple[Floats, Floats, Floats]:
    low, high = wilson(errors, n, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.asarray(errors, dtype=np.float64) / np.asarray(n, dtype=np.float64)
    return rate, low, high


def _z(level: float) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)
