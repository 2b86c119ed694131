"""Tags as people write them: together in one column, or a column each with marks in it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.tables import columns
from augmentor.core.errors import Problem
from augmentor.files.frame import MISSING, Frame

Found = tuple[tuple[str, ...], NDArray[np.bool_]]
"""Names of the tags, and bool [rows, tags], column after column in memory."""


def listed_tags(frame: Frame, name: str, problems: list[Problem]) -> Found:
    """Read tags that stand together in one column, separated by ``;`` or as a list."""
    cells = frame[name]
    texts: list[str] = []
    for at, cell in enumerate(cells.values):
        value = cell
        if isinstance(value, list) and all(isinstance(tag, str) for tag in value):
            value = ";".join(value)
        if not (value is None or value is MISSING or isinstance(value, str)):
            what = f"'{name}' is {value!r}; expected a list of names, or names separated by ';'"
            columns.say(frame, cells.codes == at, what, problems)
        texts.append(value if isinstance(value, str) else "")
    places, small = _split(texts)
    tags = np.empty((len(frame), len(places)), dtype=np.bool_, order="F")
    for at in range(len(places)):
        np.take(small[:, at], cells.codes, out=tags[:, at])
    return tuple(places), tags


def _split(texts: list[str]) -> tuple[list[str], NDArray[np.bool_]]:
    """Return the names in some texts, separated by ``;``, and which text has which.

    The same text means the same tags, so this is a small table, looked up for every row.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = pc.split_pattern(pa.array(texts, pa.string()), ";")
    names = pc.utf8_trim_whitespace(parts.flatten())
    owner = np.repeat(np.arange(len(texts)), np.diff(parts.offsets.to_numpy()))
    full = pc.not_equal(names, "").to_numpy(zero_copy_only=False)
    coded = names.filter(full).dictionary_encode()
    places: list[str] = coded.dictionary.to_pylist()
    small = np.zeros((len(texts), len(places)), dtype=np.bool_, order="F")
    small[owner[full], coded.indices.to_numpy()] = True
    return places, small


def marked_tags(
    frame: Frame, names: Sequence[str], problems: list[Problem], warnings: list[str]
) -> tuple[tuple[str, ...], NDArray[np.bool_], list[str]]:
    """Read tags that have a column each, as in a spreadsheet.

    Returns
    -------
    The tags, as `Found`, and the names of columns that hold something else.
    """
    found: dict[str, NDArray[np.bool_]] = {}
    rest: list[str] = []
    for name in names:
        cells = columns.optional(frame, name, problems)
        marked, others = columns.marks(cells)
        if others and (not marked.any() or columns.are_numbers(cells)):
            row = _first(cells.codes, cells.values.index(others[0]))
            warnings.append(
                f"the column '{name}' is not used as a tag: it holds no marks, but '{others[0]}' "
                f"on line {frame.line(row)}"
            )
            rest.append(name)
            continue
        for text in others:
            row = _first(cells.codes, cells.values.index(text))
            what = f"'{text}' in the tag column '{name}'; {columns.MARKS_SAID}"
            problems.append(Problem(frame.where(row), what))
        found[name] = marked
    tags = np.zeros((len(frame), len(found)), dtype=np.bool_, order="F")
    for at, marked in enumerate(found.values()):
        tags[:, at] = marked
    return tuple(found), tags, rest


def _first(codes: NDArray[np.integer[Any]], code: int) -> int:
    return int(np.argmax(codes == code))
