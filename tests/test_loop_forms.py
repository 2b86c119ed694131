"""A training reads its list in the form that the user's program knows."""

from pathlib import Path

import numpy as np
import pytest
from loop_project import RECIPE, answers_of, make_loop_project
from sound_readers import read_cuts, read_kaldi_folder, read_nemo_file

from augmentor import loop
from augmentor.files.audio import read_sound

READERS = {
    "nemo": ("train.json", read_nemo_file),
    "lhotse": ("train.jsonl.gz", read_cuts),
    "kaldi": ("train", read_kaldi_folder),
}
NEMO_READER = """
def rows_of(path):
    rows = [json.loads(line) for line in open(path, encoding="utf-8")]
    return [{"path": row.get("audio_filepath") or row["path"],
             "target": row.get("label") or row["target"], "id": row["id"]} for row in rows]
"""


@pytest.mark.parametrize("form", READERS)
def test_every_form_lists_the_same_examples(form: str, tmp_path: Path) -> None:
    """What another's reader finds is what our own list says: samples, targets, parents."""
    recipe = make_loop_project(
        tmp_path, recipe=RECIPE.replace("train: {", f"train: {{form: {form}, ")
    )
    train = tmp_path / "train.py"
    # The program is told the other form; for this test it trains on our own, which lies beside.
    text = train.read_text().replace(
        "manifest, out, seed = sys.argv[1:4]",
        "told, out, seed = sys.argv[1:4]\n    import os\n"
        "    open(out + '.told', 'w').write(told)\n"
        "    manifest = os.path.join(os.path.dirname(told), 'train.jsonl')",
    )
    train.write_text(text)
    found = loop(recipe, output=tmp_path / "loop", rounds=1, workers=0)
    folder = found.rounds[0].trained.folder
    name, read = READERS[form]
    assert Path((folder / "seed-0/model.told").read_text()) == folder / name
    ours = answers_of(folder / "train.jsonl")
    theirs = read(folder / name)
    assert len(theirs) == len(ours) == found.last.examples > 24
    by_id = {one.id: one for one in theirs}
    for row in ours:
        # Kaldi's own ids have the speaker before them, and no blanks.
        one = by_id.get(row["id"]) or by_id[_kaldi_id(folder / name, row["id"])]
        assert one.target.strip() == row["target"]
        assert np.array_equal(one.samples, read_sound(Path(row["path"]))[0][:, 0])
        if form != "kaldi":
            assert one.parent == row.get("parent", "")


def _kaldi_id(folder: Path, name: str) -> str:
    rows = [line.split("\t") for line in (folder / "ids.tsv").read_text().splitlines()]
    return next(ours for ours, theirs in rows if theirs == name)


def test_a_program_that_reads_nemo(tmp_path: Path) -> None:
    """A loop goes through with a program that knows NeMo's lists alone."""
    recipe = make_loop_project(tmp_path, recipe=RECIPE.replace("train: {", "train: {form: nemo, "))
    train = tmp_path / "train.py"
    head, _, tail = train.read_text().partition("if __name__")
    train.write_text(f"{head}{NEMO_READER}\nif __name__{tail}")
    found = loop(recipe, output=tmp_path / "loop", rounds=1, workers=0)
    row = answers_of(found.folder / "rounds/01/train.json")[-1]
    assert {"audio_filepath", "duration", "label"} <= row.keys()
    assert found.rounds[0].whole.overall.change is not None
