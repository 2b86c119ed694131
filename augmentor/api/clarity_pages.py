"""What reference models still understood of a sample, in a report."""

from collections.abc import Mapping, Sequence
from typing import Any

from augmentor.api.clarity import alike_told
from augmentor.audit.show.tables import percent
from augmentor.report.model import Block, Mark, Section, Table

_MARKS: Mapping[str, Mark] = {"pass": "good", "fail": "bad", "cannot tell": "warn"}
DOUBTED = 10
"""So many doubted targets are shown of each category."""


def clarity_sections(found: Sequence[Mapping[str, Any]]) -> list[Section]:
    """Return the section on clarity; none where no reference was asked."""
    if not found:
        return []
    blocks: list[Block] = [_verdicts(found), _notes(found)]
    cells = [(one, cell) for one in found for cell in one["cells"]]
    if cells:
        blocks.append(_cells(cells))
    doubted = [(one["category"], each) for one in found for each in one["doubted"][:DOUBTED]]
    if doubted:
        blocks.append(
            Table(
                ["category", "example", "its target", "its clean parent is taken for"],
                [[name, each["id"], each["target"], each["heard"]] for name, each in doubted],
                [False] * 4,
                "They were rejected. Go through the parents: a wrong target teaches a wrong thing.",
                title="Targets to look at",
            )
        )
    lead = "A reference model stands in for people: does it understand what it did before?"
    return [Section("Clarity", lead, blocks)]


def _verdicts(found: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        [
            one["category"], one["reference"], str(one["n"]),
            _share(one["before"], one["n"]), _share(one["after"], one["n"]),
            "undefined" if one["value"] is None else percent(one["value"]), _interval(one),
            one["bound"], one["outcome"], f"{one['spent_s']:.1f} s",
        ]
        for one in found
    ]  # fmt: skip
    header = [
        "category", "reference", "n", "parents", "new", "still", "95 %", "wanted", "verdict", "cost"
    ]  # fmt: skip
    note = (
        "Parents and new: the share that is understood. Still: the share of the understood "
        "parents whose new example is understood too; that is held against what is wanted."
    )
    right = [False, False, *[True] * 5, False, False, True]
    marks = [_MARKS.get(one["outcome"], "") for one in found]
    return Table(header, rows, right, note, marks, title="Still understood")


def _notes(found: Sequence[Mapping[str, Any]]) -> Table:
    """Return what a verdict rests on: the check, what guessing reaches, what was left out."""
    rows = []
    for one in found:
        facts = [one["why"]] if one["why"] else []
        if one["chance"] is not None:
            facts.append(f"guessing reaches {percent(one['chance'])}")
        if one.get("alike"):
            facts.append(f"ambiguous, as it looks alike: {alike_told(one)}")
        facts += [f"{n} not asked about: {why}" for why, n in one["skipped"].items()]
        rows.append([one["category"], one["check"], "; ".join(facts)])
    return Table(["category", "check", "to know"], rows, [False] * 3)


def _cells(cells: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> Table:
    rows = [
        [
            one["category"], cell["severity"], str(cell["n"]),
            "undefined" if cell["value"] is None else percent(cell["value"]), _interval(cell),
        ]
        for one, cell in cells
    ]  # fmt: skip
    header = ["category", "severity", "n", "still", "95 %"]
    return Table(header, rows, [False, False, True, True, True], title="From mild to harsh")


def _share(count: int, n: int) -> str:
    return percent(count / n) if n else "undefined"


def _interval(one: Mapping[str, Any]) -> str:
    return "" if one["low"] is None else f"{percent(one['low'])} to {percent(one['high'])}"
