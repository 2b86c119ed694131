"""The rubber sheet: tags lie beside each other, and pulling one up moves its neighbours.

Who is beside whom is said by people, as families of tags, or measured, as a table of
similarities.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from augmentor.audit.comparing.comparison import ROSE, Change, Families, Neighbour, Neighbours
from augmentor.core.errors import UsageError, listed, nearest


@dataclass(frozen=True, slots=True)
class Sheet:
    """Which tags are near each other.

    Parameters
    ----------
    families : names of families and their tags.
    similar : pairs of tags -> how alike they are, above 0 to 1; the order within a pair says
        nothing.
    """

    families: Mapping[str, Sequence[str]] = field(default_factory=dict)
    similar: Mapping[frozenset[str], float] = field(default_factory=dict)

    @property
    def tags(self) -> list[str]:
        """All tags it names, each once."""
        pairs = (sorted(pair) for pair in self.similar)
        return list(
            dict.fromkeys(tag for some in (*self.families.values(), *pairs) for tag in some)
        )

    def near(self, tag: str) -> dict[str, float | None]:
        """Return the neighbours of a tag, with their similarity where it is known."""
        found: dict[str, float | None] = {}
        for family in self.families.values():
            if tag in family:
                found |= dict.fromkeys(other for other in family if other != tag)
        for pair, value in self.similar.items():
            if tag in pair:
                (other,) = pair - {tag}
                found[other] = value
        return found

    def laid_out(self, tags: Sequence[str]) -> Families:
        """Return tags as they lie beside each other, in groups that hang together.

        Families stand in their order; a tag of two stands in the first. Similar tags of no
        family follow, the most alike side by side, then each by itself of which nothing is said.
        """
        left = dict.fromkeys(tags)
        placed = []
        for name, members in self.families.items():
            mine = tuple(tag for tag in dict.fromkeys(members) if tag in left)
            placed.append((name, mine))
            left = {tag: None for tag in left if tag not in mine}
        alike = [tag for tag in left if any(tag in pair for pair in self.similar)]
        placed += [("", piece) for piece in self._pieces(self._in_a_row(alike))]
        placed += [("", (tag,)) for tag in left if tag not in alike]
        return tuple((name, mine) for name, mine in placed if mine)

    def _pieces(self, row: Sequence[str]) -> list[tuple[str, ...]]:
        """Part a row of tags where two side by side are not alike at all."""
        pieces: list[tuple[str, ...]] = []
        for tag in row:
            if pieces and frozenset((pieces[-1][-1], tag)) in self.similar:
                pieces[-1] += (tag,)
            else:
                pieces.append((tag,))
        return pieces

    def _in_a_row(self, tags: Sequence[str]) -> tuple[str, ...]:
        """Order tags so that similar ones are side by side (Bar-Joseph et al. 2001)."""
        if len(tags) < 3:
            return tuple(tags)
        from scipy.cluster.hierarchy import leaves_list, linkage

        apart = [
            1 - self.similar.get(frozenset((one, other)), 0.0)
            for at, one in enumerate(tags)
            for other in tags[at + 1 :]
        ]
        tree = linkage(np.array(apart), "average", optimal_ordering=True)
        return tuple(tags[at] for at in leaves_list(tree).tolist())


def unknown_tags(sheet: Sheet, tags: Sequence[str]) -> list[str]:
    """Return what to say of tags that the tables do not have.

    Raises
    ------
    UsageError : they have none of them.
    """
    strange = [tag for tag in sheet.tags if tag not in tags]
    if strange and len(strange) == len(sheet.tags):
        what = f"the tables have no tag of the neighbours ({listed(strange)}); they have"
        raise UsageError(f"{what} {listed(tags) or 'no tags at all'}")
    return [f"the neighbour '{tag}' is no tag of the tables{nearest(tag, tags)}" for tag in strange]


def pulled(
    sheet: Sheet, rows: Sequence[Change], targets: Collection[str]
) -> tuple[Neighbours, ...]:
    """Return what the neighbours of each target did; without targets, of tags that rose."""
    by_name = {row.tag: row for row in rows}
    found = []
    for row in rows:
        if not (row.targeted if targets else row.verdict == ROSE):
            continue
        near = [
            Neighbour(
                tag=other.tag, change=other.change, interval=other.interval,
                verdict=other.verdict, similarity=similarity,
            )
            for name, similarity in sheet.near(row.tag).items()
            if (other := by_name.get(name)) is not None
        ]  # fmt: skip
        if not near and not row.targeted:
            continue
        near.sort(key=lambda one: (one.change is None, one.change or 0.0))
        found.append(
            Neighbours(
                tag=row.tag, change=row.change, verdict=row.verdict, targeted=row.targeted,
                neighbours=tuple(near),
            )
        )  # fmt: skip
    return tuple(found)
