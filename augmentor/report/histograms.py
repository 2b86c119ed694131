"""How ours spread beside real ones, as inline SVG: real filled, made as a line over it."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from augmentor.report.html import Html, element
from augmentor.report.model import Histogram, HistogramPlot
from augmentor.report.svg import bar, legend, line, pct, ticks, word

_HEIGHT = 96.0  # px of the drawing; its axis is below
_MOST_BINS = 20
_WIDE = 30.0  # times from small to large, from where on an axis goes by ratio

Values = NDArray[np.float64]


def histogram_plot(plot: HistogramPlot) -> Html:
    """Draw a small histogram for each measure that has numbers."""
    drawn = [_small(plot.title, one) for one in plot.measures]
    shown = [one for one in drawn if one is not None]
    if not shown:
        return Html("")
    items = [(bar(5, 1, 90, 12, "real"), "real"), (line(5, 7, 95, 7, "made"), "made")]
    return element(
        "figure",
        element("figcaption", plot.title),
        legend([*items, (line(50, 0, 50, 14, "baseline"), "median of the real ones")]),
        element("div", *shown, class_="multiples"),
        class_="figure",
    )


def _small(title: str, one: Histogram) -> Html | None:
    real, made = _finite(one.real), _finite(one.made)
    pooled = np.concatenate([real, made])
    if not len(pooled):
        return None
    by_ratio = _by_ratio(pooled)
    scale = np.log10 if by_ratio else np.asarray
    edges, steps = _axis(scale(pooled), by_ratio=by_ratio)
    shares = [_shares(scale(values), edges) for values in (real, made)]
    highest = max(float(each.max()) for each in shares)

    def at(value: float) -> float:
        return float(100 * (value - edges[0]) / (edges[-1] - edges[0]))

    parts = [line(0, _HEIGHT, 100, _HEIGHT, "tick")]
    if len(made):
        parts.insert(0, _steps(shares[1] / highest, "made", closed=False))
    if len(real):
        parts.insert(0, _steps(shares[0] / highest, "real", closed=True))
        middle = at(float(np.median(scale(real))))
        parts.append(line(middle, 0, middle, _HEIGHT, "baseline"))
    for step in steps:
        x = at(step)
        label = f"{10**step:g}" if by_ratio else f"{step:g}"
        anchor = "start" if x < 4 else "end" if x > 96 else "middle"
        parts.append(line(x, _HEIGHT, x, _HEIGHT + 4, "tick"))
        parts.append(word(x, _HEIGHT + 17, label, anchor=anchor))
    told = "; ".join(_told(name, values) for name, values in (("real", real), ("made", made)))
    drawing = element(
        "svg",
        element("title", f"{title}: {one.measure}"),
        element("desc", told),
        *parts,
        role="img",
        width="100%",
        height=_HEIGHT + 22,
        class_="plot",
    )
    name = element("p", element("b", one.measure))
    return element("div", name, drawing, element("p", told, class_="soft"), class_="multiple")


def _finite(values: Sequence[float]) -> Values:
    array = np.asarray(values, dtype=np.float64)
    return array[np.isfinite(array)]


def _by_ratio(values: Values) -> bool:
    """Return whether small and large lie so far apart that their ratio is what counts."""
    if values.min() <= 0:
        return False
    low, high = np.quantile(values, [0.05, 0.95])
    return bool(high / low > _WIDE)


def _axis(values: Values, *, by_ratio: bool) -> tuple[Values, list[float]]:
    """Return the edges of the bins and the numbers to write, on the axis' own scale."""
    if by_ratio:
        first, last = math.floor(values.min()), math.ceil(values.max())
        steps = [float(step) for step in range(first, last + 1)]
    else:
        steps = ticks(float(values.min()), float(values.max()), 5)
    bins = min(_MOST_BINS, max(5, math.ceil(2 * len(values) ** (1 / 3))))
    return np.linspace(steps[0], steps[-1], bins + 1), steps


def _shares(values: Values, edges: Values) -> Values:
    """Return which part of the values falls into each bin."""
    counts = np.histogram(values, edges)[0]
    return counts / max(1, len(values))


def _steps(heights: Values, class_: str, *, closed: bool) -> Html:
    """Draw a staircase; heights are 0 to 1."""
    width = 100 / len(heights)
    places = [
        f"V{_HEIGHT * (1 - height):.2f}H{width * (index + 1):.2f}"
        for index, height in enumerate(heights)
    ]
    way = f"M0 {_HEIGHT:g}{''.join(places)}V{_HEIGHT:g}{'Z' if closed else ''}"
    return element(
        "svg",
        element("path", d=way, class_=class_, vector_effect="non-scaling-stroke"),
        width=pct(100),
        height=_HEIGHT,
        # Across it is stretched to any width, down it is in pixels.
        viewBox=f"0 0 100 {_HEIGHT:g}",
        preserveAspectRatio="none",
        overflow="visible",
    )


def _told(name: str, values: Values) -> str:
    if not len(values):
        return f"no {name} ones"
    return f"{len(values):,} {name}, median {np.median(values):.3g}"
