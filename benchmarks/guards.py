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
from scipy import stats

from augmentor.audit.comparing.compare import Comparison, compare
from augmentor.audit.figures.metrics import count
from augmentor.audit.tables.raw import ErrorTable
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
    fall : change of the first tag, as a fraction, 0 or less; or of every tag.
    words : words of a sentence; 0: answers are right or wrong.
    """

    runs: tuple[int, int] = (1, 1)
    size: int | None = None
    overlap: bool = False
    speakers: int = 0
    taste: float = 1.0
    run: float = 0.0
    fall: float = 0.0
    everywhere: bool = False
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
            for tag in range(members.shape[1] if world.everywhere else 1) if arm else ():
                here = members[:, tag]
                wrong[here] -= world.fall * (1 - wrong[here]) / np.mean(1 - wrong[here])
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


def judged(world: World, many: int) -> Iterator[Comparison]:
    """Yield the comparisons of many experiments of one world."""
    metric = "wer" if world.words else "accuracy"
    for key in range(many):
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
    "one run, all fall by the margin": World(fall=-MARGIN, everywhere=True),
    "one run, groups of 10 rows": World(speakers=10),
    "WER": World(words=5),
    "WER, all fall by the margin": World(words=5, fall=-MARGIN, everywhere=True),
    "WER, groups of 10 rows": World(words=5, speakers=10, size=200),
    "2 + 2 runs": World(runs=(2, 2), run=0.3),
    "3 + 3 runs": World(runs=(3, 3), run=0.3),
    "3 + 3 runs that hardly differ": World(runs=(3, 3)),
    "3 + 3 runs, groups of 10 rows": World(runs=(3, 3), run=0.3, speakers=10),
    "5 + 5 runs, WER": World(runs=(5, 5), run=0.3, words=5),
    "1 + 3 runs": World(runs=(1, 3), run=0.3),
}


def measure(_folder: Path) -> Iterator[Row]:
    """Yield false alarms among 50 tags and coverage, what is caught, what it costs: 12 minutes."""
    for name, world in NULLS.items():
        found = list(judged(world, TABLES))
        yield Row(
            f"false alarms, {name} / raw p < 5 %",
            f"{100 * share(found, alarm):.1f} %", f"{100 * share(found, plain_alarm):.0f} %",
            None, "<= 5 %",
        )  # fmt: skip
        yield Row(
            f"intervals that hold, {name}",
            f"{100 * covered(found, world.fall):.1f} %", "", None, ">= 93 %",
        )  # fmt: skip
    yield from _verdicts()
    yield _time()


def _verdicts() -> Iterator[Row]:
    """Yield what is said of one tag that fell, by more than the margin and by less."""
    for fall, size, tags, verdict, wanted in (
        (0.10, 500, TAGS, "fell", ""),
        (0.10, 1000, TAGS, "fell", ">= 90 %"),
        (0.05, 2000, 10, "fell", ""),
        (0.01, 2000, 10, "fell", "<= 5 %"),
        (MARGIN, 500, 10, "fell", "<= 5 %"),
        (MARGIN, 500, 10, "held", "<= 5 %"),
        (0.0, 4000, 10, "held", ">= 80 %"),
    ):
        for runs, name in (((1, 1), ""), ((3, 3), ", 3 + 3 runs")):
            world = World(fall=-fall, size=size, tags=tags, runs=runs, run=0.0 if not name else 0.1)
            found = list(judged(world, 100))
            said = share(found, lambda one, verdict=verdict: one.rows[0].verdict == verdict)
            yield Row(
                f"1 of {tags} tags of {size} falls by {100 * fall:g} points{name}: '{verdict}'",
                f"{100 * said:.0f} %", "", None, "" if name and wanted[:1] == ">" else wanted,
            )  # fmt: skip


def _time() -> Row:
    """Return how long word errors take, beside scipy's bootstrap of the same 51 sums."""
    (old,), (new,) = tables(World(size=400, words=10), 1)
    wrong = [count("wer", old.targets, one.predictions) for one in (old, new)]
    gained, units = wrong[0].errors - wrong[1].errors, wrong[0].units
    whole = np.ones(len(old), dtype=np.bool_)

    def peer() -> None:
        for here in (*old.tags.T, whole):
            stats.bootstrap(
                (gained[here], units[here]),
                lambda above, below, axis: above.sum(axis) / below.sum(axis),
                paired=True, n_resamples=2000, batch=100, method="percentile",
                rng=np.random.default_rng(1),
            )  # fmt: skip

    ours = partial(compare, old, new, metric="wer")
    found = seconds({"ours": ours, "peer": peer}, turns=2)
    return Row(
        "compare WER, 20k sentences x 50 tags, 2,000 draws / scipy's draws",
        f"{found['ours']:.2f} s", f"{found['peer']:.2f} s", found["peer"] / found["ours"], "",
    )  # fmt: skip
