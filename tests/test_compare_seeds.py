"""Several runs of a training: how they differ counts as chance, beside the examples."""

from dataclasses import replace

import numpy as np
import pytest
from audit_tables import table_of
from scipy import stats

from augmentor.audit.comparing import seeds
from augmentor.audit.comparing.compare import compare
from augmentor.audit.tables.raw import ErrorTable
from augmentor.core.errors import UsageError
from benchmarks.guards import World, covered, judged, share, tables


def runs_of(rates: list[float], n: int, order: np.ndarray) -> list[ErrorTable]:
    """Return a run for each rate, right on the first examples of one order."""
    table = table_of([(["a"], n, 0)])
    made = []
    for at, rate in enumerate(rates):
        right = np.zeros(n, bool)
        right[order[: round(rate * n)]] = True
        said = ["yes" if one else "no" for one in right]
        made.append(replace(table, predictions=said, path=f"run {at}"))
    return made


def test_where_runs_rule_it_is_welchs_t() -> None:
    """On so many examples that only the runs differ by chance."""
    rng = np.random.default_rng(1)
    old, new = [0.52, 0.58, 0.49, 0.6], [0.63, 0.66, 0.6, 0.69]
    n = 40_000
    order = rng.permutation(n)
    row = compare(runs_of(old, n, order), runs_of(new, n, order)).rows[0]
    peer = stats.ttest_ind(new, old, equal_var=False)
    assert (row.before, row.after) == (pytest.approx(np.mean(old)), pytest.approx(np.mean(new)))
    assert row.interval == pytest.approx(tuple(peer.confidence_interval()), rel=0.02)
    assert row.p == pytest.approx(peer.pvalue, rel=0.03)
    assert row.p_fell == pytest.approx(1 - peer.pvalue / 2, rel=0.01)
    assert row.sd_before == pytest.approx(np.std(old, ddof=1))
    assert row.sd_after == pytest.approx(np.std(new, ddof=1))


def test_where_runs_agree_it_is_the_examples() -> None:
    """Runs that answer all alike leave the paired t of the examples."""
    rng = np.random.default_rng(2)
    n = 600
    old, new = (rng.random(n) < 0.2).astype(float), (rng.random(n) < 0.19).astype(float)
    found = seeds.over_runs(
        np.ones((n, 1), bool), np.array([old, old]), np.array([new, new, new]), np.ones(n)
    )
    peer = stats.ttest_rel(old, new)
    low, high = peer.confidence_interval()
    assert (found.low[0], found.high[0]) == pytest.approx((low, high), abs=0.01 * (high - low))
    assert found.p[0] == pytest.approx(peer.pvalue, rel=0.02)
    lower = stats.ttest_rel(old, new).confidence_interval(0.90).low
    assert found.lower[0] == pytest.approx(lower, abs=0.01 * (high - low))


def test_speakers_are_whole() -> None:
    """With six speakers and runs that agree, it is a t of the speakers' ratios."""
    rng = np.random.default_rng(3)
    owner = np.repeat(np.arange(6), 50)
    old = (rng.random(300) < 0.3).astype(float)
    new = (rng.random(300) < rng.uniform(0, 0.4, 6)[owner]).astype(float)
    found = seeds.over_runs(
        np.ones((300, 1), bool), old[None], np.array([new, new]), np.ones(300), owner
    )
    means = [(old - new)[owner == one].mean() for one in range(6)]
    low, high = stats.ttest_1samp(means, 0).confidence_interval()
    assert (found.low[0], found.high[0]) == pytest.approx((low, high), rel=0.03)


def test_groups_and_tags_too_small_are_not_told() -> None:
    few = compare(*(tables(World(runs=(2, 2), size=5, tags=2), 1)))
    assert [row.interval for row in few.rows] == [None, None]
    assert {row.verdict for row in few.rows} == {"cannot tell"}
    assert few.overall.interval is not None
    old, new = tables(World(runs=(2, 2), size=20, tags=2), 1)
    bare = [replace(one, tags=np.zeros_like(one.tags)) for one in (*old, *new)]
    row = compare(bare[:2], bare[2:]).rows[0]
    assert (row.n, row.before, row.p, row.sd_before) == (0, None, None, None)


def test_intervals_hold_what_runs_hide_from_one() -> None:
    """Runs differ: of the intervals of one run each many miss, of three each hardly any."""
    one = list(judged(World(run=0.8, size=400, tags=10), 40))
    three = list(judged(World(runs=(3, 3), run=0.8, size=400, tags=10), 40))
    assert covered(one, 0.0) < 0.75
    assert 0.94 < covered(three, 0.0) < 0.995


def test_runs_raise_few_false_alarms() -> None:
    """50 tags that did not change, runs that differ: at most one comparison in 20 says fell."""
    found = list(judged(World(runs=(3, 3), run=0.4), 30))
    assert share(found, lambda one: any(row.p_fell < 0.05 for row in one.rows)) > 0.4
    assert share(found, lambda one: bool(one.fell)) <= 0.05


def test_more_runs_tell_more() -> None:
    width = []
    for count in (2, 3, 6):
        found = judged(World(runs=(count, count), run=0.3, size=400, tags=10), 3)
        ends = [row.interval for one in found for row in one.rows]
        width.append(np.mean([high - low for low, high in ends]))
    assert width[0] > 1.5 * width[1] > 2 * width[2]


def test_what_is_not_known_of_runs_is_said() -> None:
    old, new = tables(World(runs=(3, 3), size=50, tags=2), 7)
    single = compare(old[0], new[0])
    assert single.seeds == {"before": 1, "after": 1}
    assert any("one run's luck" in said for said in single.warnings)
    assert single.rows[0].sd_after is None
    mixed = compare(old[0], new)
    assert any("one table before" in said and "are 3" in said for said in mixed.warnings)
    assert (mixed.rows[0].sd_before, mixed.seeds) == (None, {"before": 1, "after": 3})
    two = compare(old, new[:2])
    assert any("two tables after tell little" in said for said in two.warnings)
    assert compare(old, new).warnings == ()
    again = compare(old, [new[0], replace(new[1], predictions=new[0].predictions)])
    assert any("the same answers" in said for said in again.warnings)


def test_every_table_must_match_the_first() -> None:
    old, new = tables(World(runs=(2, 2), size=20, tags=2), 7)
    other = replace(old[1], targets=["no", *old[1].targets[1:]], path="b.csv")
    with pytest.raises(UsageError, match=r"b\.csv  targets differ for 1 examples: 0"):
        compare([old[0], other], new)
    with pytest.raises(UsageError, match="examples of before are missing: 0"):
        compare(old, [new[0], replace(new[1], ids=["x", *new[1].ids[1:]])])


def test_the_order_of_runs_and_rows_does_not_matter() -> None:
    old, new = tables(World(runs=(2, 3), run=0.3, size=60, tags=2), 9)
    order = np.random.default_rng(1).permutation(len(old[0]))
    turned = replace(
        new[2],
        ids=[new[2].ids[at] for at in order],
        predictions=[new[2].predictions[at] for at in order],
        tags=new[2].tags[order],
    )
    one = compare(old, new).overall
    two = compare(old, [turned, new[1], new[0]]).overall
    assert two.interval == pytest.approx(one.interval)
    assert (two.b, two.c, two.p) == (one.b, one.c, pytest.approx(one.p))


def test_word_errors_of_several_runs() -> None:
    old, new = tables(World(runs=(2, 2), size=80, tags=2, words=6), 3)
    row = compare(old, new, metric="wer").rows[0]
    rates = [
        [1 - np.mean([len(said.split()) / 6 for said, mine in zip(one.predictions, one.tags[:, 0],
         strict=True) if mine]) for one in some] for some in (old, new)
    ]  # fmt: skip
    assert row.before == pytest.approx(1 - np.mean(rates[0]))
    assert row.change == pytest.approx(np.mean(rates[0]) - np.mean(rates[1]))
    assert row.sd_after == pytest.approx(np.std(rates[1], ddof=1))
    assert row.interval[0] < row.change < row.interval[1]
