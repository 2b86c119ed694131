"""Whether the learning rate is to blame: fresh models are trained with others."""

import itertools
from dataclasses import replace

import numpy as np

from augmentor.gate.overfit.fitting import Fit, batches_of, number
from augmentor.gate.overfit.probes import Trials
from augmentor.gate.overfit.suspects import Suspect

RATES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
FACTORS = (0.1, 10.0, 0.01, 100.0, 0.001, 1000.0)


def other_rates(trials: Trials, before: Fit) -> Suspect | None:
    """Return a suspect where another learning rate fits, or where the loss looks like one."""
    make = trials.make
    if not make.takes_rate:
        return _looks_like_rate(before)
    base = make.base_rate
    rates = [base * factor for factor in FACTORS] if base else list(RATES)
    limits = replace(trials.limits, steps=min(trials.limits.steps, 200))
    trials = replace(trials, limits=limits)
    for rate in rates:
        batches = batches_of(trials.examples, before.size, limits)
        found = trials.again(f"learning rate {rate:g}", before.size, batches, rate)
        if found is not None and found.outcome == "fits":
            which = "" if not base else ": too low" if rate > base else ": too high"
            own = f"{base:g}" if base else "its own"
            return Suspect(
                f"learning rate{which}",
                "shown",
                f"with {rate:g}, {_examples(before.size)} fit in {found.steps} steps; with {own} "
                "the loss went from "
                f"{number(before.first)} to {number(before.last)} in {before.steps} steps",
                f"train with about {rate:g}",
            )
    return None


def _looks_like_rate(before: Fit) -> Suspect | None:
    advice = (
        "let your function take learning_rate, so that others are tried here; or try a tenth, "
        "and ten times as much"
    )
    said = f"the loss went from {number(before.first)} to {number(before.last)} in {before.steps}"
    if before.outcome == "diverges":
        return Suspect("learning rate: too high", "sign", f"{said} steps", advice)
    if before.outcome != "does not fit" or before.last <= before.first / 2:
        return None
    parts = [float(np.mean(part)) for part in np.array_split(before.losses, 4)]
    if all(later < sooner for sooner, later in itertools.pairwise(parts)):
        return Suspect(
            "learning rate: too low", "possible", f"{said} steps, slowly all the way", advice
        )
    return None


def _examples(size: int) -> str:
    return f"{size} example{'s' if size > 1 else ''}"
