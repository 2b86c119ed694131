"""What people reach on the same rows: human level, consensus, agreement.

Every function takes `answers`: annotator -> an answer for each row, None where that person did
not see it. Spaces around an answer do not count. Neither the order of rows nor that of
annotators changes a result.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.figures import intervals
from augmentor.audit.figures.metrics import Floats, check_metric, count
from augmentor.audit.labels.answers import (
    SAME,
    Answers,
    Coded,
    Codes,
    Members,
    check_rows,
    coded,
)
from augmentor.audit.labels.clusters import correlation, effective, ratio_interval
from augmentor.audit.labels.dawid_skene import MOST_CLASSES, fit
from augmentor.audit.labels.human import HumanLevel, TagLevel
from augmentor.core.errors import UsageError

HUMAN, LEAVE_ONE_OUT = "human", "human (leave one out)"
DAWID_SKENE, MAJORITY = "Dawid-Skene", "majority"
FEW_OTHERS = 4  # up to so many, the consensus itself is wrong too often to be overlooked


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """Sums over the answers to each row [rows]: how many, their errors, units, own votes."""

    n: NDArray[np.intp]
    errors: Floats
    units: Floats
    own_vote: Floats | None


def human_level(
    answers: Answers,
    targets: Sequence[str] | None = None,
    members: Members | None = None,
    *,
    metric: str = "accuracy",
    leave_one_out: bool = False,
    groups: Sequence[str] | None = None,
) -> HumanLevel:
    """Return how well people answer the rows of each tag.

    Parameters
    ----------
    targets : trusted answers [rows]. Without them everyone is judged by the others.
    members : bool [rows, tags]; one column of all rows by default.
    metric : accuracy, wer or cer, counted as in `metrics.count`.
    leave_one_out : judge everyone by the others even though there are targets. For accuracy
        the others' consensus (`dawid_skene` of their answers alone; ties count in part), for
        wer and cer the mean over the others, one by one.
    groups : name of each row's group, such as a speaker [rows]; rows of a group, like answers
        to one row, are not independent.

    Notes
    -----
    One's own vote in the consensus inflates the level: it is left out. But the others err too,
    so that three people of 90 % reach about 82 % here; `with_own_vote` is the other side.
    Intervals are for these people, on other rows; other people may do better or worse.

    Raises
    ------
    UsageError
        Columns of different lengths, an unknown metric, or one annotator without targets.

    References
    ----------
    Rao and Scott 1992, "A simple method for the analysis of clustered binary data": Wilson's
    interval at n over the design effect, whose variance is that of a ratio over clusters
    (Cochran 1977, "Sampling techniques", section 9A), never below 1 nor below what the
    correlation within clusters of all rows makes it. For WER that variance with Student's t.
    """
    check_metric(metric)
    known = coded(answers)
    rows = len(known.codes)
    members = np.ones((rows, 1), dtype=np.bool_) if members is None else members
    check_rows(rows, {"targets": targets, "members": members, "groups": groups})
    own_vote, trusted = None, targets is not None and not leave_one_out
    if targets is not None and trusted:
        errors, units = _by_targets(metric, known.annotators, answers, targets)
    elif len(known.annotators) == 1:
        raise UsageError("one annotator and no targets; expected targets, or two annotators")
    elif metric == "accuracy":
        errors, units, own_vote = _by_consensus(known)
    else:
        errors, units = _by_each_other(metric, known.annotators, answers)
    owner = np.arange(rows)
    if groups is not None:
        owner = np.unique(np.asarray(groups), return_inverse=True)[1].reshape(-1)
    judged = _Judged(
        n=np.count_nonzero(~np.isnan(units), axis=1),
        errors=errors.sum(axis=1),
        units=np.nansum(units, axis=1),
        own_vote=None if own_vote is None else np.nansum(own_vote, axis=1),
    )
    alike = correlation(*_clusters(judged, owner, slice(None))) if metric == "accuracy" else 1.0
    totals = zip(known.annotators, errors.sum(axis=0), np.nansum(units, axis=0), strict=True)
    model = DAWID_SKENE if len(known.classes) <= MOST_CLASSES else MAJORITY
    return HumanLevel(
        metric=metric,
        source=HUMAN if trusted else LEAVE_ONE_OUT,
        consensus=None if trusted or metric != "accuracy" else model,
        tags=tuple(_level(metric, judged, owner, column, alike) for column in members.T),
        each={name: float(1 - wrong / n) if n else None for name, wrong, n in totals},
        warnings=() if trusted else _doubts(metric, len(known.classes), judged),
    )


def _by_targets(
    metric: str, names: Sequence[str], answers: Answers, targets: Sequence[str]
) -> tuple[Floats, Floats]:
    """Return errors and units of every answer [rows, annotators]; units are NaN where none."""
    errors = np.zeros((len(targets), len(names)))
    units = np.full(errors.shape, np.nan)
    for at, name in enumerate(names):
        found = [(row, one) for row, one in enumerate(answers[name]) if one is not None]
        rows = [row for row, _ in found]
        counts = count(metric, [targets[row] for row in rows], [one for _, one in found])
        errors[rows, at], units[rows, at] = counts.errors, counts.units
    return errors, units


def _by_each_other(metric: str, names: Sequence[str], answers: Answers) -> tuple[Floats, Floats]:
    """Return errors and units of every answer, the mean over the others as targets."""
    shape = (len(answers[names[0]]), len(names))
    errors, units, others = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for one, two in combinations(range(len(names)), 2):
        pairs = enumerate(zip(answers[names[one]], answers[names[two]], strict=True))
        both = [(row, a, b) for row, (a, b) in pairs if a is not None and b is not None]
        rows = [row for row, _, _ in both]
        first, second = [a for _, a, _ in both], [b for _, _, b in both]
        there, back = count(metric, second, first), count(metric, first, first)
        for at, size in ((one, there.units), (two, back.units)):
            errors[rows, at] += there.errors  # a distance is the same both ways
            units[rows, at] += size
            others[rows, at] += 1
    some = others > 0
    mean = np.divide(units, others, out=np.full(shape, np.nan), where=some)
    return np.divide(errors, others, out=errors, where=some), mean


def _by_consensus(known: Coded) -> tuple[Floats, Floats, Floats]:
    """Return errors and units of every answer, and how likely it is right with its own vote."""
    errors = np.zeros(known.codes.shape)
    units, own_vote = np.full(errors.shape, np.nan), np.full(errors.shape, np.nan)
    size = len(known.classes)
    modelled = size <= MOST_CLASSES
    people = np.arange(len(known.annotators))
    everyone = fit(known.codes, people, size)[0] if modelled else None
    for at in people:
        said, others = known.codes[:, at], np.delete(known.codes, at, axis=1)
        rows = np.flatnonzero((said >= 0) & (others >= 0).any(axis=1))
        units[rows, at] = 1
        if everyone is None:
            votes = _votes(known.codes[rows])
            own_vote[rows, at] = votes[:, at] / (known.codes[rows] >= 0).sum(axis=1)
            right = _credit(said[rows], others[rows])
        else:
            likely = fit(others, people[:-1], size)[0][rows]
            best = likely >= likely.max(axis=1, keepdims=True, initial=0) - SAME
            right = best[np.arange(len(rows)), said[rows]] / best.sum(axis=1)
            own_vote[rows, at] = everyone[rows, said[rows]]
        errors[rows, at] = 1 - right
    return errors, units, own_vote


def _votes(codes: Codes) -> Floats:
    """Return how many give each answer [rows, annotators]; 0 where there is none."""
    votes = np.zeros(codes.shape)
    for column in codes.T:
        votes += codes == column[:, None]
    return votes * (codes >= 0)


def _credit(said: Codes, others: Codes) -> Floats:
    """Return 1 where the majority of the others says the same, a part of 1 where it is a tie."""
    votes = _votes(others)
    best = votes.max(axis=1, keepdims=True)
    top = (votes == best) & (others >= 0)
    # Each of the best classes is counted once by as many as say it.
    classes = (top / best).sum(axis=1)
    right = (top & (others == said[:, None])).any(axis=1)
    return np.asarray(right / classes, dtype=np.float64)


def _level(
    metric: str, judged: _Judged, owner: NDArray[np.intp], column: Members, alike: float
) -> TagLevel:
    """Return the level of the rows in `column`."""
    total, below = float(judged.errors[column].sum()), float(judged.units[column].sum())
    n = int(judged.n[column].sum())
    clusters = _clusters(judged, owner, column)
    worth, interval = None, None
    if metric == "accuracy" and below:
        worth = effective(*clusters, alike=alike)
        low, high = intervals.wilson(worth * total / below, worth)
        interval = (float(1 - high), float(1 - low))
    elif below:
        interval = ratio_interval(*clusters)
    with_own_vote = None
    if judged.own_vote is not None and n:
        with_own_vote = float(judged.own_vote[column].sum() / n)
    return TagLevel(
        value=1 - total / below if below else None,
        errors=total,
        units=below,
        n=n,
        rows=int(np.count_nonzero(judged.n[column])),
        interval=interval,
        n_effective=worth,
        with_own_vote=with_own_vote,
    )


def _doubts(metric: str, classes: int, judged: _Judged) -> tuple[str, ...]:
    """Say what judging people by each other does to the level."""
    if metric != "accuracy":
        what = f"a {metric.upper()} between two people holds the errors of both"
        return (f"{what}: human level is better than this",)
    said = []
    if classes > MOST_CLASSES:
        said.append(
            f"{classes} different answers are too many for a model of who errs how: the consensus "
            "is the majority's; for transcripts take the metric wer"
        )
    n = judged.n.sum()
    if n and judged.own_vote is not None and judged.n @ (judged.n - 1) / n < FEW_OTHERS:
        low, high = 1 - judged.errors.sum() / n, judged.own_vote.sum() / n
        said.append(
            f"few others judge an answer, and they err too: human level is {100 * low:.1f} % "
            f"without one's own vote and {100 * high:.1f} % with it, most likely between the two"
        )
    return tuple(said)


def _clusters(
    judged: _Judged, owner: NDArray[np.intp], column: Members | slice
) -> tuple[Floats, Floats]:
    """Return errors and units of each row or group that has any."""
    pair = judged.errors, judged.units
    errors, units = (np.bincount(owner[column], value[column]) for value in pair)
    some = (errors != 0) | (units != 0)
    return errors[some], units[some]
