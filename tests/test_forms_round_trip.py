"""A team's data in its own form: read, augmented, and written back in the same form."""

from pathlib import Path

import numpy as np
import pytest
from project import RATE_HZ
from sound_exports import RECIPE, SOUNDS, Made, make
from sound_readers import READERS

from augmentor import api
from augmentor.ledger.record import read_records

pytestmark = pytest.mark.usefixtures("one_cache")

WHERE = {
    "nemo": "form/manifest.json",
    "kaldi": "form",
    "lhotse": "form/cuts.jsonl.gz",
    "huggingface": "form",
}
"""Form -> what a recipe names as its source, below its own folder."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return 50 sounds, 30 of them stretches of two recordings, and a run of them."""
    return make(tmp_path_factory.mktemp("made"), splits=False, words=False)


@pytest.mark.parametrize("form", WHERE)
def test_in_run_and_out_again(made: Made, tmp_path: Path, form: str) -> None:
    """50 in, and 50 and the new ones out: the same stretches, words, speakers and durations."""
    api.export_run(made.folder, form, tmp_path / "form", with_source=True)
    before = {one.id: one for one in READERS[form](tmp_path / "form")}
    recipe = tmp_path / "recipe.yaml"
    noise = made.recipe.parent / "data/noise"
    text = RECIPE.replace("data/train.jsonl", WHERE[form]).replace("data/noise", str(noise))
    recipe.write_text(text.replace("vehicle test", "vehicle again"))
    run = api.run(recipe, workers=0)
    assert run.counts["done"] == 12
    assert run.counts["quarantined"] == 0
    found = api.export_run(run.folder, form, tmp_path / "out", with_source=True)
    assert found.counts == {"new": 12, "source": SOUNDS + len(made.new)}
    new = {one.id for one in read_records(run.folder)}
    after = [one for one in READERS[form](tmp_path / "out") if one.id not in new]
    assert len(after) == len(before)
    for one in after:
        old = before[one.id]
        assert np.array_equal(one.samples, old.samples)
        assert len(one.samples) / RATE_HZ == pytest.approx(len(old.samples) / RATE_HZ)
        assert one.target == old.target
        for name in ("speaker", "group", "weight", "tags"):
            assert getattr(one, name) == getattr(old, name)


def test_an_id_that_the_source_has(made: Made, tmp_path: Path) -> None:
    """What an earlier run of the recipe made, now in the source, is not written twice."""
    api.export_run(made.folder, "nemo", tmp_path / "form", with_source=True)
    recipe = tmp_path / "recipe.yaml"
    noise = made.recipe.parent / "data/noise"
    text = RECIPE.replace("data/train.jsonl", WHERE["nemo"]).replace("data/noise", str(noise))
    recipe.write_text(text)
    run = api.run(recipe, workers=0)
    clash = {one.id for one in read_records(run.folder)} & made.new.keys()
    assert clash
    found = api.export_run(run.folder, "nemo", tmp_path / "out", with_source=True)
    assert {one["id"] for one in found.skipped} == clash
    assert found.exit_code == 3
    read = [one.id for one in READERS["nemo"](tmp_path / "out")]
    assert len(read) == len(set(read)) == SOUNDS + len(made.new) + 12 - len(clash)
