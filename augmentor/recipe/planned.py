"""What a plan is: every new example with its edits, and what they will do to the data."""

from collections import Counter
from dataclasses import dataclass, field

from augmentor.core.example import Facts
from augmentor.core.operator import Edit
from augmentor.sources.manifest import Source

WAV_HEADER_BYTES = 44
BYTES_A_FRAME = 2
PNG_BYTES_A_PIXEL = 1.6
"""A colour photograph, without loss; grey ones take half of it."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One new example to be made.

    Parameters
    ----------
    id : ``parent+category+copy``, unique in the run.
    category : the category's name.
    source : its parent, measured.
    copy : which version of this parent, from 0; those that would bring nothing new are missing.
    edits : what to do to it, at the first try.
    """

    id: str
    category: str
    source: Source
    copy: int
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Shares:
    """How often a tag or class occurs, before and after the new examples."""

    before_frac: float
    after_frac: float


@dataclass(slots=True)
class Plan:
    """What a run will make, and what it will do to the data.

    Parameters
    ----------
    rows : in order of category, copy, lot.
    budget : examples asked of each category.
    quarantined : reason by id of sources that cannot be used.
    refused : how many parents each category refused, by reason.
    tags, classes : shares of source plus new.
    warnings : what to know before running.
    """

    rows: list[PlanRow] = field(default_factory=list)
    budget: dict[str, float] = field(default_factory=dict)
    quarantined: dict[str, str] = field(default_factory=dict)
    refused: dict[str, Counter[str]] = field(default_factory=dict)
    tags: dict[str, Shares] = field(default_factory=dict)
    classes: dict[str, Shares] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Return the new examples of each category."""
        return dict(Counter(row.category for row in self.rows))

    @property
    def duration_s(self) -> float:
        """Seconds of sound in all, as long as the parents are."""
        return sum(row.source.facts.duration_s for row in self.rows)

    @property
    def megapixels(self) -> float:
        """Millions of pixels in all, as large as the parents are."""
        sizes = ((row.source.facts.width_px, row.source.facts.height_px) for row in self.rows)
        return sum(width * height for width, height in sizes) / 1e6

    @property
    def bytes(self) -> int:
        """Bytes on disk, about."""
        return sum(bytes_of(row.source.facts) for row in self.rows)


def bytes_of(facts: Facts) -> int:
    """Return the size of a sound as a run writes it; of a picture, about what PNG makes of it."""
    if facts.width_px:
        return round(PNG_BYTES_A_PIXEL * facts.width_px * facts.height_px)
    return WAV_HEADER_BYTES + BYTES_A_FRAME * round(facts.duration_s * facts.rate_hz)
