"""Reports by class, against printed values and scikit-learn."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from augmentor.audit.figures import confusion
from augmentor.audit.figures.averages import Average
from augmentor.audit.figures.classes import ClassReport, class_report, from_rates
from augmentor.core.errors import UsageError

DEFECTS = ("scratch", "dent", "pit mark", "discoloration")
PRECISIONS, RECALLS = (0.821, 0.921, 0.853, 0.721), (0.992, 0.995, 0.987, 0.97)
ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40)
TRUE = np.repeat([0, 0, 1, 1], [905, 9, 18, 68])  # TN 905, FP 9, FN 18, TP 68
SAID = np.repeat([0, 1, 0, 1], [905, 9, 18, 68])


def shown(value: float | None, decimals: int = 1) -> str:
    """Return a fraction in percent, as printed."""
    return "undefined" if value is None else f"{100 * value:.{decimals}f}"


def average(report: ClassReport, name: str) -> Average:
    """Return one of the averages."""
    (found,) = (some for some in report.averages if some.name == name)
    return found


def plain(value: float | None) -> float:
    return math.nan if value is None else value


def test_the_confusion_matrix() -> None:
    """Precision 88.31, recall 79.07, F1 83.44, accuracy 97.3, MCC 0.821, and the intervals."""
    report = class_report(TRUE, SAID, ["0", "1"])
    one = report.classes[1]
    assert report.confusion is not None
    assert report.confusion.tolist() == [[905, 9], [18, 68]]
    assert (one.hits, one.predicted, one.support) == (68, 77, 86)
    assert [shown(x, 2) for x in (one.precision, one.recall, one.f1)] == ["88.31", "79.07", "83.44"]
    assert shown(report.accuracy) == "97.3"
    assert f"{report.mcc:.3f}" == "0.821"
    assert one.precision_interval is not None
    assert one.recall_interval is not None
    assert [shown(end, 2) for end in one.precision_interval] == ["79.25", "93.73"]
    assert [shown(end, 2) for end in one.recall_interval] == ["69.32", "86.33"]
    assert one.specificity == report.classes[0].recall == 905 / 914
    assert one.false_positive_rate == pytest.approx(9 / 914)


def test_a_program_that_prints_zero() -> None:
    """Accuracy 91.4; precision undefined; recall 0 of 86, at most 4.3; balanced 50; MCC 0."""
    report = class_report(TRUE, np.zeros_like(TRUE), ["0", "1"])
    one = report.classes[1]
    assert shown(report.accuracy) == "91.4"
    assert (one.precision, one.precision_interval) == (None, None)
    assert (one.recall, one.f1) == (0, 0)
    assert one.recall_interval is not None
    assert [shown(end) for end in one.recall_interval] == ["0.0", "4.3"]
    assert (report.balanced_accuracy, report.mcc) == (0.5, 0)
    assert average(report, "macro").left_out == {"precision": 1, "recall": 0, "f1": 0}
    assert shown(average(report, "macro").precision) == "91.4"  # and not 45.7 or 95.7
    assert "precision is undefined (0/0), and not in the averages: 1" in report.notes
    assert "all predictions are one class: MCC is 0/0 there, and set to 0" in report.notes


@pytest.mark.parametrize(
    ("precision", "recall", "f1"),
    [
        (88.3, 79.1, "83.4"),
        (97.0, 7.3, "13.6"),
        (82.1, 99.2, "89.8"),
        (92.1, 99.5, "95.7"),
        (85.3, 98.7, "91.5"),
        (72.1, 97.0, "82.7"),
    ],
)
def test_f1_of_printed_pairs(precision: float, recall: float, f1: str) -> None:
    (row,) = from_rates(["x"], [precision / 100], [recall / 100]).classes
    assert shown(row.f1) == f1


def test_the_defect_classes() -> None:
    """Macro 82.9 and 98.6; mean of the F1s 89.9, F1 of the means 90.1; discoloration is worst."""
    report = from_rates(DEFECTS, PRECISIONS, RECALLS)
    macro = average(report, "macro")
    assert [shown(x) for x in (macro.precision, macro.recall)] == ["82.9", "98.6"]
    assert [shown(x) for x in (macro.mean_of_f1, macro.f1_of_means)] == ["89.9", "90.1"]
    assert report.worst == "discoloration"
    for name in ("micro", "weighted"):
        found = average(report, name)
        assert (
            found.refused == "it needs the number of examples of each class, which the table lacks"
        )
        assert {found.precision, found.recall, found.mean_of_f1, found.f1_of_means} == {None}
    assert (report.n, report.accuracy, report.mcc, report.confusion) == (None,) * 4


def test_rates_with_supports_have_all_averages() -> None:
    """They are those of the examples that the rates come from."""
    true, said = np.repeat([0, 0, 1, 1, 2, 2], 10), np.repeat([0, 1, 1, 1, 2, 0], 10)
    whole = class_report(true, said, "abc")
    rates = [[getattr(row, what) for row in whole.classes] for what in ("precision", "recall")]
    summary = from_rates("abc", *rates, supports=[20, 20, 20])
    for one, two in zip(whole.averages, summary.averages, strict=True):
        for what in ("precision", "recall", "mean_of_f1", "f1_of_means"):
            assert getattr(two, what) == pytest.approx(getattr(one, what))
    blind = from_rates("ab", [0.5, 0], [0.5, 0], supports=[4, 4])
    assert "no hits" in str(average(blind, "micro").refused)
    assert average(blind, "weighted").recall == 0.25
    assert [row.f1 for row in blind.classes] == [0.5, 0]


def test_a_rate_that_is_missing_is_not_guessed() -> None:
    """A class without a precision has no F1, and is counted as left out."""
    report = from_rates("ab", [0.5, None], [0.5, 0.25])
    macro = average(report, "macro")
    assert [row.f1 for row in report.classes] == [0.5, None]
    assert macro.left_out == {"precision": 1, "recall": 0, "f1": 1}
    assert (macro.precision, macro.recall, macro.mean_of_f1) == (0.5, 0.375, 0.5)


@settings(deadline=None, max_examples=60)
@given(ROWS, st.booleans(), st.data())
def test_the_report_is_that_of_scikit_learn(
    rows: list[tuple[int, int]], weighted: bool, data: st.DataObject
) -> None:
    """Per class and averaged, with weights or without; undefined where it says not-a-number."""
    true, said = map(np.array, zip(*rows, strict=True))
    weights = None
    if weighted:
        weights = data.draw(st.lists(st.floats(0.1, 9), min_size=len(rows), max_size=len(rows)))
    report = class_report(true, said, "abcd", weights)
    same = {"labels": range(4), "sample_weight": weights}
    nan = {**same, "zero_division": np.nan}
    expected = oracle.precision_recall_fscore_support(true, said, **nan)
    for what, values in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        found = [plain(getattr(row, what)) for row in report.classes]
        assert found == pytest.approx(values.tolist(), nan_ok=True)
    for name in ("macro", "micro", "weighted"):
        found = average(report, name)
        *parts, _ = oracle.precision_recall_fscore_support(true, said, average=name, **nan)
        for what, part in zip(("precision", "recall", "mean_of_f1"), parts, strict=True):
            if name == "weighted" and getattr(found, what) is None:
                # No class with examples has one: 0 for scikit-learn, undefined here.
                assert all(not row.support or getattr(row, what) is None for row in report.classes)
            else:
                assert plain(getattr(found, what)) == pytest.approx(part, nan_ok=True)
    assert report.confusion == pytest.approx(oracle.confusion_matrix(true, said, **same))
    correlation = 0.0  # scikit-learn warns where both sides are one and the same class
    if len(np.unique((true, said))) > 1:
        correlation = oracle.matthews_corrcoef(true, said, sample_weight=weights)
    assert report.mcc == pytest.approx(correlation, abs=1e-9)
    assert report.accuracy == pytest.approx(
        oracle.accuracy_score(true, said, sample_weight=weights)
    )
    seen = [row.recall for row in report.classes if row.recall is not None]
    assert report.balanced_accuracy == pytest.approx(np.mean(seen))


@settings(deadline=None, max_examples=60)
@given(ROWS, st.integers(1, 5))
def test_whole_weights_are_repeated_rows(rows: list[tuple[int, int]], times: int) -> None:
    """All but the number of examples and the intervals: weights add no certainty."""
    true, said = map(np.array, zip(*rows, strict=True))
    one = class_report(true, said, "abcd", np.full(len(rows), float(times)))
    two = class_report(np.repeat(true, times), np.repeat(said, times), "abcd")
    plain_report = class_report(true, said, "abcd")
    assert one.averages == two.averages
    assert one.mcc == pytest.approx(two.mcc)
    for weighed, row in zip(one.classes, plain_report.classes, strict=True):
        assert weighed.hits == times * (row.hits or 0)
        for what in ("precision_interval", "recall_interval"):
            ends = getattr(row, what)
            assert getattr(weighed, what) == (None if ends is None else pytest.approx(ends))


def test_uneven_weights_make_an_interval_wider() -> None:
    true, said = np.repeat([0, 0, 1], 20), np.repeat([0, 1, 1], 20)
    weights = np.where(np.arange(60) % 20 < 4, 9.0, 1.0)
    even, uneven = (class_report(true, said, "ab", some).classes[0] for some in (None, weights))
    assert even.recall == uneven.recall == 0.5
    assert even.recall_interval is not None
    assert uneven.recall_interval is not None
    assert uneven.recall_interval[0] < even.recall_interval[0]
    assert uneven.recall_interval[1] > even.recall_interval[1]


def test_a_declared_class_without_examples_is_left_out() -> None:
    """Its recall is undefined; its F1 is 0 once it was predicted, and undefined before."""
    report = class_report([0, 1, 1], [0, 1, 2], "abcd")
    rows = {row.name: (row.precision, row.recall, row.f1) for row in report.classes}
    assert rows["c"] == (0, None, 0)
    assert rows["d"] == (None, None, None)
    assert average(report, "macro").left_out == {"precision": 1, "recall": 2, "f1": 1}
    assert report.balanced_accuracy == 0.75
    assert report.worst == "c"


def test_micro_f1_is_the_accuracy_and_says_so() -> None:
    report = class_report(TRUE, SAID, ["0", "1"])
    micro = average(report, "micro")
    assert {micro.precision, micro.recall, micro.mean_of_f1, micro.f1_of_means} == {0.973}
    (note,) = report.notes
    assert note.endswith("so micro precision, recall and F1 are the accuracy again, 97.3 %")


def test_an_answer_of_no_class_is_wrong_and_in_no_precision() -> None:
    """It stands in a last column, and micro F1 is the accuracy no more."""
    report = class_report([0, 0, 1, 1], [0, -1, 1, -1], "ab")
    assert report.confusion is not None
    assert report.confusion.tolist() == [[1, 0, 1], [0, 1, 1]]
    assert report.accuracy == 0.5
    micro = average(report, "micro")
    assert (micro.precision, micro.recall) == (1, 0.5)
    assert micro.mean_of_f1 == pytest.approx(2 / 3)
    assert report.notes == ("2 answers are none of the classes: wrong, and in no precision",)
    assert report.mcc == pytest.approx(oracle.matthews_corrcoef([0, 0, 1, 1], [0, 2, 1, 2]))


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int32, np.uint64])
def test_narrow_integers_do_not_overflow(kind: type[np.integer]) -> None:
    chance = np.random.Generator(np.random.Philox(key=2))
    true, said = chance.integers(0, 120, (2, 40_000))
    names = [str(code) for code in range(120)]
    wide, narrow = (
        class_report(true, said, names),
        class_report(true.astype(kind), said.astype(kind), names),
    )
    assert json.dumps(wide.to_json()) == json.dumps(narrow.to_json())
    assert wide.confusion is not None
    assert (wide.confusion == oracle.confusion_matrix(true, said)).all()


@pytest.mark.parametrize("weighted", [False, True])
def test_too_many_classes_for_a_matrix(weighted: bool) -> None:
    """Above a thousand there is none, and everything else is the same."""
    chance = np.random.Generator(np.random.Philox(key=3))
    true, said = chance.integers(0, 30, (2, 500))
    said[:40] = -1
    weights = chance.integers(1, 9, 500) / 4 if weighted else None
    names = [str(code) for code in range(30)]
    small = class_report(true, said, names, weights).to_json()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(confusion, "_MOST", 29)
        large = class_report(true, said, names, weights).to_json()
    assert small.pop("confusion")
    assert large.pop("confusion") is None
    assert large == small


def test_no_example_leaves_all_undefined() -> None:
    report = class_report([], [], "ab")
    assert (report.n, report.accuracy, report.balanced_accuracy, report.mcc) == (
        0,
        None,
        None,
        None,
    )
    assert report.worst is None
    assert average(report, "weighted").precision is None
    assert average(report, "macro").left_out == {"precision": 2, "recall": 2, "f1": 2}


def test_the_report_is_json() -> None:
    """Undefined is null, and every average has its definition."""
    found = json.loads(json.dumps(class_report(TRUE, TRUE * 0, ["0", "1"]).to_json()))
    assert found["classes"][1]["precision"] is None
    assert found["classes"][0]["support"] == 914
    assert all(some["definition"] for some in found["averages"])
    assert found["confusion"] == [[914, 0], [86, 0]]


def test_what_is_no_class_is_refused() -> None:
    """Codes out of range, lengths that differ, weights below 0, rates that are no fractions."""
    wrong = [
        (lambda: class_report([0, 2], [0, 1], "ab"), "target is not from 0 to 1"),
        (lambda: class_report([-1, 1], [0, 1], "ab"), "target is not from 0 to 1"),
        (lambda: class_report([0, 1], [0, 2], "ab"), "prediction is not from -1 to 1"),
        (lambda: class_report([0, 1], [0], "ab"), "2 targets, but 1 predictions"),
        (lambda: class_report([0, 1], [0, 1], "ab", [1, -1]), "not a number of 0 or more"),
        (lambda: class_report([0, 1], [0, 1], "ab", [1, math.nan]), "not a number of 0 or more"),
        (lambda: from_rates("ab", [82.1, 0.5], [0.5, 0.5]), "precision .* not a: 82.1"),
        (lambda: from_rates("ab", [0.5], [0.5, 0.5]), "2 classes, but 1 values of precision"),
        (lambda: from_rates("ab", [0, 1], [1, 1], [3]), "2 classes, but 1 values of support"),
    ]
    for call, message in wrong:
        with pytest.raises(UsageError, match=message):
            call()
