"""Reports: what the judging and the making rooms found, as pages to look at and listen to."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from augmentor.api.audit_pages import ranking_section
from augmentor.api.compare_pages import compare_section
from augmentor.api.fitted_pages import fitted_plots
from augmentor.api.gate_tables import cost_table, difficulty_table, hurt_blocks
from augmentor.api.planning import Planning, plan
from augmentor.api.realism_pages import realism_section
from augmentor.audit.comparing.comparison import Comparison
from augmentor.audit.show.tables import percent
from augmentor.core.example import Facts, Target, Waveform
from augmentor.core.pictures import Instances
from augmentor.core.verdict import Verdict
from augmentor.files.atomic import write_text
from augmentor.ledger.record import Record, read_records
from augmentor.recipe.planned import Shares
from augmentor.recipe.renderer import read_parent
from augmentor.recipe.stored import stored_picture
from augmentor.report.model import (
    Block,
    Card,
    CardGroup,
    Clip,
    GateCount,
    GatePlot,
    Media,
    Page,
    PicturePair,
    Section,
    SoundPair,
    Table,
    Text,
)  # fmt: skip
from augmentor.report.page import render
from augmentor.sources.manifest import Source
from augmentor.sources.picture import image_of

CARDS = 4
"""Examples of each category in a run's report."""


def run_page(
    planning: Planning,
    records: Sequence[Record],
    summary: Mapping[str, Any],
    folder: Path,
    first: Sequence[Section] = (),
    judged: Sequence[Section] = (),
) -> str:
    """Return the report of a run as HTML; `first` comes first, `judged` after the gate."""
    counts = summary["counts"]
    pictures = planning.recipe.spec.source.kind == "picture"
    sections = [
        *first,
        *([ranking_section(planning.ranking)] if planning.ranking else []),
        plan_section(planning, summary.get("allowed", ())),
        _gate_section(summary),
        *judged,
        *realism_section(planning, summary, folder),
        Section(
            "Look" if pictures else "Listen",
            f"{CARDS} examples of each category, from the "
            + ("faintest edits to the strongest." if pictures else "highest SNR to the lowest."),
            [
                *fitted_plots(planning.recipe, records, folder),
                *(
                    CardGroup(name, [_card(planning, one, folder) for one in chosen])
                    for name, chosen in _chosen(records).items()
                ),
            ],
        ),
    ]
    figures = [
        ("new examples", f"{counts['done']:,}"),
        ("rejected by the gate", f"{counts['rejected']:,}"),
        ("quarantined", f"{counts['quarantined']:,}"),
    ]
    if not pictures:
        seconds = sum(one.duration_s for one in records if one.state == "done")
        figures.append(("minutes of sound", f"{seconds / 60:.1f}"))
    footer = f"augmentor {summary['augmentor']}, seed {summary['seed']}, run {summary['identity']}"
    return render(Page(summary["name"], figures, sections, footer))


def write_loop_page(run: Path, arms: Mapping[str, Comparison], folder: Path) -> Path:
    """Write one report of a whole loop: what came of it, and the run that did it; return its path.

    Parameters
    ----------
    run : the run's folder.
    arms : comparisons with the same 'before', by the name of what was trained.
    folder : where to write ``report.html``.
    """
    page = folder / "report.html"
    summary = json.loads((run / "dataset.json").read_text())
    planning = plan(run / "recipe.yaml")
    text = run_page(planning, read_records(run), summary, run, [compare_section(arms)])
    write_text(page, text)
    return page


def preview_page(planning: Planning, cards: Mapping[str, Sequence[Card]], recipe_name: str) -> str:
    """Return the sheet of a preview as HTML."""
    sections = [
        Section(
            "Examples", "Before and after.", [CardGroup(n, group) for n, group in cards.items()]
        ),
        plan_section(planning),
    ]
    return render(Page(f"Preview: {recipe_name}", [], sections))


def plan_section(planning: Planning, allowed: Sequence[str] = ()) -> Section:
    """Return what was planned and what it does to the data; `allowed` as in `hurt_blocks`."""
    plan = planning.plan
    counts = plan.counts()
    total = sum(counts.values()) or 1
    budget = Table(
        ["category", "new examples", "share"],
        [
            [name, str(counts.get(name, 0)), percent(counts.get(name, 0) / total)]
            for name in planning.recipe.categories
        ],
        [False, True, True],
        title="Budget",
    )
    blocks: list[Block] = [budget, _shares("Tags", plan.tags)]
    if plan.classes:
        blocks.append(_shares("Classes", plan.classes))
    blocks += hurt_blocks(planning.hurt, allowed)
    blocks += [Text(warning, "warn") for warning in plan.warnings]
    blocks += [
        Text(f"'{row.tag}' has a gap but no category: collect examples of it.", "warn")
        for row in planning.collect
    ]
    return Section("Plan", "What is made, and what it does to the balance of the data.", blocks)


def _shares(title: str, shares: Mapping[str, Shares]) -> Table:
    rows = [[n, percent(one.before_frac), percent(one.after_frac)] for n, one in shares.items()]
    return Table(["", "before", "after"], rows, [False, True, True], title=title)


def _gate_section(summary: Mapping[str, Any]) -> Section:
    gate: Mapping[str, Mapping[str, int]] = summary["gate"]
    bars = []
    for name, counts in gate.items():
        unsure = max((n for what, n in counts.items() if what.startswith("cannot")), default=0)
        passed = counts.get("passed", 0)
        rejected = {
            what.removeprefix("rejected: "): n
            for what, n in counts.items()
            if what.startswith("rejected")
        }
        bars.append(GateCount(name, passed - unsure, unsure, rejected))
    rows = [[n, what, str(count)] for n, counts in gate.items() for what, count in counts.items()]
    blocks: list[Block] = [GatePlot("What the gate said", bars)] if bars else []
    blocks.append(Table(["category", "outcome", "examples"], rows, [False, False, True]))
    if summary["difficulty"]:
        blocks.append(difficulty_table(summary["difficulty"]))
    if summary.get("cost"):
        blocks.append(cost_table(summary["cost"]))
    if summary["uses"]:
        rows = [
            [bank, *(f"{use[key]:g}" for key in _USES)] for bank, use in summary["uses"].items()
        ]
        header = ["bank", *(key.replace("_", " ") for key in _USES)]
        note = "Distinct seconds count every stretch of a recording once."
        blocks.append(Table(header, rows, [False] + [True] * len(_USES), note=note, title="Banks"))
    return Section("Gate", "Is it realistic, is it still clear, is it hard?", blocks)


_USES = ("recordings", "uses", "most_uses_of_one", "used_s", "distinct_s", "audible_s")


def _chosen(records: Sequence[Record]) -> dict[str, list[Record]]:
    """Return a few finished examples of each category, evenly from mild to harsh."""
    by_category: dict[str, list[Record]] = {}
    for one in records:
        if one.state == "done":
            by_category.setdefault(one.category, []).append(one)
    chosen = {}
    for name, group in by_category.items():
        group.sort(key=lambda one: (_severity(one), one.id))
        places = np.linspace(0, len(group) - 1, min(CARDS, len(group))).round().astype(int)
        chosen[name] = [group[place] for place in places]
    return chosen


def _severity(record: Record) -> float:
    """Return how harsh an example is: by its SNR, or by how much a defect changed."""
    for edit in record.edits:
        if "snr_db" in edit["params"]:
            return -float(edit["params"]["snr_db"])
    for notes in record.notes:
        if "contrast" in notes:
            return abs(float(notes["contrast"])) * math.sqrt(float(notes.get("area_px", 1)))
    return 0.0


def _card(planning: Planning, record: Record, folder: Path) -> Card:
    row = next(row for row in planning.plan.rows if row.id == record.id)
    parent = read_parent(planning.recipe, row.source)
    if record.width_px:
        child = stored_picture(record, folder)
    else:
        child = planning.recipe.medium.read(Source(Facts(record.id), folder / record.file_name))
    return card(
        record.parent, parent.targets, child, record.edits, record.notes,
        [Verdict(**one) for one in record.verdicts], record.target,
    )  # fmt: skip


def card(
    title: str,
    before: Mapping[str, Target],
    after: Mapping[str, Target],
    edits: Sequence[Mapping[str, Any]],
    notes: Sequence[Mapping[str, Any]],
    verdicts: Sequence[Verdict],
    target: str,
) -> Card:
    """Return one example as a card: before and after, what was done, what the gate said."""
    facts = [("target", target)]
    for edit, noted in zip(edits, notes, strict=True):
        for name, value in edit["params"].items():
            facts.append((f"{edit['step']}: {name}", _word(value)))
        facts += [(f"{edit['step']}: got {name}", _word(value)) for name, value in noted.items()]
    return Card(title, [_pair(before, after)], facts, verdicts)


def _pair(before: Mapping[str, Target], after: Mapping[str, Target]) -> Media:
    """Return what there is to see or hear of an example."""
    parent, child = before.get("wave"), after.get("wave")
    if isinstance(parent, Waveform) and isinstance(child, Waveform):
        return SoundPair(Clip(parent.samples, parent.rate_hz), Clip(child.samples, child.rate_hz))
    instances = after["instances"]
    assert isinstance(instances, Instances)
    made = [one for one in instances.items if one.made]
    return PicturePair(image_of(before).pixels, image_of(after).pixels, made)


def _word(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, Mapping) and "id" in value:
        return f"{value['id']} from {value.get('start_s', 0):.2f} s"
    return ", ".join(map(_word, value)) if isinstance(value, list) else str(value)
