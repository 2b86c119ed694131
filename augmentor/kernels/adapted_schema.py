"""What the transforms of albumentations take, and what is wrong with what a recipe gives them."""

import inspect
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from augmentor.core.errors import Problem, listed, nearest
from augmentor.kernels.adapted import library, made, misnamed

_SAME = ("is a speciali", "is a special", "is an alias")  # warnings about taste, not mistakes


@dataclass(frozen=True, slots=True)
class Option:
    """One parameter of a transform, as its own documentation says.

    Parameters
    ----------
    name : the key in a recipe.
    kind : what it takes.
    default : what it is when left out.
    needed : whether it must be given.
    help : one line.
    """

    name: str
    kind: str
    default: Any
    needed: bool
    help: str


@cache
def options_of(transform: str) -> tuple[Option, ...]:
    """Return the parameters of a transform, from its schema, signature and documentation."""
    kind = getattr(library(), transform)
    said = dict(_documented(inspect.getdoc(kind) or ""))
    found = []
    for one in inspect.signature(kind.__init__).parameters.values():
        if one.name in kind.InitSchema.model_fields and one.name not in ("p", "strict"):
            takes, words = said.get(one.name, ("", ""))
            needed = one.default is inspect.Parameter.empty
            default = None if needed else one.default
            takes = takes or _annotated(kind, one.name)
            found.append(Option(one.name, takes, default, needed, words))
    return tuple(found)


def _annotated(kind: type[Any], name: str) -> str:
    """Return what a parameter takes, where only the schema says it."""
    taken = kind.InitSchema.model_fields[name].annotation
    return re.sub(r"typing\.|<class '|'>", "", str(taken))


def _documented(text: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield what a documentation says of each parameter: name, (type, first sentence)."""
    block = re.search(r"^Args:\n((?:[ \t].*\n|\n)+)", text + "\n", re.MULTILINE)
    for found in re.finditer(
        r"^ {4}(\w+)(?: ?\((.*?)\))?: (.*(?:\n {5,}.*)*)", block[1] if block else "", re.MULTILINE
    ):
        words = " ".join(found[3].split())
        yield found[1], (found[2] or "", re.split(r"\. (?=[A-Z*])", words)[0].rstrip("."))


def wrong(transform: str, options: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with a transform and its parameters, as the library itself sees it.

    Parameters
    ----------
    transform : its name.
    options : its parameters, as a recipe writes them.

    Returns
    -------
    Problems, whose places are names of parameters; none where all is right.
    """
    name = misnamed(transform)
    if name:
        return [Problem("transform", name)]
    declared = {one.name: one for one in options_of(transform)}
    unknown = [_unknown(transform, name, declared) for name in options if name not in declared]
    return unknown or _refused_values(transform, options)


def _unknown(transform: str, name: str, declared: Mapping[str, Option]) -> Problem:
    if name == "p":
        return Problem(name, "chance belongs to the step; write p beside the operator, not in it")
    has = f"it has: {listed(declared, 20)}" if declared else "it has none"
    hint = nearest(name, list(declared))
    return Problem(name, f"{transform} has no parameter '{name}'{hint}; {has}")


def _refused_values(transform: str, options: Mapping[str, Any]) -> list[Problem]:
    """Return what the transform's own schema says against some values."""
    from pydantic import ValidationError

    if options.get("mask_interpolation"):
        what = "masks hold classes, not colours: leave mask_interpolation out, or 0 (nearest)"
        return [Problem("mask_interpolation", what)]
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            made(transform, options)
        except ValueError as error:
            cause = error.__cause__
            if isinstance(cause, ValidationError):
                return list(_explained(transform, options, cause.errors()))
            return [Problem("", f"{transform}: {error}")]
        except Exception as error:  # noqa: BLE001 - the library's own checks fail in many ways
            return [Problem("", f"{transform}: {type(error).__name__}: {error}")]
    said = [str(one.message) for one in heard]
    # What it would mend in silence, or take its defaults for, is a mistake of the recipe.
    faults = [one for one in said if options and not any(word in one for word in _SAME)]
    return [Problem("", f"{transform}: {one}") for one in dict.fromkeys(faults)]


def _explained(
    transform: str, options: Mapping[str, Any], errors: Sequence[Mapping[str, Any]]
) -> Iterator[Problem]:
    """Yield one problem a parameter: a value may be wrong in several ways at once."""
    ways: dict[str, list[str]] = {}
    for one in errors:
        name = str(one["loc"][0]) if one["loc"] else ""
        ways.setdefault(name, []).append(one["msg"].removeprefix("Value error, "))
    kinds = {one.name: one.kind for one in options_of(transform)}
    for name, said in ways.items():
        what = " or ".join(dict.fromkeys(said))
        takes = f"; it takes {kinds[name]}" if kinds.get(name) else ""
        if name in options:
            yield Problem(name, f"{transform}: {name} is {options[name]!r}: {what}{takes}")
        elif name:
            yield Problem("", f"{transform}: {name} is missing{takes}")
        else:
            yield Problem("", f"{transform}: {what}")
