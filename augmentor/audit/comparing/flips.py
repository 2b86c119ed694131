"""Did it fall: an exact test that takes before and after as exchangeable."""

import numpy as np
from numpy.typing import NDArray

_MOST = 1 << 22  # steps of work for one exact distribution: some 50 ms


def sign_flips(changes: NDArray[np.int64]) -> tuple[float, float]:
    """One-sided p-values of "no change": were it a coin's throw which model is called before.

    Each row's change, or each group's where the rows of a group are not independent, keeps its
    size and takes either sign alike. How often does their sum come out so low, or so high?
    Where no change is larger than 1 this is McNemar's exact test.

    Parameters
    ----------
    changes : errors before less errors after, of each row or group.

    Returns
    -------
    p_fell, p_rose : small if the sum is low, or high; 1 where nothing changed.

    References
    ----------
    Fisher 1935, "The Design of Experiments", section 21; for a system's word errors Riezler and
    Maxwell 2005, "On some pitfalls in automatic evaluation and significance testing for MT".
    """
    from scipy.special import bdtr

    moved = changes[changes != 0]
    if not len(moved):
        return 1.0, 1.0
    moved = moved // np.gcd.reduce(moved)
    sizes, counts = np.unique(np.abs(moved), return_counts=True)
    total, up = int(np.abs(moved).sum()), int(moved[moved > 0].sum())
    if len(sizes) == 1:
        return float(bdtr(up, total, 0.5)), float(bdtr(total - up, total, 0.5))
    if total * len(sizes) > _MOST:
        return _nearly(sizes, counts, 2 * up - total), _nearly(sizes, counts, total - 2 * up)
    chances = _chances(sizes, counts, total)
    below = float(chances[: up + 1].sum())
    above = float(chances[up:].sum())
    return min(below, 1.0), min(above, 1.0)


def _chances(
    sizes: NDArray[np.int64], counts: NDArray[np.int64], total: int
) -> NDArray[np.float64]:
    """Return how likely each sum of the positive changes is, 0 to `total`.

    A sum of independent terms has the product of their characteristic functions; the fast
    Fourier transform turns it back.
    """
    length = 1 << int(total).bit_length()
    turn = np.pi / length * np.arange(length // 2 + 1)
    product = np.exp(-1j * turn * total)
    for size, count in zip(sizes.tolist(), counts.tolist(), strict=True):
        product *= np.cos(turn * size) ** count
    return np.maximum(np.fft.irfft(product, length)[: total + 1], 0)


def _nearly(sizes: NDArray[np.int64], counts: NDArray[np.int64], distance: int) -> float:
    """Return P(sum of all changes <= distance) for very many changes.

    The normal law with Edgeworth's term for the fourth moment: the law is symmetric, so there
    is no third. Sums lie 2 apart, hence the step of 1.
    """
    from scipy.special import ndtr

    square = float((sizes.astype(np.float64) ** 2 * counts).sum())
    fourth = -2 * float((sizes.astype(np.float64) ** 4 * counts).sum()) / square**2
    z = (distance + 1) / np.sqrt(square)
    density = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    chance = float(ndtr(z) - density * fourth / 24 * (z**3 - 3 * z))
    return min(max(chance, 0.0), 1.0)
