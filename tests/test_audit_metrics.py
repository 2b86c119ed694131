"""Errors of each row, pooled over tags."""

from pathlib import Path

import numpy as np
import pytest

from augmentor.audit.figures.metrics import count, per_tag, ratio
from augmentor.audit.tables.raw import ErrorTable
from augmentor.audit.tables.table import read_table
from augmentor.core.errors import UsageError

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(name="table")
def _table() -> ErrorTable:
    return read_table(GOLDEN / "error_examples.csv")


def test_word_errors_of_the_error_examples(table: ErrorTable) -> None:
    """1/4, 1/2, 2/3, 2/3; pooled 6/12; 5 substitutions, 1 deletion, 0 insertions."""
    counts = count("wer", table.targets, table.predictions)
    assert counts.errors.tolist() == [1, 1, 2, 2]
    assert counts.units.tolist() == [4, 2, 3, 3]
    parts = (counts.substitutions, counts.deletions, counts.insertions)
    assert [part.sum() for part in parts] == [5, 1, 0]
    assert (counts.errors / counts.units).mean() == pytest.approx(0.521, abs=5e-4)


def test_word_errors_by_tag(table: ErrorTable) -> None:
    """Car 3/7, people 5/8, low bandwidth 3/5."""
    counts = count("wer", table.targets, table.predictions)
    errors, words = per_tag(table.tags, counts.errors, counts.units)
    assert errors.tolist() == [3, 5, 3]
    assert words.tolist() == [7, 8, 5]


def test_character_errors_of_the_error_examples(table: ErrorTable) -> None:
    counts = count("cer", table.targets, table.predictions)
    assert (counts.errors.sum(), counts.units.sum()) == (16, 69)


def test_accuracy_is_an_exact_match_of_stripped_text() -> None:
    counts = count("accuracy", ["yes", " yes", "Yes", ""], ["yes ", "yes", "yes", ""])
    assert counts.errors.tolist() == [0, 0, 1, 0]
    assert counts.units.tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("target", "answer", "expected"),
    [
        ("", "a b", (0, 0, 0, 2)),  # silence that was heard as words: errors, but no words
        ("", "", (0, 0, 0, 0)),
        ("a b", "", (2, 0, 2, 0)),
        ("a  b", " a b ", (2, 0, 0, 0)),
        ("a b c", "b c d", (3, 0, 1, 1)),  # one out and one in, not three substitutions
        ("a b", "c d", (2, 2, 0, 0)),
        ("a b c d e", "b c x e f g", (5, 1, 1, 2)),
    ],
)
def test_parts_of_word_errors(target: str, answer: str, expected: tuple[int, ...]) -> None:
    counts = count("wer", [target], [answer])
    parts = (counts.units, counts.substitutions, counts.deletions, counts.insertions)
    assert tuple(int(part[0]) for part in parts) == expected
    assert counts.errors[0] == sum(expected[1:])


def test_sums_over_many_rows_are_exact() -> None:
    """Also where rows are taken in several blocks."""
    rng = np.random.default_rng(3)
    tags = rng.random((150_000, 3)) < 0.3
    values = rng.integers(0, 5, 150_000).astype(float)
    (sums,) = per_tag(tags, values)
    assert sums.tolist() == [values[tags[:, tag]].sum() for tag in range(3)]


def test_nothing_over_nothing_is_undefined() -> None:
    found = ratio(np.array([0.0, 1.0, 1.0]), np.array([0.0, 0.0, 2.0]))
    assert np.isnan(found[:2]).all()
    assert found[2] == 0.5


def test_an_unknown_metric_is_refused() -> None:
    with pytest.raises(UsageError, match="did you mean 'wer'"):
        count("were", [], [])
