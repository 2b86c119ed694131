"""Error tables in, rankings and comparisons out."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from augmentor.audit.baselines import Baseline, read_baseline
from augmentor.audit.compare import compare
from augmentor.audit.comparison import Comparison
from augmentor.audit.priorities import rank
from augmentor.audit.ranking import Ranking
from augmentor.audit.raw import ErrorTable
from augmentor.audit.table import read_table
from augmentor.core.errors import UsageError


def audit_table(
    table: str | Path,
    *,
    metric: str = "accuracy",
    baseline: str | Path | Mapping[str, Baseline] | None = None,
    importance: Mapping[str, float] | None = None,
    ease: Mapping[str, float] | None = None,
    categories: Mapping[str, Sequence[str]] | None = None,
) -> Ranking:
    """Rank the tags of an error table by what closing their gaps would give.

    Parameters
    ----------
    table : an error table (id, target, prediction, tags) or a summary (tag, accuracy, ...).
    metric : accuracy, wer or cer.
    baseline : a CSV of tag, baseline, source; by default the table's own columns.
    importance, ease : weights by tag, 1 by default.
    categories : name -> tags to rank as one.

    Raises
    ------
    UsageError : everything wrong with the tables, each with its line.
    """
    if isinstance(baseline, str | Path):
        baseline = read_baseline(baseline)
    return rank(
        read_table(table),
        metric=metric,
        baseline=baseline,
        importance=importance,
        ease=ease,
        categories=categories,
    )


def compare_tables(
    before: str | Path,
    after: str | Path,
    *,
    metric: str = "accuracy",
    margin: float = 0.02,
    guard: Collection[str] | None = None,
) -> Comparison:
    """Compare the same examples before and after, paired by id, per tag.

    Parameters
    ----------
    before, after : error tables with the same ids and targets.
    metric : accuracy or wer.
    margin : how far a guarded tag may fall, as a fraction.
    guard : the tags that must not fall; all by default.

    Raises
    ------
    UsageError : the tables cannot be paired, or one of them is a summary.
    """
    tables = []
    for path in (before, after):
        table = read_table(path)
        if not isinstance(table, ErrorTable):
            raise UsageError(f"{path} is a summary; to compare, give a table with a row an example")
        tables.append(table)
    return compare(tables[0], tables[1], metric=metric, margin=margin, guard=guard)
