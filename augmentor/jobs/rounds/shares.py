"""A share of a round's new examples: a smaller one is a part of every larger one."""

from collections.abc import Sequence

from augmentor.core.stream import Stream
from augmentor.jobs.rounds.lists import Row


def share_of(rows: Sequence[Row], share_pct: int, stream: Stream) -> list[Row]:
    """Return a share of new examples, in their order: the same of every category.

    Each example has a lot of its own, by its id; the lowest lots of its category are taken.

    Parameters
    ----------
    rows : with id and category.
    share_pct : in per cent; half an example counts as one.
    stream : of the lots.
    """
    of: dict[str, list[tuple[float, str]]] = {}
    for row in rows:
        of.setdefault(row["category"], []).append((stream.at(row["id"]).unit(), row["id"]))
    taken = {
        name
        for lots in of.values()
        for _, name in sorted(lots)[: (share_pct * len(lots) + 50) // 100]
    }
    return [row for row in rows if row["id"] in taken]
