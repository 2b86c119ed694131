"""The before and after of every tag as inline SVG: hollow before, filled after, whiskers."""

from collections.abc import Callable, Sequence
from itertools import groupby
from math import isfinite

from augmentor.report.html import Html, element
from augmentor.report.model import Change, ChangePlot
from augmentor.report.svg import ARMS, figure, legend, line, marker, number, pct, ticks, word

_PLOT = 64.0  # per cent of the width that is drawn on; the rest holds the numbers
_SIGNS = {"better": "\N{BLACK UP-POINTING TRIANGLE}", "worse": "\N{BLACK DOWN-POINTING TRIANGLE}"}
_SAME = "\N{ALMOST EQUAL TO}"
_TONES = {"better": "good", "worse": "bad"}
_WHISKER = ((10, 7, 90, 7), (10, 3, 10, 11), (90, 3, 90, 11))


def change_plot(plot: ChangePlot) -> Html:
    """Draw before and after of each tag, with intervals, a line for each arm."""
    arms = list(plot.arms) or [""]
    rows = [
        row for row in plot.rows if row.arm in arms and isfinite(row.before) and isfinite(row.after)
    ]
    if not rows:
        return Html("")
    known = [
        100 * value
        for row in rows
        for value in (row.before, row.after, row.low, row.high, row.baseline)
        if value is not None
    ]
    steps = ticks(min(known), max(known))

    def at(value: float) -> float:
        return _PLOT * (100 * value - steps[0]) / (steps[-1] - steps[0])

    parts: list[Html] = []
    y = 6.0
    # Rows of one tag stand together, in the order in which tags first come.
    places: dict[str, int] = {}
    for row in rows:
        places.setdefault(row.tag, len(places))
    ordered = sorted(rows, key=lambda row: (places[row.tag], arms.index(row.arm)))
    for tag, group in groupby(ordered, key=lambda row: row.tag):
        changes = list(group)
        y += 16
        count = element("tspan", f"n = {changes[0].n:,}", dx=8, class_="soft")
        parts.append(word(0, y, element("tspan", tag, class_="strong"), count))
        top = y + 6
        for change in changes:
            y += 22
            parts.append(_change(change, at, y, arms.index(change.arm)))
        base = changes[0].baseline
        if base is not None:
            parts.append(line(at(base), top, at(base), y + 8, "baseline"))
        y += 16
    grid = [line(at(step / 100), 4, at(step / 100), y, "grid") for step in steps]
    scale = [word(at(step / 100), y + 16, f"{step:g}", anchor="middle") for step in steps]
    name = word(_PLOT / 2, y + 36, f"{plot.measure}, %", anchor="middle", class_="soft")
    desc = "; ".join(_told(change) for change in ordered)
    return figure(
        plot.title, desc, y + 44, [*grid, *parts, *scale, name], _legend(plot, arms, rows)
    )


def _change(change: Change, at: Callable[[float], float], y: float, arm: int) -> Html:
    """Draw one line: hollow before, filled after, whiskers, and the numbers at the right."""
    tone = _TONES.get(change.verdict, "same")
    sign = _SIGNS.get(change.verdict, _SAME)
    before, after = at(change.before), at(change.after)
    parts = [
        element("title", _told(change)),
        line(before, y, after, y, f"stem arm{arm % ARMS}"),
    ]
    if change.low is not None and change.high is not None:
        low, high = at(change.low), at(change.high)
        parts += [line(low, y, high, y, f"whisker arm{arm % ARMS}")]
        parts += [line(end, y - 5, end, y + 5, f"whisker arm{arm % ARMS}") for end in (low, high)]
    parts += [
        element("circle", cx=pct(before), cy=y, r=4.5, class_="before"),
        marker(after, y, arm),
        word(
            89,
            y + 4.5,
            f"{number(100 * change.before)} \N{RIGHTWARDS ARROW} {number(100 * change.after)}",
            anchor="end",
        ),
        word(92, y + 4.5, sign, anchor="middle", class_=tone),
        word(100, y + 4.5, _signed(change.after - change.before), anchor="end", class_="roomy"),
    ]
    return element("g", *parts)


def _legend(plot: ChangePlot, arms: Sequence[str], rows: Sequence[Change]) -> Html:
    items = [(element("circle", cx=11, cy=7, r=4.5, class_="before"), "before")]
    for index, arm in enumerate(arms):
        items.append((marker(50, 7, index), f"after: {arm}" if arm else "after"))
    if any(row.low is not None for row in rows):
        whisker = [line(x1, y1, x2, y2, "whisker") for x1, y1, x2, y2 in _WHISKER]
        items.append((element("g", *whisker), "interval"))
    if any(row.baseline is not None for row in rows):
        items.append((line(50, 0, 50, 14, "baseline"), plot.baseline))
    said = {row.verdict for row in rows}
    for verdict, sign in _SIGNS.items():
        if verdict in said:
            items.append((_sign(sign, _TONES[verdict]), verdict))
    if said - set(_SIGNS):
        items.append((_sign(_SAME, "same"), "no clear change"))
    return legend(items)


def _sign(sign: str, tone: str) -> Html:
    return word(50, 12, sign, anchor="middle", class_=tone)


def _signed(difference: float) -> str:
    shown = number(100 * difference)
    return shown if shown[0] == "\N{MINUS SIGN}" else f"+{shown}"


def _told(change: Change) -> str:
    """Return a change as a sentence, for those who cannot see it."""
    arm = f", {change.arm}" if change.arm else ""
    interval = (
        f" (interval {number(100 * change.low)} to {number(100 * change.high)} %)"
        if change.low is not None and change.high is not None
        else ""
    )
    base = "" if change.baseline is None else f", baseline {number(100 * change.baseline)} %"
    return (
        f"{change.tag}{arm}: {number(100 * change.before)} to {number(100 * change.after)} %"
        f"{interval}, {change.verdict or 'no verdict'}{base}"
    )
