"""Checks on a keyed sample of a category: too dear for every example, judged as one.

A reference is asked about each parent and about the new example made from it. What counts is
the share of those understood before that are still understood: clips that the reference never
understood say nothing about an edit.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from augmentor.audit.figures.intervals import wilson
from augmentor.core.example import Target, Waveform
from augmentor.core.pictures import Image
from augmentor.core.verdict import Bound, Outcome

LEAST = 10
"""Of fewer examples nothing is said."""
LOST_FRAC = 0.5
"""Where for sure fewer of the parents are understood, targets and sounds do not belong together."""
SURE_FRAC = 0.9
"""Of a reference that understands so many parents, a miss is a reason to doubt the target."""


@dataclass(frozen=True, slots=True)
class SampledCheck:
    """A check of clarity that a reference answers on a sample.

    Parameters
    ----------
    name : versioned; a changed measure is a new version.
    kind : the medium that it is for, `Waveform` or `Image`.
    help : one line for the reader.
    """

    name: str
    kind: type[Target]
    help: str

    @property
    def key(self) -> str:
        """The name without its version: the word a recipe uses."""
        return self.name.rpartition(".")[0]


CLOSED_SET = SampledCheck(
    "closed_set.v1",
    Waveform,
    "share of the sounds whose sentence a recogniser still picks among decoys, of those where "
    "it did in the clean parent",
)
KEEPS_ANSWER = SampledCheck(
    "keeps_answer.v1",
    Image,
    "share of the pictures that a reference model gives the same class as their parent",
)
READS_TEXT = SampledCheck(
    "reads_text.v1",
    Image,
    "share of the pictures whose text a reader still reads, of those where it did in the parent; "
    "what looks alike, as 1 and I, counts as read and is reported",
)
SAMPLED = {one.key: one for one in (CLOSED_SET, KEEPS_ANSWER, READS_TEXT)}
"""By the word a recipe uses."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reference made of one example and of its parent.

    Parameters
    ----------
    id : of the new example.
    cell : how harsh its edits are, in words; empty where they have no order.
    before, after : whether the parent was understood, and the new example.
    target, heard : what is right, and what the reference took the parent for instead.
    alike : what of a text it read as something that looks alike, in words.
    """

    id: str
    cell: str
    before: bool
    after: bool
    target: str = ""
    heard: str = ""
    alike: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """One part of a category, from mild to harsh.

    Parameters
    ----------
    severity : which, in words.
    n, kept : parents understood, and how many of their examples still are.
    value, low, high : the share with its 95 % interval; None where there is none.
    """

    severity: str
    n: int
    kept: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Kept:
    """How much of a category a reference still understands.

    Parameters
    ----------
    category, check, reference : names; of the check with its version.
    n : examples asked about.
    before, after : how many parents were understood, and how many new examples.
    kept : examples understood of parents understood.
    value, low, high : kept over before, with its 95 % interval (Wilson); None where undefined.
    chance : the share that guessing would reach; None where there is no such share.
    bound : what was asked of the value.
    outcome : pass, fail, or cannot tell: the interval holds the bound, or too few are understood.
    why : one sentence where there is something to explain.
    cells : the same share from mild to harsh.
    doubted : examples whose very parent was taken for something else, by a reference that
        understands nearly all others.
    skipped : how many could not be asked about, by reason.
    spent_s : what asking took, seconds.
    alike : in how many examples something was read as what looks alike, by what as what: there
        the mapping from picture to text is ambiguous.
    """

    category: str
    check: str
    reference: str
    n: int
    before: int
    after: int
    kept: int
    value: float | None
    low: float | None
    high: float | None
    chance: float | None
    bound: str
    outcome: Outcome
    why: str
    cells: tuple[Cell, ...]
    doubted: tuple[Asked, ...]
    skipped: Mapping[str, int]
    spent_s: float
    alike: Mapping[str, int] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The word of its check."""
        return self.check.rpartition(".")[0]

    @property
    def reason(self) -> str:
        """Why the category's examples are rejected; empty where they are not."""
        if self.outcome != "fail":
            return ""
        value = "undefined" if self.value is None else f"{self.value:g}"
        return f"{self.key} is {value}, wanted {self.bound}" + (f"; {self.why}" if self.why else "")

    def to_json(self) -> dict[str, object]:
        """Return plain JSON."""
        return asdict(self) | {
            "cells": [asdict(one) for one in self.cells],
            "doubted": [asdict(one) | {"alike": list(one.alike)} for one in self.doubted],
        }


def judge(
    category: str,
    check: SampledCheck,
    reference: str,
    asked: Sequence[Asked],
    bound: Bound,
    *,
    chance: float | None = None,
    skipped: Mapping[str, int] | None = None,
    spent_s: float = 0.0,
) -> Kept:
    """Return the verdict on a category from what a reference made of its sample.

    Parameters
    ----------
    category, check, reference, bound, chance, skipped, spent_s : see `Kept`.
    asked : the answers.
    """
    before = sum(one.before for one in asked)
    whole = _cell("", asked)
    outcome, why = _outcome(len(asked), whole, bound, chance)
    sure = len(asked) >= LEAST and before >= SURE_FRAC * len(asked)
    return Kept(
        category, check.name, reference, len(asked), before, sum(one.after for one in asked),
        whole.kept, whole.value, whole.low, whole.high, chance, str(bound), outcome, why,
        tuple(
            _cell(name, [one for one in asked if one.cell == name])
            for name in dict.fromkeys(one.cell for one in asked)
            if name
        ),
        tuple(one for one in asked if one.heard and sure),
        dict(skipped or {}), round(spent_s, 2),
        dict(Counter(pair for one in asked for pair in one.alike).most_common()),
    )  # fmt: skip


def _outcome(n: int, whole: Cell, bound: Bound, chance: float | None) -> tuple[Outcome, str]:
    if n < LEAST:
        return "cannot tell", f"only {n} could be asked about; {LEAST} are needed"
    if float(wilson(whole.n, n)[1]) < LOST_FRAC:
        why = (
            f"the reference finds the target in only {whole.n} of {n} clean parents"
            + (f", by guessing in {chance * n:.0f}" if chance else "")
            + ": the targets are not what is there, or it does not know such examples"
        )
        return "fail", why
    if whole.n < LEAST or whole.low is None or whole.high is None:
        return "cannot tell", f"only {whole.n} parents are understood; {LEAST} are needed"
    if bound.holds(whole.low) == bound.holds(whole.high):
        return ("pass" if bound.holds(whole.low) else "fail"), ""
    return "cannot tell", "the interval holds the bound; a larger sample tells more"


def _cell(name: str, asked: Sequence[Asked]) -> Cell:
    n = sum(one.before for one in asked)
    kept = sum(one.before and one.after for one in asked)
    if not n:
        return Cell(name, 0, 0, None, None, None)
    low, high = wilson(kept, n)
    return Cell(name, n, kept, round(kept / n, 4), round(float(low), 4), round(float(high), 4))
