"""A column of a table in which each different value is kept once."""

from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

Value = TypeVar("Value")


class Coded(Sequence[Value], Generic[Value]):
    """A long column of few different values: what is done to each value is done once.

    Parameters
    ----------
    codes : int [rows], places in `values`.
    values : the different values.
    """

    __slots__ = ("codes", "values")
    __hash__ = None  # type: ignore[assignment]  # as a list: equal to what holds the same

    def __init__(self, codes: NDArray[np.integer[Any]], values: Sequence[Value]) -> None:
        self.codes, self.values = codes, values

    @classmethod
    def of(cls, column: Sequence[Value]) -> "Coded[Value]":
        """Return a column of hashable values as one of these; one that is comes back as it is."""
        if isinstance(column, Coded):
            return column
        places: dict[Value, int] = {}
        codes = [places.setdefault(value, len(places)) for value in column]
        return cls(np.array(codes, dtype=np.int32), list(places))

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, at: int) -> Value: ...
    @overload
    def __getitem__(self, at: slice) -> "Coded[Value]": ...
    def __getitem__(self, at: int | slice) -> "Value | Coded[Value]":
        if isinstance(at, slice):
            return Coded(self.codes[at], self.values)
        return self.values[int(self.codes[at])]

    def __iter__(self) -> Iterator[Value]:
        values = self.values
        return (values[code] for code in self.codes.tolist())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __repr__(self) -> str:
        return f"Coded({list(self)!r})"

    def take(self, rows: NDArray[np.intp]) -> "Coded[Value]":
        """Return the rows named, in that order."""
        return Coded(self.codes[rows], self.values)
