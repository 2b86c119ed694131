"""How much each tag changed between before and after, and how sure that is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.comparing.bootstrap import DRAWS, paired_bootstrap
from augmentor.audit.comparing.flips import sign_flips
from augmentor.audit.comparing.paired_score import score_difference, score_fell
from augmentor.audit.comparing.seeds import Runs, over_runs
from augmentor.audit.figures import intervals
from augmentor.audit.figures.clustered import Owners, ratio_spread
from augmentor.audit.figures.metrics import Floats, per_tag, ratio


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """What was found of each tag [tags]; not-a-number is undefined.

    The fields are those of `comparison.Change`; `method` says how they were found.
    """

    n: Floats
    before: Floats
    after: Floats
    change: Floats
    low: Floats
    high: Floats
    lower: Floats
    b: Floats
    c: Floats
    p: Floats
    p_fell: Floats
    p_guard: Floats
    sd_before: Floats
    sd_after: Floats
    method: str


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What went wrong in the same rows before and after.

    Parameters
    ----------
    before, after : float64 [runs, rows], errors.
    units : float64 [rows], what could go wrong.
    by_example : whether every error is a whole example.
    owner : each row's group, as a number [rows]; None: every row is its own.
    """

    before: Floats
    after: Floats
    units: Floats
    by_example: bool
    owner: Owners | None = None


def changes(members: NDArray[np.bool_], answers: Answers, margin: float) -> Changes:
    """Measure the change of each tag.

    Parameters
    ----------
    members : bool [rows, tags].
    answers : the errors before and after.
    margin : the largest fall that is let pass, as a fraction.
    """
    old, new = answers.before.mean(axis=0), answers.after.mean(axis=0)
    gained = old - new
    broken, mended = (gained < 0).astype(np.float64), (gained > 0).astype(np.float64)
    columns = (np.ones(len(old)), answers.units, old, new, broken, mended)
    n, units, old_errors, new_errors, b, c = per_tag(members, *columns)
    if len(answers.before) == len(answers.after) == 1:
        sure, method = _one_run_each(members, answers, margin, n, b, c)
    else:
        sure = over_runs(
            members, answers.before, answers.after, answers.units, answers.owner, margin
        )
        whole = "" if answers.owner is None else ", whole groups as one"
        method = f"Student's t over runs of the training, mixed with that over examples{whole}"
    p, p_fell, p_guard = (
        np.where(units > 0, one, np.nan) for one in (sure.p, sure.p_fell, sure.p_guard)
    )
    return Changes(
        n=n,
        before=1 - ratio(old_errors, units),
        after=1 - ratio(new_errors, units),
        change=ratio(old_errors - new_errors, units),
        low=sure.low,
        high=sure.high,
        lower=sure.lower,
        b=b,
        c=c,
        p=p,
        p_fell=p_fell,
        p_guard=p_guard,
        sd_before=sure.sd_before,
        sd_after=sure.sd_after,
        method=method,
    )


def _one_run_each(
    members: NDArray[np.bool_], answers: Answers, margin: float, n: Floats, b: Floats, c: Floats
) -> tuple[Runs, str]:
    """Take rows as independent where they are; else whole groups of them.

    The guard's test needs two things: the fall is too large for chance by an exact test, so
    that nothing is said to have fallen where nothing did, be the examples ever so few; and it
    is too large for a fall of just the margin.
    """
    gained, owner = answers.before[0] - answers.after[0], answers.owner
    low, high, lower, p_fell, p_rose, p_margin = np.full((6, len(n)), np.nan)
    alone = np.array(
        [answers.by_example and _independent(owner, members[:, at]) for at in range(len(n))]
    )
    if alone.any():
        pairs = b[alone], c[alone], n[alone]
        low[alone], high[alone] = score_difference(*pairs)
        lower[alone], _ = score_difference(*pairs, level=0.90)
        p_fell[alone] = intervals.mcnemar_fell(b[alone], c[alone])
        p_rose[alone] = intervals.mcnemar_fell(c[alone], b[alone])
        p_margin[alone] = score_fell(*pairs, margin)
    if not alone.all():
        some = members[:, ~alone]
        low[~alone], high[~alone], lower[~alone] = paired_bootstrap(
            some, gained, answers.units, owner
        )
        p_margin[~alone] = _t_fell(some, gained, answers.units, owner, margin)
        for at in np.flatnonzero(~alone).tolist():
            p_fell[at], p_rose[at] = sign_flips(_by_group(gained, owner, members[:, at]))
    p = np.minimum(1, 2 * np.minimum(p_fell, p_rose))
    single = np.full(len(n), np.nan)
    found = Runs(low, high, lower, p, p_fell, np.fmax(p_fell, p_margin), single, single)
    return found, _method(alone, owner)


def _t_fell(
    members: NDArray[np.bool_], gained: Floats, units: Floats, owner: Owners | None, margin: float
) -> Floats:
    """One-sided p-value of "it fell by no more than the margin", by Student's t over groups."""
    from scipy.special import stdtr

    change, spread, count = ratio_spread(members, gained, units, owner)
    (total,) = per_tag(members, units)
    spread = np.hypot(spread, np.sqrt(2) / np.maximum(total, 1))  # as in `paired_bootstrap`
    return np.asarray(stdtr(np.maximum(count - 1, 1), (change + margin) / spread), np.float64)


def _method(alone: NDArray[np.bool_], owner: Owners | None) -> str:
    if alone.all():
        return "McNemar's exact test; score interval and test of the margin (Tango)"
    drawn = f"exact sign-flip test; paired bootstrap of {DRAWS:,} draws; t-test of the margin"
    whole = "" if owner is None else "; whole groups as one"
    kept = " (a tag with one row a group: McNemar, Tango)" if alone.any() else ""
    return drawn + whole + kept


def _independent(owner: Owners | None, here: NDArray[np.bool_]) -> bool:
    """Whether no two rows of a tag are of one group."""
    return owner is None or bool(np.bincount(owner[here]).max(initial=0) < 2)


def _by_group(gained: Floats, owner: Owners | None, here: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the whole number of errors that each row, or group, has fewer."""
    some = gained[here] if owner is None else np.bincount(owner[here], gained[here])
    return np.rint(some).astype(np.int64)
