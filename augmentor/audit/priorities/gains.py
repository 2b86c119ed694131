"""What closing gaps would give, alone and together, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.figures.metrics import BY_EXAMPLE, Floats, per_tag, ratio
from augmentor.audit.priorities.cover import Cover, covers
from augmentor.audit.priorities.reached import Reached

DRAWS = 1000
CONTENDERS = 8  # tags that may have the largest gain: their rows fall into 2^8 x 4 cells
_KEY = 0x6761696E  # fixed, so that the same table always gives the same figures


@dataclass(frozen=True, slots=True, eq=False)
class Gains:
    """Gains of overlapping groups; fractions of all units.

    Parameters
    ----------
    unique : what only this group covers [groups].
    marginal : what it adds once all those ranked before it are mended [groups].
    union : all groups together; None where no gap is known.
    """

    unique: Floats
    marginal: Floats
    union: float | None


def overlapping(cover: Cover, rate: Floats, gap: Floats, order: Sequence[int]) -> Gains:
    """Return what groups would gain where their rows overlap.

    To close a gap is to mend the same fraction of each of a group's errors, gap / rate. A row
    in several groups is mended by the largest fraction, not by their sum.

    Parameters
    ----------
    cover : groups of rows.
    rate, gap : of each group [groups].
    order : the groups with a gap, the first to be mended first.
    """
    total = cover.counts.units.sum()
    unknown = np.full(len(gap), np.nan)
    fraction = np.where(np.isnan(gap), np.nan, 0.0)
    np.divide(gap, rate, out=fraction, where=(gap > 0) & (rate > 0))
    if total == 0 or np.isnan(fraction).all():
        return Gains(unknown, unknown, None)
    (errors,) = per_tag(cover.wrong, cover.mistakes * (covers(cover.wrong) == 1))
    marginal = unknown.copy()
    best = np.zeros(len(cover.wrong))
    for at in order:
        here = np.flatnonzero(cover.wrong[:, at])
        more = np.maximum(fraction[at] - best[here], 0)
        best[here] += more
        marginal[at] = np.sum(more * cover.mistakes[here]) / total
    return Gains(fraction * errors / total, marginal, float(np.nansum(marginal)))


@dataclass(frozen=True, slots=True, eq=False)
class Sure:
    """How sure potential gains are.

    Parameters
    ----------
    low, high : 95 % interval of each gain [groups]; not-a-number where unknown.
    largest : the probability that a gain is the largest of all [groups]; only the eight
        largest contend, the others have 0.
    """

    low: Floats
    high: Floats
    largest: Floats


def how_sure(cover: Cover, reached: Reached, gap: Floats, share: Floats) -> Sure:
    """Draw the counts of every group again, and with them its gain.

    Of examples that are right or wrong, the cells of the table (in the group or not, wrong or
    not, and for the baseline alike) are drawn from their Dirichlet posterior. A baseline that
    was measured on so many examples is drawn too. For word errors a normal draw by the gap's
    own interval stands in, each group by itself.

    Parameters
    ----------
    cover, reached : groups and what they could reach.
    gap, share : of each group [groups]; the share may be another than the table's own.

    References
    ----------
    Rubin 1981, "The Bayesian bootstrap"; Jeffreys' prior of 1/2 a cell for single groups, so
    that no error among few examples is not taken for none ever.
    """
    rng = np.random.Generator(np.random.Philox(key=_KEY))
    known = np.flatnonzero(~np.isnan(gap) & ~np.isnan(share))
    unknown = np.full(len(gap), np.nan)
    if not len(known):
        return Sure(unknown, unknown, unknown)
    gain = np.maximum(gap, 0) * share
    first = known[np.argsort(-gain[known], kind="stable")][:CONTENDERS]
    largest = np.where(np.isnan(gain), np.nan, 0.0)
    if cover.metric in BY_EXAMPLE:
        scale = ratio(share, cover.n / len(cover.members))
        drawn = _alone(cover, reached, rng)[:, known] * scale[known]
        together = _together(cover, reached, first, rng) * scale[first]
    else:
        spread = (reached.high - reached.low) / (2 * 1.96)
        noise = rng.standard_normal((DRAWS, len(gap)))
        drawn = (np.maximum(gap + spread * noise, 0) * share)[:, known]
        together = np.nan_to_num((np.maximum(gap + spread * noise, 0) * share)[:, first])
    low, high = unknown.copy(), unknown.copy()
    low[known], high[known] = np.quantile(drawn, [0.025, 0.975], axis=0)
    if together.size:
        winner = np.argmax(together, axis=1)
        won = np.bincount(winner[together.max(axis=1) > 0], minlength=len(first))
        largest[first] = won / DRAWS
    return Sure(low, high, largest)


def _alone(cover: Cover, reached: Reached, rng: np.random.Generator) -> Floats:
    """Draw the gain of every group by itself, float64 [draws, groups], for the table's shares."""
    total = float(len(cover.members))
    if reached.errors is not None:
        own, other = cover.counts.errors, reached.errors
        more, less = per_tag(cover.members, own * (1 - other), other * (1 - own))
    else:
        more, less = cover.errors, cover.n - cover.errors
    cells = np.stack([more, less, total - more - less]) + 0.5
    parts = rng.standard_gamma(cells[:, None, :], (3, DRAWS, len(more)))
    parts /= parts.sum(axis=0)
    gained = parts[0] - parts[1]
    if reached.errors is None:
        wrong_at_best = 1 - _levels(reached.value, reached.n, rng)
        gained = parts[0] - wrong_at_best * (parts[0] + parts[1])
    return np.asarray(np.maximum(gained, 0), dtype=np.float64)


def _together(
    cover: Cover, reached: Reached, first: NDArray[np.intp], rng: np.random.Generator
) -> Floats:
    """Draw the gains of a few groups from one table, float64 [draws, groups]."""
    code = np.zeros(len(cover.members), dtype=np.uint8)
    for place, at in enumerate(first):
        code |= cover.members[:, at].view(np.uint8) << np.uint8(place)
    wrong = cover.counts.errors > 0
    other = np.zeros(len(wrong), np.bool_) if reached.errors is None else reached.errors > 0
    # Most rows are right for both: only the others are counted by who is wrong.
    some = np.flatnonzero(wrong | other)
    kind = code[some].astype(np.intp) | wrong[some].astype(np.intp) << CONTENDERS
    kind |= other[some].astype(np.intp) << (CONTENDERS + 1)
    counts = np.bincount(kind, minlength=4 << CONTENDERS)
    by_code = counts.reshape(4, -1).sum(axis=0)
    counts[: 1 << CONTENDERS] += np.bincount(code, minlength=1 << CONTENDERS) - by_code
    cells = np.flatnonzero(counts)
    weight = rng.standard_gamma(counts[cells], (DRAWS, len(cells)))
    weight /= weight.sum(axis=1, keepdims=True)
    here = (cells[:, None] >> np.arange(len(first)) & 1).astype(np.float64)
    is_wrong = (cells >> CONTENDERS & 1)[:, None]
    if reached.errors is not None:
        gained = weight @ (here * (is_wrong - (cells >> CONTENDERS + 1)[:, None]))
    else:
        wrong_at_best = 1 - _levels(reached.value[first], reached.n[first], rng)
        gained = weight @ (here * is_wrong) - wrong_at_best * (weight @ here)
    return np.asarray(np.maximum(gained, 0), dtype=np.float64)


def _levels(value: Floats, n: Floats, rng: np.random.Generator) -> Floats:
    """Draw baselines, float64 [draws, groups]; one that is taken as exact stays."""
    measured = ~np.isnan(n)
    size = np.where(measured, n, 1.0)
    right = np.clip(np.nan_to_num(value), 0, 1) * size
    drawn = rng.beta(right + 0.5, size - right + 0.5, (DRAWS, len(value)))
    return np.where(measured, drawn, value)
