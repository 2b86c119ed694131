"""A performance audit as a part of a page."""

from collections.abc import Sequence

from augmentor.audit.checks.run import Checked, Finding
from augmentor.audit.show.checked import checks_table, examples_table, groups_table
from augmentor.report.model import Block, Mark, Section, Table, Text

_MARKS: dict[str, Mark] = {"pass": "good", "fail": "bad", "cannot tell": "warn"}


def checks_section(checked: Checked) -> Section:
    """Return the verdicts, and what stands behind each."""
    shown = checks_table(checked)
    marks = [_MARKS[one.verdict] for one in checked.findings]
    blocks: list[Block] = [Table(shown.header, shown.rows, shown.right, shown.note, marks)]
    if checked.unsigned:
        blocks.append(Text(f"Signed off by no one: {', '.join(checked.unsigned)}.", "warn"))
    for one in checked.findings:
        blocks += _behind(one)
    counts = ", ".join(
        f"{len(names)} {said}"
        for said, names in (
            ("passed", checked.named("pass")),
            ("failed", checked.named("fail")),
            ("cannot be told", checked.named("cannot tell")),
        )
    )
    return Section(
        "Performance audit", f"Ways in which the system might go wrong: {counts}.", blocks
    )


def _behind(finding: Finding) -> Sequence[Block]:
    blocks: list[Block] = []
    if finding.judged.groups:
        shown = groups_table(finding)
        judged = finding.judged
        marks: list[Mark] = [
            "bad" if finding.verdict == "fail" and row[0] in (judged.lowest, judged.highest) else ""
            for row in shown.rows
        ]
        why = finding.check.spec.why or ""
        blocks.append(Table(shown.header, shown.rows, shown.right, why, marks, title=finding.name))
    if finding.examples:
        shown = examples_table(finding)
        title = f"{finding.name}: examples"
        blocks.append(Table(shown.header, shown.rows, shown.right, title=title))
    return blocks
