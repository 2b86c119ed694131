"""What the gate found, as blocks of a page: can it hurt, is it hard, what did the checks cost."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from augmentor.audit.show.tables import percent
from augmentor.gate.hurt import Hurt
from augmentor.report.model import Block, Mark, Table, Text

_MARKS: dict[str, Mark] = {"ok": "good", "caution": "warn", "refuse": "bad"}


def hurt_blocks(hurt: Sequence[Hurt], allowed: Collection[str] = ()) -> list[Block]:
    """Return whether new examples can hurt: a table, and each reason as a sentence.

    Parameters
    ----------
    hurt : what was said of each category.
    allowed : those that are made though they were refused.
    """
    if not hurt:
        return []
    rows = [
        [
            one.category, one.verdict + (", allowed" if one.category in allowed else ""),
            percent(one.share_frac),
            ", ".join(reason.rule for reason in one.reasons),
        ]
        for one in hurt
    ]  # fmt: skip
    table = Table(
        ["category", "verdict", "share of the data after", "why"],
        rows,
        [False, False, True, False],
        marks=[_MARKS[one.verdict] for one in hurt],
        title="Can adding it hurt?",
    )
    said: list[Block] = [
        Text(
            f"'{one.category}': {reason.say}."
            + (" Allowed by --allow." if one.category in allowed else ""),
            "bad" if reason.verdict == "refuse" else "warn",
        )
        for one in hurt
        for reason in one.reasons
    ]
    return [table, *said]


def difficulty_table(found: Sequence[Mapping[str, Any]]) -> Table:
    """Return how hard each category is, and who says so."""
    rows = [
        [
            one["category"], one["by"], one["model"], str(one["n"]), percent(one["error_frac"]),
            "" if one["low"] is None else f"{percent(one['low'])} to {percent(one['high'])}",
            one["bound"], one["outcome"],
        ]
        for one in found
    ]  # fmt: skip
    header = ["category", "asked", "model", "n", "errors", "95 %", "wanted", "verdict"]
    right = [False, False, False, True, True, True, False, False]
    notes = []
    if any(one["by"] == "error table" for one in found):
        notes.append(
            "No model was asked: the error rate of the category's tags in the error table stands "
            "for it, of examples that the model has met."
        )
    if remembered := sum(one["remembered"] for one in found):
        notes.append(f"{remembered} answers were remembered from an earlier run.")
    notes += [
        f"Mean loss on '{one['category']}': {one['mean_loss']:.3g}."
        for one in found
        if one["mean_loss"] is not None
    ]
    return Table(header, rows, right, note=" ".join(notes), title="Difficulty")


def cost_table(cost: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return what each check cost, of an example and in all."""
    rows = [
        [
            name, str(one["calls"]), f"{one['ms_each']:.3f}", f"{one['total_s']:.2f}",
            "" if one["share_frac"] is None else percent(one["share_frac"]),
        ]
        for name, one in cost.items()
    ]  # fmt: skip
    return Table(
        ["check", "times asked", "ms each", "seconds in all", "share of making"],
        rows,
        [False, True, True, True, True],
        note="Of what this start made; seconds of all cores together. Making is reading, "
        "rendering, checking and writing.",
        title="What the checks cost",
    )
