"""Contradicting labels: same inputs, near texts, confused classes, unclear tags."""

import json
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz

from augmentor.audit.labels.agreement import Agreement, krippendorff_alpha
from augmentor.audit.labels.answers import Answers
from augmentor.audit.labels.consistency import (
    CANNOT_TELL,
    RELABEL,
    confused_pairs,
    label_report,
    unclear_tags,
)
from augmentor.audit.labels.near import NEAR_TEXT, SAME_TEXT, near_same, same_input
from augmentor.core.errors import UsageError

ROWS = st.lists(
    st.tuples(st.sampled_from(["k", "l", "m"]), st.sampled_from(["x", "y", "z"])), max_size=15
)
ANSWER = st.sampled_from(["1", "I", "7", None])
TABLES = st.lists(st.tuples(ANSWER, ANSWER, ANSWER), min_size=1, max_size=20)


def key(number: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=number))


def columns(rows: list[tuple[str | None, ...]]) -> dict[str, list[str | None]]:
    return {f"p{at}": list(column) for at, column in enumerate(zip(*rows, strict=True))}


def test_same_inputs_by_hand() -> None:
    """Spaces around a target are no difference; a row without a key is like no other."""
    keys = ["k", "l", "k", None, "k", "l", "m", None]
    targets = ["x", "a", "y", "p", "x ", "a", "z", "q"]
    (found,) = same_input(keys, targets)
    assert found.rows == (0, 2, 4)
    assert found.targets == (("x", 2), ("y", 1))
    assert found.majority == "x"
    (tied,) = same_input(["k", "k"], ["b", "a"])
    assert tied.targets == (("a", 1), ("b", 1))
    assert tied.majority is None


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_clashes_are_those_of_all_pairs(rows: list[tuple[str, str]]) -> None:
    """A row is in a group exactly if some row has its input and another target."""
    keys, targets = [one for one, _ in rows], [two for _, two in rows]
    expected = {
        row
        for one, two in combinations(range(len(rows)), 2)
        if keys[one] == keys[two] and targets[one] != targets[two]
        for row in range(len(rows))
        if keys[row] == keys[one]
    }
    found = same_input(keys, targets)
    assert {row for clash in found for row in clash.rows} == expected
    assert all(sum(n for _, n in clash.targets) == len(clash.rows) for clash in found)
    backwards = same_input(keys[::-1], targets[::-1])
    assert sorted((clash.targets, len(clash.rows)) for clash in backwards) == sorted(
        (clash.targets, len(clash.rows)) for clash in found
    )


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Turn it off!", "turn it off"),
        ("straße", "STRASSE"),
        ("ﬁne, thanks", "fine thanks"),
        ("\uff2f\uff2b", "ok"),
        ("check-in", "check in"),
    ],
)
def test_the_same_text_written_differently(one: str, two: str) -> None:
    (found,) = near_same([one, two], ["a", "b"])
    assert (found.kind, found.rows, found.similarity) == (SAME_TEXT, (0, 1), 1)
    assert found.inputs == (one, two)
    assert near_same([one, two], ["a", "a"]) == ()


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (
            "please book the big meeting room 12 for me",
            "please book the big meeting room 13 for me",
        ),
        ("set the temperature to 3.14 degrees please", "set the temperature to 314 degrees please"),
        ("it is -5 degrees outside this morning", "it is 5 degrees outside this morning"),
        ("?", "!"),
        ("कि", "की"),  # vowel signs are no punctuation
        ("C", "C+"),
    ],
)
def test_texts_that_mean_something_else_are_not_near(one: str, two: str) -> None:
    """Other numbers, nothing but punctuation, other vowel signs, other symbols."""
    assert near_same([one, two], ["a", "b"]) == ()


def test_the_very_same_text_is_left_to_same_input() -> None:
    assert near_same(["on", "on"], ["a", "b"]) == ()
    assert len(same_input(["on", "on"], ["a", "b"])) == 1


def test_near_texts_by_hand() -> None:
    """One letter of 22; with a target in common there is no clash; a far text is none."""
    texts = ["switch the kitchen lights", "switch the kitchen light", "play some music"]
    (found,) = near_same(texts, ["a", "b", "c"])
    assert (found.kind, found.rows, found.majority) == (NEAR_TEXT, (0, 1), None)
    letters = [text.replace(" ", "") for text in texts]
    assert found.similarity == pytest.approx(fuzz.ratio(letters[0], letters[1]) / 100)
    assert near_same(texts, ["a", "b", "c"], least=0.99) == ()
    assert near_same([*texts, texts[0]], ["a", "b", "c", "b"]) == ()


def test_near_texts_are_found_as_by_all_pairs() -> None:
    """Of the pairs that comparing all with all finds, 95 % or more; and none that it does not."""
    rng = key(1)
    words = ["turn", "light", "room", "call", "music", "stop", "volume", "door", "window", "song"]
    texts = [" ".join(rng.choice(words, int(rng.integers(5, 12)))) for _ in range(400)]
    for at in range(0, 400, 2):
        letters = list(texts[at])
        letters[int(rng.integers(len(letters)))] = "q"
        texts[at + 1] = "".join(letters)
    targets = [str(at % 2) for at in range(400)]
    plain = [text.replace(" ", "") for text in texts]
    expected = {
        (one, two)
        for one, two in combinations(range(400), 2)
        if targets[one] != targets[two]
        and plain[one] != plain[two]
        and fuzz.ratio(plain[one], plain[two]) >= 95
    }
    found = {clash.rows for clash in near_same(texts, targets) if clash.kind == NEAR_TEXT}
    assert len(expected) > 150
    assert found <= expected
    assert len(found) >= 0.95 * len(expected)
    assert {clash.rows for clash in near_same(texts, targets, neighbours=400)} == expected


def test_one_or_i_by_hand() -> None:
    """Twelve rows: six times 1 1, four times 1 I, two times 7 7."""
    answers = {"a": ["1"] * 10 + ["7"] * 2, "b": ["1"] * 6 + ["I"] * 4 + ["7"] * 2}
    (found,) = confused_pairs(answers)
    assert (found.first, found.second, found.seen, found.pairs, found.rows) == ("1", "I", 4, 10, 4)
    assert found.rate == pytest.approx(0.4)
    # Wilson of 4 in 10
    assert found.interval == pytest.approx((0.1682, 0.6873), abs=5e-4)
    model = {"target": answers["a"], "prediction": answers["b"]}
    assert confused_pairs(model) == (found,)


def test_a_slip_is_no_confusion() -> None:
    """One row alone never counts, even if six pairs of people differ in it; nor does a low rate."""
    once = {str(at): ["I" if at < 3 else "1"] + ["1"] * 5 for at in range(5)}
    assert confused_pairs(once) == ()
    rare = {"a": ["1"] * 500, "b": ["1"] * 495 + ["I"] * 5}
    assert confused_pairs(rare) == ()
    assert len(confused_pairs(rare, least=0.003)) == 1


@settings(deadline=None, max_examples=30)
@given(TABLES)
def test_confusions_are_those_of_all_pairs(rows: list[tuple[str | None, ...]]) -> None:
    """Counts are those of a plain loop; neither the order of rows nor of people matters."""
    answers = columns(rows)
    found = {(one.first, one.second): one for one in confused_pairs(answers, least=-1)}
    for pair in combinations(["1", "7", "I"], 2):
        seen, below, where = 0, 0, set()
        for at, row in enumerate(rows):
            said = [one for one in row if one is not None]
            for two in combinations(said, 2):
                below += bool(set(two) & set(pair))
                if set(two) == set(pair):
                    seen += 1
                    where.add(at)
        if len(where) < 2:
            assert pair not in found
            continue
        one = found[pair]
        assert (one.seen, one.pairs, one.rows) == (seen, below, len(where))
        assert one.interval[0] <= one.rate <= one.interval[1]
    for moved in permutations(answers.values()):
        again: Answers = {str(at): column[::-1] for at, column in enumerate(moved)}
        assert confused_pairs(again, least=-1) == confused_pairs(answers, least=-1)


def test_confusion_intervals_hold_the_truth() -> None:
    """Of 95 % intervals 92 % or more hold the true rate, with five people a row."""
    rng = key(2)
    # Each takes the one for the other with the chance c of a row, half of all rows of either:
    # two differ with 2 c (1 - c), and all pairs hold one of the two.
    chances = rng.beta(2, 6, 400_000)
    truth = float(np.mean(2 * chances * (1 - chances)))
    held = 0
    for _ in range(300):
        chance = rng.beta(2, 6, 60)
        real = rng.random(60) < 0.5
        turned = rng.random((5, 60)) < chance
        answers = {str(at): ["I" if one else "1" for one in real ^ turned[at]] for at in range(5)}
        (found,) = confused_pairs(answers)
        held += found.interval[0] <= truth <= found.interval[1]
    assert held / 300 >= 0.92


def test_a_tag_is_relabelled_only_if_it_is_sure() -> None:
    def of(value: float | None, *interval: float) -> Agreement:
        return Agreement(value=value, interval=interval or None, rows=10, n=20)

    found = unclear_tags(
        {
            "wide": of(0.5, 0.2, 0.7),
            "sure": of(0.5, 0.4, 0.66),
            "clear": of(0.7, 0.3, 0.9),
            "undefined": of(None),
        }
    )
    assert [(one.tag, one.verdict) for one in found] == [("sure", RELABEL), ("wide", CANNOT_TELL)]
    assert unclear_tags({"clear": of(0.7, 0.3, 0.9)}, least=0.95)[0].verdict == RELABEL


def report_of_ones(rows: int = 200) -> tuple[Answers, np.ndarray]:
    """Return answers that toss a coin between 1 and I, and are sure of all else; two tags."""
    rng = key(3)
    truth = np.array(["1", "I", "a", "b"])[rng.integers(0, 4, rows)]
    ones = np.isin(truth, ["1", "I"])
    answers = {
        who: np.where(ones, np.array(["1", "I"])[rng.integers(0, 2, rows)], truth).tolist()
        for who in ("ann", "bob", "cy")
    }
    return answers, np.stack([ones, ~ones], axis=1)


def test_the_report_joins_all() -> None:
    """What is wrong is said once each, with its numbers, and the tag to label again is named."""
    answers, members = report_of_ones()
    texts = [
        "lights on",
        "Lights on!",
        "lights on",
        "turn up the volume now",
        "turn up the volumes now",
    ]
    report = label_report(
        targets=["on", "off", "dim", "up", "down"],
        texts=texts,
        keys=["d1", "d2", "d3", "d4", "d4"],
        ids=["r1", "r2", "r3", "r4", "r5"],
    )
    assert [clash.rows for clash in report.same] == [(0, 2), (3, 4)]
    assert [clash.kind for clash in report.near] == [SAME_TEXT, NEAR_TEXT]
    assert len(report.problems) == 3
    assert "r1, r3 ('dim' 1, 'on' 1)" in report.problems[0]
    assert report.alpha == {}

    people = label_report(answers=answers, members=members, tag_names=["ones", "letters"])
    assert people.relabel == {"ones"}
    assert [(one.first, one.second) for one in people.confused] == [("1", "I")]
    assert people.alpha["ones"] == krippendorff_alpha(answers, members)[0]
    assert people.alpha["letters"].value == 1
    assert people.overall_alpha == krippendorff_alpha(answers)[0]
    assert len(people.problems) == 2
    assert people.problems[1].startswith("label 'ones' again before adding examples to it: alpha")
    for found in (report, people):
        assert json.loads(json.dumps(found.to_json(), allow_nan=False)) == found.to_json()
    assert people.to_json()["relabel"] == ["ones"]


def test_few_rows_cannot_tell() -> None:
    few = label_report(
        answers={"a": ["1", "I", "1"], "b": ["1", "1", "1"]},
        members=np.ones((3, 1), dtype=np.bool_),
        tag_names=["ones"],
    )
    assert few.relabel == frozenset()
    assert "3 rows cannot tell" in few.problems[0]


def test_labels_without_fault_have_no_problems() -> None:
    labels = ["a", "b", "c"] * 10
    texts = [f"text number {at}" for at in range(30)]
    report = label_report(
        targets=labels,
        texts=texts,
        answers={"ann": labels, "bob": labels},
        members=np.ones((30, 1), dtype=np.bool_),
        tag_names=["all"],
    )
    assert report.problems == ()
    assert report.relabel == frozenset()
    assert label_report().problems == ()


def test_mistakes_are_named() -> None:
    with pytest.raises(UsageError, match="expected targets"):
        label_report(keys=["k"])
    with pytest.raises(UsageError, match=r"keys  1 entries; expected 2, one for each row"):
        label_report(keys=["k"], targets=["x", "y"])
    with pytest.raises(UsageError, match="1 names of tags for 2 columns"):
        label_report(answers={"a": ["x"]}, members=np.ones((1, 2), dtype=np.bool_), tag_names=["p"])
    with pytest.raises(UsageError, match="members  2 entries; expected 1"):
        label_report(answers={"a": ["x"]}, members=np.ones((2, 1), dtype=np.bool_), tag_names=["p"])
    with pytest.raises(UsageError, match="expected a fraction up to 1"):
        near_same(["a"], ["b"], least=95)
