"""Bounds of the automatic checks at which they say what people say."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.figures.intervals import newcombe
from augmentor.core.verdict import Bound
from augmentor.gate.checks import Question, checks
from augmentor.review.answers import Judged
from augmentor.review.rating import REAL
from augmentor.review.results import Given, clear_given, given, right_given

NEEDED = 10
"""So many examples that people found good, and as many that they did not, for one bound."""
LEVEL = 0.05
DRAWS = 1000
_KEY = 0x63616C6962  # fixed, so that the same answers always give the same bound

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Calibrated:
    """The bound of one check that matches people best.

    Parameters
    ----------
    check, question : its name without the version, and what it answers.
    was : the bound of the run.
    bound : the one that matches people best; None where none is better than chance.
    bound_low, bound_high : where it lies in 95 % of samples drawn again.
    youden_j : sensitivity + specificity - 1 on these examples; None where undefined.
    low, high : its 95 % interval.
    p : how often bounds chosen alike on shuffled answers are as good, times the checks that were
        looked at (Bonferroni).
    n_good, n_bad : examples that most people found clear (took for real, of checks of realism),
        and the others.
    n_split : examples on which as many people say one as the other; they are left out.
    usable : whether there are enough of both, and p is below 0.05.
    note : why not, or what to know.
    """

    check: str
    question: Question
    was: str
    bound: str | None
    bound_low: float | None
    bound_high: float | None
    youden_j: float | None
    low: float | None
    high: float | None
    p: float | None
    n_good: int
    n_bad: int
    n_split: int
    usable: bool
    note: str

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self)


def calibrated(judged: Sequence[Judged], *, transcripts: bool) -> list[Calibrated]:
    """Return the best bound of every check that the run recorded values of.

    Checks of clarity are held against what people understood: most of them gave 3 or more and
    were right. Checks of realism are held against what most took for real. Ties count for
    neither side.

    References
    ----------
    Youden 1950, "Index for rating diagnostic tests"; for a bound that is chosen by its result,
    Miller and Siegmund 1982, "Maximally selected chi square statistics" (here by shuffling).
    """
    made = [one for one in judged if one.kind == "made" and one.said]
    understood = _both(clear_given(made), right_given(made, transcripts=transcripts))
    opinions: dict[Question, list[bool | None]] = {
        "clarity": _most(understood, "clear", len(made)),
        "realism": _most(given(made, REAL), "real", len(made)),
    }
    known = checks()
    found: dict[str, list[tuple[float, bool | None]]] = {}
    bounds: dict[str, str] = {}
    for at, one in enumerate(made):
        for verdict in one.verdicts:
            key = str(verdict["check"]).rpartition(".")[0]
            if key not in known:
                continue
            bounds.setdefault(key, str(verdict["bound"]))
            if verdict["value"] is not None:
                opinion = opinions[known[key].question][at]
                found.setdefault(key, []).append((float(verdict["value"]), opinion))
    return [
        _calibrated(key, known[key].question, Bound.parse(was), found.get(key, []), len(bounds))
        for key, was in bounds.items()
    ]


def _both(clear: Given, right: Given) -> Given:
    """Return by rater whether they called it clear and were right too."""
    return {
        rater: [
            None if None in (one, two) else "clear" if (one, two) == ("clear", "right") else "not"
            for one, two in zip(clear[rater], right[rater], strict=True)
        ]
        for rater in clear
    }


def _most(answers: Given, wanted: str, items: int) -> list[bool | None]:
    """Return whether most people gave one answer to each item; None for a tie or nobody."""
    found: list[bool | None] = []
    for at in range(items):
        said = [one[at] == wanted for one in answers.values() if one[at] is not None]
        half = 2 * sum(said) - len(said)
        found.append(None if half == 0 else half > 0)
    return found


def _calibrated(
    key: str,
    question: Question,
    was: Bound,
    pairs: Sequence[tuple[float, bool | None]],
    looked_at: int,
) -> Calibrated:
    values = np.array([value for value, one in pairs if one is not None], dtype=np.float64)
    good = np.array([one for _, one in pairs if one is not None], dtype=np.bool_)
    n_split = len(pairs) - len(good)
    n_good = int(good.sum())
    n_bad = len(good) - n_good
    rising = values if was.sign == ">=" else -values
    cut, best = _best(rising, good)
    if math.isnan(best) or best <= 0:
        what = _lacking(n_good, n_bad, question) or "no bound tells what people call good from bad"
        return Calibrated(
            key, question, str(was), None, None, None, None if math.isnan(best) else 0.0,
            None, None, None, n_good, n_bad, n_split, usable=False, note=what,
        )  # fmt: skip
    passed = rising >= cut
    kept, lost = int((passed & good).sum()), int((passed & ~good).sum())
    low, high = newcombe(kept, n_good, lost, n_bad)
    rng = np.random.Generator(np.random.Philox(key=_KEY))
    p = min(1.0, looked_at * _p_value(rising, good, best, rng))
    ends = sorted(_again(rising, good, rng) * (1 if was.sign == ">=" else -1))
    bound = Bound(was.sign, _between(rising, cut, was.sign))
    note = _lacking(n_good, n_bad, question)
    if not note and p >= LEVEL:
        note = "no better than chance would choose"
    usable = not note
    if usable and not was.holds(bound.value):
        note = "looser than the run's own bound: what that rejected, nobody saw"
    return Calibrated(
        key, question, str(was), str(bound), _rounded(ends[0]), _rounded(ends[1]),
        round(best, 4), round(float(low), 4), round(float(high), 4), round(p, 4),
        n_good, n_bad, n_split, usable=usable, note=note,
    )  # fmt: skip


def _best(rising: Floats, good: Truths) -> tuple[float, float]:
    """Return the value from which on examples pass best, and Youden's J there.

    J is not a number where all are good or none is. Among equals the loosest bound is taken.
    """
    if good.all() or not good.any():
        return math.nan, math.nan
    cuts, index = _scan(rising, good[np.newaxis])
    best = int(np.argmax(index[0]))
    return float(cuts[best]), float(index[0, best])


def _scan(rising: Floats, good: Truths) -> tuple[Floats, Floats]:
    """Return each value as a bound, and Youden's J of it [draws, bounds], rising.

    Parameters
    ----------
    rising : values, better when larger [n].
    good : what people said, several drawings of it [draws, n].
    """
    order = np.argsort(rising, kind="stable")
    cuts, first = np.unique(rising[order], return_index=True)
    below = np.cumsum(good[:, order], axis=1)
    failed_good = np.concatenate([np.zeros((len(good), 1)), below], axis=1)[:, first]
    failed_bad = first - failed_good
    total = good.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return cuts, failed_bad / (len(rising) - total) - failed_good / total


def _p_value(rising: Floats, good: Truths, best: float, rng: np.random.Generator) -> float:
    shuffled = rng.permuted(np.broadcast_to(good, (DRAWS, len(good))).copy(), axis=1)
    reached = _scan(rising, shuffled)[1].max(axis=1)
    return float((1 + np.count_nonzero(reached >= best - 1e-12)) / (1 + DRAWS))


def _again(rising: Floats, good: Truths, rng: np.random.Generator) -> Floats:
    """Return the ends of the bound in samples drawn again."""
    drawn = []
    for rows in rng.integers(0, len(good), (DRAWS, len(good))):
        cut, _ = _best(rising[rows], good[rows])
        if not math.isnan(cut):
            drawn.append(cut)
    return np.asarray(np.quantile(drawn, [0.025, 0.975]), dtype=np.float64)


def _between(rising: Floats, cut: float, sign: str) -> float:
    """Return a round number between the worst value that passes and the best that fails."""
    failed = rising[rising < cut]
    side = 1 if sign == ">=" else -1
    if not len(failed):
        return side * cut
    last = float(failed.max())
    middle = round((cut + last) / 2, 4)
    return side * (middle if last < middle <= cut else cut)


def _lacking(n_good: int, n_bad: int, question: Question) -> str:
    """Say how many examples are lacking for a bound; nothing where there are enough."""
    if min(n_good, n_bad) >= NEEDED:
        return ""
    names = ("clear", "unclear") if question == "clarity" else ("real", "made")
    said = f"{n_good} that people called {names[0]}, {n_bad} {names[1]}; {NEEDED} of both needed"
    few, n = min(n_good, n_bad), n_good + n_bad
    if few:
        more = math.ceil(n * NEEDED / few) - n
        said += f": about {more} more answered examples"
    return said


def _rounded(value: float) -> float:
    return round(float(value), 4)
