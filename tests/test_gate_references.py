"""References that look at pictures, and the verdict on a sample of a category."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_project import png
from project import RECIPE, make_project, write_manifest
from skimage import data

from augmentor import api
from augmentor.core.errors import UsageError
from augmentor.core.stream import Stream
from augmentor.core.verdict import Bound
from augmentor.gate.references.efficientnet import EfficientNet
from augmentor.gate.sampled import CLOSED_SET, KEEPS_ANSWER, Asked, judge
from augmentor.recipe.cells import CELLS, cell_of, sample_cells

PICTURES = """\
augmentor: 1
name: photographs
seed: 7
source: {manifest: photos.jsonl, kind: picture}
budget: 24
categories:
  light: {share: 0.5, steps: [exposure: {stops: {uniform: [0.02, 0.1]}}]}
  dark: {share: 0.5, steps: [defocus_blur: {radius_px: {uniform: [20, 30]}}]}
gate:
  realism: {brightness_left_frac: null, contrast_left_frac: null, saturated_frac: null}
  clarity: {keeps_answer: ">= 0.6"}
  references: {sample: 12}
"""
EGYPTIAN_CAT, ESPRESSO, TRIPOD = "285", "967", "872"


@pytest.fixture(scope="module")
def network() -> EfficientNet:
    """Return the reference, loaded once."""
    return EfficientNet()


def test_the_network_knows_photographs(network: EfficientNet) -> None:
    """It is the published one: a cat, a cup of coffee and a tripod are found as such."""
    found = network([data.chelsea(), data.coffee(), data.camera()])
    assert found == [EGYPTIAN_CAT, ESPRESSO, TRIPOD]


def test_how_a_picture_is_stored_changes_no_answer(network: EfficientNet) -> None:
    """16 bits, floats, or grey in three channels: the same answers."""
    cat, tripod = data.chelsea(), data.camera()
    assert (
        network([cat.astype(np.uint16) * 257, cat.astype(np.float32) / 255]) == [EGYPTIAN_CAT] * 2
    )
    assert network([np.repeat(tripod[:, :, np.newaxis], 3, axis=2)]) == network([tripod])


def test_an_answer_is_kept_in_faint_noise_and_lost_in_strong(network: EfficientNet) -> None:
    """That is what makes it a measure of clarity."""
    cat = data.chelsea().astype(np.float64)
    noise = np.random.Generator(np.random.Philox(key=5)).standard_normal(cat.shape)
    faint, strong = (np.clip(cat + by * noise, 0, 255).astype(np.uint8) for by in (3, 400))
    assert network([faint, strong])[0] == EGYPTIAN_CAT
    assert network([strong])[0] != EGYPTIAN_CAT


def _photos(folder: Path, recipe: str = PICTURES) -> Path:
    """Write parts of photographs with a recipe, and return its path."""
    rows = []
    for name in ("chelsea", "coffee", "astronaut"):
        whole = getattr(data, name)()
        for n in range(4):
            part = whole[n * 8 : n * 8 + 264, n * 20 : n * 20 + 380]
            (folder / f"{name}-{n}.png").write_bytes(png(np.ascontiguousarray(part)))
            rows.append({"id": f"{name}-{n}", "path": f"{name}-{n}.png", "tags": "clean"})
    write_manifest(folder / "photos.jsonl", rows)
    path = folder / "photos.yaml"
    path.write_text(recipe)
    return path


def test_a_run_asks_whether_pictures_keep_their_answer(tmp_path: Path) -> None:
    """What the network still knows passes; what is blurred beyond it is rejected with the share."""
    run = api.run(_photos(tmp_path), output=tmp_path / "runs", workers=0)
    light, dark = run.clarity
    assert (light["check"], light["reference"]) == ("keeps_answer.v1", "efficientnet-lite0")
    assert light["outcome"] == "pass", light
    assert dark["outcome"] == "fail", dark
    assert run.gate["dark"] == {"rejected: keeps_answer": 12}
    assert run.gate["light"]["passed"] == 12
    assert json.loads((run.folder / "dataset.json").read_text())["clarity"] == run.clarity


def test_a_classifier_of_the_users_is_asked_instead(tmp_path: Path) -> None:
    """And one that answers too little is told by its name."""
    (tmp_path / "mine_looks.py").write_text(
        "def look(pictures):\n    return [int(one.mean() > 100) for one in pictures]\n"
        "def blink(pictures):\n    return []\n"
    )
    for function in ("look", "blink"):
        recipe = PICTURES.replace("sample: 12", f"classifier: mine_looks:{function}, sample: 10")
        path = _photos(tmp_path, recipe)
        if function == "look":
            run = api.run(path, output=tmp_path / "runs", workers=0)
            assert {one["reference"] for one in run.clarity} == {"mine_looks:look"}
        else:
            with pytest.raises(
                UsageError, match=r"'mine_looks:blink' gave 0 answers for \d+ examples"
            ):
                api.run(path, output=tmp_path / "runs", workers=0)


def test_a_defect_is_to_change_the_answer(tmp_path: Path) -> None:
    """So the check is refused at load where a category makes one, until it is taken out there."""
    step = "[defocus_blur: {radius_px: {uniform: [20, 30]}}]"
    assert step in PICTURES
    recipe = PICTURES.replace(step, "[scratch]")
    with pytest.raises(UsageError, match=r"'dark' makes a defect \(scratch\)"):
        api.load_recipe(_photos(tmp_path, recipe))
    without = recipe.replace(
        "steps: [scratch]", "steps: [scratch], gate: {clarity: {keeps_answer: null}}"
    )
    loaded = api.load_recipe(_photos(tmp_path, without))
    assert [len(loaded.categories[name].sampled) for name in ("light", "dark")] == [1, 0]


answers = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=80)


@given(answers=answers, wanted=st.sampled_from([0.2, 0.5, 0.8, 0.95]))
@settings(deadline=None, max_examples=80)
def test_a_verdict_follows_its_interval(answers: list[tuple[bool, bool]], wanted: float) -> None:
    """Pass or fail only where all of the interval is on one side; else it cannot tell."""
    asked = [
        Asked(str(n), CELLS[n % 3], before, after) for n, (before, after) in enumerate(answers)
    ]
    found = judge("a", CLOSED_SET, "b", asked, Bound(">=", wanted), chance=0.1)
    understood = [after for before, after in answers if before]
    assert (found.n, found.before, found.kept) == (len(answers), len(understood), sum(understood))
    assert (found.value is None) == (not understood)
    if found.value is not None:
        assert found.low is not None
        assert found.high is not None
        assert found.low <= found.value <= found.high
    if found.outcome == "pass":
        assert found.low is not None
        assert found.low >= wanted
    if found.outcome == "fail" and not found.why:
        assert found.high is not None
        assert found.high < wanted
    assert bool(found.reason) == (found.outcome == "fail")
    assert sum(cell.n for cell in found.cells) == found.before
    assert sum(cell.kept for cell in found.cells) == found.kept


def test_what_a_verdict_says_of_few_of_lost_and_of_sure_ones() -> None:
    """Few cannot be told; targets that no clean parent has fail; 60 of 60 pass."""
    bound = Bound.parse(">= 0.8")

    def of(n: int, *, before: bool = True, after: bool = True) -> str:
        asked = [Asked(str(i), "", before, after) for i in range(n)]
        return judge("a", KEEPS_ANSWER, "b", asked, bound).outcome

    assert of(9) == of(0) == "cannot tell"
    assert of(60) == "pass"
    assert of(60, after=False) == of(60, before=False, after=False) == "fail"


def test_a_target_is_doubted_only_by_a_reference_that_is_sure() -> None:
    """One that misses every third clean parent doubts none of them."""
    bound = Bound.parse(">= 0.5")
    for misses, doubted in ((2, 2), (10, 0)):
        asked = [
            Asked(str(i), "", i >= misses, after=True, target="a", heard="b" if i < misses else "")
            for i in range(30)
        ]
        assert len(judge("a", CLOSED_SET, "b", asked, bound).doubted) == doubted


def test_a_sample_takes_every_third_of_severity_and_every_parent(tmp_path: Path) -> None:
    """Alike from mild to harsh, no parent twice while another waits; more only adds."""
    recipe = api.load_recipe(
        make_project(tmp_path, recipe=RECIPE.replace("budget: 24", "budget: 120"), clips=12)
    )
    category = recipe.categories["vehicle noise"]
    rows = [one for one in api.plan(recipe).plan.rows if one.category == "vehicle noise"]
    lots = Stream(1).at("a")
    found = sample_cells(category, rows, 9, lots)
    assert [cell for _, cell in found] == ["mild"] * 3 + ["middle"] * 3 + ["harsh"] * 3
    for row, cell in found:
        snr_db = row.edits[0].params["snr_db"]
        assert cell == CELLS[min(2, int((15 - snr_db) / 20 * 3))]
        assert cell_of(category, row) == cell
    more = sample_cells(category, rows, 12, lots)
    assert {row.id for row, _ in found} <= {row.id for row, _ in more}
    assert len(sample_cells(category, rows, 10**6, lots)) == len(rows)
    assert sample_cells(category, rows[::-1], 9, lots) == found
