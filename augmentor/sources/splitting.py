"""Splitting recordings or pictures into parts that share nothing: train, dev and test banks."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from augmentor.core.errors import UsageError
from augmentor.core.stream import Stream
from augmentor.kernels.fingerprint import HOP_S
from augmentor.sources.leaks import Item, clusters, index_of
from augmentor.sources.manifest import Source
from augmentor.sources.medium import Medium
from augmentor.sources.prints import take_prints

PARTS = ("train", "dev", "test")
ORDERS = 64
"""So many orders are drawn by key; the one that comes nearest to the shares is taken."""

_WANTED = "write --split 80/10/10, for train, dev and test, or --split train=0.8,test=0.2"


def shares_of(text: str) -> dict[str, float]:
    """Return the parts that a text names, each with its share; they sum to 1.

    Raises
    ------
    UsageError : it is neither ``80/10/10`` nor ``train=0.8,test=0.2``.
    """
    named = "=" in text
    words = [one.strip() for one in text.split("," if named else "/")]
    pairs = [one.split("=", 1) for one in words] if named else zip(PARTS, words, strict=False)
    try:
        found = {name.strip(): float(share) for name, share in pairs}
    except ValueError:
        found = {}
    whole = sum(found.values())
    good = 2 <= len(found) == len(words) and all(0 < one < np.inf for one in found.values())
    if not good or not all(name.isidentifier() for name in found):
        raise UsageError(f"'{text}' is no split; {_WANTED}")
    if min(abs(whole - 1), abs(whole - 100)) > 1e-6:
        raise UsageError(f"the shares of '{text}' sum to {whole:g}, not to 1 or 100; {_WANTED}")
    return {name: share / whole for name, share in found.items()}


def split_sources(
    place: Path,
    sources: Sequence[Source],
    shares: Mapping[str, float],
    medium: Medium,
) -> dict[str, list[Source]]:
    """Return disjoint parts of some sources.

    What has a group or a speaker in common, or is the same or nearly the same, or a cut of one
    recording, stays in one part.

    Parameters
    ----------
    place : the manifest or folder they were read from.
    sources : recordings or pictures.
    shares : parts, each with its share of the seconds, or of the defects.
    medium : what they are.

    Raises
    ------
    UsageError : too much of it hangs together for so many parts.
    """
    items = list(map(Item.of, sources, take_prints(place, sources, medium)))
    amounts = list(map(_amount, sources, items))
    together = [*clusters(items, _alike(items)).values()]
    sizes = [sum(amounts[at] for at in places) for places in together]
    usable = sum(size > 0 for size in sizes)
    if usable < len(shares):
        raise UsageError(
            f"{place} cannot be split into {len(shares)} parts: by group, speaker and what is "
            f"nearly the same, its {len(sources)} hang together in {usable} that can be used; "
            "add recordings, or split it into fewer parts"
        )
    names = [min(items[at].group or items[at].id for at in places) for places in together]
    best = min(
        (_dealt(_order(names, draw), sizes, [*shares.values()]) for draw in range(ORDERS)),
        key=lambda parts: _off(parts, sizes, [*shares.values()]),
    )
    found: dict[str, list[Source]] = {}
    for part, name in enumerate(shares):
        places = sorted(
            at for one, p in zip(together, best, strict=True) if p == part for at in one
        )
        found[name] = [sources[at] for at in places]
    return found


def _order(names: Sequence[str], draw: int) -> list[int]:
    lots = Stream(0).at("bank split", draw)
    return sorted(range(len(names)), key=lambda at: (lots.at(names[at]).word(), at))


def _dealt(order: Sequence[int], sizes: Sequence[float], shares: Sequence[float]) -> list[int]:
    """Return the part of each cluster: one by one, each goes where most is missing by then.

    The last ones go where nothing is yet, so that no part stays empty.
    """
    missing = [share * sum(sizes) for share in shares]
    parts = [0] * len(sizes)
    empty = set(range(len(shares)))
    left = sum(size > 0 for size in sizes)
    for at in order:
        open_to = empty if sizes[at] > 0 and left <= len(empty) else range(len(shares))
        parts[at] = max(open_to, key=lambda part: (missing[part], -part))
        missing[parts[at]] -= sizes[at]
        if sizes[at] > 0:
            empty.discard(parts[at])
            left -= 1
    return parts


def _off(parts: Sequence[int], sizes: Sequence[float], shares: Sequence[float]) -> float:
    """Return how far the parts are from their shares."""
    have = np.bincount(parts, weights=sizes, minlength=len(shares)) / sum(sizes)
    return float(np.abs(have - shares).sum())


def _alike(items: Sequence[Item]) -> list[tuple[int, int]]:
    """Return pairs of items that are nearly the same, or cuts of one recording."""
    index, known = index_of(items)
    if index is None:
        return []
    return [
        (at, known[match.which])
        for at, item in enumerate(items)
        if item.print is not None
        for match in index.find(item.print)
        if known[match.which] != at
    ]


def _amount(source: Source, item: Item) -> float:
    """Return how much one counts: its defects, or its seconds; nothing where all is silent."""
    if source.marks:
        return float(len(source.marks))
    # Not the moments that the print tells apart: a steady hum has none.
    return 0.0 if item.print is None else len(item.print) * HOP_S
