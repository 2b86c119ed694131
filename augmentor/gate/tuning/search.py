"""Where to measure next, and the band that follows: few examples where the answer is plain."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    """

    clear: float
    error: float | None
    resolution: float = 0.03
    first: int = 32
    most: int = 128
    budget: int = 2000


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of one axis of severity.

    Parameters
    ----------
    goal : what was asked.
    clear, errs : the curves; no `errs` where no model was asked.
    """

    goal: Goal
    clear: Curve
    errs: Curve | None

    @classmethod
    def of(cls, goal: Goal, clear: Sequence[Point], errs: Sequence[Point] | None) -> "Found":
        """Fit what was measured: the harsher, the less clear and the harder, if nothing else."""
        return cls(
            goal,
            Curve.of(clear, rising=False),
            None if goal.error is None or errs is None else Curve.of(errs, rising=True),
        )

    @property
    def clear_region(self) -> Region | None:
        """The severities at which enough examples are clear."""
        return self.clear.region(self.goal.clear)

    @property
    def hard_region(self) -> Region | None:
        """The severities at which the model errs enough; all of them where none is asked."""
        if self.errs is None or self.goal.error is None:
            return Region(0.0, 1.0)
        return self.errs.region(self.goal.error)

    @property
    def band(self) -> Region | None:
        """The severities that are clear and hard, where there are enough of them."""
        clear, hard = self.clear_region, self.hard_region
        if clear is None or hard is None:
            return None
        both = Region(max(clear.mild, hard.mild), min(clear.harsh, hard.harsh))
        return both if both.width >= self.goal.resolution else None

    @property
    def outcome(self) -> Outcome:
        """Whether there is a band, and why there is none.

        ``unclear``: nobody understands it at any severity; ``easy``: the model does well at
        all of them; ``apart``: where the model fails, nobody understands it.
        """
        if not self.clear.points or (self.errs is not None and not self.errs.points):
            return "cannot tell"
        if self.clear_region is None:
            return "unclear"
        if self.hard_region is None:
            return "easy"
        return "apart" if self.band is None else "band"

    def surely(self) -> tuple[Region | None, Region | None]:
        """Return the narrowest and the widest band that the intervals allow."""
        ends: list[Region | None] = []
        for name in ("low", "high"):
            clear = self.clear.region(self.goal.clear, getattr(self.clear, name))
            hard: Region | None = Region(0.0, 1.0)
            if self.errs is not None and self.goal.error is not None:
                hard = self.errs.region(self.goal.error, getattr(self.errs, name))
            both = None
            if clear is not None and hard is not None:
                both = Region(max(clear.mild, hard.mild), min(clear.harsh, hard.harsh))
            ends.append(both if both is not None and both.width > 0 else None)
        return ends[0], ends[1]


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
    pairs = ((found.clear, goal.clear), (found.errs, goal.error))
    return [
        (curve, bound) for curve, bound in pairs if curve and curve.points and bound is not None
    ]


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
