"""How far two sets of vectors are apart, and whether chance alone puts them so far."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

PERMUTATIONS = 999
_FURTHEST = 5.0  # standard deviations: one odd example is not to outweigh all others


@dataclass(frozen=True, slots=True)
class Distance:
    """How far real and made are apart.

    Parameters
    ----------
    mmd2 : squared maximum mean discrepancy, unbiased: 0 on average, also below, where both are
        of one distribution; 1 is about as far as it goes.
    p : how often chance alone puts groups of examples as far apart.
    """

    mmd2: float
    p: float


def standardised(real: Matrix, made: Matrix) -> tuple[Matrix, Matrix]:
    """Return both in standard deviations from their common mean; what never varies is 0.

    Parameters
    ----------
    real, made : float64 [examples, features].
    """
    pooled = np.concatenate([real, made])
    spread = pooled.std(axis=0)
    still = spread <= 1e-9 * np.maximum(1.0, np.abs(pooled).max(axis=0))
    scaled = (pooled - pooled.mean(axis=0)) / np.where(still, 1.0, spread)
    scaled[:, still] = 0
    np.clip(scaled, -_FURTHEST, _FURTHEST, out=scaled)
    return scaled[: len(real)], scaled[len(real) :]


def distance(
    real: Matrix,
    made: Matrix,
    real_groups: Sequence[str],
    made_groups: Sequence[str],
    permutations: int = PERMUTATIONS,
) -> Distance:
    """Measure the maximum mean discrepancy of two sets, with a permutation null.

    The kernel is a Gaussian as wide as the median distance of any two examples. Whole groups
    are permuted (examples with one noise recording, crops of one picture), since they are alike
    for another reason than being real or made; with few groups p cannot be small.

    Parameters
    ----------
    real, made : float64 [examples, features], standardised; at least two of each.
    real_groups, made_groups : the group of each example, by name.
    permutations : how often the groups are dealt anew, by a generator with a fixed key.

    References
    ----------
    A. Gretton et al., A kernel two-sample test, JMLR 13, 2012: the unbiased estimate (eq. 3)
    and the width. B. Phipson and G. Smyth, Permutation p-values should never be zero, 2010.
    """
    pooled = np.concatenate([real, made])
    squares = np.square(pooled).sum(axis=1)
    apart = np.maximum(squares[:, np.newaxis] + squares - 2 * pooled @ pooled.T, 0)
    width = float(np.median(apart[np.triu_indices(len(pooled), 1)])) or 1.0
    kernel = np.exp(-apart / width)
    np.fill_diagonal(kernel, 0)
    dealt = _dealt([*real_groups, *made_groups], len(real), permutations)
    labels = np.zeros((permutations + 1, len(pooled)))
    labels[0, : len(real)] = 1
    labels[1:] = dealt
    found = _mmd2(kernel, labels)
    # Rounding must not make the same deal look nearer than itself.
    as_far = int((found[1:] >= found[0] - 1e-12).sum())
    return Distance(float(found[0]), (1 + as_far) / (1 + permutations))


def _mmd2(kernel: Matrix, labels: Matrix) -> Matrix:
    """Return the unbiased estimate for each way to label examples, 1 for the first set."""
    first = labels.sum(axis=1)
    second = labels.shape[1] - first
    from_first = labels @ kernel
    within = (from_first * labels).sum(axis=1)
    between = from_first.sum(axis=1) - within
    other = kernel.sum() - within - 2 * between
    return np.asarray(
        within / (first * (first - 1)) + other / (second * (second - 1))
        - 2 * between / (first * second)
    )  # fmt: skip


def _dealt(groups: Sequence[str], wanted: int, permutations: int) -> Matrix:
    """Return labels in which whole groups, in random order, fill a set of about `wanted`."""
    _, place, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    chance = np.random.Generator(np.random.Philox(key=1))
    labels = np.zeros((permutations, len(groups)))
    for row in labels:
        order = chance.permutation(len(sizes))
        filled = np.cumsum(sizes[order])
        # A group is in where at least half of it still fits; both sets keep two examples.
        taken = filled - sizes[order] / 2 <= wanted
        chosen = np.zeros(len(sizes), np.bool_)
        chosen[order[taken]] = True
        row[:] = chosen[place]
        if not 2 <= row.sum() <= len(row) - 2:
            row[:] = 0
            row[chance.permutation(len(row))[:wanted]] = 1
    return labels
