"""Whether one new example is clear: what the checklist says of it, or a measure of your own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from augmentor.core.example import Target, Waveform
from augmentor.core.verdict import Bound
from augmentor.gate.check import Check
from augmentor.gate.checklist import Checklist
from augmentor.gate.checks import checks
from augmentor.gate.trial import Trial

Clear = Callable[[Trial], bool | None]
"""Whether a new example is clear beside its parent; None: it cannot tell."""

_SPEECH = {"estoi": ">= 0.3"}
"""Asked of sounds where a recipe asks nothing: below, people lose the words."""

NOTHING = "nothing"
"""What is asked where no check can tell."""


@dataclass(frozen=True, slots=True)
class ByChecks:
    """Clear is what no check of clarity fails and one at least passes.

    Parameters
    ----------
    asked : the checks, with their bounds.
    spoils : checks that mean nothing after an operator, by its versioned name.
    """

    asked: tuple[tuple[Check, Bound], ...]
    spoils: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, checklist: Checklist, kind: type[Target]) -> "ByChecks":
        """Return the checks of clarity of a category, or the usual ones where it has none.

        Parameters
        ----------
        checklist : of the category.
        kind : the medium, `Waveform` or `Image`.
        """
        asked = tuple(one for one in checklist.asked if one[0].question == "clarity")
        if not asked and kind is Waveform:
            known = checks(kind)
            asked = tuple((known[key], Bound.parse(text)) for key, text in _SPEECH.items())
        return cls(asked, checklist.spoils)

    def __call__(self, trial: Trial) -> bool | None:
        """Return whether an example is clear."""
        outcomes = {one.outcome for one in Checklist(self.asked, self.spoils).judge(trial)}
        if "fail" in outcomes:
            return False
        return True if "pass" in outcomes else None

    def __str__(self) -> str:
        return " and ".join(f"{check.key} {bound}" for check, bound in self.asked) or NOTHING
