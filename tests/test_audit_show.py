"""Numbers are formatted once: per cent with one decimal, gaps in points with two."""

from pathlib import Path

from audit_tables import table_of

from augmentor.audit.priorities.rank import rank
from augmentor.audit.show.tables import Shown, p_value, percent, points, ranking_table
from augmentor.audit.tables.table import read_table

GOLDEN = Path(__file__).parent / "golden"


def cells(shown: Shown, *names: str) -> list[list[str]]:
    places = [shown.header.index(name) for name in names]
    return [[row[place] for place in places] for row in shown.rows]


def test_the_lecture_as_printed() -> None:
    shown = ranking_table(rank(read_table(GOLDEN / "priorities.csv")))
    assert cells(shown, "rank", "tag", "accuracy", "baseline", "source", "gap", "gain") == [
        ["1=", "clean", "94.0 %", "95.0 %", "human", "1.00", "0.60"],
        ["1=", "people noise", "87.0 %", "89.0 %", "human", "2.00", "0.60"],
        ["3", "car noise", "89.0 %", "93.0 %", "human", "4.00", "0.16"],
        ["4", "low bandwidth", "70.0 %", "70.0 %", "human", "0.00", "0.00"],
    ]
    assert "score" not in shown.header
    assert "only here" not in shown.header
    assert {len(row) for row in shown.rows} == {len(shown.header)} == {len(shown.right)}
    assert not shown.right[shown.header.index("tag")]


def test_undefined_and_missing_are_words() -> None:
    table = table_of([(["a"], 3, 0)])
    shown = ranking_table(rank(table, importance={"a": 2}))
    found = cells(shown, "rank", "share of errors", "baseline", "source", "gap", "score")
    assert found == [["-", "undefined", "missing", "-", "-", "-"]]
    assert cells(shown, "error rate", "95 % interval") == [["0.0 %", "[0.0, 56.1]"]]
    assert cells(shown, "importance") == [["2"]]


def test_word_errors_say_what_they_are() -> None:
    shown = ranking_table(rank(read_table(GOLDEN / "error_examples.csv"), metric="wer"))
    assert cells(shown, "tag", "WER", "1 - WER", "95 % interval") == [
        ["people", "62.5 %", "37.5 %", "[42.3, 82.7]"],
        ["car", "42.9 %", "57.1 %", "[0.0, 302.2]"],  # two rows say next to nothing
        ["low bandwidth", "60.0 %", "40.0 %", "[0.0, 161.6]"],
    ]


def test_numbers() -> None:
    assert [percent(-0.0001), percent(None), percent(1)] == ["0.0 %", "undefined", "100.0 %"]
    assert [points(-0.00001), points(-0.03), points(None)] == ["0.00", "-3.00", "-"]
    assert [p_value(0.0004), p_value(0.0126), p_value(None)] == ["<0.001", "0.013", "-"]
