"""How sure a share of things is, where things of one picture are not independent."""

import numpy as np

from augmentor.audit.figures.clustered import Owners, ratio_spread
from augmentor.audit.figures.intervals import wilson
from augmentor.audit.figures.metrics import Floats

Interval = tuple[float, float]


def wilson_of(count: int, n: int) -> Interval | None:
    """Return the 95 % interval of a share of independent things; None of none."""
    low, high = wilson([count], [n])
    return (float(low[0]), float(high[0])) if n else None


def by_picture(true: Floats, owner: Owners) -> Interval | None:
    """Return the 95 % interval of the share of things that are so; None where there are none.

    Wilson's, with as many things as would say as much were they independent. Their number is
    divided by how much more the share varies between pictures than it then would, never by
    less than 1. Where all are so, or none, that is not known: then pictures are counted.

    Parameters
    ----------
    true : 1 or 0 [things].
    owner : the picture of each [things].

    References
    ----------
    Kish 1965, "Survey sampling", the design effect; Dean and Pagano 2015, "Evaluating
    confidence interval methods for binomial proportions in clustered surveys".
    """
    n = len(true)
    if not n:
        return None
    whole, units = np.ones((n, 1), dtype=np.bool_), np.ones(n)
    rate, spread, pictures = (float(one[0]) for one in ratio_spread(whole, true, units, owner))
    independent = rate * (1 - rate) / max(n - 1, 1)
    effective = pictures
    if independent > 0 and pictures > 1:
        effective = min(float(n), n * independent / spread**2) if spread > 0 else float(n)
    low, high = wilson([rate * effective], [effective])
    # Its ends are exact only at exactly none and exactly all.
    return (
        0.0 if rate == 0 else float(low[0]),
        1.0 if rate == 1 else float(high[0]),
    )
