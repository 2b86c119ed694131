"""An operator is a distribution over edits; an edit is one operator with its numbers chosen.

Drawing chooses numbers and touches no array. Rendering follows numbers and uses no
chance. Between them lies the edit, plain JSON: store it and the same bytes come again.
"""

import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, dataclass_transform

from augmentor.core.assets import Assets
from augmentor.core.distributions import JSON, Distribution, Pick, Seed, is_number
from augmentor.core.errors import Problem
from augmentor.core.example import Example, Facts, Target
from augmentor.core.stream import Stream

Kernel = Callable[..., tuple[Any, ...]]
"""``kernel(*targets, **parameters) -> (*targets, notes)``: pure, no chance, no files."""


@dataclass(frozen=True, slots=True)
class Param:
    """What one declaration of a parameter says, for validation, schema, help and axis labels.

    Parameters
    ----------
    unit : unit of the number, as printed.
    within : lowest and highest legal number, both included.
    choices : the legal values where they are words.
    whole : whether the number is whole.
    asset : whether the value is drawn from a bank.
    intact : whether the bank's recordings are used whole, as impulse responses are, rather than
        as endless loops without silences.
    optional : whether the parameter may be left out altogether.
    text : whether the value is a word of the user's own, such as a class.
    options : whether the value holds all else that a recipe writes for the operator, by name,
        for `Operator.wrong` to check.
    help : one line for the reader.
    """

    unit: str = ""
    within: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    whole: bool = False
    asset: bool = False
    intact: bool = False
    optional: bool = False
    text: bool = False
    options: bool = False
    help: str = ""

    def allowed(self) -> str:
        """Return the legal values in words."""
        if self.asset:
            return "{pick: BANK}"
        if self.choices:
            return " or ".join(self.choices)
        if self.text:
            return "a word of yours"
        if self.options:
            return "{name: value}"
        if self.within is None:
            return "any number"
        low, high = (int(end) if end == int(end) else end for end in self.within)
        kind = "a whole number from " if self.whole else ""
        return f"{kind}{low} to {high}{' ' + self.unit if self.unit else ''}"

    def accepts(self, value: JSON) -> bool:
        """Return whether one drawn value is legal."""
        if self.choices:
            return value in self.choices
        if self.text:
            return isinstance(value, str) and bool(value.strip())
        if self.options:
            return isinstance(value, dict)
        if not is_number(value):
            return False
        if self.whole and value != int(value):
            return False
        return self.within is None or self.within[0] <= value <= self.within[1]


def param(
    default: Distribution | None,
    *,
    unit: str = "",
    within: tuple[float, float] | None = None,
    choices: tuple[str, ...] = (),
    whole: bool = False,
    intact: bool = False,
    text: bool = False,
    options: bool = False,
    help: str = "",  # noqa: A002 - the word a reader looks for
) -> Any:
    """Declare a parameter of an operator: its default distribution, unit and bounds.

    Parameters
    ----------
    default : the distribution used when a recipe says nothing. An unnamed ``Pick()`` must be
        named in the recipe; None makes the parameter an optional pick from a bank; ``Seed()``
        bounds itself.
    unit, within, choices, whole, intact, text, options, help : see `Param`.
    """
    seed = isinstance(default, Seed)
    declared = Param(
        unit=unit,
        within=(0, 2**53) if seed else within,
        choices=choices,
        whole=whole or seed,
        asset=default is None or isinstance(default, Pick),
        optional=default is None,
        intact=intact,
        text=text,
        options=options,
        help=help,
    )
    return field(default=default, metadata={"param": declared})


@dataclass(frozen=True, slots=True)
class Edit:
    """One operator with its parameters chosen: all that a replay needs, as plain JSON.

    Parameters
    ----------
    step : the step's name in the recipe.
    op : the operator's versioned name, ``mix_noise.v1``.
    params : the chosen numbers, words and asset references.
    """

    step: str
    op: str
    params: Mapping[str, JSON]

    def references(self) -> Iterator[Mapping[str, JSON]]:
        """Yield the reference of every asset that the edit uses."""
        for value in self.params.values():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, Mapping) and "bank" in one:
                    yield one

    def to_json(self) -> dict[str, JSON]:
        """Return the edit as plain JSON."""
        return {"step": self.step, "op": self.op, "params": dict(self.params)}

    @classmethod
    def from_json(cls, data: Mapping[str, JSON]) -> "Edit":
        """Return the edit that `to_json` wrote."""
        return cls(data["step"], data["op"], data["params"])


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(param,))
class Operator:
    """A distribution over edits: its fields are distributions, its kernels are pure functions.

    A changed result is a new version: the name carries it, so stored edits stay true. Every
    subclass is a frozen dataclass by itself; it needs no decorator.
    """

    name: ClassVar[str]
    kernels: ClassVar[Mapping[tuple[type[Target], ...], Kernel]]
    leaves: ClassVar[tuple[type[Target], ...]] = ()
    spoils: ClassVar[tuple[str, ...]] = ()
    """Checks of the gate that mean nothing after this operator."""
    fits: ClassVar[Mapping[str, str]] = {}
    """Parameters that ``like: BANK`` fits to real defects, and the measure that each one is."""

    def __init_subclass__(cls) -> None:
        """Make the subclass a frozen dataclass of its parameters."""
        dataclass(frozen=True, kw_only=True)(cls)

    @classmethod
    @cache
    def params(cls) -> Mapping[str, Param]:
        """Return the declared parameters by name."""
        return {
            one.name: one.metadata["param"]
            for one in dataclasses.fields(cls)  # type: ignore[arg-type]  # subclasses are dataclasses
            if "param" in one.metadata
        }

    @classmethod
    def key(cls) -> str:
        """Return the name without its version: the word a recipe uses."""
        return cls.name.rpartition(".")[0]

    def draw(self, facts: Facts, stream: Stream) -> dict[str, JSON]:  # noqa: ARG002 - for overriders
        """Return the chosen parameters for one example; each draw is named, none has an order."""
        chosen = {}
        for name in self.params():
            distribution: Distribution | None = getattr(self, name)
            if distribution is not None:
                chosen[name] = distribution.at(stream.at(name).unit())
        return chosen

    @classmethod
    def idle(cls, given: Collection[str]) -> Collection[str]:  # noqa: ARG003 - for overriders
        """Return which of the given parameters do nothing beside the others.

        A recipe that writes them is refused: its author expects something of them.
        """
        return ()

    @classmethod
    def wrong(cls, chosen: Mapping[str, Distribution]) -> Iterable[Problem]:  # noqa: ARG003 - for overriders
        """Return what is wrong with the parameters of a recipe that their bounds do not say.

        A problem's place is the name of a parameter or of an option, or empty.
        """
        return ()

    def refuses(self, facts: Facts) -> str:  # noqa: ARG002 - for overriders
        """Return why this example must not get this edit, or an empty string."""
        return ""


def kernels_for(
    operator: type[Operator], kinds: Collection[type[Target]]
) -> tuple[tuple[tuple[type[Target], ...], ...], frozenset[type[Target]]]:
    """Return which of an operator's kernels serve an example, and the target types left over.

    A kernel for more types goes first, and a target is changed by one kernel only, so that
    picture, mask and boxes are changed together where a kernel knows all three.
    """
    left, chosen = set(kinds), []
    for group in sorted(operator.kernels, key=len, reverse=True):
        if left.issuperset(group):
            chosen.append(group)
            left.difference_update(group)
    return tuple(chosen), frozenset(left - set(operator.leaves))


def apply(operator: type[Operator], example: Example, edit: Edit, assets: Assets) -> Example:
    """Render one edit: every kernel whose target types the example has gets those targets.

    See `kernels_for` for which kernels those are.

    Raises
    ------
    TypeError : a target type that the operator neither changes nor leaves, or two of one type.
    """
    targets = dict(example.targets)
    kinds = tuple(map(type, targets.values()))
    groups = _groups(operator, tuple(targets), kinds)  # type: ignore[arg-type]  # classes hash
    params = _load(operator, edit.params, assets)
    notes: dict[str, object] = {}
    for group, names in groups.items():
        *changed, noted = operator.kernels[group](*[targets[name] for name in names], **params)
        targets.update(zip(names, changed, strict=True))
        notes.update(noted)
    return Example(example.facts, targets, (*example.edits, edit), (*example.notes, notes))


@cache
def _groups(
    operator: type[Operator], names: tuple[str, ...], kinds: tuple[type[Target], ...]
) -> Mapping[tuple[type[Target], ...], list[str]]:
    """Return the target types of each kernel that serves an example, and their names in it."""
    name_of = dict(zip(kinds, names, strict=True))
    chosen, unknown = kernels_for(operator, name_of)
    if unknown:
        said = ", ".join(sorted(kind.__name__ for kind in unknown))
        msg = f"{operator.name} says nothing about targets of type {said}"
        raise TypeError(msg)
    if len(name_of) < len(kinds):
        msg = f"an example has one target of a type; this one has {', '.join(names)}"
        raise TypeError(msg)
    return {group: [name_of[kind] for kind in group] for group in chosen}


def _load(operator: type[Operator], params: Mapping[str, JSON], assets: Assets) -> dict[str, Any]:
    """Return the parameters with every asset reference replaced by the asset."""
    loaded = dict(params)
    for name, declared in operator.params().items():
        if declared.asset and name in loaded:
            refs = loaded[name]
            loaded[name] = (
                [assets[ref["bank"]].load(ref) for ref in refs]
                if isinstance(refs, list)
                else assets[refs["bank"]].load(refs)
            )
    return loaded
