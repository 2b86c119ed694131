"""A metric of every row, summed over whatever rows are asked for, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.checks.exact import exact_ends
from augmentor.audit.figures.clustered import Owners, ratio_interval
from augmentor.audit.figures.intervals import wilson
from augmentor.audit.figures.metrics import Floats

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Measure:
    """A metric of every row: sums over some rows make its value there.

    Parameters
    ----------
    above, below : float64 [rows]; the value of some rows is sum(above) / sum(below).
    rate : whether each row counts for 0 or 1, and happens or not: a binomial rate.
    shape : what is made of that ratio: for ``f1`` of r it is 2 r / (1 + r), where r is hits over
        all rows that are or were taken to be of the class.
    owner : rows of one owner are not independent [rows]; only for what is no rate.
    owned_by : what owners are.
    empty : why there is nothing to divide by, where that is so.
    words : row -> the forbidden words in it.
    note : what to know of it besides.
    """

    above: Floats
    below: Floats
    rate: bool = True
    shape: Literal["", "f1"] = ""
    owner: Owners | None = None
    owned_by: str = "speaker"
    empty: str = "no example"
    words: dict[int, list[str]] = field(default_factory=dict)
    note: str = ""

    def value(self, rows: Rows) -> float:
        """Return the value in some rows; not-a-number where it is 0/0."""
        below = self.below[rows].sum()
        return float(self._shaped(self.above[rows].sum() / below)) if below else float("nan")

    def n(self, rows: Rows) -> int:
        """Return how many examples count in some rows."""
        return int(np.count_nonzero(self.below[rows])) if self.rate else len(rows)

    def ends(
        self, groups: Sequence[Rows], level: float, *, exact: bool = True
    ) -> tuple[Floats, Floats]:
        """Return the two-sided interval in each group of rows; not-a-number where unknown.

        Rates have exact ends for verdicts, and Wilson's to be shown beside other tables. The
        ends of all else come from the spread over rows, or over their owners.
        """
        if self.rate:
            hits, n = (
                np.array([part[rows].sum() for rows in groups]) for part in (self.above, self.below)
            )
            low, high = exact_ends(hits, n, level) if exact else wilson(hits, n, level)
        else:
            pairs = [self._spread(rows, level) for rows in groups]
            low, high = (np.array([pair[side] for pair in pairs]) for side in (0, 1))
        return self._shaped(low), self._shaped(high)

    def correlation(self, groups: Sequence[Rows], values: Floats) -> Floats | None:
        """Return how the values of groups move together [groups, groups]; None: not at all.

        They do where groups share rows, or owners of rows: a list that shows one brand above
        shows the other below it. It is that of the sums of a - v b over each owner, with v the
        value of the group (a ratio by its first derivative; Cochran 1977, section 9A.1).
        """
        from scipy.sparse import csr_array

        owner = np.arange(len(self.above)) if self.owner is None else self.owner
        at = np.concatenate(groups)
        place = np.repeat(np.arange(len(groups)), [len(rows) for rows in groups])
        if not len(at) or (self.owner is None and np.bincount(at).max() == 1):
            return None
        moved = self.above[at] - np.nan_to_num(self._ratio(values))[place] * self.below[at]
        sums = csr_array((moved, (owner[at], place)), (int(owner.max()) + 1, len(groups)))
        shared = (sums.T @ sums).toarray()
        spread = np.sqrt(np.diag(shared))
        below = np.outer(spread, spread)
        out = np.zeros(shared.shape)
        np.divide(shared, below, out=out, where=below > 0)
        return np.clip(out, -1, 1)

    def _spread(self, rows: Rows, level: float) -> tuple[float, float]:
        if not len(rows):
            return float("nan"), float("nan")
        whole = np.ones((len(rows), 1), dtype=np.bool_)
        owner = None
        if self.owner is not None:
            owner = np.unique(self.owner[rows], return_inverse=True)[1].astype(np.int32)
        low, high = ratio_interval(whole, self.above[rows], self.below[rows], owner, level=level)
        return float(low[0]), float(high[0])

    def _shaped(self, ratio: Floats) -> Floats:
        return 2 * ratio / (1 + ratio) if self.shape == "f1" else ratio

    def _ratio(self, value: Floats) -> Floats:
        return value / (2 - value) if self.shape == "f1" else value
