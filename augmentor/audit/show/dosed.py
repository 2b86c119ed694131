"""Gain against budget as text, formatted once for the screen and for the report."""

from augmentor.audit.doses.dosed import FULL, Dosed, DoseTable
from augmentor.audit.show.compared import signed
from augmentor.audit.show.tables import NOTHING, UNDEFINED, Shown, ends, percent

FIRST_TO_GO = ("n", "next 95 %", "gain 95 %", "gain")


def doses_table(found: DoseTable) -> Shown:
    """Return a row for each tag: every dose, the gain of them all, where it flattens, what next."""
    header = ["tag", "n", *(f"{dose} %" for dose in found.doses), "gain", "gain 95 %", "flat from"]
    right = [*_numbers(header[:-1]), False, True, True]
    rows = [_row(one) for one in (*found.rows, found.overall)]
    return Shown([*header, "next tenth", "next 95 %"], rows, right)


def _row(one: Dosed) -> list[str]:
    last = one.levels[-1]
    return [
        one.tag,
        str(one.n),
        *(percent(level.value) for level in one.levels),
        signed(last.gain),
        ends(last.gain_interval, 2),
        one.flat.say,
        UNDEFINED if one.next_tenth.gain is None else signed(one.next_tenth.gain),
        ends(one.next_tenth.interval, 2),
    ]


def levels_table(found: DoseTable) -> Shown:
    """Return a row for each tag and dose: what was trained on, what came of it."""
    header = ["tag", "dose", "trained on", found_as(found.metric), "95 % interval", "gain"]
    header.append("gain 95 %")
    rows = [
        [
            one.tag,
            f"{level.dose} %",
            f"{level.size:,}",
            percent(level.value),
            ends(level.interval, 1),
            NOTHING if level.dose == 0 else signed(level.gain),
            ends(level.gain_interval, 2),
        ]
        for one in (*found.rows, found.overall)
        for level in one.levels
    ]
    return Shown(header, rows, _numbers(header))


def curves_table(found: DoseTable) -> Shown:
    """Return the learning curve of each tag, or why there is none."""
    header = ["tag", "exponent", "standard error", "off the curve", "a tenth is", "undefined as"]
    rows = []
    for one in (*found.rows, found.overall):
        curve, after = one.curve, one.next_tenth
        numbers = [NOTHING if value is None else f"{value:.3f}" for value in (curve.a, curve.a_se)]
        off = NOTHING if curve.off_frac is None else percent(curve.off_frac)
        tenth = f"{after.examples:.1f} examples"
        rows.append([one.tag, *numbers, off, tenth, after.reason or NOTHING])
    return Shown(header, rows, [*_numbers(header[:-1]), False])


def rules(found: DoseTable) -> list[str]:
    """Return in words how the table was found."""
    points = f"{100 * found.margin:g} points"
    what = (
        f"{FULL} % is all that the round made; each category is there with the same share of its "
        "new examples, and a smaller dose is a part of a larger one."
    )
    flat = (
        f"Flat from: the smallest dose from which on all are as good as {FULL} %: it is sure that "
        f"they lie below it by less than {points} (one-sided, 95 %). A dose is worse where it is "
        "sure that it lies below by more (adjusted for all tags). '25 % or later': a smaller one "
        "is worse, and none is sure to be as good. Where nothing is sure, more trainings or more "
        f"examples would tell. 'Not yet': the largest dose below {FULL} % is worse."
    )
    more = (
        "Next tenth: how many points a tenth more new examples would bring, if the learning curve "
        "b n^-a through all trainings goes on as it is; its interval reaches to what the last two "
        "doses alone would say; undefined where the points are no curve."
    )
    runs = f"{found.seeds} trainings a dose."
    if found.seeds == 1:
        runs = (
            "One training a dose: how much trainings differ by themselves is not known, so a gain "
            "may be one training's luck; give --seeds 3."
        )
    return [what, flat, more, f"{runs} Intervals: {found.method}."]


def undefined(found: DoseTable) -> list[str]:
    """Return why it is undefined what more would buy, of each tag that was worked on."""
    return [
        f"next tenth of '{one.tag}' is undefined: {one.next_tenth.reason}"
        for one in (*found.rows, found.overall)
        if one.next_tenth.reason and one.next_tenth.examples > 0
    ]


def found_as(metric: str) -> str:
    """Return what is told of a metric: what is right."""
    return metric if metric == "accuracy" else f"1 - {metric.upper()}"


def _numbers(header: list[str]) -> list[bool]:
    return [False, *([True] * (len(header) - 1))]
