"""Rows are read as people and programs write them, each with the line it stands on."""

import json
from pathlib import Path

import pytest

from augmentor.core.errors import UsageError
from augmentor.files.tables import read_rows


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def said(path: Path) -> list[str]:
    with pytest.raises(UsageError) as caught:
        read_rows(path)
    return [str(problem).replace(f"{path.parent}/", "") for problem in caught.value.problems]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_csv_of_any_office(tmp_path: Path, separator: str, mark: str, ending: str) -> None:
    """Comma, semicolon or tab; byte order mark or not; any line ending."""
    lines = [separator.join(["id", "word"]), separator.join(["a", "grün"]), ""]
    rows = read_rows(write(tmp_path, "t.csv", mark + ending.join(lines)))
    assert [(row.values, row.line) for row in rows] == [({"id": "a", "word": "grün"}, 2)]


def test_the_line_is_the_physical_one(tmp_path: Path) -> None:
    """Quoted line breaks and empty lines count, as an editor counts them."""
    rows = read_rows(write(tmp_path, "t.csv", 'id,said\n\na,"one\ntwo"\nb,three\n'))
    assert [(row.line, row.values["said"]) for row in rows] == [(3, "one\ntwo"), (5, "three")]
    assert rows[1].where.endswith("t.csv:5")


def test_separators_inside_quotes(tmp_path: Path) -> None:
    rows = read_rows(write(tmp_path, "t.csv", '"id";"a, b, c, d"\n1;"x;y ""z"""\n'))
    assert rows[0].values == {"id": "1", "a, b, c, d": 'x;y "z"'}


def test_empty_columns_and_rows_of_a_spreadsheet_are_passed_over(tmp_path: Path) -> None:
    rows = read_rows(write(tmp_path, "t.csv", "id,word,,\na,b,,\n,,,\nc,d,,,\n"))
    assert [row.values for row in rows] == [{"id": "a", "word": "b"}, {"id": "c", "word": "d"}]


def test_wrong_numbers_of_fields_are_all_named(tmp_path: Path) -> None:
    found = said(write(tmp_path, "t.csv", "id,word\na\nb,c\nd,e,f\n"))
    assert found[0].startswith("t.csv:2  1 fields, expected 2 (id, word)")
    assert found[1].startswith("t.csv:4  3 fields, expected 2")
    assert "double quotes" in found[1]


def test_other_mistakes_of_csv(tmp_path: Path) -> None:
    assert said(write(tmp_path, "a.csv", "id,id\n1,2\n"))[0].startswith("a.csv:1  column names")
    assert said(write(tmp_path, "b.csv", 'id,w\n1,x\n2,"y\n3,z\n'))[0].startswith("b.csv:3  ")
    found = said(write(tmp_path, "c.csv", b"id,w\n1,gr\xfcn\n"))
    assert found == ["c.csv:2:5  byte 0xfc is not UTF-8; export the table as UTF-8"]


def test_json_lines_and_lists_know_their_lines(tmp_path: Path) -> None:
    """Also where a list is laid out over several lines, or a `.json` holds JSON Lines."""
    objects = [{"id": "a", "tags": ["x"]}, {"id": "b\u2028c"}]
    lines = "\n\n".join(json.dumps(one, ensure_ascii=False) for one in objects)
    for name in ("t.jsonl", "t.json"):
        rows = read_rows(write(tmp_path, name, lines))
        assert [(row.values, row.line) for row in rows] == [(objects[0], 1), (objects[1], 3)]
    text = "\n" + json.dumps(objects, indent=1)
    rows = read_rows(write(tmp_path, "u.json", text))
    assert [row.values for row in rows] == objects
    assert [text.split("\n")[row.line - 1].strip() for row in rows] == ["{", "{"]
    assert read_rows(write(tmp_path, "v.json", "[]")) == []


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ('{"id": 1}\n{"id": }\n', "t.json:2:8  not JSON"),
        ('{"id": 1}\n[1, 2]\n', "t.json:2  expected an object"),
        ('[{"id": 1},\n 7]', "t.json:2  expected an object"),
        ('[{"id": 1},\n {"id": x}]', "t.json:2:9  not JSON"),
        ('[{"id": 1}\n {"id": 2}]', "t.json:2:2  not JSON: expected ','"),
        ('[{"id": 1}\n]\n[', "t.json:2  not JSON: text after"),
        ('[{"id": 1},', "t.json:1:12  not JSON"),
    ],
)
def test_mistakes_of_json(tmp_path: Path, text: str, start: str) -> None:
    assert said(write(tmp_path, "t.json", text))[0].startswith(start)


def test_parquet_counts_rows(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"id": ["a", "b"], "tags": [["x"], None]}), path)
    rows = read_rows(path)
    assert [(row.line, row.values) for row in rows] == [
        (1, {"id": "a", "tags": ["x"]}),
        (2, {"id": "b", "tags": None}),
    ]
    assert "not a Parquet file" in said(write(tmp_path, "u.parquet", "id\n"))[0]


def test_missing_and_unknown_files(tmp_path: Path) -> None:
    write(tmp_path, "errors.csv", "id\n")
    assert said(tmp_path / "error.csv") == ["error.csv  no such file; did you mean 'errors.csv'?"]
    assert "expected .csv" in said(write(tmp_path, "t.docx", "PK"))[0]
    assert "not an Excel workbook" in said(write(tmp_path, "t.xlsx", "PK"))[0]
    assert said(tmp_path / "no" / "t.csv")[0].endswith("no such file")


def test_problems_can_be_collected(tmp_path: Path) -> None:
    """A reader can go on, add what it finds, and show all at once."""
    problems = []
    rows = read_rows(write(tmp_path, "t.csv", "id,w\n1\n2,x\n"), problems)
    assert [row.line for row in rows] == [3]
    assert len(problems) == 1
