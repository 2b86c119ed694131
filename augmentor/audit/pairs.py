"""The same examples in two tables, brought into one order."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.raw import ErrorTable
from augmentor.core.errors import Problem, UsageError, listed


def paired(before: ErrorTable, after: ErrorTable) -> ErrorTable:
    """Return the rows of `after` in the order of `before`, with its tags.

    Raises
    ------
    UsageError
        Examples, targets or tags differ: then a change would not be the model's.
    """
    place = {name: at for at, name in enumerate(after.ids)}
    own = set(before.ids)
    lacking = [name for name in before.ids if name not in place]
    beyond = [name for name in after.ids if name not in own]
    problems = []
    if lacking:
        what = f"{len(lacking)} examples of {before.path or 'before'} are missing: "
        problems.append(Problem(after.path, what + listed(lacking)))
    if beyond:
        what = f"{len(beyond)} examples are not in {before.path or 'before'}: "
        problems.append(Problem(after.path, what + listed(beyond)))
    if problems:
        raise UsageError(problems)
    order = np.array([place[name] for name in before.ids], dtype=np.intp)
    targets = [after.targets[at] for at in order.tolist()]
    pairs = zip(before.ids, before.targets, targets, strict=True)
    changed = [name for name, one, two in pairs if one.strip() != two.strip()]
    if changed:
        what = f"targets differ for {len(changed)} examples: {listed(changed)}"
        problems.append(Problem(after.path, what))
    problems += _other_tags(before, after, order)
    if problems:
        raise UsageError(problems)
    predictions = [after.predictions[at] for at in order.tolist()]
    return replace(before, predictions=predictions, path=after.path, warnings=after.warnings)


def _other_tags(before: ErrorTable, after: ErrorTable, order: NDArray[np.intp]) -> list[Problem]:
    """Say which tags of `after` are not those of `before`; a table without a tag may lack it."""
    at = {tag: column for column, tag in enumerate(before.tag_names)}
    new = [tag for tag in after.tag_names if tag not in at]
    problems = []
    if new:
        what = f"tags that {before.path or 'before'} does not have: {listed(new)}"
        problems.append(Problem(after.path, what))
    where: dict[str, None] = {}
    for column, tag in enumerate(after.tag_names):
        if tag in at:
            differs = before.tags[:, at[tag]] != after.tags[order, column]
            where |= {
                f"{before.ids[row]} ({tag})": None for row in np.flatnonzero(differs).tolist()
            }
    if where:
        problems.append(Problem(after.path, f"tags differ: {listed(where)}"))
    return problems
