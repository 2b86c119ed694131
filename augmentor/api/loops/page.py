"""The report of a loop: what was worked on in each round, what it did, what remains."""

from pathlib import Path

from augmentor import __version__
from augmentor.api.audit_pages import ranking_section
from augmentor.api.compare_pages import compare_section
from augmentor.api.loops.results import Loop
from augmentor.audit.show.compared import signed
from augmentor.audit.show.tables import Shown, percent
from augmentor.files.atomic import write_text
from augmentor.recipe.recipe import Recipe
from augmentor.report.model import Block, Mark, Page, Section, Table, Text
from augmentor.report.page import render

_MARKS: dict[str, Mark] = {"rose": "good", "fell": "bad"}


def write_rounds_page(recipe: Recipe, found: Loop) -> Path:
    """Write the report of a loop; return its path.

    It holds nothing of when or how fast: the same answers give the same page.
    """
    figures = [
        ("rounds", str(len(found.rounds))),
        ("trainings a round", str(len(found.start.models))),
        ("trained on", f"{found.start.examples:,} to {found.last.examples:,}"),
    ]
    if found.rounds:  # the mean of the trainings, as in the tables
        whole = found.rounds[-1].whole
        name = "right" if whole.metric == "accuracy" else f"1 - {whole.metric.upper()}"
        ends = whole.overall.before, whole.overall.after
        figures.append((f"{name}, all together", " to ".join(map(percent, ends))))
    sections = [_summary_section(found)]
    if found.rounds:
        arms = {f"round {one.number}": one.whole for one in found.rounds}
        sections.append(compare_section(arms, "Against the start", "Every round. "))
        for name in found.rounds[-1].test:
            told = {f"round {one.number}": one.test[name] for one in found.rounds}
            lead = "It decides nothing: no round was chosen by it. "
            sections.append(compare_section(told, f"On {name}", lead))
    sections.append(ranking_section(found.last.ranking, "What remains"))
    sections.append(_fixed_section(recipe, found))
    footer = f"augmentor {__version__}, recipe {recipe.spec.name}"
    page = render(Page(f"Loop: {recipe.spec.name}", figures, sections, footer))
    write_text(found.report, page)
    return found.report


def _summary_section(found: Loop) -> Section:
    blocks: list[Block] = [Text(f"{found.stop.say}.", "bad" if found.stop.why == "fell" else "")]
    if found.rounds:
        shown = rounds_table(found)
        whole = found.rounds[-1].whole
        marks = [_MARKS.get(one.verdict, "") for one in (*whole.rows, whole.overall)]
        blocks.append(
            Table(shown.header, shown.rows, shown.right, title="Round by round", marks=marks)
        )
    rows = [
        [
            str(one.number),
            ", ".join(f"{name} {count}" for name, count in one.worked.items()),
            str(one.counts["rejected"]),
            str(one.counts["quarantined"]),
            (one.run / "report.html").relative_to(found.folder).as_posix(),
        ]
        for one in found.rounds
    ]
    if rows:
        header = ["round", "new examples", "rejected", "quarantined", "its report"]
        right = [True, False, True, True, False]
        blocks.append(Table(header, rows, right, title="What was worked on"))
    for one in found.rounds:
        blocks += [Text(f"After round {one.number} {said}.") for said in one.moves]
    blocks += [Text(note, "warn") for note in found.notes]
    return Section("What the loop did", "", blocks)


def rounds_table(found: Loop) -> Shown:
    """Return every tag from the start to the last round, the mean of the trainings."""
    changes = [(*one.whole.rows, one.whole.overall) for one in found.rounds]
    metric = found.rounds[-1].whole.metric
    shown = "" if metric == "accuracy" else f" (1 - {metric.upper()})"
    header = ["tag", "n", f"start{shown}", *(f"round {one.number}" for one in found.rounds)]
    rows = []
    for each in zip(*changes, strict=True):
        last = each[-1]
        values = [percent(one.after) for one in each]
        told = [last.tag, str(last.n), percent(last.before), *values]
        rows.append([*told, signed(last.change), last.verdict])
    right = [False, *([True] * len(header)), False]
    return Shown([*header, "change", "verdict"], rows, right)


def _fixed_section(recipe: Recipe, found: Loop) -> Section:
    """Return what stayed the same, and what did not."""
    train, predict = recipe.spec.train, recipe.spec.predict
    assert train is not None
    assert predict is not None
    rows = [["train", train.command], ["predict", predict.command or str(predict.model)]]
    rows += [[name, str(value)] for name, value in train.hyperparameters.items()]
    blocks: list[Block] = [Table(["", ""], rows, [False, False])]
    blocks += [Text(f"Changed between rounds, and allowed: {one}", "warn") for one in found.allowed]
    return Section("Held fixed", "Only the data changes from round to round.", blocks)
