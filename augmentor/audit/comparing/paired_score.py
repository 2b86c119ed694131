"""How sure a change of accuracy is, when the same examples were answered before and after."""

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from augmentor.audit.figures.metrics import Floats

_HALVINGS = 50  # of a range of 2 at most: to the last digit of a double


def score_difference(
    broken: ArrayLike, mended: ArrayLike, n: ArrayLike, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Interval of the change of a rate on the same examples, after - before.

    It holds the changes that a score test does not refuse. So its lower end at ``level=0.90``
    is above -margin exactly where Tango's non-inferiority test says so with 5 % of error. It is
    not empty where nothing changed: of n examples all the same, z**2 / (n + z**2) may still
    have fallen.

    Parameters
    ----------
    broken : examples right before and wrong after.
    mended : examples wrong before and right after.
    n : all examples; where it is 0 the interval is not a number.
    level : coverage, in (0, 1).

    Returns
    -------
    low, high : fractions, -1 to 1.

    References
    ----------
    Tango 1998, "Equivalence test and confidence interval for the difference in proportions for
    the paired-sample design"; recommended by Fagerland, Lydersen and Laake 2014.
    """
    b, c, size = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in (broken, mended, n)))
    z = NormalDist().inv_cdf((1 + level) / 2)
    high = _upper(b, c, size, z)
    low = -_upper(c, b, size, z)
    return np.where(size > 0, low, np.nan), np.where(size > 0, high, np.nan)


def score_fell(broken: ArrayLike, mended: ArrayLike, n: ArrayLike, margin: float) -> Floats:
    """One-sided p-value of "it fell by no more than the margin", by the same score test.

    Parameters
    ----------
    broken, mended, n : as in `score_difference`.
    margin : the largest fall that is let pass, as a fraction.
    """
    from scipy.special import ndtr

    b, c, size = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in (broken, mended, n)))
    below = ndtr(_score(b, c, size, np.full(b.shape, -margin)))
    return np.where(size > 0, below, np.nan)


def _upper(b: Floats, c: Floats, n: Floats, z: float) -> Floats:
    """Return the largest change whose score is not below -z, by halving."""
    low, high = (c - b) / np.maximum(n, 1), np.ones(b.shape)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        inside = _score(b, c, n, middle) > -z
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return np.asarray(high, dtype=np.float64)


def _score(b: Floats, c: Floats, n: Floats, change: Floats) -> Floats:
    """Return how many standard errors the change found is above `change`, were that the truth.

    The share of broken ones is the likeliest that goes with `change`: the root of a square
    equation.
    """
    linear = change * (2 * n + b - c) - b - c
    constant = -b * change * (1 - change)
    root = np.sqrt(np.maximum(linear * linear - 8 * n * constant, 0))
    share = np.divide(root - linear, 4 * n, out=np.zeros(b.shape), where=n > 0)
    square = n * (2 * share + change * (1 - change))
    apart = c - b - n * change
    with np.errstate(divide="ignore", invalid="ignore"):
        score = apart / np.sqrt(np.maximum(square, 0))
    return np.where(apart == 0, 0.0, score)
