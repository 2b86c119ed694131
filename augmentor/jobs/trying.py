"""Edits tried on a parent without keeping what comes of it: is it clear, and what is seen?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from augmentor.core.example import Example, Facts, Waveform
from augmentor.core.operator import Edit
from augmentor.core.pictures import Image, Instances
from augmentor.gate.trial import Trial
from augmentor.gate.tuning.clarity import Clear
from augmentor.jobs.output import seen_of
from augmentor.recipe.recipe import Recipe
from augmentor.recipe.renderer import read_parent, reason_of, render
from augmentor.sources.manifest import Source
from augmentor.sources.measure import check_unchanged


@dataclass(frozen=True, slots=True)
class Attempt:
    """One parent, and all that is tried on it.

    Parameters
    ----------
    category : whose clarity is asked, and whose class a new example has.
    source : the parent.
    edits : as many new examples; no edits make the parent itself.
    """

    category: str
    source: Source
    edits: tuple[tuple[Edit, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """What came of one new example.

    Parameters
    ----------
    clear : whether it is; None where that cannot be told.
    seen : what a model is shown; None where no example came of it.
    reason : why none did.
    """

    clear: bool | None
    seen: NDArray[Any] | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Trying:
    """Tries edits; picklable, so that any engine can map it.

    Parameters
    ----------
    recipe : with the banks.
    clear : the measure of clarity of each category.
    """

    recipe: Recipe
    clear: Mapping[str, Clear]

    def __call__(self, attempts: Sequence[Attempt]) -> list[list[Tried]]:
        """Try everything on every parent."""
        return [self.one(attempt) for attempt in attempts]

    def one(self, attempt: Attempt) -> list[Tried]:
        """Try everything on one parent, which is read once."""
        try:
            parent = read_parent(self.recipe, attempt.source)
            check_unchanged(attempt.source, self.recipe.medium, parent.targets)
        except Exception as error:  # noqa: BLE001 - a strange file costs its examples, not the job
            return failed(attempt, reason_of(error, "reading"))
        return [self._tried(attempt.category, parent, edits) for edits in attempt.edits]

    def _tried(self, name: str, parent: Example, edits: tuple[Edit, ...]) -> Tried:
        try:
            child = render(self.recipe, parent, edits)
            if edits:
                child = self.recipe.categories[name].labelled(child)
            return Tried(self.clear[name](Trial(parent, child)), seen_of(child))
        except Exception as error:  # noqa: BLE001 - nor does an operator
            return Tried(None, None, reason_of(error))


def seen_again(name: str, seen: NDArray[Any], rate_hz: int) -> Example:
    """Return an example that holds nothing but what a model is shown.

    Parameters
    ----------
    name : its id.
    seen : as `seen_of` gives it.
    rate_hz : of a sound; a picture has none.
    """
    if seen.ndim == 1:
        return Example(Facts(name), {"wave": Waveform(seen, rate_hz)})
    return Example(Facts(name), {"image": Image(seen), "instances": Instances(())})


def failed(attempt: Attempt, reason: str) -> list[Tried]:
    """Return what is said of a parent that cannot be used."""
    return [Tried(None, None, reason) for _ in attempt.edits]
