"""Text and tables as HTML."""

import re

from augmentor.report.html import Html, element, join
from augmentor.report.model import Table, Text

_SHORT = 24  # letters of a cell that stay on one line


def written(block: Text) -> Html:
    """Show paragraphs, a box that stands out, or lines of code."""
    if block.mark == "code":
        return element("pre", element("code", block.text))
    paragraphs = [part for part in re.split(r"\n\s*\n", block.text.strip()) if part]
    body = join(*(element("p", part) for part in paragraphs))
    return element("div", body, class_=f"box {block.mark}") if block.mark else body


def table(block: Table) -> Html:
    """Show a table; the script makes it sortable."""

    def kind(column: int, text: str) -> str | None:
        number = column < len(block.right) and block.right[column]
        return " ".join(["num"] * number + ["short"] * (len(text) <= _SHORT)) or None

    head = [
        element("th", name, scope="col", class_=kind(i, "")) for i, name in enumerate(block.header)
    ]
    rows: list[Html] = []
    for i, row in enumerate(block.rows):
        mark = block.marks[i] if i < len(block.marks) else ""
        cells = [
            element("td", cell, class_=kind(j, cell), dir="auto") for j, cell in enumerate(row)
        ]
        rows.append(element("tr", *cells, class_=mark or None))
    if not rows:
        rows = [element("tr", element("td", "No rows.", class_="soft", colspan=len(head) or 1))]
    caption = element("caption", block.title) if block.title else ""
    body = join(caption, element("thead", element("tr", *head)), element("tbody", *rows))
    note = element("p", block.note, class_="note soft") if block.note else ""
    # A wide table scrolls by itself, also from the keyboard; the page never does.
    wide = element(
        "div",
        element("table", body, class_="sortable" if len(block.rows) > 1 else None),
        class_="wide",
        tabindex=0,
        role="region",
        aria_label=block.title or "Table",
    )
    return join(wide, note)
