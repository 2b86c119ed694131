"""Human level, consensus and agreement: by hand, against published data, oracles, simulation."""

import json
from itertools import combinations, permutations

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from augmentor.audit.figures import intervals
from augmentor.audit.labels.agreement import (
    agreement_of_pairs,
    krippendorff_alpha,
    percent_agreement,
)
from augmentor.audit.labels.annotators import human_level
from augmentor.audit.labels.answers import Answers, coded
from augmentor.audit.labels.dawid_skene import dawid_skene
from augmentor.audit.priorities.rank import rank
from augmentor.audit.tables.table import ErrorTable
from augmentor.core.errors import UsageError

ANSWER = st.sampled_from(["a", "b", "c", None])
TABLES = st.lists(st.tuples(ANSWER, ANSWER, ANSWER, ANSWER), min_size=1, max_size=20)

# Table 1 of Dawid and Skene 1979: 45 patients, in each word the three answers of observer 1,
# then one of each of observers 2 to 5; as two public implementations have it, independently.


def key(number: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=number))


def columns(rows: list[tuple[str | None, ...]]) -> dict[str, list[str | None]]:
    """Return rows of answers as a column for each annotator."""
    return {f"p{at}": list(column) for at, column in enumerate(zip(*rows, strict=True))}


def people(
    rng: np.random.Generator, rows: int, right: list[float], classes: int, missing: float = 0.0
) -> tuple[list[str], dict[str, list[str | None]]]:
    """Return the truth, and answers of people who are right as often as said."""
    truth = rng.integers(0, classes, rows)
    answers: dict[str, list[str | None]] = {}
    for at, chance in enumerate(right):
        other = (truth + rng.integers(1, classes, rows)) % classes
        said = np.where(rng.random(rows) < chance, truth, other)
        unseen = rng.random(rows) < missing
        answers[f"p{at}"] = [None if no else str(one) for one, no in zip(said, unseen, strict=True)]
    return [str(one) for one in truth], answers


def test_people_against_trusted_targets_by_hand() -> None:
    """Every answer counts once; tags overlap; a tag nobody answered is undefined."""
    answers = {"ann": ["x", "y ", "x", None], "bob": ["x", "x", None, None]}
    members = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 0], [1, 0, 1]], dtype=np.bool_)
    level = human_level(answers, ["x", "y", "y", "x"], members)
    assert [(one.n, one.errors, one.rows) for one in level.tags] == [
        (5, 2, 3),
        (3, 1, 2),
        (0, 0, 0),
    ]
    assert [one.value for one in level.tags] == [pytest.approx(3 / 5), pytest.approx(2 / 3), None]
    assert level.tags[2].interval is None
    assert level.each == {"ann": pytest.approx(2 / 3), "bob": 0.5}
    assert level.source == "human"
    assert list(level.baselines(["all", "p", "q"])) == ["all", "p"]


def test_a_dissenter_is_wrong_and_the_others_are_not() -> None:
    answers = {name: ["x", "y"] * 10 for name in "abcd"} | {"e": ["y", *["y", "x"] * 9, "y"]}
    level = human_level(answers)
    assert level.each == {"a": 1, "b": 1, "c": 1, "d": 1, "e": pytest.approx(19 / 20)}
    assert level.tags[0].errors == 1
    assert (level.source, level.consensus) == ("human (leave one out)", "Dawid-Skene")


def test_others_who_cannot_decide_count_in_part() -> None:
    """In rows 3 and 4 the others say one each: half right, whoever is asked."""
    answers = {"a": ["x", "y", "x", "y"], "b": ["x", "y", "x", "x"], "c": ["x", "y", "y", "y"]}
    assert human_level(answers).each["a"] == pytest.approx(3 / 4)


def test_an_answer_without_another_is_not_judged() -> None:
    level = human_level({"a": ["x", "x"], "b": ["x", None]})
    assert (level.tags[0].n, level.tags[0].rows) == (2, 1)


def test_ones_own_vote_inflates() -> None:
    """People who toss a coin agree with each other half of the time, with themselves more."""
    _, answers = people(key(1), 4000, [0.5, 0.5, 0.5], 2)
    found = human_level(answers).tags[0]
    assert found.value == pytest.approx(0.5, abs=0.02)
    assert found.with_own_vote is not None
    assert found.with_own_vote > 0.54


def test_the_truth_lies_between_without_and_with_ones_own_vote() -> None:
    _, answers = people(key(2), 3000, [0.95, 0.9, 0.85], 4)
    level = human_level(answers)
    found = level.tags[0]
    assert found.value is not None
    assert found.with_own_vote is not None
    assert found.value < 0.9 < found.with_own_vote + 0.005
    assert "most likely between the two" in level.warnings[0]
    _, many = people(key(2), 300, [0.9] * 7, 4)
    more = human_level(many)
    assert not more.warnings
    assert more.tags[0].value == pytest.approx(0.9, abs=0.02)


@settings(deadline=None, max_examples=12)
@given(st.lists(st.tuples(*[st.sampled_from("ab")] * 4), min_size=1, max_size=15))
def test_nobody_votes_on_himself(rows: list[tuple[str, ...]]) -> None:
    """Who says the opposite of all he said is right where he was wrong: nothing else moves."""
    answers = columns(list(rows))
    turned = answers | {"p0": ["b" if one == "a" else "a" for one in answers["p0"]]}
    before, after = human_level(answers), human_level(turned)
    assert before.each["p0"] is not None
    if {one for name in ("p1", "p2", "p3") for one in answers[name]} == {"a", "b"}:
        assert after.each["p0"] == pytest.approx(1 - before.each["p0"])


def test_intervals_hold_the_truth_where_answers_to_a_row_are_alike() -> None:
    """Of 95 % intervals 93 % or more hold the true rate; as if independent, far fewer do."""
    rng = key(3)
    held, naive, tags = 0, 0, np.arange(160)[:, None] % np.array([1, 2]) == 0
    for _ in range(300):
        hard = rng.beta(0.1 * 1.5, 0.9 * 1.5, 160)  # correlation in a row: 1 / (1 + 1.5) = 0.4
        wrong = rng.random((160, 3)) < hard[:, None]
        answers = {f"p{at}": ["n" if one else "y" for one in wrong[:, at]] for at in range(3)}
        one = human_level(answers, ["y"] * 160, tags).tags[1]
        assert one.interval is not None
        held += one.interval[0] <= 0.9 <= one.interval[1]
        low, high = intervals.wilson(one.errors, one.n)
        naive += bool(low <= 0.1 <= high)
    assert held / 300 >= 0.93
    assert naive / 300 < 0.91


def test_answers_to_one_row_are_not_many_rows() -> None:
    """Ten people who always say the same are worth one; without errors rows are counted."""
    truth, answers = people(key(4), 200, [0.9], 3)
    once = human_level(answers, truth).tags[0]
    tenfold = human_level({str(at): answers["p0"] for at in range(10)}, truth).tags[0]
    assert once.n_effective == 200
    low, high = intervals.wilson(once.errors, 200)
    assert once.interval == pytest.approx((1 - float(high), 1 - float(low)))
    assert tenfold.n == 2000
    assert tenfold.n_effective == pytest.approx(200, rel=0.02)
    assert tenfold.interval == pytest.approx(once.interval, abs=1e-3)
    perfect = human_level({"a": truth, "b": truth}, truth).tags[0]
    assert perfect.interval == pytest.approx((1 - float(intervals.wilson(0, 200)[1]), 1))


def test_rows_of_one_group_count_as_one_cluster() -> None:
    truth, answers = people(key(5), 60, [0.8], 3)
    answers["p1"] = answers["p0"]
    alone = human_level(answers, truth).tags[0]
    again = human_level(
        {name: list(said) * 4 for name, said in answers.items()},
        truth * 4,
        groups=[f"s{row}" for row in range(60)] * 4,
    ).tags[0]
    assert again.n == 4 * alone.n
    assert again.interval == pytest.approx(alone.interval)


def test_transcripts_against_targets_are_pooled() -> None:
    """The four transcripts of the lecture, as if a person had written them."""
    targets = ["Stir fried lettuce recipe", "Sweetened coffee", "Sail away song", "Let's catch up"]
    heard = ["Stir fry lettuce recipe", "Swedish coffee", "Sell away some", "Let's ketchup"]
    tags = np.array([[1, 0, 0], [0, 1, 1], [0, 1, 0], [1, 1, 1]], dtype=np.bool_)
    level = human_level({"a": heard}, targets, tags, metric="wer")
    expected = [1 - 3 / 7, 1 - 5 / 8, 1 - 3 / 5]
    assert [one.value for one in level.tags] == pytest.approx(expected)
    assert all(one.n_effective is None for one in level.tags)
    assert human_level({"a": heard}, targets, metric="cer").tags[0].value == pytest.approx(
        1 - 16 / 69
    )


def test_transcripts_against_each_other_by_hand() -> None:
    """Everyone's errors are the mean over the others as targets; silence has no words."""
    answers = {"a": ["one two three"], "b": ["one two"], "c": ["one two three four"]}
    level = human_level(answers, metric="wer")
    # a: 1 wrong of (2 + 4) / 2 words; b: (1 + 2) / 2 of (3 + 4) / 2; c: (1 + 2) / 2 of (3 + 2) / 2
    assert level.each == pytest.approx({"a": 1 - 1 / 3, "b": 1 - 1.5 / 3.5, "c": 1 - 1.5 / 2.5})
    assert level.tags[0].value == pytest.approx(1 - 4 / 9)
    assert "errors of both" in level.warnings[0]
    silent = human_level({"a": ["", "x"], "b": ["um", "x"]}, metric="wer").tags[0]
    assert (silent.errors, silent.units) == (2, 3)
    assert human_level({"a": [""], "b": [""]}, metric="wer").tags[0].value is None


def test_word_intervals_hold_the_truth() -> None:
    """Two people's word errors on a row are alike; 92 % or more of the intervals hold the rate."""
    rng = key(6)
    held = 0
    for _ in range(200):
        hard = rng.beta(1, 9, 60)
        targets = [" ".join("w" * int(n)) for n in rng.integers(3, 12, 60)]
        answers = {
            name: [
                " ".join("x" if bad else "w" for bad in rng.random(len(target.split())) < chance)
                for target, chance in zip(targets, hard, strict=True)
            ]
            for name in "ab"
        }
        one = human_level(answers, targets, metric="wer").tags[0]
        assert one.interval is not None
        held += one.interval[0] <= 0.9 <= one.interval[1]
    assert held / 200 >= 0.92
    assert human_level({"a": ["w"] * 20}, ["w"] * 20, metric="wer").tags[0].interval is None


def test_human_level_is_a_baseline_of_the_audit() -> None:
    truth, answers = people(key(7), 100, [0.9, 0.9, 0.9, 0.9, 0.9], 3)
    tags = np.ones((100, 1), dtype=np.bool_)
    given_by = human_level(answers, None, tags).baselines(["noise"])
    table = ErrorTable([str(at) for at in range(100)], truth, ["0"] * 100, ("noise",), tags)
    row = rank(table, baseline=given_by).rows[0]
    assert row.baseline_source == "human (leave one out)"
    assert row.baseline == pytest.approx(0.9, abs=0.05)
    assert given_by["noise"].n is not None
    assert given_by["noise"].n < 500


def test_very_many_answers_are_joined_by_majority() -> None:
    texts = [f"text {at}" for at in range(300)]
    level = human_level({"a": texts, "b": texts, "c": ["other", *texts[1:]]})
    assert level.consensus == "majority"
    assert level.each["c"] == pytest.approx(299 / 300)
    # In row 0 the others of a and of b say one thing each.
    assert level.each["a"] == pytest.approx(299.5 / 300)
    assert level.tags[0].with_own_vote == pytest.approx((900 - 3 + 2 / 3 * 2 + 1 / 3) / 900)
    assert "take the metric wer" in level.warnings[0]


@pytest.mark.parametrize(
    ("answers", "more", "said"),
    [
        ({}, {}, "no annotators"),
        ({"a": ["x"]}, {}, "one annotator and no targets"),
        ({"a": ["x"], "b": ["x", "y"]}, {}, "annotator 'b'  2 entries; expected 1"),
        ({"a": ["x"]}, {"targets": ["x", "y"]}, "targets  2 entries; expected 1"),
        ({"a": ["x"]}, {"targets": ["x"], "metric": "were"}, "did you mean 'wer'?"),
    ],
)
def test_mistakes_are_named(answers: Answers, more: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        human_level(answers, **more)
    assert said in str(caught.value)


def slow_em(
    codes: NDArray[np.intp], size: int, rounds: int
) -> tuple[list[list[float]], list[float]]:
    """The equations of Dawid and Skene 1979 written out: chances of each row, and priors."""
    rows, people_ = codes.shape
    chances = []
    for row in range(rows):
        votes = [sum(1 for said in codes[row] if said == k) for k in range(size)]
        chances.append([one / sum(votes) for one in votes])
    priors = [0.0] * size
    for _ in range(rounds):
        priors = [sum(chances[row][k] for row in range(rows)) / rows for k in range(size)]
        says = {}
        for who in range(people_):
            seen = [row for row in range(rows) if codes[row, who] >= 0]
            for k in range(size):
                below = sum(chances[row][k] for row in seen)
                for said in range(size):
                    above = sum(chances[row][k] for row in seen if codes[row, who] == said)
                    says[who, k, said] = above / below if below else 0.0
        for row in range(rows):
            product = list(priors)
            for who in range(people_):
                if codes[row, who] >= 0:
                    product = [product[k] * says[who, k, codes[row, who]] for k in range(size)]
            chances[row] = [one / sum(product) for one in product]
    return chances, priors


def test_dawid_skene_is_the_slow_one() -> None:
    """Chances and priors are those of the paper's equations, written out, after as many rounds."""
    _, answers = people(key(8), 60, [0.9, 0.8, 0.6, 0.7], 3, missing=0.2)
    answers["p0"][7] = answers["p0"][7] or "0"  # so that every row has an answer
    known = coded(answers)
    some = (known.codes >= 0).any(axis=1)
    for rounds in (1, 2, 25):
        found = dawid_skene(answers, rounds=rounds, tolerance=1e-300)
        chances, priors = slow_em(known.codes[some], 3, rounds)
        best = [max(row) for row in chances]
        assert found.rounds == rounds
        assert found.probability[some] == pytest.approx(best, abs=1e-9)
        assert found.priors == pytest.approx(priors, abs=1e-9)
        assert [known.classes[int(np.argmax(row))] for row in chances] == [
            label for label in found.labels if label is not None
        ]


def test_dawid_skene_beats_majority_where_people_differ() -> None:
    """One careful person among careless ones is heard; never is it clearly worse."""
    better = []
    for seed, right in enumerate([[0.95, 0.6, 0.6, 0.6, 0.6], [0.8] * 5, [0.97, 0.9, 0.5, 0.5]]):
        truth, answers = people(key(20 + seed), 800, right, 4)
        codes = coded(answers).codes
        votes = np.stack([(codes == k).sum(axis=1) for k in range(4)], axis=1)
        best = votes == votes.max(axis=1, keepdims=True)
        majority = np.mean(best[np.arange(800), [int(one) for one in truth]] / best.sum(axis=1))
        labels = dawid_skene(answers).labels
        own = np.mean([one == two for one, two in zip(labels, truth, strict=True)])
        better.append(own - majority)
    assert better[0] > 0.04
    assert better[2] > 0.04
    assert min(better) > -0.01


def test_a_consensus_says_what_it_does_not_know() -> None:
    answers = {"a": ["x", "y", None, "x"], "b": ["x", "y", None, "x"], "c": [None, None, None, "x"]}
    found = dawid_skene(answers)
    assert found.labels == ("x", "y", None, "x")
    assert np.isnan(found.probability[2])
    assert found.confusion[2, 0].tolist() == [1, 0]
    assert np.isnan(found.confusion[2, 1]).all()  # c never met a y
    assert found.to_json()["confusion"]["c"] == [[1, 0], [None, None]]
    assert found.converged
    for wrong in ({"a": [None]}, {"a": [str(at) for at in range(300)]}):
        with pytest.raises(UsageError, match="expected 1 to 256 classes"):
            dawid_skene(wrong)


@settings(deadline=None, max_examples=60)
@given(TABLES)
def test_alpha_is_that_of_krippendorff(rows: list[tuple[str | None, ...]]) -> None:
    """The package's value, and undefined exactly where all pairable answers are one class."""
    codes = coded(columns(rows)).codes.astype(np.float64)
    codes[codes < 0] = np.nan
    found = krippendorff_alpha(columns(rows), draws=10)[0]
    pairable = codes[(~np.isnan(codes)).sum(axis=1) > 1]
    if len(np.unique(pairable[~np.isnan(pairable)])) < 2:
        assert (found.value, found.interval) == (None, None)
        return
    expected = krippendorff.alpha(codes.T, level_of_measurement="nominal")
    assert found.value == pytest.approx(expected, abs=1e-12)
    assert found.interval is not None
    assert found.interval[0] <= found.value <= found.interval[1] + 1e-12
    assert found.n == np.count_nonzero(~np.isnan(pairable))


def test_alpha_published() -> None:
    """Three observers and fifteen units, as in Krippendorff's entry of the encyclopedia: 0.691."""
    lines = ["*****3412113 3*3", "1*21334 3*******", "**213 44*211 33*4"]
    answers = {
        str(at): [None if one == "*" else one for one in line.replace(" ", "")]
        for at, line in enumerate(lines)
    }
    assert krippendorff_alpha(answers)[0].value == pytest.approx(0.691, abs=5e-4)


def test_alpha_by_tag_is_that_of_its_rows() -> None:
    _, answers = people(key(9), 80, [0.9, 0.7, 0.8], 3, missing=0.1)
    tags = key(10).random((80, 3)) < [0.5, 0.2, 1.1]
    for column, found in zip(tags.T, krippendorff_alpha(answers, tags), strict=True):
        rows = np.flatnonzero(column)
        alone = {name: [said[row] for row in rows] for name, said in answers.items()}
        assert krippendorff_alpha(alone)[0] == found
        assert percent_agreement(alone)[0].value is not None


def test_alpha_intervals_hold_the_truth() -> None:
    """92 % or more, few disagreements included, where the bootstrap alone holds 40 to 75 %."""
    for seed, right in enumerate((0.99, 0.9)):
        rng = key(30 + seed)
        _, many = people(rng, 60_000, [right] * 3, 2)
        truth = krippendorff_alpha(many, draws=1)[0].value
        assert truth is not None
        held = 0
        for _ in range(200):
            found = krippendorff_alpha(people(rng, 30, [right] * 3, 2)[1], draws=300)[0]
            assert found.interval is not None
            held += found.interval[0] <= truth <= found.interval[1]
        assert held / 200 >= 0.92


def test_full_agreement_is_one_but_not_sure() -> None:
    """Identical columns have alpha 1, and an interval that few rows leave wide."""
    few, many = (["x", "y"] * size for size in (5, 500))
    found = [krippendorff_alpha({"a": one, "b": one})[0] for one in (few, many)]
    assert [one.value for one in found] == [1, 1]
    lows = [one.interval[0] for one in found if one.interval is not None]
    assert lows[0] < 0.6
    assert 0.98 < lows[1] < 1


def test_agreement_of_pairs_by_hand() -> None:
    answers = {"a": ["x", "x", "y", None], "b": ["x", "y", "y", "x"], "c": ["x", None, "x", "x"]}
    found = agreement_of_pairs(answers)
    assert {pair: (one.value, one.rows) for pair, one in found.items()} == {
        ("a", "b"): (pytest.approx(2 / 3), 3),
        ("a", "c"): (pytest.approx(1 / 2), 2),
        ("b", "c"): (pytest.approx(2 / 3), 3),
    }
    whole = percent_agreement(answers)[0]
    assert (whole.value, whole.rows, whole.n) == (pytest.approx(5 / 8), 4, 10)
    assert percent_agreement({"a": ["x"], "b": [None]})[0].value is None


@settings(deadline=None, max_examples=12)
@given(TABLES, st.randoms(use_true_random=False))
def test_order_changes_nothing(rows: list[tuple[str | None, ...]], chance: object) -> None:
    """Neither that of the rows nor that of the annotators."""
    order = list(range(len(rows)))
    chance.shuffle(order)
    answers = columns(rows)
    moved = columns([rows[at] for at in order])
    renamed = {f"p{3 - at}": answers[f"p{at}"] for at in range(4)}
    level, alpha = human_level(answers), krippendorff_alpha(answers, draws=50)
    assert krippendorff_alpha(moved, draws=50) == alpha
    assert krippendorff_alpha(renamed, draws=50) == alpha
    assert percent_agreement(moved)[0].value == percent_agreement(renamed)[0].value
    for other in (human_level(moved), human_level(renamed)):
        assert other.tags[0].value == pytest.approx(level.tags[0].value)
        assert other.tags[0].n_effective == pytest.approx(level.tags[0].n_effective)
    if any(one is not None for row in rows for one in row):
        found = dawid_skene(answers)
        assert dawid_skene(moved).labels == tuple(found.labels[at] for at in order)
        assert np.array_equal(dawid_skene(moved).priors, found.priors)


def test_balanced_votes_do_not_hang_on_the_last_digit() -> None:
    """Found by the test above: who is called first once decided how a sum was rounded."""
    rows = [*[("a", "a", "a", "c")] * 2, ("b", "a", "a", "b"), *[("b", "a", "a", None)] * 3]
    answers = columns([*rows, ("c", "a", "a", "a")])
    level = human_level(answers).tags[0]
    for names in permutations(answers):
        renamed = dict(zip(names, answers.values(), strict=True))
        assert human_level(renamed).tags[0].value == pytest.approx(level.value)


@settings(deadline=None, max_examples=12)
@given(TABLES)
def test_results_are_json(rows: list[tuple[str | None, ...]]) -> None:
    """Numbers, texts and null only: no not-a-number is written."""
    answers = columns(rows)
    found = [human_level(answers).to_json(), krippendorff_alpha(answers, draws=5)[0].to_json()]
    if any(one is not None for row in rows for one in row):
        found.append(dawid_skene(answers).to_json())
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert all(
        0 <= one.value <= 1 for one in agreement_of_pairs(answers).values() if one.value is not None
    )
    assert len(list(combinations(answers, 2))) == len(agreement_of_pairs(answers))
