"""What a plot of curves says, and nothing about how it looks."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What was measured at one place of an axis: a share with its interval.

    Parameters
    ----------
    x : its place, 0 to 1.
    y, low, high : as fractions.
    fitted : where the curve passes.
    n : how many examples it was measured on.
    """

    x: float
    y: float
    low: float
    high: float
    fitted: float
    n: int


@dataclass(frozen=True, slots=True)
class CurveLine:
    """One curve.

    Parameters
    ----------
    name : what the share is of.
    points : from left to right.
    bound : what is asked of it at least; None where nothing is.
    """

    name: str
    points: Sequence[CurvePoint]
    bound: float | None = None


@dataclass(frozen=True, slots=True)
class CurvePlot:
    """Shares along an axis, with the stretch of it that keeps every bound.

    Parameters
    ----------
    lines : the curves, in an order that stays the same from plot to plot.
    band : the stretch, 0 to 1; None where there is none.
    ticks : places, 0 to 1, with what is written there.
    axis : what the axis is, in words.
    """

    title: str
    lines: Sequence[CurveLine]
    band: tuple[float, float] | None
    ticks: Sequence[tuple[float, str]]
    axis: str
