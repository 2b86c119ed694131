"""How sure a pooled rate is, where rows of one speaker are not independent."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.figures import intervals
from augmentor.audit.figures.metrics import Floats, per_tag, ratio
from augmentor.core.coded import Coded

Owners = NDArray[np.int32]
"""Each row's group, as a number [rows]."""


def owners(groups: Sequence[str] | None) -> Owners | None:
    """Return each row's group as a number; None where there are no groups."""
    return None if groups is None else Coded.of(groups).codes.astype(np.int32, copy=False)


def ratio_spread(
    members: NDArray[np.bool_], above: Floats, below: Floats, owner: Owners | None = None
) -> tuple[Floats, Floats, Floats]:
    """Sum(above) / sum(below) over the rows of each tag, and its standard error.

    Parameters
    ----------
    members : bool [rows, tags].
    above, below : float64 [rows]; `below` is 0 or more.
    owner : rows of one group are not independent; None: every row is.

    Returns
    -------
    rate, spread : the ratio and its standard error [tags]; the latter is not-a-number where
        fewer than two groups have any `below`.
    count : how many groups with any `below` each tag has [tags].

    References
    ----------
    Cochran 1977, "Sampling techniques", sections 2.11 and 9A.1: a ratio of two sums over
    clusters, by its first derivative, with the small-sample factor G / (G - 1).
    """
    total, words = per_tag(members, above, below)
    rate = ratio(total, words)
    if owner is None:
        squares, products, lengths, count = per_tag(
            members, above * above, above * below, below * below, (below > 0).astype(np.float64)
        )
        square = squares - 2 * rate * products + rate * rate * lengths
    else:
        count, square = np.zeros(members.shape[1]), np.zeros(members.shape[1])
        for tag in range(members.shape[1]):
            here = members[:, tag]
            errors, units = (np.bincount(owner[here], value[here]) for value in (above, below))
            count[tag] = np.count_nonzero(units)
            square[tag] = np.sum((errors - rate[tag] * units) ** 2)
    spread = ratio(np.sqrt(np.maximum(square, 0) * ratio(count, count - 1)), words)
    return rate, np.where(count > 1, spread, np.nan), count


def ratio_interval(
    members: NDArray[np.bool_],
    above: Floats,
    below: Floats,
    owner: Owners | None = None,
    *,
    signed: bool = False,
    level: float = 0.95,
) -> tuple[Floats, Floats]:
    """Interval of sum(above) / sum(below) over the rows of each tag, by Student's t.

    Its degrees of freedom are the tag's groups less one: few speakers say little, however much
    they said. Where nothing is ever above, the spread would be 0; then the end is that of a
    rate of which no group had any (Wilson).

    Parameters
    ----------
    members, above, below, owner : as in `ratio_spread`.
    signed : whether `above` may be negative, as a difference of errors is.
    level : coverage, in (0, 1).
    """
    from scipy.special import stdtrit

    rate, spread, count = ratio_spread(members, above, below, owner)
    half = stdtrit(np.maximum(count - 1, 1), (1 + level) / 2) * spread
    (moved,) = per_tag(members, np.abs(above))
    flat = (moved == 0) & (count > 1)
    bound = intervals.wilson(np.zeros(len(count)), count, level)[1]
    low, high = np.where(flat, -bound, rate - half), np.where(flat, bound, rate + half)
    return (low if signed else np.maximum(low, 0)), high
