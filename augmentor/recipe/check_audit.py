"""Checks of what a recipe says of its audit: tables that are there, tags that they have."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from augmentor.audit.curves.fit import read_points
from augmentor.audit.priorities.asked import in_table, open_path
from augmentor.audit.priorities.baselines import read_baseline
from augmentor.core.distributions import is_number
from augmentor.core.errors import listed, nearest
from augmentor.files.document import Path_
from augmentor.recipe.checking import Checking, texts
from augmentor.recipe.model import AuditSpec
from augmentor.recipe.worth import asked_of
from augmentor.sources.manifest import read_sources
from augmentor.sources.pictures import read_pictures


def check_audit(at: Checking) -> None:
    """Look at the tables of a recipe's audit, and at the tags that it names."""
    if at.document.get("audit") is None:
        for name, weights in at.document.block("priorities").items():
            if weights:
                at.wrong(
                    ("priorities", name), "weighs the ranking of an audit; add one", at_key=True
                )
        return
    asked = at.document.block("audit")
    if not in_table(asked.get("baseline")):
        baseline = at.exists(("audit", "baseline"), "a CSV of tag, baseline")
        if baseline is not None:
            at.read(read_baseline, baseline)
    there = {
        name: at.exists(("audit", name), kind)
        for name, kind in (("tags", "a sheet of tags"), ("shares", "a CSV of tag, share"))
    }
    points = at.exists(("priorities", "curves", "points"), "a table of tag, size, loss")
    if points is not None:
        at.read(read_points, points)
    _check_manifest(at, asked)
    table = at.exists(("audit", "table"), "an error table")
    if table is None:
        return
    # What is not there was told above; the rest can still be looked at.
    usable = {key: value for key, value in asked.items() if there.get(key, True) is not None}
    found = at.read(lambda path: _tags_of(path, usable, at.folder), table)
    if found is not None:
        _known_tags(at, found)


def _check_manifest(at: Checking, asked: Mapping[str, Any]) -> None:
    """Look at what a loop asks each round's model about, where that is told instead of a table."""
    if (asked.get("table") is None) == (asked.get("manifest") is None):
        at.wrong(
            ("audit",),
            "write either table: an error table, or manifest: the examples that `augmentor loop` "
            "asks each round's model about",
            at_key=True,
        )
    manifest = at.exists(("audit", "manifest"), "a manifest or a folder, as the source")
    if manifest is not None:
        sources = at.read(read_pictures if at.pictures else read_sources, manifest)
        if sources is not None:
            known = list(dict.fromkeys(tag for one in sources for tag in one.facts.tags))
            _known_tags(at, known)
            for index, tag in enumerate(texts(at.document.get("loop", "guard")) or ()):
                if tag not in known:
                    what = f"no example of '{asked['manifest']}' has the tag '{tag}'"
                    hint = f"{nearest(tag, known)}; its tags: {listed(known)}"
                    at.wrong(("loop", "guard", index), what + hint)


def _tags_of(table: Path, asked: Mapping[str, Any], folder: Path) -> Sequence[str]:
    """Return the tags of the audit's table, opened as the recipe asks."""
    try:
        spec = AuditSpec.model_validate(asked)
    except ValidationError:  # told by the frame's check
        spec = AuditSpec(table=str(table))
    return open_path(table, asked_of(spec, folder)).names


def _known_tags(at: Checking, known: Sequence[str]) -> None:
    """Refuse categories and weights of tags that the audit never saw."""
    ranked = set(known)
    for name, raw in at.document.block("categories").items():
        tags = texts(raw.get("tags")) if isinstance(raw, dict) else None
        if tags and name in known and name not in tags:
            at.wrong(
                ("categories", name, "tags"),
                f"'{name}' is a tag of its own in the audit's table; add it here, or give the "
                "category another name",
            )
        for index, tag in enumerate(tags or [name]):
            if tag not in known:
                place: Path_ = ("categories", name, *(("tags", index) if tags else ()))
                at.wrong(
                    place,
                    f"the audit's table has no tag '{tag}'{nearest(tag, known)}; "
                    f"its tags: {listed(known)}"
                    + ("" if tags else "; a category serves its name, or its 'tags'"),
                    at_key=not tags,
                )
        ranked = ranked.difference(tags or ()) | {name}
    for kind in ("importance", "ease"):
        for name in at.document.block("priorities", kind):
            if name not in ranked:
                at.wrong(
                    ("priorities", kind, name),
                    f"'{name}' is no category and no tag of the audit's table"
                    f"{nearest(name, sorted(ranked))}; known: {listed(sorted(ranked))}",
                    at_key=True,
                )


def check_shares(at: Checking) -> None:
    """Refuse shares of the budget that an audit decides, or that do not make up a whole."""
    categories = at.document.block("categories")
    stated = {
        name: at.document.get("categories", name, "share")
        for name in categories
        if at.document.get("categories", name, "share") is not None
    }
    if at.document.get("audit") is not None:
        for name in stated:
            at.wrong(
                ("categories", name, "share"),
                "the audit decides the shares; take out 'share' here, or the 'audit'",
                at_key=True,
            )
    elif stated and all(map(is_number, stated.values())):
        total = sum(stated.values())
        if len(stated) < len(categories) or abs(total - 1) > 1e-6:
            at.wrong(
                ("categories",),
                "without an audit, state a 'share' for every category, summing to 1, "
                f"or for none; {len(stated)} of {len(categories)} state one, summing to "
                f"{total:g}",
                at_key=True,
            )
