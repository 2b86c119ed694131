"""Slices nobody tagged: the search against sliceline and brute force, the test against chance."""

import itertools
import json
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from augmentor.audit.slices import find as slices
from augmentor.audit.slices import search as slice_search
from augmentor.audit.slices import tested as slice_tests
from augmentor.audit.slices.find import (
    Column,
    bins,
    categories,
    find_slices,
    halves,
    members,
    search,
)
from augmentor.audit.tables import predicates
from augmentor.core.errors import UsageError


def rng(key: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=key))


def coded(table: np.ndarray) -> dict[str, Column]:
    return {
        f"c{at}": Column(codes, tuple(str(value) for value in range(max(codes.max() + 1, 0))))
        for at, codes in enumerate(table.T)
    }


def random_table(key: int) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """Skewed, repeated and dependent columns; errors of 0 and 1, counts or fractions."""
    draw = rng(key)
    rows, kinds = int(draw.integers(200, 1500)), draw.integers(2, 7, int(draw.integers(2, 6)))
    table = np.stack(
        [
            np.minimum(draw.geometric(0.35, rows) - 1, kind - 1)
            if draw.random() < 0.5
            else draw.integers(0, kind, rows)
            for kind in kinds
        ],
        axis=1,
    )
    if key % 4 == 0:
        table[:, 1] = table[:, 0]  # every slice of one ties with one of the other
    rate = 0.1 + 0.3 * ((table[:, 0] == 1) & (table[:, 1] == 1))
    errors = [
        (draw.random(rows) < rate).astype(np.float64),
        draw.poisson(2 * rate).astype(np.float64),
        draw.gamma(1, rate),
    ][key % 3]
    options = {
        "alpha": float(draw.choice([0.6, 0.8, 0.95, 0.99])),
        "least": int(draw.choice([10, 20, 32])),
        "top": int(draw.choice([3, 10])),
    }
    return table, errors, options


@pytest.mark.parametrize("key", range(24))
def test_the_search_finds_what_sliceline_finds(key: int) -> None:
    """The same slices, sizes, errors and scores, ties included."""
    peer = pytest.importorskip("sliceline.slicefinder")
    table, errors, options = random_table(key)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = peer.Slicefinder(
            alpha=options["alpha"], k=options["top"], max_l=3, min_sup=options["least"],
            verbose=False,
        ).fit(table, errors)  # fmt: skip
    expected = {
        tuple((f"c{at}", int(value)) for at, value in enumerate(row) if value is not None): (
            found["slice_size"],
            found["sum_slice_error"],
            found["slice_score"],
        )
        for row, found in zip(theirs.top_slices_, theirs.top_slices_statistics_, strict=True)
    }
    ours = search(coded(table), errors, **options)
    assert {one.predicates for one in ours} == set(expected)
    for one in ours:
        assert (one.n, one.errors, one.score) == pytest.approx(expected[one.predicates])


def by_brute_force(
    columns: Mapping[str, Column], errors: np.ndarray, least: int, alpha: float, top: int, most: int
) -> dict[tuple[tuple[str, int], ...], float]:
    scores = {}
    for size in range(1, most + 1):
        for names in itertools.combinations(columns, size):
            for codes in itertools.product(*(range(len(columns[name].names)) for name in names)):
                inside = np.ones(len(errors), dtype=bool)
                for name, code in zip(names, codes, strict=True):
                    inside &= columns[name].codes == code
                n = inside.sum()
                if n >= least:
                    gain = errors[inside].mean() / errors.mean() - 1
                    score = alpha * gain - (1 - alpha) * (len(errors) / n - 1)
                    if score > 1e-9:
                        scores[tuple(zip(names, codes, strict=True))] = score
    last = sorted(scores.values())[-top:][:1]
    return {key: score for key, score in scores.items() if score >= last[0] - 1e-9}


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 3), st.integers(1, 6), st.booleans())
def test_the_search_is_exact_where_values_are_missing(
    key: int, most: int, top: int, counts: bool
) -> None:
    """Every conjunction written out; a row without a value is in no slice of that column."""
    draw = rng(key)
    table = draw.integers(-1, 3, (60, 4))
    errors = np.append(1.0, draw.integers(0, 4 if counts else 2, 59))
    columns, least = coded(table), int(draw.integers(1, 8))
    alpha = float(draw.uniform(0.5, 1))
    expected = by_brute_force(columns, errors, least, alpha, top, most)
    ours = search(columns, errors, least=least, alpha=alpha, top=top, most=most)
    assert {one.predicates: one.score for one in ours} == pytest.approx(expected)
    assert [one.score for one in ours] == sorted((one.score for one in ours), reverse=True)


@settings(deadline=None, max_examples=300)
@given(
    st.integers(1, 60),
    st.integers(1, 60),
    st.floats(0, 1),
    st.floats(0, 1),
    st.sampled_from([0.3, 1.0, 4.0]),
    st.floats(0.05, 1),
)
def test_no_part_of_a_slice_scores_above_its_bound(
    n: int, least: int, full: float, taken: float, peak: float, alpha: float
) -> None:
    """Whatever its size, and however many of the errors it holds; what is pruned can't matter."""
    scale = slice_search._Scale(alpha, 100, 0.2, least, peak)
    errors = full * n * peak
    sizes = np.arange(min(least, n), n + 1)
    held = np.minimum(errors, sizes * peak)
    for errors_there in (held, held * taken):
        assert scale.score(sizes, errors_there).max() <= scale.bound(n, errors)


def test_no_errors_no_slices() -> None:
    assert search(coded(np.zeros((40, 2), dtype=int)), np.zeros(40), least=1) == []


def test_columns_of_far_too_many_values_are_refused_by_name() -> None:
    wide = np.arange(6000) // 2
    columns = {"a": Column(wide, tuple(map(str, range(3000)))), "b": Column(wide, ("",) * 3000)}
    with pytest.raises(UsageError, match="'a' and 'b' have 3000 and 3000 values with 2 rows"):
        search(columns, np.ones(6000), least=2)


def test_bins_by_hand() -> None:
    """Eleven numbers in thirds: edges are as round as they can be without moving a row."""
    column = bins("snr_db", [1, 2, 3, 4.9, 5.1, 6, 7, 11, 12.3, 13, 14, np.nan], most=3)
    assert column.names == ("snr_db < 4.9", "4.9 <= snr_db < 10", "snr_db >= 10")
    assert column.codes.tolist() == [0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, -1]


def test_many_numbers_get_round_edges() -> None:
    column = bins("snr_db", rng(1).normal(12, 8, 5000), most=4)
    assert column.names == ("snr_db < 7", "7 <= snr_db < 12", "12 <= snr_db < 18", "snr_db >= 18")


def test_equal_numbers_are_never_parted() -> None:
    column = bins("clipped", [0.0] * 70 + [1.0] * 20 + [2.0] * 10)
    assert column.names == ("clipped < 1", "clipped >= 1")
    assert bins("same", [3.0] * 9).names == bins("none", [np.nan]).names == ()
    assert bins("none", []).names == ()


@settings(deadline=None, max_examples=150)
@given(
    st.lists(
        st.floats(-1e6, 1e6) | st.integers(-3, 3).map(float) | st.sampled_from([np.nan, np.inf]),
        min_size=1, max_size=60,
    ),
    st.integers(1, 6),
)  # fmt: skip
def test_a_bin_holds_what_its_name_says(values: list[float], most: int) -> None:
    """Each printed bin selects exactly its rows; together they are all that have a number."""
    column = bins("x y", values, most)
    assert len(column.names) <= most
    for code, name in enumerate(column.names):
        inside = members(name, {"x y": column})
        assert (inside == (column.codes == code)).all()
        assert inside.any()
    if column.names:
        assert ((column.codes == -1) == np.isnan(values)).all()


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(2, 8))
def test_bins_have_about_as_many_rows_each(key: int, most: int) -> None:
    sizes = np.bincount(bins("x", np.exp(rng(key).normal(0, 2, 2000)), most).codes)
    assert sizes.sum() == 2000
    assert np.abs(sizes - 2000 / most).max() <= 0.2 * 2000 / most + 2


COLUMNS = {
    "speaker": categories(["anna", "bob", None, "anna"]),
    "room": categories(["living room", "a&b", "", 'the "hall"']),
    "snr_db": bins("snr_db", [3.0, 7.0, 12.0, np.nan], 2),
}


@pytest.mark.parametrize(
    ("expression", "rows"),
    [
        ("speaker=anna", [0, 3]),
        (" speaker = anna&snr_db<5 ", [0]),
        ("room=living room", [0]),
        ('room="a&b"', [1]),
        (r'room="the \"hall\"" & "speaker"="anna"', [3]),
        ("3 < snr_db <= 12", [1, 2]),
        ("3 <= snr_db < 12", [0, 1]),
        ("snr_db >= 7", [1, 2]),
        ("snr_db > 7", [2]),
        ("snr_db = 7", [1]),
        ("speaker=anna & speaker=bob", []),
    ],
)
def test_an_expression_means_these_rows(expression: str, rows: list[int]) -> None:
    assert np.flatnonzero(members(expression, COLUMNS)).tolist() == rows


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("speker=anna", "'speker' is no column; did you mean 'speaker'"),
        ("zzz=anna", "'zzz' is no column; known: speaker, room, snr_db"),
        ("speaker=ana", "column 'speaker' has no value 'ana'; did you mean 'anna'"),
        ("speaker=zzz", "column 'speaker' has no value 'zzz'; known: anna, bob"),
        ("speaker < 5", "column 'speaker' holds text, not numbers; write speaker=value"),
        ("snr_db < loud", "'loud' is no number; column 'snr_db' holds numbers"),
        ("speaker", "'speaker' is no predicate; write column=value"),
        ("room=a=b", 'names with & < > = stand in "quotes"'),
        ("5 > snr_db > 3", "is no predicate"),
        ("speaker=anna &", "a predicate is missing"),
        ("", "a predicate is missing"),
        ('room="a&b', "a quote is not closed"),
        (r'room="\q"', "is no JSON text"),
    ],
)
def test_a_wrong_expression_is_told_how_to_mend_it(expression: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        members(expression, COLUMNS, where="recipe.yaml:3:1")
    assert said in str(error.value)
    assert str(error.value).startswith("recipe.yaml:3:1  ")


def test_all_that_is_wrong_with_an_expression_is_told_at_once() -> None:
    with pytest.raises(UsageError) as error:
        members("speker=anna & room=hal", COLUMNS)
    assert len(error.value.problems) == 2


@settings(deadline=None, max_examples=200)
@given(
    st.text(min_size=1),
    st.lists(st.none() | st.text(alphabet='ab &<>="\\\n', max_size=5), min_size=1),
)
def test_whatever_names_hold_a_printed_predicate_reads_back(
    name: str, values: list[str | None]
) -> None:
    columns = {name: categories(values)}
    for code, value in enumerate(columns[name].names):
        text = predicates.printed(columns, name, code)
        assert members(text, columns).tolist() == [one == value for one in values]


def test_half_is_searched_and_the_same_half_each_time() -> None:
    ids = [f"utt{at}" for at in range(101)]
    first = halves(101, ids)
    assert first.sum() in (50, 51)
    turned = halves(101, ids[::-1])
    assert (turned[::-1] == first).all(), "the order of the rows makes no difference"
    assert halves(101).sum() in (50, 51)
    assert (halves(101) != np.arange(101) % 2).any()


def test_no_group_is_on_both_sides() -> None:
    groups = rng(2).geometric(0.1, 500)
    searched = halves(500, groups=groups)
    assert not set(groups[searched]) & set(groups[~searched])
    assert 200 < searched.sum() < 300
    assert halves(9, groups=["a"] * 9).all()


@pytest.mark.parametrize(
    ("errors", "n", "all_errors", "rows"),
    [
        (8, 10, 30, 100),
        (0, 10, 30, 100),
        (10, 10, 10, 12),
        (3, 900, 40, 1000),
        (60, 400, 900, 20000),
    ],
)
def test_fisher_is_that_of_scipy(errors: int, n: int, all_errors: int, rows: int) -> None:
    table = [[errors, n - errors], [all_errors - errors, rows - n - all_errors + errors]]
    if min(min(row) for row in table) >= 0:
        expected = stats.fisher_exact(table, alternative="greater").pvalue
        assert slice_tests._fisher(errors, n, all_errors, rows) == pytest.approx(expected, rel=1e-8)
    else:
        assert slice_tests._fisher(errors, n, all_errors, rows) == pytest.approx(1)


def test_counts_are_tested_as_welch_does() -> None:
    """Welch's statistic; its degrees of freedom are those of the smaller side."""
    draw = rng(3)
    wrong, inside = draw.poisson(1.0, 80).astype(np.float64), np.arange(80) < 25
    tested = slice_tests.Tested(wrong, None)
    welch = stats.ttest_ind(wrong[inside], wrong[~inside], equal_var=False)
    expected = stats.t.sf(welch.statistic, 24)
    assert tested.p_worse(inside, ~inside) == pytest.approx(expected)


def test_groups_are_tested_as_statsmodels_does() -> None:
    """The cluster-robust standard error of a regression on "is inside", ten groups a side."""
    api = pytest.importorskip("statsmodels.api")
    draw = rng(4)
    owners = draw.integers(0, 20, 400)
    inside = owners % 2 == 0
    wrong = (draw.random(400) < draw.beta(1, 4, 20)[owners]).astype(np.float64)
    fitted = api.OLS(wrong, api.add_constant(inside.astype(np.float64))).fit(
        cov_type="cluster", cov_kwds={"groups": owners, "use_correction": False}
    )
    t = fitted.params[1] / (fitted.bse[1] * np.sqrt(10 / 9))
    tested = slice_tests.Tested(wrong, owners)
    assert tested.p_worse(inside, ~inside) == pytest.approx(stats.t.sf(t, 9))
    assert np.isnan(tested.p_worse(owners < 5, owners >= 5)), "five groups tell nothing"


def null_table(kind: str, key: int) -> slices.Slices:
    draw = rng(key)
    rows, groups = 900, None
    columns = coded(np.stack([draw.integers(0, kinds, rows) for kinds in (3, 4, 5, 4)], axis=1))
    if kind == "errors":
        wrong = draw.random(rows) < 0.15
    elif kind == "counts":
        wrong = draw.poisson(np.exp(draw.normal(-0.8, 1, rows)))
    else:  # speakers differ, and one column is a fact of the speaker
        groups = draw.integers(0, 60, rows)
        wrong = draw.random(rows) < draw.beta(1, 6, 60)[groups]
        columns["accent"] = Column(draw.integers(0, 3, 60)[groups], ("x", "y", "z"))
    return find_slices(columns, wrong, groups=groups, least=20)


@pytest.mark.parametrize("kind", ["errors", "counts", "groups"])
def test_without_a_real_slice_there_is_rarely_a_false_alarm(kind: str) -> None:
    """At most 5 % of 300 tables in which nothing is worse have any slice that is called worse."""
    found = [null_table(kind, key) for key in range(300)]
    assert np.mean([any(row.worse for row in one.rows) for one in found]) <= 0.05
    assert sum(len(one.rows) for one in found) > 300, "the search did offer slices to the test"
    if kind == "errors":  # what is told of the searched half would be alarms, nearly all of it
        tops = [one.rows[0] for one in found if one.rows]
        assert np.mean([top.searched_rate - top.error_rate for top in tops]) > 0.05


def planted(rows: int = 4000) -> tuple[dict[str, Column], np.ndarray]:
    """10 % errors, but 50 % of those recorded far away at a low SNR."""
    draw = rng(5)
    snr, mic = draw.normal(12, 8, rows), draw.choice(["far", "near", "phone"], rows)
    columns = {
        "speaker": categories([f"s{at}" for at in draw.integers(0, 8, rows)]),
        "mic": categories(list(mic)),
        "snr_db": bins("snr_db", snr),
        "room": categories(list(draw.choice(["hall", "car"], rows))),
    }
    low = columns["snr_db"].codes == 0
    return columns, draw.random(rows) < 0.1 + 0.4 * (low & (mic == "far"))


def test_a_planted_slice_is_found_and_the_rest_is_explained_by_it() -> None:
    columns, wrong = planted()
    found = find_slices(columns, wrong)
    best = found.rows[0]
    low = columns["snr_db"].names[0]
    assert best.expression == f"mic=far & {low}"
    assert best.worse
    assert best.p is not None
    assert best.p < 1e-10
    assert best.interval is not None
    assert best.interval[0] < 0.5 < best.interval[1]
    assert best.outside_rate == pytest.approx(0.1, abs=0.02)
    others = {row.expression: row for row in found.rows[1:]}
    assert len(others) > 3
    assert {row.explained_by for row in others.values() if row.worse} == {best.expression}
    assert any(best.predicates == row.predicates[:2] for row in others.values()), "a refinement"
    assert low in others, "a parent that is bad only for what it holds of the best"


def test_two_planted_slices_are_both_kept() -> None:
    columns, wrong = planted()
    wrong = wrong | (members("room=car & speaker=s3", columns) & (np.arange(4000) % 2 == 0))
    found = find_slices(columns, wrong)
    own = {row.expression for row in found.rows if row.worse and row.explained_by is None}
    assert own == {f"mic=far & {columns['snr_db'].names[0]}", "speaker=s3 & room=car"}


def test_a_refinement_that_is_worse_than_the_rest_stands_on_its_own() -> None:
    """Of lower score than its parent, as it is rare; inside it, yet not explained by it."""
    columns, _ = planted()
    draw = rng(6)
    columns["mic"] = categories(list(draw.choice(["far", "near"], 4000, p=[0.15, 0.85])))
    parent, part = "speaker=s3", "speaker=s3 & mic=far"
    rate = 0.08 + 0.3 * members(parent, columns) + 0.5 * members(part, columns)
    rows = find_slices(columns, draw.random(4000) < rate, least=20).rows
    order = [row.expression for row in rows]
    assert order.index(parent) < order.index(part)
    assert {row.expression for row in rows if row.worse and row.explained_by is None} == {
        *(parent, part),
    }


def test_only_what_is_worse_explains_another() -> None:
    wrong = np.repeat([1.0, 0.0, 1.0, 0.0], [40, 10, 20, 130])
    tested = slice_tests.Tested(wrong, None)
    first, second = np.arange(200) < 50, (np.arange(200) >= 5) & (np.arange(200) < 55)
    assert slice_tests.explained([first, second], [True, True], tested) == [None, None]
    second[50:55] = False
    second[100:103] = True
    assert slice_tests.explained([first, second], [True, True], tested) == [None, 0]
    assert slice_tests.explained([first, second], [False, True], tested) == [None, None]
    within = np.arange(200) < 45
    assert slice_tests.explained([first, within], [True, True], tested) == [None, None]
    apart = (np.arange(200) >= 50) & (np.arange(200) < 70)
    assert slice_tests.explained([first, apart, within], [True] * 3, tested) == [None] * 3
    wrong[:50] = 1.0
    assert slice_tests.explained([first, within], [True, True], tested) == [None, 0]
    assert slice_tests.explained([within, first], [True, True], tested) == [1, None]
    assert slice_tests.explained([first, within], [False, True], tested) == [None, None]


def test_a_printed_slice_selects_the_rows_that_were_tested() -> None:
    columns, wrong = planted()
    searched = halves(len(wrong))
    for row in find_slices(columns, wrong).rows:
        inside = members(row.expression, columns)
        assert (inside & ~searched).sum() == row.n
        assert (inside & ~searched & wrong).sum() == row.errors
        assert (inside & searched).sum() == row.searched_n


def test_a_column_that_repeats_another_is_explained_by_it() -> None:
    columns, wrong = planted()
    columns["microphone"] = columns["mic"]
    rows = find_slices(columns, wrong, top=4).rows
    low = columns["snr_db"].names[0]
    assert rows[0].explained_by is None
    assert {row.expression: row.explained_by for row in rows[1:3]} == {
        f"{low} & microphone=far": rows[0].expression,
        f"mic=far & {low} & microphone=far": rows[0].expression,
    }


def test_a_column_that_names_the_groups_is_left_out() -> None:
    """Its values lie on one side of the split each; they would take the places of others."""
    columns, wrong = planted()
    speakers = columns["speaker"].codes
    columns["session"] = Column(np.arange(4000) // 50, tuple(map(str, range(80))))
    found = find_slices(columns, wrong, groups=columns["session"].codes)
    assert found.warnings == (
        "column 'session' is left out: no value has 6 groups to be tested on",
    )
    assert found.rows[0].worse
    assert find_slices({"speaker": columns["speaker"]}, wrong, groups=speakers).rows == ()


def test_nothing_to_find_or_to_test_is_said() -> None:
    columns, wrong = planted()
    none = find_slices(columns, np.zeros(len(wrong)))
    assert none.warnings == ("no errors in the half that is searched: no slice can be found",)
    one = find_slices(columns, wrong, groups=np.zeros(len(wrong), dtype=int))
    assert one.warnings == ("all rows are of one group: no slice can be tested",)
    assert (one.rows, one.error_rate) == ((), None)
    assert find_slices({}, []).rows == ()


def test_rows_per_slice_are_one_percent_but_32_at_least() -> None:
    columns, wrong = planted()
    assert find_slices(columns, wrong).least == 32
    many = np.tile(np.arange(2), 5000)
    assert find_slices({"a": Column(many, ("x", "y"))}, many).least == 50


def test_wrong_arguments_are_all_told_at_once() -> None:
    columns = {"a": Column(np.array([0, 1, 2]), ("x", "y")), "b": Column(np.array([0]), ("x",))}
    with pytest.raises(UsageError) as error:
        find_slices(columns, [1, -1, 0], ids=["1"], alpha=0, least=0, most=4, top=0)
    said = str(error.value)
    for part in (
        "column 'b'  1 rows, but errors of 3", "ids  1 rows", "codes must lie in -1 to 1",
        "errors  each must be a number of 0 or more", "alpha  0 is out of bounds",
        "least  0 is", "most  4 is out of bounds; allowed: 1 to 3", "top  0 is",
    ):  # fmt: skip
        assert part in said


def test_the_result_is_plain_json() -> None:
    columns, wrong = planted()
    found = json.loads(json.dumps(find_slices(columns, wrong).to_json(), allow_nan=False))
    assert list(found) == [
        *("n_searched", "n_tested", "error_rate", "alpha", "least", "rows", "warnings"),
    ]
    assert list(found["rows"][0]) == [
        *("expression", "predicates", "score", "searched_n", "searched_rate", "n", "errors"),
        *("share_frac", "error_rate", "outside_rate", "interval", "p", "p_adjusted"),
        *("explained_by", "worse"),
    ]
