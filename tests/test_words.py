"""Word times and a source's other columns travel with all that is made of it."""

import json
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.json as pj
import pyarrow.parquet as pq
import pytest
from project import make_project, write_manifest

from augmentor import api
from augmentor.core.errors import UsageError
from augmentor.core.example import Label, Transcript
from augmentor.datasets.item import collate
from augmentor.datasets.online import AugmentedDataset
from augmentor.datasets.stored import RunDataset
from augmentor.files.parquet import read_parquet
from augmentor.ledger.record import read_records
from augmentor.recipe.load import load_recipe
from augmentor.recipe.renderer import read_parent, target_kind
from augmentor.sources.manifest import read_sources

RECIPE = """\
augmentor: 1
name: said
source: {manifest: data/train.jsonl, sample_rate: 16000}
budget: 4
categories:
  fast:
    steps:
      - speed_perturb: {rate_frac: 1.25}
gate: {realism: {silence_frac: null, bandwidth_frac: null}, tries: 1}
"""
META = {"licence": "CC-BY-SA-4.0", "attribution": "Ñandú & co", "mic": {"gain": 3, "used": True}}


@pytest.fixture
def said(tmp_path: Path) -> Path:
    """Return a recipe whose sources have word times (the last one none) and other columns."""
    recipe = make_project(tmp_path, clips=4, recipe=RECIPE)
    manifest = tmp_path / "data" / "train.jsonl"
    rows = [json.loads(line) for line in manifest.read_text().splitlines()]
    for row in rows:
        row.update(META | {"target": "good day", "words": [[0.1, 0.5, "good"], [0.5, 1, "day"]]})
    rows[3]["words"] = []
    write_manifest(manifest, rows)
    return recipe


def test_word_times_follow_the_speed_everywhere(said: Path) -> None:
    """metadata.jsonl, manifest, both datasets and the batch have the times in the new sound."""
    folder = api.run(said, workers=0).folder
    wanted = [[0.08, 0.4, "good"], [0.4, 0.8, "day"]]
    rows = [json.loads(line) for line in (folder / "metadata.jsonl").read_text().splitlines()]
    for row, record in zip(rows, read_records(folder), strict=True):
        words = [] if row["parent"] == "p003" else wanted
        assert [[one["start_s"], one["stop_s"], one["word"]] for one in row["words"]] == words
        assert record.words == words
    assert sorted(row["parent"] for row in rows) == ["p000", "p001", "p002", "p003"]
    stored = RunDataset(folder)
    assert [item["words"] == wanted for item in map(stored.__getitem__, range(4))] == [
        row["parent"] != "p003" for row in rows
    ]
    every, none = (AugmentedDataset(None, said, share=share) for share in (1, 0))
    batch = collate([every[0], none[0], every[3]])
    assert batch["words"] == [wanted, [[0.1, 0.5, "good"], [0.5, 1.0, "day"]], []]
    assert batch["category"] == ["fast", "", "fast"]


def test_other_columns_travel(said: Path) -> None:
    """A licence stays with what is made of the sound, also when that is a source again."""
    folder = api.run(said, workers=0).folder
    rows = [json.loads(line) for line in (folder / "metadata.jsonl").read_text().splitlines()]
    assert [row["meta"] for row in rows] == [META] * 4
    assert [one.meta for one in read_records(folder)] == [META] * 4
    assert [json.loads(row["meta"]) for row in read_parquet(folder / "manifest.parquet")] == (
        [META] * 4
    )
    again = read_sources(folder / "metadata.jsonl")
    assert again[0].meta["licence"] == "CC-BY-SA-4.0"
    assert all(one.meta.items() >= META.items() for one in again)
    assert {one.words for one in again} == {((0.08, 0.4, "good"), (0.4, 0.8, "day")), ()}
    table = pj.read_json(folder / "metadata.jsonl")  # as Hugging Face reads it
    assert table.num_rows == 4


def test_a_run_without_words_or_columns_has_none(project: Path) -> None:
    """Columns in which no row has anything are left out of metadata.jsonl."""
    folder = api.run(project, workers=0).folder
    row = json.loads((folder / "metadata.jsonl").read_text().splitlines()[0])
    assert not {"words", "meta"} & row.keys()
    assert RunDataset(folder)[0]["words"] == []


@pytest.mark.parametrize(
    ("lines", "kinds", "stated"),
    [
        ("", (Transcript, Label), None),
        ("  target: transcript", (Transcript, Transcript), "transcript"),
        ("  target: label", (Label, Label), "label"),
        ("audit: wer", (Transcript, Transcript), "transcript"),
        ("audit: accuracy", (Transcript, Label), None),
        ("  target: label\naudit: cer", (Label, Label), "label"),
    ],
)
def test_what_a_target_is_is_stated(
    said: Path, lines: str, kinds: tuple[type, type], stated: str | None
) -> None:
    """The recipe says so, else its metric, else the word times; spaces say nothing."""
    table = said.parent / "data" / "said.csv"
    table.write_text("id,target,prediction,tags\n" + "a,x y,x y,clean\nb,x y,x z,fast\n")
    for metric in ("wer", "cer", "accuracy"):
        lines = lines.replace(
            f"audit: {metric}", f"audit: {{table: data/said.csv, metric: {metric}}}"
        )
    source = "source:\n  manifest: data/train.jsonl\n  sample_rate: 16000\n" + lines
    said.write_text(
        said.read_text().replace(
            "source: {manifest: data/train.jsonl, sample_rate: 16000}", source.rstrip()
        )
    )
    recipe = load_recipe(said)
    assert target_kind(recipe) == stated
    with_words, without = (read_parent(recipe, recipe.sources[n]) for n in (0, 3))
    assert (type(with_words.targets["target"]), type(without.targets["target"])) == kinds


def damaged(folder: Path, change: Mapping[str, object]) -> None:
    """Write another value into the first row of a run's manifest; None takes the column out."""
    path = folder / "manifest.parquet"
    rows = read_parquet(path)
    for row in rows:
        row.update(change)
        for name, value in change.items():
            if value is None:
                del row[name]
    pq.write_table(pa.Table.from_pylist(rows), path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"words": None, "meta": None}, "row 1: no 'words', no 'meta'; another program"),
        ({"mood": "good"}, "row 1: an unknown 'mood'; another program"),
        ({"edits": "[1]"}, r"row 1: 'edits' is damaged; it holds '\[1\]'"),
        ({"edits": "[{"}, "row 1: 'edits' is damaged"),
        ({"meta": "[]"}, "row 1: 'meta' is damaged"),
        ({"tags": 7}, "row 1: 'tags' is damaged; it holds '7'"),
        ({"copy": "first"}, "row 1: 'copy' is damaged; it holds 'first'"),
        (b"PAR1 no table PAR1", "manifest.parquet cannot be read"),
        (b"", "manifest.parquet cannot be read"),
    ],
)
def test_a_foreign_manifest_is_refused(said: Path, change: object, words: str) -> None:
    """Other columns, other types or no Parquet at all: a sentence that names the place."""
    folder = api.run(said, workers=0).folder
    if isinstance(change, bytes):
        (folder / "manifest.parquet").write_bytes(change)
    else:
        damaged(folder, change)
    with pytest.raises(UsageError, match=words):
        read_records(folder)
    with pytest.raises(UsageError, match=words):
        RunDataset(folder)


def test_no_manifest_is_no_run(tmp_path: Path) -> None:
    """A folder that holds none says so."""
    with pytest.raises(UsageError, match=r"is not a finished run: it has no manifest\.parquet"):
        read_records(tmp_path)
