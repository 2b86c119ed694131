"""The performance audit: an error table and a file of checks in, verdicts out."""

from pathlib import Path

from augmentor.audit.checks.run import Checked, run_checks
from augmentor.audit.figures.normal import normalizer
from augmentor.audit.tables.raw import ErrorTable
from augmentor.core.errors import UsageError

NEED_FALSE_ONES = ("precision", "f1", "false_positive_rate", "selection_rate")
"""Metrics that count false detections, which a table of what is marked has no rows for."""


def check_table(
    table: ErrorTable | None,
    path: str | Path,
    *,
    normalize: str = "none",
    detections: bool = False,
) -> Checked:
    """Judge a table by a file of checks; see `augmentor.audit.checks.check_file` for its form.

    Parameters
    ----------
    table : the examples, those of one split if there are several; None stands for a summary.
    path : the file of checks.
    normalize : ``none``, ``basic`` or ``module:function``, for targets and predictions.
    detections : whether the table is that of a detector, from `audit_detections`.

    Raises
    ------
    UsageError : every mistake at once, with its line; or there are no examples to judge.
    """
    if table is None:
        raise UsageError(f"{path}: checks need a table with a row an example, not a summary")
    change = None if normalize == "none" else normalizer(normalize, [Path.cwd()])
    checked = run_checks(table, path, change)
    odd = [one.check for one in checked.findings if one.check.metric in NEED_FALSE_ONES]
    if detections and odd:
        what = "is not known of detections: the rows are what is marked; check accuracy or recall"
        raise UsageError([one.problem("metric", f"'{one.metric}' {what}") for one in odd])
    return checked
