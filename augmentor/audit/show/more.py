"""What an audit finds besides the ranking, as text: splits, classes, slices."""

from collections.abc import Sequence

from augmentor.audit.figures.classes import ClassReport
from augmentor.audit.figures.ranked import QueryMean, RankReport
from augmentor.audit.priorities.splits import SplitRow
from augmentor.audit.show.tables import NOTHING, Shown, ends, p_value, percent
from augmentor.audit.slices.find import Slices


def split_table(rows: Sequence[SplitRow]) -> Shown:
    """Return every tag in every split beside its baseline."""
    splits = list(rows[0].accuracy) if rows else []
    return Shown(
        header=["tag", *splits, "baseline", "asks for"],
        rows=[
            [
                row.tag,
                *(
                    f"{percent(row.accuracy[name])} ({row.n[name]})" if row.n[name] else NOTHING
                    for name in splits
                ),
                percent(row.baseline, NOTHING),
                row.advice or NOTHING,
            ]
            for row in rows
        ],
        right=[False, *(True for _ in splits), True, False],
    )


def slice_table(found: Slices) -> Shown:
    """Return slices that nobody tagged, as the half of the rows has them that was not searched."""
    return Shown(
        header=["slice", "n", "share", "error rate", "95 % interval", "outside", "adjusted p",
                "verdict"],
        rows=[
            [
                row.expression, str(row.n), percent(row.share_frac), percent(row.error_rate),
                ends(row.interval, 1), percent(row.outside_rate), p_value(row.p_adjusted),
                _verdict(row.worse, row.explained_by),
            ]
            for row in found.rows
        ],
        right=[False, True, True, True, True, True, True, False],
        soft=[not row.worse for row in found.rows],
        note=(
            f"found on {found.n_searched} rows, tested on the other {found.n_tested}; use one as "
            "a tag with --slice"
        ),
    )  # fmt: skip


def _verdict(worse: bool, explained_by: str | None) -> str:
    if not worse:
        return "no worse than the rest, as far as can be told"
    return f"worse, as part of {explained_by}" if explained_by else "worse than the rest"


def list_table(report: RankReport) -> Shown:
    """Return the measures of ranked lists, a column a measure, all queries last."""
    measures = [name for name, one in report.overall.measures.items() if one.n]
    rows = [*report.tags, report.overall]
    notes = [f"{name}: {said}" for name, said in report.definitions.items()]
    return Shown(
        header=["tag", "queries", *measures],
        rows=[
            [row.name or "all", str(row.queries), *(_mean(row.measures[name]) for name in measures)]
            for row in rows
        ],
        right=[False, True, *(True for _ in measures)],
        note="\n".join(notes),
    )


def _mean(one: QueryMean) -> str:
    return f"{percent(one.value)} {ends(one.interval, 1)}".removesuffix(f" {NOTHING}")


def class_table(report: ClassReport) -> Shown:
    """Return precision, recall and F1 of every class, then what they come to."""
    rows = [
        [
            row.name, _count(row.support), percent(row.precision),
            ends(row.precision_interval, 1), percent(row.recall), ends(row.recall_interval, 1),
            percent(row.f1),
        ]
        for row in report.classes
    ]  # fmt: skip
    notes = []
    for one in report.averages:
        if one.refused is not None:
            notes.append(f"{one.name}: none, as {one.refused}")
            continue
        rows.append(
            [f"({one.name})", "", percent(one.precision), "", percent(one.recall), "",
             percent(one.mean_of_f1)]
        )  # fmt: skip
        notes.append(f"{one.name}: {one.definition}")
        if one.name == "macro":
            other = percent(one.f1_of_means)
            notes.append(f"macro F1 is the mean of the F1s; the F1 of the means is {other}")
    whole = [
        ("accuracy", percent(report.accuracy)),
        ("balanced accuracy", percent(report.balanced_accuracy)),
        ("MCC", None if report.mcc is None else f"{report.mcc:.3f}"),
    ]
    said = ", ".join(f"{name} {text}" for name, text in whole if text and report.n is not None)
    if report.worst is not None:
        notes.insert(0, f"lowest F1: {report.worst}")
    return Shown(
        header=["class", "n", "precision", "95 %", "recall", "recall 95 %", "F1"],
        rows=rows,
        right=[False, True, True, True, True, True, True],
        note="\n".join(part for part in (said, *notes, *report.notes) if part),
    )


def confusion_table(report: ClassReport) -> Shown | None:
    """Return how often each class was taken for each; None where it is not known."""
    if report.confusion is None:
        return None
    names = [row.name for row in report.classes]
    stray = report.confusion.shape[1] > len(names)
    return Shown(
        header=["target", *names, *(["none of them"] if stray else [])],
        rows=[
            [name, *(_count(cell) for cell in row)]
            for name, row in zip(names, report.confusion.tolist(), strict=True)
        ],
        right=[False, *(True for _ in range(report.confusion.shape[1]))],
    )


def _count(value: float | None) -> str:
    return NOTHING if value is None else f"{value:g}"
