"""Ground truth and results in, the error table and all figures of detections out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.detections.average import COCO_IOUS, average_precision, mean_known
from augmentor.audit.detections.dice import Pixels, pixels_of
from augmentor.audit.detections.figures import Figures, Group, figures_of
from augmentor.audit.detections.match import Matched, assigned, matched, ranks
from augmentor.audit.detections.overlap import overlaps
from augmentor.audit.detections.tags import Tags, row_ids, sizes_of, tags_of
from augmentor.audit.tables.raw import ErrorTable
from augmentor.core.coded import Coded
from augmentor.core.errors import Problem, UsageError
from augmentor.files.coco_results import Results, Truth, read_detections

Match = Literal["box", "mask"]
MISSED = "missed"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Detections:
    """How good a detector is, at one overlap and one score.

    Parameters
    ----------
    iou, score : smallest overlap and score that count.
    match : whether boxes or masks overlap.
    overall, classes, tags : figures of all together, of each class, of each tag.
    names : the classes. confusion : what each class was taken for, int64 [classes + 1,
        classes + 1]: the last column counts what was missed, the last row detections where
        nothing is marked.
    notes : what a reader should know.
    """

    iou: float
    score: float
    match: Match
    overall: Figures
    classes: Sequence[Figures]
    tags: Sequence[Figures]
    names: tuple[str, ...]
    confusion: NDArray[np.int64]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON: the parameters by their names."""
        return {
            "iou": self.iou,
            "score": self.score,
            "match": self.match,
            "overall": self.overall.to_json(),
            "classes": [one.to_json() for one in self.classes],
            "tags": [one.to_json() for one in self.tags],
            "names": list(self.names),
            "confusion": self.confusion.tolist(),
            "notes": list(self.notes),
        }


def detections_of(
    truth_path: str | Path,
    results_path: str | Path,
    *,
    iou: float = 0.5,
    score: float = 0.5,
    match: Match | None = None,
    coco: bool = False,
    sheet: Path | None = None,
) -> tuple[ErrorTable, Detections]:
    """Return a detector's error table, a row for everything that is marked, and its figures.

    Parameters
    ----------
    truth_path, results_path : see `files.coco_results.read_detections`.
    iou : smallest overlap that counts, above 0 and at most 1.
    score : smallest score that counts, 0 to 1; average precision takes all.
    match : whether boxes or masks overlap; by default masks where the results have any.
    coco : whether the mean average precision over COCO's ten overlaps is asked for.
    sheet : tags by picture; see `tags.tags_of`.

    Raises
    ------
    UsageError : everything wrong with the files, each with its place.
    """
    _check(iou, score, match)
    truth, results = read_detections(Path(truth_path), Path(results_path))
    tags = tags_of(truth, sheet)
    how: Match = match or ("mask" if any(results.regions.masks) else "box")
    masks = how == "mask"
    if masks and len(results.regions):
        _check_masks(truth, results)
    ious = sorted({iou, *(COCO_IOUS if coco else ())})
    pairs = overlaps(
        results.regions, truth.regions, truth.crowd, min(ious[0], 1 - 1e-10), masks=masks
    )
    order, place = ranks(results)
    found = {one: assigned(pairs, order, truth.crowd, one) for one in ious}
    precision = {one: average_precision(truth, results, found[one], place) for one in ious}
    what = matched(truth, results, found[iou], iou=iou, score=score, masks=masks)
    has_masks = bool(len(results.regions)) and results.regions.masked and truth.regions.masked
    pixels = pixels_of(truth, results, what.said) if has_masks else None
    classes = [
        replace(
            figures_of(truth, results, what, group, pixels),
            average_precision=precision[iou][at],
            average_precision_coco=(
                mean_known([precision[one][at] for one in COCO_IOUS]) if coco else None
            ),
        )
        for at, group in enumerate(_classes(truth, results))
    ]
    detections = Detections(
        iou=iou,
        score=score,
        match=how,
        overall=_overall(truth, results, what, pixels, classes),
        classes=classes,
        tags=[figures_of(truth, results, what, one, pixels) for one in _by_tag(results, tags)],
        names=truth.classes,
        confusion=_confusion(truth, results, what),
        notes=_notes(truth, results, tags, pixels),
    )
    return _table(truth, what, tags), detections


def _check(iou: float, score: float, match: str | None) -> None:
    if not 0 < iou <= 1:
        raise UsageError(f"the overlap (iou) is {iou:g}; write a number above 0, at most 1")
    if not 0 <= score <= 1:
        raise UsageError(f"the score is {score:g}; write a number from 0 to 1")
    if match not in (None, "box", "mask"):
        raise UsageError(f"unknown match '{match}'; write box or mask")


def _check_masks(truth: Truth, results: Results) -> None:
    """Refuse to match by masks what has none."""
    problems = []
    for file in (truth, results):
        lacking = sum(mask is None for mask in file.regions.masks)
        if lacking:
            what = f"{lacking} of {len(file.regions)} regions have no mask; match boxes instead"
            problems.append(Problem(file.path, f"{what}: --match box"))
    if problems:
        raise UsageError(problems)


def _overall(
    truth: Truth,
    results: Results,
    match: Matched,
    pixels: Pixels | None,
    classes: Sequence[Figures],
) -> Figures:
    everything = (len(truth.regions), len(results.regions), len(truth.names))
    group = Group("all", "all", *(np.ones(count, dtype=np.bool_) for count in everything))
    return replace(
        figures_of(truth, results, match, group, pixels),
        average_precision=mean_known([one.average_precision for one in classes]),
        average_precision_coco=mean_known([one.average_precision_coco for one in classes]),
    )


def _classes(truth: Truth, results: Results) -> list[Group]:
    pictures = np.ones(len(truth.names), dtype=np.bool_)
    return [
        Group(name, "class", truth.regions.label == at, results.regions.label == at, pictures)
        for at, name in enumerate(truth.classes)
    ]


def _by_tag(results: Results, tags: Tags) -> list[Group]:
    """Return a group for each tag; detections belong to it where whole pictures have it."""
    whole = tags.of_pictures & (tags.looked_at is None or bool(tags.looked_at.all()))
    found = []
    for at, name in enumerate(tags.names):
        pictures = tags.pictures[:, at] if whole[at] else None
        of = None if pictures is None else pictures[results.regions.picture]
        found.append(Group(name, "tag", tags.regions[:, at], of, pictures))
    return found


def _confusion(truth: Truth, results: Results, match: Matched) -> NDArray[np.int64]:
    size = len(truth.classes) + 1
    real = ~truth.crowd
    label = truth.regions.label
    said = np.where(match.found, label, np.where(match.taken_for < 0, size - 1, match.taken_for))
    cells = label[real] * size + said[real]
    nothing = results.regions.label[match.false & ~match.misled] + size * (size - 1)
    return np.bincount(np.concatenate((cells, nothing)), minlength=size * size).reshape(size, size)


def _table(truth: Truth, match: Matched, tags: Tags) -> ErrorTable:
    """Return the error table: what is marked, and what it was taken for."""
    real = np.flatnonzero(~truth.crowd)
    picture = truth.regions.picture[real]
    nothing = MISSED if MISSED not in truth.classes else f"({MISSED})"
    answers = np.where(match.found, truth.regions.label, match.taken_for)[real]
    ids, sizes = row_ids(truth), sizes_of(truth)
    others = {name: Coded.of(cells).take(picture) for name, cells in truth.facts.items()}
    others["size"] = Coded.of([sizes[at] for at in real.tolist()])
    return ErrorTable(
        ids=[ids[at] for at in real.tolist()],
        targets=Coded(truth.regions.label[real], truth.classes),
        predictions=Coded(np.where(answers < 0, len(truth.classes), answers),
                          (*truth.classes, nothing)),
        tag_names=tags.names,
        tags=np.asfortranarray(tags.regions[real]),
        groups=Coded(picture, truth.names),
        others=others,
        looked_at=None if tags.looked_at is None else tags.looked_at[picture],
        path=truth.path,
    )  # fmt: skip


def _notes(truth: Truth, results: Results, tags: Tags, pixels: Pixels | None) -> tuple[str, ...]:
    said = []
    if truth.crowd.any():
        count = int(np.count_nonzero(truth.crowd))
        said.append(f"{count} crowd regions are no examples; detections in them are left out")
    if tags.looked_at is not None and not tags.looked_at.all():
        lacking = int(np.count_nonzero(~tags.looked_at))
        said.append(
            f"the sheet of tags lacks {lacking} of {len(truth.names)} pictures: precision and "
            "overkill by tag are undefined"
        )
    if pixels is None and any(results.regions.masks):
        said.append("no Dice: not every region has a mask")
    return tuple(said)
