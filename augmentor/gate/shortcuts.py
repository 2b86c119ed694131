"""Shortcuts: a tag that new examples tie to a class, so that a model may learn the tag instead.

Real cells of a solar panel, 40 % of them mono-crystalline: with 400 defects drawn, all on mono
cells, a model learned "mono is defective"; its AUC on mono cells fell from 82 to 50 %.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

FEWEST = 20
"""New examples of the class that have the tag, or lack it: fewer teach no shortcut."""
GAP_FRAC, STRONG_GAP_FRAC = 0.25, 0.4
"""How much more often a class has the tag than other classes do."""
RISE_FRAC, STRONG_RISE_FRAC = 0.2, 0.3
"""How much of that is new."""
ODDS, STRONG_ODDS = 4.0, 10.0
"""Odds of the tag in the class over its odds elsewhere."""
CHI_SQUARE = 10.83
"""Beyond it chance has less than one in a thousand (one degree of freedom)."""
NEW_FRAC = 0.5
"""Of the class: a shortcut that outweighs what is real."""


@dataclass(frozen=True, slots=True)
class Marked:
    """An example as a learner may take it.

    Parameters
    ----------
    target : its class.
    tags : what it carries.
    """

    target: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A tag by which a class could be told after, and not so before.

    Parameters
    ----------
    target, tag : the class and the tag.
    lacks : whether it is the lack of the tag that tells the class.
    before_frac, after_frac : share of the class that has the tag, or lacks it; before is None
        where the class had no example.
    others_frac : of the other classes, after.
    odds : of it in the class over that elsewhere.
    strong : whether a model that learns little else would learn this.
    categories : whose new examples do it.
    """

    target: str
    tag: str
    lacks: bool
    before_frac: float | None
    after_frac: float
    others_frac: float
    odds: float
    strong: bool
    categories: tuple[str, ...] = ()


def shortcuts(
    old: Sequence[Marked], new: Mapping[str, Sequence[Marked]], meant: frozenset[str]
) -> list[Shortcut]:
    """Return the shortcuts that new examples make, strongest first.

    Parameters
    ----------
    old : the data in use.
    new : the new examples by category.
    meant : tags that go with a class because they are what makes it, a defect's own for one.
    """
    before = _Table()
    before.add(old)
    after, made = _Table(), _Table()
    after.add(old)
    by_category = {name: _Table() for name in new}
    for name, group in new.items():
        for table in (after, made, by_category[name]):
            table.add(group)
    found = []
    for target in made.classes:
        if after.n - after.classes[target] < FEWEST:
            continue  # nothing else to be told from
        for tag in after.tags.keys() - meant - {"clean"}:
            for lacks in (False, True):
                what = _What(target, tag, lacks)
                new_n = made.count(what)
                judged = _judged(what, before, after, made) if new_n >= FEWEST else None
                if judged is not None:
                    to_blame = [n for n, t in by_category.items() if t.count(what) >= new_n / 5]
                    found.append(replace(judged, categories=tuple(to_blame)))
    return sorted(found, key=lambda one: (-one.odds, one.lacks, one.target, one.tag))


@dataclass(frozen=True, slots=True)
class _What:
    """A class, and a tag that it has or lacks."""

    target: str
    tag: str
    lacks: bool


class _Table:
    """How many examples have each class, each tag, and both."""

    def __init__(self) -> None:
        self.n = 0
        self.classes: Counter[str] = Counter()
        self.tags: Counter[str] = Counter()
        self.both: Counter[tuple[str, str]] = Counter()

    def add(self, examples: Sequence[Marked]) -> None:
        """Count more examples."""
        self.n += len(examples)
        for one in examples:
            self.classes[one.target] += 1
            for tag in set(one.tags):
                self.tags[tag] += 1
                self.both[one.target, tag] += 1

    def count(self, what: _What) -> int:
        """Return how many of a class have a tag, or lack it."""
        having = self.both[what.target, what.tag]
        return self.classes[what.target] - having if what.lacks else having

    def elsewhere(self, what: _What) -> tuple[int, int]:
        """Return how many of the other classes have a tag, or lack it; and how many there are."""
        rest = self.n - self.classes[what.target]
        having = self.tags[what.tag] - self.both[what.target, what.tag]
        return (rest - having if what.lacks else having), rest


def _judged(what: _What, before: _Table, after: _Table, made: _Table) -> Shortcut | None:
    """Return the shortcut of a class and a tag, if it is one and new."""
    here, size = after.count(what), after.classes[what.target]
    there, rest = after.elsewhere(what)
    gap = here / size - there / rest
    before_frac, gap_before = None, 0.0
    if before.classes[what.target]:
        before_frac = before.count(what) / before.classes[what.target]
        were, others = before.elsewhere(what)
        gap_before = before_frac - (were / others if others else 0.0)
    rise = gap - gap_before
    # Half an example is added to each cell: odds stay finite, and small counts say little.
    odds = ((here + 0.5) * (rest - there + 0.5)) / ((size - here + 0.5) * (there + 0.5))
    shared = here + there
    chance = shared * (after.n - shared) * size * rest
    chi_square = after.n * (here * (rest - there) - there * (size - here)) ** 2 / (chance or 1)
    if gap < GAP_FRAC or rise < RISE_FRAC or odds < ODDS or chi_square < CHI_SQUARE:
        return None
    strong = (
        gap >= STRONG_GAP_FRAC
        and rise >= STRONG_RISE_FRAC
        and odds >= STRONG_ODDS
        and made.classes[what.target] >= NEW_FRAC * size
    )
    return Shortcut(
        what.target, what.tag, what.lacks, before_frac, here / size, there / rest, odds, strong
    )
