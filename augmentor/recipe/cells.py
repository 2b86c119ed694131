"""How harsh the edits of one planned example are, and a sample from the mildest to the harshest."""

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import zip_longest

from augmentor.core.distributions import LogUniform, Uniform
from augmentor.core.stream import Stream
from augmentor.recipe.planned import PlanRow
from augmentor.recipe.recipe import Category
from augmentor.recipe.severity import levers_of

CELLS = ("mild", "middle", "harsh")


def cell_of(category: Category, row: PlanRow) -> str:
    """Return which third of a category's severity a row is in; empty where it has no order.

    Severity is 0 to 1, the mean over the parameters that have one: where a drawn number lies
    between the mild end of its distribution and the harsh one.
    """
    drawn = {
        f"{edit.step}.{name}": value for edit in row.edits for name, value in edit.params.items()
    }
    found = [
        _position(one.law, float(drawn[one.name]))
        for one in levers_of(category.steps)
        if one.name in drawn
    ]
    if not found:
        return ""
    severity = sum(found) / len(found)
    return CELLS[min(len(CELLS) - 1, int(severity * len(CELLS)))]


def _position(law: Uniform | LogUniform, value: float) -> float:
    ends = (law.mild, law.harsh)
    if isinstance(law, LogUniform):
        ends, value = (math.log(law.mild), math.log(law.harsh)), math.log(value)
    return min(max((value - ends[0]) / (ends[1] - ends[0]), 0.0), 1.0)


def sample_cells(
    category: Category, rows: Sequence[PlanRow], size: int, lots: Stream
) -> list[tuple[PlanRow, str]]:
    """Return a sample of rows with their cells: as many of each cell as there are, by lots.

    Of each parent one row comes before a second one: answers about one parent are alike.

    Parameters
    ----------
    category, rows : what to choose from.
    size : how many rows at most.
    lots : where chance comes from.
    """
    times: dict[str, int] = defaultdict(int)
    ranked = []
    for row in sorted(rows, key=lambda row: lots.at(row.id).word()):
        times[row.source.facts.id] += 1
        ranked.append((times[row.source.facts.id], row))
    ranked.sort(key=lambda one: one[0])
    cells: dict[str, list[PlanRow]] = {name: [] for name in (*CELLS, "")}
    for _, row in ranked:
        cells[cell_of(category, row)].append(row)
    turns = zip_longest(*cells.values())
    drawn = [
        (row, name)
        for turn in turns
        for name, row in zip(cells, turn, strict=True)
        if row is not None
    ][:size]
    order = [*CELLS, ""]
    return sorted(drawn, key=lambda one: order.index(one[1]))
