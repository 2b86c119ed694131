"""The same examples in two tables, brought into one order."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.tables.raw import ErrorTable
from augmentor.core.errors import Problem, UsageError, listed


def paired(before: ErrorTable, after: ErrorTable) -> ErrorTable:
    """Return the rows of `after` in the order of `before`, with its tags, and its groups if any.

    Raises
    ------
    UsageError
        Examples, targets or tags differ: then a change would not be the model's.
    """
    order = _order(before, after)
    targets = _taken(after.targets, order)
    pairs = zip(before.ids, before.targets, targets, strict=True)
    changed = [name for name, one, two in pairs if one != two and one.strip() != two.strip()]
    problems = []
    if changed:
        what = f"targets differ for {len(changed)} examples: {listed(changed)}"
        problems.append(Problem(after.path, what))
    problems += _other_tags(before, after, order)
    if problems:
        raise UsageError(problems)
    groups = before.groups
    if groups is None and after.groups is not None:
        groups = _taken(after.groups, order)
    return replace(
        before,
        predictions=_taken(after.predictions, order),
        groups=groups,
        path=after.path,
        warnings=after.warnings,
    )


def _order(before: ErrorTable, after: ErrorTable) -> NDArray[np.intp] | None:
    """Return where each example of `before` stands in `after`; None where it is the same row."""
    mine, others = list(before.ids), list(after.ids)
    if mine == others:
        return None
    place = {name: at for at, name in enumerate(others)}
    own = set(mine)
    lacking = [name for name in mine if name not in place]
    beyond = [name for name in others if name not in own]
    problems = []
    if lacking:
        what = f"{len(lacking)} examples of {before.path or 'before'} are missing: "
        problems.append(Problem(after.path, what + listed(lacking)))
    if beyond:
        what = f"{len(beyond)} examples are not in {before.path or 'before'}: "
        problems.append(Problem(after.path, what + listed(beyond)))
    if problems:
        raise UsageError(problems)
    return np.array([place[name] for name in mine], dtype=np.intp)


def _taken(column: Sequence[str], order: NDArray[np.intp] | None) -> Sequence[str]:
    if order is None:
        return column
    whole = list(column)
    return [whole[at] for at in order.tolist()]


def _other_tags(
    before: ErrorTable, after: ErrorTable, order: NDArray[np.intp] | None
) -> list[Problem]:
    """Say which tags of `after` are not those of `before`; a table without a tag may lack it."""
    at = {tag: column for column, tag in enumerate(before.tag_names)}
    new = [tag for tag in after.tag_names if tag not in at]
    problems = []
    if new:
        what = f"tags that {before.path or 'before'} does not have: {listed(new)}"
        problems.append(Problem(after.path, what))
    rows = slice(None) if order is None else order
    where: dict[str, None] = {}
    for column, tag in enumerate(after.tag_names):
        if tag in at:
            differs = before.tags[:, at[tag]] != after.tags[rows, column]
            where |= {
                f"{before.ids[row]} ({tag})": None for row in np.flatnonzero(differs).tolist()
            }
    if where:
        problems.append(Problem(after.path, f"tags differ: {listed(where)}"))
    return problems
