"""How sure a change of a pooled rate is, by drawing the examples again."""

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.figures.clustered import Owners
from augmentor.audit.figures.metrics import Floats

DRAWS = 2000
LEAST = 6  # rows or groups: of fewer, even if all move one way, a sign test cannot reach 5 %
BLOCKS = 20_000
_KEY = 0x61756469  # fixed, so that the same tables always give the same interval
_CELLS = 1 << 21  # drawn at a time: about 8 MB

Table = NDArray[np.float32]
"""Whole numbers: their sums up to 16 million are exact, in whatever order they are taken."""


def paired_bootstrap(
    members: NDArray[np.bool_],
    gained: Floats,
    units: Floats,
    owner: Owners | None = None,
    draws: int = DRAWS,
) -> tuple[Floats, Floats, Floats]:
    """Interval of sum(gained) / sum(units) over the rows of each tag.

    Rows are drawn again, before and after together; whole groups of rows where rows of a group
    are not independent, as the sentences of one speaker. Each is drawn so often as a Poisson
    law of mean 1 says. Quantiles lie further out for fewer groups, as Student's t does. The
    interval is never narrower than one error more and one less make it: where nothing changed
    in a few rows, all drawn tables are alike, and that is no certainty.

    Parameters
    ----------
    members : bool [rows, tags].
    gained : float64 [rows], errors before less errors after.
    units : float64 [rows], words of the target.
    owner : each row's group, as a number [rows]; None: every row is its own.
    draws : how many times the data are drawn again.

    Returns
    -------
    low, high : 95 % interval [tags].
    lower : one-sided 95 % bound from below [tags].
        All are not-a-number where a tag has no words, or fewer than six rows or groups of them.

    Notes
    -----
    More than 20,000 rows or groups are dealt to so many blocks first: rows that are
    independent stay so in blocks dealt blindly.

    References
    ----------
    Bisani and Ney 2004, "Bootstrap estimates for confidence intervals in ASR performance
    evaluation", for paired word errors; Hesterberg 2015, "What teachers should know about the
    bootstrap", for the expanded quantiles; Chamandy et al. 2012, "Estimating uncertainty for
    massive data streams", for Poisson draws; Bonett and Price 2012, for the two errors.
    """
    from scipy.special import stdtrit

    above, below, count = _sums(members, gained, units, owner)
    changes = _drawn(above, below, draws)
    changes[:, count < LEAST] = np.nan
    total, words = above.sum(0, dtype=np.float64), below.sum(0, dtype=np.float64)
    change = np.divide(total, words, out=np.zeros(len(count)), where=words > 0)
    ends = []
    for level in (0.025, 0.975, 0.05):
        t = stdtrit(np.maximum(count - 1, 1), level)
        least = change + t * np.sqrt(2) / np.maximum(words, 1)
        drawn_at = _quantiles(changes, t * np.sqrt(count / np.maximum(count - 1, 1)))
        ends.append(np.where(level < 0.5, np.minimum(drawn_at, least), np.maximum(drawn_at, least)))
    return ends[0], ends[1], ends[2]


def _sums(
    members: NDArray[np.bool_], gained: Floats, units: Floats, owner: Owners | None
) -> tuple[Table, Table, Floats]:
    """Return gained and units by block and tag [blocks, tags], and how many groups have units."""
    rows, tags = members.shape
    groups = np.arange(rows) if owner is None else owner
    most = int(groups.max(initial=-1)) + 1
    block, blocks = groups, most
    if most > BLOCKS:
        rng = np.random.Generator(np.random.Philox(key=_KEY + 1))
        block, blocks = rng.permutation(most)[groups] % BLOCKS, BLOCKS
    above, below = np.zeros((2, blocks, tags), dtype=np.float32)
    count = np.zeros(tags)
    for tag in range(tags):
        here = np.flatnonzero(members[:, tag])
        above[:, tag] = np.bincount(block[here], gained[here], blocks)
        below[:, tag] = np.bincount(block[here], units[here], blocks)
        said = groups[here[units[here] > 0]]
        count[tag] = len(said) if owner is None else np.count_nonzero(np.bincount(said))
    return above, below, count


def _drawn(above: Table, below: Table, draws: int) -> Floats:
    """Return the changes of tables drawn again [draws, tags]; not-a-number without units."""
    size, tags = above.shape
    both = np.hstack([above, below])
    rng = np.random.Philox(key=_KEY)
    times = _poisson()
    changes = np.full((draws, tags), np.nan)
    step = max(1, _CELLS // max(size, 1))
    for start in range(0, draws, step):
        some = min(step, draws - start)
        words = rng.random_raw(-(-some * size // 4)).view(np.uint16)[: some * size]
        drawn = (times[words].reshape(some, size) @ both).astype(np.float64)
        total, length = drawn[:, :tags], drawn[:, tags:]
        np.divide(total, length, out=changes[start : start + some], where=length > 0)
    return changes


def _poisson() -> Table:
    """Return how often something is drawn, for each of 65,536 equal parts of [0, 1)."""
    from scipy.special import pdtr

    part = (np.arange(1 << 16) + 0.5) / (1 << 16)
    return np.searchsorted(pdtr(np.arange(12), 1.0), part).astype(np.float32)


def _quantiles(changes: Floats, z: Floats) -> Floats:
    """Return each tag's quantile at the probability of a normal `z` [tags]."""
    from scipy.special import ndtr

    ordered = np.sort(changes, axis=0)  # not-a-numbers come last
    known = np.count_nonzero(~np.isnan(changes), axis=0)
    place = np.clip(ndtr(z), 0, 1) * np.maximum(known - 1, 0)
    under = np.floor(place).astype(np.intp)
    over = np.minimum(under + 1, np.maximum(known - 1, 0))
    tags = np.arange(changes.shape[1])
    low, high = ordered[under, tags], ordered[over, tags]
    return np.asarray(low + (place - under) * (high - low), dtype=np.float64)
