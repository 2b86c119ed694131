"""Slices of 12 columns, up to three predicates, beside sliceline on a smaller table of the kind."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sliceline.slicefinder import Slicefinder

from augmentor.audit.slices.find import Column, find_slices, search
from benchmarks.clock import Row, seconds

ALPHA, TOP = 0.95, 10


def table(rows: int, columns: int, *, even: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return codes [rows, columns] of 5 to 10 values, and errors of 0 and 1.

    Parameters
    ----------
    even : whether values are equally common; else the first of a column are the most common.
    """
    draw = np.random.Generator(np.random.Philox(key=1))
    kinds = draw.integers(5, 11, columns)
    if even:
        codes = draw.integers(0, kinds, (rows, columns))
    else:
        codes = np.minimum(draw.geometric(0.4, (rows, columns)) - 1, kinds - 1)
    rate = 0.05 + 0.25 * ((codes[:, 0] == 1) & (codes[:, 1] == 2))
    rate += 0.2 * ((codes[:, 2] == 0) & (codes[:, 3] == 1) & (codes[:, 4] == 1))
    rate += 0.1 * (codes[:, 5] == 3)
    return codes, (draw.random(rows) < rate).astype(np.float64)


def named(codes: np.ndarray) -> dict[str, Column]:
    """Return the columns as the audit has them."""
    values = tuple(str(value) for value in range(10))
    return {f"c{at}": Column(column.copy(), values) for at, column in enumerate(codes.T)}


def same(codes: np.ndarray, errors: np.ndarray, least: int) -> float:
    """Return the peer's seconds, one call, after checking that its slices are ours."""
    peer = Slicefinder(alpha=ALPHA, k=TOP, max_l=3, min_sup=least, verbose=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        taken = seconds({"peer": lambda: peer.fit(codes, errors)}, turns=1, warm=0)["peer"]
    theirs = {
        tuple((f"c{at}", int(value)) for at, value in enumerate(row) if value is not None)
        for row in peer.top_slices_
    }
    ours = search(named(codes), errors, least=least, alpha=ALPHA, top=TOP)
    if {one.predicates for one in ours} != theirs or not theirs:
        raise RuntimeError("the slices are not those of sliceline")
    return taken


def measure(_folder: Path) -> Iterator[Row]:
    """Yield seconds a search. The peer gets a part: of all it takes a minute and tens of GB."""
    for rows, columns, even in ((10_000, 8, True), (10_000, 8, False)):
        codes, errors = table(rows, columns, even=even)
        least, known = rows // 100, named(codes)
        peer = same(codes, errors, least)
        ours = seconds({"ours": lambda: search(known, errors, least=least, alpha=ALPHA)})["ours"]  # noqa: B023
        yield Row(
            f"slices, {rows // 1000}k x {columns}, {'even' if even else 'skewed'} / sliceline",
            f"{1e3 * ours:.1f} ms", f"{peer:.1f} s", peer / ours, "same top 10",
        )  # fmt: skip
    for even in (True, False):
        codes, errors = table(100_000, 12, even=even)
        known = named(codes)
        found = seconds(
            {
                "search": lambda: search(known, errors, least=1000, alpha=ALPHA),  # noqa: B023
                "rare": lambda: search(known, errors, least=32, alpha=ALPHA),  # noqa: B023
                "whole": lambda: find_slices(known, errors),  # noqa: B023
            },
            turns=3,
        )
        kind = "even" if even else "skewed"
        for name, work in (
            ("search", f"slices, 100k x 12, {kind}, 1 % of the rows"),
            ("rare", f"slices, 100k x 12, {kind}, 32 rows"),
            ("whole", f"slices, 100k x 12, {kind}, found on a half and tested"),
        ):
            yield Row(work, f"{1e3 * found[name]:.0f} ms", "", None, "<= 300 ms")
