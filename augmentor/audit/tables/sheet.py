"""Tags in a sheet of their own, as people make it: a hundred wrong rows, tagged by hand."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.tables import columns
from augmentor.audit.tables.marked import listed_tags, marked_tags
from augmentor.audit.tables.raw import ErrorTable
from augmentor.core.errors import Problem, UsageError, listed, nearest
from augmentor.files.frame import Frame, read_frame


def with_sheet(table: ErrorTable, paths: Sequence[str | None] | None, sheet: Path) -> ErrorTable:
    """Return a table with the tags of a sheet, joined by id or by path.

    Rows that the sheet does not have were not looked at. What blank rows mean is for
    `sampled.sampled` to say, which knows the wrong rows.

    Parameters
    ----------
    table : the error table; tags of its own stay beside those of the sheet.
    paths : the path of each row, where the table has them [rows].
    sheet : CSV, Excel or any other table with a column `id` or `path`, and tags in one column
        `tags` or a column each.

    Raises
    ------
    UsageError : the sheet has no such column, names rows that the table lacks, or one twice.
    """
    problems: list[Problem] = []
    frame = read_frame(sheet, problems)
    names = columns.known(frame.names)
    at = _places(table, paths, frame, names, problems)
    if "tags" in names:
        tag_names, tags = listed_tags(frame, names["tags"], problems)
    else:
        used = {name for plain, name in names.items() if plain in columns.NOT_TAGS}
        rest = [name for name in frame.names if name not in used]
        tag_names, tags, _others = marked_tags(frame, rest, problems, [])
    if problems:
        raise UsageError(problems)
    seen = np.zeros(len(table), dtype=np.bool_)
    seen[at] = True
    own = {name: table.tags[:, place] for place, name in enumerate(table.tag_names)}
    for place, name in enumerate(tag_names):
        new = np.zeros(len(table), dtype=np.bool_)
        new[at] = tags[:, place]
        own[name] = own[name] | new if name in own else new
    return replace(
        table,
        tag_names=tuple(own),
        tags=np.asfortranarray(np.column_stack(list(own.values())))
        if own
        else np.zeros((len(table), 0), dtype=np.bool_),
        looked_at=seen,
    )


def _places(
    table: ErrorTable,
    paths: Sequence[str | None] | None,
    frame: Frame,
    names: dict[str, str],
    problems: list[Problem],
) -> NDArray[np.intp]:
    """Return the row of the table that each row of a sheet is about."""
    key = columns.first(names, columns.IDS)
    if key is None:
        what = f"no column 'id' or 'path' to join by; it has {listed(frame.names)}"
        raise UsageError([*problems, Problem(frame.path, what)])
    cells = [(cell or "").strip() for cell in columns.optional(frame, key, problems)]
    known = {name: row for row, name in enumerate(table.ids)}
    if paths is not None and not any(cell in known for cell in cells):
        key = names.get("path", key)
        cells = [(cell or "").strip() for cell in columns.optional(frame, key, problems)]
        known = {name.strip(): row for row, name in enumerate(paths) if name}
    found = np.zeros(len(cells), dtype=np.intp)
    first: dict[str, int] = {}
    some = list(known)[:1000]
    for row, cell in enumerate(cells):
        if first.setdefault(cell, row) != row:
            what = f"'{cell}' again; it is on line {frame.line(first[cell])} already"
            problems.append(Problem(frame.where(row), what))
        elif cell in known:
            found[row] = known[cell]
        else:
            what = f"'{cell}' is no row of {table.path or 'the table'}{nearest(cell, some)}"
            problems.append(Problem(frame.where(row), what))
    return found
