"""Where to measure next, and the band that follows: few examples where the answer is plain."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from augmentor.gate.tuning.curves import Curve, Point, Region

FIRST = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Severities that every search begins with."""

Outcome = Literal["band", "unclear", "easy", "apart", "cannot tell"]


@dataclass(frozen=True, slots=True)
class Goal:
    """What a band must keep, and how well its ends must be known.

    Parameters
    ----------
    clear : the least share of examples that are clear.
    error : the least error rate of the model; None where no model is asked.
    resolution : of the axis: how near its ends must be known, and the narrowest band.
    first, most : examples at a severity, to begin with and where the answer is not plain.
    budget : examples in all.
    kept : by the word of a reference's check, the least share that it must still understand.
    """

    clear: float
    error: float | None
    resolution: float = 0.03
    first: int = 32
    most: int = 128
    budget: int = 2000
    kept: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of one axis of severity.

    Parameters
    ----------
    goal : what was asked.
    clear, errs : the curves; no `errs` where no model was asked.
    kept : those of references, by the word of the check that each answers.
    """

    goal: Goal
    clear: Curve
    errs: Curve | None
    kept: Mapping[str, Curve] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        goal: Goal,
        clear: Sequence[Point],
        errs: Sequence[Point] | None,
        kept: Mapping[str, Sequence[Point]] | None = None,
    ) -> "Found":
        """Fit what was measured: the harsher, the less clear and the harder, if nothing else."""
        return cls(
            goal,
            Curve.of(clear, rising=False),
            None if goal.error is None or errs is None else Curve.of(errs, rising=True),
            {key: Curve.of(points, rising=False) for key, points in (kept or {}).items()},
        )

    @property
    def clarities(self) -> dict[str, tuple[Curve, float]]:
        """The curves of clarity of which something is known, each with its bound, by name."""
        every = {"clear": (self.clear, self.goal.clear)} | {
            key: (self.kept[key], bound) for key, bound in self.goal.kept.items()
        }
        return {key: one for key, one in every.items() if one[0].points}

    @property
    def clear_region(self) -> Region | None:
        """The severities at which enough examples are clear, by every measure that can tell."""
        return self._clear("fitted")

    def _clear(self, line: str) -> Region | None:
        curves = self.clarities.values()
        return _common([curve.region(bound, getattr(curve, line)) for curve, bound in curves])

    @property
    def hard_region(self) -> Region | None:
        """The severities at which the model errs enough; all of them where none is asked."""
        return self._hard("fitted")

    def _hard(self, line: str) -> Region | None:
        if self.errs is None or self.goal.error is None:
            return Region(0.0, 1.0)
        return self.errs.region(self.goal.error, getattr(self.errs, line))

    @property
    def band(self) -> Region | None:
        """The severities that are clear and hard, where there are enough of them."""
        both = _common([self.clear_region, self.hard_region])
        return both if both is not None and both.width >= self.goal.resolution else None

    @property
    def outcome(self) -> Outcome:
        """Whether there is a band, and why there is none.

        ``unclear``: nobody understands it at any severity; ``easy``: the model does well at
        all of them; ``apart``: where the model fails, nobody understands it.
        """
        if not self.clarities or (self.errs is not None and not self.errs.points):
            return "cannot tell"
        if self.clear_region is None:
            return "unclear"
        if self.hard_region is None:
            return "easy"
        return "apart" if self.band is None else "band"

    def surely(self) -> tuple[Region | None, Region | None]:
        """Return the narrowest and the widest band that the intervals allow."""
        low, high = (_common([self._clear(line), self._hard(line)]) for line in ("low", "high"))
        return low, high


def _common(regions: Sequence[Region | None]) -> Region | None:
    """Return what all regions have in common; None where that is nothing."""
    there = [one for one in regions if one is not None]
    if not there or len(there) < len(regions):
        return None
    both = Region(max(one.mild for one in there), min(one.harsh for one in there))
    return both if both.width > 0 else None


def next_counts(found: Found | None, goal: Goal, tried: Mapping[float, int]) -> dict[float, int]:
    """Return how many examples to have at which severities; nothing when all is known.

    The first few severities come first. Then, for each curve: where the interval at either side
    of its passage through the bound holds the bound, twice as many examples there; else, where
    the two sides are further apart than the resolution, the middle between them.

    Parameters
    ----------
    found : what is known so far; None at the start.
    goal : what is asked.
    tried : how many examples there are at each severity, also those of which nothing is known.
    """
    if found is None:
        return dict.fromkeys(FIRST, goal.first)
    wanted: dict[float, int] = {}
    for curve, bound in _curves(found, goal):
        for severity, count in _ask(curve, bound, goal, tried).items():
            wanted[severity] = max(count, wanted.get(severity, 0))
    cost = sum(count - tried.get(severity, 0) for severity, count in wanted.items())
    return wanted if sum(tried.values()) + cost <= goal.budget else {}


def _curves(found: Found, goal: Goal) -> list[tuple[Curve, float]]:
    """Return the curves whose passage through their bound may be an end of the band."""
    clarities = found.clarities
    pairs = [
        (curve, bound)
        for name, (curve, bound) in clarities.items()
        if not _hidden(curve, bound, [one for key, one in clarities.items() if key != name])
    ]
    if found.errs is not None and found.errs.points and goal.error is not None:
        pairs.append((found.errs, goal.error))
    return pairs


def _hidden(curve: Curve, bound: float, others: Sequence[tuple[Curve, float]]) -> bool:
    """Return whether a curve passes its bound only where another says that nothing is clear."""
    bracket = curve.bracket(bound)
    if bracket is None:
        return False
    left, right = (curve.points[place].severity for place in bracket)
    # The widest region that the other's intervals allow: it hides only what it surely hides.
    regions = [other.region(its, other.high) for other, its in others]
    return any(one is None or one.harsh < left or one.mild > right for one in regions)


def _ask(curve: Curve, bound: float, goal: Goal, tried: Mapping[float, int]) -> dict[float, int]:
    bracket = curve.bracket(bound)
    if bracket is None:  # all on one side: is the nearest to the bound surely there?
        sides = [min(curve.points, key=lambda one: abs(one.value - bound))]
    else:
        sides = [curve.points[place] for place in bracket]
    unsure = {
        one.severity: min(2 * tried[one.severity], goal.most)
        for one in sides
        if one.holds(bound) and tried[one.severity] < goal.most
    }
    if unsure or bracket is None:
        return unsure
    left, right = (one.severity for one in sides)
    return {(left + right) / 2: goal.first} if right - left > goal.resolution else {}


def rounds_left(found: Found | None, goal: Goal) -> int:
    """Return about how many rounds a search still takes, to tell how far it is."""
    widest = FIRST[1] if found is None else 0.0
    for curve, bound in [] if found is None else _curves(found, goal):
        bracket = curve.bracket(bound)
        if bracket is not None:
            left, right = (curve.points[place].severity for place in bracket)
            widest = max(widest, right - left)
    halvings = max(0, math.ceil(math.log2(widest / goal.resolution))) if widest else 0
    return 2 * halvings + (found is None)
