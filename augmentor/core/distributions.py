"""Distributions as quantile functions, written mild -> harsh.

``Uniform(20, 3)`` for an SNR in dB is mild at 0 and harsh at 1, so the number in [0, 1)
that draws a parameter *is* its severity, and a tuner can search along one axis.
"""

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from augmentor.core.assets import AssetBank

JSON = Any  # None, bool, int, float, str, list or dict of the same


@runtime_checkable
class Distribution(Protocol):
    """A quantile function over JSON values: mild at 0, harsh at 1."""

    def at(self, unit: float) -> JSON:
        """Return the value at severity `unit` in [0, 1)."""

    def span(self) -> Sequence[JSON]:
        """Return the values that bound or make up what can be drawn, to be checked at load."""

    def spec(self) -> JSON:
        """Return the recipe text, as JSON, that stands for this distribution."""


@dataclass(frozen=True, slots=True)
class Constant:
    """Always the same value."""

    value: JSON

    def at(self, unit: float) -> JSON:  # noqa: ARG002 - one signature for all
        """Return the value."""
        return self.value

    def span(self) -> Sequence[JSON]:
        """Return the value alone."""
        return (self.value,)

    def spec(self) -> JSON:
        """Return the value."""
        return self.value


@dataclass(frozen=True, slots=True)
class Uniform:
    """Evenly between `mild` and `harsh`."""

    mild: float
    harsh: float

    def at(self, unit: float) -> JSON:
        """Return the value at severity `unit`."""
        return self.mild + (self.harsh - self.mild) * unit

    def span(self) -> Sequence[JSON]:
        """Return both ends."""
        return (self.mild, self.harsh)

    def spec(self) -> JSON:
        """Return ``{uniform: [mild, harsh]}``."""
        return {"uniform": [self.mild, self.harsh]}


@dataclass(frozen=True, slots=True)
class LogUniform:
    """Evenly between the logarithms of `mild` and `harsh`, both above 0."""

    mild: float
    harsh: float

    def at(self, unit: float) -> JSON:
        """Return the value at severity `unit`."""
        low, high = math.log(self.mild), math.log(self.harsh)
        return math.exp(low + (high - low) * unit)

    def span(self) -> Sequence[JSON]:
        """Return both ends."""
        return (self.mild, self.harsh)

    def spec(self) -> JSON:
        """Return ``{log_uniform: [mild, harsh]}``."""
        return {"log_uniform": [self.mild, self.harsh]}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some values, each as likely, written mild first."""

    values: tuple[JSON, ...]

    def at(self, unit: float) -> JSON:
        """Return the value at severity `unit`."""
        return self.values[int(unit * len(self.values))]

    def span(self) -> Sequence[JSON]:
        """Return the values."""
        return self.values

    def spec(self) -> JSON:
        """Return ``{choice: [...]}``."""
        return {"choice": list(self.values)}


@dataclass(frozen=True, slots=True)
class Empirical:
    """As values that were seen, and anything between neighbours; written from mild to harsh.

    Parameters
    ----------
    values : all rising or all falling, so that the order of severity is the order of numbers.

    References
    ----------
    R. J. Hyndman and Y. Fan, Sample Quantiles in Statistical Packages, The American Statistician
    50(4), 1996: definition 7, in which the ends are the least and the greatest that were seen.
    """

    values: tuple[float, ...]

    def at(self, unit: float) -> JSON:
        """Return the value at severity `unit`."""
        place = unit * (len(self.values) - 1)
        below = min(int(place), max(0, len(self.values) - 2))
        mild, harsh = self.values[below], self.values[min(below + 1, len(self.values) - 1)]
        share = place - below
        between = mild * (1 - share) + harsh * share
        return min(max(between, min(mild, harsh)), max(mild, harsh))  # rounding never leaves them

    def span(self) -> Sequence[JSON]:
        """Return both ends."""
        return (self.values[0], self.values[-1])

    def spec(self) -> JSON:
        """Return ``{empirical: [...]}``."""
        return {"empirical": list(self.values)}


@dataclass(frozen=True, slots=True)
class Seed:
    """An integer that a kernel expands into bulk randomness with one counter-based generator."""

    def at(self, unit: float) -> JSON:
        """Return a whole number in [0, 2**53)."""
        return int(unit * 2**53)

    def span(self) -> Sequence[JSON]:
        """Return nothing: any seed is as good."""
        return ()

    def spec(self) -> JSON:
        """Return nothing: a seed is never written in a recipe."""
        return None


@dataclass(frozen=True, slots=True)
class Pick:
    """A recording of a bank and where in it to start, evenly over the bank's audible seconds."""

    name: str = ""
    bank: AssetBank | None = field(default=None, compare=False)

    def at(self, unit: float) -> JSON:
        """Return the reference of the asset at `unit`: bank, id, digest, start."""
        if self.bank is None:
            msg = f"the bank '{self.name}' is not open: load the recipe first"
            raise RuntimeError(msg)
        return self.bank.at(unit)

    def span(self) -> Sequence[JSON]:
        """Return nothing: a bank has no order of severity."""
        return ()

    def spec(self) -> JSON:
        """Return ``{pick: BANK}``."""
        return {"pick": self.name}


def is_number(value: JSON) -> bool:
    """Return whether a value is a finite number that a float can hold; true and false are none."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) <= sys.float_info.max
    )


def _pair(kind: type[Any]) -> Any:
    def make(ends: Any) -> Distribution:
        if not isinstance(ends, list) or len(ends) != 2 or not all(map(is_number, ends)):
            msg = "takes two numbers, [mild, harsh]"
            raise ValueError(msg)
        if kind is LogUniform and min(ends) <= 0:
            msg = "takes two numbers above 0"
            raise ValueError(msg)
        made: Distribution = kind(*ends)
        return made

    return make


def _choice(values: Any) -> Distribution:
    if not isinstance(values, list) or not values:
        msg = "takes a list of values, [a, b, ...]"
        raise ValueError(msg)
    return Choice(tuple(values))


def _empirical(values: Any) -> Distribution:
    if not isinstance(values, list) or not values or not all(map(is_number, values)):
        msg = "takes a list of numbers that were seen, [mild, ..., harsh]"
        raise ValueError(msg)
    if values not in (sorted(values), sorted(values, reverse=True)):
        msg = "takes numbers in order, all rising or all falling: write the mildest first"
        raise ValueError(msg)
    return Empirical(tuple(values))


FORMS: Mapping[str, Any] = {
    "uniform": _pair(Uniform),
    "log_uniform": _pair(LogUniform),
    "choice": _choice,
    "empirical": _empirical,
}
"""How a recipe writes a distribution of plain values; ``pick`` needs the recipe's banks."""
