"""What tuning found as a page: a plot of each axis, and the ranges before and after."""

from collections.abc import Sequence

from augmentor.api.tuned import Tuned, Tuning, percent, shown
from augmentor.gate.tuning.curves import Curve
from augmentor.report.curve_model import CurveLine, CurvePlot, CurvePoint
from augmentor.report.model import Block, Mark, Page, Section, Table, Text
from augmentor.report.page import render

_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def table(tuning: Tuning) -> tuple[list[str], list[list[str]], list[bool]]:
    """Return the table that says it all: header, rows, and which columns hold numbers.

    The last columns are measured on other parents: clear, what each reference still
    understands, and the model's errors.
    """
    checks = list(dict.fromkeys(key for one in tuning.found for key in one.clean_kept))
    header = ["category", "parameter", "was", "now", "clear", *checks, "errors"]
    rows = [row for one in tuning.found for row in _rows(one, checks)]
    return header, rows, [at >= 4 for at in range(len(header))]


def tuning_page(name: str, tuning: Tuning) -> str:
    """Return the curves as HTML.

    Parameters
    ----------
    name : the recipe's.
    tuning : what was found.
    """
    marks: list[Mark] = []
    for one in tuning.found:
        marks += ["good" if one.outcome == "band" else "warn"] * max(1, len(one.axis.levers))
    header, rows, right = table(tuning)
    checks = ", ".join(header[5:-1])
    kept = f", what a reference still understands of clean ({checks})" if checks else ""
    whole = Table(
        header, rows, right, marks=marks,
        note=f"Clear (over the clean parents){kept} and errors: inside the band, on other parents "
        "than those it was found on, with 95 % intervals.",
    )  # fmt: skip
    bands = sum(one.outcome == "band" and not one.axis.recording for one in tuning.found)
    summary = [
        ("bands found", str(bands)),
        ("examples tried", f"{sum(one.tried for one in tuning.found):,}"),
        ("model", tuning.model or "none asked"),
    ]
    sections = [
        Section("Ranges", "Where people still understand and the model does not.", [whole]),
        Section(
            "Curves",
            "How many are clear and how often the model errs, from mild to harsh. Whiskers are "
            "95 % intervals; the line is the monotone one that fits best.",
            [block for one in tuning.found for block in _blocks(one)],
        ),
    ]
    return render(Page(f"Tuned: {name}", summary, sections))


def _rows(one: Tuned, checks: Sequence[str]) -> list[list[str]]:
    """Return what was found along one axis as rows of a table."""
    kept = one.kept if one.outcome == "band" else None
    measured = [""] * (len(checks) + 2)
    if kept is not None:
        points = [kept.clear, *(kept.kept.get(key) for key in checks), kept.errs]
        measured = [percent(point) for point in points]
    if not one.axis.levers:
        return [[one.axis.name, "", "", one.outcome, *measured]]
    rows = []
    for place, lever in enumerate(one.axis.levers):
        law = one.laws.get((lever.step, lever.param))
        ends = (lever.law, *([law] if law else []))
        was, now = [*(_ends(end.mild, end.harsh, lever.unit) for end in ends), one.outcome][:2]
        first = place == 0
        rows.append(
            [one.axis.name if first else "", lever.name, was, now]
            + (measured if first else [""] * len(measured))
        )
    return rows


def _ends(mild: float, harsh: float, unit: str) -> str:
    return f"{shown(mild, '')} to {shown(harsh, unit)}"


def _blocks(one: Tuned) -> list[Block]:
    found = one.found
    said = f"{one.axis.name}: {one.said}."
    if one.unmade:
        reason, count = max(one.unmade.items(), key=lambda item: item[1])
        said += f" {sum(one.unmade.values())} could not be made or used, {count} of them: {reason}."
    curves = [found.clear, found.errs, *found.kept.values()] if found else []
    if any(curve.strays() for curve in curves if curve):
        said += (
            " A curve turns back: no monotone line passes through all its intervals, so that the "
            "ends of the band are less sure than they look."
        )
    blocks: list[Block] = []
    if found is not None and one.axis.levers:
        goal = found.goal
        lines = [CurveLine("clear, over the clean parents", _points(found.clear), goal.clear)]
        lines = lines if found.clear.points else []
        lines += [
            CurveLine(f"{key}: still understood", _points(curve), goal.kept[key])
            for key, curve in found.kept.items()
        ]
        if found.errs is not None:
            lines.append(CurveLine("errors of the model", _points(found.errs), goal.error))
        band = found.band
        lever = one.axis.levers[0]
        blocks.append(
            CurvePlot(
                one.axis.name, lines, None if band is None else (band.mild, band.harsh),
                [(place, shown(lever.at(place), lever.unit)) for place in _TICKS],
                f"{lever.name}, from mild to harsh"
                + (f", and {len(one.axis.levers) - 1} more with it" if one.axis.levers[1:] else ""),
            )
        )  # fmt: skip
    blocks.append(Text(said, "good" if one.outcome == "band" else "warn"))
    return blocks


def _points(curve: Curve) -> Sequence[CurvePoint]:
    return [
        CurvePoint(one.severity, one.value, one.low, one.high, fitted, one.n)
        for one, fitted in zip(curve.points, curve.fitted, strict=True)
    ]
