"""A table opened as a user asks for it: which columns, which rows, against which baseline."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from augmentor.audit.figures.metrics import BY_EXAMPLE, METRICS, Normalizer
from augmentor.audit.figures.normal import normalizer
from augmentor.audit.labels.annotators import human_level
from augmentor.audit.labels.consistency import LabelReport, label_report
from augmentor.audit.priorities.baselines import Baseline, Baselines, best_slice, read_baseline
from augmentor.audit.priorities.measured import measure_rows
from augmentor.audit.priorities.rank import rank
from augmentor.audit.priorities.ranking import Ranking
from augmentor.audit.priorities.splits import audited_split
from augmentor.audit.tables.facts import Facts
from augmentor.audit.tables.predicates import members
from augmentor.audit.tables.raw import ErrorTable
from augmentor.audit.tables.summary import SummaryTable
from augmentor.audit.tables.table import read_filled, read_shares, table_of
from augmentor.core.coded import Coded
from augmentor.core.errors import Problem, UsageError
from augmentor.files.frame import Frame

HUMAN, BEST_SLICE, COLUMN = "human", "best slice", "column:"
"""Baselines that are in the table itself."""
DIGESTS = ("input_digest", "digest", "sha256", "md5")
TEXTS = ("input", "question", "sentence", "input_text")
"""Columns that show what an example's input is, so that the same one can be seen twice."""


def in_table(baseline: object) -> bool:
    """Whether a baseline stands in the table itself, and is no file."""
    if not isinstance(baseline, str):
        return False
    return baseline in (HUMAN, BEST_SLICE) or baseline.startswith(COLUMN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a user wants of a table.

    Parameters
    ----------
    metric : one of `metrics.METRICS`.
    baseline : a table of tag, baseline, source, n; ``human``: the annotators' columns; ``best
        slice``: the best tag; ``column:NAME``: the answers of another column, such as those of
        an older system. None: the table's own columns.
    columns : what a column is -> its name, where the names are not known; see `read_table`.
    tags : a sheet with the tags, joined by id or path.
    shares : a table of tag, share: how the data in use are made up.
    split : the split to audit; dev by default where the table has splits.
    slices : expressions such as ``speaker=anna & snr_db < 5``, each to be used as a tag.
    normalize : ``none``, ``basic`` or ``module:function``.
    positive : the class that scores speak of.
    folders : where to look for the user's module.
    unlabelled : whether a table without targets is taken too.
    """

    metric: str = "accuracy"
    baseline: str | Path | Mapping[str, Baseline] | None = None
    columns: Mapping[str, str] | None = None
    tags: str | Path | None = None
    shares: str | Path | Mapping[str, float] | None = None
    split: str | None = None
    slices: Sequence[str] = ()
    normalize: str = "none"
    positive: str | None = None
    folders: Sequence[Path] = ()
    unlabelled: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Opened:
    """A table with what was asked of it.

    Parameters
    ----------
    asked : by the user.
    table : the rows to audit, or a summary.
    whole : the rows of all splits; None for a summary.
    split : which of them is audited; None: all.
    change : what is done to targets and predictions before they are compared.
    """

    asked: Asked
    table: ErrorTable | SummaryTable
    whole: ErrorTable | None = None
    split: str | None = None
    change: Normalizer | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The tags of the table."""
        if isinstance(self.table, SummaryTable):
            return tuple(row.tag for row in self.table.rows)
        return self.table.tag_names

    def labels(self) -> LabelReport | None:
        """Return where labels disagree, if the table has annotators or shows its inputs."""
        table = self.table
        if isinstance(table, SummaryTable):
            return None
        keys, texts = (
            next((table.others[name] for name in names if name in table.others), None)
            for names in (DIGESTS, TEXTS)
        )
        people = table.annotators if len(table.annotators) > 1 else None
        if keys is None and texts is None and people is None:
            return None
        return label_report(
            targets=table.targets,
            keys=keys,
            texts=None if texts is None else [text or "" for text in texts],
            answers=people,
            members=table.tags if table.tag_names else None,
            tag_names=table.tag_names,
            ids=table.ids,
        )

    def rank(
        self,
        *,
        importance: Mapping[str, float] | None = None,
        ease: Mapping[str, float] | None = None,
        categories: Mapping[str, Sequence[str]] | None = None,
        relabel: Collection[str] = (),
    ) -> Ranking:
        """Return the tags in order of what closing their gaps would give; see `priorities.rank`."""
        asked, metric = self.asked, self.asked.metric
        if isinstance(self.table, SummaryTable) and metric == "accuracy":
            metric = self.table.measure if self.table.measure in METRICS else metric
        shares = asked.shares
        column = isinstance(asked.baseline, str) and asked.baseline.startswith(COLUMN)
        ranking = rank(
            self.table,
            metric=metric,
            baseline=None if column else self._level(),
            importance=importance,
            ease=ease,
            categories=categories,
            shares=read_shares(shares) if isinstance(shares, str | Path) else shares,
            relabel=relabel,
            normalize=self.change,
            positive=asked.positive,
        )
        return ranking.sourced(str(asked.baseline)[len(COLUMN) :]) if column else ranking

    def _level(self) -> Baselines | None:
        """Return the baselines from wherever the user says that they come."""
        baseline = self.asked.baseline
        if baseline is None or isinstance(baseline, Mapping):
            return baseline
        if baseline not in (HUMAN, BEST_SLICE):
            return read_baseline(baseline)
        if isinstance(self.table, SummaryTable):
            raise UsageError(f"a baseline of '{baseline}' needs a table with a row an example")
        if baseline == HUMAN:
            return _people(self.table, self.asked.metric)
        found = measure_rows(self.table, self.asked.metric, {}, {}, self.change)
        return best_slice(found.names, found.accuracy, 1 - found.high, found.n)


def open_path(path: str | Path, asked: Asked) -> Opened:
    """Read and open an error table or a summary; see `open_table`."""
    problems: list[Problem] = []
    return open_table(read_filled(path, problems), problems, asked)


def open_table(frame: Frame, problems: list[Problem], asked: Asked) -> Opened:
    """Open a table as it is asked for.

    Parameters
    ----------
    frame, problems : the table's columns, and what was wrong in its rows.
    asked : what the user wants.

    Raises
    ------
    UsageError : everything wrong with the tables, each with its line.
    """
    named = dict(asked.columns or {})
    if isinstance(asked.baseline, str) and asked.baseline.startswith(COLUMN):
        named["baseline_prediction"] = asked.baseline[len(COLUMN) :].strip()
    sheet = None if asked.tags is None else Path(asked.tags)
    table = table_of(frame, problems, named, sheet, unlabelled=asked.unlabelled)
    if isinstance(table, SummaryTable):
        return Opened(asked=asked, table=table)
    return open_rows(table, asked)


def open_rows(table: ErrorTable, asked: Asked) -> Opened:
    """Open rows that are read already, as they are asked for.

    Raises
    ------
    UsageError : a slice or a split that they do not have.
    """
    change = None
    if asked.normalize != "none":
        change = normalizer(asked.normalize, asked.folders)
    facts = Facts(table)
    for expression in asked.slices:
        table = table.tagged(expression, members(expression, facts, table.path))
    split = audited_split(table, asked.split)
    whole = table
    if split is not None and table.splits is not None:
        column = Coded.of(table.splits)
        table = table.some(np.array(column.codes == list(column.values).index(split)))
    return Opened(asked=asked, table=table, whole=whole, split=split, change=change)


def _people(table: ErrorTable, metric: str) -> Baselines:
    """Return the human level of every tag, from the annotators' columns."""
    if not table.annotators:
        raise UsageError(
            f"{table.path} has no annotators; name their columns 'annotator anna' and so on"
        )
    found = human_level(
        table.annotators,
        table.targets,
        table.tags,
        metric="accuracy" if metric in BY_EXAMPLE else metric,
        groups=table.groups,
    )
    return found.baselines(table.tag_names)
