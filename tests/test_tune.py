"""``augmentor tune`` where the truth is known: a listener and a model with stated thresholds."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from listeners import CLEAR_FROM_DB, above_12_db, clear_enough, deaf, never
from picture_project import make_picture_project
from project import write_manifest
from tune_project import FAILS_BELOW_DB, RANGE_DB, RECIPE, RESOLUTION, make

import augmentor
from augmentor.api.tuned import Tuned, Tuning
from augmentor.cli.main import cli
from augmentor.core.errors import UsageError
from augmentor.core.example import Waveform
from augmentor.recipe.planner import draw_edits


def tune(recipe: Path, output: Path, **more: object) -> Tuning:
    more = {"workers": 0, "sample": 24, "clear": clear_enough, "resolution": RESOLUTION} | more
    return augmentor.tune(recipe, output, **more)


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Tuning]:
    recipe = make(tmp_path_factory.mktemp("tune"))
    return recipe, tune(recipe, recipe.parent / "tuned.yaml")


def _range(file: Path, category: str = "vehicle noise") -> list[float]:
    step = yaml.safe_load(file.read_text())["categories"][category]["steps"][0]
    return step["mix_noise"]["snr_db"]["uniform"]


def test_the_band_is_the_true_one_within_the_resolution(tuned: tuple[Path, Tuning]) -> None:
    _, found = tuned
    mild, harsh = _range(found.file)
    step_db = RESOLUTION * (RANGE_DB[0] - RANGE_DB[1])
    assert mild == pytest.approx(FAILS_BELOW_DB, abs=step_db)
    assert harsh == pytest.approx(CLEAR_FROM_DB, abs=step_db)
    assert found.exit_code == 0


def test_what_it_promises_holds_on_other_parents(tuned: tuple[Path, Tuning]) -> None:
    (one,) = tuned[1].found
    assert one.kept is not None
    assert one.kept.errs is not None
    assert one.kept.clear.value >= 0.8
    assert one.kept.errs.value >= 0.5
    assert one.kept.clear.n == 24
    assert one.clean_errs.value == 0


def test_it_tries_far_fewer_than_a_grid(tuned: tuple[Path, Tuning]) -> None:
    (one,) = tuned[1].found
    assert one.tried - 24 <= 0.4 * 24 / RESOLUTION


def test_the_new_recipe_is_the_old_one_but_for_the_range(tuned: tuple[Path, Tuning]) -> None:
    recipe, found = tuned
    mild, harsh = _range(found.file)
    head, *rest = found.file.read_text().splitlines()
    assert head.startswith("# Ranges narrowed by: augmentor tune")
    assert rest == recipe.read_text().replace("[20, -20]", f"[{mild}, {harsh}]").splitlines()


def test_the_new_recipe_draws_inside_the_band_and_else_the_same(
    tuned: tuple[Path, Tuning],
) -> None:
    recipe, found = tuned
    mild, harsh = _range(found.file)
    before, after = augmentor.load_recipe(recipe), augmentor.load_recipe(found.file)
    for source in before.sources:
        (old,), (new,) = (
            draw_edits(one, one.categories["vehicle noise"], source.facts, 0, 0)
            for one in (before, after)
        )
        assert harsh <= new.params["snr_db"] <= mild
        assert new.params["noise"] == old.params["noise"]
        # The same severity, within the new range.
        severity = (20 - old.params["snr_db"]) / 40
        assert new.params["snr_db"] == pytest.approx(mild + (harsh - mild) * severity)


def test_the_same_for_any_number_of_workers(tuned: tuple[Path, Tuning], tmp_path: Path) -> None:
    recipe, found = tuned
    again = tune(recipe, recipe.parent / "again.yaml", workers=2)
    assert [one.to_json() for one in again.found] == [one.to_json() for one in found.found]
    assert again.file.read_text() == found.file.read_text().replace("tuned.html", "again.html")


def test_the_page_shows_the_curves(tuned: tuple[Path, Tuning]) -> None:
    page = tuned[1].page.read_text()
    assert "errors of the model" in page
    assert "asked of errors of the model: 50 %" in page
    assert "mix_noise.snr_db" in page
    assert page.count("<polyline") + page.count('class="fit arm0"') > 4


def test_into_another_folder_its_paths_still_lead_there(
    tuned: tuple[Path, Tuning], tmp_path: Path
) -> None:
    recipe, _ = tuned
    found = tune(recipe, tmp_path / "deep" / "tuned.yaml", error=0.5, resolution=0.2)
    loaded = augmentor.load_recipe(found.file)
    assert len(loaded.sources) == 40
    assert (
        loaded.path(loaded.spec.banks["vehicle"]).resolve()
        == (recipe.parent / "data" / "noise").resolve()
    )


def _outcome(recipe: Path, **more: object) -> Tuned:
    found = tune(recipe, recipe.parent / "none.yaml", resolution=0.2, **more)
    assert found.exit_code == 1
    assert _range(found.file) == [20, -20]
    return found.found[0]


def test_why_there_is_no_band(tuned: tuple[Path, Tuning]) -> None:
    recipe, _ = tuned
    quiet = recipe.parent / "quiet.yaml"
    quiet.write_text(RECIPE.replace("knows_noise:predict", "never_wrong:predict"))
    (recipe.parent / "never_wrong.py").write_text(
        "def predict(waves, rate_hz): return ['en'] * len(waves)\n"
    )
    one = _outcome(quiet)
    assert one.outcome == "easy"
    assert "the model does well at all severities: it errs on 0% (0% to" in one.said
    one = _outcome(recipe, clear=never)
    assert one.outcome == "unclear"
    assert "at no severity is enough of it clear" in one.said
    one = _outcome(recipe, clear=above_12_db)
    assert one.outcome == "apart"
    assert (
        "where the model fails, too few are clear: clear from snr_db 20 dB to snr_db 1" in one.said
    )
    one = _outcome(recipe, clear=deaf)
    assert one.outcome == "cannot tell"


def test_each_branch_is_tuned_by_itself_and_steps_may_be_short(tmp_path: Path) -> None:
    recipe = make(
        tmp_path,
        RECIPE.replace(
            "      - mix_noise: {noise: {pick: vehicle}, snr_db: {uniform: [20, -20]}}  # wide\n",
            "      - one_of:\n"
            "          - mix_noise: {noise: {pick: vehicle}, snr_db: {uniform: [20, -20]}}\n"
            "          - name: far\n"
            "            mix_noise:\n"
            "              noise: {pick: vehicle}  # no snr_db: the usual one\n"
            "          - reverb\n",
        ),
        clips=24,
    )
    found = tune(recipe, tmp_path / "tuned.yaml", sample=8, resolution=0.1, error=0.9)
    assert [one.axis.branch for one in found.found] == ["mix_noise", "far", "reverb"]
    first, far, reverb = found.found
    assert first.laws[("mix_noise", "snr_db")].mild == pytest.approx(FAILS_BELOW_DB, abs=4)
    assert far.laws[("far", "snr_db")].mild == pytest.approx(FAILS_BELOW_DB, abs=2)
    assert reverb.outcome in ("easy", "band")
    text = found.file.read_text()
    assert "# no snr_db: the usual one" in text
    written = augmentor.load_recipe(found.file).categories["vehicle noise"].steps[0]
    assert written.steps[1].operator.snr_db == far.laws[("far", "snr_db")]


def test_only_the_named_parameter_moves(tmp_path: Path) -> None:
    recipe = make(
        tmp_path,
        RECIPE.replace("  # wide", "\n      - gain: {gain_db: {uniform: [0, -6]}}"),
        clips=16,
    )
    found = tune(
        recipe, tmp_path / "tuned.yaml", sample=8, resolution=0.2, axis=["mix_noise.snr_db"]
    )
    (one,) = found.found
    assert [lever.name for lever in one.axis.levers] == ["mix_noise.snr_db"]
    assert "gain_db: {uniform: [0, -6]}" in found.file.read_text()
    both = tune(recipe, tmp_path / "both.yaml", sample=8, resolution=0.2)
    assert len(both.found[0].axis.levers) == 2


def test_by_recording_draws_that_recording_alone(tuned: tuple[Path, Tuning]) -> None:
    recipe, _ = tuned
    found = tune(recipe, recipe.parent / "by.yaml", recordings=True, sample=8, resolution=0.2)
    loaded = augmentor.load_recipe(recipe)
    assert [one.axis.recording for one in found.found] == ["", "n0.wav", "n1.wav", "n2.wav"]
    for one in found.found[1:]:
        drawn = {
            draw_edits(loaded, one.axis.category, source.facts, copy, 0)[0].params["noise"]["id"]
            for source in loaded.sources
            for copy in range(5)
        }
        assert drawn == {one.axis.recording}
    assert _range(found.file)[0] < 20  # written is what holds for the whole bank


def test_without_a_model_clarity_alone_is_asked(tuned: tuple[Path, Tuning]) -> None:
    recipe, _ = tuned
    alone = recipe.parent / "alone.yaml"
    alone.write_text(RECIPE.partition("gate:")[0])
    found = tune(alone, recipe.parent / "alone-tuned.yaml")
    assert found.model is None
    mild, harsh = _range(found.file)
    assert mild == 20
    assert harsh == pytest.approx(CLEAR_FROM_DB, abs=1.2)


def test_what_cannot_be_asked_is_said(tuned: tuple[Path, Tuning]) -> None:
    recipe, _ = tuned
    output = recipe.parent / "never.yaml"
    with pytest.raises(UsageError, match="did you mean 'vehicle noise'"):
        tune(recipe, output, categories=["vehicle nois"])
    with pytest.raises(UsageError, match=r"did you mean 'mix_noise\.snr_db'"):
        tune(recipe, output, axis=["mix_noise.snr"])
    with pytest.raises(UsageError, match="no such file or folder; wanted: parents"):
        tune(recipe, output, parents=recipe.parent / "gone.jsonl")
    bare = recipe.parent / "bare.yaml"
    bare.write_text(RECIPE.partition("gate:")[0])
    with pytest.raises(UsageError, match="which model errs"):
        tune(bare, output, error=0.4)
    below = recipe.parent / "below.yaml"
    below.write_text(RECIPE.replace(">= 0.5", "<= 0.5"))
    with pytest.raises(UsageError, match="where the model fails"):
        tune(below, output)
    with pytest.raises(UsageError, match="name a file for the new recipe"):
        tune(recipe, output.with_suffix(".html"))
    shared = recipe.parent / "shared.yaml"
    shared.write_text(
        RECIPE.replace("steps:\n", "steps: &steps\n").replace(
            "gate:", "  train noise: {steps: *steps}\ngate:"
        )
    )
    with pytest.raises(UsageError, match="write it out"):
        tune(shared, output)
    assert not output.exists()


def test_other_parents_can_be_named(tuned: tuple[Path, Tuning], tmp_path: Path) -> None:
    recipe, _ = tuned
    listed = (recipe.parent / "data/train.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in listed[:20]]
    few = recipe.parent / "data" / "few.jsonl"
    write_manifest(few, rows)
    found = tune(recipe, recipe.parent / "few.yaml", parents=few, sample=16, resolution=0.2)
    assert found.found[0].clean_clear.n <= 16
    assert "manifest: data/train.jsonl" in found.file.read_text()


def test_the_command_prints_a_table_and_json(
    tuned: tuple[Path, Tuning], monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe, _ = tuned
    monkeypatch.chdir(recipe.parent)
    words = ["tune", "recipe.yaml", "-o", "cli.yaml", "--sample", "8", "--resolution", "0.2"]
    ran = CliRunner().invoke(cli, [*words, "--workers", "0"])
    assert "mix_noise.snr_db" in ran.stdout
    assert "20 to -20 dB" in ran.stdout
    assert "written: cli.yaml" in ran.stderr
    ran = CliRunner().invoke(cli, [*words, "--workers", "0", "--json"])
    data = json.loads(ran.stdout)
    assert data["model"] == "knows_noise:predict"
    assert data["found"][0]["clear_means"] == "estoi >= 0.3"


def test_the_harsh_end_of_a_defect_is_the_clear_one(tmp_path: Path) -> None:
    recipe = make_picture_project(tmp_path)
    text = recipe.read_text()
    recipe.write_text(text.replace("contrast_frac: {uniform: [0.3, 0.7]}",
                                   "contrast_frac: {uniform: [0.01, 0.7]}"))  # fmt: skip
    found = augmentor.tune(
        recipe, tmp_path / "tuned.yaml", categories=["scratch"], sample=16, workers=0,
        axis=["scratch.contrast_frac"], resolution=0.1,
    )  # fmt: skip
    (one,) = found.found
    assert one.found.clear.rising
    law = one.laws[("scratch", "contrast_frac")]
    assert 0.02 < law.mild < 0.6
    assert law.harsh == 0.7
    assert f"contrast_frac: {{uniform: [{law.mild}, 0.7]}}" in found.file.read_text()


def test_a_wave_is_left_for_the_model_as_a_run_stores_it(tuned: tuple[Path, Tuning]) -> None:
    from augmentor.jobs.output import seen_of
    from augmentor.recipe.renderer import read_parent

    loaded = augmentor.load_recipe(tuned[0])
    parent = read_parent(loaded, loaded.sources[0])
    wave = parent.find(Waveform)
    assert isinstance(wave, Waveform)
    assert np.array_equal(seen_of(parent), wave.samples)
