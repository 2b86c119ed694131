"""Did the target rise, and did any neighbour fall: a paired comparison of every tag."""

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.comparing.changes import Answers, Changes, changes
from augmentor.audit.comparing.comparison import (
    CANNOT_TELL,
    FELL,
    HELD,
    OVERALL,
    ROSE,
    Change,
    Comparison,
)
from augmentor.audit.comparing.neighbours import Sheet, pulled, unknown_tags
from augmentor.audit.comparing.pairs import paired
from augmentor.audit.figures import intervals
from augmentor.audit.figures.clustered import owners
from augmentor.audit.figures.metrics import Floats, Normalizer, check_metric, count
from augmentor.audit.priorities.measured import maybe
from augmentor.audit.tables.raw import ErrorTable
from augmentor.core.errors import Problem, UsageError, listed, nearest

__all__ = ["METRICS", "Change", "Comparison", "compare"]

METRICS = ("accuracy", "wer", "cer")
RECORDED = "normalize"
"""The column in which a table says how its texts were made alike."""
SURE = 0.05  # an adjusted p-value below it is taken as a change


def compare(
    before: ErrorTable | Sequence[ErrorTable],
    after: ErrorTable | Sequence[ErrorTable],
    *,
    metric: str = "accuracy",
    margin: float = 0.02,
    guard: Collection[str] | None = None,
    targets: Collection[str] = (),
    sheet: Sheet | None = None,
    normalize: Normalizer | None = None,
    normalized: str = "none",
) -> Comparison:
    """Compare two models, or two ways of training one, on the same examples, tag by tag.

    A tag *fell* if it is sure that it fell by more than the margin: "it fell by no more" has a
    one-sided p-value below 0.05, adjusted for all that is guarded (Benjamini-Hochberg). So
    where nothing fell by more, the guard says that anything did in one comparison of 20 at
    most. A tag *rose* if it is higher and "nothing changed" has a two-sided p-value below 0.05,
    adjusted for all tags: those that were to rise together, the others together. It *held* if
    it is sure that it fell by less than the margin, if at all: the one-sided 95 % lower bound
    of the change is above -margin (non-inferiority; to say of all tags that they held needs no
    adjustment, as each must pass). Else one *cannot tell*: with more examples, or runs, one
    could.

    Parameters
    ----------
    before, after : a table, or one for each run of the training, with the same ids and targets
        in any order. Tags are those of the first of `before`; the others may lack them, but not
        contradict them.
    metric : accuracy, wer or cer.
    margin : the largest fall that is let pass, as a fraction: 0.02 is two points.
    guard : tags that must not fall; None is every tag and the whole.
    targets : tags that were to rise.
    sheet : which tags are near each other.
    normalize : what is done to targets and predictions of all tables before they are compared;
        normalized : what that is called. Tables that record another one are refused.

    Raises
    ------
    UsageError
        Examples, targets or tags differ, or a name is not known.

    References
    ----------
    Benjamini and Hochberg 1995; McCarthy and Smyth 2009 for testing against a margin, not for
    a change that is sure and as found beyond it; Berger 1982 for all of several tests.
    """
    check_metric(metric, METRICS)
    first = before if isinstance(before, ErrorTable) else before[0]
    _check(first, margin, guard, targets)
    _check_recorded([*_tables(before), *_tables(after)], normalized)
    strange = unknown_tags(sheet, first.tag_names) if sheet else []
    olds, news = ([paired(first, one) for one in _tables(some)] for some in (before, after))
    members = np.column_stack([first.tags, np.ones(len(first), dtype=np.bool_)])
    found = changes(np.asfortranarray(members), _answers(olds, news, metric, normalize), margin)
    rows = _rows(found, first.tag_names, margin, guard, targets)
    said = [warning for table in (*olds, *news) for warning in table.warnings]
    return Comparison(
        metric=metric,
        normalize=normalized,
        margin=margin,
        n=len(first),
        seeds={"before": len(olds), "after": len(news)},
        method=found.method,
        overall=rows[-1],
        rows=rows[:-1],
        neighbours=pulled(sheet, rows[:-1], targets) if sheet else (),
        families=sheet.laid_out(first.tag_names) if sheet else (),
        warnings=tuple(dict.fromkeys((*said, *strange, *_about_runs(olds, news)))),
    )


def _tables(some: ErrorTable | Sequence[ErrorTable]) -> Sequence[ErrorTable]:
    return [some] if isinstance(some, ErrorTable) else some


def _check(
    before: ErrorTable, margin: float, guard: Collection[str] | None, targets: Collection[str]
) -> None:
    problems = []
    if not 0 <= margin < 1:
        problems.append(Problem("margin", f"{margin} is no fraction; two points are 0.02"))
    for what, names in (("guard", guard or ()), ("target", targets)):
        for name in names:
            if name not in before.tag_names:
                known = nearest(name, before.tag_names) or f"; known: {listed(before.tag_names)}"
                problems.append(Problem(what, f"'{name}' is no tag of the table{known}"))
    if problems:
        raise UsageError(problems)


def _check_recorded(tables: Sequence[ErrorTable], normalized: str) -> None:
    """Refuse tables that say in a column `normalize` that they were made another way."""
    found = {
        said: table.path
        for table in tables
        for said in ((table.others[RECORDED].values) if RECORDED in table.others else ())
        if said
    }
    if len(found) > 1:
        each = "; ".join(f"{path or 'a table'}: {said}" for said, path in found.items())
        raise UsageError(f"tables are normalised in different ways: {each}")
    for said, path in found.items():
        if said != normalized:
            what = f"it is normalised by '{said}', this comparison by '{normalized}'"
            raise UsageError(Problem(path, f"{what}; give --normalize {said}"))


def _answers(
    olds: Sequence[ErrorTable],
    news: Sequence[ErrorTable],
    metric: str,
    normalize: Normalizer | None,
) -> Answers:
    targets = olds[0].targets
    counts = [
        [count(metric, targets, one.predictions, normalize) for one in some]
        for some in (olds, news)
    ]
    errors = [np.array([one.errors for one in some]) for some in counts]
    groups = next((one.groups for one in (*olds, *news) if one.groups is not None), None)
    return Answers(
        errors[0], errors[1], counts[0][0].units, metric == "accuracy", owners(groups)
    )  # fmt: skip


def _rows(
    found: Changes,
    tags: Sequence[str],
    margin: float,
    guard: Collection[str] | None,
    targets: Collection[str],
) -> tuple[Change, ...]:
    """Return a change for each tag, the whole last."""
    # A tag may be called `overall`; the whole is the last, not the one of that name.
    guarded = np.array([guard is None or tag in guard for tag in tags] + [guard is None])
    targeted = np.array([tag in targets for tag in tags] + [False])
    p_adjusted = found.p.copy()
    p_adjusted[:-1] = _adjusted(found.p[:-1], targeted[:-1])
    p_guard_adjusted = _adjusted(found.p_guard, guarded)
    verdict = np.select(
        [
            p_guard_adjusted < SURE,
            (found.change > 0) & (p_adjusted < SURE),
            found.lower > -margin,
        ],
        [FELL, ROSE, HELD],
        CANNOT_TELL,
    )
    return tuple(
        Change(
            tag=name,
            n=int(found.n[at]),
            before=maybe(found.before[at]),
            after=maybe(found.after[at]),
            change=maybe(found.change[at]),
            interval=(
                None if np.isnan(found.low[at]) else (float(found.low[at]), float(found.high[at]))
            ),
            lower=maybe(found.lower[at]),
            b=int(found.b[at]),
            c=int(found.c[at]),
            p=maybe(found.p[at]),
            p_fell=maybe(found.p_fell[at]),
            p_guard=maybe(found.p_guard[at]),
            p_adjusted=maybe(p_adjusted[at]),
            p_guard_adjusted=maybe(p_guard_adjusted[at]),
            sd_before=maybe(found.sd_before[at]),
            sd_after=maybe(found.sd_after[at]),
            verdict=str(verdict[at]),
            guarded=bool(guarded[at]),
            targeted=bool(targeted[at]),
        )
        for at, name in enumerate([*tags, OVERALL])
    )


def _adjusted(p: Floats, chosen: NDArray[np.bool_]) -> Floats:
    """Adjust p-values for looking at many: those that were asked about before, and the others.

    What was asked about beforehand does not pay for what is only looked at.
    """
    adjusted = p.copy()
    for some in (chosen, ~chosen):
        adjusted[some] = intervals.benjamini_hochberg(p[some])
    return adjusted


def _about_runs(olds: Sequence[ErrorTable], news: Sequence[ErrorTable]) -> Iterator[str]:
    """Say what the numbers of runs leave unknown."""
    one_each = {"before": len(olds), "after": len(news)}
    alone = [side for side, runs in one_each.items() if runs == 1]
    if len(alone) == 2:
        yield (
            "one table before and one after: how much runs of the training differ by themselves is "
            "not known, so a change may be one run's luck; give a table for each of several seeds"
        )
    elif alone:
        other = "after" if alone[0] == "before" else "before"
        yield (
            f"one table {alone[0]}: how much runs of that training differ is not known; it is "
            f"taken to be as much as {other}, where there are {one_each[other]}"
        )
    for side, runs in one_each.items():
        if runs == 2:
            yield f"two tables {side} tell little of how runs differ: intervals are wide; try three"
    for some in (olds, news):
        for one, two in combinations(some, 2):
            if list(one.predictions) == list(two.predictions):
                yield f"{one.path} and {two.path} hold the same answers: is that one run twice?"
