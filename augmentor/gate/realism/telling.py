"""Whether a plain classifier tells real from made: examples that it has never seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from augmentor.gate.realism.distance import Matrix

FOLDS = 5
RESAMPLES = 1000
RIDGE = 0.03
_ROUNDS = 50
_DIGITS = 9  # of a score: equal examples are to score alike on any processor


@dataclass(frozen=True, slots=True)
class Telling:
    """How well real and made are told apart.

    Parameters
    ----------
    auc : chance that of a real and a made example the real one looks more real; 0.5 is a guess,
        1 is always right.
    low, high : its 95 % interval.
    by : the features that tell most by themselves, each with its own AUC, 0.5 or above.
    """

    auc: float
    low: float
    high: float
    by: tuple[tuple[int, float], ...]


def telling(
    real: Matrix, made: Matrix, real_groups: Sequence[str], made_groups: Sequence[str]
) -> Telling | None:
    """Tell real from made by a logistic regression, each group by one that never saw it.

    Only examples of the same fold are compared. The interval is a bootstrap of whole groups.

    Parameters
    ----------
    real, made : float64 [examples, features], standardised.
    real_groups, made_groups : the group of each example, by name; one that is in both stays
        together.

    Returns
    -------
    None where real or made ones are of fewer than two groups.

    References
    ----------
    D. Lopez-Paz and M. Oquab, Revisiting classifier two-sample tests, ICLR 2017.
    """
    folds = min(FOLDS, len(set(real_groups)), len(set(made_groups)))
    if folds < 2:
        return None
    names, place = np.unique([*real_groups, *made_groups], return_inverse=True)
    is_real = np.arange(len(place)) < len(real)
    fold_of = _folds(place, is_real, len(names), folds)[place]
    pooled = np.concatenate([real, made])
    score = np.zeros(len(pooled))
    for fold in range(folds):
        judged = fold_of == fold
        weights = logistic(pooled[~judged], is_real[~judged])
        score[judged] = weights[0] + pooled[judged] @ weights[1:]
    together = fold_of[is_real][:, np.newaxis] == fold_of[~is_real]
    won = _won(score[is_real], score[~is_real]) * together
    if not together.any():
        return None
    low, high = _interval(won, together, place, is_real, len(names))
    alone = np.array([_won(r, m).mean() for r, m in zip(real.T, made.T, strict=True)])
    apart = np.maximum(alone, 1 - alone)
    best = np.argsort(-np.round(apart, _DIGITS), kind="stable")[:3]
    by = tuple((int(one), float(apart[one])) for one in best)
    return Telling(float(won.sum() / together.sum()), low, high, by)


def logistic(vectors: Matrix, is_first: NDArray[np.bool_], ridge: float = RIDGE) -> Matrix:
    """Fit a logistic regression with a ridge, both classes weighing alike, by Newton's method.

    Minimises the weighted mean of the log loss plus ``ridge / 2`` times the sum of squared
    weights, the constant left out.

    Parameters
    ----------
    vectors : float64 [examples, features].
    is_first : which are of the class that scores above 0; some are, some are not.
    ridge : above 0.

    Returns
    -------
    float64 [1 + features], the constant and the weights.
    """
    inputs = np.column_stack([np.ones(len(vectors)), vectors])
    share = np.where(is_first, 0.5 / is_first.sum(), 0.5 / (~is_first).sum())
    penalty = np.full(inputs.shape[1], ridge)
    penalty[0] = 0
    weights = np.zeros(inputs.shape[1])
    for _ in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(inputs @ weights, -35, 35)))
        gradient = inputs.T @ (share * (chance - is_first)) + penalty * weights
        bend = share * np.maximum(chance * (1 - chance), 1e-12)
        step = np.linalg.solve((inputs.T * bend) @ inputs + np.diag(penalty), gradient)
        weights -= step
        if np.abs(step).max() < 1e-9:
            break
    return weights


def _folds(
    place: NDArray[np.int64], is_real: NDArray[np.bool_], groups: int, folds: int
) -> NDArray[np.int64]:
    """Return the fold of each group: the largest first, each to where least of its kind is."""
    shares = np.stack([
        np.bincount(place[kind], minlength=groups) / kind.sum() for kind in (is_real, ~is_real)
    ])  # fmt: skip
    load = np.zeros((2, folds))
    found = np.zeros(groups, np.int64)
    for one in np.argsort(-shares.sum(axis=0), kind="stable"):
        found[one] = int(np.argmin((load * shares[:, one : one + 1]).sum(axis=0)))
        load[:, found[one]] += shares[:, one]
    return found


def _won(first: Matrix, second: Matrix) -> Matrix:
    """Return 1 where a first one is above a second one, half where they are equal."""
    apart = np.round(first, _DIGITS)[:, np.newaxis] - np.round(second, _DIGITS)
    return np.asarray((np.sign(apart) + 1) / 2, np.float64)


def _interval(
    won: Matrix,
    together: NDArray[np.bool_],
    place: NDArray[np.int64],
    is_real: NDArray[np.bool_],
    groups: int,
) -> tuple[float, float]:
    chance = np.random.Generator(np.random.Philox(key=2))
    drawn = chance.integers(0, groups, (RESAMPLES, groups))
    times = np.stack([np.bincount(one, minlength=groups) for one in drawn]).astype(np.float64)
    real, made = times[:, place[is_real]], times[:, place[~is_real]]
    wins = np.einsum("ij,ij->i", real @ won, made)
    pairs = np.einsum("ij,ij->i", real @ together.astype(np.float64), made)
    low, high = np.quantile(wins[pairs > 0] / pairs[pairs > 0], [0.025, 0.975])
    return float(low), float(high)
