"""What the gate costs: seconds by check, of an example and in all."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def cost_of(
    tries: Iterable[Sequence[Mapping[str, float]]], making_s: float
) -> dict[str, dict[str, Any]]:
    """Return what each check cost, dearest first, as plain JSON.

    Parameters
    ----------
    tries : of each example, of each of its tries: seconds by check.
    making_s : what making the examples took in all, on all cores together.

    Returns
    -------
    By check: ``calls`` (examples, those drawn again counted again), ``ms_each``, ``total_s`` and
    ``share_frac`` of making; None where nothing was made.
    """
    spent: defaultdict[str, list[float]] = defaultdict(list)
    for example in tries:
        for one in example:
            for check, taken_s in one.items():
                spent[check].append(taken_s)
    totals = {check: sum(taken) for check, taken in spent.items()}
    return {
        check: {
            "calls": len(spent[check]),
            "ms_each": round(1e3 * totals[check] / len(spent[check]), 4),
            "total_s": round(totals[check], 4),
            "share_frac": round(totals[check] / making_s, 4) if making_s else None,
        }
        for check in sorted(totals, key=lambda name: -totals[name])
    }
