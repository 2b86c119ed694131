"""Bars as inline SVG: what the gate said of each category, and where work pays."""

from collections.abc import Iterator

from augmentor.report.html import Html, element
from augmentor.report.model import GateCount, GatePlot, Rank, RankPlot
from augmentor.report.svg import bar, figure, legend, number, word

_LABELLED = 8.0  # per cent: narrower pieces of a bar have no room for their number
_REASONS = ("warm", "red-a", "warm-b", "red", "warm-a", "red-c", "warm-d", "red-b")


def gate_plot(plot: GatePlot) -> Html:
    """Draw for each category the part that passed, that could not be told, that was rejected."""
    if not plot.rows:
        return Html("")
    # The commonest reason first, in the same colour in every bar.
    totals: dict[str, int] = {}
    for row in plot.rows:
        for reason, count in row.rejected.items():
            totals[reason] = totals.get(reason, 0) + count
    reasons = sorted((key for key in totals if totals[key]), key=lambda key: (-totals[key], key))
    paints = {reason: _REASONS[i % len(_REASONS)] for i, reason in enumerate(reasons)}

    parts: list[Html] = []
    y = 0.0
    for row in plot.rows:
        y += 18
        kept, total = row.passed + row.cannot_tell, _total(row)
        share = f"{number(100 * kept / total)} %" if total else "nothing judged"
        parts.append(word(0, y, row.category, class_="strong"))
        parts.append(
            word(100, y, f"{kept:,} of {total:,} kept, {share}", anchor="end", class_="figures")
        )
        parts += _pieces(row, paints, y + 7) if total else []
        y += 42
    items = [(_swatch("kept"), "passed")]
    if any(row.cannot_tell for row in plot.rows):
        items.append((_swatch("grey-a"), "kept, a check could not tell"))
    items += [(_swatch(paint), f"rejected: {reason}") for reason, paint in paints.items()]
    desc = "; ".join(_told(row) for row in plot.rows)
    return figure(plot.title, desc, y, parts, legend(items))


def _total(row: GateCount) -> int:
    return row.passed + row.cannot_tell + sum(row.rejected.values())


def _swatch(paint: str) -> Html:
    return bar(5, 1, 90, 12, _class(paint), fill=_fill(paint))


def _class(paint: str) -> str:
    return "piece" if "-" in paint else f"piece {paint}"


def _fill(paint: str) -> str | None:
    """Return the hatching of a paint such as ``red-a``; plain paints get their fill from CSS."""
    return f"url(#hatch-{paint})" if "-" in paint else None


def _counts(row: GateCount, paints: dict[str, str]) -> Iterator[tuple[str, str, int]]:
    """Yield what a bar is made of, from left to right: what it is, its paint, how many."""
    yield "passed", "kept", row.passed
    yield "kept, a check could not tell", "grey-a", row.cannot_tell
    for reason, paint in paints.items():
        yield f"rejected: {reason}", paint, row.rejected.get(reason, 0)


def _pieces(row: GateCount, paints: dict[str, str], y: float) -> list[Html]:
    parts: list[Html] = []
    x, total = 0.0, _total(row)
    for name, paint, count in _counts(row, paints):
        if not count:
            continue
        width = 100 * count / total
        inside = [element("title", f"{name}: {count:,}")]
        inside.append(bar(x, y, width, 20, _class(paint), fill=_fill(paint)))
        if width >= _LABELLED:
            middle = x + width / 2
            # A hatched piece is unquiet: its number stands on a plain halo.
            inside.append(
                word(middle, y + 14.5, f"{count:,}", anchor="middle", class_=f"on-{paint[:4]}")
            )
        parts.append(element("g", *inside))
        x += width
    return parts


def _told(row: GateCount) -> str:
    rejected = [f"{count:,} rejected for {reason}" for reason, count in row.rejected.items()]
    counts = [f"{row.passed:,} passed", f"{row.cannot_tell:,} could not be told", *rejected]
    return f"{row.category}: {', '.join(counts)}"


def rank_plot(plot: RankPlot) -> Html:
    """Draw a bar for each tag: its gap to the baseline x its share of the data x its weight."""
    if not plot.rows:
        return Html("")
    longest = max(*(row.score for row in plot.rows), 0.0) or 1.0
    parts = [_rank(row, 58.0 * index, longest) for index, row in enumerate(plot.rows)]
    desc = "; ".join(f"{row.place} {row.tag}: {_score(row)}, {_why(row)}" for row in plot.rows)
    return figure(plot.title, desc, 58 * len(plot.rows), parts, Html(""))


def _rank(row: Rank, y: float, longest: float) -> Html:
    place = element("tspan", f"{row.place} ", class_="soft") if row.place else Html("")
    action = element("tspan", row.action, dx=8, class_=f"action {row.action}")
    return element(
        "g",
        element("title", f"{row.tag}: {_score(row)}"),
        word(0, y + 14, place, element("tspan", row.tag, class_="strong"), action),
        word(100, y + 14, _score(row), anchor="end", class_="figures"),
        bar(0, y + 20, 100, 10, "rail"),
        bar(0, y + 20, 100 * max(row.score, 0) / longest, 10, f"score {row.action}"),
        word(0, y + 44, _why(row), class_="soft small"),
    )


def _score(row: Rank) -> str:
    return f"{number(100 * row.score, 2)} points"


def _why(row: Rank) -> str:
    weight = "" if row.weight == 1 else f" \N{MULTIPLICATION SIGN} {row.weight:g}"
    share = f"{number(100 * row.share)} %"
    return f"gap {number(100 * row.gap)} \N{MULTIPLICATION SIGN} share {share}{weight}"
