"""Ranked lists, against scikit-learn, hand numbers and simulations."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from augmentor.audit.figures.intervals import wilson
from augmentor.audit.figures.ranked import mean_interval, rank_report
from augmentor.core.errors import UsageError

LISTS = st.lists(st.lists(st.integers(0, 3), min_size=2, max_size=8), min_size=1, max_size=6)

# Query 0 has its relevant items at 1 and 3, query 1 at 2, query 2 none, query 3 one not listed.
QUERIES = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3]
RANKS = [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 0]
RELEVANT = [1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1]


@settings(deadline=None, max_examples=80)
@given(LISTS, st.sampled_from(["linear", "exponential"]), st.integers(1, 9), st.randoms())
def test_ndcg_is_that_of_scikit_learn(
    lists: list[list[int]], gain: str, cut: int, order: object
) -> None:
    """The mean over queries with a relevant item, whatever the order of the rows."""
    rows = [
        (query, rank, worth)
        for query, worths in enumerate(lists)
        for rank, worth in enumerate(worths, 1)
    ]
    order.shuffle(rows)  # type: ignore[attr-defined]
    found = rank_report(*zip(*rows, strict=True), cuts=[cut], gain=gain).overall
    values = [
        ndcg_score(
            [some if gain == "linear" else np.exp2(some) - 1], [-np.arange(len(some))], k=cut
        )
        for some in lists
        if any(some)
    ]
    ndcg = found.measures[f"ndcg@{cut}"]
    assert (ndcg.n, ndcg.undefined) == (len(values), len(lists) - len(values))
    assert ndcg.value == (pytest.approx(np.mean(values)) if values else None)


def test_by_hand() -> None:
    """Precision, recall, reciprocal rank and first hit of four queries."""
    found = rank_report(QUERIES, RANKS, RELEVANT, cuts=[1, 3], complete=True).overall
    values = {what: some.value for what, some in found.measures.items()}
    assert values["precision@1"] == 1 / 4
    assert values["precision@3"] == pytest.approx((2 / 3 + 1 / 3 + 0 + 0) / 4)
    assert values["recall@1"] == pytest.approx((1 / 2 + 0 + 0) / 3)
    assert values["recall@3"] == pytest.approx((1 + 1 + 0) / 3)
    assert values["mrr"] == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert values["first_hit"] == pytest.approx(1 / 3)
    third = (1 + 1 / 2) / (1 + 1 / np.log2(3)), 1 / np.log2(3), 0
    assert values["ndcg@3"] == pytest.approx(np.mean(third))


def test_a_query_without_a_relevant_item_is_undefined_and_counted() -> None:
    report = rank_report(QUERIES, RANKS, RELEVANT, cuts=[3], complete=True)
    for what in ("mrr", "ndcg@3", "recall@3", "first_hit"):
        some = report.overall.measures[what]
        assert (some.n, some.undefined) == (3, 1)
    assert report.overall.measures["precision@3"].n == 4
    (note,) = report.notes
    assert note.startswith("1 of 4 queries have no relevant item")


def test_recall_is_not_known_unless_the_table_is_complete() -> None:
    report = rank_report(QUERIES, RANKS, RELEVANT, cuts=[3])
    assert report.overall.measures["recall@3"].value is None
    assert "recall is not known: the table may lack relevant items" in report.notes


def test_a_list_that_is_too_short_is_said() -> None:
    (*_, note) = rank_report(QUERIES, RANKS, RELEVANT, cuts=[3, 10], complete=True).notes
    assert note == "the longest list has 3 items, so precision cannot reach 1 at 10"


def test_tags_are_of_queries() -> None:
    """A tag's mean is that of a table with its queries alone."""
    tags = np.array([[True, False], [True, False], [False, False], [False, False]])
    report = rank_report(QUERIES, RANKS, RELEVANT, tags=tags, names=["navigational", "rare"])
    alone = rank_report(QUERIES[:6], RANKS[:6], RELEVANT[:6])
    navigational, rare = report.tags
    assert navigational.measures == alone.overall.measures
    assert (navigational.queries, rare.queries) == (2, 0)
    assert {some.value for some in rare.measures.values()} == {None}
    assert {some.undefined for some in rare.measures.values()} == {0}


def test_first_hits_have_wilsons_interval() -> None:
    """They are right or wrong, as navigational queries are."""
    queries = np.repeat(np.arange(40), 2)
    relevance = np.tile([1, 0], 40)
    relevance[:14] = [0, 1] * 7
    some = rank_report(queries, np.tile([1, 2], 40), relevance).overall.measures["first_hit"]
    assert some.value == 33 / 40
    assert some.interval == pytest.approx([float(end) for end in wilson(33, 40)])


def test_queries_without_rows_count() -> None:
    """Nothing was listed for them: precision is 0, the rest undefined."""
    some = rank_report([0], [1], [1], cuts=[1], count=4).overall
    assert some.queries == 4
    assert some.measures["precision@1"].value == 0.25
    assert (some.measures["mrr"].value, some.measures["mrr"].undefined) == (1, 3)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_an_interval_holds_the_mean_and_stays_within_0_and_1(values: list[float]) -> None:
    low, high = mean_interval(values)
    assert -1e-12 <= low <= np.mean(values) + 1e-9
    assert np.mean(values) - 1e-9 <= high <= 1 + 1e-12
    assert low < high


def test_all_alike_is_not_certain() -> None:
    assert mean_interval([1.0] * 20) == pytest.approx([float(end) for end in wilson(20, 20)])
    assert mean_interval([0.5] * 20) == pytest.approx([float(end) for end in wilson(10, 20)])
    assert np.isnan(mean_interval([])).all()


@pytest.mark.parametrize("n", [10, 40])
@pytest.mark.parametrize("chances", [[0.1, 0.1, 0.2, 0.6], [0.02, 0.0, 0.03, 0.95]])
def test_intervals_cover_the_true_mean(n: int, chances: list[float]) -> None:
    """Of 95 % intervals of reciprocal ranks, 92 % or more hold it, also near 1."""
    chance = np.random.Generator(np.random.Philox(key=4))
    values = np.array([0, 1 / 3, 1 / 2, 1])
    ends = np.array([mean_interval(chance.choice(values, n, p=chances)) for _ in range(1000)])
    true = values @ chances
    assert np.mean((ends[:, 0] <= true) & (true <= ends[:, 1])) >= 0.92


def test_the_report_is_json() -> None:
    """It says gain and discount, and what is undefined is null."""
    found = json.loads(json.dumps(rank_report(QUERIES, RANKS, RELEVANT, cuts=[2]).to_json()))
    assert found["definitions"]["ndcg"].startswith(
        "gain = relevance, discount = 1 / log2(rank + 1)"
    )
    assert found["overall"]["measures"]["recall@2"]["value"] is None
    assert found["overall"]["measures"]["precision@2"]["n"] == 4


def test_what_is_no_ranking_is_refused() -> None:
    tags = np.ones((4, 1), dtype=bool)
    for arguments, more, message in (
        (([0, 0], [1, 1], [0, 1]), {}, "1 items have the rank of another item of their query"),
        (([0, 0], [1, -2], [0, 1]), {}, "a rank is below 0"),
        (([0, 0], [1, 2], [0, -1]), {}, "a relevance is not a number of 0 or more"),
        (([0, 0], [1, 2], [0, np.nan]), {}, "a relevance is not a number of 0 or more"),
        (([0, -1], [1, 2], [0, 1]), {}, "the code of a query is not from 0 to 0"),
        (([0, 5], [1, 2], [0, 1]), {"count": 4}, "the code of a query is not from 0 to 3"),
        (([0], [1, 2], [0, 1]), {}, "1 queries, 2 ranks and 2 relevances"),
        (([0], [1], [1]), {"cuts": [0]}, "cuts are ranks of 1 or more, not 0"),
        (([0], [1], [1]), {"cuts": []}, "cuts are ranks of 1 or more, not none"),
        (([0], [1], [1]), {"tags": tags}, "0 names of tags"),
        (([0], [1], [1]), {"tags": tags, "names": ["a"], "count": 3}, "4 queries, but 3 queries"),
        (([0], [1], [1]), {"gain": "log"}, "unknown gain 'log'"),
    ):
        with pytest.raises(UsageError, match=message):
            rank_report(*arguments, **more)
