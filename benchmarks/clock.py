"""Timing two ways of doing the same work, turn by turn, so that a drifting machine hits both."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Parameters
    ----------
    work : what was done.
    ours, peer : the figure of each, as text with its unit.
    ratio : how much better ours is than the peer's; None where there is no peer.
    wanted : the least the project asks for, as text.
    """

    work: str
    ours: str
    peer: str
    ratio: float | None
    wanted: str


def seconds(
    ways: Mapping[str, Callable[[], object]], *, turns: int = 7, warm: int = 1
) -> dict[str, float]:
    """Return the shortest time of each way, in seconds a call, each called once a turn."""
    best = dict.fromkeys(ways, float("inf"))
    for turn in range(-warm, turns):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            taken = time.perf_counter() - began
            if turn >= 0:
                best[name] = min(best[name], taken)
    return best
