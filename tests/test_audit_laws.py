"""Laws that hold for any table."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augmentor.audit.comparing.compare import compare
from augmentor.audit.figures import intervals
from augmentor.audit.figures.metrics import count
from augmentor.audit.priorities.rank import rank
from augmentor.audit.tables.raw import ErrorTable

WORDS = st.lists(st.sampled_from(["a", "b", "c"]), max_size=5).map(" ".join)
METRICS = st.sampled_from(["accuracy", "wer", "cer"])
counts = st.integers(0, 400)


@st.composite
def tables(draw: st.DrawFn) -> ErrorTable:
    rows = draw(
        st.lists(st.tuples(WORDS, WORDS, st.booleans(), st.booleans()), min_size=1, max_size=25)
    )
    return ErrorTable(
        ids=[str(i) for i in range(len(rows))],
        targets=[row[0] for row in rows],
        predictions=[row[1] for row in rows],
        tag_names=("p", "q"),
        tags=np.array([row[2:] for row in rows], dtype=np.bool_),
    )


@settings(deadline=None)
@given(tables(), METRICS, st.floats(0, 1))
def test_the_identity_of_the_four_tag_metrics(table: ErrorTable, metric: str, level: float) -> None:
    """P(tag | error) P(error) = P(error | tag) P(tag)."""
    ranking = rank(table, metric=metric, baseline={"p": (level, "human"), "q": (level, "human")})
    for row in ranking.rows:
        if None not in (row.error_share_frac, row.error_rate, ranking.overall.error_rate):
            left = row.error_share_frac * ranking.overall.error_rate
            assert left == pytest.approx(row.error_rate * row.share_frac)
        if row.score is not None:
            assert row.unique_gain <= row.potential_gain + 1e-12
            assert ranking.union_gain >= row.potential_gain - 1e-12
    if ranking.union_gain is not None:
        total = sum(row.potential_gain or 0 for row in ranking.rows)
        assert ranking.union_gain <= total + 1e-12


@settings(deadline=None)
@given(WORDS, WORDS)
def test_parts_of_errors_account_for_the_lengths(target: str, answer: str) -> None:
    found = count("wer", [target], [answer])
    lengths = len(target.split()), len(answer.split())
    assert lengths[0] - found.deletions[0] + found.insertions[0] == lengths[1]
    assert min(found.substitutions[0], found.deletions[0], found.insertions[0]) >= 0
    assert found.errors[0] <= max(lengths)


@settings(deadline=None)
@given(st.integers(1, 500), st.data())
def test_wilson_holds_the_rate_and_grows_with_it(n: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, n))
    low, high = intervals.wilson(hits, n)
    assert 0 <= low <= hits / n <= high <= 1
    if hits < n:
        more = intervals.wilson(hits + 1, n)
        assert more[0] > low
        assert more[1] > high or high == 1
    wider = intervals.wilson(hits, n, 0.99)
    assert wider[0] <= low
    assert wider[1] >= high


@settings(deadline=None)
@given(counts, counts, counts, counts)
def test_a_paired_interval_holds_the_change_and_negates(
    kept: int, broken: int, mended: int, lost: int
) -> None:
    n = kept + broken + mended + lost
    low, high = intervals.paired_difference(kept, broken, mended, lost)
    if n == 0:
        assert np.isnan(low)
        return
    assert -1 - 1e-9 <= low <= (mended - broken) / n <= high <= 1 + 1e-9
    back = intervals.paired_difference(kept, mended, broken, lost)
    assert (back[0], back[1]) == (pytest.approx(-high), pytest.approx(-low))


@settings(max_examples=40, deadline=None)
@given(tables(), METRICS)
def test_a_table_and_itself_do_not_differ(table: ErrorTable, metric: str) -> None:
    found = compare(table, table, metric=metric)
    for row in (*found.rows, found.overall):
        assert row.change in {0, None}
        assert row.p in {1, None}
        assert (row.b, row.c) == (0, 0)
        assert row.verdict in {"held", "cannot tell"}
    assert found.exit_code == 0


@settings(max_examples=40, deadline=None)
@given(tables(), METRICS, st.data())
def test_swapping_before_and_after_negates(
    table: ErrorTable, metric: str, data: st.DataObject
) -> None:
    answers = data.draw(st.lists(WORDS, min_size=len(table), max_size=len(table)))
    other = replace(table, predictions=answers)
    ways = compare(table, other, metric=metric), compare(other, table, metric=metric)
    for there, back in zip(ways[0].rows, ways[1].rows, strict=True):
        assert (there.b, there.c, there.n) == (back.c, back.b, back.n)
        assert (there.before, there.after) == (back.after, back.before)
        assert there.p == pytest.approx(back.p)
        if there.change is not None:
            assert there.change == pytest.approx(-back.change)
        if there.interval is not None:
            assert there.interval == pytest.approx([-end for end in back.interval[::-1]], abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=30))
def test_adjusted_values_are_larger_and_keep_the_order(p: list[float]) -> None:
    adjusted = intervals.benjamini_hochberg(p)
    assert np.all(adjusted >= np.array(p) - 1e-12)
    assert np.all(adjusted <= 1)
    order = np.argsort(p, kind="stable")
    assert np.all(np.diff(adjusted[order]) >= 0)
