"""How well people answer, by tag."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from augmentor.audit.labels.answers import Interval
from augmentor.audit.priorities.baselines import Baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class TagLevel:
    """How well people answer the rows of one tag.

    Parameters
    ----------
    value : accuracy of people, 1 - WER for WER; None is undefined, 0/0.
    errors, units : wrong answers of all answers; for WER words. A tie of the others, and the
        mean over the others, make fractions.
    n : answers that could be judged; rows : rows they are of.
    interval : 95 % interval of `value`; None where it cannot be told.
    n_effective : how many independent answers these are worth; None for WER.
    with_own_vote : the same with everyone's own vote in the consensus: too good, as `value` is
        too bad where few others vote. None where targets are trusted.
    """

    value: float | None
    errors: float
    units: float
    n: int
    rows: int
    interval: Interval | None
    n_effective: float | None
    with_own_vote: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values; an interval is a list of two."""
        return _json(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanLevel:
    """How well people answer, by tag.

    Parameters
    ----------
    metric : accuracy, wer or cer.
    source : what a baseline from here is called.
    consensus : how the others' votes were joined; None where none were.
    tags : a level for each column of `members`, in its order.
    each : annotator -> value over all rows; None is undefined.
    warnings : what to know before trusting it.
    """

    metric: str
    source: str
    consensus: str | None
    tags: tuple[TagLevel, ...]
    each: Mapping[str, float | None]
    warnings: tuple[str, ...] = ()

    def baselines(self, names: Sequence[str]) -> dict[str, Baseline]:
        """Return name -> baseline, names standing for columns; undefined ones are left out."""
        return {
            name: Baseline(one.value, self.source, _whole(one.n_effective))
            for name, one in zip(names, self.tags, strict=True)
            if one.value is not None
        }

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values, with stable keys."""
        return {
            "metric": self.metric,
            "source": self.source,
            "consensus": self.consensus,
            "tags": [one.to_json() for one in self.tags],
            "each": dict(self.each),
            "warnings": list(self.warnings),
        }


def _json(of: TagLevel) -> dict[str, Any]:
    pairs = asdict(of).items()
    return {key: list(value) if isinstance(value, tuple) else value for key, value in pairs}


def _whole(n: float | None) -> int | None:
    return None if n is None else max(1, int(n))
