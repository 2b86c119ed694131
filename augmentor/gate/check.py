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
    applies : whether there is anything to ask about a trial; None: always.
    """

    name: str
    question: Question
    measure: Callable[[Trial], float | None]
    default: str | None
    help: str
    kind: type[Target]
    applies: Callable[[Trial], bool] | None = None

    @property
    def key(self) -> str:
        """The name without its version: the word a recipe uses."""
        return self.name.rpartition(".")[0]

    def asks(self, trial: Trial) -> bool:
        """Return whether it has anything to ask about a trial."""
        return self.applies is None or self.applies(trial)
