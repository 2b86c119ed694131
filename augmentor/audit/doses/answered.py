"""The answers of several trainings at several doses, and how sure any mix of them is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.comparing.comparison import OVERALL
from augmentor.audit.comparing.pairs import paired
from augmentor.audit.comparing.seeds import over_runs
from augmentor.audit.figures.clustered import Owners, owners, ratio_interval
from augmentor.audit.figures.intervals import wilson
from augmentor.audit.figures.metrics import BY_EXAMPLE, Floats, Normalizer, count, ratio
from augmentor.audit.priorities.cover import served
from augmentor.audit.priorities.measured import Interval
from augmentor.audit.tables.raw import ErrorTable


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """What went wrong in the same examples, training after training.

    Parameters
    ----------
    names : of the groups of examples; all of them at once come last.
    members : bool [rows, groups].
    errors : float64 [doses, trainings, rows].
    units : float64 [rows], what could go wrong.
    by_example : whether every error is a whole example.
    owner : each row's group, as a number [rows]; None: every row is its own.
    """

    names: Sequence[str]
    members: NDArray[np.bool_]
    errors: Floats
    units: Floats
    by_example: bool
    owner: Owners | None = None

    def losses(self, group: int) -> Floats:
        """Return the loss of a group [doses, trainings]; not-a-number is 0/0."""
        here = self.members[:, group]
        below = np.full(self.errors.shape[:2], self.units[here].sum())
        return ratio(self.errors[..., here].sum(axis=2), below)

    def half_width(self, group: int, weights: Floats) -> float:
        """Return how far chance takes a sum of the doses' losses, each with a weight.

        Half of its 95 % interval over trainings and examples; not-a-number of one training or
        fewer than six examples. The weights stand for what the largest of them does: one error
        more or less is no more than that.
        """
        most = float(np.abs(weights).max(initial=0))
        if self.errors.shape[1] < 2 or not most:
            return float("nan")
        mixed = sum(w * one for w, one in zip(weights / most, self.errors, strict=True))
        nothing = np.zeros(self.errors.shape[1:])
        sure = over_runs(
            self.members[:, [group]], np.asarray(mixed), nothing, self.units, self.owner
        )
        return most * float(sure.high[0] - sure.low[0]) / 2

    def interval(self, group: int, dose: int) -> Interval | None:
        """Return the 95 % interval of a group's loss at the dose of this place."""
        here = self.members[:, [group]]
        if self.errors.shape[1] > 1:
            half = self.half_width(group, np.eye(len(self.errors))[dose])
            middle = float(self.losses(group)[dose].mean())
            low, high = max(middle - half, 0.0), middle + half
        else:
            errors = self.errors[dose, 0]
            if self.by_example:
                lows, highs = wilson([errors[here[:, 0]].sum()], [here.sum()])
            else:
                lows, highs = ratio_interval(here, errors, self.units, self.owner)
            low, high = float(lows[0]), float(highs[0])
        if self.by_example:
            high = min(high, 1.0)
        return None if np.isnan(low + high) else (low, high)


def grouped(table: ErrorTable, categories: Mapping[str, Sequence[str]]) -> ErrorTable:
    """Return a table whose tags are the categories, and the tags that none of them serves."""
    groups = served(table.tag_names, categories)
    place = {tag: at for at, tag in enumerate(table.tag_names)}
    columns = [table.tags[:, [place[tag] for tag in tags]].any(axis=1) for tags in groups.values()]
    tags = np.asfortranarray(np.column_stack(columns))
    return replace(table, tag_names=tuple(groups), tags=tags)


def answered(
    tables: Sequence[Sequence[ErrorTable]], metric: str, normalize: Normalizer | None = None
) -> Answered:
    """Bring the answers of all trainings into one order.

    Parameters
    ----------
    tables : of each dose, one for each training, with the same examples.
    metric : accuracy, wer or cer.
    normalize : what is done to texts before they are compared.
    """
    first = tables[0][0]
    alike = [[paired(first, one) for one in some] for some in tables]
    counts = [
        [count(metric, first.targets, one.predictions, normalize) for one in some] for some in alike
    ]
    groups = next((one.groups for some in alike for one in some if one.groups is not None), None)
    return Answered(
        [*first.tag_names, OVERALL],
        np.column_stack([first.tags, np.ones(len(first), dtype=np.bool_)]),
        np.array([[one.errors for one in some] for some in counts]),
        counts[0][0].units,
        metric in BY_EXAMPLE,
        owners(groups),
    )
