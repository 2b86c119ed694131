"""Trials on fresh models: change one thing, keep the seed, and see whether the loss minds.

Each compares trainings of fresh models of one seed, so that nothing but the change can make a
difference. Where the user's function does not repeat itself, what differs less than two equal
trainings do is "cannot tell".
"""

import itertools
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from augmentor.core.errors import UsageError
from augmentor.gate.overfit.examples import Examples
from augmentor.gate.overfit.fitting import (
    FEWEST,
    Fit,
    Limits,
    batches_of,
    fit,
    number,
    stepped,
)
from augmentor.gate.overfit.items import Item, with_input, with_target
from augmentor.gate.overfit.make import Make
from augmentor.gate.overfit.suspects import Scale, Suspect

LOOK_STEPS = 6
SAME_FRAC = 1e-6
"""Losses that differ by less are the same, but for the order of sums."""
STEADY_FRAC = 1e-3
STUCK_FRAC = 0.7
"""A loss above this share of what guessing gives knows next to nothing of the inputs."""


@dataclass(frozen=True, slots=True)
class Trials:
    """What is needed to try again.

    Parameters
    ----------
    make : the user's function.
    examples : what is learned.
    limits : how long to try.
    deadline : when to stop trying, by ``time.monotonic()``.
    tell : told what is tried, steps done, steps at most.
    """

    make: Make
    examples: Examples
    limits: Limits
    deadline: float
    tell: Callable[[str, int, int], None]

    def again(
        self, what: str, size: int, batches: Iterator[list[Item]], rate: float | None = None
    ) -> Fit | None:
        """Train a fresh model on batches; None where time is up or the step cannot take them."""
        if time.monotonic() > self.deadline:
            return None

        def told(done: int, of: int) -> None:
            self.tell(what, done, of)

        try:
            return fit(self.make(rate), batches, size, self.limits, self.deadline, told)
        except UsageError:
            return None


def nothing_moves(one: Fit) -> Suspect | None:
    """Return a suspect where the loss of one and the same batch never changed by a bit."""
    if one.size != 1 or one.steps < 3 or len(set(one.losses)) > 1:
        return None
    return Suspect(
        "nothing is learned",
        "shown",
        f"the loss of one example is {number(one.first)} at each of {one.steps} steps, to the last "
        "digit",
        "is the optimiser given the model's parameters, is backward() called and step() after it, "
        "is the learning rate above 0, is nothing detached or frozen?",
    )


def ignored(trials: Trials, size: int) -> Suspect | None:
    """Return a suspect where the loss does not look at the target, or the model at the input."""
    batch = _mixed(trials.examples, size, trials.limits)
    if batch is None:
        return None
    same = [with_target(item, batch[0]) for item in batch]
    turned = _turned(batch)
    try:
        base, again, to_one, apart = (
            _looked(trials.make, items) for items in (batch, batch, same, turned)
        )
    except UsageError:
        return None  # targets of unlike shape cannot be exchanged
    if not all(map(math.isfinite, base)):
        return None
    if not _close(base, again, SAME_FRAC):
        return Suspect(
            "a function that does not repeat itself",
            "possible",
            f"two fresh models of one seed on one batch gave losses {number(base[-1])} and "
            f"{number(again[-1])} at step {LOOK_STEPS}; what compares trainings was left out",
            "draw all chance from the seed: the weights, dropout, crops",
        )
    if _close(base, to_one, SAME_FRAC):
        return Suspect(
            "a loss that ignores the target",
            "shown",
            f"with every target replaced by one, the losses of {LOOK_STEPS} steps are the same "
            f"({number(base[0])} to {number(base[-1])})",
            "look whether the loss compares with the item's target, and with nothing of the "
            "input's own",
        )
    if _close(base, apart, SAME_FRAC):
        return _dead(f"with targets exchanged between examples, {LOOK_STEPS} steps")
    return None


def went_dead(trials: Trials, step: Callable[[list[Item]], Any], size: int) -> Suspect | None:
    """Return a suspect where a trained model answers the same whatever it is given.

    Then the mean loss of a batch is the same when targets are exchanged within it.
    """
    batch = _mixed(trials.examples, size, trials.limits)
    if batch is None:
        return None
    try:
        before, apart, after = (stepped(step, items) for items in (batch, _turned(batch), batch))
    except UsageError:
        return None
    if not all(map(math.isfinite, (before, apart, after))):
        return None
    moved = abs(before - after)
    if moved > STEADY_FRAC * abs(before):
        return None
    if abs(apart - (before + after) / 2) > max(2 * moved, SAME_FRAC * abs(before)):
        return None
    return _dead(f"after training, with targets exchanged between examples, it ({number(apart)})")


def _dead(what: str) -> Suspect:
    return Suspect(
        "a dead model: the same output for every input",
        "shown",
        f"{what} gave the same loss as with the right ones",
        "look at the outputs: units that never fire (too high a rate, inputs far off), features "
        "that are zeroed, an input that does not reach the model",
    )


def mixed_within(trials: Trials, size: int, before: Fit, guess: float | None) -> Suspect | None:
    """Return a suspect where batches of one target each are learned, and mixed ones are not.

    What shuffles labels within a batch does no harm there; all else is as hard as before.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(trials.examples.seen[:size]):
        groups[one.target_key].append(place)
    if len(groups) < 2:
        return None

    def batches() -> Iterator[list[Item]]:
        wanted = max(min(size, trials.limits.batch), FEWEST)
        for turn in itertools.count():
            for places in groups.values():
                start = (turn * wanted) % len(places)
                cycle = itertools.cycle(places[start:] + places[:start])
                yield trials.examples.batch(list(itertools.islice(cycle, wanted)))

    found = trials.again("batches of one target", size, batches())
    if found is None or not found.last < before.last / 2 or found.last > found.first / 2:
        return None
    # Some layers forget from batch to batch: what comes down far, from where guessing stays, is
    # enough.
    at_guess = guess is not None and before.last > STUCK_FRAC * guess
    shown = found.outcome == "fits" or (at_guess and found.last < 0.3 * before.last)
    return Suspect(
        "labels shuffled against inputs within the step",
        "shown" if shown else "sign",
        f"in batches whose examples share one target the loss comes to {number(found.last)} in "
        f"{found.steps} steps; in mixed ones it stays at {number(before.last)}",
        "look where the step puts the batch together: inputs and targets must keep one order",
    )


def only_one_target(trials: Trials, size: int, before: Fit, guess: float) -> Suspect | None:
    """Return a suspect where the model learns, but nothing about which input has which target."""
    if not before.last > STUCK_FRAC * guess:
        return None
    examples = trials.examples

    def batches() -> Iterator[list[Item]]:
        for batch in batches_of(examples, size, trials.limits):
            yield [with_target(item, examples.read(0)) for item in batch]

    found = trials.again("one target for all", size, batches())
    if found is None or found.last > 0.3 * found.first:
        return None
    return Suspect(
        "labels shuffled against inputs",
        "sign",
        f"the loss stays at {number(before.last)}, and guessing by how often each target occurs "
        f"gives {number(guess)}; with one target for all the loss comes to {number(found.last)} "
        f"in {found.steps} steps: it learns, but not which input has which target",
        "look for labels that are shuffled anew, for instance each epoch; else the model is too "
        "small or sees too little of the input",
    )


def badly_scaled(trials: Trials, size: int, scale: Scale) -> Suspect | None:
    """Return a suspect where inputs lie far off, and say whether bringing them to 0 and 1 helps."""
    if not scale.odd:
        return None

    def standard(value: Any) -> Any:
        return (value - scale.mean) / scale.std

    batches = (
        [with_input(item, standard) for item in batch]
        for batch in batches_of(trials.examples, size, trials.limits)
    )
    found = trials.again("inputs at mean 0, deviation 1", size, batches)
    helped = ""
    if found is not None and found.outcome == "fits":
        helped = f"; brought to mean 0 and deviation 1 it fits in {found.steps} steps"
    return Suspect(
        "normalisation",
        "shown" if helped else "possible",
        f"{scale}: {scale.odd}{helped}",
        "subtract the mean and divide by the deviation of the training data, the same numbers in "
        "training and in use",
    )


def _mixed(examples: Examples, size: int, limits: Limits) -> list[Item] | None:
    """Return a batch of several targets that exchange can tell apart; None where there is none."""
    count = min(size, limits.batch)
    if examples.targets(count) < 2:
        return None
    return examples.batch(list(range(count)))


def _turned(batch: list[Item]) -> list[Item]:
    """Return a batch with each target moved to the next example: the same targets, elsewhere."""
    return [with_target(item, batch[place - 1]) for place, item in enumerate(batch)]


def _looked(make: Make, batch: list[Item]) -> list[float]:
    """Return the losses of a fresh model's first steps on one batch."""
    step = make(None)
    return [stepped(step, batch) for _ in range(LOOK_STEPS)]


def _close(one: list[float], other: list[float], part: float) -> bool:
    return bool(np.allclose(one, other, rtol=part, atol=0))
