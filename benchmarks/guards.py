"""The guard of `augmentor compare`: how often it cries wolf, and what it catches.

Every number comes from worlds whose truth is known: examples are drawn, and so is how a run of
the training comes out on them. `null` is a world in which before and after are the same.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.compare import Comparison, compare
from augmentor.audit.raw import ErrorTable
from benchmarks.clock import Row, seconds

TABLES = 500
TAGS = 50
MARGIN = 0.02
SIZES = (20, 50, 100, 200, 500)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """How answers come about.

    Parameters
    ----------
    runs : runs of the training before and after.
    size : rows of each tag; None: of many sizes.
    overlap : whether a row may have several tags.
    speakers : rows of one speaker, 0 for none; what speakers differ by after the training.
    taste, run : standard deviation, in logits, of what an arm changes from example to example,
        and of what a run of the training changes for a whole tag.
    fall : change of the first tag, as a fraction; 0 or less.
    words : words of a sentence; 0: answers are right or wrong.
    """

    runs: tuple[int, int] = (1, 1)
    size: int | None = None
    overlap: bool = False
    speakers: int = 0
    taste: float = 1.0
    run: float = 0.0
    fall: float = 0.0
    words: int = 0
    tags: int = TAGS


def tables(world: World, key: int) -> tuple[list[ErrorTable], list[ErrorTable]]:
    """Draw the error tables of one experiment, the same for the same key."""
    rng = np.random.Generator(np.random.Philox(key=key))
    members, names = _members(world, rng)
    rows = len(members)
    owner = np.arange(rows) // world.speakers if world.speakers else None
    ease = rng.normal(4.0, 4.0, rows)  # accuracy about 0.8, one answer in eight by chance
    arms: list[list[ErrorTable]] = []
    base = _empty(members, names, owner, world.words)
    for arm, runs in enumerate(world.runs):
        liked = ease + world.taste * rng.standard_normal(rows)
        if owner is not None:
            liked += world.taste * rng.standard_normal(owner.max() + 1)[owner]
        arms.append([])
        for _ in range(runs):
            logit = liked + members @ (world.run * rng.standard_normal(members.shape[1]))
            wrong = 1 / (1 + np.exp(logit))
            if arm == 1 and world.fall:
                lost = -world.fall / np.mean(1 - wrong[members[:, 0]])
                wrong = np.where(members[:, 0], wrong + lost * (1 - wrong), wrong)
            arms[-1].append(replace(base, predictions=_said(wrong, world.words, rng)))
    return arms[0], arms[1]


def _members(world: World, rng: np.random.Generator) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    names = tuple(f"t{at}" for at in range(world.tags))
    if world.overlap:
        return rng.random((2000, world.tags)) < 0.1, names
    sizes = [world.size or SIZES[at % len(SIZES)] for at in range(world.tags)]
    tag = rng.permutation(np.repeat(np.arange(world.tags), sizes))
    return tag[:, None] == np.arange(world.tags), names


def _empty(
    members: NDArray[np.bool_],
    names: tuple[str, ...],
    owner: NDArray[np.intp] | None,
    words: int,
) -> ErrorTable:
    rows = len(members)
    return ErrorTable(
        ids=[str(row) for row in range(rows)],
        targets=[" ".join("abcdefghij"[:words]) or "yes"] * rows,
        predictions=[],
        tag_names=names,
        tags=np.asfortranarray(members),
        groups=None if owner is None else [f"s{one}" for one in owner.tolist()],
    )


def _said(wrong: Floats, words: int, rng: np.random.Generator) -> list[str]:
    """Return answers; of a sentence each word is wrong by itself."""
    if not words:
        return ["no" if one else "yes" for one in rng.random(len(wrong)) < wrong]
    heard = rng.random((len(wrong), words)) >= wrong[:, None]
    return [
        " ".join(word for word, ok in zip("abcdefghij", row, strict=False) if ok)
        for row in heard.tolist()
    ]


def judged(world: World, count: int, first: int = 0) -> Iterator[Comparison]:
    """Yield the comparisons of many experiments of one world."""
    metric = "wer" if world.words else "accuracy"
    for key in range(first, first + count):
        yield compare(*tables(world, key), metric=metric, margin=MARGIN)


def share(found: Sequence[Comparison], holds: Callable[[Comparison], bool]) -> float:
    """Return in what share of the comparisons something holds."""
    return float(np.mean([holds(one) for one in found]))


def alarm(one: Comparison) -> bool:
    """Whether the guard said that anything fell."""
    return bool(one.fell)


def plain_alarm(one: Comparison) -> bool:
    """Whether one tag of many has a raw p-value below 5 %: what is often taken for a fall."""
    return any(row.p_fell is not None and row.p_fell < 0.05 for row in one.rows)


def covered(found: Sequence[Comparison], truth: float) -> float:
    """Return the share of the tags' intervals that hold the truth."""
    ends = [row.interval for one in found for row in one.rows if row.interval is not None]
    return float(np.mean([low <= truth <= high for low, high in ends]))


NULLS = {
    "one run": World(),
    "one run, overlapping tags": World(overlap=True),
    "one run, groups of 10 rows": World(speakers=10),
    "WER": World(words=5),
    "WER, groups of 10 rows": World(words=5, speakers=10, size=200),
    "2 + 2 runs": World(runs=(2, 2), run=0.3),
    "3 + 3 runs": World(runs=(3, 3), run=0.3),
    "3 + 3 runs that hardly differ": World(runs=(3, 3), run=0.0),
    "3 + 3 runs, groups of 10 rows": World(runs=(3, 3), run=0.3, speakers=10),
    "5 + 5 runs, WER": World(runs=(5, 5), run=0.3, words=5),
    "1 + 3 runs": World(runs=(1, 3), run=0.3),
}


def measure(_folder: Path) -> Iterator[Row]:
    """Yield false alarms, what is caught, coverage, and what it costs."""
    for name, world in NULLS.items():
        found = list(judged(world, TABLES))
        yield Row(
            f"false alarms, {TAGS} null tags, {name} / raw p < 5 %",
            f"{100 * share(found, alarm):.1f} %", f"{100 * share(found, plain_alarm):.0f} %",
            None, "<= 5 %",
        )  # fmt: skip
        yield Row(
            f"coverage, {name}", f"{100 * covered(found, 0.0):.1f} %", "", None, ">= 95 %"
        )  # fmt: skip
    yield from _caught()
    yield _time()


def _caught() -> Iterator[Row]:
    """Yield how often a fall of one tag of 50 is said, and how often one within the margin."""
    for fall, size, wanted in (
        (-0.1, 200, ""), (-0.1, 500, ">= 95 %"), (-0.05, 2000, ">= 95 %"), (-0.01, 500, "<= 5 %"),
    ):  # fmt: skip
        for runs in ((1, 1), (3, 3)):
            world = World(fall=fall, size=size, runs=runs, run=0.1 if runs[0] > 1 else 0.0)
            world = replace(world, tags=TAGS if size <= 500 else 10)
            found = list(judged(world, 100))
            yield Row(
                f"one of {world.tags} tags, n = {size}, {100 * fall:+.0f} points, {runs[0]} run(s): fell",
                f"{100 * share(found, lambda one: one.rows[0].verdict == 'fell'):.0f} %", "",
                None, wanted if runs[0] == 1 else "",
            )  # fmt: skip
    world = World(fall=-MARGIN, size=500)
    found = list(judged(world, TABLES))
    yield Row(
        "a fall of exactly the margin: held", 
        f"{100 * share(found, lambda one: one.rows[0].verdict == 'held'):.1f} %", "", None, "<= 5 %",
    )  # fmt: skip


def _time() -> Row:
    """Return how long word errors of 20,000 sentences and 50 tags take."""
    old, new = tables(World(size=400, words=10), 1)
    found = seconds({"ours": partial(compare, old, new, metric="wer")}, turns=3)
    return Row(
        "compare WER, 20k sentences x 50 tags, 2,000 draws", f"{found['ours']:.2f} s", "", None, ""
    )
