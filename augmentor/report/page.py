"""A whole report as one HTML file that needs nothing else: no network, no folder beside it."""

import base64
import re
from collections.abc import Callable
from hashlib import sha256
from importlib.resources import files
from typing import Any

from augmentor.report.bars import gate_plot, rank_plot
from augmentor.report.cards import card_group
from augmentor.report.curve_model import CurvePlot
from augmentor.report.curves import curve_plot
from augmentor.report.figures import change_plot
from augmentor.report.histograms import histogram_plot
from augmentor.report.html import Html, element, join
from augmentor.report.model import (
    Block,
    CardGroup,
    ChangePlot,
    GatePlot,
    HistogramPlot,
    Page,
    RankPlot,
    Section,
    SheetPlot,
    Table,
    Text,
)
from augmentor.report.sheet import sheet_plot
from augmentor.report.svg import patterns
from augmentor.report.tables import table, written


def render(page: Page) -> str:
    """Return the page as one HTML document.

    Everything is inside it: style, script, pictures, sound. Its own policy forbids it to load
    anything, and to run any script but the one below, by its digest.
    """
    style, script = (_package_file(name) for name in ("page.css", "page.js"))
    ids = _Anchors()
    sections = [(section, ids.of(section.title)) for section in page.sections]
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", page.title),
        element("link", rel="icon", href="data:,"),
        element("style", Html(style)),
    )
    body = element(
        "body",
        patterns(),
        element("header", *_header(page)),
        _contents(sections),
        element("main", *(_section(section, anchor, ids) for section, anchor in sections)),
        element("footer", page.footer) if page.footer else "",
        element("script", Html(script)),
    )
    document = element("html", head, "\n", body, lang="en")
    return str(join(Html("<!doctype html>\n"), document, "\n"))


def _package_file(name: str) -> str:
    return files("augmentor.report").joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Return the Content-Security-Policy: nothing from outside, no code but ours."""

    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode('ascii')}'"

    rules = {
        "default-src": "'none'",
        "style-src": digest(style),
        "script-src": digest(script),
        "img-src": "data:",
        "media-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


class _Anchors:
    """Names for the places of a page: readable, and each used once."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def of(self, title: str) -> str:
        slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "part"
        name, count = slug, 1
        while name in self._used or name.startswith("hatch-"):
            count += 1
            name = f"at-{slug}-{count}"
        self._used.add(name)
        return name


def _header(page: Page) -> list[Html]:
    parts = [element("h1", page.title)]
    if page.lead:
        parts.append(element("p", page.lead, class_="lead"))
    if page.summary:
        tiles = [
            element(
                "div",
                element("dt", label),
                element("dd", value.replace(" %", "\N{NO-BREAK SPACE}%")),
            )
            for label, value in page.summary
        ]
        parts.append(element("dl", *tiles, class_="summary"))
    return parts


def _contents(sections: list[tuple[Section, str]]) -> Html:
    if len(sections) < 2:
        return Html("")
    links = [
        element("li", element("a", section.title, href=f"#{anchor}"))
        for section, anchor in sections
    ]
    return element("nav", element("ol", *links), aria_label="Contents")


def _section(section: Section, anchor: str, ids: _Anchors) -> Html:
    link = element("a", "#", href=f"#{anchor}", class_="anchor", aria_label="Link to this part")
    parts = [element("h2", section.title, link, id=anchor)]
    if section.lead:
        parts.append(element("p", section.lead, class_="lead"))
    parts += [_block(block, ids) for block in section.blocks]
    if not section.blocks:
        parts.append(element("p", "Nothing to show here.", class_="soft"))
    return element("section", *parts)


def _block(block: Block, ids: _Anchors) -> Html:
    if isinstance(block, CardGroup):
        return card_group(block, ids.of(block.title))
    return _DRAWN[type(block)](block)


_DRAWN: dict[type[Any], Callable[[Any], Html]] = {
    Text: written,
    Table: table,
    ChangePlot: change_plot,
    SheetPlot: sheet_plot,
    GatePlot: gate_plot,
    RankPlot: rank_plot,
    HistogramPlot: histogram_plot,
    CurvePlot: curve_plot,
}
