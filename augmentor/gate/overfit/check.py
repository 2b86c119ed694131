"""The sanity check: can it learn 1, 10 and 100 examples by heart? If not, who is suspected?"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from augmentor.gate.overfit.examples import Examples, Readable, choose
from augmentor.gate.overfit.fitting import Fit, Limits, Step, batches_of, fit, number
from augmentor.gate.overfit.make import Make
from augmentor.gate.overfit.probes import (
    Trials,
    badly_scaled,
    ignored,
    mixed_within,
    nothing_moves,
    only_one_target,
    went_dead,
)
from augmentor.gate.overfit.rates import other_rates
from augmentor.gate.overfit.suspects import (
    ORDER,
    Suspect,
    guessing_loss,
    in_the_examples,
    scale_of,
)

BAD = ("does not fit", "diverges", "undefined")
SIZES_FRAC = 0.6
"""Of the time, for the sizes; what is left is for the suspects."""


@dataclass(frozen=True, slots=True)
class Overfit:
    """Whether a training can learn a handful of examples by heart.

    Parameters
    ----------
    function : the user's, as it was named.
    fits : what came of each size.
    suspects : why not, most certain first.
    notes : what else to know.
    seconds : it all took.
    """

    function: str
    fits: tuple[Fit, ...]
    suspects: tuple[Suspect, ...]
    notes: tuple[str, ...]
    seconds: float

    @property
    def answer(self) -> Literal["yes", "no", "cannot tell"]:
        """Whether the loss comes down for every size."""
        outcomes = [one.outcome for one in self.fits]
        if any(one in BAD for one in outcomes):
            return "no"
        return "cannot tell" if "cannot tell" in outcomes else "yes"

    @property
    def exit_code(self) -> int:
        """0 yes; 1 no, or cannot tell."""
        return 0 if self.answer == "yes" else 1

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "function": self.function,
            "answer": self.answer,
            "sizes": [one.to_json() for one in self.fits],
            "suspects": [one.to_json() for one in self.suspects],
            "notes": list(self.notes),
            "seconds": round(self.seconds, 2),
        }


def check(
    make: Make,
    dataset: Readable,
    sizes: Sequence[int],
    limits: Limits,
    seconds: float,
    tell: Callable[[str, int, int], None],
) -> Overfit:
    """Train on each number of examples, and look for reasons where one is not learned.

    Parameters
    ----------
    make : the user's function.
    dataset : where examples come from.
    sizes : how many to learn, smallest first.
    limits : steps, batch, floor and seed.
    seconds : for all of it; a step that is under way is finished.
    tell : told what is done, how far, of how much.

    Raises
    ------
    UsageError : the function fails, or items are of a form that cannot be looked at.
    """
    began = time.monotonic()
    examples = choose(dataset, max(sizes), limits.seed)
    notes = []
    held = [one for one in sizes if one <= len(examples)]
    if len(held) < len(sizes):
        held = sorted({*held, len(examples)})
        notes.append(f"the data holds {len(examples)} usable examples, so sizes end there")
    if examples.unreadable:
        count, reason = len(examples.unreadable), examples.unreadable[0]
        notes.append(f"{count} examples cannot be read and were passed over; the first: {reason}")
    until = began + SIZES_FRAC * seconds
    fits, steps = [], []
    for size in held:
        what = f"{size} example{'s' if size > 1 else ''}"
        steps.append(make())
        batches = batches_of(examples, size, limits)

        def told(done: int, of: int, what: str = what) -> None:
            tell(what, done, of)

        fits.append(_doubted(fit(steps[-1], batches, size, limits, until, told), examples))
    examples.read_again()
    trials = Trials(make, examples, limits, began + seconds, tell)
    suspects = _suspects(trials, fits, steps)
    return Overfit(
        make.name, tuple(fits), tuple(suspects), tuple(notes), time.monotonic() - began
    )  # fmt: skip


def _doubted(one: Fit, examples: Examples) -> Fit:
    """Return a fit that says nothing as one that says so: any constant answer learns one target."""
    if one.outcome != "fits" or one.size == 1 or examples.targets(one.size) > 1:
        return one
    evidence = f"it fits, but all {one.size} examples have one target: a constant answer would too"
    return Fit(
        one.size, "cannot tell", one.first, one.last, one.bound, one.losses, one.seconds, evidence
    )  # fmt: skip


def _suspects(trials: Trials, fits: Sequence[Fit], steps: Sequence[Step]) -> list[Suspect]:
    """Return who is suspected; dear trials only while nothing cheaper has shown the reason."""
    found = in_the_examples(trials.examples, fits[-1].size)
    failed = [(one, step) for one, step in zip(fits, steps, strict=True) if one.outcome in BAD]
    if not failed:
        return [one for one in found if one.sure == "shown"]
    first = failed[0][0]
    worst, step = next(
        (one for one in failed if trials.examples.targets(one[0].size) > 1), failed[0]
    )
    size = worst.size
    scale, guess = scale_of(trials.examples, size), guessing_loss(trials.examples, size)
    wild = first.outcome != "does not fit"
    looks: list[Callable[[], Suspect | None]] = [
        lambda: nothing_moves(fits[0]),
        lambda: ignored(trials, size),
        lambda: badly_scaled(trials, first.size, scale),
    ]
    rates = [lambda: other_rates(trials, first)]
    shuffled: list[Callable[[], Suspect | None]] = [
        lambda: mixed_within(trials, size, worst, guess),
        lambda: only_one_target(trials, size, worst, guess) if guess is not None else None,
    ]
    looks += [*rates, *shuffled] if wild else [*shuffled, *rates]
    for look in looks:
        if any(one.sure == "shown" for one in found):
            break
        found += [one for one in (look(),) if one is not None]
    if not wild and not any(one.sure == "shown" for one in found):
        found += [one for one in (went_dead(trials, step, size),) if one is not None]
    # What was shown explains it; mere signs may follow from the same.
    shown = [one for one in found if one.sure == "shown"]
    return shown or sorted([*found, *_weak(fits, first)], key=lambda one: ORDER.index(one.sure))


def _weak(fits: Sequence[Fit], first: Fit) -> list[Suspect]:
    """Return what the course of the loss may mean."""
    if first.outcome != "does not fit" or first.steps < 8:
        return []
    third, last = (float(np.mean(part)) for part in np.array_split(first.losses, 4)[2:])
    if last < 0.9 * third:
        return [
            Suspect(
                "too few steps",
                "sign",
                f"the loss still falls: {number(third)} in the third quarter of {first.steps} "
                f"steps, {number(last)} in the last",
                "give more --steps and --seconds, or a higher learning rate",
            )
        ]
    if any(one.outcome == "fits" for one in fits):
        return [
            Suspect(
                "a model that is too small, or held back",
                "possible",
                f"it learns fewer examples, but not {first.size}: the loss stays at {number(last)}",
                "switch off dropout, weight decay and random augmentation for this check; then "
                "try a larger model",
            )
        ]
    if last < 0.8 * first.first:
        return [
            Suspect(
                "a loss that cannot come down to 0",
                "possible",
                f"it fell from {number(first.first)} and settled at {number(last)}",
                "label smoothing and penalties on weights leave a floor: switch them off, or give "
                "it (--floor)",
            )
        ]
    return []
