"""Pydantic's findings in a user's words: where in the file, what, what to write instead."""

from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from augmentor.core.errors import Problem, listed, nearest
from augmentor.files.document import Document, Path_

_TYPES = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "string_type": "a text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list, [a, b]",
    "dict_type": "a mapping, {key: value}",
    "model_type": "a mapping, {key: value}",
    "model_attributes_type": "a mapping, {key: value}",
}
_BOUNDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}


def problems_of(
    error: ValidationError,
    document: Document,
    model: type[BaseModel],
    wanted: Mapping[str, str] | None = None,
) -> list[Problem]:
    """Return each finding as a problem with its line, told once.

    Parameters
    ----------
    error : what pydantic found.
    document : the file it was found in.
    model : the model of the whole file.
    wanted : key -> what to write there, where its type alone does not say it.
    """
    return list(problems_by_place(error, document, model, wanted).values())


def problems_by_place(
    error: ValidationError,
    document: Document,
    model: type[BaseModel],
    wanted: Mapping[str, str] | None = None,
) -> dict[Path_, Problem]:
    """Return the problems of `problems_of`, by the place in the file that each is about."""
    found: dict[Path_, Problem] = {}
    for one in error.errors(include_url=False):
        place = one["loc"]
        if one["type"] != "missing":
            # After a union pydantic names its branch; that is no place in the file.
            place = document.inside(place)
        what, at_key = _say(one, place, model, wanted or {})
        found.setdefault(place, document.problem(place, what, at_key=at_key))
    return found


def _say(
    one: Mapping[str, Any], place: Path_, model: type[BaseModel], wanted: Mapping[str, str]
) -> tuple[str, bool]:
    kind, got, context = one["type"], one.get("input"), one.get("ctx") or {}
    key = place[-1] if place else ""
    if isinstance(key, int):
        key = f"item {key + 1}"
    if kind == "missing":
        return f"'{key}' is missing{_about(model, place)}", True
    if kind == "extra_forbidden":
        keys = _keys(model, place[:-1])
        return f"unknown key '{key}'{nearest(str(key), keys)}; known: {listed(keys, 20)}", True
    if kind in _TYPES:
        return f"'{key}' is {_shown(got)}; write {wanted.get(str(key), _TYPES[kind])}", False
    if kind == "literal_error":
        return f"'{key}' is {_shown(got)}; allowed: {context['expected']}", False
    bounds = [f"{words} {context[sign]}" for sign, words in _BOUNDS.items() if sign in context]
    if bounds:
        return f"'{key}' is {_shown(got)}; allowed: {_range(model, place) or listed(bounds)}", False
    if kind in ("too_short", "string_too_short"):
        return f"'{key}' is empty; write at least one", False
    if kind == "string_pattern_mismatch":
        form = wanted.get(str(key), "it in another form")
        return f"'{key}' is {_shown(got)}; write {form}", False
    if kind == "value_error":
        return f"'{key}': {context['error']}", False
    return f"'{key}': {one['msg']}", False


def _shown(value: Any) -> str:
    """Return what stands in the file, short, with words about what YAML made of it."""
    text = repr(value)
    if isinstance(value, date):
        text = f"{value} (a date; write a text in quotes)"
    elif isinstance(value, bool):
        text = f"{str(value).lower()} (so YAML reads yes, no, on and off)"
    return text if len(text) <= 80 else f"{text[:77]}..."


def _model_at(model: type[BaseModel], place: Path_) -> type[BaseModel] | None:
    """Return the model that describes the mapping at a place."""
    here: Any = model
    for part in place:
        if isinstance(here, type) and issubclass(here, BaseModel):
            field = next((f for n, f in here.model_fields.items() if part in (n, f.alias)), None)
            here = field.annotation if field else None
        else:
            here = next(iter(reversed(get_args(here))), None)
        models = [a for a in get_args(here) if isinstance(a, type) and issubclass(a, BaseModel)]
        if models and len(get_args(here)) == 2 and type(None) in get_args(here):
            here = models[0]
    return here if isinstance(here, type) and issubclass(here, BaseModel) else None


def _keys(model: type[BaseModel], place: Path_) -> list[str]:
    here = _model_at(model, place)
    return [f.alias or n for n, f in here.model_fields.items()] if here else []


def _field(model: type[BaseModel], place: Path_) -> Any:
    here = _model_at(model, place[:-1]) if place else None
    fields = here.model_fields.items() if here else ()
    return next((f for n, f in fields if place[-1] in (n, f.alias)), None)


def _about(model: type[BaseModel], place: Path_) -> str:
    field = _field(model, place)
    return f": {field.description}" if field is not None and field.description else ""


def _range(model: type[BaseModel], place: Path_) -> str:
    field = _field(model, place)
    if field is None:
        return ""
    words = [
        f"{text} {getattr(limit, sign):g}"
        for limit in field.metadata
        for sign, text in _BOUNDS.items()
        if getattr(limit, sign, None) is not None
    ]
    return ", ".join(words)
