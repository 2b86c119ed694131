"""What a check is: one measure of a new example, with its bound."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from augmentor.core.example import Target
from augmentor.gate.trial import Trial

Question = Literal["realism", "clarity"]


@dataclass(frozen=True, slots=True)
class Check:
    """One measure of the gate.

    Parameters
    ----------
    name : versioned; a changed measure is a new version.
    question : the question of the checklist that it answers.
    measure : the number of a trial, or None where it is undefined.
    default : the bound that holds when a recipe says nothing; None: only on request.
    help : one line for the reader, with the unit.
    kind : the medium that it is for, `Waveform` or `Image`; `Target` for any.
    of_defects : whether it asks about defects, and not at all where no edit was to make one.
    """

    name: str
    question: Question
    measure: Callable[[Trial], float | None]
    default: str | None
    help: str
    kind: type[Target]
    of_defects: bool = False

    @property
    def key(self) -> str:
        """The name without its version: the word a recipe uses."""
        return self.name.rpartition(".")[0]

    def asks(self, trial: Trial) -> bool:
        """Return whether it has anything to ask about a trial."""
        return bool(not self.of_defects or trial.made or trial.asked_for)
