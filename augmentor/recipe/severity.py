"""Severity as one axis: a category with its harshness fixed, or held within a band.

A distribution is a quantile function, mild to harsh. So a step of a stated severity is the step
with some parameters fixed at that quantile, while seeds, picks and places are drawn as ever.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import floor, log10

from augmentor.core.distributions import JSON, Constant, Distribution, LogUniform, Pick, Uniform
from augmentor.core.errors import UsageError, listed, nearest
from augmentor.core.operator import Operator
from augmentor.recipe.recipe import Category
from augmentor.recipe.steps import OneOf, OpStep, Step
from augmentor.sources.bank import Bank

_PLACES = ("x_frac", "y_frac")
_GRAIN = 200  # a band's ends are written to this part of its width


@dataclass(frozen=True, slots=True)
class Lever:
    """One parameter that moves with severity.

    Parameters
    ----------
    step, param : their names in the category.
    law : its distribution as the recipe has it.
    unit : of its numbers.
    """

    step: str
    param: str
    law: Uniform | LogUniform
    unit: str

    @property
    def name(self) -> str:
        """The word for it on the command line: ``mix_noise.snr_db``."""
        return f"{self.step}.{self.param}"

    def at(self, severity: float) -> float:
        """Return its value at a severity, 0 to 1."""
        return float(self.law.at(severity))

    def within(self, mild: float, harsh: float) -> Uniform | LogUniform:
        """Return its distribution between two severities, with readable ends inside them."""
        first, last = self.at(mild), self.at(harsh)
        step = Decimal(10) ** floor(log10(abs(last - first) / _GRAIN))
        inward = (ROUND_CEILING, ROUND_FLOOR) if first < last else (ROUND_FLOOR, ROUND_CEILING)
        ends = [
            float((Decimal(end) / step).to_integral_value(way) * step)
            for end, way in zip((first, last), inward, strict=True)
        ]
        return type(self.law)(
            self.law.mild if mild <= 0 else ends[0], self.law.harsh if harsh >= 1 else ends[1]
        )


@dataclass(frozen=True, slots=True)
class Axis:
    """What is tuned by itself: a category, or one branch of it, or one recording in it.

    Parameters
    ----------
    category : with its chance taken out: the step that is tuned is always taken.
    branch : the branch of a ``one_of``, or empty.
    recording : the only recording that is used, or empty.
    levers : what moves; none where nothing has an order of severity.
    """

    category: Category
    branch: str
    recording: str
    levers: tuple[Lever, ...]

    @property
    def name(self) -> str:
        """Its name for the reader."""
        parts = (self.category.name, self.branch, self.recording)
        return ": ".join(part for part in parts if part)

    def at(self, severity: float) -> Category:
        """Return the category with every lever fixed at a severity."""
        return _changed(
            self.category, {one.name: Constant(one.at(severity)) for one in self.levers}
        )

    def within(self, mild: float, harsh: float) -> Category:
        """Return the category with every lever held between two severities."""
        return _changed(self.category, {one.name: one.within(mild, harsh) for one in self.levers})


def axes_of(category: Category, chosen: Sequence[str] = ()) -> list[Axis]:
    """Return what is tuned in a category: each branch of a ``one_of`` by itself, or all of it.

    Parameters
    ----------
    category : of a recipe.
    chosen : names of levers, ``step.param``; the others stay as they are. By default all that
        are ``uniform`` or ``log_uniform`` move together, but angles and places.
    """
    found = []
    for at, step in enumerate(category.steps):
        for branch in step.steps if isinstance(step, OneOf) else ():
            if branch.weight and (levers := levers_of([branch], chosen)):
                steps = (*category.steps[:at], branch, *category.steps[at + 1 :])
                found.append(_sure(replace(category, steps=steps), branch.name, levers))
    if not found:
        found.append(_sure(category, "", levers_of(category.steps, chosen)))
    return found


def levers_of(steps: Sequence[Step], chosen: Sequence[str] = ()) -> tuple[Lever, ...]:
    """Return the parameters of some steps that have an order of severity."""
    return tuple(
        one
        for step in steps
        for each in step.walk()
        for one in _levers(each)
        if (one.name in chosen if chosen else one.unit != "deg" and one.param not in _PLACES)
    )


def check_chosen(categories: Sequence[Category], chosen: Sequence[str]) -> None:
    """Refuse names of levers that no category has."""
    steps = [one for category in categories for each in category.steps for one in each.walk()]
    known = sorted({lever.name for step in steps for lever in _levers(step)})
    for name in chosen:
        if name not in known:
            raise UsageError(
                f"no uniform or log_uniform parameter '{name}'{nearest(name, known)}; "
                f"these have an order of severity: {listed(known) or 'none'}"
            )


def by_recording(axis: Axis) -> list[Axis]:
    """Return an axis for each recording of the banks that its tuned steps draw one from."""
    found = []
    tuned = {one.step for one in axis.levers}
    for step in [one for each in axis.category.steps for one in each.walk() if one.name in tuned]:
        if type(step.operator).draw is not Operator.draw:
            continue  # it mixes several, as babble does
        for param in step.operator.params():
            law = getattr(step.operator, param)
            if isinstance(law, Pick) and isinstance(law.bank, Bank):
                for recording, part in _recordings(law, law.bank):
                    laws: dict[str, Distribution] = {f"{step.name}.{param}": part}
                    category = _changed(axis.category, laws)
                    found.append(replace(axis, category=category, recording=recording))
    return found


def _recordings(law: Pick, bank: Bank) -> Iterator[tuple[str, "_Part"]]:
    """Yield each recording of a bank, and the part of a pick that brings only it."""
    lengths = bank.lengths_s
    whole = 1.0 if bank.intact else sum(lengths.values())
    before = 0.0
    for recording, length_s in lengths.items():
        here = 1 / len(lengths) if bank.intact else length_s
        edge = 1e-6 * here  # rounding at its very edges would fall into the next recording
        yield recording, _Part(law, (before + edge) / whole, (before + here - edge) / whole)
        before += here


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of another distribution."""

    law: Distribution
    mild: float
    harsh: float

    def at(self, unit: float) -> JSON:
        return self.law.at(self.mild + (self.harsh - self.mild) * unit)

    def span(self) -> Sequence[JSON]:
        return self.law.span()

    def spec(self) -> JSON:
        return self.law.spec()


def _changed(category: Category, laws: Mapping[str, Distribution]) -> Category:
    """Return a category in which some parameters, by ``step.param``, are drawn otherwise."""

    def one(step: Step) -> Step:
        if not isinstance(step, OpStep):
            return replace(step, steps=tuple(map(one, step.steps)))
        names = [name for name in step.operator.params() if f"{step.name}.{name}" in laws]
        new = {name: laws[f"{step.name}.{name}"] for name in names}
        if not new:
            return step
        operator = replace(step.operator, **new)  # type: ignore[type-var]  # it is a dataclass
        return replace(step, operator=operator)

    return replace(category, steps=tuple(map(one, category.steps)))


def _sure(category: Category, branch: str, levers: tuple[Lever, ...]) -> Axis:
    """Return an axis whose tuned steps are always taken."""
    tuned = {one.step for one in levers}
    steps = tuple(
        replace(step, p=1.0) if any(one.name in tuned for one in step.walk()) else step
        for step in category.steps
    )
    return Axis(replace(category, steps=steps), branch, "", levers)


def _levers(step: OpStep) -> Iterator[Lever]:
    """Yield every parameter of a step that has an order of severity and that is used."""
    params = step.operator.params()
    given = {name: getattr(step.operator, name) for name in params}
    idle = step.operator.idle([name for name, law in given.items() if law is not None])
    for name, law in given.items():
        if isinstance(law, Uniform | LogUniform) and law.mild != law.harsh and name not in idle:
            yield Lever(step.name, name, law, params[name].unit)
