"""Gain against budget: what trainings at shares of a round's new examples found."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from augmentor.audit.curves.fit import Curve
from augmentor.audit.priorities.measured import Interval

FULL = 100
"""All of a round's new examples, in per cent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One tag after the trainings at one dose.

    Parameters
    ----------
    dose : share of the round's new examples, in per cent; 0 is the source alone.
    size : examples with the tag that were trained on.
    value : accuracy as a fraction, 1 - WER for WER, the mean of the trainings; None is 0/0.
    interval : its 95 % interval.
    gain, gain_interval : against dose 0; None at dose 0.
    losses : 1 - value of each training.
    fitted : loss by the learning curve; None where there is none, or no size.
    """

    dose: int
    size: int
    value: float | None
    interval: Interval | None
    gain: float | None
    gain_interval: Interval | None
    losses: tuple[float | None, ...]
    fitted: float | None


@dataclass(frozen=True, slots=True)
class Flat:
    """Where the gain flattens: between two doses that are told apart for sure.

    Parameters
    ----------
    least : the smallest dose above every one that is worse than the full one for sure.
    sure : the smallest from which on every one is as good for sure; `FULL` itself always is.
    """

    least: int
    sure: int

    @property
    def say(self) -> str:
        """In a few words."""
        if self.least == FULL:
            return "not yet"
        if self.least == self.sure:
            return f"{self.sure} %"
        if self.sure == FULL:
            return "cannot tell" if self.least == 0 else f"{self.least} % or later"
        return f"{self.least} to {self.sure} %" if self.least else f"by {self.sure} %"


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What the next tenth of the budget would buy, by the learning curve.

    Parameters
    ----------
    examples : with the tag that it would add.
    gain : as a fraction; None is undefined.
    interval : its 95 % interval; None of one training.
    reason : why it is undefined; None where it is not.
    """

    examples: float
    gain: float | None = None
    interval: Interval | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dosed:
    """One tag, or a category in place of the tags that it serves, at every dose.

    Parameters
    ----------
    tag : its name; `overall` for all examples.
    n : examples that were asked about.
    levels : the smallest dose first.
    flat : where the gain flattens.
    curve : its learning curve, by the trainings in which it had examples.
    next_tenth : what more would buy.
    """

    tag: str
    n: int
    levels: tuple[Level, ...]
    flat: Flat
    curve: Curve
    next_tenth: Next

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        flat = {**asdict(self.flat), "say": self.flat.say}
        return {**asdict(self), "flat": flat, "curve": self.curve.to_json()}


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseTable:
    """Every tag at every dose.

    Parameters
    ----------
    metric : accuracy, wer or cer.
    margin : what is no loss, as a fraction.
    seeds : trainings at each dose.
    doses : in per cent, from 0 to `FULL`.
    examples : how many were trained on at each.
    rows : a tag or category each.
    overall : all examples.
    method : how the gains' intervals were found.
    """

    metric: str
    margin: float
    seeds: int
    doses: tuple[int, ...]
    examples: tuple[int, ...]
    rows: tuple[Dosed, ...]
    overall: Dosed
    method: str

    def points(self) -> list[dict[str, Any]]:
        """Return learning curves as `priorities: {curves: ...}` reads them.

        A row for each training, tag and dose at which there was an example with the tag.
        """
        return [
            {"tag": row.tag, "size": level.size, "loss": loss, "seed": seed}
            for row in self.rows
            for level in row.levels
            for seed, loss in enumerate(level.losses)
            if level.size and loss is not None
        ]

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values, with stable keys."""
        return {
            "metric": self.metric,
            "margin": self.margin,
            "seeds": self.seeds,
            "doses": list(self.doses),
            "examples": list(self.examples),
            "method": self.method,
            "tags": [row.to_json() for row in self.rows],
            "overall": self.overall.to_json(),
        }


def flattens(verdicts: Mapping[int, str], worse: str, good: Sequence[str]) -> Flat:
    """Return where the gain flattens.

    Parameters
    ----------
    verdicts : what each dose below the full one is, compared with it.
    worse : the verdict of a dose that is worse for sure.
    good : those of a dose that is as good for sure, or better.
    """
    doses = [*sorted(verdicts), FULL]
    low = [at for at, dose in enumerate(doses[:-1]) if verdicts[dose] == worse]
    sure = FULL
    for dose in reversed(doses[:-1]):
        if verdicts[dose] not in good:
            break
        sure = dose
    return Flat(doses[low[-1] + 1] if low else doses[0], sure)
