"""What trainings at shares of a round's new examples found, and where it lies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from augmentor.audit.doses.dosed import DoseTable


@dataclass(frozen=True, slots=True)
class Doses:
    """Gain against budget.

    Parameters
    ----------
    folder : of the loop.
    run : folder of the round's new examples.
    counts : done, rejected, quarantined.
    worked : new examples by category.
    table : what was found.
    report : the page.
    points : learning curves, as `priorities: {curves: {points: ...}}` reads them.
    allowed : what changed between trainings and was let pass.
    notes : what else to know.
    """

    folder: Path
    run: Path
    counts: Mapping[str, int]
    worked: Mapping[str, int]
    table: DoseTable
    report: Path
    points: Path
    allowed: Sequence[str] = field(default=())
    notes: Sequence[str] = field(default=())

    @property
    def exit_code(self) -> int:
        """0 done; 3 done, but something was quarantined."""
        return 3 if self.counts.get("quarantined") else 0

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "folder": str(self.folder),
            "run": str(self.run),
            "counts": dict(self.counts),
            "worked": dict(self.worked),
            **self.table.to_json(),
            "report": str(self.report),
            "points": str(self.points),
            "allowed": list(self.allowed),
            "notes": list(self.notes),
            "exit_code": self.exit_code,
        }
