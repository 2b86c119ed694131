"""An audit as a page to look at."""

from dataclasses import replace
from pathlib import Path

from augmentor.api.check_pages import checks_section
from augmentor.audit.checks.run import Checked
from augmentor.audit.detections.report import Detections
from augmentor.audit.detections.show import detection_tables
from augmentor.audit.priorities.audit import Audit
from augmentor.audit.priorities.ranking import Ranking
from augmentor.audit.show.more import (
    class_table,
    confusion_table,
    list_table,
    slice_table,
    split_table,
)
from augmentor.audit.show.tables import Shown, ranking_table
from augmentor.files.atomic import write_text
from augmentor.report.model import Block, Mark, Page, Rank, RankPlot, Section, Table, Text
from augmentor.report.page import render

_WHAT_TO_DO = frozenset(
    ("share of data", "accuracy", "1 - WER", "1 - CER", "baseline", "source", "gap", "gap 95 %",
     "gain", "P(largest)", "score", "action")
)  # fmt: skip
_HOW_SURE = frozenset(
    ("errors", "share of errors", "error rate", "WER", "CER", "95 % interval", "weighted",
     "shrunk", "p", "adjusted p", "gain 95 %", "only here", "on top", "importance", "ease",
     "needs n")
)  # fmt: skip


def write_audit_page(
    audit: Audit, table: Path, folder: Path, checked: Checked | None = None
) -> Path:
    """Write the report of an audit; return its path."""
    page = folder / "report.html"
    whole = audit.ranking.overall
    figures = [("examples", "unknown" if whole.n is None else f"{whole.n:,}")]
    if whole.accuracy is not None:
        name = "accuracy" if audit.ranking.metric in ("accuracy", "error_rate") else "1 - errors"
        figures.append((name, f"{100 * whole.accuracy:.1f} %"))
    if audit.ranking.union_gain is not None:
        figures.append(("all gaps closed", f"+{100 * audit.ranking.union_gain:.2f} points"))
    sections = [ranking_section(audit.ranking)] if audit.ranking.rows else []
    if checked is not None:
        sections.append(checks_section(checked))
    sections += _more(audit)
    write_text(page, render(Page(f"Audit of {table.name}", figures, sections)))
    return page


def ranking_section(ranking: Ranking, title: str = "What is worth fixing") -> Section:
    """Return what is worth working on."""
    ranks = [
        Rank(
            row.tag, row.score, row.gap or 0.0, row.share_frac or 0.0,
            row.importance * row.ease, action=row.action,
            place=f"{row.rank}{'=' if row.tied else ''}",
        )
        for row in ranking.rows
        if row.score
    ]  # fmt: skip
    shown = ranking_table(ranking)
    blocks: list[Block] = [
        _table(_without(shown, _HOW_SURE)),
        _table(_without(shown, _WHAT_TO_DO), "How sure that is"),
    ]
    if ranks:
        blocks.insert(0, RankPlot("Gap x share, weighted", ranks))
    blocks += [Text(warning, "warn") for warning in ranking.warnings]
    return Section(title, "Gap to the baseline x share of the data.", blocks)


def _more(audit: Audit) -> list[Section]:
    """Return a section for everything else that was found."""
    sections = []
    if audit.detections is not None:
        sections.append(_detections(audit.detections))
    if audit.splits:
        lead = "A training error far from the baseline asks for a better model, dev far from "
        blocks: list[Block] = [_table(split_table(audit.splits))]
        sections.append(Section("Splits", f"{lead}train for data.", blocks))
    if audit.classes is not None:
        confusion = confusion_table(audit.classes)
        blocks = [_table(class_table(audit.classes))]
        if confusion is not None:
            blocks.append(_table(confusion, "What was taken for what"))
        sections.append(Section("Classes", "Rows are targets, columns predictions.", blocks))
    if audit.lists is not None:
        blocks = [_table(list_table(audit.lists))]
        sections.append(Section("Ranked lists", "Means over queries.", blocks))
    if audit.slices is not None:
        lead = "Found in one half of the rows, tested on the other."
        sections.append(Section("Slices nobody tagged", lead, [_table(slice_table(audit.slices))]))
    notes: list[Block] = [Text(note, "warn") for note in audit.notes]
    notes += [Text(str(one)) for one in audit.adding]
    if notes:
        sections.append(Section("To know besides", "", notes))
    return sections


def _detections(found: Detections) -> Section:
    """Return what a detector found, and what became of whole pictures."""
    blocks: list[Block] = [_table(shown, title) for title, shown in detection_tables(found)]
    lead = "A detection counts once: it finds one thing of its class, or it is false."
    return Section("Detections", lead, blocks)


def _without(shown: Shown, gone: frozenset[str]) -> Shown:
    """Return a table without some of its columns: the whole would be too wide to read."""
    kept = [at for at, name in enumerate(shown.header) if name not in gone]
    return replace(
        shown,
        header=[shown.header[at] for at in kept],
        rows=[[row[at] for at in kept] for row in shown.rows],
        right=[shown.right[at] for at in kept],
    )


def _table(shown: Shown, title: str = "") -> Table:
    marks: list[Mark] = ["soft" if soft else "" for soft in shown.soft]
    return Table(shown.header, shown.rows, shown.right, shown.note, marks, title)
