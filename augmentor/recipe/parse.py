"""From the text of steps to operators, with every mistake named."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from augmentor.core.distributions import (
    FORMS,
    Choice,
    Constant,
    Distribution,
    Pick,
    is_number,
)
from augmentor.core.errors import Problem, listed, nearest
from augmentor.core.operator import Operator, Param
from augmentor.files.document import Document, Path_
from augmentor.recipe.like import fitted, read_like
from augmentor.recipe.steps import OneOf, OpStep, SomeOf, Step
from augmentor.sources.bank import Bank
from augmentor.sources.defect_bank import DefectBank

_SIBLINGS = ("name", "p", "weight")
_BRANCHES = ("one_of", "some_of")


class StepParser:
    """Reads the steps of one category.

    Parameters
    ----------
    document : the recipe's file, for places.
    catalogue : operators by name.
    banks : what ``pick`` may name.
    """

    def __init__(
        self,
        document: Document,
        catalogue: Mapping[str, type[Operator]],
        banks: Mapping[str, Bank | DefectBank],
    ) -> None:
        self.document, self.catalogue, self.banks = document, catalogue, banks
        self.problems: list[Problem] = []
        self._names: dict[str, Path_] = {}

    def steps(self, data: Any, place: Path_) -> tuple[Step, ...]:
        """Return a category's steps; problems are collected, not raised."""
        found = self._list(data, place)
        if found and not self.problems and not any(step.possible() for step in found):
            self._wrong(place, "no step can ever be taken; give one a p above 0")
        return found

    def _list(self, data: Any, place: Path_) -> tuple[Step, ...]:
        if not isinstance(data, list) or not data:
            self._wrong(place, "a list of steps is wanted, each as '- OPERATOR: {parameters}'")
            return ()
        found = (self._step(one, (*place, index)) for index, one in enumerate(data))
        return tuple(step for step in found if step is not None)

    def _step(self, data: Any, place: Path_) -> Step | None:
        if isinstance(data, str):
            data = {data: {}}
        if not isinstance(data, dict):
            self._wrong(place, "a step is written as '- OPERATOR: {parameters}'")
            return None
        kinds = [key for key in data if key not in _SIBLINGS]
        if len(kinds) != 1:
            what = f"has {listed(kinds)}" if kinds else "names no operator"
            self._wrong(
                place,
                f"a step is one operator, one_of or some_of; this one {what}. "
                "Only name, p and weight may stand beside it",
            )
            return None
        kind = str(kinds[0])
        name = self._name(data, kind, place)
        p = self._number(data, "p", place, (0.0, 1.0))
        weight = self._number(data, "weight", place, (0.0, 1e6))
        below = (*place, kind)
        if kind == "one_of":
            steps = self._list(data[kind], below)
            if steps and not any(step.weight for step in steps):
                self._wrong(below, "one_of: every weight is 0; give one step a weight above 0")
            return OneOf(name, steps, p, weight) if steps else None
        if kind == "some_of":
            return self._some_of(data[kind], below, name, p, weight)
        operator = self._operator(kind, data[kind], below)
        return None if operator is None else OpStep(name, operator, p, weight)

    def _some_of(
        self, data: Any, place: Path_, name: str, p: float, weight: float
    ) -> SomeOf | None:
        if not isinstance(data, dict) or set(data) != {"count", "steps"}:
            self._wrong(place, "some_of is written as {count: K, steps: [...]}")
            return None
        steps = self._list(data["steps"], (*place, "steps"))
        count = data["count"]
        most = len(data["steps"]) if isinstance(data["steps"], list) else 1
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= most:
            self._wrong((*place, "count"), f"count is {count!r}; allowed: 1 to {most}, the steps")
            return None
        return SomeOf(name, steps, count, p, weight)

    def _name(self, data: Mapping[str, Any], kind: str, place: Path_) -> str:
        name = data.get("name", kind.partition(".")[0])
        if not isinstance(name, str) or not name:
            self._wrong((*place, "name"), f"a step's name is a word, not {name!r}")
            return str(name)
        if name in self._names:
            line = self.document.values.get(self._names[name], (0, 0))[0]
            self._wrong(
                place,
                f"two steps of this category are named '{name}' (the first on line {line}); "
                "give one a name of its own with 'name: ...'",
            )
        self._names[name] = place
        return name

    def _number(
        self, data: Mapping[str, Any], key: str, place: Path_, within: tuple[float, float]
    ) -> float:
        value = data.get(key, 1.0)
        if not is_number(value) or not within[0] <= value <= within[1]:
            self._wrong(
                (*place, key), f"'{key}' is {value!r}; allowed: {within[0]:g} to {within[1]:g}"
            )
            return 1.0
        return float(value)

    def _operator(self, kind: str, data: Any, place: Path_) -> Operator | None:
        operator = self.catalogue.get(kind)
        if operator is None:
            known = sorted({one.key() for one in self.catalogue.values()} | set(_BRANCHES))
            self._wrong(
                place,
                f"unknown operator '{kind}'{nearest(kind, known)}; known: {listed(known, 20)}",
                at_key=True,
            )
            return None
        if data is None:
            data = {}
        if not isinstance(data, dict):
            self._wrong(place, f"step '{kind}': parameters are written as {{name: value}}")
            return None
        declared = operator.params()
        like = [value for name, value in data.items() if name == "like"]
        data = _gathered(declared, {name: data[name] for name in data if name != "like"})
        chosen: dict[str, Distribution] = {}
        good = True
        for name, value in data.items():
            if name not in declared:
                hint = nearest(name, list(declared))
                near = hint.split("'")[1] if hint else ""
                allowed = f"; allowed: {declared[near].allowed()}" if near else ""
                parameters = "" if near else f"; it has: {listed(declared)}"
                self._wrong(
                    (*place, name),
                    f"step '{kind}': unknown parameter '{name}'{hint}{allowed}{parameters}",
                    at_key=True,
                )
                good = False
                continue
            made = self._param(kind, str(name), declared[name], value, (*place, name))
            if made is None:
                good = False
            else:
                chosen[name] = made
        for name, one in declared.items():
            default = getattr(operator, name)
            if one.asset and not one.optional and name not in data and not _named(default):
                self._wrong(
                    place,
                    f"step '{kind}': '{name}' is missing; write {name}: {{pick: BANK}}"
                    f"{self._banks()}",
                    at_key=True,
                )
                good = False
        idle = operator.idle(chosen)
        if idle:
            others = [name for name in chosen if name not in idle]
            self._wrong(
                place,
                f"step '{kind}': {listed(idle)} would do nothing beside {listed(others)}; "
                "take out the one or the other",
                at_key=True,
            )
            good = False
        return self._made(kind, operator, chosen, like, place) if good else None

    def _made(
        self,
        kind: str,
        operator: type[Operator],
        chosen: Mapping[str, Distribution],
        like: Sequence[Any],
        place: Path_,
    ) -> Operator | None:
        """Return an operator, fitted to real defects where ``like`` names some.

        It is only made of parameters that the operator itself takes.
        """
        try:
            for one in like:
                chosen = fitted(operator, chosen, *read_like(one, self.banks))
        except ValueError as error:
            self._wrong((*place, "like"), f"step '{kind}': {error}")
            return None
        wrong = list(operator.wrong(chosen))
        for one in wrong:
            self._wrong((*place, one.where), f"step '{kind}': {one.what}", at_key=True)
        return None if wrong else operator(**chosen)

    def _param(
        self, kind: str, name: str, declared: Param, value: Any, place: Path_
    ) -> Distribution | None:
        made: Distribution | None = None
        if declared.options:
            return Constant(value)
        if isinstance(value, dict):
            made = self._form(kind, name, declared, value, place)
        elif declared.asset:
            self._wrong(place, f"step '{kind}': '{name}' is written as {{pick: BANK}}")
        else:
            made = Constant(value)
        if made is None or declared.asset:
            return made
        for one in made.span():
            if not declared.accepts(one):
                form = _as_form(value, declared)
                self._wrong(
                    place, f"step '{kind}': {name} is {one!r}; allowed: {declared.allowed()}{form}"
                )
                return None
        if (declared.whole or declared.choices or declared.text) and not isinstance(
            made, Constant | Choice
        ):
            self._wrong(
                place, f"step '{kind}': {name} takes one value, or {{choice: [...]}} of several"
            )
            return None
        return made

    def _form(
        self, kind: str, name: str, declared: Param, value: Mapping[str, Any], place: Path_
    ) -> Distribution | None:
        forms = ["pick"] if declared.asset else list(FORMS)
        if len(value) != 1 or next(iter(value)) not in forms:
            got = listed(value) or "nothing"
            hint = nearest(got, forms)
            written = " or ".join(f"{{{form}: ...}}" for form in forms)
            self._wrong(place, f"step '{kind}': {name} is written as {written}, not {got}{hint}")
            return None
        form, inner = next(iter(value.items()))
        if form == "pick":
            bank = self.banks.get(inner) if isinstance(inner, str) else None
            if bank is None:
                hint = nearest(str(inner), list(self.banks))
                self._wrong(
                    (*place, form), f"step '{kind}': no bank '{inner}'{hint}{self._banks()}"
                )
                return None
            if isinstance(bank, DefectBank):
                return Pick(str(inner), bank)
            if bank.intact not in (None, declared.intact):
                self._wrong(
                    (*place, form),
                    f"step '{kind}': bank '{inner}' is used elsewhere as "
                    f"{'impulse responses' if bank.intact else 'noise or talkers'}; "
                    "name the folder a second time under 'banks' for another use",
                )
                return None
            bank.intact = declared.intact
            return Pick(str(inner), bank)
        try:
            made: Distribution = FORMS[form](inner)
        except ValueError as error:
            self._wrong((*place, form), f"step '{kind}': {name}: '{form}' {error}")
            return None
        return made

    def _banks(self) -> str:
        return f"; banks: {listed(self.banks)}" if self.banks else "; the recipe has no 'banks'"

    def _wrong(self, place: Path_, what: str, *, at_key: bool = False) -> None:
        self.problems.append(self.document.problem(place, what, at_key=at_key))


def _as_form(value: Any, declared: Param) -> str:
    """Return how to write a bare list of legal values, or an empty string."""
    if not isinstance(value, list) or not value or not all(map(declared.accepts, value)):
        return ""
    form = "choice" if declared.choices or declared.whole or len(value) != 2 else "uniform"
    return f"; write {{{form}: [{', '.join(map(str, value))}]}}"


def _gathered(declared: Mapping[str, Param], data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return parameters with all that an operator does not declare under its `options`."""
    for name in (name for name, one in declared.items() if one.options):
        own = {key: data[key] for key in data if key in declared and key != name}
        return own | {name: {key: data[key] for key in data if key not in own}}
    return data


def _named(default: Any) -> bool:
    return isinstance(default, Pick) and bool(default.name)


def operators_of(steps: Sequence[Step]) -> Iterator[type[Operator]]:
    """Yield every operator class that some steps may draw."""
    for step in steps:
        for one in step.walk():
            yield type(one.operator)
