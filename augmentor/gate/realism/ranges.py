"""In which range real examples lie, and how many of the made ones lie outside."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from augmentor.gate.realism.seen import SAID, Seen

LEAST = 20
"""So many real ones have a range at all: of fewer, one in ten lies beyond the ends by chance."""
_INSIDE = (0.025, 0.975)
_TOLD = (0.05, 0.5, 0.95)

Values = Mapping[str, Sequence[float]]
"""Measure -> what was measured, without what is undefined."""


@dataclass(frozen=True, slots=True)
class Range:
    """One measure of real and made ones.

    Parameters
    ----------
    measure : its name, see `seen.SAID`.
    n_real, n_made : how many it was defined for.
    real, made : quantiles 5, 50 and 95 %.
    outside_frac : share of the made ones below the 2.5 % quantile of the real ones or above
        their 97.5 %: 0.05 by chance; None where either is too few.
    """

    measure: str
    n_real: int
    n_made: int
    real: tuple[float, float, float]
    made: tuple[float, float, float]
    outside_frac: float | None

    def to_json(self) -> dict[str, object]:
        """Return plain JSON."""
        found = asdict(self)
        return {name: list(v) if isinstance(v, tuple) else v for name, v in found.items()}


def values_of(seen: Sequence[Seen]) -> dict[str, list[float]]:
    """Return what was measured, by measure, to 4 decimals."""
    found: dict[str, list[float]] = {}
    for name in SAID:
        values = [value for one in seen if (value := one.values.get(name)) is not None]
        if values:
            found[name] = [round(float(value), 4) for value in values]
    return found


def ranges_of(real: Values, made: Values) -> list[Range]:
    """Return the ranges of every measure that was defined for real and for made ones."""
    return [_range(name, real[name], made[name]) for name in SAID if name in real and name in made]


def _range(name: str, real: Sequence[float], made: Sequence[float]) -> Range:
    outside = None
    if len(real) >= LEAST:
        low, high = np.quantile(real, _INSIDE)
        values = np.asarray(made)
        outside = round(float(((values < low) | (values > high)).mean()), 4)
    return Range(name, len(real), len(made), _quantiles(real), _quantiles(made), outside)


def _quantiles(values: Sequence[float]) -> tuple[float, float, float]:
    low, middle, high = (round(float(one), 4) for one in np.quantile(values, _TOLD))
    return low, middle, high
