"""Gain against budget as a page to look at."""

from collections.abc import Iterator
from pathlib import Path

from augmentor import __version__
from augmentor.api.loops.dosed import Doses
from augmentor.audit.doses.dosed import FULL, Dosed, Level
from augmentor.audit.show.dosed import curves_table, doses_table, found_as, levels_table, rules
from augmentor.audit.show.tables import Shown, percent
from augmentor.files.atomic import write_text
from augmentor.recipe.recipe import Recipe
from augmentor.report.curve_model import CurveLine, CurvePlot, CurvePoint
from augmentor.report.model import Block, Page, Section, Table, Text
from augmentor.report.page import render


def write_doses_page(recipe: Recipe, found: Doses) -> Path:
    """Write the report of a round's doses; return its path.

    It holds nothing of when or how fast: the same answers give the same page.
    """
    table = found.table
    figures = [
        ("doses", ", ".join(f"{dose} %" for dose in table.doses)),
        ("trainings a dose", str(table.seeds)),
        ("trained on", f"{table.examples[0]:,} to {table.examples[-1]:,}"),
    ]
    ends = [table.overall.levels[at].value for at in (0, -1)]
    if None not in ends:
        figures.append(("right, all together", " to ".join(percent(one) for one in ends)))
    sections = [
        Section("Gain against budget", "", list(_summary(found))),
        Section("Every dose", "", list(_plots(found))),
        Section("Learning curves", "", [_table(curves_table(table))]),
    ]
    footer = f"augmentor {__version__}, recipe {recipe.spec.name}"
    write_text(found.report, render(Page(f"Doses: {recipe.spec.name}", figures, sections, footer)))
    return found.report


def _summary(found: Doses) -> Iterator[Block]:
    yield _table(doses_table(found.table))
    yield Text("\n\n".join(rules(found.table)))
    worked = ", ".join(f"{name} {count}" for name, count in found.worked.items())
    yield Text(f"New examples of round 1, all of them: {worked}.")
    for note in found.notes:
        yield Text(note, "warn")
    for said in found.allowed:
        yield Text(f"Changed between trainings, and allowed: {said}", "warn")


def _plots(found: Doses) -> Iterator[Block]:
    """Yield a plot of each tag that the round made examples of, of all together, and a table."""
    table = found.table
    shown = [one for one in table.rows if one.levels[-1].size > one.levels[0].size]
    measure = found_as(table.metric)
    for one in (*shown, table.overall):
        yield CurvePlot(
            f"{one.tag} (flat from: {one.flat.say})",
            [CurveLine(measure, list(_points(one)))],
            None,
            [(dose / FULL, f"{dose} %") for dose in table.doses],
            "share of the round's new examples; bars are 95 % intervals",
        )
    yield _table(levels_table(table))


def _points(one: Dosed) -> Iterator[CurvePoint]:
    for level in one.levels:
        if level.value is not None:
            low, high = level.interval or (level.value, level.value)
            yield CurvePoint(
                level.dose / FULL, level.value, low, high, _passes(level, level.value), one.n
            )


def _passes(level: Level, value: float) -> float:
    """Return where the learning curve passes; where there is none, lines join what was found."""
    return value if level.fitted is None else 1 - level.fitted


def _table(shown: Shown) -> Table:
    return Table(shown.header, shown.rows, shown.right, shown.note)
