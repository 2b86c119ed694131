"""How much answers to one row, or rows of one group, are worth together."""

import numpy as np

from augmentor.audit.figures.metrics import Floats
from augmentor.audit.labels.answers import SAME, Interval

LEAST = 6  # rows or groups: of fewer, no spread can be told


def _variance(errors: Floats, units: Floats, times: Floats) -> float:
    """Return the variance of sum(errors) / sum(units) over clusters (Cochran 1977)."""
    size, below = times.sum(), times @ units
    rest = errors - units * ((times @ errors) / below)
    return float(size / (size - 1) * (times @ rest**2) / below**2)


def effective(
    errors: Floats, units: Floats, times: Floats | None = None, alike: float | None = None
) -> float:
    """Return how many independent units those of clusters are worth.

    Parameters
    ----------
    errors, units : sums of each cluster, errors at most units.
    times : how often there is such a cluster; once by default.
    alike : correlation within clusters as seen in more data; 1 if not given, but then used
        only where these clusters cannot tell.
    """
    times = np.ones(len(units)) if times is None else times
    n = float(times @ units)
    rate, mean = times @ errors / n, times @ units**2 / n
    if mean <= 1 + SAME:
        return n  # one unit each: plain Wilson
    known = SAME < rate < 1 - SAME and times.sum() > 1
    design = _variance(errors, units, times) * n / (rate * (1 - rate)) if known else 1.0
    if alike is not None or not known:
        design = max(design, 1 + (mean - 1) * (1.0 if alike is None else alike))
    return float(n / max(design, 1.0))


def correlation(errors: Floats, units: Floats) -> float:
    """Return how alike the units of a cluster are, 0 to 1; 1 where that cannot be told."""
    n = units.sum()
    rate = errors.sum() / n if n else 0.0
    if not SAME < rate < 1 - SAME or len(units) < 2:
        return 1.0
    mean = float(units @ units / n)
    design = _variance(errors, units, np.ones(len(units))) * n / (rate * (1 - rate))
    return min(max((design - 1) / (mean - 1), 0.0), 1.0) if mean > 1 + SAME else 0.0


def ratio_interval(errors: Floats, units: Floats) -> Interval | None:
    """Return a 95 % interval of 1 - sum(errors) / sum(units)."""
    from scipy.special import stdtrit

    size = len(units)
    variance = _variance(errors, units, np.ones(size)) if size >= LEAST else 0.0
    if not variance > 0:
        return None  # without any error the spread is not 0, but unknown
    value = 1 - errors.sum() / units.sum()
    half = float(stdtrit(size - 1, 0.975)) * variance**0.5
    return float(value - half), float(value + half)
