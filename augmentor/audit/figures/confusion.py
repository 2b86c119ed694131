"""How often each class was taken for each other one, counted in one pass over integers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.errors import UsageError

_BLOCK = 1 << 14  # rows at a time: their codes stay in the cache of a core
_MOST = 1000  # classes: a larger table takes 8 MB and more, and nobody reads it

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Numbers = Ints | Floats


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Examples, or their weight where they have one.

    Parameters
    ----------
    hits : examples of a class that were said to be of it [classes].
    support : examples of it [classes].
    predicted : examples said to be of it [classes + 1]; the last: of none of the classes.
    table : [target, prediction], with a last column for answers of no class if there are any;
        None for more than 1,000 classes.
    """

    hits: Numbers
    support: Numbers
    predicted: Numbers
    table: Numbers | None


def count(true: Ints, said: Ints, classes: int, weights: Floats | None = None) -> Counts:
    """Count targets and predictions, integers of any width [rows]; see `check`."""
    if classes > _MOST:
        hit = true == said
        hits = np.bincount(true[hit], None if weights is None else weights[hit], classes)
        shifted = np.bincount(np.add(said, 1, dtype=np.int64), weights, classes + 1)
        return Counts(hits, np.bincount(true, weights, classes), np.roll(shifted, -1), None)
    width = classes + 1
    cells = classes * width
    step = max(_BLOCK, 4 * cells)
    flat: Any = np.zeros(cells, dtype=np.int64 if weights is None else np.float64)
    for start in range(0, len(true), step):
        rows = slice(start, start + step)
        codes = np.multiply(true[rows], width, dtype=np.int64)  # narrow integers would overflow
        np.add(codes, said[rows], out=codes, dtype=np.int64)
        codes += 1
        flat += np.bincount(codes, None if weights is None else weights[rows], cells)
    table = np.roll(flat.reshape(classes, width), -1, axis=1)  # answers of no class last
    hits, support, predicted = np.diagonal(table), table.sum(axis=1), table.sum(axis=0)
    return Counts(hits, support, predicted, table if predicted[-1] else table[:, :-1])


def matthews(counts: Counts) -> float | None:
    """Return the Matthews correlation; 0 where one side is constant, None without examples.

    A constant side makes it 0/0. It is set to 0, as it is for every guess that does not depend
    on the target.

    References
    ----------
    Gorodkin 2004, "Comparing two K-category assignments by a K-category correlation
    coefficient".
    """
    support, predicted = counts.support.astype(np.float64), counts.predicted.astype(np.float64)
    if not support.any():
        return None
    if min(np.count_nonzero(support), np.count_nonzero(predicted)) == 1:
        return 0.0
    total = support.sum()
    together = counts.hits.sum() * total - support @ predicted[:-1]
    spread = (total**2 - support @ support) * (total**2 - predicted @ predicted)
    return float(np.clip(together / np.sqrt(spread), -1, 1))


def check(true: Ints, said: Ints, classes: int, weights: Floats | None) -> None:
    """Refuse arrays of different lengths, codes of no class, and weights below 0."""
    for what, some in (("predictions", said), ("weights", weights)):
        if some is not None and len(some) != len(true):
            raise UsageError(f"{len(true)} targets, but {len(some)} {what}")
    for what, codes, least in (("target", true, 0), ("prediction", said, -1)):
        if len(codes) and not least <= codes.min() <= codes.max() < classes:
            raise UsageError(f"the code of a {what} is not from {least} to {classes - 1}")
    if weights is not None and not ((weights >= 0) & np.isfinite(weights)).all():
        raise UsageError("a weight is not a number of 0 or more")
