"""What a little more of the budget would buy, by a learning curve: b n^-a carried on."""

from collections.abc import Sequence

import numpy as np

from augmentor.audit.curves.fit import Curve, fit_curves
from augmentor.audit.doses.answered import Answered
from augmentor.audit.doses.dosed import Next
from augmentor.audit.figures.metrics import Floats

TENTH_FRAC = 0.1


def fitted(answered: Answered, group: int, sizes: Sequence[int]) -> Curve:
    """Return the learning curve of a group, by every training that had an example of it.

    Parameters
    ----------
    answered : the answers.
    group : its place.
    sizes : examples of the group that each dose was trained on.
    """
    name, losses = answered.names[group], answered.losses(group)
    points = [
        (name, size, float(loss))
        for size, some in zip(sizes, losses, strict=True)
        for loss in some
        if size and not np.isnan(loss)
    ]
    nothing = Curve(tag=name, points=0, sizes=0, reason="no training had an example with its tag")
    return fit_curves(points).get(name, nothing)


def next_tenth(answered: Answered, group: int, sizes: Sequence[int], curve: Curve) -> Next:
    """Return what a tenth more of the round's new examples would buy a group.

    The gain is b n^-a - b m^-a, from n examples to m. Near the losses that were found it is a
    sum of them, each with a weight; its interval is that of the sum over trainings and
    examples, or that of how far the points lie from the curve, whichever is wider. The truth
    may be another curve, that flattens: so the interval reaches from there to what a curve
    through the last two doses alone would buy.

    Parameters
    ----------
    answered, group, sizes : as in `fitted`.
    curve : what `fitted` returned.

    References
    ----------
    Seber and Wild 2003, "Nonlinear regression", section 5.1, for the delta method.
    """
    size = float(sizes[-1])
    more = TENTH_FRAC * (size - sizes[0])
    if not curve.ok or curve.a is None or curve.b is None:
        return Next(examples=more, reason=curve.reason)
    if more <= 0:
        return Next(examples=more, reason="the round made no example with its tag")
    n = np.asarray(sizes, dtype=np.float64)
    gain = curve.b * (size**-curve.a - (size + more) ** -curve.a)
    half = answered.half_width(group, _weights(n, size + more, curve))
    if np.isnan(half):
        return Next(examples=more, gain=gain)
    half = max(half, _half_of_fit(answered.losses(group), n, size + more, curve))
    late = _by_last_two(answered.losses(group).mean(axis=1), n, size + more)
    late = gain if late is None else late
    low, high = min(gain, late), max(gain, late)
    return Next(examples=more, gain=gain, interval=(low - half, high + half))


def _by_last_two(losses: Floats, n: Floats, after: float) -> float | None:
    """Return the gain by the curve through the last two sizes; None where there is none."""
    at = np.flatnonzero((n > 0) & (n < n[-1]))
    if not at.size or not losses[at[-1]]:
        return None
    if not losses[-1]:
        return 0.0
    power = np.log(losses[at[-1]] / losses[-1]) / np.log(n[-1] / n[at[-1]])
    return float(losses[-1] * (1 - (after / n[-1]) ** -power))


def _slopes(n: Floats, curve: Curve) -> Floats:
    """Return how the curve moves with log b and a [sizes, 2]."""
    assert curve.a is not None
    assert curve.b is not None
    height = curve.b * n**-curve.a
    return np.stack([height, -height * np.log(n)], axis=1)


def _bent(n: Floats, after: float, curve: Curve) -> tuple[Floats, Floats]:
    """Return how the gain moves with each mean loss of `n`, and the inverse it comes from."""
    slopes = _slopes(n, curve)
    inverse = np.linalg.pinv(slopes.T @ (n[:, None] * slopes))  # points weigh their size
    ends = _slopes(np.array([n[-1], after]), curve)
    towards = (ends[0] - ends[1]) @ inverse
    return np.asarray(slopes @ towards * n), np.asarray(towards @ (ends[0] - ends[1]))


def _weights(n: Floats, after: float, curve: Curve) -> Floats:
    """Return the weight of each dose's mean loss in the gain; none where there was no example."""
    weights, seen = np.zeros(len(n)), n > 0
    weights[seen] = _bent(n[seen], after, curve)[0]
    return weights


def _half_of_fit(losses: Floats, n: Floats, after: float, curve: Curve) -> float:
    """Return half the 95 % interval of the gain by how far the points lie from the curve."""
    from scipy.special import stdtrit

    assert curve.a is not None
    assert curve.b is not None
    seen = n > 0
    n, losses = n[seen], losses[seen]
    off = losses - (curve.b * n**-curve.a)[:, None]
    freedom = losses.size - 2
    square = float((n[:, None] * off**2).sum()) / freedom / losses.shape[1]
    variance = square * float(_bent(n, after, curve)[1])
    return float(stdtrit(freedom, 0.975) * np.sqrt(max(variance, 0.0)))
