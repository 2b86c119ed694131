"""Training on a handful of examples until the loss is down, or time is up."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from augmentor.core.errors import AugmentorError, UsageError
from augmentor.gate.overfit.examples import Examples
from augmentor.gate.overfit.items import Item

Outcome = Literal["fits", "does not fit", "diverges", "undefined", "cannot tell"]

DOWN_FRAC = 0.05
"""A loss that fell to this share of its first value is down."""
SMALL = 1e-3
"""And one below this, whatever it was at first."""
BLOWN = 1e6
"""A loss so many times its first value will not come back."""
FEWEST = 4
"""Items of a batch: fewer are repeated, as some layers want more than one."""

Step = Callable[[list[Item]], Any]
"""One optimiser step on a batch of items; returns the loss as a number."""
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to try.

    Parameters
    ----------
    steps : at most, for each size.
    batch : items of a batch, at most.
    floor : the lowest that the loss can be.
    seed : of the order of examples.
    """

    steps: int = 400
    batch: int = 32
    floor: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Fit:
    """What came of training on one number of examples.

    Parameters
    ----------
    size : how many.
    outcome : fits; does not fit; diverges (the loss grew); undefined (it is not a number);
        cannot tell.
    first, last : the loss at the first step, and its mean over the last pass.
    bound : what `last` must reach to fit.
    losses : of every step.
    seconds : it took.
    evidence : why, in one sentence.
    """

    size: int
    outcome: Outcome
    first: float
    last: float
    bound: float
    losses: tuple[float, ...]
    seconds: float
    evidence: str

    @property
    def steps(self) -> int:
        """Optimiser steps that were made."""
        return len(self.losses)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON: what is no number is null, and 50 losses at most."""
        shown = np.unique(np.linspace(0, self.steps - 1, min(self.steps, 50)).astype(int))
        return {
            "size": self.size, "outcome": self.outcome, "first": plain(self.first),
            "last": plain(self.last), "bound": plain(self.bound), "steps": self.steps,
            "seconds": round(self.seconds, 2), "evidence": self.evidence,
            "losses": [[int(at) + 1, plain(self.losses[at])] for at in shown],
        }  # fmt: skip


def plain(value: float) -> float | None:
    """Return a number as JSON knows it, rounded to 6 digits; null where it is none."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


def passes(size: int, limits: Limits) -> Iterator[list[int]]:
    """Yield the places of each batch: every example once before any comes again."""
    chance = np.random.Generator(np.random.Philox(key=[limits.seed, size]))
    wanted = max(min(size, limits.batch), FEWEST)
    queue: list[int] = []
    while True:
        while len(queue) < wanted:
            queue += chance.permutation(size).tolist()
        yield queue[:wanted]
        del queue[:wanted]


def stepped(step: Step, items: list[Item]) -> float:
    """Do one step and return its loss.

    Raises
    ------
    UsageError : the user's function failed, or its loss is no number.
    """
    try:
        loss = step(items)
    except AugmentorError:
        raise
    except Exception as error:
        kind = type(error).__name__
        raise UsageError(f"the step failed on {len(items)} items: {kind}: {error}") from error
    try:
        return float(loss.item() if hasattr(loss, "item") else loss)
    except (TypeError, ValueError, RuntimeError):
        kind = type(loss).__name__
        raise UsageError(
            f"the step returned a {kind}; it must return its loss, the mean over the batch, "
            "as one number"
        ) from None


def fit(
    step: Step,
    batches: Iterator[list[Item]],
    size: int,
    limits: Limits,
    deadline: float,
    tell: Tell = lambda _done, _of: None,
) -> Fit:
    """Train until the loss is down, grew out of hand, or steps or time are used up.

    Parameters
    ----------
    step : of a fresh model.
    batches : what it trains on.
    size : how many examples there are.
    limits : how long to try.
    deadline : when to stop, by ``time.monotonic()``.
    tell : told steps done, and steps at most.
    """
    began = time.monotonic()
    losses: list[float] = []
    window = max(3, -(-size // max(min(size, limits.batch), FEWEST)))
    late = False
    while len(losses) < limits.steps and not late:
        losses.append(stepped(step, next(batches)))
        tell(len(losses), limits.steps)
        bound = bound_of(losses[0], limits.floor)
        if not math.isfinite(losses[-1]) or _blown(losses[-1], losses[0]):
            break
        if len(losses) > window and _mean(losses[-window:]) <= bound:
            break
        late = time.monotonic() > deadline
    if len(losses) < limits.steps:
        tell(len(losses), len(losses))
    outcome, evidence = _judged(losses, window, limits, late=late)
    last = losses[-1] if not math.isfinite(losses[-1]) else _mean(losses[-window:])
    bound = bound_of(losses[0], limits.floor)
    seconds = time.monotonic() - began
    return Fit(size, outcome, losses[0], last, bound, tuple(losses), seconds, evidence)


def bound_of(first: float, floor: float) -> float:
    """Return the loss that counts as down."""
    return floor + max(DOWN_FRAC * (first - floor), SMALL)


def _judged(
    losses: Sequence[float], window: int, limits: Limits, *, late: bool
) -> tuple[Outcome, str]:
    """Return the outcome of a training, and why."""
    first, end, n = losses[0], losses[-1], len(losses)
    last, bound = _mean(losses[-window:]), bound_of(first, limits.floor)
    if not math.isfinite(first):
        return "undefined", f"the loss is {first} at the very first step"
    if not math.isfinite(end):
        peak = max(losses[:-1])
        grew = peak > 10 * abs(first)
        what = f"the loss is {end} at step {n}, after {number(first)}"
        return ("diverges", f"{what} and up to {number(peak)}") if grew else ("undefined", what)
    if _blown(end, first) or last > limits.floor + 2 * max(first - limits.floor, SMALL):
        return "diverges", f"the loss grew from {number(first)} to {number(end)} in {n} steps"
    lowest = min(losses)
    if lowest < limits.floor - SMALL:
        return "cannot tell", (
            f"the loss goes down to {number(lowest)}, below the floor of {number(limits.floor)}; "
            "give the lowest that it can be (--floor)"
        )
    if first <= limits.floor + SMALL:
        return "cannot tell", f"the loss is {number(first)} before anything was learned"
    if last <= bound and n > window:
        return "fits", f"from {number(first)} to {number(last)} in {n} steps"
    if late and n < limits.steps:
        return "cannot tell", f"time was up after {n} steps, with the loss at {number(last)}"
    return "does not fit", f"still {number(last)} after {n} steps; wanted <= {number(bound)}"


def number(value: float) -> str:
    """Return a loss as it is printed."""
    return f"{value:.3g}"


def _blown(loss: float, first: float) -> bool:
    return abs(loss) > BLOWN * max(abs(first), SMALL)


def _mean(losses: Sequence[float]) -> float:
    return float(np.mean(losses))


def batches_of(examples: Examples, size: int, limits: Limits) -> Iterator[list[Item]]:
    """Yield batches of the first `size` examples, without end."""
    return (examples.batch(places) for places in passes(size, limits))
