"""Detectors and segmenters: COCO ground truth and results in, the same audit out."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from augmentor.audit.detections.report import Match, detections_of
from augmentor.audit.figures.metrics import BY_EXAMPLE
from augmentor.audit.priorities.audit import Audit, audit_table
from augmentor.audit.priorities.measured import Overall
from augmentor.audit.priorities.ranking import Ranking
from augmentor.core.errors import UsageError, listed

_UNASKED: Sequence[Any] = (None, False, (), {}, [], "none")
OF_TABLES = ("columns", "positive", "split", "normalize", "complete", "classes")
"""What an audit of a table may be asked for, and one of detections not."""


def audit_detections(
    ground_truth: str | Path,
    results: str | Path,
    *,
    iou: float = 0.5,
    score: float = 0.5,
    match: Match | None = None,
    coco: bool = False,
    tags: str | Path | None = None,
    metric: str = "accuracy",
    **asked: Any,
) -> Audit:
    """Rank the tags of what is marked in pictures by what finding more of it would give.

    Its error table has a row for everything that is marked, crowds aside: the class, and what
    it was taken for. So its accuracy is recall, and its error rate the share that escapes.

    Parameters
    ----------
    ground_truth : a COCO file. Its images and annotations may have ``tags``; every thing also
        has its size as a tag, small, medium or large by COCO's 32 x 32 and 96 x 96 px.
    results : COCO results, a list of {image_id, category_id, bbox or segmentation, score}.
    iou : smallest overlap that counts, above 0 and at most 1.
    score : smallest score that counts, 0 to 1.
    match : ``box`` or ``mask``; by default masks where the results have any.
    coco : whether the mean average precision over COCO's ten overlaps is asked for.
    tags : a sheet of tags, by file name or id of the picture.
    metric : ``accuracy`` or ``error_rate``.
    asked : all else that `audit_table` may be asked for: baseline, importance, ease, shares,
        categories, slices, find, raised.

    Raises
    ------
    UsageError : everything wrong with the files, each with its place.
    """
    odd = [name for name in OF_TABLES if asked.get(name) not in _UNASKED]
    if odd or metric not in BY_EXAMPLE:
        said = f"metric {metric}" if metric not in BY_EXAMPLE else listed(odd)
        raise UsageError(
            f"{said} cannot be asked of detections; their tag table knows accuracy, which is "
            "recall, and error_rate"
        )
    kept = {name: value for name, value in asked.items() if name not in OF_TABLES}
    sheet = None if tags is None else Path(tags)
    table, found = detections_of(
        ground_truth, results, iou=iou, score=score, match=match, coco=coco, sheet=sheet
    )
    if len(table):
        audit = audit_table(table, metric=metric, **kept)
    else:
        nothing = Ranking(
            metric=metric, n=0, overall=Overall(n=0), rows=(), union_gain=None, warnings=()
        )
        audit = Audit(ranking=nothing, table=table, notes=("nothing is marked: no recall",))
    # Its classes lack what was detected where nothing is marked; those of `found` do not.
    notes = (*audit.notes, *found.notes)
    return replace(audit, classes=None, detections=found, notes=notes)
