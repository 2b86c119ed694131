"""Verdicts on groups: are they surely alike, or surely not, and if neither, what would it take."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import NormalDist

import numpy as np

from augmentor.audit.checks.check_file import Check
from augmentor.audit.checks.fairness import LEVEL, Apart, largest_difference, smallest_ratio
from augmentor.audit.checks.judged import (
    NEVER,
    GroupRow,
    Judged,
    enough,
    in_proportion,
    known,
    too_few,
    verdict_of,
)
from augmentor.audit.checks.measure import Measure, Rows
from augmentor.audit.figures.metrics import Floats
from augmentor.core.errors import listed


def judge_groups(check: Check, measure: Measure, groups: Sequence[tuple[str, Rows]]) -> Judged:
    """Judge how far apart the values of a metric in several groups of rows lie."""
    notes = [measure.note] if measure.note else []
    small = [(name, n) for name, rows in groups if (n := measure.n(rows)) < _least(check)]
    if small:
        notes.append(f"left out, as too small: {_sized(small)}")
    kept = [pair for pair in groups if measure.n(pair[1]) >= _least(check)]
    if _owners_themselves(measure, kept):
        notes.append(f"the {measure.owned_by}s themselves are compared, not what they stand for")
        measure = replace(measure, owner=None)
    if check.metric == "exposure" and kept:
        mean = measure.value(np.concatenate([rows for _, rows in kept]))
        measure = replace(measure, above=measure.above / mean) if mean else measure
    values = np.array([measure.value(rows) for _, rows in kept])
    sizes = [measure.n(rows) for _, rows in kept]
    found = Judged(
        verdict="cannot tell", n=sum(sizes), groups=_rows(measure, kept, values), notes=tuple(notes)
    )
    empty = [kept[at][0] for at in np.flatnonzero(np.isnan(values))]
    if empty:
        notes.append(f"undefined (0/0) in {listed(empty)}: {measure.empty}")
    if len(kept) - len(empty) < 2:
        notes.append("there are no two groups to compare")
        return replace(found, notes=tuple(notes))
    compare = largest_difference if check.kind == "difference" else smallest_ratio
    parts = [rows for _, rows in kept]
    apart = compare(
        values, lambda level: measure.ends(parts, level), measure.correlation(parts, values)
    )
    found = replace(
        found, value=apart.value, low=apart.low, high=apart.high,
        lowest=kept[apart.lowest][0], highest=kept[apart.highest][0],
        verdict=verdict_of(check, apart.low, apart.high),
    )  # fmt: skip
    if found.verdict == "cannot tell":
        wanted = None
        if apart.value is None:
            notes.append("undefined (0/0): every group is at 0")
        elif empty or apart.low is None or apart.high is None:
            notes += [] if empty else [too_few(measure)]
        else:
            wanted = _wanted(check, measure, apart, parts, values)
            notes.append(NEVER if wanted is None else _asked_for(wanted, measure, kept))
        found = replace(found, needed_n=wanted)
    return replace(found, notes=tuple(notes))


def _owners_themselves(measure: Measure, groups: Sequence[tuple[str, Rows]]) -> bool:
    """Whether each group is one speaker or list: then its own rows say how sure its value is."""
    owner = measure.owner
    return owner is not None and all(len(np.unique(owner[rows])) <= 1 for _, rows in groups)


def _wanted(
    check: Check, measure: Measure, apart: Apart, parts: Sequence[Rows], values: Floats
) -> int | None:
    """Return about how many examples of each of two groups would tell.

    The two are those that keep the verdict open: the least surely alike of groups that may be
    alike, or the farthest of those that may not.
    """
    assert apart.value is not None
    alike = check.holds(apart.value)
    first, second = apart.unsure if alike else (apart.highest, apart.lowest)
    if check.kind == "ratio" and not alike:
        first, second = second, first
    z = apart.z_alike if alike else apart.z_apart
    low, high = measure.ends([parts[first], parts[second]], 2 * NormalDist().cdf(z) - 1)
    # Which way each value would have to move for the other verdict.
    scale = check.bound if check.kind == "ratio" else 1.0
    offset = check.bound if check.kind == "difference" else 0.0
    away = values[first] - scale * values[second] - offset
    up, down = (0, 1) if away < 0 else (1, 0)
    reach = (
        abs((high, low)[up][0] - values[first]), scale * abs((high, low)[down][1] - values[second])
    )  # fmt: skip
    spread = sum(
        measure.n(parts[group]) * float(one / z) ** 2
        for group, one in zip((first, second), reach, strict=True)
    )
    return enough(spread, abs(float(away)), z)


def _asked_for(wanted: int, measure: Measure, groups: Sequence[tuple[str, Rows]]) -> str:
    few = [(name, n) for name, rows in groups if (n := measure.n(rows)) < wanted]
    there = f"; there are {_sized(few)}" if few else ""
    return f"needs about {wanted:,} examples of each group{in_proportion(measure)}{there}"


def _rows(
    measure: Measure, groups: Sequence[tuple[str, Rows]], values: Floats
) -> tuple[GroupRow, ...]:
    if not groups:
        return ()
    lows, highs = measure.ends([rows for _, rows in groups], LEVEL, exact=False)
    return tuple(
        GroupRow(
            group=name,
            n=measure.n(rows),
            value=known(value),
            interval=None if np.isnan(low + high) else (float(low), float(high)),
        )
        for (name, rows), value, low, high in zip(groups, values, lows, highs, strict=True)
    )


def _least(check: Check) -> int:
    # A tag or a value without any example is no group; one without any that counts is undefined.
    return check.spec.smallest_group if check.spec.smallest_group > 1 else 0


def _sized(groups: Sequence[tuple[str, int]]) -> str:
    """Return the smallest of some groups with their sizes."""
    return listed([f"{name} {n:,}" for name, n in sorted(groups, key=lambda one: one[1])], 5)
