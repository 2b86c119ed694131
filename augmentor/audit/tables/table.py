"""What an audit starts from: every example with its tags, or only a summary by tag."""

from collections.abc import Mapping
from pathlib import Path

from augmentor.audit.tables import columns
from augmentor.audit.tables.raw import ErrorTable, read_raw
from augmentor.audit.tables.sheet import with_sheet
from augmentor.audit.tables.summary import SHARES, TAGS, SummaryTable, is_summary, read_summary
from augmentor.core.errors import Problem, UsageError
from augmentor.files.frame import Frame, read_frame


def read_table(
    path: str | Path, named: Mapping[str, str] | None = None, sheet: Path | None = None
) -> ErrorTable | SummaryTable:
    """Read an error table (id, target, prediction, tags) or a summary (tag, accuracy, ...).

    Tags stand in one column `tags`, separated by ``;`` (or as a list in JSON), or in one
    column each, with a mark in it. Other names are known: reference, ref, text and label for
    the target; hypothesis, hyp, pred_text and pred for the prediction.

    Parameters
    ----------
    path : the table.
    named : what a column is (id, target, prediction, tags, group, weight, score, split, fold,
        clean_prediction, baseline_prediction) -> its name, for names that are not known.
    sheet : a table of tags alone, joined by id or path; see `sheet.with_sheet`.

    Raises
    ------
    UsageError
        Everything that is wrong with the table, each with its line.
    """
    problems: list[Problem] = []
    return table_of(read_filled(path, problems), problems, named, sheet)


def read_filled(path: str | Path, problems: list[Problem]) -> Frame:
    """Return a table as columns; UsageError where it has no rows."""
    frame = read_frame(path, problems)
    if not len(frame):
        problems.append(Problem(str(path), "no rows; expected a header, then an example a line"))
        raise UsageError(problems)
    return frame


def table_of(
    frame: Frame,
    problems: list[Problem],
    named: Mapping[str, str] | None = None,
    sheet: Path | None = None,
    *,
    unlabelled: bool = False,
) -> ErrorTable | SummaryTable:
    """Return the table that some columns make up; see `read_table`.

    A table without targets is taken only where the caller says so (`unlabelled`).
    """
    table: ErrorTable | SummaryTable
    if not named and is_summary(frame.names):
        table = read_summary(frame, problems)
    else:
        table = read_raw(frame, problems, named, unlabelled=unlabelled)
    if problems:
        raise UsageError(sorted(problems, key=_line))
    if sheet is None:
        return table
    if isinstance(table, SummaryTable):
        raise UsageError(f"{frame.path} is a summary; a sheet of tags needs a row an example")
    path_column = columns.known(frame.names).get("path")
    paths = None if path_column is None else columns.optional(frame, path_column, problems)
    return with_sheet(table, paths, sheet)


def read_shares(path: str | Path) -> dict[str, float]:
    """Read how the data in use are made up: a table with the columns tag and share.

    Raises
    ------
    UsageError : everything that is wrong with it, each with its line.
    """
    problems: list[Problem] = []
    frame = read_frame(path, problems)
    names = columns.known(frame.names)
    tag, share = columns.first(names, TAGS), columns.first(names, SHARES)
    if tag is None or share is None:
        what = "expected the columns tag and share, with a row for each tag"
        raise UsageError([*problems, Problem(str(path), what)])
    tags = [name.strip() for name in columns.texts(frame, tag, problems)]
    values = columns.fractions(frame, share, problems, within=(0.0, 1.0)).values
    if problems:
        raise UsageError(problems)
    return {name: value for name, value in zip(tags, values, strict=True) if value is not None}


def _line(problem: Problem) -> int:
    """Return the line a problem is on, 0 for one of the whole file."""
    parts = problem.where.rsplit(":", 2)[1:]
    return next((int(part) for part in parts if part.isdigit()), 0)
