"""A recipe's own file with narrower ranges: all else stays as its author wrote it."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from augmentor.audit.priorities.asked import in_table
from augmentor.core.distributions import Distribution
from augmentor.files.document import Path_, read_yaml
from augmentor.files.edited import edited
from augmentor.recipe.recipe import Recipe

_SIBLINGS = ("name", "p", "weight")
_PATHS: tuple[Path_, ...] = (
    ("source", "manifest"), ("source", "images"), ("audit", "table"), ("audit", "manifest"),
    ("audit", "baseline"), ("audit", "tags"), ("audit", "shares"),
    ("priorities", "curves", "points"), ("output", "folder"), ("gate", "difficulty", "model_file"),
    ("gate", "real"),
)  # fmt: skip
"""What is relative to the recipe's folder, besides its banks and what categories say."""

Laws = Mapping[str, Mapping[tuple[str, str], Distribution]]
"""New distributions by category, then by (step, parameter)."""


def narrowed(recipe: Recipe, laws: Laws, file: Path, head: str = "") -> str:
    """Return the text of a recipe with some distributions changed.

    Parameters
    ----------
    recipe : as it was loaded from its file.
    laws : what takes the place of which distribution; of two numbers, as ``uniform``.
    file : where the text will lie; relative paths are changed to lead from there.
    head : a comment for its first line.

    Raises
    ------
    UsageError : the file says it by anchors, aliases or merges, so it cannot be changed in place.
    """
    document = read_yaml(recipe.file)
    values: dict[Path_, Any] = dict(_paths(recipe, document.data, file.parent))
    for name, changed in laws.items():
        place = ("categories", name, "steps")
        for at, kind, raw in _steps(document.get(*place), place):
            own = {param: law for (step, param), law in changed.items() if step == _name(kind, raw)}
            values |= dict(_written(at, kind, raw, own))
    text = edited(recipe.file, recipe.file.read_bytes().decode(), values)
    return f"# {head}\n{text}" if head else text


def _steps(raw: Any, place: Path_) -> Iterator[tuple[Path_, str, Any]]:
    """Yield each operator's step: where it stands, its operator, and what is written."""
    for index, one in enumerate(raw):
        here = (*place, index)
        kind = one if isinstance(one, str) else next(key for key in one if key not in _SIBLINGS)
        if kind == "one_of":
            yield from _steps(one[kind], (*here, kind))
        elif kind == "some_of":
            yield from _steps(one[kind]["steps"], (*here, kind, "steps"))
        else:
            yield here, kind, one


def _name(kind: str, raw: Any) -> str:
    own = raw.get("name") if isinstance(raw, dict) else None
    return own or kind.partition(".")[0]


def _written(
    place: Path_, kind: str, raw: Any, laws: Mapping[str, Distribution]
) -> Iterator[tuple[Path_, Any]]:
    """Yield what is to stand where, so that a step draws some parameters otherwise."""
    if isinstance(raw, str):
        yield place, {kind: {param: law.spec() for param, law in laws.items()}}
        return
    given = raw[kind] or {}
    for param, law in laws.items():
        here = (*place, kind, param)
        if param not in given:
            yield here, law.spec()
            continue
        (form, ends), (old,) = next(iter(law.spec().items())), given[param]
        yield from (((*here, old, index), end) for index, end in enumerate(ends) if form == old)


def _paths(recipe: Recipe, data: Any, folder: Path) -> Iterator[tuple[Path_, str]]:
    """Yield every relative path of a recipe as it leads there from another folder."""
    if folder.resolve() == recipe.file.parent.resolve():
        return
    banks = (("banks", name) for name in data.get("banks") or {})
    real = (("categories", name, "gate", "real") for name in data["categories"])
    places: list[Path_] = [*_PATHS, *banks, *real]
    for place in places:
        found: Any = data
        for part in place:
            found = found.get(part) if isinstance(found, dict) else None
        in_audit = place[0] == "audit" and isinstance(found, str) and in_table(found)
        if isinstance(found, str) and not in_audit and not Path(found).is_absolute():
            yield place, os.path.relpath(recipe.path(found).resolve(), folder.resolve())
