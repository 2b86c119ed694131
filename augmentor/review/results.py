"""What follows from people's answers: what they understand, what they take for real."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.figures.metrics import count
from augmentor.audit.figures.normal import basic
from augmentor.audit.labels.agreement import Agreement, krippendorff_alpha, percent_agreement
from augmentor.audit.labels.annotators import human_level
from augmentor.audit.labels.human import TagLevel
from augmentor.review.answers import Judged
from augmentor.review.rating import CLEAR, HEARD, REAL

CLEAR_FROM = 3
"""Of 1 to 5: from here on people call it clear."""
RIGHT_WER = 0.2
"""A transcript with more wrong words than this share is not right."""

Given = dict[str, list[str | None]]
"""rater -> an answer for each item, None where there is none."""


@dataclass(frozen=True, slots=True)
class GroupResult:
    """What people said of the examples of one kind in one category.

    Parameters
    ----------
    category, kind : which ones; parents stand together.
    human : their level against the target: accuracy, or 1 - WER of transcripts.
    taken_for_real : how often they said "real".
    clear : how often they gave 3 or more.
    clarity_mean : of the 1 to 5; None where nobody answered.
    """

    category: str
    kind: str
    human: TagLevel
    taken_for_real: TagLevel
    clear: TagLevel
    clarity_mean: float | None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "category": self.category, "kind": self.kind, "clarity_mean": self.clarity_mean,
            "human": self.human.to_json(), "taken_for_real": self.taken_for_real.to_json(),
            "clear": self.clear.to_json(),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Agreed:
    """How far people agree on one question.

    Parameters
    ----------
    question : real, heard (right or wrong, of transcripts) or clear (3 or more).
    alpha : Krippendorff's, for classes without order.
    pairs : share of pairs of answers that are the same.
    """

    question: str
    alpha: Agreement
    pairs: Agreement

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Results:
    """What follows from the answers to a review.

    Parameters
    ----------
    metric : accuracy, or wer of transcripts.
    raters : how many items each has finished.
    groups : by category and kind.
    agreement : by question; empty with one rater.
    """

    metric: str
    raters: Mapping[str, int]
    groups: tuple[GroupResult, ...]
    agreement: tuple[Agreed, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "metric": self.metric, "raters": dict(self.raters),
            "groups": [one.to_json() for one in self.groups],
            "agreement": [one.to_json() for one in self.agreement],
        }  # fmt: skip


def results_of(judged: Sequence[Judged], *, transcripts: bool) -> Results:
    """Return what people said, by category and kind.

    Parameters
    ----------
    judged : items with answers; those without any are left out.
    transcripts : whether targets are what is said. Words are then compared without case and
        punctuation.
    """
    judged = [one for one in judged if one.said]
    metric = "wer" if transcripts else "accuracy"
    names, members = _groups(judged)
    targets = [basic(one.target) if transcripts else one.target for one in judged]
    heard = given(judged, HEARD)
    if transcripts:
        heard = {rater: [_plain(one) for one in said] for rater, said in heard.items()}
    clear = clear_given(judged)
    human = _levels(heard, targets, members, metric)
    real = _levels(given(judged, REAL), ["real"] * len(judged), members)
    understood = _levels(clear, ["clear"] * len(judged), members)
    means = _means(judged, members)
    groups = tuple(
        GroupResult(*name, level, taken, sure, mean)
        for name, level, taken, sure, mean in zip(
            names, human, real, understood, means, strict=True
        )
    )
    raters = {
        rater: sum({REAL, HEARD, CLEAR} <= set(one.said.get(rater, ())) for one in judged)
        for rater in _raters(judged)
    }
    said = right_given(judged, transcripts=True) if transcripts else heard
    agreement: tuple[Agreed, ...] = ()
    if len(raters) > 1:
        asked = {REAL: given(judged, REAL), HEARD: said, CLEAR: clear}
        agreement = tuple(
            Agreed(name, krippendorff_alpha(one)[0], percent_agreement(one)[0])
            for name, one in asked.items()
        )
    return Results(metric, raters, groups, agreement)


def given(judged: Sequence[Judged], question: str) -> Given:
    """Return the answers to one question, by rater."""
    return {
        rater: [one.said.get(rater, {}).get(question) for one in judged]
        for rater in _raters(judged)
    }


def clear_given(judged: Sequence[Judged]) -> Given:
    """Return by rater whether each item is clear or unclear."""
    return {
        rater: [
            None if one is None else "clear" if int(one) >= CLEAR_FROM else "unclear"
            for one in said
        ]
        for rater, said in given(judged, CLEAR).items()
    }  # fmt: skip


def right_given(judged: Sequence[Judged], *, transcripts: bool) -> Given:
    """Return by rater whether what they heard or saw is right or wrong."""
    found: Given = {}
    for rater, said in given(judged, HEARD).items():
        found[rater] = [
            None if answer is None else _right(one.target, answer, transcripts=transcripts)
            for one, answer in zip(judged, said, strict=True)
        ]
    return found


def _right(target: str, answer: str, *, transcripts: bool) -> str:
    if not transcripts:
        return "right" if answer.strip() == target.strip() else "wrong"
    counts = count("wer", [basic(target)], [basic(answer)])
    return "right" if counts.errors[0] <= RIGHT_WER * counts.units[0] else "wrong"


def _plain(text: str | None) -> str | None:
    return None if text is None else basic(text)


def _raters(judged: Sequence[Judged]) -> list[str]:
    return sorted({rater for one in judged for rater in one.said})


def _groups(judged: Sequence[Judged]) -> tuple[list[tuple[str, str]], NDArray[np.bool_]]:
    """Return category and kind of each group, and bool [items, groups]."""
    order = ("made", "real", "parent")
    keys = [("" if one.kind == "parent" else one.category, one.kind) for one in judged]
    names = sorted(set(keys), key=lambda one: (one[1] == "parent", one[0], order.index(one[1])))
    members = np.array([[key == name for name in names] for key in keys], dtype=np.bool_)
    return [(name, str(kind)) for name, kind in names], members.reshape(len(keys), len(names))


def _levels(
    answers: Given, targets: Sequence[str], members: NDArray[np.bool_], metric: str = "accuracy"
) -> tuple[TagLevel, ...]:
    if not answers:
        return ()
    return human_level(answers, targets, members, metric=metric).tags


def _means(judged: Sequence[Judged], members: NDArray[np.bool_]) -> list[float | None]:
    """Return the mean clarity of each group, every answer alike."""
    found: list[float | None] = []
    for column in members.T:
        values = [
            int(answers[CLEAR])
            for one, has in zip(judged, column, strict=True)
            for answers in one.said.values()
            if has and CLEAR in answers
        ]
        found.append(sum(values) / len(values) if values else None)
    return found
