"""What an audit starts from: every example with its tags, or only a summary by tag."""

from itertools import chain
from pathlib import Path

from augmentor.audit.raw import ErrorTable, read_raw
from augmentor.audit.summary import SummaryRow, SummaryTable, is_summary, read_summary
from augmentor.core.errors import Problem, UsageError
from augmentor.files.tables import read_rows

__all__ = ["ErrorTable", "SummaryRow", "SummaryTable", "read_table"]


def read_table(path: str | Path) -> ErrorTable | SummaryTable:
    """Read an error table (id, target, prediction, tags) or a summary (tag, accuracy, ...).

    Tags stand in one column `tags`, separated by ``;`` (or as a list in JSON), or in one
    column each, with a mark in it. Other names are known: reference, ref, text and label for
    the target; hypothesis, hyp, pred_text and pred for the prediction.

    Raises
    ------
    UsageError
        Everything that is wrong with the table, each with its line.
    """
    problems: list[Problem] = []
    rows = read_rows(path, problems)
    if not rows:
        problems.append(Problem(str(path), "no rows; expected a header, then an example a line"))
        raise UsageError(problems)
    written = tuple(dict.fromkeys(chain.from_iterable(row.values for row in rows)))
    read = read_summary if is_summary(written) else read_raw
    table: ErrorTable | SummaryTable = read(rows, written, str(path), problems)
    if problems:
        raise UsageError(sorted(problems, key=_line))
    return table


def _line(problem: Problem) -> int:
    """Return the line a problem is on, 0 for one of the whole file."""
    parts = problem.where.rsplit(":", 2)[1:]
    return next((int(part) for part in parts if part.isdigit()), 0)
