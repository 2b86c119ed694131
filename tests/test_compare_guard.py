"""The guard: quiet where nothing fell, loud where something did, and what each verdict means."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from test_audit_compare import pair

from augmentor.audit.comparing.compare import Comparison, compare
from augmentor.audit.comparing.paired_score import score_difference
from benchmarks.guards import World, alarm, judged, plain_alarm, share, tables


def first(verdict: str) -> Callable[[Comparison], bool]:
    return lambda one: one.rows[0].verdict == verdict


@pytest.mark.parametrize(
    "world",
    [World(), World(overlap=True), World(speakers=10), World(words=4, size=25)],
    ids=["plain", "overlapping", "speakers", "words"],
)
def test_fifty_tags_that_did_not_change(world: World) -> None:
    """One comparison in 20 at most raises an alarm, where raw p-values do in most."""
    found = list(judged(world, 40))
    assert share(found, plain_alarm) > 0.5
    assert share(found, alarm) <= 0.05


def test_fifty_tags_that_fell_by_no_more_than_the_margin() -> None:
    """The guard's test holds at its border too, where an alarm is likeliest."""
    found = list(judged(World(fall=-0.02, everywhere=True), 60))
    assert share(found, plain_alarm) > 0.9
    assert share(found, alarm) <= 0.05


def test_a_real_fall_is_caught_among_fifty_tags() -> None:
    """Ten points of 1,000 examples, and no other tag is blamed."""
    found = list(judged(World(fall=-0.1, size=1000), 20))
    assert share(found, first("fell")) >= 0.9
    assert sum(len(set(one.fell) - {"t0", "overall"}) for one in found) <= 2


def test_a_fall_within_the_margin_is_let_pass() -> None:
    found = list(judged(World(fall=-0.01, size=4000, tags=2), 40))
    assert share(found, first("fell")) <= 0.05
    assert share(found, first("held")) >= 0.2


def test_a_fall_of_the_margin_has_seldom_held() -> None:
    found = list(judged(World(fall=-0.02, size=1000, tags=4), 100))
    assert share(found, first("held")) <= 0.1


def test_p_values_are_those_of_statsmodels() -> None:
    """McNemar's, exact; adjusted by Benjamini and Hochberg, the guard's with the whole."""
    old, new = tables(World(tags=12), 3)
    found = compare(old, new)
    every = [*found.rows, found.overall]
    for row in every:
        peer = mcnemar([[0, row.b], [row.c, 0]], exact=True)
        assert row.p == pytest.approx(peer.pvalue)
    wanted = multipletests([row.p for row in found.rows], method="fdr_bh")[1]
    assert [row.p_adjusted for row in found.rows] == pytest.approx(wanted)
    assert found.overall.p_adjusted == found.overall.p
    wanted = multipletests([row.p_guard for row in every], method="fdr_bh")[1]
    assert [row.p_guard_adjusted for row in every] == pytest.approx(wanted)


def test_what_was_asked_beforehand_does_not_pay_for_the_rest() -> None:
    """One tag guarded, or to rise, is judged by itself; the others are judged together."""
    found = compare(*tables(World(tags=12), 3), guard=["t1"], targets=["t2"])
    guarded, target = found.rows[1], found.rows[2]
    assert guarded.p_guard_adjusted == guarded.p_guard
    assert target.p_adjusted == target.p
    others = [row for row in (*found.rows, found.overall) if row is not guarded]
    wanted = multipletests([row.p_guard for row in others], method="fdr_bh")[1]
    assert [row.p_guard_adjusted for row in others] == pytest.approx(wanted)
    others = [row for row in found.rows if row is not target]
    wanted = multipletests([row.p for row in others], method="fdr_bh")[1]
    assert [row.p_adjusted for row in others] == pytest.approx(wanted)


def test_the_guard_tests_against_the_margin_not_against_no_change() -> None:
    """A fall that is sure, and as found beyond the margin, may yet be within it: that is said."""
    before, after = pair([(["a"], 850, 40, 10, 100)])
    found = compare(before, after, margin=0.02)
    row = found.rows[0]
    assert row.interval[0] < row.change < -0.02 < row.interval[1] < 0
    assert (row.p_fell < 0.001, row.p_guard > 0.05) == (True, True)
    assert (row.verdict, found.exit_code) == ("cannot tell", 0)
    assert found.doubtful == ["a", "overall"]
    assert found.to_json()["doubtful"] == ["a", "overall"]
    for margin, verdict in ((0.0, "fell"), (0.01, "fell"), (0.05, "held")):
        other = compare(before, after, margin=margin)
        assert (other.rows[0].verdict, other.doubtful) == (verdict, [])
    assert compare(before, after, margin=0.0).rows[0].p_guard == row.p_fell


@pytest.mark.parametrize(
    ("world", "near"),
    [
        (World(fall=-0.2, size=300), 1e-6),
        (World(fall=-0.2, size=2000, words=5), 0.02),
        (World(fall=-0.2, size=300, runs=(3, 3), run=0.2), 1e-3),
    ],
    ids=["accuracy", "words", "runs"],
)
def test_the_guards_p_value_is_the_interval_turned_round(world: World, near: float) -> None:
    """At a margin that is the upper end of the one-sided interval, it is 5 %."""
    old, new = tables(replace(world, tags=1), 2)
    metric = "wer" if world.words else "accuracy"
    row = compare(old, new, metric=metric).overall
    upper = 2 * row.change - row.lower
    if near < 1e-3:  # the score interval is not symmetric
        upper = score_difference(row.b, row.c, row.n, level=0.90)[1]
    guard = compare(old, new, metric=metric, margin=-float(upper)).overall.p_guard
    assert guard == pytest.approx(0.05, abs=near)


def test_a_target_that_did_not_rise_is_said() -> None:
    before, after = pair([(["up"], 500, 10, 60, 100), (["flat"], 500, 10, 11, 100)])
    found = compare(before, after, targets=["up", "flat"])
    assert found.missed == ["flat"]
    assert found.to_json()["missed"] == ["flat"]
    assert found.exit_code == 0
    assert compare(before, after, targets=["up"]).missed == []


def test_rows_of_a_speaker_do_not_count_one_by_one() -> None:
    """Two speakers of 40 rows broke whole: 80 broken rows are two speakers, which is chance."""
    before, after = pair([(["a"], 800, 80, 0, 120)])
    speakers = [f"s{row // 40}" for row in range(1000)]
    alone = compare(before, after).rows[0]
    whole = compare(replace(before, groups=speakers), after).rows[0]
    assert (alone.verdict, whole.verdict) == ("fell", "cannot tell")
    assert whole.p == pytest.approx(0.5)
    assert whole.b == alone.b == 80
    assert whole.interval[0] < alone.interval[0] < alone.interval[1] < 0 <= whole.interval[1] + 0.01
    one_each = compare(replace(before, groups=[f"s{row}" for row in range(1000)]), after)
    assert one_each.to_json() == compare(before, after).to_json()
    later = compare(before, replace(after, groups=speakers)).rows[0]
    assert later == whole
