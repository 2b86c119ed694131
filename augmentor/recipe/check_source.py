"""Checks of what a recipe says of its source: its kind, and the examples that it lists."""

from augmentor.core.errors import listed, nearest
from augmentor.recipe.checking import Checking
from augmentor.recipe.model import PICTURES_ONLY, SOUNDS_ONLY
from augmentor.sources.manifest import Source, read_sources
from augmentor.sources.pictures import read_pictures


def check_kind(at: Checking) -> None:
    """Check what only sounds or only pictures must have."""
    source = at.document.block("source")
    others, what = (SOUNDS_ONLY, "sounds") if at.pictures else (PICTURES_ONLY, "pictures")
    for name in source:
        if name in others:
            at.wrong(("source", name), f"'{name}' is of {what}; take it out", at_key=True)
    if at.pictures:
        budget = at.document.get("budget")
        if isinstance(budget, str) and budget.strip().endswith("h"):
            at.wrong(("budget",), "pictures have no hours; write examples (1200) or 2 GB")
    elif source and "sample_rate" not in source:
        at.wrong(
            ("source",),
            "'sample_rate' is missing: Hz of the sounds; for pictures write kind: picture",
        )


def sources_of(at: Checking) -> list[Source]:
    """Return the examples of the source; none where they cannot be read."""
    place = ("source", "manifest")
    what = "pictures" if at.pictures else "sounds"
    where = at.exists(place, f"a manifest or a folder of {what}")
    if where is None:
        return []
    if at.pictures:
        images = at.document.get("source", "images")
        there = at.folder / images if isinstance(images, str) else None
        found = at.read(lambda path: read_pictures(path, there), where)
    else:
        found = at.read(read_sources, where)
    if found == []:
        at.wrong(place, f"'{at.document.get(*place)}' holds no examples")
    return _of_split(at, found or [])


def _of_split(at: Checking, sources: list[Source]) -> list[Source]:
    """Return the sources of the split that is named; all of them where none is."""
    split = at.document.get("source", "split")
    if not isinstance(split, str):
        return sources
    found = [one for one in sources if one.facts.split == split]
    if sources and not found:
        known = sorted({one.facts.split for one in sources if one.facts.split})
        said = f"{nearest(split, known)}; its splits: {listed(known) or 'none'}"
        at.wrong(("source", "split"), f"no example is in the split '{split}'{said}")
    return found
