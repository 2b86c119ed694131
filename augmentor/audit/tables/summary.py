"""Summaries: a table by tag without its examples, as on a slide or a dashboard."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from augmentor.audit.tables import columns
from augmentor.core.errors import Problem, listed
from augmentor.files.frame import Frame

TAGS = ("tag", "tags", "category", "slice", "type")
ACCURACIES = ("accuracy", "acc", "model", "model_accuracy", "auroc", "auc", "f1", "recall")
ERRORS = ("error_rate", "error", "wer", "cer")
BASELINES = ("baseline", "baseline_accuracy", "human", "human_level", "human_level_performance")
SOURCES = ("baseline_source", "source")
SHARES = ("share", "share_of_data", "%_of_data", "data_share")
COUNTS = ("n", "count", "examples")
GAPS = ("gap", "printed_gap", "gap_to_hlp")
GAINS = ("potential_gain", "gain")


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One tag of a summary, as printed.

    Parameters
    ----------
    accuracy, baseline, share : fractions; accuracy may be 1 - WER. None where not given.
    baseline_source : who or what reached the baseline.
    n : examples with the tag, where the table says so.
    printed_gap, printed_gain : what the table itself claims, as fractions of all points.
    gap_rounding, gain_rounding : half a unit of their last printed digit.
    """

    tag: str
    accuracy: float
    baseline: float | None = None
    baseline_source: str | None = None
    share: float | None = None
    n: int | None = None
    printed_gap: float | None = None
    gap_rounding: float = 0.0
    printed_gain: float | None = None
    gain_rounding: float = 0.0


@dataclass(frozen=True, slots=True)
class SummaryTable:
    """A table by tag without its examples: accuracy, baseline and share of the data.

    Numbers may be fractions or percentages. Each column is decided as a whole: it is in
    percent if one of its cells has a percent sign or lies beyond 1. A printed gap or gain
    is also in percent where the accuracy is. `measure` is what the column of accuracies is
    called; error rates become accuracies.
    """

    rows: tuple[SummaryRow, ...]
    measure: str = "accuracy"
    path: str = ""
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)


def is_summary(written: Sequence[str]) -> bool:
    """Whether columns are those of a summary: a tag and an accuracy, and no predictions."""
    names = columns.known(written)
    has = [columns.first(names, some) for some in (TAGS, ACCURACIES + ERRORS, columns.PREDICTIONS)]
    return has[0] is not None and has[1] is not None and has[2] is None


def read_summary(frame: Frame, problems: list[Problem]) -> SummaryTable:
    """Build a summary from rows; what is wrong is added to `problems`.

    A column called `human` is a baseline whose source is human.
    """
    names = columns.known(frame.names)
    rows = len(frame)

    def of(wanted: Sequence[str]) -> Sequence[str | None]:
        name = columns.first(names, wanted)
        return columns.optional(frame, name, problems) if name else [None] * rows

    def numbers(
        wanted: Sequence[str], low: float = -math.inf, *, percent: bool = False
    ) -> columns.Numbers:
        name = columns.first(names, wanted)
        if name is None:
            return columns.Numbers([None] * rows, [0.0] * rows, percent)
        high = math.inf if wanted in (GAPS, GAINS, ERRORS) else 1.0
        return columns.fractions(frame, name, problems, within=(low, high), percent=percent)

    tags = [(cell or "").strip() for cell in of(TAGS)]
    measure = columns.first(names, ACCURACIES) or columns.first(names, ERRORS) or ""
    accuracy = numbers(ACCURACIES)
    if columns.first(names, ACCURACIES) is None:
        wrong = numbers(ERRORS, 0.0)
        right = [None if value is None else 1 - value for value in wrong.values]
        accuracy = replace(wrong, values=right)
    baseline = numbers(BASELINES)
    share = numbers(SHARES, 0.0)
    gap = numbers(GAPS, percent=accuracy.percent)
    gain = numbers(GAINS, percent=accuracy.percent)
    by_name = (
        "human" if columns.plain(columns.first(names, BASELINES) or "")[:5] == "human" else None
    )
    sources = [(cell or "").strip() or by_name for cell in of(SOURCES)]
    n = columns.first(names, COUNTS)
    counts = columns.whole(frame, n, problems) if n else [None] * rows
    _check(frame, tags, accuracy, problems)
    return SummaryTable(
        rows=tuple(
            SummaryRow(
                tag=tags[i],
                accuracy=accuracy.values[i] or 0.0,
                baseline=baseline.values[i],
                baseline_source=None if baseline.values[i] is None else sources[i],
                share=share.values[i],
                n=counts[i],
                printed_gap=gap.values[i],
                gap_rounding=gap.rounding[i],
                printed_gain=gain.values[i],
                gain_rounding=gain.rounding[i],
            )
            for i in range(rows)
        ),
        measure=columns.plain(measure),
        path=frame.path,
    )


def _check(
    frame: Frame, tags: list[str], accuracy: columns.Numbers, problems: list[Problem]
) -> None:
    doubled = [tag for tag, count in Counter(tags).items() if tag and count > 1]
    if doubled:
        problems.append(Problem(frame.path, f"tags stand more than once: {listed(doubled)}"))
    for row, (tag, value) in enumerate(zip(tags, accuracy.values, strict=True)):
        if not tag:
            problems.append(Problem(frame.where(row), "no tag; every row needs one of its own"))
        if value is None:
            problems.append(
                Problem(frame.where(row), "no accuracy; expected a number such as 94 %")
            )
