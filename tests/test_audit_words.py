"""Word and character errors of every row, as jiwer counts them."""

from pathlib import Path

import jiwer
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from augmentor.audit.figures import words
from augmentor.audit.figures.words import Edits, edits
from augmentor.audit.tables.table import read_table
from augmentor.core.errors import UsageError

GOLDEN = Path(__file__).parent / "golden"
SAID = st.lists(st.sampled_from(["a", "b", "c", "caught", "cat's"]), max_size=9).map(" ".join)
PAIRS = st.lists(st.tuples(SAID, SAID), min_size=1, max_size=20)
ANY = st.lists(st.tuples(st.text(max_size=30), st.text(max_size=30)), max_size=8)
SPACED = st.text(alphabet="ab \t\n\x0b\x1c\x85\xa0\u2003\u2028\u3000", max_size=20)


def rows(found: Edits) -> list[tuple[int, ...]]:
    """Return units, substitutions, deletions, insertions of each row."""
    parts = (found.units, found.substitutions, found.deletions, found.insertions)
    assert all(part.dtype == np.int64 for part in parts)
    return list(zip(*(part.tolist() for part in parts), strict=True))


def slow(target: str, answer: str, unit: str) -> tuple[int, ...]:
    """Count by rapidfuzz's alignment of the words, or of single-spaced text."""
    reference, heard = target.split(), answer.split()
    if unit == "character":
        reference, heard = list(" ".join(reference)), list(" ".join(heard))
    tags = [edit.tag for edit in Levenshtein.editops(reference, heard)]
    return len(reference), *(tags.count(tag) for tag in ("replace", "delete", "insert"))


def by_jiwer(target: str, answer: str, unit: str) -> tuple[int, ...]:
    process = jiwer.process_words if unit == "word" else jiwer.process_characters
    out = process(target, answer)
    parts = out.substitutions, out.deletions, out.insertions
    return out.hits + parts[0] + parts[1], *parts


@pytest.mark.parametrize("unit", ["word", "character"])
@settings(deadline=None, max_examples=60)
@given(PAIRS)
def test_the_counts_are_those_of_jiwer(unit: str, pairs: list[tuple[str, str]]) -> None:
    """Units, substitutions, deletions and insertions of every row, silence included."""
    found = edits(*map(list, zip(*pairs, strict=True)), unit)
    assert rows(found) == [by_jiwer(*pair, unit) for pair in pairs]


@pytest.mark.parametrize("unit", ["word", "character"])
@settings(deadline=None, max_examples=150)
@given(ANY)
def test_any_text_is_counted_as_its_alignment_is(unit: str, pairs: list[tuple[str, str]]) -> None:
    """Whatever letters, control characters and white space a transcript holds."""
    found = edits([one for one, _ in pairs], [two for _, two in pairs], unit)
    assert rows(found) == [slow(*pair, unit) for pair in pairs]


@pytest.mark.parametrize("unit", ["word", "character"])
@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(SPACED, SPACED), max_size=6))
def test_any_white_space_is_white_space(unit: str, pairs: list[tuple[str, str]]) -> None:
    """Tabs, no-break, ideographic and line separators part words as spaces do."""
    found = edits([one for one, _ in pairs], [two for _, two in pairs], unit)
    assert rows(found) == [slow(*pair, unit) for pair in pairs]


@settings(deadline=None, max_examples=60)
@given(PAIRS, st.sampled_from([1, 2, 4]), st.sampled_from([0, 8, 100]))
def test_words_of_one_slot_are_told_apart(
    pairs: list[tuple[str, str]], bits: int, longest: int
) -> None:
    """However many words share a hash, and if all are compared one by one, counts hold."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words, "_SLOT_BITS", bits)
        patch.setattr(words, "_LONGEST", longest)
        found = edits(*map(list, zip(*pairs, strict=True)))
    assert rows(found) == [slow(*pair, "word") for pair in pairs]


def test_more_words_than_there_are_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows whose words do not fit into Unicode are compared as lists of words."""
    monkeypatch.setattr(words, "_SLOT_BITS", 1)
    monkeypatch.setattr(words, "_CODES", 4)
    assert rows(edits(["a b c d e f"], ["b c x e f g"])) == [
        slow("a b c d e f", "b c x e f g", "word")
    ]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("x" * 8, "x" * 9),
        ("x" * 8 + "y", "x" * 8 + "z"),
        ("x" * 40 + "y", "x" * 40 + "z"),
        ("x" * 300 + "y", "x" * 300 + "z"),
        ("x" * 256, "x" * 257),
        ("é" * 4, "é" * 3 + "e"),
        ("a", "a\0"),
        ("a\0b", "a"),
        ("\ud800", "\ud801"),
        ("中文字符号码", "中文字符号吗"),
        ("A", "a"),
    ],
)
def test_words_that_look_alike_differ(one: str, two: str) -> None:
    """The last byte of a long word counts, and so do zeros, halves of pairs, and case."""
    text = f"{one} {two} {one}"
    found = edits([text, text, one], [text, f"{one} {one} {one}", two])
    assert rows(found) == [(3, 0, 0, 0), (3, 1, 0, 0), (1, 1, 0, 0)]


def test_rows_keep_their_order_over_blocks() -> None:
    """A table of several blocks is counted row by row."""
    chance = np.random.Generator(np.random.Philox(key=5))
    made = [" ".join(map(str, chance.integers(0, 30, chance.integers(0, 12)))) for _ in range(3000)]
    answers = made[1:1500] + made[:1] + made[1500:]
    found = edits(made, answers)
    assert rows(found) == [slow(*pair, "word") for pair in zip(made, answers, strict=True)]


@pytest.mark.parametrize("unit", ["word", "character"])
def test_the_error_examples(unit: str) -> None:
    """WER 6/12, with 5 substitutions, 1 deletion and no insertion; CER 16/69."""
    table = read_table(GOLDEN / "error_examples.csv")
    found = edits(table.targets, table.predictions, unit).to_json()
    if unit == "character":
        assert (found["errors"], found["units"]) == (16, 69)
        assert f"{100 * found['error_rate']:.1f}" == "23.2"
    else:
        wanted = {"units": 12, "substitutions": 5, "deletions": 1, "insertions": 0, "errors": 6}
        assert found == {**wanted, "error_rate": 0.5}


def test_silence_has_insertions_and_no_rate() -> None:
    """An empty target adds insertions and no units; without any unit the rate is undefined."""
    found = edits(["", " ", ""], ["a b", "", "c"])
    assert rows(found) == [(0, 0, 0, 2), (0, 0, 0, 0), (0, 0, 0, 1)]
    assert found.errors.tolist() == [2, 0, 1]
    assert found.to_json()["error_rate"] is None
    assert rows(edits([], [])) == []


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(UsageError, match="did you mean 'word'"):
        edits(["a"], ["a"], "words")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="2 targets, but 1 predictions"):
        edits(["a", "b"], ["a"])
