"""Before and after as a page to look at."""

from collections.abc import Mapping
from pathlib import Path

from augmentor.audit.comparing.comparison import FELL, ROSE, Comparison
from augmentor.audit.comparing.comparison import Change as Found
from augmentor.audit.show.compared import comparison_table, neighbour_lines
from augmentor.files.atomic import write_text
from augmentor.report.model import (
    Block,
    Change,
    ChangePlot,
    Mark,
    Page,
    Section,
    SheetPlot,
    SheetTag,
    Table,
    Text,
)
from augmentor.report.page import render

_VERDICTS = {ROSE: "better", FELL: "worse"}
_MARKS: dict[str, Mark] = {ROSE: "good", FELL: "bad"}
_NOTE = (
    "fell: for sure by more than the margin (one-sided, adjusted for all that is guarded). rose: "
    "for sure (adjusted for all tags). held: for sure fell by less than the margin, if at all. "
    "cannot tell: too few examples or runs."
)


def write_compare_page(arms: Mapping[str, Comparison], folder: Path) -> Path:
    """Write the report of one or several comparisons with the same 'before'; return its path."""
    page = folder / "report.html"
    write_text(page, render(Page("Before and after", _summary(arms), [compare_section(arms)])))
    return page


def compare_section(
    arms: Mapping[str, Comparison], title: str = "Before and after", lead: str = ""
) -> Section:
    """Return before and after per tag, one line an arm, and the rubber sheet of each arm."""
    first = next(iter(arms.values()))
    measure = first.metric if first.metric == "accuracy" else f"1 - {first.metric.upper()}"
    rows = [
        _change(one, arm)
        for arm, found in arms.items()
        for one in found.rows
        if one.before is not None and one.after is not None
    ]
    blocks: list[Block] = [ChangePlot("Every tag", list(arms), rows, measure)]
    for arm, found in arms.items():
        blocks += _said(found, arm if len(arms) > 1 else "")
        blocks += _sheet(found, arm if len(arms) > 1 else "", measure)
        shown = comparison_table(found)
        marks = [_MARKS.get(one.verdict, "") for one in (*found.rows, found.overall)]
        blocks.append(
            Table(
                shown.header, shown.rows, shown.right,
                note=f"{_NOTE} Method: {found.method}.", marks=marks, title=arm,
            )
        )  # fmt: skip
    blocks += [
        Text(warning, "warn")
        for warning in dict.fromkeys(said for found in arms.values() for said in found.warnings)
    ]
    margin = f"{100 * first.margin:g}"
    lead += f"Paired: the same examples in both. A fall of up to {margin} points is let pass."
    return Section(title, lead, blocks)


def _summary(arms: Mapping[str, Comparison]) -> list[tuple[str, str]]:
    first = next(iter(arms.values()))
    runs = " + ".join(str(count) for count in first.seeds.values())
    rose = sum(row.verdict == ROSE for row in first.rows)
    return [
        ("examples", f"{first.n:,}"),
        ("runs before + after", runs),
        ("tags that rose", f"{rose} of {len(first.rows)}"),
        ("guarded that fell", ", ".join(first.fell) or "none"),
    ]


def _change(one: Found, arm: str) -> Change:
    assert one.before is not None
    assert one.after is not None
    low, high = one.interval or (None, None)
    return Change(
        one.tag, one.n, one.before, one.after,
        None if low is None else one.before + low,
        None if high is None else one.before + high,
        _VERDICTS.get(one.verdict, one.verdict),
        arm=arm,
    )  # fmt: skip


def _said(found: Comparison, arm: str) -> list[Block]:
    """Return what to read first: a guard that said no, a target that did not rise."""
    where = f"{arm}: " if arm else ""
    said: list[Block] = []
    if found.fell:
        said.append(Text(f"{where}fell, though guarded: {', '.join(found.fell)}", "bad"))
    if found.doubtful:
        doubtful = ", ".join(found.doubtful)
        said.append(Text(f"{where}fell, but perhaps by less than the margin: {doubtful}", "warn"))
    if found.missed:
        said.append(Text(f"{where}was to rise and did not: {', '.join(found.missed)}", "warn"))
    return said


def _sheet(found: Comparison, arm: str, measure: str) -> list[Block]:
    """Return the rubber sheet, and in words what each neighbour did; nothing if none are known."""
    by_name = {row.tag: row for row in found.rows}
    groups = [
        [
            SheetTag(
                one.tag, one.before, one.after, _VERDICTS.get(one.verdict, one.verdict),
                family, one.targeted,
            )
            for one in (by_name[tag] for tag in tags)
            if one.before is not None and one.after is not None
        ]
        for family, tags in found.families
    ]  # fmt: skip
    if not groups:
        return []
    title = "The rubber sheet: near tags hang together"
    blocks: list[Block] = [SheetPlot(f"{title}, {arm}" if arm else title, groups, measure)]
    lines = neighbour_lines(found)
    return [*blocks, Text("\n\n".join(lines))] if lines else blocks
