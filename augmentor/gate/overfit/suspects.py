"""What may keep a training from learning by heart, as far as the examples themselves show it."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from augmentor.core.errors import listed
from augmentor.gate.overfit.examples import Examples, Seen

Sure = Literal["shown", "sign", "possible"]
ORDER: tuple[Sure, ...] = ("shown", "sign", "possible")

FAR_STDS = 5
"""A mean so many deviations from 0 is far: the bias has to travel first."""
LARGE, TINY = 30.0, 1e-4
"""Deviations beyond which inputs are said to be badly scaled."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """One reason why the loss does not come down.

    Parameters
    ----------
    name : what is suspected.
    sure : shown (it was measured, or changing it helped), sign (what was measured fits it), or
        possible.
    measured : the figures.
    advice : what to try.
    """

    name: str
    sure: Sure
    measured: str
    advice: str

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self)


def in_the_examples(examples: Examples, size: int) -> list[Suspect]:
    """Return what the first `size` examples show, after they were read several times."""
    seen = examples.seen[:size]
    found = [
        _changing(examples, size), _not_numbers(seen), _contradictions(seen),
        _constant_inputs(seen), _constant_within(seen),
    ]  # fmt: skip
    return [one for one in found if one is not None]


def _changing(examples: Examples, size: int) -> Suspect | None:
    targets = sorted(place for place in examples.changed_targets if place < size)
    inputs = sorted(place for place in examples.changed_inputs if place < size)
    if targets:
        names = listed((examples.seen[place].id for place in targets), 3)
        return Suspect(
            "labels change against inputs",
            "shown",
            f"read again, {len(targets)} of {size} examples had another target under the same "
            f"index ({names})"
            + (f"; {len(inputs)} another input" if inputs else "; the inputs stayed"),
            "look where inputs and targets are joined: are they shuffled apart, each epoch anew? "
            "Shuffle indices, and read both by the same one",
        )
    if inputs:
        names = listed((examples.seen[place].id for place in inputs), 3)
        return Suspect(
            "data that changes under the same index",
            "sign",
            f"read again, {len(inputs)} of {size} examples had another input ({names}), "
            "with the same target",
            "switch random augmentation off for this check; if there is none, look for shuffling",
        )
    return None


def _not_numbers(seen: Sequence[Seen]) -> Suspect | None:
    bad = [one for one in seen if one.not_numbers]
    if not bad:
        return None
    return Suspect(
        "inputs that are not numbers",
        "shown",
        f"{len(bad)} of {len(seen)} inputs hold NaN or infinite values "
        f"({listed((one.id for one in bad), 3)})",
        "leave these examples out, or mend what computes them (a log of 0, a division by 0)",
    )


def _contradictions(seen: Sequence[Seen]) -> Suspect | None:
    groups: dict[str, list[Seen]] = {}
    for one in seen:
        groups.setdefault(one.input_key, []).append(one)
    torn = [group for group in groups.values() if len({one.target_key for one in group}) > 1]
    if not torn or len(groups) == 1:
        return None
    named = torn[0]
    return Suspect(
        "one input, several targets",
        "shown",
        f"{sum(map(len, torn))} of {len(seen)} examples have an input that occurs with another "
        f"target too, as {named[0].id} ('{named[0].target}') and "
        f"{next(one for one in named if one.target_key != named[0].target_key).id}",
        "no model can learn both: remove duplicates, decide the label",
    )


def _constant_inputs(seen: Sequence[Seen]) -> Suspect | None:
    if len(seen) < 2 or len({one.input_key for one in seen}) > 1:
        return None
    return Suspect(
        "constant inputs",
        "shown",
        f"all {len(seen)} inputs are the same, number by number",
        "look at what reads them: a buffer used again, an index that does not move, a cache "
        "with one key",
    )


def _constant_within(seen: Sequence[Seen]) -> Suspect | None:
    flat = [one for one in seen if one.least == one.most and not one.not_numbers]
    if not flat:
        return None
    return Suspect(
        "constant inputs",
        "shown" if len(flat) > len(seen) / 2 else "sign",
        f"{len(flat)} of {len(seen)} inputs are one number throughout "
        f"({listed((one.id for one in flat), 3)}): silent, or of one colour",
        "look at the files, and at what reads and scales them",
    )


@dataclass(frozen=True, slots=True)
class Scale:
    """Where the numbers of the inputs lie.

    Parameters
    ----------
    mean, std : of all of them; examples count alike.
    least, most : the ends.
    whole : whether they are integers.
    spread : the largest deviation within an example over the smallest.
    """

    mean: float
    std: float
    least: float
    most: float
    whole: bool
    spread: float

    @property
    def odd(self) -> str:
        """What is unusual about it; empty where nothing is."""
        said = []
        if self.std and abs(self.mean) > FAR_STDS * self.std:
            said.append(f"the mean is {abs(self.mean) / self.std:.0f} deviations from 0")
        if self.std > LARGE:
            said.append("the scale is large" + (", integers as stored" if self.whole else ""))
        if 0 < self.std < TINY:
            said.append("the scale is tiny")
        if self.spread > 1000:
            said.append(f"examples differ {self.spread:.0f}-fold in scale")
        return "; ".join(said)

    def __str__(self) -> str:
        return (
            f"inputs have mean {self.mean:.3g}, deviation {self.std:.3g}, "
            f"from {self.least:.3g} to {self.most:.3g}"
        )


def scale_of(examples: Examples, size: int) -> Scale:
    """Return where the numbers of the first `size` inputs lie."""
    seen = examples.seen[:size]
    means, stds = np.array([one.mean for one in seen]), np.array([one.std for one in seen])
    mean = float(means.mean())
    std = math.sqrt(float((stds**2 + (means - mean) ** 2).mean()))
    moving = stds[stds > 0]
    return Scale(
        mean, std, min(one.least for one in seen), max(one.most for one in seen),
        all(one.whole for one in seen),
        float(moving.max() / moving.min()) if len(moving) else 1.0,
    )  # fmt: skip


def guessing_loss(examples: Examples, size: int) -> float | None:
    """Return the cross-entropy of guessing by the shares of the targets alone, in nats.

    None where targets are no classes: hardly any occurs twice.
    """
    counts = Counter(one.target_key for one in examples.seen[:size])
    if not 1 < len(counts) <= size / 2:
        return None
    shares = np.array(list(counts.values())) / size
    return float(-(shares * np.log(shares)).sum())
