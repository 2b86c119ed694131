"""The rubber sheet as inline SVG: near tags hang together, and pulling one moves the others.

Tags stand one under the other, so that their names can be read on a phone; the sheet hangs
between them, dashed as it was, full as it is.
"""

import textwrap
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import isfinite

from augmentor.report.html import Html, element
from augmentor.report.model import SheetPlot, SheetTag
from augmentor.report.svg import figure, legend, line, number, pct, ticks, word

_LEFT, _WIDTH = 39.0, 42.0  # per cent of the figure: where the sheet hangs; names before it
_ROW, _HEAD = 38.0, 26.0  # px
_LETTERS = 19  # of a name in one line
_TONES = {"better": "good", "worse": "bad"}
_SIGNS = {"good": "\N{BLACK UP-POINTING TRIANGLE}", "bad": "\N{BLACK DOWN-POINTING TRIANGLE}"}
_SAME = "\N{ALMOST EQUAL TO}"
_SAID = {"good": "rose", "bad": "fell", "same": "no clear change"}
_HEADS = {1: '<path d="M-8-5L1 0-8 5Z"/>', -1: '<path d="M8-5L-1 0 8 5Z"/>'}
_STILL = 0.0005  # a change that is not seen


def sheet_plot(plot: SheetPlot) -> Html:
    """Draw an arrow from before to after for each tag, and the sheet that they hold."""
    groups = [
        [tag for tag in group if isfinite(tag.before) and isfinite(tag.after)]
        for group in plot.groups
    ]
    groups = [group for group in groups if group]
    shown = [tag for group in groups for tag in group]
    if not shown:
        return Html("")
    values = [100 * value for tag in shown for value in (tag.before, tag.after)]
    steps = ticks(min(values), max(values), most=5)

    def at(value: float) -> float:
        return 100 * (100 * value - steps[0]) / (steps[-1] - steps[0])

    def across(value: float) -> float:
        return _LEFT + _WIDTH * at(value) / 100

    parts: list[Html] = []
    y = 4.0
    for group in groups:
        if group[0].family:
            parts.append(word(0, y + 17, group[0].family, class_="soft small"))
            parts.append(line(0, y + 23, 100, y + 23, "grid"))
            y += _HEAD
        parts.append(_hung(group, at, y))
        for tag in group:
            parts += _pulled(tag, across, y + _ROW / 2)
            y += _ROW
        y += 6
    grid = [line(across(step / 100), 4, across(step / 100), y, "grid") for step in steps]
    scale = [word(across(step / 100), y + 16, f"{step:g}", anchor="middle") for step in steps]
    middle = _LEFT + _WIDTH / 2
    name = word(middle, y + 36, f"{plot.measure}, %", anchor="middle", class_="soft")
    desc = "; ".join(_told(tag) for tag in shown)
    return figure(plot.title, desc, y + 44, [*grid, *parts, *scale, name], _legend(shown))


def _hung(group: Sequence[SheetTag], at: Callable[[float], float], top: float) -> Html:
    """Draw the sheet between the tags of one group, before and after, and what it was moved."""
    if len(group) < 2:
        return Html("")
    height = _ROW * len(group)
    places = [_ROW * (index + 0.5) for index in range(len(group))]
    was = [(at(tag.before), place) for tag, place in zip(group, places, strict=True)]
    now = [(at(tag.after), place) for tag, place in zip(group, places, strict=True)]
    between = f"M{_point(was[0])}{_curve(was)}L{_point(now[-1])}{_curve(now[::-1])}Z"
    still = {"vector_effect": "non-scaling-stroke"}
    return element(
        "svg",
        element("path", d=between, class_="lift"),
        element("path", d=f"M{_point(was[0])}{_curve(was)}", class_="sheet was", **still),
        element("path", d=f"M{_point(now[0])}{_curve(now)}", class_="sheet", **still),
        x=pct(_LEFT),
        y=top,
        width=pct(_WIDTH),
        height=height,
        # Across it is stretched to any width, down it is in pixels.
        viewBox=f"0 0 100 {height:g}",
        preserveAspectRatio="none",
        overflow="visible",
    )


def _point(place: tuple[float, float]) -> str:
    return f"{place[0]:.2f} {place[1]:g}"


def _curve(places: Sequence[tuple[float, float]]) -> str:
    """Return the way through places that runs straight down, or up, at each of them."""
    pieces = []
    for (x1, y1), (x2, y2) in pairwise(places):
        half = (y1 + y2) / 2
        pieces.append(f"C{x1:.2f} {half:g} {x2:.2f} {half:g} {x2:.2f} {y2:g}")
    return "".join(pieces)


def _pulled(tag: SheetTag, across: Callable[[float], float], y: float) -> list[Html]:
    """Draw one tag: its name, an arrow from before to after, the change."""
    tone = _TONES.get(tag.verdict, "same")
    before, after = across(tag.before), across(tag.after)
    name = f"{tag.tag} \N{UPWARDS ARROW}" if tag.target else tag.tag
    lines = textwrap.wrap(name, _LETTERS, max_lines=2, placeholder="\N{HORIZONTAL ELLIPSIS}")
    first = y + 4.5 - 7.5 * (len(lines) - 1)
    strong = "strong" if tag.target else ""
    change = tag.after - tag.before
    parts = [element("title", _told(tag))]
    parts += [word(0, first + 15 * index, text, class_=strong) for index, text in enumerate(lines)]
    parts.append(line(before, y, after, y, f"pull {tone}"))
    parts.append(element("circle", cx=pct(before), cy=y, r=4, class_="before"))
    if abs(change) > _STILL:
        head = Html(_HEADS[1 if change > 0 else -1])
        parts.append(element("svg", head, x=pct(after), y=y, class_=tone, overflow="visible"))
    sign = element("tspan", _SIGNS.get(tone, _SAME), class_=tone)
    shown = number(100 * change)
    shown = shown if shown[0] == "\N{MINUS SIGN}" else f"+{shown}"
    parts.append(word(100, y + 4.5, sign, f" {shown}", anchor="end"))
    return [element("g", *parts)]


def _legend(tags: Sequence[SheetTag]) -> Html:
    items = [
        (line(5, 7, 95, 7, "sheet was"), "the sheet before"),
        (line(5, 7, 95, 7, "sheet"), "after"),
    ]
    said = {_TONES.get(tag.verdict, "same") for tag in tags}
    for tone, text in _SAID.items():
        if tone in said:
            items.append((line(5, 7, 95, 7, f"pull {tone}"), text))
    if any(tag.target for tag in tags):
        arrow = word(50, 12, "\N{UPWARDS ARROW}", anchor="middle", class_="same")
        items.append((arrow, "was to rise"))
    return legend(items)


def _told(tag: SheetTag) -> str:
    """Return a tag's change as a sentence, for those who cannot see it."""
    family = f" ({tag.family})" if tag.family else ""
    target = ", was to rise" if tag.target else ""
    return (
        f"{tag.tag}{family}: {number(100 * tag.before)} to {number(100 * tag.after)} %, "
        f"{tag.verdict or 'no verdict'}{target}"
    )
