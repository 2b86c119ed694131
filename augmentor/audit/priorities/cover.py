"""Groups of rows, by tag or by category, and how they were answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.figures.clustered import Owners, owners
from augmentor.audit.figures.metrics import BY_EXAMPLE, Counts, Floats, per_tag
from augmentor.audit.tables.raw import ErrorTable
from augmentor.core.errors import Problem, UsageError, nearest


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """Groups of rows and how they were answered.

    Parameters
    ----------
    names : of the groups.
    members : bool [rows, groups], column after column in memory.
    metric, counts : errors and units of each row.
    n, errors, units : sums over each group [groups].
    owner : rows of one speaker are not independent; None: every row is.
    wrong : bool [wrong rows, groups]: `members` of the rows with any error.
    mistakes : float64 [wrong rows], their errors.
    """

    names: Sequence[str]
    members: NDArray[np.bool_]
    metric: str
    counts: Counts
    n: Floats
    errors: Floats
    units: Floats
    owner: Owners | None
    wrong: NDArray[np.bool_]
    mistakes: Floats


def cover_of(
    table: ErrorTable, metric: str, counts: Counts, groups: Mapping[str, Sequence[str]]
) -> Cover:
    """Return the groups of a table, each the rows with any of its tags."""
    place = {tag: at for at, tag in enumerate(table.tag_names)}
    if [*groups] == [*table.tag_names] and all([name] == [*tags] for name, tags in groups.items()):
        members = table.tags  # a copy of a large table would cost more than the whole audit
    else:
        members = np.zeros((len(table), len(groups)), dtype=np.bool_, order="F")
        for at, tags in enumerate(groups.values()):
            for tag in tags:
                members[:, at] |= table.tags[:, place[tag]]
    at_fault = np.flatnonzero(counts.errors)
    wrong = np.empty((len(at_fault), len(groups)), dtype=np.bool_, order="F")
    for at in range(len(groups)):
        np.take(members[:, at], at_fault, out=wrong[:, at], mode="clip")
    mistakes = counts.errors[at_fault]
    (n,) = per_tag(members, np.ones(len(table)))
    units = n if metric in BY_EXAMPLE else per_tag(members, counts.units)[0]
    (errors,) = per_tag(wrong, mistakes)
    return Cover(
        list(groups), members, metric, counts, n, errors, units, owners(table.groups), wrong,
        mistakes,
    )  # fmt: skip


def covers(members: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return in how many groups each row is [rows]."""
    many = np.zeros(len(members), dtype=np.uint16)
    for at in range(members.shape[1]):
        np.add(many, members[:, at], out=many)
    return many.astype(np.intp)


def served(
    tag_names: Sequence[str], categories: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Return name -> tags: each category with its tags, then each tag that none serves."""
    problems = []
    for name, tags in categories.items():
        problems += [
            Problem(f"category '{name}'", f"no row has the tag '{tag}'{nearest(tag, tag_names)}")
            for tag in tags
            if tag not in tag_names
        ]
        if not tags:
            problems.append(Problem(f"category '{name}'", "it serves no tag"))
        elif name in tag_names and name not in tags:
            problems.append(Problem(f"category '{name}'", "it does not serve the tag of its name"))
    if problems:
        raise UsageError(problems)
    taken = {tag for tags in categories.values() for tag in tags}
    found = {name: list(tags) for name, tags in categories.items()}
    return found | {tag: [tag] for tag in tag_names if tag not in taken}
