"""Pieces of the figures: a frame that fits any width, round axis steps, markers.

Every x is a percentage, every y a pixel. So a figure fills a wide screen and a phone alike,
and its words keep their size on both.
"""

import math
from collections.abc import Sequence

from augmentor.report.html import Html, element, join

ARMS = 4  # colours and marker shapes there are for arms; later arms begin again


def pct(value: float) -> str:
    """Return a coordinate as a percentage of the figure's width."""
    return f"{value:.3f}%"


def number(value: float, digits: int = 1) -> str:
    """Return a number with a real minus sign."""
    shown = f"{value:.{digits}f}"
    if not shown.strip("-0."):
        shown = shown.lstrip("-")
    return shown.replace("-", "\N{MINUS SIGN}")


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Return round numbers in steps of 1, 2 or 5, from at or below `low` to at or above `high`."""
    span = high - low
    if not span > 0:
        low, high, span = low - 0.5, high + 0.5, 1.0
    rough = span / (most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [index * step for index in range(first, last + 1)]


def word(
    x: float, y: float, *parts: str | Html, anchor: str | None = None, class_: str = ""
) -> Html:
    """Return text at a place; `anchor` is ``middle`` or ``end``."""
    return element("text", *parts, x=pct(x), y=y, text_anchor=anchor, class_=class_ or None)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Html:
    """Return a straight line."""
    return element("line", x1=pct(x1), y1=y1, x2=pct(x2), y2=y2, class_=class_)


def bar(
    x: float, y: float, width: float, height: float, class_: str, *, fill: str | None = None
) -> Html:
    """Return a rectangle."""
    return element("rect", x=pct(x), y=y, width=pct(width), height=height, class_=class_, fill=fill)


_SHAPES = (
    '<circle r="5.5"/>',
    '<rect x="-5" y="-5" width="10" height="10"/>',
    '<path d="M0-7L7 0 0 7-7 0Z"/>',
    '<path d="M0-6.5L6.5 5h-13Z"/>',
)


def marker(x: float, y: float, arm: int) -> Html:
    """Return the filled marker of an arm: each arm has a colour and a shape."""
    shape = Html(_SHAPES[arm % ARMS])
    # A nested svg moves by percentage; shapes in it stay round at any width.
    return element("svg", shape, x=pct(x), y=y, class_=f"mark arm{arm % ARMS}", overflow="visible")


def figure(title: str, desc: str, height: float, parts: Sequence[Html], legend: Html) -> Html:
    """Return a figure: caption, legend, and the drawing with its title and description."""
    drawing = element(
        "svg",
        element("title", title),
        element("desc", desc),
        *parts,
        role="img",
        width="100%",
        height=math.ceil(height),
        class_="plot",
    )
    return element(
        "figure",
        element("figcaption", title),
        legend,
        element("div", drawing, class_="canvas"),
        class_="figure",
    )


def legend(items: Sequence[tuple[Html, str]]) -> Html:
    """Return the legend: a small drawing and its word, again and again."""
    if not items:
        return Html("")
    return element(
        "ul",
        *(
            element(
                "li",
                element("svg", sign, width=22, height=14, aria_hidden="true", class_="sign"),
                element("span", name),
            )
            for sign, name in items
        ),
        class_="legend",
    )


def patterns() -> Html:
    """Return the hatchings that bars are filled with, once for the whole page."""
    ways = {"a": "M-2 2L2-2M0 8L8 0M6 10L10 6", "b": "M4 0V8", "c": "M0 4H8", "d": "M2 2h2v2h-2Z"}
    made = [
        element(
            "pattern",
            element("rect", width=8, height=8, class_="ground"),
            element("path", d=way, class_="lines"),
            id=f"hatch-{tone}-{key}",
            class_=f"tone-{tone}",
            width=8,
            height=8,
            patternUnits="userSpaceOnUse",
        )
        for tone in ("grey", "warm", "red")
        for key, way in ways.items()
    ]
    return element(
        "svg", element("defs", join(*made)), width=0, height=0, aria_hidden="true", class_="defs"
    )
