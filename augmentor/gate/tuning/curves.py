"""A curve over severity: shares that were measured, and the monotone line through them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

_SLACK = 1e-9  # a share that equals its bound but for rounding keeps it


@dataclass(frozen=True, slots=True)
class Point:
    """A share that was measured at one severity.

    Parameters
    ----------
    severity : 0 mild to 1 harsh.
    value : the share.
    low, high : its 95 % interval.
    n : how many examples it was measured on.
    """

    severity: float
    value: float
    low: float
    high: float
    n: int

    def holds(self, bound: float) -> bool:
        """Return whether the interval holds a bound, so that the point is on no sure side."""
        return self.low < bound <= self.high

    def to_json(self) -> dict[str, float]:
        """Return plain JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Curve:
    """Points in order of severity, and the monotone line that fits them best.

    Parameters
    ----------
    points : mild to harsh, one a severity.
    rising : whether the share grows with severity.
    fitted, low, high : the line, and those of the intervals' ends, at each point.
    """

    points: tuple[Point, ...]
    rising: bool
    fitted: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    @classmethod
    def of(cls, points: Sequence[Point], *, rising: bool) -> "Curve":
        """Fit points; those without examples are left out.

        Parameters
        ----------
        points : in any order.
        rising : the direction that is taken where both fit alike.
        """
        used = tuple(sorted((one for one in points if one.n), key=lambda one: one.severity))
        weights = [float(one.n) for one in used]
        values = [one.value for one in used]
        if _misfit(values, weights, rising=not rising) < _misfit(values, weights, rising=rising):
            rising = not rising

        def line(shares: list[float]) -> tuple[float, ...]:
            return tuple(monotone(shares, weights, rising=rising))

        return cls(
            used, rising, line(values), line([p.low for p in used]), line([p.high for p in used])
        )

    def strays(self) -> tuple[Point, ...]:
        """Return the points whose interval does not hold the line: no monotone one fits them."""
        return tuple(
            point
            for point, fitted in zip(self.points, self.fitted, strict=True)
            if not point.low - _SLACK <= fitted <= point.high + _SLACK
        )

    def region(self, bound: float, line: Sequence[float] | None = None) -> "Region | None":
        """Return the severities at which the line is at least `bound`; None where it never is.

        Parameters
        ----------
        bound : a share.
        line : another of the curve's lines, `low` or `high`; `fitted` by default.
        """
        line = self.fitted if line is None else line
        kept = [share >= bound - _SLACK for share in line]
        if not any(kept):
            return None
        first, last = kept.index(True), len(kept) - 1 - kept[::-1].index(True)
        mild, harsh = 0.0, 1.0
        if first:
            mild = self._crossing(first - 1, first, bound, line)
        if last < len(kept) - 1:
            harsh = self._crossing(last, last + 1, bound, line)
        return Region(mild, harsh)

    def bracket(self, bound: float) -> tuple[int, int] | None:
        """Return the two neighbouring points between which the line passes a bound, if it does."""
        kept = [share >= bound - _SLACK for share in self.fitted]
        for place in range(len(kept) - 1):
            if kept[place] != kept[place + 1]:
                return place, place + 1
        return None

    def to_json(self) -> dict[str, object]:
        """Return plain JSON: the points with the line at each, and which ones stray from it."""
        return {
            "rising": self.rising,
            "points": [
                point.to_json() | {"fitted": fitted}
                for point, fitted in zip(self.points, self.fitted, strict=True)
            ],
            "strays": [one.severity for one in self.strays()],
        }

    def _crossing(self, left: int, right: int, bound: float, line: Sequence[float]) -> float:
        start, stop = self.points[left].severity, self.points[right].severity
        way = (bound - line[left]) / (line[right] - line[left])
        return start + (stop - start) * min(max(way, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of severities.

    Parameters
    ----------
    mild, harsh : its ends, 0 to 1.
    """

    mild: float
    harsh: float

    @property
    def width(self) -> float:
        """How much of the axis it covers; below 0 where the ends have passed each other."""
        return self.harsh - self.mild

    def to_json(self) -> dict[str, float]:
        """Return plain JSON."""
        return {"mild": round(self.mild, 4), "harsh": round(self.harsh, 4)}


def monotone(values: Sequence[float], weights: Sequence[float], *, rising: bool) -> list[float]:
    """Return the monotone sequence that is nearest to some values by weighted squares.

    Parameters
    ----------
    values, weights : as long as each other; weights are above 0.
    rising : whether it must not fall; else it must not rise.

    References
    ----------
    Barlow, Bartholomew, Bremner and Brunk 1972, "Statistical Inference under Order
    Restrictions": pooling adjacent violators.
    """
    sign = 1.0 if rising else -1.0
    blocks: list[tuple[float, float, int]] = []  # mean, weight, how many values
    for value, weight in zip(values, weights, strict=True):
        block = (sign * value, weight, 1)
        while blocks and blocks[-1][0] > block[0]:
            mean, heavy, many = blocks.pop()
            total = heavy + block[1]
            block = ((mean * heavy + block[0] * block[1]) / total, total, many + block[2])
        blocks.append(block)
    return [sign * mean for mean, _, many in blocks for _ in range(many)]


def _misfit(values: Sequence[float], weights: Sequence[float], *, rising: bool) -> float:
    line = monotone(values, weights, rising=rising)
    return sum(
        weight * (value - fitted) ** 2
        for value, fitted, weight in zip(values, line, weights, strict=True)
    )
