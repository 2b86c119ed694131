"""Steps: operators in sequence, with chance and branches. Drawing them gives a straight line.

Chance belongs to the recipe: `p`, ``one_of`` and ``some_of`` decide here which operators
draw, so that the record of an example is a plain list of edits.

Where no step is taken by chance, nothing is left of the new example but its parent: a plan
skips such a row and takes the next. A parent that an operator refuses is still served by the
other branches and steps, where the recipe leaves a choice.
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
    p : how likely the step is taken; below 1 it is never taken for a parent that it refuses.
        An example for which no step is taken is not planned.
    weight : how likely it is among its neighbours in a ``one_of``.
    """

    name: str
    operator: Operator
    p: float = 1.0
    weight: float = 1.0

    def draw(self, facts: Facts, stream: Stream) -> list[Edit]:
        """Return the step's edit."""
        return [
            Edit(self.name, self.operator.name, self.operator.draw(facts, stream.at(self.name)))
        ]

    def refuses(self, facts: Facts) -> str:
        """Return why a parent must not get this step, or an empty string."""
        reason = self.operator.refuses(facts)
        return f"step '{self.name}': {reason}" if reason else ""

    def possible(self) -> bool:
        """Return whether the step may ever bring an edit."""
        return self.p > 0

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
        idle = self.operator.idle(params)
        used = {name: value for name, value in params.items() if name not in idle}
        for name, declared in self.operator.params().items():
            if declared.options:
                used |= used.pop(name)
        return {self.operator.name: used} | _siblings(self)


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several steps, by weight; of those that do not refuse the parent."""

    name: str
    steps: tuple["Step", ...]
    p: float = 1.0
    weight: float = 1.0

    def draw(self, facts: Facts, stream: Stream) -> list[Edit]:
        """Return the edits of the branch that is taken."""
        weighty = [step for step in self.steps if step.weight]
        weighty = [step for step in weighty if not step.refuses(facts)] or weighty
        point = stream.at(self.name, "branch").unit() * sum(step.weight for step in weighty)
        for step in weighty:
            point -= step.weight
            if point < 0:
                break
        return draw_steps([step], facts, stream)

    def refuses(self, facts: Facts) -> str:
        """Return why a parent must get none of the branches, or an empty string."""
        reasons = [step.refuses(facts) for step in self.steps if step.weight]
        return reasons[0] if reasons and all(reasons) else ""

    def possible(self) -> bool:
        """Return whether the step may ever bring an edit."""
        return self.p > 0 and any(step.possible() for step in self.steps if step.weight)

    def walk(self) -> Iterator[OpStep]:
        """Yield every operator that may be drawn."""
        for step in self.steps:
            yield from step.walk()

    def spec(self) -> dict[str, JSON]:
        """Return the step as a recipe writes it."""
        return {"one_of": [step.spec() for step in self.steps]} | _siblings(self)


@dataclass(frozen=True, slots=True)
class SomeOf:
    """Several of several steps, all alike, taken in the order they are written.

    Those that refuse the parent are left out.
    """

    name: str
    steps: tuple["Step", ...]
    count: int
    p: float = 1.0
    weight: float = 1.0

    def draw(self, facts: Facts, stream: Stream) -> list[Edit]:
        """Return the edits of the steps that are taken."""
        able = [i for i, step in enumerate(self.steps) if not step.refuses(facts)]
        lots = sorted(
            able if len(able) >= self.count else range(len(self.steps)),
            key=lambda i: stream.at(self.name, "lot", self.steps[i].name).word(),
        )
        taken = sorted(lots[: self.count])
        return draw_steps([self.steps[i] for i in taken], facts, stream)

    def refuses(self, facts: Facts) -> str:
        """Return why a parent must not get so many of the steps, or an empty string."""
        reasons = [reason for step in self.steps if (reason := step.refuses(facts))]
        return reasons[0] if len(self.steps) - len(reasons) < self.count else ""

    def possible(self) -> bool:
        """Return whether the step may ever bring an edit."""
        return self.p > 0 and any(step.possible() for step in self.steps)

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


def draw_steps(steps: Sequence[Step], facts: Facts, stream: Stream) -> list[Edit]:
    """Return the edits of one example, from a stream named by category, parent, copy and try.

    A step that is a matter of chance is not taken where it refuses the parent. Whether the
    certain ones do is for `refusal` to say before.
    """
    edits: list[Edit] = []
    for step in steps:
        # Chance has the name 0, which no parameter can have, not even one that is called p.
        if step.p >= 1 or (stream.at(step.name, 0).unit() < step.p and not step.refuses(facts)):
            edits += step.draw(facts, stream)
    return edits


def refusal(steps: Sequence[Step], facts: Facts) -> str:
    """Return why a parent must not get these steps, or an empty string.

    It must not where a step that is always taken refuses it, or where every step does.
    """
    possible = [step for step in steps if step.possible()]
    reasons = [step.refuses(facts) for step in possible]
    for step, reason in zip(possible, reasons, strict=True):
        if reason and (step.p >= 1 or all(reasons)):
            return reason
    return ""
