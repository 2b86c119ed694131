"""How sure a change of a pooled rate is, by drawing the examples again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.metrics import Floats

DRAWS = 2000
LEAST = 6  # rows or groups: of fewer, even if all move one way, a sign test cannot reach 5 %
_KEY = 0x61756469  # fixed, so that the same tables always give the same interval
_CELLS = 1 << 21  # drawn at a time: about 16 MB


@dataclass(frozen=True, slots=True, eq=False)
class Resampled:
    """Quantiles of a change, and how often it had either sign.

    Not-a-number where a tag has no words, or fewer than six rows or groups of them.

    Parameters
    ----------
    low, high : 95 % interval [tags]; lower : one-sided 95 % bound from below [tags].
    p : two-sided p-value of "no change" [tags]; p_fell : one-sided, small if it fell [tags].
    """

    low: Floats
    high: Floats
    lower: Floats
    p: Floats
    p_fell: Floats


def paired_bootstrap(
    members: NDArray[np.bool_],
    gained: Floats,
    units: Floats,
    groups: Sequence[str] | None = None,
    draws: int = DRAWS,
) -> Resampled:
    """Interval of sum(gained) / sum(units) over the rows of each tag.

    Rows are drawn with replacement, before and after together; whole groups of rows where
    rows of a group are not independent, as the sentences of one speaker.

    Parameters
    ----------
    members : bool [rows, tags].
    gained : float64 [rows], errors before less errors after.
    units : float64 [rows], words of the target.
    groups : name of each row's group [rows].
    draws : how many times the data are drawn again.

    References
    ----------
    Efron 1979, percentile intervals; Bisani and Ney 2004, "Bootstrap estimates for confidence
    intervals in ASR performance evaluation", for paired word errors.
    """
    above, below, drawable = _sums(members, gained, units, groups)
    size = len(above)
    rng = np.random.Generator(np.random.Philox(key=_KEY))
    changes = np.empty((draws, above.shape[1]))
    step = max(1, _CELLS // size)
    for start in range(0, draws, step):
        count = min(step, draws - start)
        drawn = rng.integers(0, size, (count, size))
        drawn += np.arange(count)[:, None] * size
        times = np.bincount(drawn.ravel(), minlength=count * size)
        weights = times.reshape(count, size).astype(np.float64)
        total, words = weights @ above, weights @ below
        changes[start : start + count] = np.divide(
            total, words, out=np.full(total.shape, np.nan), where=words > 0
        )
    changes[:, drawable < LEAST] = np.nan
    return _summed_up(changes)


def _sums(
    members: NDArray[np.bool_], gained: Floats, units: Floats, groups: Sequence[str] | None
) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Return gained and units by group and tag [groups, tags], and groups with units [tags]."""
    above, below = members * gained[:, None], members * units[:, None]
    if groups is not None:
        names, owner = np.unique(np.asarray(groups), return_inverse=True)
        pooled = np.zeros((2, len(names), members.shape[1]))
        np.add.at(pooled[0], owner, above)
        np.add.at(pooled[1], owner, below)
        above, below = pooled
    return above, below, np.count_nonzero(below, axis=0)


def _summed_up(changes: Floats) -> Resampled:
    quantiles = np.full((3, changes.shape[1]), np.nan)
    known = ~np.isnan(changes)
    some = known.any(axis=0)
    quantiles[:, some] = np.nanquantile(changes[:, some], [0.025, 0.05, 0.975], axis=0)
    tried = known.sum(axis=0)
    # One is added above and below, so that no p-value is 0 (Davison and Hinkley 1997, 4.2).
    p_fell = np.where(some, (1 + (changes >= 0).sum(axis=0)) / (1 + tried), np.nan)
    p_rose = np.where(some, (1 + (changes <= 0).sum(axis=0)) / (1 + tried), np.nan)
    p = np.minimum(1, 2 * np.minimum(p_fell, p_rose))
    return Resampled(quantiles[0], quantiles[2], quantiles[1], p, p_fell)
