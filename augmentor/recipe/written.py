"""A recipe as it was resolved: every default spelt out, every path still leading there."""

import os
from pathlib import Path
from typing import Any

import yaml

from augmentor.audit.priorities.asked import in_table
from augmentor.recipe.model import PICTURES_ONLY, SOUNDS_ONLY
from augmentor.recipe.recipe import Recipe
from augmentor.recipe.renderer import target_kind


def written_recipe(recipe: Recipe, folder: Path) -> str:
    """Return the text of a recipe file for a folder that means the same as `recipe`.

    Parameters
    ----------
    recipe : a loaded recipe.
    folder : where the text will lie; its paths are written relative to that.
    """
    # Rounds are not of a run.
    spec = recipe.spec.model_dump(by_alias=True, exclude={"train", "predict", "loop"})

    def there(path: str) -> str:
        return os.path.relpath(recipe.path(path).resolve(), folder.resolve())

    spec["source"]["target"] = target_kind(recipe)  # it may follow from the audit's metric
    spec["source"]["manifest"] = there(spec["source"]["manifest"])
    if spec["source"]["images"]:
        spec["source"]["images"] = there(spec["source"]["images"])
    for name in PICTURES_ONLY if spec["source"]["kind"] == "sound" else SOUNDS_ONLY:
        spec["source"].pop(name)
    spec["banks"] = {name: there(path) for name, path in spec["banks"].items()}
    spec["test"] = list(map(there, recipe.tests)) or None
    for name in ("table", "manifest", "baseline", "tags", "shares"):
        if spec["audit"] and spec["audit"][name] and not in_table(spec["audit"][name]):
            spec["audit"][name] = there(spec["audit"][name])
    if spec["priorities"]["curves"]:
        points = spec["priorities"]["curves"]["points"]
        spec["priorities"]["curves"]["points"] = there(points)
    difficulty = spec["gate"]["difficulty"]
    if difficulty and difficulty["model_file"]:
        difficulty["model_file"] = there(difficulty["model_file"])
    spec["output"]["folder"] = there(spec["output"]["folder"])
    for gate in (spec["gate"], *(one["gate"] for one in spec["categories"].values())):
        gate["real"] = there(gate["real"]) if gate["real"] else None
    for name, category in recipe.categories.items():
        written = spec["categories"][name]
        written["tags"] = list(category.tags)
        written["steps"] = [step.spec() for step in category.steps]
    return yaml.safe_dump(_bare(spec), sort_keys=False, allow_unicode=True, width=96)


def _bare(value: Any) -> Any:
    """Return a mapping without its empty optional entries."""
    if isinstance(value, dict):
        # A null bound takes a check out, so it stays; other nulls say nothing.
        return {
            key: one if key in ("realism", "clarity") else _bare(one)
            for key, one in value.items()
            if one is not None
        }
    return [_bare(one) for one in value] if isinstance(value, list) else value
