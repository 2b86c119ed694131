"""Intervals cover what they say, ranks shrink, and what is not known is not told."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from audit_tables import table_of
from scipy import stats

from augmentor.audit.figures.clustered import ratio_interval, ratio_spread
from augmentor.audit.figures.intervals import benjamini_hochberg, wilson
from augmentor.audit.priorities import evidence
from augmentor.audit.priorities.rank import rank
from augmentor.audit.priorities.ranking import Ranking, TagRow
from augmentor.core.errors import UsageError


def by_tag(ranking: Ranking) -> dict[str, TagRow]:
    return {row.tag: row for row in ranking.rows}


def chance(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def test_the_spread_of_a_ratio_is_that_of_a_jackknife_over_speakers() -> None:
    """The delta method against leaving out one speaker after the other."""
    rng = chance(1)
    owner = rng.integers(0, 40, 1000).astype(np.int32)
    units = rng.integers(1, 20, 1000).astype(np.float64)
    errors = rng.binomial(units.astype(int), 0.05 + 0.2 * (owner % 4 == 0)).astype(np.float64)
    members = np.ones((1000, 1), dtype=np.bool_)
    rate, spread, count = ratio_spread(members, errors, units, owner)
    left_out = np.array(
        [errors[owner != one].sum() / units[owner != one].sum() for one in range(40)]
    )
    jackknife = np.sqrt(39 / 40 * np.sum((left_out - left_out.mean()) ** 2))
    assert count[0] == 40
    assert rate[0] == errors.sum() / units.sum()
    assert spread[0] == pytest.approx(jackknife, rel=0.02)


def test_rows_of_a_speaker_are_not_independent() -> None:
    """The interval over speakers covers the truth where the one over rows does not."""
    covered = {"rows": 0, "speakers": 0}
    for seed in range(200):
        rng = chance(seed)
        owner = np.repeat(np.arange(20), 25).astype(np.int32)
        level = rng.beta(2, 8, 20)  # each speaker has a rate of their own, 20 % in the mean
        units = np.full(500, 10.0)
        errors = rng.binomial(10, level[owner]).astype(np.float64)
        members = np.ones((500, 1), dtype=np.bool_)
        for name, who in (("rows", None), ("speakers", owner)):
            low, high = ratio_interval(members, errors, units, who)
            covered[name] += bool(low[0] <= 0.2 <= high[0])
    assert covered["rows"] < 140
    assert covered["speakers"] >= 0.91 * 200


def test_no_errors_among_few_is_not_taken_for_none_ever() -> None:
    members = np.ones((30, 1), dtype=np.bool_)
    low, high = ratio_interval(members, np.zeros(30), np.full(30, 8.0))
    assert low[0] == 0
    assert high[0] == pytest.approx(wilson([0], [30])[1][0])


def test_worse_than_the_rest_is_fishers_exact_test() -> None:
    p = evidence.worse_than_rest(np.array([12.0]), np.array([50.0]), 40, 400)
    oracle = stats.fisher_exact([[12, 38], [28, 322]], alternative="greater").pvalue
    assert p[0] == pytest.approx(oracle)


def test_fifty_equal_tags_give_hardly_a_false_alarm() -> None:
    """Raw p-values alarm in most tables, adjusted ones in 5 % at most."""
    raw = adjusted = 0
    for seed in range(100):
        errors = chance(seed).binomial(100, 0.1, 50).astype(np.float64)
        p = evidence.worse_than_rest(errors, np.full(50, 100.0), float(errors.sum()), 5000.0)
        raw += bool((p < 0.05).any())
        adjusted += bool((benjamini_hochberg(p) < 0.05).any())
    assert raw > 70
    assert adjusted <= 8  # of 100, of which 5 are due: 8 or fewer in 94 % of tries


def test_the_worst_of_equal_tags_is_drawn_to_the_mean() -> None:
    """The worst three of fifty look like 18 % for a true 10 %; shrunk they do not."""
    worst, after = [], []
    for seed in range(100):
        errors = chance(seed).binomial(50, 0.1, 50).astype(np.float64)
        shrunk = evidence.shrunk(errors, np.full(50, 50.0))
        top = np.argsort(-errors)[:3]
        worst.append(errors[top].mean() / 50)
        after.append(shrunk[top].mean())
    assert np.mean(worst) > 0.175
    assert np.mean(after) < 0.12


def test_tags_that_really_differ_stay_apart() -> None:
    errors, n = np.array([10.0, 100.0, 300.0]), np.full(3, 1000.0)
    assert evidence.shrunk(errors, n) == pytest.approx(errors / n, rel=0.06)


def test_how_many_examples_are_needed_golden() -> None:
    """Five points at 10 % need 141; 87 against 89 needs 4,138."""
    assert evidence.needed_for_points(np.array([0.1]))[0] == 141
    assert evidence.needed_for_gap(np.array([0.13]), np.array([0.02]))[0] == 4138
    assert np.isnan(evidence.needed_for_gap(np.array([0.13]), np.array([-0.02]))[0])


def test_two_gains_that_tie_share_the_first_place() -> None:
    """The lecture's table, as examples: clean and people noise tie at 0.60 points."""
    table = table_of(
        [(["clean"], 5640, 360), (["car"], 356, 44), (["people"], 2610, 390), (["low"], 420, 180)]
    )
    human = {"clean": 0.95, "car": 0.93, "people": 0.89, "low": 0.70}
    rows = by_tag(rank(table, baseline={name: (v, "human") for name, v in human.items()}))
    assert rows["clean"].p_largest + rows["people"].p_largest == pytest.approx(1, abs=0.03)
    assert 0.3 < rows["people"].p_largest < 0.7
    for row in rows.values():
        assert row.gain_interval[0] <= row.potential_gain <= row.gain_interval[1]


def test_the_gains_interval_covers_the_true_gain() -> None:
    """A tag of 10 % of the data, 20 % wrong where 10 % can be reached: one point to gain."""
    covered = 0
    for seed in range(150):
        rng = chance(seed)
        inside = rng.binomial(2000, 0.1)
        wrong = rng.binomial(inside, 0.2)
        rest = 2000 - inside
        table = table_of([(["a"], inside - wrong, wrong), (["b"], rest - rest // 20, rest // 20)])
        row = by_tag(rank(table, baseline={"a": (0.9, "human"), "b": (1.0, "human")}))["a"]
        covered += row.gain_interval[0] <= 0.01 <= row.gain_interval[1]
    assert covered >= 0.91 * 150


def test_marginal_gains_add_up_to_the_union() -> None:
    table = table_of([(["a"], 40, 30), (["a", "b"], 10, 20), (["b"], 70, 10), ([], 300, 5)])
    ranking = rank(table, baseline={"a": (0.9, "x"), "b": (0.95, "x")})
    rows = by_tag(ranking)
    assert rows["a"].marginal_gain == pytest.approx(rows["a"].potential_gain)
    assert rows["b"].unique_gain <= rows["b"].marginal_gain < rows["b"].potential_gain
    total = sum(row.marginal_gain for row in ranking.rows)
    assert total == pytest.approx(ranking.union_gain)


def test_actions() -> None:
    """Labels first; then enough examples to see the gap; then more data; nothing without a gap."""
    table = table_of(
        [(["sure"], 700, 300), (["few"], 9, 1), (["unclear"], 70, 30), (["fine"], 9, 1)]
    )
    level = {"sure": (0.9, "x"), "few": (0.91, "x"), "unclear": (0.9, "x"), "fine": (0.9, "x")}
    rows = by_tag(rank(table, baseline=level, relabel=["unclear"]))
    assert {name: row.action for name, row in rows.items()} == {
        "sure": "augment", "few": "collect", "unclear": "relabel", "fine": "none",
    }  # fmt: skip
    assert (rows["sure"].enough, rows["few"].enough) == (True, False)
    with_categories = by_tag(rank(table, baseline=level, categories={"few": ["few"]}))
    assert (with_categories["few"].action, with_categories["sure"].action) == ("augment", "collect")


def test_shares_in_use_go_before_those_of_the_table() -> None:
    table = table_of([(["a"], 80, 20), (["b"], 800, 100)])
    level = {"a": (0.9, "x"), "b": (0.9, "x")}
    plain = by_tag(rank(table, baseline=level))
    found = rank(table, baseline=level, shares={"a": 0.5})
    assert plain["a"].potential_gain == pytest.approx(0.01)
    assert by_tag(found)["a"].potential_gain == pytest.approx(0.05)
    assert "shares of the data as given" in found.warnings[0]
    with pytest.raises(UsageError, match="'A' is no tag or category; known: a, b"):
        rank(table, baseline=level, shares={"A": 0.5})


def test_weights_stand_beside_the_plain_mean() -> None:
    table = replace(table_of([(["a"], 3, 1)]), weights=np.array([1.0, 1.0, 1.0, 5.0]))
    ranking = rank(table)
    assert ranking.rows[0].error_rate == 0.25
    assert ranking.rows[0].weighted_error_rate == pytest.approx(5 / 8)
    assert ranking.overall.weighted_error_rate == pytest.approx(5 / 8)


def test_normalising_both_sides_changes_the_count() -> None:
    table = replace(
        table_of([(["a"], 1, 0)]), targets=["Hello, World"], predictions=["hello world"]
    )
    assert rank(table, metric="wer").overall.error_rate == 1.0
    bare = lambda text: text.lower().replace(",", "")  # noqa: E731
    assert rank(table, metric="wer", normalize=bare).overall.error_rate == 0.0
    assert rank(table, normalize=bare).overall.error_rate == 0.0


def test_a_million_rows_are_summed_exactly(tmp_path: Path) -> None:
    """Counting marks in blocks is the same as counting them one by one."""
    rng = chance(5)
    tags = np.asfortranarray(rng.random((300_001, 3)) < 0.3)
    wrong = rng.random(300_001) < 0.1
    table = replace(
        table_of([(["a"], 1, 0)]), ids=range(300_001), targets=["y"] * 300_001,
        predictions=["n" if one else "y" for one in wrong], tag_names=("p", "q", "r"), tags=tags,
    )  # fmt: skip
    rows = by_tag(rank(table))
    for at, name in enumerate("pqr"):
        assert rows[name].n == tags[:, at].sum()
        assert rows[name].errors == (tags[:, at] & wrong).sum()
