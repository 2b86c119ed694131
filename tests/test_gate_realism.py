"""Realism: made ones beside real ones, told apart or not, and what a recipe and a run say of it."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from picture_project import metal, png
from project import RATE_HZ, make_project, noise_like, write_manifest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from speechlike import speechlike

from augmentor import api
from augmentor.core.errors import UsageError
from augmentor.core.operator import Edit
from augmentor.core.pictures import Image, Instance, Instances
from augmentor.core.verdict import Bound
from augmentor.gate.realism.distance import distance, standardised
from augmentor.gate.realism.judged import DEFAULT, judge
from augmentor.gate.realism.priors import snr_prior
from augmentor.gate.realism.ranges import ranges_of
from augmentor.gate.realism.seen import Seen, seen_in
from augmentor.gate.realism.telling import logistic, telling
from augmentor.kernels.features import (
    around,
    picture_features,
    picture_names,
    sound_features,
    sound_names,
)
from augmentor.recipe.load import load_recipe

SPEECH = speechlike(1.5, RATE_HZ)


def normal(seed: int, count: int, features: int = 6) -> NDArray[np.float64]:
    """Return vectors without any structure."""
    return np.random.Generator(np.random.Philox(key=seed)).standard_normal((count, features))


def names(kind: str, count: int) -> list[str]:
    """Return a group of its own for each example."""
    return [f"{kind} {one}" for one in range(count)]


def mixed(speech: NDArray[np.float32], noise: NDArray[np.float32], snr_db: float) -> NDArray:
    """Return speech with noise, by other code than the operators'."""
    gain = np.sqrt(np.square(speech).mean() / np.square(noise[: len(speech)]).mean())
    both = speech + gain * 10 ** (-snr_db / 20) * noise[: len(speech)]
    return (0.5 * both / np.abs(both).max()).astype(np.float32)


# --- what is looked at


def test_a_gain_knob_tells_nothing_of_a_sound() -> None:
    """The same sound at another level has the same features; silence has none."""
    quiet = sound_features((0.05 * SPEECH).astype(np.float32), RATE_HZ)
    loud = sound_features(SPEECH, RATE_HZ)
    assert loud is not None
    assert len(loud) == len(sound_names(RATE_HZ)) == len(set(sound_names(RATE_HZ)))
    np.testing.assert_allclose(quiet, loud, atol=0.01)
    assert sound_features(np.zeros(RATE_HZ, np.float32), RATE_HZ) is None
    assert sound_features(SPEECH[:1000], RATE_HZ) is None
    for rate in (8000, 44100):
        found = sound_features(SPEECH, rate)
        assert found is not None
        assert np.isfinite(found).all()


def test_noise_fills_the_pauses() -> None:
    """The deviation of every band falls as noise is added: where an SNR shows."""
    noise = noise_like(1.5, 3)
    spread = []
    for snr_db in (30.0, 10.0, -10.0):
        found = sound_features(mixed(SPEECH, noise, snr_db), RATE_HZ)
        assert found is not None
        spread.append(found[10:20].mean())
    assert spread[0] > spread[1] + 1 > spread[2] + 2


def test_exposure_is_one_number_of_a_picture() -> None:
    """Half the light moves the median light and nothing else; grey and colour are described."""
    plane = metal(3)[:, :, 0].astype(np.float32) / 255
    dark, light = picture_features(0.5 * plane), picture_features(plane)
    assert dark is not None
    assert light is not None
    assert len(light) == len(picture_names()) == len(set(picture_names()))
    assert light[0] - dark[0] == pytest.approx(np.log10(2))
    np.testing.assert_allclose(dark[1:], light[1:], atol=1e-4)
    coloured = picture_features(metal(3))
    assert coloured is not None
    assert np.abs(coloured[-4:]).sum() > 0
    assert not light[-4:].any()
    assert picture_features(plane[:8]) is None


def test_a_crop_holds_its_defect_wherever_it_lies() -> None:
    """Also in a corner, longer than the crop, wider than it, or in a small picture."""
    pixels = np.zeros((90, 120), np.uint8)
    for rows, columns in (
        (slice(0, 3), slice(0, 3)), (slice(88, 90), slice(0, 120)), (slice(10, 80), slice(5, 100)),
    ):  # fmt: skip
        mask = np.zeros(pixels.shape, np.bool_)
        mask[rows, columns] = True
        one = Instance.of_mask("scratch", mask)
        assert one is not None
        crop = around(np.where(mask, 255, pixels).astype(np.uint8), one)
        assert crop.shape == (48, 48)
        assert crop.max() == 255
    boxed = Instance("scratch", (100.0, 70.0, 120.0, 90.0))
    assert around(pixels, boxed).shape == (48, 48) or around(pixels, boxed).shape == (60, 60)
    assert around(pixels[:20, :30], Instance("a", (2.0, 2.0, 6.0, 6.0))).shape == (20, 20)


def test_what_is_seen_of_a_picture() -> None:
    """The whole, and each marked thing; of a new picture only what an edit made."""
    old = Instance.of_mask("dent", np.ones((6, 6), np.bool_), 10, 10)
    new = Instance.of_mask("scratch", np.ones((3, 30), np.bool_), 40, 50, made=True)
    assert old is not None
    assert new is not None
    targets = {"image": Image(metal(1)), "instances": Instances((old, new))}
    assert [one.label for one in seen_in(targets, "a", made=False)] == ["", "dent", "scratch"]
    whole, scratch = seen_in(targets, "a", made=True)
    assert whole.values["brightness_frac"] == pytest.approx(metal(1).mean() / 255, abs=0.02)
    assert scratch.values["length_px"] == pytest.approx(30, abs=2)
    assert scratch.values["width_px"] == pytest.approx(3, abs=0.5)


# --- distance and telling


def test_the_distance_is_the_unbiased_one() -> None:
    """The sums are those of the definition, each example with each other one."""
    real, made = normal(1, 7), normal(2, 5) + 0.5
    pooled = np.concatenate([real, made])
    apart = np.square(pooled[:, None] - pooled).sum(axis=2)
    width = np.median([apart[i, j] for i in range(12) for j in range(i)])
    kernel = np.exp(-apart / width)
    within = [kernel[i, j] for i in range(7) for j in range(7) if i != j]
    other = [kernel[i, j] for i in range(7, 12) for j in range(7, 12) if i != j]
    wanted = np.mean(within) + np.mean(other) - 2 * kernel[:7, 7:].mean()
    found = distance(real, made, names("r", 7), names("m", 5))
    assert found.mmd2 == pytest.approx(wanted, abs=1e-12)


def test_chance_is_called_chance() -> None:
    """Of one distribution p is below 0.1 about one time in ten and the distance 0 on average."""
    found = [
        distance(normal(2 * at, 20), normal(2 * at + 1, 25), names("r", 20), names("m", 25), 99)
        for at in range(120)
    ]
    low = sum(one.p <= 0.1 for one in found)
    assert 3 <= low <= 25  # 12 wanted; binomial, 1 in 1000 at either side
    assert abs(np.mean([one.mmd2 for one in found])) < 0.004
    far = distance(normal(1, 20), normal(2, 25) + 2, names("r", 20), names("m", 25))
    assert far.p == 0.001


def test_few_recordings_are_few_examples() -> None:
    """Examples with one recording each are alike: neither p nor AUC takes that for being made."""
    marks = 3 * normal(5, 8)  # each recording has a sound of its own; real and made do not
    place = np.arange(80) % 4
    real = normal(6, 80) + marks[place]
    made = normal(7, 80) + marks[4 + place]
    groups = [f"r{one}" for one in place], [f"m{one}" for one in place]
    scaled = standardised(real, made)
    told, fooled = telling(*scaled, *groups), telling(*scaled, names("r", 80), names("m", 80))
    assert told is not None
    assert fooled is not None
    assert fooled.low > 0.85
    assert told.low < 0.5
    assert distance(*scaled, names("r", 80), names("m", 80)).p == 0.001
    assert distance(*scaled, *groups).p > 0.01


def test_the_classifier_is_the_textbooks() -> None:
    """Its weights are those of scikit-learn's, and of a set alone its AUC is scikit-learn's."""
    real, made = normal(1, 40) + 0.4, normal(2, 60)
    pooled, first = np.concatenate([real, made]), np.arange(100) < 40
    share = np.where(first, 0.5 / 40, 0.5 / 60)
    oracle = LogisticRegression(C=1 / 0.2, tol=1e-10, max_iter=1000)
    oracle.fit(pooled, first, sample_weight=share)
    ours = logistic(pooled, first, 0.2)
    np.testing.assert_allclose(ours[1:], oracle.coef_[0], atol=1e-5)
    assert ours[0] == pytest.approx(oracle.intercept_[0], abs=1e-5)
    found = telling(real, made, names("r", 40), names("m", 60))
    assert found is not None
    assert found.low < found.auc < found.high
    at, alone = found.by[0]
    oracle_auc = roc_auc_score(first, pooled[:, at])
    assert alone == pytest.approx(max(oracle_auc, 1 - oracle_auc))


def test_what_never_varies_tells_nothing() -> None:
    """A constant feature, as the colour of grey pictures, is no division by 0."""
    real, made = normal(1, 30), normal(2, 30)
    real[:, 2] = made[:, 2] = 0.1
    scaled = standardised(real, made)
    assert not scaled[0][:, 2].any()
    found = telling(*scaled, names("r", 30), names("m", 30))
    assert found is not None
    assert np.isfinite([found.auc, found.low, found.high]).all()


# --- the verdict


def seen(vectors: NDArray[np.float64], kind: str) -> list[Seen]:
    """Return vectors as examples, each a group of its own."""
    return [
        Seen(row, {"snr_db": 10 + float(row[0])}, name)
        for row, name in zip(vectors, names(kind, len(vectors)), strict=True)
    ]


def test_the_verdict() -> None:
    """Alike passes, far apart fails, too few cannot be told, no bound is only reported."""
    real, features = seen(normal(1, 60), "r"), [f"f{one}" for one in range(6)]
    bound = Bound.parse(DEFAULT)
    alike = judge("car", real, seen(normal(2, 60), "m"), features, bound)
    assert (alike.outcome, alike.reason) == ("pass", "")
    far = judge("car", real, seen(normal(2, 60) + 1.5, "m"), features, bound)
    assert far.outcome == "fail"
    assert far.reason == f"telling_auc is {far.auc:g}, wanted <= 0.85"
    assert far.p == 0.001
    few = judge("car", real[:12], seen(normal(2, 60) + 1.5, "m"), features, bound)
    assert (few.outcome, few.auc) == ("cannot tell", None)
    assert few.why == "12 real ones; at least 20 are needed"
    near = judge("car", real[:25], seen(normal(2, 25) + 1.2, "m"), features, bound)
    assert near.outcome == "cannot tell"
    assert "times as many" in near.why
    only = judge("car", real, seen(normal(2, 60) + 1.5, "m"), features, None)
    assert (only.outcome, only.reason) == ("reported", "")
    json.dumps([one.to_json() for one in (alike, far, few, near, only)], allow_nan=False)


def test_ranges() -> None:
    """The made ones outside the middle 95 % of the real ones are counted; few have no range."""
    real = {"snr_db": list(np.linspace(0, 100, 101))}
    (found,) = ranges_of(real, {"snr_db": [-1.0, 2.0, 3.0, 50.0, 97.4, 99.0], "width_px": [1.0]})
    assert found.outside_frac == 0.5
    assert found.real == (5, 50, 95)
    (few,) = ranges_of({"snr_db": [1.0, 2.0]}, {"snr_db": [1.5]})
    assert few.outside_frac is None


def test_stated_priors() -> None:
    """SNRs mostly outside what is usual are warned of; where none is drawn nothing is said."""

    def drawn(*ratios: float) -> list[tuple[Edit, ...]]:
        return [(Edit("noise", "mix_noise.v1", {"snr_db": one}),) for one in ratios]

    usual = snr_prior("car", drawn(2, 5, 10, 20))
    assert usual is not None
    assert (usual.usual_frac, usual.below_0_frac, usual.warning) == (0.75, 0, "")
    harsh = snr_prior("car", drawn(-20, -5, 1, 10))
    assert harsh is not None
    assert harsh.warning.startswith("'car': 75% of its SNRs lie outside 2 to 14 dB")
    assert snr_prior("car", [(Edit("gain", "gain.v1", {"gain_db": 3.0}),)]) is None


# --- a recipe and its run

SOUNDS = """\
augmentor: 1
name: true-to-life
seed: 7
source: {manifest: data/train.jsonl, sample_rate: 16000}
banks: {vehicle: data/noise}
budget: 80
categories:
  right:
    steps: [{mix_noise: {noise: {pick: vehicle}, snr_db: {uniform: [14, 2]}}}]
    gate: {real: real}
  wrong:
    steps: [{mix_noise: {noise: {pick: vehicle}, snr_db: {uniform: [0, -20]}}}]
    gate: {real: real}
  nothing real:
    steps: [{mix_noise: {noise: {pick: vehicle}, snr_db: {uniform: [0, -20]}}}]
"""

PICTURES = """\
augmentor: 1
name: true-to-life
seed: 7
source: {manifest: data/clean.jsonl, kind: picture}
budget: 80
gate: {real: real/real.jsonl}
categories:
  right:
    steps: [{scratch: {contrast_frac: {uniform: [0.05, 0.09]}, length_frac: 0.4}}]
  wrong:
    steps: [{scratch: {contrast_frac: {uniform: [0.5, 0.9]}, length_frac: 0.4}}]
"""


def real_sounds(folder: Path, count: int = 40) -> None:
    """Write held-out noisy speech: other voices, other noise, mixed by other code."""
    folder.mkdir()
    ratios = np.random.Generator(np.random.Philox(key=9)).uniform(2, 14, count)
    for at, snr_db in enumerate(ratios):
        sound = mixed(speechlike(1.3, seed=500 + at), noise_like(1.3, 900 + at), float(snr_db))
        soundfile.write(folder / f"real-{at:02d}.wav", sound, RATE_HZ)


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, api.Run]:
    """Return a project of sounds with real ones, and its run."""
    folder = tmp_path_factory.mktemp("sounds")
    recipe = make_project(folder, clips=24, recipe=SOUNDS)
    real_sounds(folder / "real")
    return recipe, api.run(recipe, workers=0)


def verdicts(run: api.Run) -> dict[str, dict]:
    """Return the verdicts by category."""
    return {one["category"]: one for one in run.realism}


def test_wrong_ranges_of_sounds_are_refused(sounds: tuple[Path, api.Run]) -> None:
    """SNRs of -20 to 0 dB are told from real ones with p < 0.01 and refused; 2 to 14 dB pass."""
    recipe, run = sounds
    found = verdicts(run)
    assert set(found) == {"right", "wrong"}
    assert (found["right"]["outcome"], found["wrong"]["outcome"]) == ("pass", "fail")
    assert found["wrong"]["p"] < 0.01
    counts = run.gate
    made = counts["right"].get("passed", 0)
    assert made >= 20
    assert "passed" not in counts["wrong"]
    assert counts["wrong"]["rejected: telling_auc"] >= 20
    assert counts["nothing real"]["passed"] > 0
    rejected = [
        json.loads(line) for line in (run.folder / "rejected.jsonl").read_text().splitlines()
    ]
    reasons = {one["reason"] for one in rejected if one["category"] == "wrong"}
    assert reasons == {f"telling_auc is {found['wrong']['auc']:g}, wanted <= 0.85"}
    (snr,) = (one for one in found["wrong"]["ranges"] if one["measure"] == "snr_db")
    assert snr["outside_frac"] > 0.5
    page = (run.folder / "report.html").read_text()
    assert "Real or made?" in page
    assert "wrong: the ranges of real and made ones" in page
    assert "Stated priors" in page
    warned = [one for one in api.plan(recipe).plan.warnings if "of its SNRs" in one]
    assert len(warned) == 1
    assert warned[0].startswith("'nothing real': 100% of its SNRs lie outside 2 to 14 dB")


def test_a_run_with_real_ones_is_the_same_run_again(
    sounds: tuple[Path, api.Run], tmp_path: Path
) -> None:
    """Any number of workers says the same; other real ones are another run; the copy reads."""
    recipe, run = sounds
    again = api.run(recipe, workers=0)
    assert again.again
    assert again.realism == run.realism
    other = api.run(recipe, output=tmp_path, workers=2)
    assert other.folder.name == run.folder.name
    assert other.realism == run.realism
    for name in ("manifest.parquet", "metadata.jsonl", "rejected.jsonl", "realism.json"):
        assert (other.folder / name).read_bytes() == (run.folder / name).read_bytes()
    resolved = load_recipe(run.folder / "recipe.yaml")
    place = resolved.categories["right"].real
    assert place is not None
    assert resolved.path(place).resolve() == recipe.parent / "real"
    (recipe.parent / "real" / "real-00.wav").unlink()
    assert api.run(recipe, output=tmp_path, workers=0).folder.name != run.folder.name


def test_wrong_contrast_of_pictures_is_refused(tmp_path: Path) -> None:
    """Scratches ten times too contrasty are refused with p < 0.01; right ones pass."""
    data = tmp_path / "data"
    data.mkdir()
    rows = []
    for at in range(80):
        kind, where = ("real", tmp_path / "host") if at >= 40 else ("clean", data)
        where.mkdir(exist_ok=True)
        (where / f"{kind}-{at}.png").write_bytes(png(metal(20 + at)))
        rows.append({"id": f"{kind}-{at}", "path": f"{kind}-{at}.png"})
    write_manifest(data / "clean.jsonl", rows[:40])
    write_manifest(tmp_path / "host" / "host.jsonl", rows[40:])
    held_out = PICTURES.replace("gate: {real: real/real.jsonl}\n", "")
    held_out = held_out.replace("data/clean.jsonl", "host/host.jsonl").replace("seed: 7", "seed: 8")
    held_out = held_out[: held_out.index("  wrong:")].replace("budget: 80", "budget: 40")
    (tmp_path / "held_out.yaml").write_text(held_out.replace("right", "scratch"))
    drawn = api.run(tmp_path / "held_out.yaml", workers=0)
    assert drawn.counts["done"] >= 30
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        PICTURES.replace("real/real.jsonl", str(drawn.folder / "metadata.jsonl"))
        .replace("  right:\n", "  right:\n    tags: [scratch]\n")
        .replace("  wrong:\n", "  wrong:\n    tags: [scratch]\n")
    )
    run = api.run(recipe, workers=0)
    found = verdicts(run)
    assert found["right"]["what"] == "what is marked in pictures"
    assert (found["right"]["outcome"], found["wrong"]["outcome"]) == ("pass", "fail")
    assert found["wrong"]["p"] < 0.01
    assert "passed" not in run.gate["wrong"]
    (deep,) = (one for one in found["wrong"]["ranges"] if one["measure"] == "deepest_frac")
    assert deep["outside_frac"] > 0.5


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("gate: {real: nowhere}", "'nowhere' is not there"),
        ("gate: {real: data/train.jsonl}", "has none of these tags: car"),
        (
            'gate: {realism: {telling_auc: "<= 0.8"}}',
            "'telling_auc' needs real examples; write real: FOLDER or MANIFEST",
        ),
        (
            'gate: {real: real, realism: {telling_auc: ">= 0.8"}}',
            "'>= 0.8' is no bound of telling_auc",
        ),
        ("gate: {real: real, realism: {telling: null}}", "did you mean 'telling_auc'?"),
        ("gate: {real: empty}", "holds no examples"),
        ("gate: {real: [real]}", "real"),
    ],
)
@pytest.mark.parametrize("shared", [False, True])
def test_mistakes_are_told_at_load(tmp_path: Path, written: str, said: str, shared: bool) -> None:
    """Each with its line: in a category's gate, and in the recipe's."""
    recipe = SOUNDS[: SOUNDS.index("  right:")]
    step = "  car:\n    steps: [{mix_noise: {noise: {pick: vehicle}}}]\n"
    recipe = f"{written}\n{recipe}{step}" if shared else f"{recipe}{step}    {written}\n"
    path = make_project(tmp_path, clips=3, recipe=recipe)
    tagged = (tmp_path / "data" / "train.jsonl").read_text().replace('"clean"', '"loud"', 1)
    (tmp_path / "data" / "train.jsonl").write_text(tagged)
    (tmp_path / "empty").mkdir()
    real_sounds(tmp_path / "real", 1)
    with pytest.raises(UsageError, match=r"recipe\.yaml:\d+:\d+") as error:
        load_recipe(path)
    assert said in str(error.value)


def test_real_ones_that_cannot_be_used_are_counted(tmp_path: Path) -> None:
    """Another rate and a file that is none are left out and said; the category is not refused."""
    recipe = make_project(tmp_path, clips=12, recipe=SOUNDS.replace("budget: 80", "budget: 24"))
    real_sounds(tmp_path / "real", 10)
    soundfile.write(tmp_path / "real" / "rate.wav", np.zeros(8000), 8000)
    (tmp_path / "real" / "torn.wav").write_bytes(b"RIFF")
    run = api.run(recipe, workers=0)
    for one in run.realism:
        assert one["outcome"] == "cannot tell"
        assert one["why"].startswith("10 real ones; at least 20 are needed; 2 real ones were left")
    assert run.gate["wrong"]["passed"] > 0
