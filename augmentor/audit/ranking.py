"""The ranking of tags: what the audit found, as a person or a planner reads it."""

from dataclasses import asdict, dataclass
from typing import Any

from augmentor.audit.measured import Interval, Overall


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRow:
    """One tag or category: how bad, how common, how far from what is possible.

    Parameters
    ----------
    tag : its name.
    n : examples with it; None for a summary that does not say.
    errors : wrong examples, or wrong words.
    share_frac : share of all data with it, in examples for accuracy, in words for WER.
    error_share_frac : share of all errors with it.
    error_rate : errors over examples, or over words; None is undefined, 0/0.
    interval : Wilson 95 % of the error rate; None for WER and where n is not known.
    baseline, baseline_source : accuracy to reach and who or what reached it; None if missing.
    gap : baseline - accuracy, a fraction of all points; may be negative.
    gap_interval : 95 % interval of the gap; None for WER.
    potential_gain : the gap, 0 at least, x share: what the whole would gain.
    unique_gain : the part of the gain in rows that nothing else covers; None for a summary.
    importance, ease : weights set by the user, 0 or more.
    score : potential_gain x importance x ease.
    rank : 1 is first; ties share a rank; None without a score.
    tied : whether another has the same rank.
    """

    tag: str
    n: int | None
    errors: int | None
    share_frac: float | None
    error_share_frac: float | None
    error_rate: float | None
    interval: Interval | None
    baseline: float | None
    baseline_source: str | None
    gap: float | None
    gap_interval: Interval | None
    potential_gain: float | None
    unique_gain: float | None
    importance: float
    ease: float
    score: float | None
    rank: int | None
    tied: bool

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values; an interval is a list of two."""
        return _json(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Tags in order of what closing their gaps would give.

    Parameters
    ----------
    metric : accuracy, wer or cer; in the latter two accuracy is 1 - WER and may be negative.
    n : examples in all; None for a summary that does not say.
    overall : all the data at once.
    rows : best first; those without a score last, by their share of the errors.
    union_gain : gain of closing all gaps, rows with several tags counted once.
    warnings : overlaps, contradictions, what is missing.
    """

    metric: str
    n: int | None
    overall: Overall
    rows: tuple[TagRow, ...]
    union_gain: float | None
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values, with stable keys."""
        return {
            "metric": self.metric,
            "n": self.n,
            "overall": _json(self.overall),
            "rows": [row.to_json() for row in self.rows],
            "union_gain": self.union_gain,
            "warnings": list(self.warnings),
        }


def _json(of: TagRow | Overall) -> dict[str, Any]:
    pairs = asdict(of).items()
    return {key: list(value) if isinstance(value, tuple) else value for key, value in pairs}
