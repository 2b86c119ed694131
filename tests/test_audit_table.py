"""Error tables and summaries are read as they come, and what is wrong is said with its line."""

from pathlib import Path

import pytest

from augmentor.audit.tables.raw import ErrorTable
from augmentor.audit.tables.summary import SummaryTable
from augmentor.audit.tables.table import read_table
from augmentor.core.errors import UsageError

GOLDEN = Path(__file__).parent / "golden"


def read(folder: Path, text: str, name: str = "t.csv") -> ErrorTable | SummaryTable:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_table(path)


def said(folder: Path, text: str, name: str = "t.csv") -> list[str]:
    with pytest.raises(UsageError) as caught:
        read(folder, text, name)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


@pytest.mark.parametrize(
    "name", ["error_examples.csv", "error_examples_marks.csv", "error_examples.jsonl"]
)
def test_one_table_in_three_forms(name: str) -> None:
    """Tags in a column, a column per tag as a spreadsheet exports it, or lists in JSON Lines."""
    table = read_table(GOLDEN / name)
    assert isinstance(table, ErrorTable)
    assert table.ids == ["1", "2", "3", "4"]
    assert table.predictions[3] == "Let's ketchup"
    assert table.tag_names == ("car", "people", "low bandwidth")
    assert table.tags.astype(int).tolist() == [[1, 0, 0], [0, 1, 1], [0, 1, 0], [1, 1, 1]]
    assert table.tags.flags.f_contiguous
    assert (table.groups, table.warnings, len(table)) == (None, (), 4)


@pytest.mark.parametrize(
    "header",
    [
        "ref,hyp",
        "reference,hypothesis",
        "label,pred",
        "text,pred_text",
        "Target,Prediction",
        "sentence,pred_text",
        "transcription,hyp",
        "transcript,pred",
    ],
)
def test_other_names_of_the_columns(tmp_path: Path, header: str) -> None:
    table = read(tmp_path, f"ID,{header},tags\na,x,y,\n")
    assert (table.targets, table.predictions, table.tag_names) == (["x"], ["y"], ())
    assert table.tags.shape == (1, 0)


def test_columns_that_are_facts_are_not_tags(tmp_path: Path) -> None:
    header = "id,target,prediction,speaker,weight,split,score,path,duration_s,noise"
    table = read(tmp_path, f"{header}\na,x,x,anna,1,1,1,1,1,x\nb,x,x,,1,1,1,1,1,\n")
    assert table.tag_names == ("noise",)
    assert table.groups == ["anna", "row b"]
    assert (table.weights.tolist(), table.scores.tolist()) == ([1, 1], [1, 1])
    assert (table.splits, table.warnings) == (["1", "1"], ())


def test_a_group_goes_before_a_speaker(tmp_path: Path) -> None:
    table = read(tmp_path, "id,target,prediction,tags,speaker,group\na,x,x,,anna,home\n")
    assert table.groups == ["home"]


def test_other_answers_are_kept(tmp_path: Path) -> None:
    """An empty cell of a CSV is no answer; in JSON it is an answer, and null is none."""
    table = read(tmp_path, "id,target,prediction,tags,Clean prediction\na,x,y,t,x\nb,x,y,t,\n")
    assert table.clean_predictions == ["x", None]
    line = '{"id": "%s", "target": "x", "prediction": "", "baseline_prediction": %s}\n'
    table = read(tmp_path, line % ("a", '""') + line % ("b", "null"), "t.jsonl")
    assert table.baseline_predictions == ["", None]


def test_json_values_become_text(tmp_path: Path) -> None:
    line = '{"id": 1, "target": true, "prediction": 0.5, "noisy": %s}\n'
    table = read(tmp_path, line % "true" + (line % "null").replace("1", "2", 1), "t.jsonl")
    assert (table.ids, table.targets[0], table.predictions[0]) == (["1", "2"], "true", "0.5")
    assert table.tags[:, 0].tolist() == [True, False]


def test_a_column_without_any_mark_is_said_and_left_out(tmp_path: Path) -> None:
    table = read(tmp_path, "id,target,prediction,noise,snr\na,x,x,x,7.5\nb,x,x,,12.5\n")
    assert table.tag_names == ("noise",)
    assert "'snr' is not used as a tag" in table.warnings[0]
    assert "line 2" in table.warnings[0]
    assert list(table.others["snr"]) == ["7.5", "12.5"]


def test_numbers_are_no_marks(tmp_path: Path) -> None:
    """A rank of 1, 2 and 3 is no tag, though 1 alone would be a mark."""
    table = read(tmp_path, "id,target,prediction,noise,rank\na,x,x,1,1\nb,x,x,,2\n")
    assert table.tag_names == ("noise",)
    assert list(table.others) == ["rank"]


def test_marks_and_other_text_do_not_mix(tmp_path: Path) -> None:
    found = said(tmp_path, "id,target,prediction,noise\na,x,x,x\nb,x,x,maybe\n")
    assert found[0].startswith("t.csv:3  'maybe' in the tag column 'noise'; a mark is x")


def test_odd_names_of_tags_are_said(tmp_path: Path) -> None:
    table = read(tmp_path, 'id,target,prediction,tags\na,x,x,"car, people"\nb,x,x,Car; car\n')
    assert table.tag_names == ("car, people", "Car", "car")
    assert [text[:10] for text in table.warnings] == ["the tag 'c", "the tags '"]


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    """Duplicate ids, missing columns and short rows, each with its line, in order."""
    found = said(tmp_path, "id,targte,prediction,tags\na,x,x,\nb,x\na,x,x,\n,x,x,\n")
    assert found[0].startswith("t.csv  no column 'target' (nor reference, ref, text, label, ")
    assert found[0].endswith("did you mean 'targte'?")
    assert found[1].startswith("t.csv:3  2 fields, expected 4")
    assert found[2] == "t.csv:4  id 'a' again; it is on line 2 already"
    assert found[3] == "t.csv:5  no id; every row needs one of its own"
    assert len(found) == 4


def test_wrong_values_of_json(tmp_path: Path) -> None:
    lines = [
        '{"id": "a", "target": "x", "prediction": null, "tags": []}',
        '{"id": "b", "target": ["x"], "prediction": "x", "tags": 5}',
        '{"id": "c", "prediction": "x", "tags": [1]}',
    ]
    found = said(tmp_path, "\n".join(lines), "t.jsonl")
    assert [text.split("  ")[0] for text in found] == [
        "t.jsonl:1",
        "t.jsonl:2",
        "t.jsonl:2",
        "t.jsonl:3",
        "t.jsonl:3",
    ]
    assert "'prediction' is null; expected text" in found[0]
    assert "'target' is missing" in found[3]


def test_an_empty_table_is_refused(tmp_path: Path) -> None:
    assert said(tmp_path, "id,target,prediction,tags\n")[0].startswith("t.csv  no rows")


def test_summary_in_percent_or_as_fractions(tmp_path: Path) -> None:
    """Each column is decided as a whole: a sign or a number beyond 1 makes it per cent."""
    text = "tag;accuracy;baseline;baseline source;share;n\na;0,94;95;human;60 %;1000\nb;1;1;;0.5;\n"
    table = read(tmp_path, text)
    assert isinstance(table, SummaryTable)
    one, two = table.rows
    assert (one.accuracy, one.baseline, one.share, one.n) == (0.94, 0.95, 0.6, 1000)
    assert (two.accuracy, two.baseline, two.share, two.n) == (1.0, 0.01, 0.005, None)
    assert (one.baseline_source, two.baseline_source) == ("human", None)


def test_a_printed_gap_follows_the_accuracy(tmp_path: Path) -> None:
    """A gap of 1 beside accuracies in per cent is one point."""
    table = read(tmp_path, "tag,accuracy,human,gap\na,94,95,1\n")
    row = table.rows[0]
    assert (row.printed_gap, row.baseline_source) == (0.01, "human")
    assert row.gap_rounding == pytest.approx(0.005)


def test_wrong_summaries(tmp_path: Path) -> None:
    text = "tag,accuracy,share,n\na,94,160,x\na,nan,10,\n,70,,\nb,,5,2\n"
    found = said(tmp_path, text)
    assert found == [
        "t.csv  tags stand more than once: a",
        "t.csv:2  'share' is '160'; expected 0 to 100 %",
        "t.csv:2  'n' is 'x'; expected a whole number",
        "t.csv:3  'accuracy' is 'nan'; expected a number such as 0.94, 94 or 94 %",
        "t.csv:3  no accuracy; expected a number such as 94 %",
        "t.csv:4  no tag; every row needs one of its own",
        "t.csv:5  no accuracy; expected a number such as 94 %",
    ]


def test_accuracy_may_be_negative_but_not_above_all(tmp_path: Path) -> None:
    """1 - WER falls below 0 where there are more errors than words."""
    assert read(tmp_path, "tag,accuracy\na,-0.5\n").rows[0].accuracy == -0.5
    assert said(tmp_path, "tag,accuracy\na,120\n") == [
        "t.csv:2  'accuracy' is '120'; expected at most 100 %"
    ]
