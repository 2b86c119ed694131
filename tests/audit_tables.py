"""Error tables made in memory for tests."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from augmentor.audit.tables.raw import ErrorTable


def table_of(cells: Sequence[tuple[list[str], int, int]], **more: Any) -> ErrorTable:
    """Build a table from (tags, right, wrong): so many rows with these tags."""
    names = list(dict.fromkeys(tag for tags, _, _ in cells for tag in tags))
    predictions, tags = [], []
    for some, right, wrong in cells:
        predictions += ["yes"] * right + ["no"] * wrong
        tags += [[name in some for name in names]] * (right + wrong)
    n = len(predictions)
    return ErrorTable(
        ids=[str(row) for row in range(n)],
        targets=["yes"] * n,
        predictions=predictions,
        tag_names=tuple(names),
        tags=np.array(tags, dtype=np.bool_).reshape(n, len(names)),
        **more,
    )
