"""What a page says, and nothing about how it looks: plain dataclasses that others fill in.

The rooms that measure hand over numbers and words; only `page.render` turns them to HTML.
Rates and shares are fractions here (0.33); figures show them as per cent and points.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from augmentor.core.pictures import Box, Instance, Pixels
from augmentor.core.verdict import Verdict
from augmentor.report.curve_model import CurvePlot

Mark = Literal["", "good", "bad", "warn", "soft"]


@dataclass(frozen=True, slots=True)
class Text:
    """A few paragraphs, parted by empty lines; with a mark they become a box that stands out."""

    text: str
    mark: Literal["", "good", "bad", "warn", "code"] = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a header; the reader may sort them.

    Parameters
    ----------
    rows : the cells, already written as text, one for each column.
    right : whether a column holds numbers: set to the right, sorted by value. Missing: no.
    note : a sentence under the table.
    marks : what a row tells, in the order of the rows; missing ones are plain.
    title : a caption above the table.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: Sequence[bool] = ()
    note: str = ""
    marks: Sequence[Mark] = ()
    title: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One tag before and after, in one arm.

    Parameters
    ----------
    n : how many examples carry the tag.
    before, after : the metric, as a fraction.
    low, high : the interval of `after` on the same scale (for a paired comparison: `before`
        plus the interval of the difference); None where there is none.
    verdict : ``better``, ``worse`` or anything else, which reads as no clear change.
    baseline : the metric that could be reached, as a fraction; None where unknown.
    arm : which training this is; empty where there is only one.
    """

    tag: str
    n: int
    before: float
    after: float
    low: float | None = None
    high: float | None = None
    verdict: str = ""
    baseline: float | None = None
    arm: str = ""


@dataclass(frozen=True, slots=True)
class ChangePlot:
    """Before and after of every tag, one line an arm.

    Parameters
    ----------
    arms : the arms' names in their order; rows of other arms are left out. Empty: one arm.
    rows : the changes; rows of one tag stand together, those without numbers are left out.
    measure : the name of the metric, for the axis.
    baseline : what the baseline column is, for the legend; never leave it to be guessed.
    """

    title: str
    arms: Sequence[str]
    rows: Sequence[Change]
    measure: str = "accuracy"
    baseline: str = "baseline"


@dataclass(frozen=True, slots=True)
class SheetTag:
    """One tag on the rubber sheet.

    Parameters
    ----------
    before, after : the metric, as a fraction.
    verdict : ``better``, ``worse`` or anything else, which reads as no clear change.
    family : the tags it is near to, by name; empty where they have none.
    target : whether it was to rise.
    """

    tag: str
    before: float
    after: float
    verdict: str = ""
    family: str = ""
    target: bool = False


@dataclass(frozen=True, slots=True)
class SheetPlot:
    """Tags side by side with those they are near to, and how far each was pulled.

    Parameters
    ----------
    groups : tags that hang together, in the order in which they lie, group by group.
    measure : the name of the metric, for the axis.
    """

    title: str
    groups: Sequence[Sequence[SheetTag]]
    measure: str = "accuracy"


@dataclass(frozen=True, slots=True)
class GateCount:
    """What the gate said of one category's examples.

    Parameters
    ----------
    passed : kept, every check measured.
    cannot_tell : kept, though a check was undefined on them.
    rejected : how many were rejected, by the reason.
    """

    category: str
    passed: int
    cannot_tell: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GatePlot:
    """How many passed and what stopped the others, a bar for each category."""

    title: str
    rows: Sequence[GateCount]


@dataclass(frozen=True, slots=True)
class Rank:
    """One tag of the ranking.

    Parameters
    ----------
    score : gap x share x weight; the length of its bar.
    gap, share : distance to the baseline, part of the data with the tag; as fractions.
    weight : importance x ease.
    action : what to do: ``augment``, ``collect``, ``relabel``, or empty.
    place : its place as text, so that ties can be said: ``2=``.
    """

    tag: str
    score: float
    gap: float
    share: float
    weight: float = 1.0
    action: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class RankPlot:
    """Where work pays most: a bar of gap x share for each tag, in the order given."""

    title: str
    rows: Sequence[Rank]


@dataclass(frozen=True, slots=True)
class Histogram:
    """How one measure of ours spreads beside that of real ones.

    Parameters
    ----------
    measure : what was measured, with its unit: ``length, px``.
    real, made : the values; what is not finite is left out.
    """

    measure: str
    real: Sequence[float]
    made: Sequence[float]


@dataclass(frozen=True, slots=True)
class HistogramPlot:
    """Ours against real: a small figure for each measure, side by side."""

    title: str
    measures: Sequence[Histogram]


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Sound to look at and listen to: int16, or float with full scale 1; one channel."""

    samples: NDArray[np.int16] | NDArray[np.float32]
    rate_hz: int


@dataclass(frozen=True, slots=True)
class SoundPair:
    """A sound before and after; either may be missing."""

    parent: Clip | None
    child: Clip | None


@dataclass(frozen=True, slots=True, eq=False)
class PicturePair:
    """A picture before and after; either may be missing.

    Parameters
    ----------
    parent, child : uint8, uint16 or float32 (white 1) [height, width] or [height, width, 3]
        (red, green, blue).
    made : what the edits made: instances, or bool [height, width] of the child.
    box_px : where to look closely when nothing was made; None for where it changed most.
    """

    parent: Pixels | None
    child: Pixels | None
    made: Sequence[Instance] | NDArray[np.bool_] = ()
    box_px: Box | None = None


Media = SoundPair | PicturePair
"""What a card can show."""


@dataclass(frozen=True, slots=True)
class Card:
    """One example, to be judged by a person.

    Parameters
    ----------
    title : the example's id.
    facts : transcript, parameters and notes, as (name, value).
    verdicts : what the gate's checks said.
    note : a short remark beside the title, such as the category.
    """

    title: str
    media: Sequence[Media] = ()
    facts: Sequence[tuple[str, str]] = ()
    verdicts: Sequence[Verdict] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class CardGroup:
    """Cards that belong together, such as those of one category."""

    title: str
    cards: Sequence[Card]
    lead: str = ""


Block = (
    Table | ChangePlot | SheetPlot | GatePlot | RankPlot | HistogramPlot | CurvePlot | CardGroup
    | Text
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a sentence that says what to take from it, and its blocks."""

    title: str
    lead: str = ""
    blocks: Sequence[Block] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A whole report.

    Parameters
    ----------
    summary : the few numbers to read first, as (label, value).
    footer : where it came from: recipe, digest, version.
    lead : one or two sentences under the heading.
    """

    title: str
    summary: Sequence[tuple[str, str]] = ()
    sections: Sequence[Section] = ()
    footer: str = ""
    lead: str = ""
