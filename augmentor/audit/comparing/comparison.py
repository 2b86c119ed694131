"""Before and after on the same examples: what a comparison found."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from augmentor.audit.priorities.measured import Interval

ROSE, FELL, HELD, CANNOT_TELL = "rose", "fell", "held", "cannot tell"
OVERALL = "overall"

Families = tuple[tuple[str, tuple[str, ...]], ...]
"""Names of families and their tags, as they lie side by side; no name: of no family."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One tag before and after.

    Parameters
    ----------
    tag : its name; `overall` for all examples.
    n : examples with it.
    before, after : accuracy as a fraction, 1 - WER for WER; the mean of the runs where there
        are several. None is undefined, 0/0.
    change : after - before; up is better.
    interval : 95 % interval of the change.
    lower : one-sided 95 % bound of the change from below.
    b : examples that broke: right, then wrong; for WER: with more errors than before; for
        several runs: with more errors in the mean of the runs.
    c : examples that were mended; for WER: with fewer errors than before.
    p : two-sided p-value of "no change".
    p_fell : the same, one-sided; small if it fell.
    p_guard : one-sided p-value of "it fell by no more than the margin".
    p_adjusted : `p` for looking at many tags (Benjamini-Hochberg): at those that were to rise
        together, at the others together; for `overall` it is `p`.
    p_guard_adjusted : `p_guard` for looking at many: at all that is guarded together, at the
        others together; `overall` is one of them.
    sd_before, sd_after : standard deviation between the runs; None for one run.
    verdict : rose, fell, held or cannot tell.
    guarded : whether it must not fall.
    targeted : whether it was to rise.
    """

    tag: str
    n: int
    before: float | None
    after: float | None
    change: float | None
    interval: Interval | None
    lower: float | None
    b: int
    c: int
    p: float | None
    p_fell: float | None
    p_guard: float | None
    p_adjusted: float | None
    p_guard_adjusted: float | None
    sd_before: float | None
    sd_after: float | None
    verdict: str
    guarded: bool
    targeted: bool

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values; an interval is a list of two."""
        return asdict(self) | {"interval": self.interval and list(self.interval)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A tag beside one that was pulled up, and what it did.

    Parameters
    ----------
    tag, change, interval, verdict : as in `Change`.
    similarity : how near it is, above 0 to 1; None where only a family says that it is near.
    """

    tag: str
    change: float | None
    interval: Interval | None
    verdict: str
    similarity: float | None

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values; an interval is a list of two."""
        return asdict(self) | {"interval": self.interval and list(self.interval)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """A tag that was to rise, or did, and its neighbours, the worst change first.

    Parameters
    ----------
    tag, change, verdict, targeted : as in `Change`.
    neighbours : the tags beside it; those whose change is undefined come last.
    """

    tag: str
    change: float | None
    verdict: str
    targeted: bool
    neighbours: tuple[Neighbour, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        near = [one.to_json() for one in self.neighbours]
        return asdict(self) | {"neighbours": near}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All tags before and after.

    Parameters
    ----------
    metric : accuracy, wer or cer.
    normalize : what was done to all texts before they were compared.
    margin : the largest fall that is let pass, as a fraction of all points.
    n : examples.
    seeds : how many runs of the training there are `before` and `after`.
    method : how intervals and p-values were found.
    overall : all examples at once.
    rows : a change for each tag of the table before, in its order.
    neighbours : each tag that was to rise, with its neighbours; where no tag was named, each
        that rose. Empty where nobody said which tags are near each other.
    families : the tags in the order in which they lie beside each other, by family; empty
        where nobody said.
    warnings : what was odd in the tables, and what they cannot tell.
    """

    metric: str
    normalize: str = "none"
    margin: float
    n: int
    seeds: Mapping[str, int]
    method: str
    overall: Change
    rows: tuple[Change, ...]
    neighbours: tuple[Neighbours, ...] = ()
    families: Families = ()
    warnings: tuple[str, ...]

    @property
    def fell(self) -> list[str]:
        """The guarded tags that fell, `overall` too if it is guarded."""
        every = (*self.rows, self.overall)
        return [row.tag for row in every if row.guarded and row.verdict == FELL]

    @property
    def doubtful(self) -> list[str]:
        """What is guarded and surely fell, as found by more than the margin, but maybe by less."""
        every = (*self.rows, self.overall)
        return [
            row.tag
            for row in every
            if row.guarded and row.verdict == CANNOT_TELL and row.interval and row.change
            if row.change < -self.margin and row.interval[1] < 0
        ]

    @property
    def missed(self) -> list[str]:
        """The tags that were to rise and did not."""
        return [row.tag for row in self.rows if row.targeted and row.verdict != ROSE]

    @property
    def exit_code(self) -> int:
        """1 when something guarded fell, else 0."""
        return 1 if self.fell else 0

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values, with stable keys."""
        return {
            "metric": self.metric,
            "normalize": self.normalize,
            "margin": self.margin,
            "n": self.n,
            "seeds": dict(self.seeds),
            "method": self.method,
            "overall": self.overall.to_json(),
            "tags": [row.to_json() for row in self.rows],
            "neighbours": [one.to_json() for one in self.neighbours],
            "fell": self.fell,
            "doubtful": self.doubtful,
            "missed": self.missed,
            "exit_code": self.exit_code,
            "warnings": list(self.warnings),
        }
