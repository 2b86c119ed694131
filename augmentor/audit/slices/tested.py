"""Whether the rows of a slice are worse than others, and which slices only repeat another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from augmentor.audit.comparing.bootstrap import LEAST as LEAST_GROUPS
from augmentor.audit.figures.intervals import Floats
from augmentor.audit.slices.search import Ints
from augmentor.audit.tables.predicates import Bools

SURE = 0.05  # a p-value below it is taken as a difference


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """The tested half: whether some of its rows are worse than others."""

    wrong: Floats
    owners: Ints | None

    @property
    def binary(self) -> bool:
        """Whether a row is right or wrong and nothing between."""
        return bool(np.all((self.wrong == 0) | (self.wrong == 1)))

    def p_worse(self, inside: Bools, outside: Bools) -> float:
        """One-sided p-value of "rows inside are no worse"; not a number where it can't be told."""
        if not inside.any() or not outside.any():
            return np.nan
        if self.binary and self.owners is None:
            n, rows = int(inside.sum()), int(inside.sum() + outside.sum())
            errors = int(self.wrong[inside].sum())
            return _fisher(errors, n, errors + int(self.wrong[outside].sum()), rows)
        return self._t_test(inside, outside)

    def _t_test(self, inside: Bools, outside: Bools) -> float:
        from scipy.special import stdtr

        owners = np.arange(len(self.wrong)) if self.owners is None else self.owners
        difference, off, fewest = 0.0, np.zeros(len(self.wrong)), len(self.wrong)
        for sign, part in ((1, inside), (-1, outside)):
            n, mean = int(part.sum()), float(self.wrong[part].mean())
            units = int(np.count_nonzero(np.bincount(owners[part])))
            if units < LEAST_GROUPS:
                return np.nan
            # What each row moves the difference by; those of a group are added before squaring.
            moved = sign * (self.wrong[part] - mean) / n * np.sqrt(units / (units - 1))
            off += np.bincount(owners[part], moved, minlength=len(off))
            difference, fewest = difference + sign * mean, min(fewest, units)
        spread = float(np.sqrt(np.sum(off**2)))
        return float(stdtr(fewest - 1, -difference / spread)) if spread else np.nan

    def no_worse(self, inside: Bools, outside: Bools, level: float) -> bool:
        """Whether it isn't sure that rows inside are worse; also where there are none."""
        return not inside.any() or self.p_worse(inside, outside) >= level


def _fisher(errors: int, n: int, all_errors: int, rows: int) -> float:
    """Return how likely at least so many of all errors are among n of all rows by chance."""
    from scipy.special import gammaln, logsumexp

    def ways(of: Any, chosen: Any) -> Any:
        return gammaln(of + 1.0) - gammaln(chosen + 1.0) - gammaln(of - chosen + 1.0)

    right = rows - all_errors
    hits = np.arange(max(errors, n - right), min(n, all_errors) + 1)
    logs = ways(all_errors, hits) + ways(right, n - hits) - ways(rows, n)
    return min(1.0, float(np.exp(logsumexp(logs))))


def explained(inside: Sequence[Bools], worse: Sequence[bool], tested: Tested) -> list[int | None]:
    """Return which slice each says no more than; only one that is worse can explain another."""
    because: list[int | None] = [None] * len(inside)
    level = SURE / max(1, len(inside))  # Bonferroni: each is compared, and few are to stand
    for at, rows in enumerate(inside):
        for other, whole in enumerate(inside):
            rest = whole & ~rows
            within = other != at and worse[other] and not (rows & ~whole).any()
            # Of two slices with the same rows the first stands.
            if within and (tested.no_worse(rows, rest, level) if rest.any() else other < at):
                because[at] = other
                break
    covered = np.zeros(len(tested.wrong), dtype=np.bool_)
    kept: list[int] = []
    for at, rows in enumerate(inside):
        if because[at] is None and (rows & covered).any():
            parent = all((rows & ~inside[other]).any() for other in kept)
            if parent and tested.no_worse(rows & ~covered, ~rows & ~covered, level):
                because[at] = max(kept, key=lambda other: int((rows & inside[other]).sum()))
        if because[at] is None and worse[at]:
            kept.append(at)
            covered |= rows
    return [_root(because, at) for at in range(len(because))]


def _root(because: Sequence[int | None], at: int) -> int | None:
    """Return the slice at the end of a chain of explanations; None for one that needs none."""
    cause = because[at]
    while cause is not None and because[cause] is not None:
        cause = because[cause]
    return cause
