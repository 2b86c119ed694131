"""The list that a training reads, in the form that the user's program knows."""

from dataclasses import replace
from pathlib import Path

from augmentor.api.exported import exported_source
from augmentor.core.errors import AugmentorError
from augmentor.jobs.exports.lists import write_list
from augmentor.recipe.recipe import Recipe
from augmentor.sources.manifest import read_sources

_NAMES = {"nemo": "train.json", "lhotse": "train.jsonl.gz", "kaldi": "train"}


def in_form(recipe: Recipe, manifest: Path) -> Path:
    """Return the list in the form that the recipe asks for, written beside our own.

    Parameters
    ----------
    recipe : with `train`.
    manifest : our own list of all examples to train on.

    Raises
    ------
    AugmentorError : an example has no place in that form, or can no longer be read.
    """
    assert recipe.spec.train is not None
    form = recipe.spec.train.form
    if form == "manifest":
        return manifest
    source = recipe.spec.source.model_copy(update={"manifest": str(manifest.absolute())})
    spec = recipe.spec.model_copy(update={"source": source})
    found = exported_source(replace(recipe, spec=spec, sources=read_sources(manifest)))
    for one in found.skipped:
        raise AugmentorError(f"{one['id']}, to train on: {one['reason']}")
    path = manifest.with_name(_NAMES[form])
    named = [
        replace(
            one,
            parent=str(one.meta.get("parent", "")),
            category=str(one.meta.get("category", "")),
        )
        for one in found.entries
    ]
    write_list(form, named, path)
    return path
