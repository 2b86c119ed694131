"""Is the model doing poorly on it? Judged per category on a keyed sample, before the run."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.figures.clustered import ratio_interval
from augmentor.audit.figures.intervals import wilson
from augmentor.audit.figures.metrics import BY_EXAMPLE, Counts, count
from augmentor.core.errors import UsageError
from augmentor.core.verdict import Bound, Outcome

Predict = Callable[[Sequence[NDArray[Any]]], Sequence[str]]
"""The user's model, asked about several sounds or pictures: a prediction for each."""

BATCH = 32


@dataclass(frozen=True, slots=True)
class Difficulty:
    """What the model made of a sample of one category.

    Parameters
    ----------
    category : its name.
    model : the model asked, as the recipe names it.
    n, errors : sample size, and how many examples, words or characters it got wrong.
    error_frac, low, high : error rate with its 95 % interval.
    bound : what was asked of the error rate.
    outcome : pass (hard enough), fail (the model does well already), or cannot tell: the
        interval holds the bound, so the category passes and is counted.
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

    def to_json(self) -> dict[str, object]:
        """Return plain JSON."""
        return asdict(self)


def judge(
    category: str,
    model: str,
    predict: Predict,
    inputs: Sequence[NDArray[Any]],
    targets: Sequence[str],
    bound: Bound,
    metric: str = "accuracy",
) -> Difficulty:
    """Ask the user's model about a sample of a category.

    Parameters
    ----------
    category, model : names, for the record.
    predict : the model.
    inputs : what it is to look at: float32 sounds, full scale 1, or pictures.
    targets : what is right for each.
    bound : what is asked of the error rate.
    metric : accuracy, wer or cer; what is an error, and of what a share.

    Raises
    ------
    UsageError : the model answers with another number of predictions than it was asked for.
    """
    answers: list[str] = []
    for start in range(0, len(inputs), BATCH):
        batch = list(inputs[start : start + BATCH])
        try:
            got = list(predict(batch))
        except Exception as error:
            raise UsageError(f"model '{model}' failed: {type(error).__name__}: {error}") from error
        if len(got) != len(batch):
            raise UsageError(
                f"model '{model}' gave {len(got)} predictions for {len(batch)} examples; "
                "it must give one for each"
            )
        answers.extend(map(str, got))
    if not inputs:
        return Difficulty(category, model, 0, 0, None, None, None, str(bound), "cannot tell")
    found = count(metric, list(targets), answers)
    wrong, units = float(found.errors.sum()), float(found.units.sum())
    low, high = _interval(metric, found)
    outcome: Outcome = "cannot tell"
    if math.isnan(low):
        return Difficulty(
            category, model, len(inputs), int(wrong), None, None, None, str(bound), outcome
        )
    if bound.holds(low) == bound.holds(high):
        outcome = "pass" if bound.holds(low) else "fail"
    return Difficulty(
        category, model, len(inputs), int(wrong), round(wrong / units, 4),
        round(low, 4), round(high, 4), str(bound), outcome,
    )  # fmt: skip


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
