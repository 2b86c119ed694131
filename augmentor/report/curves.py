"""Shares along an axis of severity, as inline SVG: points with intervals, and a line."""

from collections.abc import Iterator
from itertools import pairwise

from augmentor.report.curve_model import CurveLine, CurvePlot
from augmentor.report.html import Html, element
from augmentor.report.svg import bar, figure, legend, line, marker, number, word

_TOP, _HEIGHT = 12.0, 200.0  # px
_LEFT, _RIGHT = 9.0, 97.0  # per cent: left of it stand the numbers
_GRID = (0.0, 0.25, 0.5, 0.75, 1.0)


def curve_plot(plot: CurvePlot) -> Html:
    """Draw the curves of one axis over its band."""
    lines = [(arm, one) for arm, one in enumerate(plot.lines) if one.points]
    if not lines:
        return Html("")
    parts: list[Html] = []
    if plot.band is not None:
        first, last = map(_x, plot.band)
        parts.append(bar(first, _TOP, last - first, _HEIGHT, "lift"))
    for share in _GRID:
        parts.append(line(_LEFT, _y(share), _RIGHT, _y(share), "grid"))
        parts.append(word(0, _y(share) + 4, f"{100 * share:.0f} %", class_="soft small"))
    for place, told in plot.ticks:
        x = _x(place)
        anchor = "end" if place > 0.9 else "start" if place < 0.1 else "middle"
        parts.append(line(x, _TOP + _HEIGHT, x, _TOP + _HEIGHT + 5, "tick"))
        parts.append(word(x, _TOP + _HEIGHT + 19, told, anchor=anchor))
    parts.append(word(_LEFT, _TOP + _HEIGHT + 37, plot.axis, class_="soft small"))
    for arm, one in lines:
        parts += _drawn(one, arm)
    items = [(_sign(arm), one.name) for arm, one in lines]
    items += [
        (line(5, 7, 95, 7, f"bound arm{arm}"), f"asked of {one.name}: {_share(one.bound)}")
        for arm, one in lines
        if one.bound is not None
    ]
    if plot.band is not None:
        items.append((bar(5, 1, 90, 12, "lift"), "the band"))
    desc = "; ".join(_told(one) for _, one in lines)
    return figure(plot.title, desc, _TOP + _HEIGHT + 42, parts, legend(items))


def _x(place: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * place


def _y(share: float) -> float:
    return _TOP + _HEIGHT * (1 - min(max(share, 0.0), 1.0))


def _share(share: float | None) -> str:
    return "" if share is None else f"{number(100 * share, 0)} %"


def _drawn(one: CurveLine, arm: int) -> Iterator[Html]:
    if one.bound is not None:
        yield line(_LEFT, _y(one.bound), _RIGHT, _y(one.bound), f"bound arm{arm}")
    for left, right in pairwise(one.points):
        yield line(_x(left.x), _y(left.fitted), _x(right.x), _y(right.fitted), f"fit arm{arm}")
    for point in one.points:
        x = _x(point.x)
        told = f"{one.name}: {_share(point.y)}, {_share(point.low)} to {_share(point.high)}"
        yield element(
            "g",
            element("title", f"{told}, of {point.n:,}"),
            line(x, _y(point.low), x, _y(point.high), "whisker"),
            marker(x, _y(point.y), arm),
            class_=f"arm{arm}",
        )


def _sign(arm: int) -> Html:
    return element("g", line(5, 7, 95, 7, "fit"), marker(50, 7, arm), class_=f"arm{arm}")


def _told(one: CurveLine) -> str:
    values = ", ".join(_share(point.y) for point in one.points)
    return f"{one.name}, from left to right: {values}"
