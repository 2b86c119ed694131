"""Whether a category's new examples pass for real ones: the verdict and what speaks for it."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np

from augmentor.core.verdict import Bound, Outcome
from augmentor.gate.realism.distance import distance, standardised
from augmentor.gate.realism.ranges import LEAST, Range, ranges_of, values_of
from augmentor.gate.realism.seen import Seen
from augmentor.gate.realism.telling import telling

KEY = "telling_auc"
"""The word a recipe uses."""
DEFAULT = "<= 0.85"
"""A plain classifier, shown a real and a made one, may pick the real one 85 times of 100."""
HELP = (
    "how well a plain classifier tells a category's new examples from 'real' ones, 0.5 a guess, "
    "1 always; null: only report"
)
SURE_P = 0.01
_FURTHEST_FROM = 20  # times as many: nobody collects more, so no number is said

Verdict = Outcome | Literal["reported"]


@dataclass(frozen=True, slots=True)
class Realism:
    """What came of holding a category's new examples against real ones.

    Parameters
    ----------
    category : its name.
    what : what was compared: sounds, whole pictures, or what is marked.
    n_real, n_made : how many of each.
    mmd2, p : distance and how often chance alone puts them as far apart; None where too few.
    auc, low, high : how well a classifier tells them apart, with its 95 % interval.
    told_by : the features that tell most by themselves, each with its AUC.
    bound : what was asked of the AUC; empty: nothing.
    outcome : pass; fail: told apart beyond the bound for sure, and p < 0.01; cannot tell; or
        only reported, where no bound was asked.
    why : one sentence for the reader.
    ranges : measures of both.
    """

    category: str
    what: str
    n_real: int
    n_made: int
    mmd2: float | None
    p: float | None
    auc: float | None
    low: float | None
    high: float | None
    told_by: tuple[tuple[str, float], ...]
    bound: str
    outcome: Verdict
    why: str
    ranges: tuple[Range, ...]

    @property
    def reason(self) -> str:
        """Why the category's examples are rejected; empty where they are not."""
        return f"{KEY} is {self.auc:g}, wanted {self.bound}" if self.outcome == "fail" else ""

    def with_note(self, note: str) -> "Realism":
        """Return the same with one more thing to know in the sentence that explains it."""
        return replace(self, why=f"{self.why}; {note}")

    def to_json(self) -> dict[str, object]:
        """Return plain JSON."""
        return asdict(self) | {
            "told_by": [list(one) for one in self.told_by],
            "ranges": [one.to_json() for one in self.ranges],
        }


def judge(
    category: str,
    real: Sequence[Seen],
    made: Sequence[Seen],
    names: Sequence[str],
    bound: Bound | None,
    what: str = "sounds",
) -> Realism:
    """Hold a sample of a category's new examples against real ones.

    With enough examples any difference is significant, and harmless ones too; so what refuses
    is how well they are told apart: the AUC of a plain classifier, all of its interval beyond
    the bound, and a distance that chance does not explain. An AUC within the bound passes.

    Parameters
    ----------
    category : its name.
    real, made : what is compared, of one kind.
    names : of the features.
    bound : of the AUC; None: only report.
    what : what is compared, in words.
    """
    ranges = tuple(ranges_of(values_of(real), values_of(made)))
    counts = len(real), len(made)
    asked = "" if bound is None else str(bound)
    nothing: Verdict = "reported" if bound is None else "cannot tell"
    said = _too_few(len(real), "real") or _too_few(len(made), "made")
    if said:
        return Realism(
            category, what, *counts, None, None, None, None, None, (), asked, nothing, said, ranges
        )
    real_groups, made_groups = [one.group for one in real], [one.group for one in made]
    vectors = standardised(
        np.stack([one.vector for one in real]), np.stack([one.vector for one in made])
    )
    apart = distance(*vectors, real_groups, made_groups)
    told = telling(*vectors, real_groups, made_groups)
    mmd2, p = round(apart.mmd2, 4), round(apart.p, 4)
    if told is None:
        side = "real" if len(set(real_groups)) < 2 else "made"
        why = f"all {side} ones come from one recording or picture; two and more are needed"
        return Realism(
            category, what, *counts, mmd2, p, None, None, None, (), asked, nothing, why, ranges
        )
    auc, low, high = (round(one, 4) for one in (told.auc, told.low, told.high))
    by = tuple((names[at], round(alone, 4)) for at, alone in told.by)
    outcome, why = nothing, "no bound is asked; only reported"
    if bound is not None:
        outcome, why = _outcome(auc, low, high, p, bound)
    return Realism(
        category, what, *counts, mmd2, p, auc, low, high, by, asked, outcome, why, ranges
    )


def _too_few(count: int, kind: str) -> str:
    if count >= LEAST:
        return ""
    return f"{count} {kind} ones; at least {LEAST} are needed"


def _outcome(auc: float, low: float, high: float, p: float, bound: Bound) -> tuple[Outcome, str]:
    """Return the verdict on an AUC, and the sentence that explains it."""
    if bound.holds(auc):
        return "pass", "told apart no better than asked"
    if bound.holds(low):
        times = math.ceil(((high - low) / 2 / max(auc - bound.value, 1e-9)) ** 2)
        more = f"about {times} times" if times <= _FURTHEST_FROM else "many times"
        return "cannot tell", (
            f"the interval holds the bound; {more} as many, also of recordings or pictures that "
            "they come from, would tell"
        )
    if p >= SURE_P:
        return "cannot tell", (
            f"p is not below {SURE_P:g}: too few recordings or pictures that they come from"
        )
    return "fail", "told apart for sure"
