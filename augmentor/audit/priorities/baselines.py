"""What a model is measured against: people, an older system, the same clips clean.

A baseline always names its source, as a gap to people and a gap to an older system are two
different things.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.tables import columns
from augmentor.audit.tables.summary import BASELINES, COUNTS, SOURCES, TAGS
from augmentor.core.errors import Problem, UsageError, listed, nearest
from augmentor.files.frame import read_frame

Floats = NDArray[np.float64]

NOT_NAMED = "not named"


class Baseline(NamedTuple):
    """How well a tag could be answered.

    Parameters
    ----------
    value : accuracy as a fraction, 1 at most; 1 - WER where the metric is WER.
    source : who or what reached it: human, literature, older system, ...
    n : from how many examples it was measured; None where not known, then it is taken as exact.
    """

    value: float
    source: str
    n: int | None = None


Baselines = Mapping[str, Baseline | tuple[float, str] | tuple[float, str, int | None]]


def read_baseline(path: str | Path) -> dict[str, Baseline]:
    """Read a table with the columns tag, baseline and, if known, source and n.

    The column `baseline` may be in percent: see `columns.fractions`. A column called `human`
    is a baseline from people.

    Raises
    ------
    UsageError
        Everything that is wrong with the table, each with its line.
    """
    problems: list[Problem] = []
    frame = read_frame(path, problems)
    names = columns.known(frame.names)
    tag_column, value_column = columns.first(names, TAGS), columns.first(names, BASELINES)
    if tag_column is None or value_column is None:
        what = "expected the columns tag and baseline, with a row for each tag"
        problems.append(Problem(str(path), what))
        raise UsageError(problems)
    tags = [tag.strip() for tag in columns.texts(frame, tag_column, problems)]
    values = columns.fractions(frame, value_column, problems, within=(-float("inf"), 1.0)).values
    source_column, n_column = columns.first(names, SOURCES), columns.first(names, COUNTS)
    nothing: list[None] = [None] * len(frame)
    sources = columns.optional(frame, source_column, problems) if source_column else nothing
    counts = columns.whole(frame, n_column, problems) if n_column else nothing
    unsaid = "human" if columns.plain(value_column).startswith("human") else NOT_NAMED
    found: dict[str, Baseline] = {}
    for row, (tag, value, source, n) in enumerate(zip(tags, values, sources, counts, strict=True)):
        if tag in found:
            problems.append(Problem(frame.where(row), f"tag '{tag}' again; one baseline for each"))
        if value is not None:
            found[tag] = Baseline(value, (source or "").strip() or unsaid, n)
    if problems:
        raise UsageError(problems)
    return found


def best_slice(
    names: Sequence[str], accuracy: Floats, low: Floats, n: Floats
) -> dict[str, Baseline]:
    """Return the level of the best tag as what all others could reach.

    Parameters
    ----------
    names, accuracy, n : of the tags.
    low : the lower end of each accuracy's interval: the best is the one that is surely good,
        not the luckiest of few examples. Not-a-number does not contend.
    """
    contend = np.flatnonzero(~np.isnan(low)).tolist()
    if not contend:
        return {}
    best = max(contend, key=lambda at: low[at])
    found = Baseline(float(accuracy[best]), f"best slice ({names[best]})", int(n[best]))
    return dict.fromkeys(names, found)


def by_name(
    given: Baselines,
    groups: Mapping[str, Sequence[str]],
    weights: Mapping[str, float],
    warnings: list[str],
) -> list[Baseline | None]:
    """Return each group's baseline: its own, else the weighted mean of those of its tags.

    Parameters
    ----------
    groups : name of a tag or category -> the tags that it covers.
    weights : tag -> how much it counts in a mean. The mean is exact where tags do not overlap.
    warnings : gets what is in `given` and belongs to nothing.
    """
    found = {name: Baseline(*some) for name, some in given.items()}
    wrong = [f"{name}: {some.value}" for name, some in found.items() if not some.value <= 1]
    if wrong:
        raise UsageError(f"a baseline is a fraction, 1 at most, not {listed(wrong)}")
    names = [*groups, *weights]
    warnings += [
        f"the baseline of '{name}' is not used: the table has no such tag{nearest(name, names)}"
        for name in found
        if name not in names
    ]
    return [found.get(name) or _mean(found, tags, weights) for name, tags in groups.items()]


def _mean(
    found: Mapping[str, Baseline], tags: Sequence[str], weights: Mapping[str, float]
) -> Baseline | None:
    total = sum(weights[tag] for tag in tags)
    if not total or not all(tag in found for tag in tags):
        return None
    value = sum(found[tag].value * weights[tag] for tag in tags) / total
    counts = [found[tag].n for tag in tags]
    known = [n for n in counts if n is not None]
    sources = dict.fromkeys(found[tag].source for tag in tags)
    return Baseline(value, " and ".join(sources), sum(known) if len(known) == len(counts) else None)
