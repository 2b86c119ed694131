"""What a round of a loop is, and what a loop found: plain results, told as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from augmentor.audit.comparing.comparison import Comparison
from augmentor.audit.priorities.ranking import Ranking
from augmentor.audit.rounds import Stop

START = 0
"""The number of the round that trains on the source alone."""


@dataclass(frozen=True, slots=True)
class Trained:
    """The trainings of one round, as they were asked.

    Parameters
    ----------
    folder : of the round.
    models : of each training.
    tables : error tables, one a training, by the name of the set that was asked about.
    ranking : of the categories, by the training of middling error.
    model, table : of that training.
    examples : how many it was trained on.
    """

    folder: Path
    models: Sequence[Path]
    tables: Mapping[str, Sequence[Path]]
    ranking: Ranking
    model: Path
    table: Path
    examples: int


@dataclass(frozen=True, slots=True)
class Round:
    """One round: what was made, and what it did.

    Parameters
    ----------
    number : from 1.
    run : folder of the new examples.
    counts : done, rejected, quarantined.
    worked : new examples by category.
    before, trained : the trainings before it and its own.
    change : before and after, on what each round's model is asked about.
    whole : the same since the start.
    test : the same since the start on the test manifests, by name.
    moves : why the ranking changed.
    """

    number: int
    run: Path
    counts: Mapping[str, int]
    worked: Mapping[str, int]
    before: Trained
    trained: Trained
    change: Comparison
    whole: Comparison
    test: Mapping[str, Comparison]
    moves: Sequence[str]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "round": self.number,
            "run": str(self.run),
            "examples": self.trained.examples,
            "counts": dict(self.counts),
            "worked": dict(self.worked),
            "change": self.change.to_json(),
            "since_start": self.whole.to_json(),
            "test": {name: one.to_json() for name, one in self.test.items()},
            "ranking": self.trained.ranking.to_json(),
            "moves": list(self.moves),
        }


@dataclass(frozen=True, slots=True)
class Loop:
    """What a loop did, round by round.

    Parameters
    ----------
    folder : where all of it lies.
    start : the trainings on the source alone.
    rounds : those that were done.
    stop : why it went no further.
    report : the page.
    allowed : what changed between rounds and was let pass.
    notes : what else to know.
    """

    folder: Path
    start: Trained
    rounds: Sequence[Round]
    stop: Stop
    report: Path
    allowed: Sequence[str] = field(default=())
    notes: Sequence[str] = field(default=())

    @property
    def last(self) -> Trained:
        """The last trainings."""
        return self.rounds[-1].trained if self.rounds else self.start

    @property
    def exit_code(self) -> int:
        """0 done; 1 a guarded tag fell; 3 done, but something was quarantined."""
        if self.stop.why == "fell":
            return 1
        return 3 if any(one.counts.get("quarantined") for one in self.rounds) else 0

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "folder": str(self.folder),
            "report": str(self.report),
            "stop": {"why": self.stop.why, "say": self.stop.say, "back_to": self.stop.back_to},
            "start": self.start.ranking.to_json(),
            "rounds": [one.to_json() for one in self.rounds],
            "allowed": list(self.allowed),
            "notes": list(self.notes),
            "exit_code": self.exit_code,
        }
