"""All that one table tells: ranking, splits, classes, labels, slices, lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from augmentor.audit.detections.report import Detections
from augmentor.audit.figures.classes import ClassReport, class_report
from augmentor.audit.figures.lists import is_list_table, read_lists
from augmentor.audit.figures.metrics import (
    BY_EXAMPLE,
    POOLED,
    Normalizer,
    check_metric,
    coded_alike,
    count,
)
from augmentor.audit.figures.ranked import RankReport
from augmentor.audit.labels.consistency import LabelReport
from augmentor.audit.priorities.adding import Added, raise_shares
from augmentor.audit.priorities.asked import Asked, Opened, open_rows, open_table
from augmentor.audit.priorities.measured import Overall
from augmentor.audit.priorities.ranking import Ranking
from augmentor.audit.priorities.splits import SplitRow, split_rows
from augmentor.audit.slices.find import Slices, find_slices
from augmentor.audit.tables.class_table import is_class_table, read_class_table
from augmentor.audit.tables.facts import Facts
from augmentor.audit.tables.raw import ErrorTable
from augmentor.audit.tables.summary import SummaryTable
from augmentor.audit.tables.table import read_filled
from augmentor.core.coded import Coded
from augmentor.core.errors import Problem, UsageError, listed

CLASSES = 50
"""A table with more different targets than these holds transcripts, not classes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """All that an audit finds in one table.

    Parameters
    ----------
    ranking : the tags in order of what closing their gaps would give.
    table : the rows that were audited; None for a summary.
    normalize : what was done to targets and predictions before they were compared.
    split : the split that was audited; None: all rows.
    splits : every tag in every split; empty without splits.
    classes : precision, recall and F1 of every class; None where targets are no classes.
    labels : where the labels themselves disagree; None where nothing could show it.
    slices : slices that nobody tagged; None where they were not asked for.
    adding : how many examples raise the shares that were asked for.
    lists : how good ranked lists are; None where the table holds none.
    detections : how good a detector is; None where the table is of none.
    notes : what to know besides.
    """

    ranking: Ranking
    table: ErrorTable | None = None
    normalize: str = "none"
    split: str | None = None
    splits: Sequence[SplitRow] = ()
    classes: ClassReport | None = None
    labels: LabelReport | None = None
    slices: Slices | None = None
    adding: Sequence[Added] = ()
    lists: RankReport | None = None
    detections: Detections | None = None
    notes: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Everything that a reader should know before trusting a figure."""
        return (*self.ranking.warnings, *self.notes)

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values, with stable keys."""
        return {
            **self.ranking.to_json(),
            "normalize": self.normalize,
            "split": self.split,
            "splits": [row.to_json() for row in self.splits],
            "classes": self.classes and self.classes.to_json(),
            "labels": self.labels and self.labels.to_json(),
            "slices": self.slices and self.slices.to_json(),
            "adding": [one.to_json() for one in self.adding],
            "lists": self.lists and self.lists.to_json(),
            "detections": self.detections and self.detections.to_json(),
            "warnings": list(self.warnings),
        }


def audit_table(
    table: str | Path | ErrorTable,
    *,
    importance: Mapping[str, float] | None = None,
    ease: Mapping[str, float] | None = None,
    categories: Mapping[str, Sequence[str]] | None = None,
    find: bool = False,
    raised: Mapping[str, float] | None = None,
    complete: bool = False,
    classes: Sequence[str] = (),
    **asked: Any,
) -> Audit:
    """Rank the tags of an error table by what closing their gaps would give.

    Parameters
    ----------
    table : an error table (id, target, prediction, tags), a summary (tag, accuracy, ...), a
        table by class (class, precision, recall) or of ranked lists (query, rank, relevance); or
        the rows of an error table, whose columns and tags are taken as they are.
    importance, ease : weights by tag, 1 by default.
    categories : name -> tags to rank as one.
    find : whether to look for slices that nobody tagged.
    raised : tag -> share of the data that it is to be raised to.
    complete : whether a table of ranked lists has every relevant item of each query.
    classes : the declared classes, also those that no row has; by default those of the table.
    asked : metric, baseline, columns, tags, shares, split, slices, normalize, positive,
        unlabelled: see `asked.Asked`.

    Raises
    ------
    UsageError : everything wrong with the tables, each with its line.
    """
    wanted = Asked(**{"folders": [Path.cwd()], **asked})
    check_metric(wanted.metric)
    if isinstance(table, ErrorTable):
        opened = open_rows(table, wanted)
    else:
        problems: list[Problem] = []
        frame = read_filled(table, problems)
        if is_class_table(frame.names):
            return _of_classes(read_class_table(frame, problems))
        if is_list_table(frame.names) and not wanted.columns:
            return _of_lists(read_lists(frame, problems, complete=complete))
        opened = open_table(frame, problems, wanted)
    rows = opened.table if isinstance(opened.table, ErrorTable) else None
    if rows is not None and not rows.labelled:
        return _unlabelled(rows, wanted)
    labels = opened.labels()
    ranking = opened.rank(
        importance=importance,
        ease=ease,
        categories=categories,
        relabel=labels.relabel if labels else (),
    )
    audit = Audit(ranking=ranking, labels=labels, adding=raise_shares(ranking, raised or {}))
    if isinstance(opened.table, SummaryTable):
        return replace(audit, notes=_mean(opened.table))
    return _with_rows(audit, opened, find=find, declared=classes)


def _with_rows(audit: Audit, opened: Opened, *, find: bool, declared: Sequence[str]) -> Audit:
    """Return an audit with what only the rows themselves tell."""
    table, asked = opened.table, opened.asked
    assert isinstance(table, ErrorTable)
    pooled, change = asked.metric in POOLED, opened.change
    reachable = {row.tag: row.baseline for row in audit.ranking.rows}
    reachable["overall"] = audit.ranking.overall.baseline
    splits: Sequence[SplitRow] = ()
    if opened.whole is not None and opened.whole.splits is not None and pooled:
        splits = split_rows(opened.whole, asked.metric, reachable, change)
    return replace(
        audit,
        table=table,
        normalize=asked.normalize,
        split=opened.split,
        splits=splits,
        classes=_classes(table, change, declared) if asked.metric in BY_EXAMPLE else None,
        slices=_slices(table, asked.metric, change) if find else None,
        notes=(*_folds(table), *(audit.labels.problems if audit.labels else ())),
    )


def _unlabelled(table: ErrorTable, asked: Asked) -> Audit:
    """Return a table without targets: nothing can be ranked, but what it shows can be checked."""
    ranking = Ranking(
        metric=asked.metric, n=len(table), overall=Overall(n=len(table)), rows=(), union_gain=None,
        warnings=table.warnings,
    )  # fmt: skip
    said = "no column 'target': only checks that need none can be made"
    return Audit(ranking=ranking, table=table, normalize=asked.normalize, notes=(said,))


def _of_classes(report: ClassReport) -> Audit:
    """Return what a table by class says, which has no tags."""
    macro = next(one for one in report.averages if one.name == "macro")
    overall = Overall(accuracy=macro.mean_of_f1)
    ranking = Ranking(
        metric="macro_f1", n=None, overall=overall, rows=(), union_gain=None, warnings=()
    )
    return Audit(ranking=ranking, classes=report)


def _of_lists(report: RankReport) -> Audit:
    """Return what a table of ranked lists says; NDCG at 10 stands for the whole."""
    whole, queries = report.overall.measures["ndcg@10"], report.overall.queries
    overall = Overall(n=queries, accuracy=whole.value, interval=whole.interval)
    ranking = Ranking(
        metric="ndcg@10", n=queries, overall=overall, rows=(), union_gain=None, warnings=()
    )
    return Audit(ranking=ranking, lists=report, notes=report.notes)


def _mean(table: SummaryTable) -> tuple[str, ...]:
    """Say what a summary comes to where every tag counts alike, as rare classes should."""
    if len(table) < 2:
        return ()
    mean = sum(row.accuracy for row in table.rows) / len(table)
    worst = min(table.rows, key=lambda row: row.accuracy)
    what = f"mean {table.measure.replace('_', ' ')} of {len(table)} tags, each counting alike"
    return (f"{what}: {mean:.3f}; the lowest is {worst.tag}, {worst.accuracy:.3f}",)


def _slices(table: ErrorTable, metric: str, normalize: Normalizer | None) -> Slices:
    if metric not in POOLED:
        raise UsageError(f"slices are found by the errors of rows, and '{metric}' has none")
    counts = count(metric, table.targets, table.predictions, normalize)
    rate = np.divide(counts.errors, counts.units, out=counts.errors.copy(), where=counts.units > 0)
    columns = Facts(table).searchable()
    if not columns:
        raise UsageError(
            f"{table.path} has no column to find slices in: besides id, target, prediction and "
            "tags it needs facts of each example, such as a device, a place or a measured SNR"
        )
    return find_slices(columns, rate, ids=table.ids, groups=table.groups)


def _classes(
    table: ErrorTable, normalize: Normalizer | None, declared: Sequence[str]
) -> ClassReport | None:
    """Return the class report, where targets are few enough to be classes.

    Raises
    ------
    UsageError : a target is none of the declared classes.
    """
    if not declared and len(Coded.of(table.targets).values) > CLASSES:
        return None
    target, answer, names = coded_alike(table.targets, table.predictions, normalize)
    if not declared:
        return class_report(target, answer, names) if len(names) <= 2 * CLASSES else None
    place = {name: at for at, name in enumerate(declared)}
    moved = np.array([place.get(name, -1) for name in names], dtype=np.int32)
    strange = [name for at, name in enumerate(names) if moved[at] < 0 and (target == at).any()]
    if strange:
        what = f"targets that are none of the declared classes: {listed(strange)}"
        raise UsageError(Problem(table.path, what))
    return class_report(moved[target], moved[answer], declared)


def _folds(table: ErrorTable) -> list[str]:
    if table.folds is None:
        return []
    folds = len({fold for fold in table.folds if fold})
    said = f"predictions are out of fold, from {folds} models: what is found holds for the way of"
    return [f"{said} training, for no single model of these"]
