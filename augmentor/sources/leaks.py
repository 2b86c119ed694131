"""Leaks: what a model learns from and what it is tested on have something in common."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.errors import listed
from augmentor.sources.manifest import Source
from augmentor.sources.prints import Printed

if TYPE_CHECKING:
    from augmentor.kernels.fingerprint import SoundIndex
    from augmentor.kernels.picture_print import PictureIndex

ID, DIGEST, NEAR = "id", "digest", "near_duplicate"
GROUP, SPEAKER, PARENT = "group", "speaker", "parent"
KINDS = (ID, DIGEST, NEAR, GROUP, SPEAKER, PARENT)

_WORDS = {
    ID: "have the id of one of {theirs}",
    DIGEST: "are the very recording or picture of one of {theirs}",
    NEAR: "are nearly the same as one of {theirs}: a copy, or another cut of one recording",
    GROUP: "are of a group that is in {theirs}",
    SPEAKER: "have a speaker that is in {theirs}",
    PARENT: "were made from one of {theirs}, or from what one was made from",
}
_TAKE = "take them out"
_MEND = {
    ID: f"{_TAKE}, or give ids of their own to what is not the same",
    DIGEST: _TAKE,
    NEAR: _TAKE,
    GROUP: "keep every group on one side",
    SPEAKER: "keep every speaker on one side",
    PARENT: _TAKE,
}
_SHOWN = 3


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """An example or a recording as far as leaks go; empty where it is not known.

    Parameters
    ----------
    id : its name.
    own_id : whether that is more than a file's name, which two folders may share by chance.
    parent : the id of what it was made from.
    group, speaker : what must not be on both sides.
    digests, print : see `prints.Printed`; None where no print was taken.
    """

    id: str
    own_id: bool = True
    parent: str = ""
    group: str = ""
    speaker: str = ""
    digests: tuple[str, ...] = ()
    print: NDArray[Any] | None = None

    @classmethod
    def of(
        cls, source: Source, printed: Printed | str | None = None, *, own: bool = True
    ) -> "Item":
        """Return a source with its print.

        Parameters
        ----------
        source : of a manifest or a folder.
        printed : its print, or why there is none.
        own : whether its manifest's ids mean the same as those of others.
        """
        facts, name = source.facts, source.facts.id
        file = name.rpartition("@")[0] if source.start_s else name
        own = own and not source.path.as_posix().endswith(file)
        parent = str(source.meta.get("parent") or "")
        found = printed if isinstance(printed, Printed) else Printed((), np.zeros(0))
        took = None if printed is not found else found.print
        return cls(name, own, parent, facts.group, facts.speaker, found.digests, took)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that must have nothing in common.

    Parameters
    ----------
    name : as messages call it.
    items : its examples.
    """

    name: str
    items: Sequence[Item]


Pair = tuple[int, int, str]
"""Places of two items of two sides, and in what they agree."""


@dataclass(frozen=True, slots=True)
class Leak:
    """What two sides have in common, of one kind.

    Parameters
    ----------
    kind : one of `KINDS`.
    ours, theirs : names of the two sides.
    count : how many of ours, out of `total`.
    ids : all of ours, in their order.
    examples : (id of ours, id of theirs, in what they agree), the first few.
    accepted : whether the recipe says that it is known.
    """

    kind: str
    ours: str
    theirs: str
    count: int
    total: int
    ids: tuple[str, ...]
    examples: tuple[tuple[str, str, str], ...]
    accepted: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values, without all the ids."""
        names = ("kind", "ours", "theirs", "count", "total", "accepted")
        shown = [{"ours": a, "theirs": b, "common": what} for a, b, what in self.examples]
        plain = {name: getattr(self, name) for name in names}
        return plain | {"examples": shown}

    @property
    def said(self) -> str:
        """What leaks, in one sentence."""
        shown = [f"'{a}' and '{b}' ({what})" for a, b, what in self.examples]
        words = _WORDS[self.kind].format(theirs=self.theirs)
        more = [f"'{one}'" for one in self.ids[len(shown) :]]
        which = f": {listed(more)}" if _MEND[self.kind].startswith(_TAKE) else ""
        rest = f"; {len(more)} more{which}" if more else ""
        return f"{self.count} of {self.total} of {self.ours} {words}: {', '.join(shown)}{rest}"

    @property
    def advice(self) -> str:
        """What to do about it."""
        known = f"leaks: {{ignore: [{self.kind}]}}"
        return f"{_MEND[self.kind]}; or write {known} if that is known and accepted"


def find_leaks(
    ours: Side, theirs: Side, alike: Iterable[Pair] = (), ignore: Sequence[str] = ()
) -> list[Leak]:
    """Return what two sides have in common, one leak a kind.

    Parameters
    ----------
    ours : what is learned from, or made from.
    theirs : what is tested on.
    alike : near duplicates, see `near_duplicates`; those that are the same are told as that.
    ignore : kinds that are known and accepted.
    """
    pairs: dict[str, list[Pair]] = {
        ID: _common([[i.id] if i.own_id else [] for i in ours.items],
                    [[i.id] if i.own_id else [] for i in theirs.items], "id"),
        DIGEST: _common([i.digests for i in ours.items], [i.digests for i in theirs.items], ""),
        GROUP: _common([[i.group] for i in ours.items], [[i.group] for i in theirs.items], GROUP),
        SPEAKER: _common(
            [[i.speaker] for i in ours.items], [[i.speaker] for i in theirs.items], SPEAKER
        ),
        PARENT: _kin(ours, theirs),
    }  # fmt: skip
    same = {ours_at for ours_at, _, _ in pairs[DIGEST]}
    pairs[NEAR] = [pair for pair in alike if pair[0] not in same]
    return [
        _leak(kind, ours, theirs, pairs[kind], accepted=kind in ignore)
        for kind in KINDS
        if pairs[kind]
    ]


def _leak(kind: str, ours: Side, theirs: Side, pairs: Sequence[Pair], *, accepted: bool) -> Leak:
    first: dict[int, Pair] = {}
    for pair in pairs:
        first.setdefault(pair[0], pair)
    ordered = [first[place] for place in sorted(first)]
    ids = tuple(ours.items[at].id for at, _, _ in ordered)
    examples = tuple(
        (ours.items[a].id, theirs.items[b].id, what) for a, b, what in ordered[:_SHOWN]
    )
    total = len(ours.items)
    return Leak(kind, ours.name, theirs.name, len(ids), total, ids, examples, accepted)


def _common(
    ours: Sequence[Sequence[str]], theirs: Sequence[Sequence[str]], word: str
) -> list[Pair]:
    """Return pairs that share a key; an empty key is like no other."""
    first: dict[str, int] = {}
    for place, keys in enumerate(theirs):
        for key in keys:
            first.setdefault(key, place)
    return [
        (place, first[key], f"{word} '{key}'" if word else f"digest {key[:10]}")
        for place, keys in enumerate(ours)
        for key in keys
        if key and key in first
    ]


def _kin(ours: Side, theirs: Side) -> list[Pair]:
    """Return children whose parent is on the other side, and pairs of children of one parent."""
    by_id: dict[str, int] = {}
    for place, item in enumerate(theirs.items):
        if item.own_id or item.parent:
            by_id.setdefault(item.id, place)
    children: dict[str, int] = {}
    for place, item in enumerate(theirs.items):
        if item.parent:
            children.setdefault(item.parent, place)
    found: list[Pair] = []
    for place, item in enumerate(ours.items):
        if item.parent and (other := by_id.get(item.parent, children.get(item.parent))) is not None:
            found.append((place, other, f"parent '{item.parent}'"))
        elif item.own_id and item.id in children:
            found.append((place, children[item.id], f"'{item.id}' is its parent"))
    return found


def near_duplicates(ours: Side, theirs: Side) -> list[Pair]:
    """Return pairs that are nearly the same, by their prints; one pair for each of ours.

    Both sides are sounds, or both are pictures. Costs grow with the size of each side, not with
    the product, as long as prints differ.
    """
    index, known = index_of(theirs.items)
    if index is None:
        return []
    return [
        (place, known[found.which], found.said)
        for place, item in enumerate(ours.items)
        if item.print is not None
        for found in index.find(item.print)[:1]
    ]


def index_of(items: Sequence[Item]) -> "tuple[SoundIndex | PictureIndex | None, list[int]]":
    """Return an index of the prints of some items, and the place of each; None: no print."""
    from augmentor.kernels.fingerprint import SoundIndex
    from augmentor.kernels.picture_print import PictureIndex

    known = [at for at, item in enumerate(items) if item.print is not None]
    prints = [item.print for item in items if item.print is not None]
    if not prints:
        return None, []
    return SoundIndex(prints) if prints[0].dtype == np.int8 else PictureIndex(prints), known


def clusters(
    items: Sequence[Item], matches: Iterable[tuple[int, int]] = ()
) -> Mapping[int, list[int]]:
    """Return what must stay together: of a group, of one digest, or nearly the same.

    Parameters
    ----------
    items : recordings or pictures.
    matches : places of near duplicates.

    Returns
    -------
    The first place of each cluster -> its places.
    """
    root = list(range(len(items)))

    def top(place: int) -> int:
        while root[place] != place:
            root[place] = root[root[place]]
            place = root[place]
        return place

    def join(a: int, b: int) -> None:
        low, high = sorted((top(a), top(b)))
        root[high] = low

    first: dict[tuple[str, str], int] = {}
    for place, item in enumerate(items):
        keys = [(DIGEST, one) for one in item.digests]
        keys += [(GROUP, item.group)] if item.group else []
        keys += [(SPEAKER, item.speaker)] if item.speaker else []
        for key in keys:
            join(place, first.setdefault(key, place))
    for a, b in matches:
        join(a, b)
    found: dict[int, list[int]] = defaultdict(list)
    for place in range(len(items)):
        found[top(place)].append(place)
    return found
