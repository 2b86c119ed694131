"""Is the model doing poorly on it? Judged per category on a keyed sample, before the run."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

import numpy as np

from augmentor.audit.figures.clustered import ratio_interval
from augmentor.audit.figures.intervals import wilson
from augmentor.audit.figures.metrics import BY_EXAMPLE, Counts, count
from augmentor.audit.priorities.ranking import TagRow
from augmentor.core.verdict import Bound, Outcome
from augmentor.gate.answers import Answer

By = Literal["function", "command", "error table"]
"""Who says how hard a category is."""


@dataclass(frozen=True, slots=True)
class Difficulty:
    """What the model made of a sample of one category.

    Parameters
    ----------
    category : its name.
    model : the model asked, as the recipe names it, or the table that was looked up.
    n, errors : sample size, and how many examples, words or characters it got wrong.
    error_frac, low, high : error rate with its 95 % interval.
    bound : what was asked of the error rate.
    outcome : pass (hard enough), fail (the model does well already), or cannot tell: the
        interval holds the bound, so the category passes and is counted.
    by : whether a model was asked, or the error table's rows of the category stand for it.
    fields : how many examples are ``hard, clear``, ``easy, unclear`` and so on: whether the model
        errs, and whether the gate's clarity checks passed. Unclear ones are first tries, which
        a run draws again; they are no part of the error rate.
    remembered : how many answers were known from an earlier run.
    mean_loss : over the examples of the error rate, where the model tells it for each.
    """

    category: str
    model: str
    n: int
    errors: int
    error_frac: float | None
    low: float | None
    high: float | None
    bound: str
    outcome: Outcome
    by: By = "function"
    fields: dict[str, int] = field(default_factory=dict)
    remembered: int = 0
    mean_loss: float | None = None

    def to_json(self) -> dict[str, object]:
        """Return plain JSON."""
        return asdict(self)


def judge(
    category: str,
    model: str,
    answers: Sequence[Answer],
    targets: Sequence[str],
    bound: Bound,
    metric: str = "accuracy",
    by: By = "function",
) -> Difficulty:
    """Judge a category by what a model answered to a sample of it.

    Parameters
    ----------
    category, model : names, for the record.
    answers : of the model.
    targets : what is right for each.
    bound : what is asked of the error rate.
    metric : accuracy, wer or cer; what is an error, and of what a share.
    by : what kind of model it is.
    """
    n, told = len(answers), str(bound)
    if not answers:
        return Difficulty(category, model, 0, 0, None, None, None, told, "cannot tell", by)
    found = count(metric, list(targets), [one.prediction for one in answers])
    wrong, units = float(found.errors.sum()), float(found.units.sum())
    low, high = _interval(metric, found)
    losses = [one.loss for one in answers if one.loss is not None]
    loss = round(math.fsum(losses) / n, 4) if len(losses) == n else None
    if math.isnan(low):
        return Difficulty(
            category, model, n, int(wrong), None, None, None, told, "cannot tell", by,
            mean_loss=loss,
        )  # fmt: skip
    return Difficulty(
        category, model, n, int(wrong), round(wrong / units, 4), round(low, 4), round(high, 4),
        told, _outcome(bound, low, high), by, mean_loss=loss,
    )  # fmt: skip


def judge_by_table(category: str, table: str, row: TagRow | None, bound: Bound) -> Difficulty:
    """Judge a category by the error table: the model's errors on the rows that have its tags.

    They are examples that the model has met, not the new ones.

    Parameters
    ----------
    category : its name.
    table : the table's name, for the record.
    row : the category in the audit's ranking; None where it is not there.
    bound : what is asked of the error rate.
    """
    told = str(bound)
    if row is None or row.interval is None or row.error_rate is None:
        rate = None if row is None else row.error_rate
        n = (row.n or 0) if row is not None else 0
        return Difficulty(
            category, table, n, 0, rate, None, None, told, "cannot tell", "error table"
        )
    low, high = row.interval
    return Difficulty(
        category, table, row.n or 0, row.errors or 0, round(row.error_rate, 4), round(low, 4),
        round(high, 4), told, _outcome(bound, low, high), "error table",
    )  # fmt: skip


def missed(metric: str, answer: Answer, target: str) -> bool:
    """Return whether an example is hard: whether the model errs on it.

    Parameters
    ----------
    metric : accuracy, wer or cer; what is an error.
    answer : of the model.
    target : what is right.
    """
    return bool(count(metric, [target], [answer.prediction]).errors.sum() > 0)


def _outcome(bound: Bound, low: float, high: float) -> Outcome:
    if bound.holds(low) != bound.holds(high):
        return "cannot tell"
    return "pass" if bound.holds(low) else "fail"


def _interval(metric: str, found: Counts) -> tuple[float, float]:
    """Return the 95 % interval of the error rate; not numbers where the rate is undefined.

    Wilson's for right or wrong. Words of one example are not independent: for WER and CER that
    of a ratio of sums over examples.
    """
    if metric in BY_EXAMPLE:
        low, high = wilson([found.errors.sum()], [len(found.errors)])
    else:
        whole = np.ones((len(found.errors), 1), dtype=np.bool_)
        low, high = ratio_interval(whole, found.errors, found.units)
    return float(low[0]), float(high[0])
