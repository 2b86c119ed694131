"""Slices nobody tagged: found in the columns of one half of a table, tested on the other half.

A slice is a conjunction of up to three predicates such as ``speaker=anna & snr_db < 5``. The
best of many thousands looks bad by chance alone, so what is told of a slice comes from rows that
the search has not seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from augmentor.audit.comparing.bootstrap import LEAST as LEAST_GROUPS
from augmentor.audit.figures import intervals
from augmentor.audit.figures.intervals import Floats
from augmentor.audit.slices.search import ALPHA, MOST, TOP, Found, Ints, search
from augmentor.audit.slices.tested import SURE, Tested, explained
from augmentor.audit.tables.predicates import (
    Bools,
    Column,
    bins,
    categories,
    members,
    printed,
    quoted,
)
from augmentor.core.errors import Problem, UsageError

__all__ = [
    "Column",
    "Found",
    "Slice",
    "Slices",
    "bins",
    "categories",
    "find_slices",
    "halves",
    "members",
    "quoted",
    "search",
]

_KEY = 0x736C696365  # fixed, so that the same table is always split in the same way


def halves(rows: int, ids: Sequence[str] | None = None, groups: ArrayLike | None = None) -> Bools:
    """Return which rows are searched; the others are for the test.

    Parameters
    ----------
    rows : how many there are.
    ids : name of each row [rows]: then the order of the rows makes no difference.
    groups : code or name of each row's group [rows]: no group is on both sides.
    """
    units = np.arange(rows)
    if groups is not None or ids is not None:
        units = np.unique(np.asarray(ids if groups is None else groups), return_inverse=True)[1]
    sizes = np.bincount(units)
    order = np.random.Generator(np.random.Philox(key=_KEY)).permutation(len(sizes))
    # The cut that is nearest to half of the rows, with something on either side.
    off = np.abs(np.cumsum(sizes[order])[:-1] - rows / 2)
    searched = np.zeros(len(sizes), dtype=np.bool_)
    searched[order[: int(np.argmin(off)) + 1 if len(off) else len(order)]] = True
    return searched[units]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A slice that was found on one half, as the other half has it.

    Parameters
    ----------
    expression : a tag expression that `members` reads.
    predicates : its parts.
    score : SliceLine's, on the searched half.
    searched_n, searched_rate : rows and mean error there; the search chose them, so they flatter.
    n, errors : rows in the slice on the tested half, and their errors.
    share_frac : of the rows of the tested half.
    error_rate, outside_rate : mean error in the slice and of the rows outside; None is 0/0.
    interval : Wilson 95 % of the error rate; None where errors are not 0 and 1.
    p : one-sided p-value of "no worse than outside"; None where it can't be told.
    p_adjusted : the same for looking at all slices of the list (Benjamini-Hochberg).
    explained_by : another found slice that it says no more than: this is a part of that and no
        worse than the rest of it, or its rows beyond that are no worse than others.
    """

    expression: str
    predicates: tuple[str, ...]
    score: float
    searched_n: int
    searched_rate: float
    n: int
    errors: float
    share_frac: float
    error_rate: float | None
    outside_rate: float | None
    interval: tuple[float, float] | None
    p: float | None
    p_adjusted: float | None
    explained_by: str | None

    @property
    def worse(self) -> bool:
        """Whether it is worse than the rows outside, adjusted for looking at many slices."""
        return self.p_adjusted is not None and self.p_adjusted < SURE

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values; an interval is a list of two."""
        pairs = asdict(self).items()
        found = {key: list(value) if isinstance(value, tuple) else value for key, value in pairs}
        return {**found, "worse": self.worse}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slices:
    """What the search found and the test says of it.

    Parameters
    ----------
    n_searched, n_tested : rows of either half.
    error_rate : mean error of the tested half; None without rows.
    alpha, least : what the error weighs in the score; rows that a slice needed when searched.
    rows : by score, best first.
    warnings : why little or nothing could be found or tested.
    """

    n_searched: int
    n_tested: int
    error_rate: float | None
    alpha: float
    least: int
    rows: tuple[Slice, ...]
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values, with stable keys."""
        return {**asdict(self), "rows": [row.to_json() for row in self.rows]} | {
            "warnings": list(self.warnings)
        }


def find_slices(
    columns: Mapping[str, Column],
    errors: ArrayLike,
    *,
    ids: Sequence[str] | None = None,
    groups: ArrayLike | None = None,
    alpha: float = ALPHA,
    least: int | None = None,
    top: int = TOP,
    most: int = MOST,
) -> Slices:
    """Find slices on one half of the rows and test them on the other.

    With errors of 0 and 1 the test is Fisher's exact one, one-sided. With other errors, or where
    rows come in groups, it is a one-sided t-test of the difference of the means with a variance
    that is robust to groups; it needs six groups (or rows) inside and outside.

    Parameters
    ----------
    columns, errors, alpha, top, most : as of `search`.
    ids, groups : as of `halves`.
    least : rows a slice must have in the searched half; None is 1 % of them, 32 at least.

    Raises
    ------
    UsageError
        A parameter is out of bounds, an error is negative or no number, or lengths differ.

    References
    ----------
    Benjamini and Hochberg 1995; Liang and Zeger 1986 for the variance robust to groups.
    """
    wrong = np.asarray(errors, dtype=np.float64)
    _check(columns, wrong, ids, groups, alpha, least, top, most)
    searched = halves(len(wrong), ids, groups)
    least = max(32, -(-int(searched.sum()) // 100)) if least is None else least
    owners = None
    if groups is not None:
        owners = np.unique(np.asarray(groups)[~searched], return_inverse=True)[1]
    tested = Tested(wrong[~searched], owners)
    warnings: list[str] = []
    if not wrong[searched].any():
        warnings.append("no errors in the half that is searched: no slice can be found")
    if not len(tested.wrong):
        warnings.append("all rows are of one group: no slice can be tested")
    halved = {name: Column(one.codes[~searched], one.names) for name, one in columns.items()}
    testable = {name: _testable(one, owners) for name, one in halved.items()}
    few = "row" if owners is None else f"{LEAST_GROUPS} groups"
    warnings += [
        f"column '{name}' is left out: no value has {few} to be tested on"
        for name, one in columns.items()
        if len(tested.wrong) and len(one.names) and not testable[name].any()
    ]
    # The last of `testable` is for -1, no value.
    usable = {
        name: Column(np.where(testable[name][one.codes], one.codes, -1)[searched], one.names)
        for name, one in columns.items()
    }
    found = search(usable, wrong[searched], least=least, alpha=alpha, top=top, most=most)
    return Slices(
        n_searched=int(searched.sum()),
        n_tested=len(tested.wrong),
        error_rate=float(tested.wrong.mean()) if len(tested.wrong) else None,
        alpha=alpha,
        least=least,
        rows=_rows(found, columns, halved, tested),
        warnings=tuple(warnings),
    )


def _testable(column: Column, owners: Ints | None) -> Bools:
    """Return whether a slice of each value could be tested; errors are not looked at."""
    kept, least = column.codes[column.codes >= 0], 1
    if owners is not None:
        every = int(owners.max(initial=0)) + 1
        kept = np.unique(kept * every + owners[column.codes >= 0]) // every  # one a group
        least = LEAST_GROUPS
    return np.bincount(kept, minlength=len(column.names) + 1) >= least


def _check(
    columns: Mapping[str, Column],
    wrong: Floats,
    ids: Sequence[str] | None,
    groups: ArrayLike | None,
    alpha: float,
    least: int | None,
    top: int,
    most: int,
) -> None:
    lengths = {f"column '{name}'": len(column.codes) for name, column in columns.items()}
    lengths |= {} if ids is None else {"ids": len(ids)}
    lengths |= {} if groups is None else {"groups": len(np.asarray(groups))}
    problems = [
        Problem(name, f"{rows} rows, but errors of {len(wrong)}")
        for name, rows in lengths.items()
        if rows != len(wrong)
    ]
    problems += [
        Problem(f"column '{name}'", f"codes must lie in -1 to {len(one.names) - 1}")
        for name, one in columns.items()
        if len(one.codes) and not -1 <= one.codes.min() <= one.codes.max() < len(one.names)
    ]
    if not np.all(wrong >= 0) or not np.all(np.isfinite(wrong)):
        problems.append(Problem("errors", "each must be a number of 0 or more"))
    for name, value, low, high in (
        ("alpha", alpha, 1e-9, 1),
        ("least", 1 if least is None else least, 1, np.inf),
        ("top", top, 1, np.inf),
        ("most", most, 1, MOST),
    ):
        if not low <= value <= high:
            said = {"alpha": "above 0, at most 1", "most": f"1 to {MOST}"}.get(name, "1 or more")
            problems.append(Problem(name, f"{value} is out of bounds; allowed: {said}"))
    if problems:
        raise UsageError(problems)


def _rows(
    found: Sequence[Found],
    columns: Mapping[str, Column],
    halved: Mapping[str, Column],
    tested: Tested,
) -> tuple[Slice, ...]:
    texts_of = [tuple(printed(columns, *one) for one in slice_.predicates) for slice_ in found]
    inside = [
        np.logical_and.reduce([halved[name].codes == code for name, code in one.predicates])
        for one in found
    ]
    p = np.array([tested.p_worse(rows, ~rows) for rows in inside])
    adjusted = intervals.benjamini_hochberg(p)
    texts = [" & ".join(parts) for parts in texts_of]
    because = explained(inside, [bool(one < SURE) for one in adjusted], tested)
    rows = []
    for at, one in enumerate(found):
        n, errors = int(inside[at].sum()), float(tested.wrong[inside[at]].sum())
        rest = len(tested.wrong) - n
        low, high = intervals.wilson(errors, n) if tested.binary else (np.nan, np.nan)
        cause = because[at]
        rows.append(
            Slice(
                expression=texts[at],
                predicates=texts_of[at],
                score=one.score,
                searched_n=one.n,
                searched_rate=one.errors / one.n,
                n=n,
                errors=errors,
                share_frac=n / len(tested.wrong) if len(tested.wrong) else 0.0,
                error_rate=errors / n if n else None,
                outside_rate=(float(tested.wrong.sum()) - errors) / rest if rest else None,
                interval=None if np.isnan(low) else (float(low), float(high)),
                p=None if np.isnan(p[at]) else float(p[at]),
                p_adjusted=None if np.isnan(adjusted[at]) else float(adjusted[at]),
                explained_by=None if cause is None else texts[cause],
            )
        )
    return tuple(rows)
