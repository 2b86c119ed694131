"""The slices with the most errors for their size: all conjunctions counted, as cubes of columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from augmentor.audit.figures.intervals import Floats
from augmentor.audit.tables.predicates import Bools, Column
from augmentor.core.errors import UsageError

Ints = NDArray[np.intp]

ALPHA = 0.95
TOP = 10
MOST = 3
_ALL = slice(None)
_FEW = 0.6  # of the rows; counting fewer pays for picking them
_CELLS = 1 << 22  # of a table of two columns; beyond, memory is the limit


@dataclass(frozen=True, slots=True)
class Found:
    """A slice of the half that is searched.

    Parameters
    ----------
    predicates : (column, code) of each, in order of the columns.
    n, errors : rows in it, and their errors.
    score : SliceLine's, above 0.
    """

    predicates: tuple[tuple[str, int], ...]
    n: int
    errors: float
    score: float


def search(
    columns: Mapping[str, Column],
    errors: ArrayLike,
    *,
    least: int,
    alpha: float = ALPHA,
    top: int = TOP,
    most: int = MOST,
) -> list[Found]:
    """Return the slices with the highest scores, exactly; those tied with the last as well.

    The score is alpha (e / E - 1) - (1 - alpha) (N / n - 1), with e the mean error of the n rows
    of the slice and E that of all N rows. Single columns, pairs and triples of columns are
    counted as cubes. A cell of a triple is only looked at if all three of its pairs have enough
    rows, and if no slice inside them would score too low whatever it holds.

    Parameters
    ----------
    columns : name -> column.
    errors : 0 or more of each row [rows]: 0 and 1, or counts.
    least : rows that a slice must have.
    alpha : what the error weighs against the size, in (0, 1].
    top : how many.
    most : predicates of a slice, 1 to 3; at most one of each column.

    Raises
    ------
    UsageError
        Two columns have too many values with `least` rows to be counted together.

    References
    ----------
    Sagadeeva and Boehm 2021, "SliceLine: fast, linear-algebra-based slice finding for ML model
    debugging", SIGMOD, equations 1 and 3 (score and its upper bound).
    """
    wrong = np.asarray(errors, dtype=np.float64)
    if not wrong.any():
        return []
    scale = _Scale(alpha, len(wrong), float(wrong.mean()), least, float(wrong.max()))
    best = _Best(top)
    binary = bool(np.all((wrong == 0) | (wrong == 1)))
    cube = _Cube(wrong, binary)
    packed = [
        one for name, column in columns.items() if (one := _pack(name, column, cube, scale)).kept
    ]
    for one in packed:
        best.take([one], [np.arange(one.kept)], one.n, one.errors, scale)
    if most > 1:
        _search_deeper(packed, cube, scale, best, most)
    return best.ordered(list(columns))


@dataclass(frozen=True, slots=True)
class _Scale:
    """The score, and how much a slice inside another may reach."""

    alpha: float
    rows: int
    mean: float
    least: int
    peak: float  # the largest error of one row

    def score(self, n: Any, errors: Any) -> Floats:
        part, whole = self.alpha, 1 - self.alpha
        found = part * ((errors / n) / self.mean - 1) - whole * (self.rows / n - 1)
        return np.asarray(found)

    def bound(self, n: Any, errors: Any) -> Floats:
        """The score rises up to the size where every row is wrong, and is monotone from there."""
        turn = np.minimum(np.maximum(errors / self.peak, self.least), n)
        ends = (self.score(size, np.minimum(errors, size * self.peak)) for size in (turn, n))
        most = np.maximum(*ends)
        return np.asarray(most + 1e-12 * (1 + np.abs(most)))  # rounding must not lose a tie


@dataclass(frozen=True, slots=True)
class _Cube:
    """Counts rows and errors by a key. A 0 or 1 is a digit of the key: one pass counts both."""

    wrong: Floats
    binary: bool

    def tail(self, codes: Ints) -> Ints:
        return 2 * codes + self.wrong.astype(np.intp) if self.binary else codes

    def count(self, keys: Ints, shape: tuple[int, ...], rows: Any = _ALL) -> tuple[Any, Any]:
        size = int(np.prod(shape))
        if self.binary:
            table = np.bincount(keys, minlength=2 * size).reshape(*shape, 2)
            return table.sum(axis=-1), table[..., 1]
        n = np.bincount(keys, minlength=size).reshape(shape)
        return n, np.bincount(keys, self.wrong[rows], minlength=size).reshape(shape)


@dataclass(frozen=True, slots=True, eq=False)
class _Packed:
    """A column with only the values that have enough rows; `kept` stands for all others."""

    name: str
    original: Ints  # code of each kept value
    codes: Ints
    tail: Ints  # codes, with the errors as the last digit
    step: int  # what one code is worth in the tail
    n: Any
    errors: Any

    @property
    def kept(self) -> int:
        return len(self.original)

    @property
    def width(self) -> int:
        return self.kept + 1


def _pack(name: str, column: Column, cube: _Cube, scale: _Scale) -> _Packed:
    shifted = np.asarray(column.codes, dtype=np.intp) + 1
    n, errors = cube.count(cube.tail(shifted), (len(column.names) + 1,))
    original = np.flatnonzero((n[1:] >= scale.least) & (errors[1:] > 0))
    renamed = np.full(len(n), len(original), dtype=np.intp)
    renamed[original + 1] = np.arange(len(original))
    codes = renamed[shifted]
    step = 2 if cube.binary else 1
    counts = n[original + 1], errors[original + 1]
    return _Packed(name, original, codes, cube.tail(codes), step, *counts)


@dataclass(slots=True)
class _Best:
    """The best slices so far, and what a further one must score at least."""

    top: int
    floor: float = 0.0
    found: list[Found] = field(default_factory=list)

    def take(
        self, of: Sequence[_Packed], codes: Sequence[Ints], n: Any, errors: Any, scale: _Scale
    ) -> None:
        scores = scale.score(n, errors)
        floor = self.floor
        if len(scores) > self.top:
            floor = max(floor, float(np.partition(scores, -self.top)[-self.top]))
        for at in np.flatnonzero((scores > 0) & (scores >= floor)):
            predicates = tuple(
                (column.name, int(column.original[code[at]]))
                for column, code in zip(of, codes, strict=True)
            )
            self.found.append(Found(predicates, int(n[at]), float(errors[at]), float(scores[at])))
        if len(self.found) > self.top:
            self.floor = sorted(one.score for one in self.found)[-self.top]
            self.found = [one for one in self.found if one.score >= self.floor]

    def ordered(self, names: Sequence[str]) -> list[Found]:
        """Best first; of equal ones the shorter, then in order of the columns."""
        place = {name: at for at, name in enumerate(names)}
        return sorted(
            self.found,
            key=lambda one: (
                -one.score,
                len(one.predicates),
                [(place[name], code) for name, code in one.predicates],
            ),
        )


def _search_deeper(
    packed: Sequence[_Packed], cube: _Cube, scale: _Scale, best: _Best, most: int
) -> None:
    pairs: dict[tuple[int, int], tuple[Any, Any]] = {}
    for i, j in combinations(range(len(packed)), 2):
        a, b = packed[i], packed[j]
        if a.width * b.width > _CELLS:
            raise UsageError(
                f"columns '{a.name}' and '{b.name}' have {a.kept} and {b.kept} values with "
                f"{scale.least} rows or more: too many to be counted together; ask for more rows"
            )
        keys = a.codes * (b.width * b.step) + b.tail
        n, errors = (part[:-1, :-1] for part in cube.count(keys, (a.width, b.width)))
        pairs[i, j] = n, errors
        first, second = np.nonzero((n >= scale.least) & (errors > 0))
        best.take([a, b], [first, second], n[first, second], errors[first, second], scale)
    if most > 2:
        for (i, j), (n, errors) in pairs.items():
            live = (n >= scale.least) & (errors > 0)
            live[live] = scale.bound(n[live], errors[live]) >= best.floor
            if live.any():
                _search_triples(packed, (i, j), np.nonzero(live), pairs, cube, scale, best)


def _search_triples(
    packed: Sequence[_Packed],
    pair: tuple[int, int],
    cells: tuple[Ints, ...],
    pairs: Mapping[tuple[int, int], tuple[Any, Any]],
    cube: _Cube,
    scale: _Scale,
    best: _Best,
) -> None:
    """Look at the triples of a pair of columns and each later one."""
    (i, j), (first, second) = pair, cells
    a, b, n = packed[i], packed[j], pairs[pair][0]
    candidates: dict[int, Bools] = {}  # cells of each later column [pairs, values]
    for k in range(j + 1, len(packed)):
        live = _possible(pairs, (i, j, k), cells, scale, best.floor)
        if live.any():
            candidates[k] = live
    if not candidates:
        return
    needed = np.logical_or.reduce([live.any(axis=1) for live in candidates.values()])
    first, second = first[needed], second[needed]
    table = np.full((a.width, b.width), len(first), dtype=np.intp)
    table[first, second] = np.arange(len(first))
    row_pair = table.ravel()[a.codes * b.width + b.codes]  # of each row; the last is none
    rows: Any = _ALL
    if n[first, second].sum() < _FEW * len(row_pair):
        rows = np.flatnonzero(row_pair < len(first))
        row_pair = row_pair[rows]
    for k, live in candidates.items():
        c = packed[k]
        keys = row_pair * (c.width * c.step)
        keys += c.tail[rows]
        n, errors = (part[:-1, :-1] for part in cube.count(keys, (len(first) + 1, c.width), rows))
        which, third = np.nonzero(live[needed] & (n >= scale.least) & (errors > 0))
        codes = [first[which], second[which], third]
        best.take([a, b, c], codes, n[which, third], errors[which, third], scale)


def _possible(
    pairs: Mapping[tuple[int, int], tuple[Any, Any]],
    columns: tuple[int, int, int],
    cells: tuple[Ints, ...],
    scale: _Scale,
    floor: float,
) -> Bools:
    """Return which values of a third column may reach the floor with each pair [pairs, values]."""
    (i, j, k), (first, second) = columns, cells
    n, errors = (
        np.minimum(
            np.minimum(pairs[i, k][what][first], pairs[j, k][what][second]),
            pairs[i, j][what][first, second][:, None],
        )
        for what in (0, 1)
    )
    live = np.asarray((n >= scale.least) & (errors > 0))
    live[live] = scale.bound(n[live], errors[live]) >= floor
    return live
