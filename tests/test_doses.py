"""Doses: shares of a round's budget, where the gain flattens, what the next tenth would buy."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loop_project import answers_of, make_loop_project
from project import write_manifest

from augmentor import api
from augmentor.api import doses
from augmentor.api.loops.dosed import Doses
from augmentor.audit.comparing.comparison import CANNOT_TELL, FELL, HELD, ROSE
from augmentor.audit.curves.fit import fit_curves
from augmentor.audit.doses.answered import Answered
from augmentor.audit.doses.dosed import Dosed, flattens
from augmentor.audit.doses.measure import Dose, measure_doses
from augmentor.audit.doses.next_tenth import _weights, fitted, next_tenth
from augmentor.audit.show.dosed import doses_table, rules
from augmentor.audit.tables.raw import ErrorTable
from augmentor.cli.main import entry
from augmentor.core.errors import AugmentorError
from augmentor.core.stream import Stream
from augmentor.jobs.rounds.shares import share_of
from augmentor.recipe.load import load_recipe
from augmentor.recipe.worth import ranking_of, worth_of

RECIPE = """\
augmentor: 1
name: planted
seed: 5
source: {manifest: data/train.jsonl, sample_rate: 16000}
audit: {manifest: data/dev.jsonl, baseline: best slice}
budget: 80
categories:
  noisy: {from: [clean], steps: [{gain: {gain_db: {uniform: [-1, -6]}}}]}
  phone: {from: [clean], steps: [{gain: {gain_db: {uniform: [-1, -6]}}}]}
gate: {realism: {silence_frac: null, bandwidth_frac: null}}
mix: {max_share: 0.9}
train: {command: "PYTHON train.py {manifest} {out} {seed}"}
predict: {command: "PYTHON infer.py {model} {manifest} {out}"}
loop: {seeds: 2}
"""
# It learns nothing: it counts what it was given, which is all that its accuracy depends on.
TRAIN = """\
import json, os, sys, time
manifest, out, seed = sys.argv[1:4]
counts = {"clean": 0, "noisy": 0, "phone": 0, "seed": int(seed)}
for line in open(manifest, encoding="utf-8"):
    for tag in json.loads(line)["tags"]:
        counts[tag] += 1
with open("trained.txt", "a") as file:
    file.write("%d %s\\n" % (sum(counts.values()) - counts["seed"], seed))
if counts["noisy"] == 20 and os.path.exists("hang"):
    open("hangs", "w").close()
    time.sleep(600)
with open(out, "w") as file:
    json.dump(counts, file)
"""
INFER = """\
import json, sys
model, manifest, out = sys.argv[1:4]
known = json.load(open(model))
loss = {"clean": 0.0,
        "noisy": 2 * known["noisy"] ** -0.5 if known["noisy"] else 0.9,
        "phone": 0.9 if not known["phone"] else 0.4 if known["phone"] < 20 else 0.1}
with open(out, "w") as file:
    for line in open(manifest):
        row = json.loads(line)
        tag, number = row["id"].split("-")
        wrong = (int(number) + 7 * known["seed"]) % 400 < round(400 * loss[tag])
        said = "nothing" if wrong else row["target"]
        file.write(json.dumps({"id": row["id"], "prediction": said}) + "\\n")
"""


def planted(folder: Path, recipe: str = RECIPE) -> Path:
    """Write a project whose model is a known function of how many examples it is given."""
    path = make_loop_project(folder, recipe=recipe, clips=24, dev=1)
    (folder / "train.py").write_text(TRAIN)
    (folder / "infer.py").write_text(INFER)
    rows = answers_of(folder / "data" / "dev.jsonl")
    write_manifest(
        folder / "data" / "dev.jsonl",
        [
            rows[0] | {"id": f"{tag}-{number}", "tags": [tag], "group": f"{tag}-{number}"}
            for tag in ("clean", "noisy", "phone")
            for number in range(400)
        ],
    )
    return path


def trainings(folder: Path) -> int:
    return len((folder / "trained.txt").read_text().splitlines())


def row_of(found: Doses, tag: str) -> Dosed:
    return next(one for one in found.table.rows if one.tag == tag)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Doses]:
    folder = tmp_path_factory.mktemp("planted") / "project"
    return folder, doses(planted(folder), jobs=2, workers=0)


@given(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=60),
    st.integers(0, 100), st.integers(0, 100), st.integers(0, 9),
)  # fmt: skip
@settings(deadline=None, max_examples=60)
def test_shares_are_nested_and_the_same_in_every_category(
    names: list[str], one: int, other: int, seed: int
) -> None:
    """A smaller share is part of a larger one, and neither depends on the order of the list."""
    rows = [{"id": f"{name}{at}", "category": name} for at, name in enumerate(names)]
    low, high = sorted((one, other))
    some, more = (share_of(rows, share, Stream(seed)) for share in (low, high))
    assert [row for row in rows if row in some] == some
    assert {row["id"] for row in some} <= {row["id"] for row in more}
    for name in set(names):
        count = sum(row["category"] == name for row in some)
        assert abs(count - low / 100 * names.count(name)) <= 0.5
    turned = share_of(rows[::-1], high, Stream(seed))
    assert turned[::-1] == more
    assert share_of(rows, 100, Stream(seed)) == rows
    assert share_of(rows, 0, Stream(seed)) == []


def test_lots_are_keyed() -> None:
    """Another seed draws others, and an example more takes no place from those of another tag."""
    rows = [{"id": f"a{at}", "category": "a"} for at in range(40)]
    half = share_of(rows, 50, Stream(1))
    assert half != share_of(rows, 50, Stream(2))
    with_others = share_of([*rows, {"id": "b", "category": "b"}], 50, Stream(1))
    assert [row for row in with_others if row["category"] == "a"] == half


@pytest.mark.parametrize(
    ("verdicts", "flat", "say"),
    [
        ((FELL, FELL, FELL), (100, 100), "not yet"),
        ((FELL, FELL, HELD), (50, 50), "50 %"),
        ((FELL, CANNOT_TELL, HELD), (25, 50), "25 to 50 %"),
        ((FELL, CANNOT_TELL, CANNOT_TELL), (25, 100), "25 % or later"),
        ((CANNOT_TELL, HELD, ROSE), (0, 25), "by 25 %"),
        ((CANNOT_TELL, CANNOT_TELL, CANNOT_TELL), (0, 100), "cannot tell"),
        ((HELD, HELD, HELD), (0, 0), "0 %"),
        ((FELL, HELD, CANNOT_TELL), (25, 100), "25 % or later"),
        ((HELD, FELL, HELD), (50, 50), "50 %"),
    ],
)
def test_where_it_flattens(verdicts: tuple[str, ...], flat: tuple[int, int], say: str) -> None:
    """What is not sure is never said to be flat, and never said to rise."""
    found = flattens(dict(zip((0, 25, 50), verdicts, strict=True)), FELL, (HELD, ROSE))
    assert (found.least, found.sure) == flat
    assert found.say == say


def test_the_planted_function_comes_back(done: tuple[Path, Doses]) -> None:
    """What rises to the end has not flattened; its next tenth is what its power law says."""
    _, found = done
    assert found.table.doses == (0, 25, 50, 100)
    assert found.worked == {"noisy": 40, "phone": 40}
    noisy = row_of(found, "noisy")
    assert [level.size for level in noisy.levels] == [0, 10, 20, 40]
    losses = [0.9, *(round(400 * 2 * n**-0.5) / 400 for n in (10, 20, 40))]
    assert [1 - level.value for level in noisy.levels] == pytest.approx(losses)
    assert noisy.levels[-1].gain == pytest.approx(0.9 - losses[-1])
    for level in noisy.levels:
        assert level.interval[0] < level.value < level.interval[1]
    assert noisy.flat.say == "not yet"
    truth = 2 * (40**-0.5 - 44**-0.5)
    assert noisy.next_tenth.examples == pytest.approx(4)
    assert noisy.next_tenth.gain == pytest.approx(truth, rel=0.02)
    assert noisy.next_tenth.interval[0] < truth < noisy.next_tenth.interval[1]
    assert noisy.levels[-1].fitted == pytest.approx(2 * 40**-0.5, rel=0.01)


def test_what_is_saturated_has_flattened(done: tuple[Path, Doses]) -> None:
    """The plateau begins at 50 %; a step is no power law, so nothing is said of the next tenth."""
    _, found = done
    phone = row_of(found, "phone")
    assert phone.flat.say == "50 %"
    assert phone.next_tenth.gain is None
    assert "off the curve" in phone.next_tenth.reason or "noise" in phone.next_tenth.reason


def test_a_flattening_that_the_curve_misses_is_in_the_interval(done: tuple[Path, Doses]) -> None:
    """All examples together are no power law: what the last two doses say is not left out."""
    _, found = done
    overall = found.table.overall
    one, two = (1 - level.value for level in overall.levels[-2:])
    power = np.log(one / two) / np.log(104 / 64)
    late = two * (1 - (112 / 104) ** -power)
    low, high = overall.next_tenth.interval
    assert low < late < overall.next_tenth.gain < high


def test_undefined_is_never_zero(done: tuple[Path, Doses]) -> None:
    """A tag that the round made nothing of has no next tenth, and the table says so."""
    _, found = done
    clean = row_of(found, "clean")
    assert clean.flat.say == "0 %"
    assert (clean.next_tenth.gain, clean.next_tenth.interval) == (None, None)
    assert clean.next_tenth.reason == "sizes: 1; a curve needs 3"
    shown = doses_table(found.table)
    row = next(row for row in shown.rows if row[0] == "clean")
    assert dict(zip(shown.header, row, strict=True))["next tenth"] == "undefined"
    told = json.loads((found.folder / "doses.json").read_text())
    assert next(one for one in told["tags"] if one["tag"] == "clean")["next_tenth"]["gain"] is None


def test_nothing_is_trained_twice(done: tuple[Path, Doses]) -> None:
    """The start and all of round 1 are the loop's own; a dose more trains that dose."""
    folder, found = done
    assert trainings(folder) == 8
    page = found.report.read_bytes()
    again = doses(folder / "recipe.yaml", workers=0)
    assert again.to_json() == found.to_json()
    assert again.report.read_bytes() == page
    whole = api.loop(folder / "recipe.yaml", rounds=1, workers=0)
    assert trainings(folder) == 8
    assert whole.rounds[0].run == found.run
    change = next(one for one in whole.rounds[0].whole.rows if one.tag == "noisy")
    assert change.change == pytest.approx(row_of(found, "noisy").levels[-1].gain)
    more = doses(folder / "recipe.yaml", [75], workers=0)
    assert trainings(folder) == 10
    assert more.table.doses == (0, 75, 100)
    assert doses(folder / "recipe.yaml", workers=0).report.read_bytes() == page
    assert trainings(folder) == 10


def test_lists_are_nested_on_disk(done: tuple[Path, Doses]) -> None:
    """Each dose has the whole source, and the same share of both categories."""
    folder, found = done
    rounds = found.folder / "rounds"
    names = ("00", "01/dose-025", "01/dose-050", "01")
    lists = [answers_of(rounds / name / "train.jsonl") for name in names]
    ids = [{row["id"] for row in some} for some in lists]
    assert ids[0] < ids[1] < ids[2] < ids[3]
    for some, count in zip(lists, (0, 10, 20, 40), strict=True):
        for tag in ("noisy", "phone"):
            assert sum(tag in row["tags"] for row in some) == count
    assert folder.name not in found.report.read_text()


def test_the_planner_shares_a_budget_by_the_points(done: tuple[Path, Doses]) -> None:
    """The next plan reads the points as they are; sizes are counted as it counts them."""
    folder, found = done
    rounds = found.folder / "rounds"
    text = (folder / "recipe.yaml").read_text()
    text = text.replace("data/train.jsonl", str(rounds / "01" / "train.jsonl"))
    text = text.replace("manifest: data/dev.jsonl", f"table: {rounds}/01/seed-0/dev.jsonl")
    text = "".join(line for line in text.splitlines(keepends=True)
                   if not line.startswith(("train:", "predict:", "loop:")))  # fmt: skip
    text += f"priorities: {{curves: {{points: {found.points}}}}}\n"
    path = folder / "next.yaml"
    path.write_text(text)
    loaded = load_recipe(path)
    worth = worth_of(loaded, ranking_of(loaded))
    assert "the budget is shared by learning curves: noisy" in worth.said
    assert any(said.startswith("'phone' has its gap x share") for said in worth.said)
    assert sum(worth.scores.values()) == pytest.approx(80, abs=1)  # whole examples
    for tag in ("noisy", "phone"):
        today = sum(tag in source.facts.tags for source in loaded.sources)
        assert row_of(found, tag).levels[-1].size == today
    header, *lines = found.points.read_text().splitlines()
    assert header == "tag,size,loss,seed"
    assert len(lines) == 2 * (4 + 3 + 3)  # a size of 0 is on no curve


def test_one_training_a_dose(tmp_path: Path) -> None:
    """Gains have intervals by example; what more would buy has none, and it is said why."""
    path = planted(tmp_path / "p", RECIPE.replace("loop: {seeds: 2}\n", ""))
    found = doses(path, workers=0)
    noisy = row_of(found, "noisy")
    assert noisy.next_tenth.gain == pytest.approx(2 * (40**-0.5 - 44**-0.5), rel=0.02)
    assert noisy.next_tenth.interval is None
    assert noisy.levels[-1].interval is not None
    assert noisy.levels[-1].gain_interval is not None
    assert any("one training's luck" in said for said in rules(found.table))


def test_few_examples_make_few_doses(tmp_path: Path) -> None:
    """A dose that is no other list than another is left out, and said to be."""
    path = planted(tmp_path / "p", RECIPE.replace("budget: 80", "budget: 4"))
    found = doses(path, [10, 50, 60, 90], seeds=1, workers=0)
    assert found.table.doses == (0, 50, 100)
    assert [note.split(":")[0] for note in found.notes if "left out" in note] == [
        "10 % is left out", "60 % is left out", "90 % is left out",
    ]  # fmt: skip
    assert trainings(tmp_path / "p") == 3


def test_killed_and_started_again(tmp_path: Path, done: tuple[Path, Doses]) -> None:
    """A kill in the middle of a dose costs that training; the report is that of no kill."""
    folder = tmp_path / "p"
    path = planted(folder)
    (folder / "hang").touch()
    words = [sys.executable, "-m", "augmentor", "loop", str(path), "--doses", "25,50"]
    process = subprocess.Popen([*words, "--workers", "0"], stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not (hung := (folder / "hangs").exists()) and time.monotonic() < until:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert hung
    (folder / "hang").unlink()
    before = trainings(folder)
    found = doses(path, workers=0)
    assert (before, trainings(folder)) == (5, 9)  # the start, 25 %, and the one that was killed
    assert found.table == done[1].table
    assert found.report.read_bytes() == done[1].report.read_bytes()
    assert found.points.read_bytes() == done[1].points.read_bytes()


def screen(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Return the exit code of the command line."""
    monkeypatch.setattr(sys, "argv", ["augmentor", "loop", *words])
    with pytest.raises(SystemExit) as exited:
        entry()
    return int(exited.value.code)


def test_wrong_doses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is trained for a dose that cannot be."""
    path = str(planted(tmp_path / "p"))
    for words, said in (
        (["--doses", "0,x"], "'x' is no share"),
        (["--doses", "0,150"], "150: a share is a whole number of per cent"),
        (["--doses", "50", "--rounds", "2"], "leave --rounds out"),
    ):
        assert screen(monkeypatch, path, *words) == 2
        assert said in capsys.readouterr().err
    assert not (tmp_path / "p" / "trained.txt").exists()


def test_the_screen(
    done: tuple[Path, Doses],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The table, how it was found, and where the points are; or one JSON document."""
    folder, found = done
    path = str(folder / "recipe.yaml")
    assert screen(monkeypatch, path, "--doses", "0,25,50,100") == 0
    shown = capsys.readouterr()
    noisy = next(line for line in shown.out.splitlines() if line.startswith("noisy"))
    assert "not yet" in noisy
    assert "next tenth of 'phone' is undefined" in shown.err
    assert str(found.points) in shown.err
    assert screen(monkeypatch, path, "--doses", "25,50", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told == json.loads(json.dumps(found.to_json()))


def test_a_round_that_made_nothing(tmp_path: Path) -> None:
    """Without new examples there are no doses."""
    text = RECIPE.replace("silence_frac: null", 'silence_frac: null, peak: "<= 0.0001"')
    with pytest.raises(AugmentorError, match="made no example"):
        doses(planted(tmp_path / "p", text), seeds=1, workers=0)


def test_weights_are_the_slopes_of_the_gain() -> None:
    """Against differences of whole fits: on the curve they are exact."""
    sizes = np.array([0.0, 25, 50, 100, 160])
    losses = 2 * sizes[1:] ** -0.4

    def gain(some: np.ndarray) -> float:
        curve = fit_curves([("x", n, y) for n, y in zip(sizes[1:], some, strict=True)])["x"]
        return curve.b * (160**-curve.a - 176**-curve.a)

    curve = fit_curves([("x", n, y) for n, y in zip(sizes[1:], losses, strict=True)])["x"]
    step = 1e-4
    slopes = [
        (gain(losses + step * one) - gain(losses - step * one)) / (2 * step) for one in np.eye(4)
    ]
    assert _weights(sizes, 176, curve).tolist() == pytest.approx([0, *slopes], rel=1e-3)


def test_the_interval_covers_the_truth() -> None:
    """Losses that follow a power law, trainings and examples both chance: at least 95 %."""
    chance, sizes = np.random.Generator(np.random.Philox(7)), (0, 50, 100, 200)
    truth = 2 * (200**-0.5 - 220**-0.5)
    inside, told = 0, 0
    for _ in range(150):
        errors = np.zeros((4, 3, 300))
        hard = chance.random(300)
        for at, size in enumerate(sizes):
            for run in range(3):
                rate = 2 * size**-0.5 if size else 0.9
                rate = np.clip(rate * (1 + 0.05 * chance.standard_normal()), 0, 1)
                of = np.where(chance.random(300) < 0.6, hard, chance.random(300))
                errors[at, run] = of < rate
        found = Answered(["x"], np.ones((300, 1), np.bool_), errors, np.ones(300), True)
        more = next_tenth(found, 0, sizes, fitted(found, 0, sizes))
        if more.interval is not None:
            told += 1
            inside += more.interval[0] <= truth <= more.interval[1]
    assert told >= 120
    assert inside / told >= 0.95


def test_words_and_categories_of_several_tags() -> None:
    """A category stands for its tags; words are counted, not examples."""

    def table(wrong: int) -> ErrorTable:
        said = ["a b c x" if at < wrong else "a b c d" for at in range(20)]
        tags = np.zeros((20, 2), np.bool_)
        tags[:10, 0], tags[5:15, 1] = True, True
        return ErrorTable(
            [str(at) for at in range(20)], ["a b c d"] * 20, said, ("car", "bus"), tags
        )

    some = [
        Dose(dose, [table(wrong)], size, lambda tags, size=size: size * len(set(tags)))
        for dose, wrong, size in ((0, 20, 4), (50, 10, 8), (100, 0, 16))
    ]
    found = measure_doses(some, {"road": ["car", "bus"]}, metric="wer")
    (road,) = found.rows
    assert (road.tag, road.n) == ("road", 15)
    assert [level.value for level in road.levels] == pytest.approx([0.75, 1 - 10 / 60, 1])
    assert [level.size for level in road.levels] == [12, 24, 48]
    low, high = road.levels[1].interval  # at the others every row has as many errors
    assert low < 1 - 10 / 60 < high
    assert road.next_tenth.gain is None or road.next_tenth.gain >= 0
