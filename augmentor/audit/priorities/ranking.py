"""The ranking of tags: what the audit found, as a person or a planner reads it."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from augmentor.audit.priorities.measured import Interval, Overall


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
    accuracy : 1 - error_rate, or another metric of which more is better.
    interval : 95 % of the error rate, or of that other metric: Wilson's; for word errors by the
        spread over rows, or over speakers; None where n is not known.
    weighted_error_rate : the same with each row counted by its weight; None without weights.
    shrunk_error_rate : the rate drawn towards that of all tags, as the worst of many looks
        worse than it is; None for word errors.
    p, p_adjusted : one-sided, that it is no worse than the rest of the data; the latter for
        looking at many tags (Benjamini-Hochberg).
    baseline, baseline_source : accuracy to reach and who or what reached it; None if missing.
    gap : baseline - accuracy, a fraction of all points; may be negative.
    gap_interval : 95 % interval of the gap, both sides uncertain.
    potential_gain : the gap, 0 at least, x share: what the whole would gain.
    gain_interval : 95 % interval of the gain; None for a summary.
    p_largest : the probability that its gain is the largest of all; None for a summary.
    unique_gain : the part of the gain in rows that nothing else covers; None for a summary.
    marginal_gain : what it adds once all ranked before it are mended; None for a summary.
    needed_n : examples that would tell its gap from none, or without a baseline its rate to 5
        points; None where there is no gap.
    enough : whether it has so many.
    action : augment, collect (more of it, or it has no category), relabel, or none.
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
    accuracy: float | None
    interval: Interval | None
    weighted_error_rate: float | None
    shrunk_error_rate: float | None
    p: float | None
    p_adjusted: float | None
    baseline: float | None
    baseline_source: str | None
    gap: float | None
    gap_interval: Interval | None
    potential_gain: float | None
    gain_interval: Interval | None
    p_largest: float | None
    unique_gain: float | None
    marginal_gain: float | None
    needed_n: int | None
    enough: bool | None
    action: str
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

    def sourced(self, source: str) -> "Ranking":
        """Return the ranking with another name for what its baselines come from."""
        rows = [
            row if row.baseline is None else replace(row, baseline_source=source)
            for row in self.rows
        ]
        return replace(self, rows=tuple(rows))

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values, with stable keys."""
        return {
            "metric": self.metric,
            "n": self.n,
            "overall": _json(self.overall),
            "tags": [row.to_json() for row in self.rows],
            "union_gain": self.union_gain,
            "warnings": list(self.warnings),
        }


def _json(of: TagRow | Overall) -> dict[str, Any]:
    pairs = asdict(of).items()
    return {key: list(value) if isinstance(value, tuple) else value for key, value in pairs}
