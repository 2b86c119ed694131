"""What every mapping of a recipe file holds to, and how much a recipe makes."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

Text = Annotated[str, StringConstraints(min_length=1)]

MOST_EXAMPLES = 10**9
MOST_BYTES = 1e15

_SIZE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(h|kB|MB|GB|TB)\s*$")
_UNITS = {"h": 3600.0, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}


class Strict(BaseModel):
    """A mapping in which an unknown key is a mistake, and so is a value of another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Budget(Strict):
    """How much to make: examples, seconds or bytes.

    Parameters
    ----------
    amount : how much.
    unit : of what.
    """

    amount: float
    unit: Literal["examples", "s", "bytes"]

    def said(self) -> int | str:
        """Return it as a recipe writes it."""
        if self.unit == "examples":
            return int(self.amount)
        return f"{self.amount / 3600:.6f} h" if self.unit == "s" else f"{self.amount / 1e3:.6f} kB"

    @classmethod
    def parse(cls, value: int | str) -> "Budget":
        """Return the budget that a recipe wrote."""
        if isinstance(value, int):
            if not 1 <= value <= MOST_EXAMPLES:
                msg = f"a budget is 1 to {MOST_EXAMPLES} examples"
                raise ValueError(msg)
            return cls(amount=float(value), unit="examples")
        found = _SIZE.match(value)
        if found is None or float(found[1]) <= 0:
            msg = f"'{value}' is not a budget; write examples (1200), hours (20 h) or bytes (2 GB)"
            raise ValueError(msg)
        amount = float(found[1]) * _UNITS[found[2]]
        if amount > MOST_BYTES:
            msg = f"'{value}' is beyond any disk"
            raise ValueError(msg)
        return cls(amount=amount, unit="s" if found[2] == "h" else "bytes")
