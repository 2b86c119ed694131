"""A performance audit: each way in which a system might go wrong, and whether it does."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from augmentor.audit.checks.check_file import Check
from augmentor.audit.checks.check_reading import read_checks
from augmentor.audit.checks.judged import Judged, judge_rows
from augmentor.audit.checks.judged_groups import judge_groups
from augmentor.audit.checks.measure import Measure, Rows
from augmentor.audit.checks.measures import Measures
from augmentor.audit.figures.metrics import Normalizer
from augmentor.audit.tables.raw import ErrorTable
from augmentor.core.errors import Problem, UsageError
from augmentor.core.verdict import Outcome

SHOWN = 100
"""So many examples with a forbidden word are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What came of one check.

    Parameters
    ----------
    check : as it is written.
    judged : the verdict, and the numbers behind it.
    examples : id and words of examples with forbidden words, the first 100.
    """

    check: Check
    judged: Judged
    examples: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def name(self) -> str:
        """What is to hold."""
        return self.check.spec.name

    @property
    def verdict(self) -> Outcome:
        """Whether it does: pass, fail, or cannot tell with so many examples."""
        return self.judged.verdict

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values, with stable keys."""
        spec = self.check.spec
        judged = asdict(self.judged)
        return {
            "check": spec.name,
            "why": spec.why,
            "signed_off_by": spec.signed_off_by,
            "verdict": judged.pop("verdict"),
            "metric": self.check.metric,
            "class": spec.class_,
            "words": spec.words,
            "tag": spec.tag,
            "slice": spec.slice,
            "between": spec.between,
            "asked": self.check.kind,
            "sign": self.check.sign,
            "bound": self.check.bound,
            **judged,
            "examples": [{"id": name, "words": list(words)} for name, words in self.examples],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of all checks of a file.

    Parameters
    ----------
    path : the file of checks.
    findings : in the order of the file.
    """

    path: str
    findings: tuple[Finding, ...] = field(default=())

    def named(self, verdict: Outcome) -> list[str]:
        """Return the names of the checks with a verdict."""
        return [one.name for one in self.findings if one.verdict == verdict]

    @property
    def unsigned(self) -> list[str]:
        """The names of the checks that no one has signed off."""
        return [one.name for one in self.findings if one.check.spec.signed_off_by is None]

    @property
    def exit_code(self) -> int:
        """1 if a check fails."""
        return int(bool(self.named("fail")))

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values, with stable keys."""
        return {
            "file": self.path,
            "passed": self.named("pass"),
            "failed": self.named("fail"),
            "cannot_tell": self.named("cannot tell"),
            "unsigned": self.unsigned,
            "checks": [one.to_json() for one in self.findings],
        }


def run_checks(table: ErrorTable, path: str | Path, normalize: Normalizer | None = None) -> Checked:
    """Judge a table by a file of checks; see `check_file` for its form.

    A check passes when the whole of what its value may be lies on the right side of the bound,
    and fails when all of it lies on the wrong side; each end of that is wrong in 5 % of cases at
    most. A bound of 0, or of 100 %, is about these examples alone: no number of examples proves
    that something never happens.

    Parameters
    ----------
    table : the examples; their weights do not count here.
    path : the file of checks.
    normalize : what is done to targets and predictions before they are compared.

    Raises
    ------
    UsageError : every mistake in the file, and all that does not fit the table, at once.
    """
    problems: list[Problem] = []
    checks = read_checks(Path(path), problems)
    measures = Measures(table, normalize)
    asked: list[tuple[Check, Measure | None, Rows, Sequence[tuple[str, Rows]]]] = []
    for check in checks:
        rows = measures.rows(check, problems)
        groups = [] if check.kind == "value" else measures.groups(check, rows, problems)
        asked.append((check, measures.of(check, problems), rows, groups))
    if problems:
        raise UsageError(sorted(problems, key=_by_line))
    return Checked(
        path=str(path),
        findings=tuple(
            _finding(table, check, measure, rows, groups)
            for check, measure, rows, groups in asked
            if measure is not None
        ),
    )


def _finding(
    table: ErrorTable,
    check: Check,
    measure: Measure,
    rows: Rows,
    groups: Sequence[tuple[str, Rows]],
) -> Finding:
    unseen = _unseen(table, check)
    if unseen:
        judged = Judged(verdict="cannot tell", n=measure.n(rows), notes=(unseen,))
    elif check.kind == "value":
        judged = judge_rows(check, measure, rows)
    else:
        judged = judge_groups(check, measure, groups)
    named = [row for row in rows.tolist() if row in measure.words] if measure.words else []
    return Finding(
        check=check, judged=judged,
        examples=tuple((table.ids[row], tuple(measure.words[row])) for row in named[:SHOWN]),
    )  # fmt: skip


def _unseen(table: ErrorTable, check: Check) -> str:
    """Say why a check of a tag means nothing: people looked for tags in some rows only."""
    spec = check.spec
    between = [spec.between] if isinstance(spec.between, str) else spec.between or []
    if table.looked_at is None or table.looked_at.all():
        return ""
    if not {spec.tag, *between}.intersection(table.tag_names):
        return ""
    return f"tags were looked for in only {int(table.looked_at.sum())} of {len(table)} examples"


def _by_line(problem: Problem) -> tuple[str, list[int]]:
    """Return the order of problems: by file, then by line and column."""
    file, *place = problem.where.rsplit(":", 2)
    return file, [int(part) for part in place if part.isdigit()]
