"""Before and after on the same examples: what a comparison found."""

from dataclasses import asdict, dataclass
from typing import Any

from augmentor.audit.measured import Interval

ROSE, FELL, HELD, CANNOT_TELL = "rose", "fell", "held", "cannot tell"
OVERALL = "overall"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One tag before and after.

    Parameters
    ----------
    tag : its name; `overall` for all examples.
    n : examples with it.
    before, after : accuracy as a fraction, 1 - WER for WER; None is undefined, 0/0.
    change : after - before; up is better.
    interval : paired 95 % interval of the change.
    lower : one-sided 95 % bound of the change from below.
    b : examples that broke: right, then wrong; for WER: with more errors than before.
    c : examples that were mended; for WER: with fewer errors than before.
    p : two-sided p-value of "no change"; McNemar's exact test, for WER the bootstrap.
    p_fell : the same, one-sided; small if it fell.
    p_adjusted : `p` for looking at many tags (Benjamini-Hochberg); for `overall` it is `p`.
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
    p_adjusted: float | None
    verdict: str
    guarded: bool
    targeted: bool

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values; an interval is a list of two."""
        found = asdict(self)
        found["interval"] = None if self.interval is None else list(self.interval)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All tags before and after.

    Parameters
    ----------
    metric : accuracy, wer or cer.
    margin : the largest fall that is let pass, as a fraction of all points.
    n : examples.
    overall : all examples at once.
    rows : a change for each tag of the table before, in its order.
    warnings : what was odd in the tables.
    """

    metric: str
    margin: float
    n: int
    overall: Change
    rows: tuple[Change, ...]
    warnings: tuple[str, ...]

    @property
    def fell(self) -> list[str]:
        """The guarded tags that fell, `overall` too if it is guarded."""
        every = (*self.rows, self.overall)
        return [row.tag for row in every if row.guarded and row.verdict == FELL]

    @property
    def exit_code(self) -> int:
        """1 when something guarded fell, else 0."""
        return 1 if self.fell else 0

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values, with stable keys."""
        return {
            "metric": self.metric,
            "margin": self.margin,
            "n": self.n,
            "overall": self.overall.to_json(),
            "rows": [row.to_json() for row in self.rows],
            "fell": self.fell,
            "exit_code": self.exit_code,
            "warnings": list(self.warnings),
        }
