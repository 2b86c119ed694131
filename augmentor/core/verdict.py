"""Bounds and verdicts: what the gate measured, what was asked, and what follows."""

import math
import re
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["pass", "fail", "cannot tell"]

_FORM = re.compile(r"^\s*(<=|>=)\s*([-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)\s*$")


@dataclass(frozen=True, slots=True)
class Bound:
    """One side of a measure: ``<= 1.0`` or ``>= 0.6``."""

    sign: Literal["<=", ">="]
    value: float

    @classmethod
    def parse(cls, text: object) -> "Bound":
        """Return the bound a recipe wrote; ValueError says the form."""
        found = _FORM.match(text) if isinstance(text, str) else None
        if found is None:
            msg = f'{text!r} is not a bound; write it as "<= 0.5" or ">= 0.5", with the quotes'
            raise ValueError(msg)
        return cls("<=" if found[1] == "<=" else ">=", float(found[2]))

    def holds(self, value: float) -> bool:
        """Return whether a value keeps the bound."""
        return value <= self.value if self.sign == "<=" else value >= self.value

    def __str__(self) -> str:
        return f"{self.sign} {self.value:.15g}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one check said of one example.

    Parameters
    ----------
    check : the check's versioned name, ``estoi.v1``.
    value : what was measured, rounded to 4 decimals; None where it is undefined, infinite
        where it is beyond any bound.
    bound : what was asked, as text.
    outcome : pass, fail, or cannot tell (undefined here: it passes, and is counted).
    """

    check: str
    value: float | None
    bound: str
    outcome: Outcome

    @classmethod
    def of(cls, check: str, value: float | None, bound: Bound) -> "Verdict":
        """Judge a measured value against a bound."""
        if value is None:
            return cls(check, None, str(bound), "cannot tell")
        value = round(value, 4)
        return cls(check, value, str(bound), "pass" if bound.holds(value) else "fail")

    def to_json(self) -> dict[str, object]:
        """Return the verdict as plain JSON, which knows no infinity: that becomes null."""
        finite = self.value is not None and math.isfinite(self.value)
        return {
            "check": self.check,
            "value": self.value if finite else None,
            "bound": self.bound,
            "outcome": self.outcome,
        }
