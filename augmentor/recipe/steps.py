"""Steps: operators in sequence, with chance and branches. Drawing them gives a straight line.

Chance belongs to the recipe: `p`, ``one_of`` and ``some_of`` decide here which operators
draw, so that the record of an example is a plain list of edits.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from augmentor.core.distributions import JSON
from augmentor.core.example import Facts
from augmentor.core.operator import Edit, Operator
from augmentor.core.stream import Stream


@dataclass(frozen=True, slots=True)
class OpStep:
    """One operator.

    Parameters
    ----------
    name : unique in its category; part of the path of every draw.
    operator : a distribution over edits.
    p : how likely the step is taken.
    weight : how likely it is among its neighbours in a ``one_of``.
    """

    name: str
    operator: Operator
    p: float = 1.0
    weight: float = 1.0

    def draw(self, facts: Facts, stream: Stream) -> Iterator[Edit]:
        """Yield the step's edit."""
        yield Edit(self.name, self.operator.name, self.operator.draw(facts, stream.at(self.name)))

    def walk(self) -> Iterator["OpStep"]:
        """Yield every operator that may be drawn."""
        yield self

    def spec(self) -> dict[str, JSON]:
        """Return the step as a recipe writes it, every parameter spelt out."""
        params = {
            name: getattr(self.operator, name).spec()
            for name in self.operator.params()
            if getattr(self.operator, name) is not None
            and getattr(self.operator, name).spec() is not None
        }
        return {self.operator.name: params} | _siblings(self)


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several steps, by weight."""

    name: str
    steps: tuple["Step", ...]
    p: float = 1.0
    weight: float = 1.0

    def draw(self, facts: Facts, stream: Stream) -> Iterator[Edit]:
        """Yield the edits of the branch that is taken."""
        weighty = [step for step in self.steps if step.weight]
        point = stream.at(self.name, "branch").unit() * sum(step.weight for step in weighty)
        for step in weighty:
            point -= step.weight
            if point < 0:
                break
        yield from draw_steps([step], facts, stream)

    def walk(self) -> Iterator[OpStep]:
        """Yield every operator that may be drawn."""
        for step in self.steps:
            yield from step.walk()

    def spec(self) -> dict[str, JSON]:
        """Return the step as a recipe writes it."""
        return {"one_of": [step.spec() for step in self.steps]} | _siblings(self)


@dataclass(frozen=True, slots=True)
class SomeOf:
    """Several of several steps, all alike, taken in the order they are written."""

    name: str
    steps: tuple["Step", ...]
    count: int
    p: float = 1.0
    weight: float = 1.0

    def draw(self, facts: Facts, stream: Stream) -> Iterator[Edit]:
        """Yield the edits of the steps that are taken."""
        lots = sorted(
            range(len(self.steps)),
            key=lambda i: stream.at(self.name, "lot", self.steps[i].name).word(),
        )
        taken = sorted(lots[: self.count])
        yield from draw_steps([self.steps[i] for i in taken], facts, stream)

    def walk(self) -> Iterator[OpStep]:
        """Yield every operator that may be drawn."""
        for step in self.steps:
            yield from step.walk()

    def spec(self) -> dict[str, JSON]:
        """Return the step as a recipe writes it."""
        inner = {"count": self.count, "steps": [step.spec() for step in self.steps]}
        return {"some_of": inner} | _siblings(self)


Step = OpStep | OneOf | SomeOf


def _siblings(step: Step) -> dict[str, JSON]:
    return {"name": step.name, "p": step.p, "weight": step.weight}


def draw_steps(steps: Sequence[Step], facts: Facts, stream: Stream) -> Iterator[Edit]:
    """Yield the edits of one example, from a stream named by category, parent, copy and try."""
    for step in steps:
        # Chance has the name 0, which no parameter can have, not even one that is called p.
        if step.p >= 1 or stream.at(step.name, 0).unit() < step.p:
            yield from step.draw(facts, stream)


def refusal(steps: Sequence[Step], facts: Facts) -> str:
    """Return why a parent must not get these steps, or an empty string."""
    for step in steps:
        for one in step.walk():
            reason = one.operator.refuses(facts)
            if reason:
                return f"step '{one.name}': {reason}"
    return ""
