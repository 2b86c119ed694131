"""The ranking gives the values of the lecture, names its sources and says its doubts."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from audit_tables import table_of

from augmentor.audit.priorities.baselines import Baseline, read_baseline
from augmentor.audit.priorities.rank import rank
from augmentor.audit.priorities.ranking import Ranking, TagRow
from augmentor.audit.tables.raw import ErrorTable
from augmentor.audit.tables.summary import SummaryTable
from augmentor.audit.tables.table import read_table
from augmentor.core.errors import UsageError

GOLDEN = Path(__file__).parent / "golden"
HUMAN = {
    "clean": (0.95, "human"),
    "car noise": (0.93, "human"),
    "people noise": (0.89, "human"),
    "low bandwidth": (0.70, "human"),
}


def in_use() -> ErrorTable:
    """Return ten thousand examples with the accuracies and shares of the lecture."""
    return table_of(
        [
            (["clean"], 5640, 360),
            (["car noise"], 356, 44),
            (["people noise"], 2610, 390),
            (["low bandwidth"], 420, 180),
        ]
    )


def by_tag(ranking: Ranking) -> dict[str, TagRow]:
    return {row.tag: row for row in ranking.rows}


@pytest.mark.parametrize(
    ("table", "baseline"),
    [
        (read_table(GOLDEN / "priorities.csv"), None),
        (in_use(), HUMAN),
        (in_use(), read_baseline(GOLDEN / "baseline_human.csv")),
    ],
)
def test_prioritising_golden(
    table: ErrorTable | SummaryTable, baseline: dict[str, Any] | None
) -> None:
    """Gains 0.60, 0.16, 0.60, 0 points: clean and people tie; 90.26 against 91.62 in all."""
    ranking = rank(table, baseline=baseline)
    rows = by_tag(ranking)
    assert list(rows) == ["clean", "people noise", "car noise", "low bandwidth"]
    assert [row.rank for row in ranking.rows] == [1, 1, 3, 4]
    assert [row.tied for row in ranking.rows] == [True, True, False, False]
    gains = [100 * row.potential_gain for row in ranking.rows]
    assert gains == pytest.approx([0.60, 0.60, 0.16, 0])
    gaps = [100 * row.gap for row in ranking.rows]
    assert gaps == pytest.approx([1, 2, 4, 0])
    assert {row.baseline_source for row in ranking.rows} == {"human"}
    assert ranking.overall.accuracy == pytest.approx(0.9026)
    assert ranking.overall.baseline == pytest.approx(0.9162)
    assert ranking.overall.gap == pytest.approx(sum(gains) / 100)
    assert ranking.union_gain == pytest.approx(0.0136)
    assert ranking.warnings == ()


def test_importance_and_ease_break_the_tie() -> None:
    ranking = rank(in_use(), baseline=HUMAN, importance={"people noise": 1.5}, ease={"clean": 0.5})
    assert [row.tag for row in ranking.rows[:2]] == ["people noise", "clean"]
    assert [100 * row.score for row in ranking.rows[:2]] == pytest.approx([0.9, 0.3])
    assert not any(row.tied for row in ranking.rows)


def test_second_printing_contradicts_itself() -> None:
    """Gaps are recomputed (9 and -3), shown, and the shares of 136 % are said."""
    ranking = rank(read_table(GOLDEN / "priorities_second_printing.csv"))
    rows = by_tag(ranking)
    assert 100 * rows["car noise"].gap == pytest.approx(9)
    assert 100 * rows["people noise"].gap == pytest.approx(-3)
    assert rows["people noise"].potential_gain == 0
    said = "\n".join(ranking.warnings)
    assert "'car noise': printed gap 4.00 points, but its row gives 9.00" in said
    assert "'people noise': printed gap 2.00 points, but its row gives -3.00" in said
    assert "shares sum to 136.0 %" in said
    assert len(ranking.warnings) == 3
    assert ranking.overall.accuracy is None
    assert ranking.union_gain is None


def test_error_examples_golden() -> None:
    """Shares of the errors 50, 75 and 50 %: tags overlap, their sum is 175 %."""
    ranking = rank(read_table(GOLDEN / "error_examples.csv"))
    rows = by_tag(ranking)
    shares = [rows[tag].error_share_frac for tag in ("car", "people", "low bandwidth")]
    assert shares == [0.5, 0.75, 0.5]
    assert "shares sum to 175.0 %" in ranking.warnings[0]
    assert "no baseline" in ranking.warnings[1]
    assert list(rows) == ["people", "car", "low bandwidth"]  # by their share of the errors
    assert {row.rank for row in ranking.rows} == {None}
    assert not any(row.tied for row in ranking.rows)


def test_word_errors_golden() -> None:
    ranking = rank(read_table(GOLDEN / "error_examples.csv"), metric="wer")
    rows = by_tag(ranking)
    assert rows["car"].error_rate == pytest.approx(3 / 7)
    assert rows["people"].error_rate == pytest.approx(5 / 8)
    assert rows["low bandwidth"].error_rate == pytest.approx(3 / 5)
    assert all(row.interval[0] <= row.error_rate <= row.interval[1] for row in ranking.rows)
    whole = ranking.overall
    assert whole.error_rate == 0.5
    assert (whole.substitutions, whole.deletions, whole.insertions) == (5, 1, 0)


def test_four_tag_metrics_golden() -> None:
    """12 of 100 and 18 of 100 wrong, with Wilson's intervals, and the identity of the four."""
    ranking = rank(table_of([(["car"], 88, 12), (["people"], 82, 18), ([], 295, 5)]))
    rows = by_tag(ranking)
    assert rows["car"].interval == pytest.approx((0.070, 0.198), abs=5e-4)
    assert rows["people"].interval == pytest.approx((0.117, 0.267), abs=5e-4)
    car = rows["car"]
    assert (car.n, car.errors, car.share_frac) == (100, 12, 0.2)
    assert car.error_share_frac == pytest.approx(12 / 35)
    left = car.error_share_frac * ranking.overall.error_rate
    assert left == pytest.approx(car.error_rate * car.share_frac)


def test_nothing_over_nothing_is_none() -> None:
    """No errors at all: their shares are undefined. No words: the rate is."""
    row = rank(table_of([(["a"], 5, 0)])).rows[0]
    assert (row.error_share_frac, row.error_rate) == (None, 0)
    silent = replace(table_of([(["a"], 2, 0), ([], 1, 0)]), targets=["", "", "yes"])
    row = rank(silent, metric="wer", baseline={"a": (0.9, "human")}).rows[0]
    assert (row.error_rate, row.errors, row.gap, row.score) == (None, 2, None, None)


def test_accuracy_of_words_may_be_negative() -> None:
    table = replace(table_of([(["a"], 0, 2)]), predictions=["no no no", "no no"])
    row = rank(table, metric="wer", baseline={"a": (0.9, "human")}).rows[0]
    assert row.error_rate == pytest.approx(2.5)
    assert row.gap == pytest.approx(0.9 - (1 - 2.5))


def test_gains_of_overlapping_tags_do_not_add() -> None:
    """Each tag's gain, what only it covers, and the union, which is less than the sum."""
    table = table_of([(["a"], 70, 10), (["b"], 60, 20), (["a", "b"], 10, 10), ([], 20, 0)])
    ranking = rank(table, baseline={"a": (0.9, "human"), "b": (0.9, "human")})
    rows = by_tag(ranking)
    assert rows["a"].potential_gain == pytest.approx((0.9 - 0.8) * 0.5)
    assert rows["a"].unique_gain == pytest.approx(0.5 * 10 / 200)  # half of its errors mended
    assert rows["b"].potential_gain == pytest.approx((0.9 - 0.7) * 0.5)
    assert rows["b"].unique_gain == pytest.approx(2 / 3 * 20 / 200)
    assert ranking.union_gain == pytest.approx((0.5 * 10 + 2 / 3 * 20 + 2 / 3 * 10) / 200)
    assert ranking.overall.baseline is None


def test_a_category_is_the_union_of_its_tags() -> None:
    table = table_of(
        [(["car"], 70, 10), (["truck"], 60, 20), (["car", "truck"], 10, 10), (["x"], 9, 1)]
    )
    ranking = rank(
        table,
        categories={"mechanical": ["car", "truck"]},
        baseline={"mechanical": (0.9, "human"), "x": (0.95, "human")},
    )
    rows = by_tag(ranking)
    assert list(rows) == ["mechanical", "x"]
    assert (rows["mechanical"].n, rows["mechanical"].errors) == (180, 40)


def test_a_category_without_its_own_baseline_has_the_mean_of_its_tags() -> None:
    table = table_of([(["car"], 70, 10), (["truck"], 15, 5)])
    given = {"car": Baseline(0.9, "human", 50), "truck": Baseline(0.8, "older system")}
    row = rank(table, categories={"mechanical": ["car", "truck"]}, baseline=given).rows[0]
    assert row.baseline == pytest.approx(0.88)
    assert row.baseline_source == "human and older system"


def test_clean_counterpart_is_a_baseline() -> None:
    """Its gap has a paired interval; a tag whose rows lack it has none."""
    table = table_of([(["car"], 60, 40), (["people"], 30, 20)])
    answers = ["yes"] * 98 + ["no"] * 2 + ["yes"] * 25 + [None] * 25
    ranking = rank(replace(table, clean_predictions=answers))
    rows = by_tag(ranking)
    assert rows["car"].baseline == pytest.approx(0.98)
    assert rows["car"].gap == pytest.approx(0.38)
    assert rows["car"].gap_interval[0] > 0.27
    assert {row.baseline_source for row in ranking.rows} == {"clean counterpart"}
    assert "'people': its baseline comes from 25 of its 50 rows" in ranking.warnings
    assert ranking.overall.baseline is None
    none = rank(replace(table, clean_predictions=[None] * 150))
    assert {row.baseline_source for row in none.rows} == {None}
    whole = rank(replace(table, clean_predictions=["yes"] * 150))
    assert (whole.overall.baseline, whole.overall.gap) == (1, pytest.approx(0.4))


def test_baselines_are_never_mixed_silently() -> None:
    given = dict(HUMAN, clean=(0.95, "literature"), cars=(0.9, "human"))
    del given["low bandwidth"]
    said = "\n".join(rank(in_use(), baseline=given).warnings)
    assert "gaps are to different baselines: literature (clean); human (car noise, people" in said
    assert "no baseline, so no gap and no rank: low bandwidth" in said
    assert "the baseline of 'cars' is not used" in said


def test_a_human_level_from_few_clips_is_not_sure() -> None:
    """From 100 clips the interval is wider than every gap of the lecture."""
    given = read_baseline(GOLDEN / "baseline_human.csv")
    assert given["clean"] == Baseline(0.95, "human", 100)
    for row in rank(in_use(), baseline=given).rows:
        low, high = row.gap_interval
        assert high - low > 2 * row.gap
        assert low < row.gap < high


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"importance": {"people": 2}}, "did you mean 'people noise'"),
        ({"ease": {"clean": -1}}, "expected 0 or more"),
        ({"categories": {"cars": ["car noises"]}}, "did you mean 'car noise'"),
        ({"categories": {"cars": []}}, "serves no tag"),
        ({"categories": {"clean": ["car noise"]}}, "does not serve the tag of its name"),
        ({"baseline": {"clean": (95, "human")}}, "a baseline is a fraction"),
        ({"metric": "accurracy"}, "did you mean 'accuracy'"),
    ],
)
def test_wrong_usage(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        rank(in_use(), **arguments)


def test_a_table_without_tags_has_only_a_whole() -> None:
    ranking = rank(table_of([([], 8, 2)]))
    assert (ranking.rows, ranking.union_gain, ranking.overall.errors) == ((), None, 2)


def test_a_summary_cannot_unite_tags() -> None:
    table = read_table(GOLDEN / "priorities.csv")
    with pytest.raises(UsageError, match="needs the table of examples"):
        rank(table, categories={"noise": ["car noise", "people noise"]})
    assert by_tag(rank(table, categories={"cars": ["car noise"]}))["cars"].share_frac == 0.04


def test_a_summary_with_counts_has_intervals(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("tag,accuracy,baseline,n\na,88,95,100\nb,82,,100\n")
    ranking = rank(read_table(path))
    rows = by_tag(ranking)
    assert rows["a"].interval == pytest.approx((0.070, 0.198), abs=5e-4)
    assert rows["a"].baseline_source == "not named"
    assert rows["a"].score is None
    assert "share of the data is not given" in ranking.warnings[0]


def test_a_summary_of_a_part_says_so(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("tag,accuracy,baseline,share\na,88,95,30\nb,82,,20\n")
    ranking = rank(read_table(path))
    assert "shares sum to 50.0 %: the rest has no tag here" in ranking.warnings[0]
    assert [row.rank for row in ranking.rows] == [1, None]


def test_wrong_baselines(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    path.write_text("tag,human,n\na,95,100\na,9x,y\n")
    with pytest.raises(UsageError) as caught:
        read_baseline(path)
    assert len(caught.value.problems) == 3
    path.write_text("tags;humans\n")
    with pytest.raises(UsageError, match="expected the columns tag and baseline"):
        read_baseline(path)


def test_json_has_stable_keys() -> None:
    ranking = rank(in_use(), baseline=HUMAN)
    found = json.loads(json.dumps(ranking.to_json(), allow_nan=False))
    assert list(found) == ["metric", "n", "overall", "tags", "union_gain", "warnings"]
    assert found["n"] == 10_000
    assert list(found["tags"][0]) == [
        *("tag", "n", "errors", "share_frac", "error_share_frac", "error_rate"),
        *("accuracy", "interval"),
        *("weighted_error_rate", "shrunk_error_rate", "p", "p_adjusted"),
        *("baseline", "baseline_source", "gap", "gap_interval"),
        *("potential_gain", "gain_interval", "p_largest", "unique_gain", "marginal_gain"),
        *("needed_n", "enough", "action", "importance", "ease", "score", "rank", "tied"),
    ]
    assert len(found["tags"][0]["interval"]) == 2
    assert found["overall"]["accuracy"] == pytest.approx(0.9026)
