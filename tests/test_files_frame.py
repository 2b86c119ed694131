"""A table read fast is the table read with care; what is odd is read with care."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augmentor.files import frame as framing
from augmentor.files.frame import read_frame
from augmentor.files.tables import read_rows

CELLS = st.text(alphabet='ab ,;"\n\té\ufeff', max_size=4)
PIECES = st.text(alphabet='ab,"\n\r ;', max_size=30)


def careful(path: Path) -> tuple[list[dict], list[int], list[str]]:
    problems: list = []
    rows = read_rows(path, problems)
    return [row.values for row in rows], [row.line for row in rows], list(map(str, problems))


def quick(path: Path) -> tuple[list[dict], list[int], list[str]]:
    problems: list = []
    found = read_frame(path, problems)
    rows = [{name: found[name][row] for name in found.names} for row in range(len(found))]
    return rows, [found.line(row) for row in range(len(found))], list(map(str, problems))


def stripped(rows: list[dict]) -> list[dict]:
    return [{name: cell.strip() for name, cell in row.items()} for row in rows]


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6), st.sampled_from(",;\t"))
def test_fast_and_careful_agree_on_any_cells(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]], delimiter: str
) -> None:
    """Quoted as a spreadsheet does it: separators, quotes, line ends inside a cell."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(["id", "said"])
    writer.writerows(cells)
    path = tmp_path_factory.getbasetemp() / "cells.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    slow, fast = careful(path), quick(path)
    assert (stripped(fast[0]), fast[1:]) == (stripped(slow[0]), slow[1:])


@settings(deadline=None, max_examples=300)
@given(PIECES)
def test_fast_and_careful_agree_on_any_text(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    """Also where quotes are in odd places: the same cells, lines and problems."""
    path = tmp_path_factory.getbasetemp() / "text.csv"
    path.write_text("id,said\n" + text, encoding="utf-8", newline="")
    slow, fast = careful(path), quick(path)
    assert (stripped(fast[0]), fast[1:]) == (stripped(slow[0]), slow[1:])


def test_plain_tables_are_read_fast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The careful reader is not asked at all, neither for quoted commas nor for Windows' ends."""
    path = tmp_path / "t.csv"
    path.write_bytes('\ufeffid,said\r\na,"one, two"\r\nb,"say ""x"""\r\n'.encode())
    monkeypatch.setattr(framing, "read_rows", lambda *_: pytest.fail("read with care"))
    found = read_frame(path, [])
    assert (found["id"], found["said"]) == (["a", "b"], ["one, two", 'say "x"'])


def test_the_line_is_found_when_it_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('id,said\n\na,"one\ntwo"\nb,three\n')
    found = read_frame(path, [])
    assert [found.where(row).rpartition("/")[2] for row in (0, 1)] == ["t.csv:3", "t.csv:5"]


def test_parquet_lists_are_joined_and_nulls_kept(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "t.parquet"
    columns = {
        "tags": [["x", "y"], None, []], "n": [1, None, 1], "on": [True, False, None],
        "kind": pa.array(["a", None, "a"]).dictionary_encode(),
    }  # fmt: skip
    pq.write_table(pa.table(columns), path)
    found = read_frame(path, [])
    assert found["tags"] == ["x;y", None, ""]
    assert found["n"] == [1, None, 1]
    assert found["on"] == [True, False, None]
    assert found["kind"] == ["a", None, "a"]
    assert found.line(2) == 3


def test_json_cells_of_any_kind(tmp_path: Path) -> None:
    """1, true and 1.0 are three values; a list is one; a key that is not there is missing."""
    path = tmp_path / "t.jsonl"
    path.write_text('{"a": 1}\n{"a": true}\n{"a": 1.0}\n{"a": [1]}\n{"a": null}\n{"b": 1}\n')
    found = read_frame(path, [])
    cells = list(found["a"])
    assert [type(cell).__name__ for cell in cells[:4]] == ["int", "bool", "float", "list"]
    assert cells[4] is None
    assert cells[5] is framing.MISSING


def test_excel_is_read_as_it_is_shown(tmp_path: Path) -> None:
    """The first sheet that holds anything; whole numbers without a point; empty cells empty."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.create_sheet("errors")
    for row in (["id", "car", "snr", None], [1, "x", 7.5, None], [2.0, None, True, None]):
        sheet.append(row)
    book.save(tmp_path / "t.xlsx")
    found = read_frame(tmp_path / "t.xlsx", [])
    assert found.names == ("id", "car", "snr")
    assert [list(found[name]) for name in found.names] == [["1", "2"], ["x", ""], ["7.5", "true"]]
    assert found.where(1).endswith("t.xlsx:3")


def test_codes_are_those_of_the_values(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,kind\n" + "".join(f"{i},k{i % 3}\n" for i in range(1000)))
    column = read_frame(path, [])["kind"]
    assert column.values == ["k0", "k1", "k2"]
    assert np.array_equal(column.codes, np.arange(1000) % 3)
