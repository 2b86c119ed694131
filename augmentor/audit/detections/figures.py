"""What is known of a class, of a tag, or of all pictures together."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.detections.dice import Dice, Pixels, dice
from augmentor.audit.detections.match import Matched
from augmentor.audit.detections.sure import Interval, by_picture, wilson_of
from augmentor.audit.figures.clustered import ratio_interval
from augmentor.files.coco_results import Results, Truth

Bools = NDArray[np.bool_]
Kind = Literal["all", "class", "tag"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One class, one tag, or all together; None is undefined (0/0), or does not apply.

    Parameters
    ----------
    name, kind : of what.
    n : things that are marked, crowds aside; found + confused + missed.
    found : by a detection of their class.
    confused : not found, but a false detection of another class lies there.
    missed : nothing lies there.
    hits, false : detections that found something of their class, and those that did not.
    recall : found / n; precision : hits / (hits + false); f1 : 2 hits / (n + hits + false).
    recall_interval, precision_interval : 95 %, see `sure.by_picture`.
    average_precision : at the overlap asked for; over classes their mean.
    average_precision_coco : mean over the overlaps 0.50, 0.55, ... 0.95; None if not asked for.
    dice : of masks; None where there are none.
    defective : pictures with something marked; escaped : those without any detection at all,
        so that the part passes; unfound : those of whose things none was found.
    escape_rate : escaped / defective; escape_interval : Wilson 95 %.
    unfound_rate, unfound_interval : the same of `unfound`.
    good : pictures without anything marked; stopped : those with a detection, of the class if
        this is one; overkill_rate : stopped / good; overkill_interval : Wilson 95 %.
    pictures : those in which `false` were counted; false_per_picture : false / pictures;
        false_interval : 95 % by Student's t over pictures.
    """

    name: str
    kind: Kind
    n: int
    found: int
    confused: int
    missed: int
    recall: float | None
    recall_interval: Interval | None
    defective: int
    escaped: int
    escape_rate: float | None
    escape_interval: Interval | None
    unfound: int
    unfound_rate: float | None
    unfound_interval: Interval | None
    hits: int | None = None
    false: int | None = None
    precision: float | None = None
    precision_interval: Interval | None = None
    f1: float | None = None
    average_precision: float | None = None
    average_precision_coco: float | None = None
    dice: Dice | None = field(default=None)
    good: int | None = None
    stopped: int | None = None
    overkill_rate: float | None = None
    overkill_interval: Interval | None = None
    pictures: int | None = None
    false_per_picture: float | None = None
    false_interval: Interval | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON: the parameters by their names."""
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Which things, detections and pictures some figures are of.

    Parameters
    ----------
    name, kind : of what.
    regions : bool [regions].
    detections : bool [detections]; pictures : bool [pictures], those whose detections these
        are. None where they cannot be told, as detections of things that are small.
    """

    name: str
    kind: Kind
    regions: Bools
    detections: Bools | None = None
    pictures: Bools | None = None


def figures_of(
    truth: Truth, results: Results, match: Matched, group: Group, pixels: Pixels | None
) -> Figures:
    """Count one group; average precisions are not of a group's counting and are left out."""
    count = len(truth.names)
    real = ~truth.crowd
    here = group.regions & real
    picture = truth.regions.picture
    found = match.found[here]
    confused = int(np.count_nonzero(match.taken_for[here] >= 0))
    n, got = len(found), int(np.count_nonzero(found))
    defective = _any(picture[here], count)
    reacted = _any(results.regions.picture[match.said], count)
    escaped = int(np.count_nonzero(defective & ~reacted))
    unfound = int(np.count_nonzero(defective & ~_any(picture[here & match.found], count)))
    bad = int(np.count_nonzero(defective))
    figures = Figures(
        name=group.name,
        kind=group.kind,
        n=n,
        found=got,
        confused=confused,
        missed=n - got - confused,
        recall=_over(got, n),
        recall_interval=by_picture(found.astype(np.float64), _owners(picture[here])),
        defective=bad,
        escaped=escaped,
        escape_rate=_over(escaped, bad),
        escape_interval=wilson_of(escaped, bad),
        unfound=unfound,
        unfound_rate=_over(unfound, bad),
        unfound_interval=wilson_of(unfound, bad),
    )
    if group.detections is None or group.pictures is None:
        return figures
    figures = _with_detections(figures, truth, results, match, group)
    if pixels is None:
        return figures
    rows = group.pictures[pixels.picture]
    if group.kind == "class":
        rows = rows & (pixels.label == truth.classes.index(group.name))
    return replace(figures, dice=dice(pixels, rows))


def _with_detections(
    figures: Figures, truth: Truth, results: Results, match: Matched, group: Group
) -> Figures:
    """Return figures with what was found besides, and the good pictures."""
    assert group.detections is not None
    assert group.pictures is not None
    picture, count = results.regions.picture, len(truth.names)
    hit, false = (one & group.detections for one in (match.hit, match.false))
    hits, wrong = int(np.count_nonzero(hit)), int(np.count_nonzero(false))
    # A picture with nothing but crowds is neither good nor of a known defect.
    good = group.pictures & ~_any(truth.regions.picture, count)
    stopped = good & _any(picture[match.said & group.detections], count)
    fine, lost = int(np.count_nonzero(good)), int(np.count_nonzero(stopped))
    each = np.bincount(picture[false], minlength=count)[group.pictures].astype(np.float64)
    low, high = ratio_interval(np.ones((len(each), 1), np.bool_), each, np.ones(len(each)))
    right = hit[hit | false].astype(np.float64)
    return replace(
        figures,
        hits=hits,
        false=wrong,
        precision=_over(hits, hits + wrong),
        precision_interval=by_picture(right, _owners(picture[hit | false])),
        f1=_over(2 * hits, figures.n + hits + wrong),
        good=fine,
        stopped=lost,
        overkill_rate=_over(lost, fine),
        overkill_interval=wilson_of(lost, fine),
        pictures=len(each),
        false_per_picture=_over(wrong, len(each)),
        false_interval=None if np.isnan(low[0]) else (float(low[0]), float(high[0])),
    )


def _any(pictures: NDArray[np.int64], count: int) -> Bools:
    """Whether each picture is among some, bool [count]."""
    return np.bincount(pictures, minlength=count) > 0


def _owners(pictures: NDArray[np.int64]) -> NDArray[np.int32]:
    return pictures.astype(np.int32)


def _over(above: int, below: int) -> float | None:
    return above / below if below else None
