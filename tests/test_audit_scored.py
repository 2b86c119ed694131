"""Areas under ROC curves and average precision, against scikit-learn and simulations."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.metrics import average_precision_score, roc_auc_score

from augmentor.audit.figures.scored import Ordering, auroc_interval, score_report
from augmentor.core.errors import UsageError

SCORES = st.one_of(st.integers(-3, 3), st.floats(-1e6, 1e6), st.sampled_from([-math.inf, math.inf]))
ROWS = st.lists(
    st.tuples(SCORES, st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=40
)


def expected(scores: NDArray[np.float64], labels: NDArray[np.bool_]) -> tuple[float | None, ...]:
    """Return what scikit-learn says of scores, None where it warns that it is undefined."""
    ranks = np.unique(scores, return_inverse=True)[1]  # it refuses infinite scores
    area = roc_auc_score(labels, ranks) if 0 < labels.sum() < len(labels) else None
    return area, average_precision_score(labels, ranks) if labels.any() else None


@settings(deadline=None, max_examples=100)
@given(ROWS)
def test_orderings_are_those_of_scikit_learn(rows: list[tuple[float, bool, bool, bool]]) -> None:
    """Over all rows and over each tag, ties and infinite scores included."""
    scores, labels, *marks = (np.array(column) for column in zip(*rows, strict=True))
    report = score_report(scores, labels, np.array(marks).T, ["p", "q"])
    groups = np.ones(len(rows), dtype=bool), *marks
    for found, group in zip((report.overall, *report.tags), groups, strict=True):
        area, precision = expected(scores[group], labels[group])
        assert (found.n, found.positives) == (group.sum(), labels[group].sum())
        assert found.auroc == (None if area is None else pytest.approx(area))
        assert found.average_precision == (None if precision is None else pytest.approx(precision))
        assert (found.auroc_interval is None) == (area is None)
        if found.auroc_interval is not None and found.auroc is not None:
            low, high = found.auroc_interval
            assert 0 <= low <= found.auroc <= high <= 1
            assert low < high


def test_two_kinds_are_needed_for_an_area() -> None:
    """One kind leaves it undefined; without a positive so is average precision."""
    all_negative = score_report([1, 2], [0, 0]).overall
    assert (all_negative.auroc, all_negative.average_precision) == (None, None)
    all_positive = score_report([1, 2], [1, 1]).overall
    assert (all_positive.auroc, all_positive.average_precision) == (None, 1)
    nothing = score_report([], []).overall
    assert nothing == Ordering(
        name=None, n=0, positives=0, auroc=None, auroc_interval=None, average_precision=None
    )


def test_equal_scores_count_half() -> None:
    """All alike: the area is 1/2, and average precision the share of positives."""
    found = score_report([7.0] * 8, [1, 1, 0, 0, 0, 0, 0, 0]).overall
    assert (found.auroc, found.average_precision) == (0.5, 0.25)


def test_turning_scores_round_turns_area_and_interval() -> None:
    chance = np.random.Generator(np.random.Philox(key=1))
    labels = np.arange(60) % 3 == 0
    scores = labels + chance.standard_normal(60).round(1)
    one, two = (score_report(sign * scores, labels).overall for sign in (1, -1))
    assert one.auroc is not None
    assert one.auroc_interval is not None
    assert two.auroc == pytest.approx(1 - one.auroc)
    assert two.auroc_interval == pytest.approx([1 - end for end in one.auroc_interval[::-1]])


def test_the_interval_solves_its_equation() -> None:
    """At both ends the distance is z standard errors of the end (Hanley and McNeil 1982)."""
    low, high = auroc_interval([0.893, 0.6], [51, 20], [58, 30])
    for area, m, n, ends in zip(
        [0.893, 0.6], [51, 20], [58, 30], zip(low, high, strict=True), strict=True
    ):
        for end in ends:
            more = (m + n) / 2 - 1
            q1, q2 = end / (2 - end), 2 * end * end / (1 + end)
            variance = (end * (1 - end) + more * (q1 - end**2) + more * (q2 - end**2)) / (m * n)
            assert abs(area - end) == pytest.approx(1.959964 * math.sqrt(variance), rel=1e-6)
    assert 0.893 - low[0] > high[0] - 0.893  # longer towards one half


def test_a_perfect_order_is_not_certain() -> None:
    """An area of 1 of few examples has a wide interval, of many a narrow one."""
    low, high = auroc_interval([1, 1, 1], [3, 30, 3000], [3, 30, 3000])
    assert high.tolist() == [1, 1, 1]
    assert low[0] < 0.6
    assert 0.85 < low[1] < 0.95
    assert 0.99 < low[2] < 1


def test_a_larger_variance_makes_it_wider() -> None:
    exact, wide, narrow = (auroc_interval(0.8, 40, 40, v) for v in (0, 0.01, 1e-6))
    assert wide[0] < exact[0] < exact[1] < wide[1]
    assert narrow == exact
    assert np.isnan(auroc_interval(np.nan, 0, 4)).all()


@pytest.mark.parametrize(("m", "n", "spread"), [(10, 90, 2.0), (90, 10, 1.0), (8, 40, 0.5)])
@pytest.mark.parametrize("apart", [0.5, 2.5])
def test_intervals_cover_the_true_area(m: int, n: int, spread: float, apart: float) -> None:
    """Of 400 simulated ones 91 % or more hold it, also where few spread wider than many."""
    chance = np.random.Generator(np.random.Philox(key=7))
    true = norm.cdf(apart / math.hypot(1, spread))
    labels = np.arange(m + n) < m
    held = []
    for _ in range(400):
        scores = np.where(labels, apart + spread * (x := chance.standard_normal(m + n)), x)
        ends = score_report(scores, labels).overall.auroc_interval
        assert ends is not None
        held.append(ends[0] <= true <= ends[1])
    assert np.mean(held) >= 0.91


def test_the_report_is_json() -> None:
    """Undefined is null, and the interval has its name."""
    tags = np.array([[True], [False], [False]])
    found = json.loads(json.dumps(score_report([3, 2, 1], [1, 0, 1], tags, ["quiet"]).to_json()))
    assert found["overall"]["auroc"] == 0.5
    assert found["tags"] == [
        {
            "name": "quiet",
            "n": 1,
            "positives": 1,
            "auroc": None,
            "auroc_interval": None,
            "average_precision": 1.0,
        }
    ]
    assert "Hanley-McNeil" in found["interval"]


def test_what_cannot_be_ordered_is_refused() -> None:
    """Scores that are no numbers, labels that are neither 0 nor 1, lengths that differ."""
    for scores, labels, message in (
        ([1, math.nan, math.nan], [0, 1, 1], "2 scores are not numbers"),
        ([1, 2], [0, 2], "a label is not 0 or 1"),
        ([1, 2], [0], "2 scores, but 1 labels"),
    ):
        with pytest.raises(UsageError, match=message):
            score_report(scores, labels)
    with pytest.raises(UsageError, match="expected"):
        score_report([1, 2], [0, 1], np.ones((3, 1), dtype=bool), ["a"])
    with pytest.raises(UsageError, match="expected"):
        score_report([1, 2], [0, 1], np.ones((2, 1), dtype=bool))
