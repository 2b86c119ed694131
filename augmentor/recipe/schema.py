"""The JSON Schema of a recipe file, so that editors complete and check it."""

from collections.abc import Mapping, Sequence
from typing import Any

from augmentor.core.operator import Operator, Param
from augmentor.gate.checks import checks
from augmentor.gate.realism.judged import HELP as TELLING_HELP
from augmentor.gate.realism.judged import KEY as TELLING
from augmentor.gate.sampled import SAMPLED
from augmentor.operators.catalog import operators
from augmentor.recipe.model import RecipeSpec

_BOUND = {"type": ["string", "null"], "pattern": r"^\s*(<=|>=)\s*[-+]?\d"}
_SIBLINGS = {
    "name": {"type": "string", "description": "unique within the category"},
    "p": {"type": "number", "minimum": 0, "maximum": 1, "default": 1},
    "weight": {"type": "number", "minimum": 0, "default": 1},
}


def recipe_schema() -> dict[str, Any]:
    """Return the schema, with every operator of the catalogue and every check of the gate."""
    schema = RecipeSpec.model_json_schema(by_alias=True)
    catalogue = {one.key(): one for one in operators().values()}
    steps = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Step"}}
    definitions = schema["$defs"]
    definitions["CategorySpec"]["properties"]["steps"] = steps
    definitions["Step"] = {
        "oneOf": [
            {"enum": sorted(operators())},
            *({"$ref": f"#/$defs/step_{name}"} for name in catalogue),
            _step(["one_of"], steps, "one of several steps, by weight"),
            _step(["some_of"], _some_of(steps), "several of several steps"),
        ]
    }
    for name, operator in catalogue.items():
        names = [name, operator.name]
        definitions[f"params_{name}"] = _operator(operator)
        inner = {"$ref": f"#/$defs/params_{name}"}
        definitions[f"step_{name}"] = _step(names, inner, _summary(operator))
    for block in ("GateSpec", "CategoryGate"):
        for question in ("realism", "clarity"):
            definitions[block]["properties"][question] = {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    one.key: _BOUND | {"description": one.help}
                    for one in checks().values()
                    if one.question == question
                },
            }
        sampled = {one.key: _BOUND | {"description": one.help} for one in SAMPLED.values()}
        definitions[block]["properties"]["clarity"]["properties"] |= sampled
        telling = {TELLING: _BOUND | {"description": TELLING_HELP}}
        definitions[block]["properties"]["realism"]["properties"] |= telling
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "augmentor recipe",
        **{key: value for key, value in schema.items() if key != "title"},
    }


def _summary(operator: type[Operator]) -> str:
    return (operator.__doc__ or "").strip().partition("\n")[0]


def _step(names: Sequence[str], inner: Mapping[str, Any], summary: str) -> dict[str, Any]:
    """Return the form of a step under any one of some names."""
    return {
        "type": "object",
        "description": summary,
        "oneOf": [{"required": [name]} for name in names],
        "additionalProperties": False,
        "properties": {**dict.fromkeys(names, inner), **_SIBLINGS},
    }


def _some_of(steps: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["count", "steps"],
        "additionalProperties": False,
        "properties": {"count": {"type": "integer", "minimum": 1}, "steps": steps},
    }


def _operator(operator: type[Operator]) -> dict[str, Any]:
    declared = operator.params()
    required = [
        name
        for name, one in declared.items()
        if one.asset and not one.optional and not getattr(operator, name).name
    ]
    return {
        "type": ["object", "null"] if not required else "object",
        "additionalProperties": any(one.options for one in declared.values()),
        "properties": {name: _param(one) for name, one in declared.items() if not one.options}
        | _like(operator),
        "required": required,
    }


def _like(operator: type[Operator]) -> dict[str, Any]:
    """Return how an operator is fitted to real defects, where it can be."""
    if not operator.fits:
        return {}
    named = {
        "type": "object",
        "required": ["bank"],
        "additionalProperties": False,
        "properties": {"bank": {"type": "string"}, "label": {"type": "string"}},
    }
    about = f"a bank of real defects that sets {', '.join(operator.fits)} where they are not given"
    return {"like": {"description": about, "anyOf": [{"type": "string"}, named]}}


def _param(declared: Param) -> dict[str, Any]:
    about = {"description": f"{declared.help}; {declared.allowed()}".lstrip("; ")}
    if declared.asset:
        return about | _one_of({"pick": {"type": "string"}})
    value: dict[str, Any]
    if declared.choices:
        value = {"enum": list(declared.choices)}
    elif declared.text:
        value = {"type": "string", "minLength": 1}
    else:
        value = {"type": "integer" if declared.whole else "number"}
        if declared.within is not None:
            value |= {"minimum": declared.within[0], "maximum": declared.within[1]}
    several = {"type": "array", "minItems": 1, "items": value}
    forms = {"choice": several}
    if not declared.choices and not declared.text and not declared.whole:
        ends = {"type": "array", "items": value, "minItems": 2, "maxItems": 2}
        forms |= {"uniform": ends, "log_uniform": ends, "empirical": several}
    return about | {"anyOf": [value, _one_of(forms)]}


def _one_of(forms: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping with exactly one of some keys."""
    return {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
        "properties": forms,
    }
