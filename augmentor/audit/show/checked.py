"""A performance audit as text, formatted once for the screen and for the report."""

from augmentor.audit.checks.check_file import Check
from augmentor.audit.checks.judged import GroupRow
from augmentor.audit.checks.run import Checked, Finding
from augmentor.audit.priorities.measured import Interval
from augmentor.audit.show.tables import NOTHING, UNDEFINED, Shown, ends, percent, points

UNSIGNED = "unsigned"
_CALLED = {"wer": "WER", "cer": "CER", "f1": "F1"}


def checks_table(checked: Checked) -> Shown:
    """Return all checks with their verdicts, in the order of their file.

    Rates are in per cent, differences of them in points, ratios plain.
    """
    return Shown(
        header=[
            "verdict", "check", "of", "asked", "found", "95 % ends", "n", "signed off by", "note"
        ],
        rows=[_row(one) for one in checked.findings],
        right=[False, False, False, False, True, True, True, False, False],
        soft=[one.verdict == "cannot tell" for one in checked.findings],
        note="Each of the two ends holds with 95 %; a verdict needs the one that is in its way.",
    )  # fmt: skip


def groups_table(finding: Finding) -> Shown:
    """Return the groups that a check compares, the lowest first."""
    exposure = finding.check.metric == "exposure"

    def value(row: GroupRow) -> str:
        return _ratio(row.value) if exposure else percent(row.value)

    def interval(row: GroupRow) -> str:
        return _ratios(row.interval) if exposure else ends(row.interval, 1)

    rows = sorted(
        finding.judged.groups,
        key=lambda row: (row.value is None, 0.0 if row.value is None else row.value),
    )
    named = "over its share" if exposure else metric_of(finding.check)
    return Shown(
        header=["group", "n", named, "95 % interval"],
        rows=[[row.group, str(row.n), value(row), interval(row)] for row in rows],
        right=[False, True, True, True],
        soft=[row.value is None for row in rows],
    )


def examples_table(finding: Finding) -> Shown:
    """Return the examples with forbidden words."""
    return Shown(
        header=["id", "words"],
        rows=[[name, ", ".join(words)] for name, words in finding.examples],
        right=[False, False],
    )


def checks_tables(checked: Checked) -> list[tuple[str, Shown]]:
    """Return all tables of a performance audit with their titles, that of the checks first."""
    tables = [("checks", checks_table(checked))]
    for one in checked.findings:
        if one.judged.groups:
            tables.append((one.name, groups_table(one)))
        if one.examples:
            tables.append((f"{one.name}: examples", examples_table(one)))
    return tables


def metric_of(check: Check) -> str:
    """Return what a check measures, in words."""
    if check.words is not None:
        return f"words of {check.words.name}"
    named = _CALLED.get(check.metric, check.metric.replace("_", " "))
    return named if check.spec.class_ is None else f"{named} of {check.spec.class_}"


def asked_of(check: Check) -> str:
    """Return a check's bound in words."""
    if check.kind == "ratio":
        return f"ratio {check.sign} {check.bound:g}"
    if check.kind == "difference":
        return f"difference {check.sign} {100 * check.bound:g} points"
    return f"{check.sign} {100 * check.bound:g} %"


def _row(finding: Finding) -> list[str]:
    spec, judged = finding.check.spec, finding.judged
    where = [f"tag {spec.tag}"] if spec.tag else []
    where += [spec.slice] if spec.slice else []
    if spec.between is not None:
        named = spec.between if isinstance(spec.between, str) else ", ".join(spec.between)
        where.append(f"between {named}")
    pair = None if judged.low is None or judged.high is None else (judged.low, judged.high)
    kind = finding.check.kind
    found, interval = {
        "value": (percent(judged.value), ends(pair, 1)),
        "difference": (points(judged.value, UNDEFINED), ends(pair, 2)),
        "ratio": (_ratio(judged.value), _ratios(pair)),
    }[kind]
    notes = list(judged.notes)
    if judged.lowest is not None and finding.verdict == "fail":
        notes.insert(0, f"lowest {judged.lowest}, highest {judged.highest}")
    return [
        finding.verdict, spec.name, ", ".join([metric_of(finding.check), *where]),
        asked_of(finding.check), found, interval, str(judged.n), spec.signed_off_by or UNSIGNED,
        "; ".join(notes) or NOTHING,
    ]  # fmt: skip


def _ratio(value: float | None) -> str:
    return UNDEFINED if value is None else f"{value:.2f}"


def _ratios(interval: Interval | None) -> str:
    return NOTHING if interval is None else f"[{interval[0]:.2f}, {interval[1]:.2f}]"
