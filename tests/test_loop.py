"""`augmentor loop`: rounds of the user's own model, what they did, and when they stop."""

import json
import os
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from loop_project import (
    RECIPE,
    SCRIPTED_RECIPE,
    answers_of,
    make_loop_project,
    make_scripted_project,
)
from picture_project import make_picture_project
from project import write_manifest

from augmentor import api
from augmentor.api.loops.page import rounds_table
from augmentor.cli.main import cli
from augmentor.core.errors import UsageError


def go(recipe: Path, **options: object) -> api.Loop:
    """Start the loop, or start it again."""
    out = recipe.with_name("out")
    return api.loop(recipe, output=out, **({"workers": 0} | options))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, api.Loop]:
    """Return a project whose model learns, and its two rounds."""
    folder = tmp_path_factory.mktemp("done")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUGMENTOR_CACHE", str(tmp_path_factory.mktemp("cache")))
        recipe = make_loop_project(folder)
        return recipe, go(recipe)


class TestTwoRounds:
    """A model that fails in noise is mended by the data alone, the worst of each round first."""

    def test_each_round_works_on_the_worst_of_the_one_before(
        self, done: tuple[Path, api.Loop]
    ) -> None:
        """Vehicle noise first, then hiss; each rises in its round, and why the ranking moved."""
        _, found = done
        first, second = found.rounds
        assert max(first.worked, key=first.worked.__getitem__) == "vehicle noise"
        assert max(second.worked, key=second.worked.__getitem__) == "hiss"
        assert {row.tag: row.verdict for row in first.change.rows}["vehicle noise"] == "rose"
        assert {row.tag: row.verdict for row in second.change.rows}["hiss"] == "rose"
        assert any(
            re.fullmatch(
                r"'vehicle noise' sank from place 1 to 2: its gap went from 50\.0 points to "
                r"\d+\.\d points, and that of 'hiss' went from .* points to .* points", said,
            )
            for said in first.moves
        )  # fmt: skip
        assert found.stop.why in ("rounds", "closed")
        assert found.exit_code == 0

    def test_training_lists_hold_all_there_is(self, done: tuple[Path, api.Loop]) -> None:
        """The source and each round's new examples, each with its file, parent and round."""
        recipe, found = done
        start, first, second = (
            answers_of(found.folder / f"rounds/{number:02d}/train.jsonl") for number in (0, 1, 2)
        )
        source = answers_of(recipe.parent / "data/train.jsonl")
        assert [row["id"] for row in start] == [row["id"] for row in source]
        assert first[: len(start)] == start
        assert second[: len(first)] == first
        new = second[len(start) :]
        assert {row["round"] for row in new} == {1, 2}
        assert all(Path(row["path"]).is_file() for row in second)
        assert len({row["id"] for row in second}) == len(second)
        parents = {row["id"]: row for row in start}
        assert all(row["target"] == parents[row["parent"]]["target"] for row in new)
        assert all(row["group"] == parents[row["parent"]]["group"] for row in new)
        assert len(second) == len(start) + sum(sum(one.worked.values()) for one in found.rounds)

    def test_the_model_is_not_told_the_tags(self, done: tuple[Path, api.Loop]) -> None:
        """What it is asked about has files and targets, and nothing of tag, weight or split."""
        _, found = done
        asked = answers_of(found.folder / "rounds/01/seed-0/asked-dev/manifest.jsonl")
        assert len(asked) == 90
        assert not {"tags", "weight", "split"} & {name for row in asked for name in row}

    def test_the_figures_are_those_of_its_tables(self, done: tuple[Path, api.Loop]) -> None:
        """The error tables that lie there, counted here, give what the rounds say."""
        _, found = done
        for number, one in enumerate(found.rounds):
            shares = []
            for at in (number, number + 1):
                rows = answers_of(found.folder / f"rounds/{at:02d}/seed-0/dev.jsonl")
                right = [row["prediction"] == row["target"] for row in rows]
                shares.append(sum(right) / len(right))
            assert [one.change.overall.before, one.change.overall.after] == pytest.approx(shares)

    def test_the_command(
        self, done: tuple[Path, api.Loop], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """By a relative path, from the project's folder and from elsewhere; tables, JSON, again."""
        recipe, found = done
        printed = []
        for folder in (recipe.parent, recipe.parent.parent):
            monkeypatch.chdir(folder)
            where = recipe.relative_to(folder)
            told = CliRunner().invoke(
                cli, ["loop", str(where), "-o", str(where.with_name("out")), "--workers", "0"]
            )
            assert told.exit_code == 0, told.output
            assert "your code: " in told.output
            assert re.search(r"tag +n +start +round 1 +round 2 +change +verdict", told.output)
            assert "round 1: new examples: vehicle noise 3" in told.output
            assert f"report: {where.with_name('out') / 'report.html'}" in told.output
            in_json = CliRunner().invoke(
                cli, ["loop", str(where), "-o", str(found.folder), "--workers", "0", "--json"]
            )
            printed.append(in_json.stdout)
        assert printed[0] == printed[1]
        assert json.loads(printed[0]) == json.loads(json.dumps(found.to_json()))

    def test_the_keys_of_its_json(self, done: tuple[Path, api.Loop]) -> None:
        """Programs read them: they stay."""
        told = done[1].to_json()
        assert set(told) == {
            "folder", "report", "stop", "start", "rounds", "allowed", "notes", "exit_code",
        }  # fmt: skip
        assert set(told["stop"]) == {"why", "say", "back_to"}
        assert set(told["rounds"][0]) == {
            "round", "run", "examples", "counts", "worked", "change", "since_start", "test",
            "ranking", "moves",
        }  # fmt: skip

    def test_the_report(self, done: tuple[Path, api.Loop]) -> None:
        """What was worked on, what it did, what remains, and what was held fixed; links work."""
        _, found = done
        page = found.report.read_text()
        for words in ("Loop: tones", "Round by round", "What was worked on", "What remains",
                      "Against the start", "Held fixed", "train.py"):  # fmt: skip
            assert words in page
        assert "undefined</" not in page
        assert (found.rounds[0].run / "report.html").is_file()

    def test_jobs_and_workers_change_nothing(
        self, done: tuple[Path, api.Loop], tmp_path: Path
    ) -> None:
        """Two programs at once, two processes, another folder: the same page, byte for byte."""
        recipe, found = done
        other = api.loop(recipe, output=tmp_path / "other", jobs=2, workers=2)
        assert other.report.read_bytes() == found.report.read_bytes()


GAPS = {"vehicle noise": 12, "hiss": 8}


class TestStops:
    """A loop goes no further where it would lie, cost too much, or do nothing."""

    def test_a_guarded_tag_fell(self, tmp_path: Path) -> None:
        """Exit code 1, and the last round in which nothing had fallen; nothing more is trained."""
        script = [
            GAPS,
            {"vehicle noise": 6, "hiss": 8},
            {"vehicle noise": 2, "hiss": 8, "clean": 9},
        ]
        found = go(make_scripted_project(tmp_path, script), rounds=5)
        assert len(found.rounds) == 2
        assert (found.stop.why, found.stop.back_to, found.exit_code) == ("fell", 1, 1)
        assert found.stop.say == "Guarded and fell: clean; go back to round 1"
        assert "go back to round 1" in found.report.read_text()
        assert go(tmp_path / "recipe.yaml", rounds=5).stop == found.stop

    def test_one_that_is_not_guarded_may_fall(self, tmp_path: Path) -> None:
        """Where the recipe names what to guard, the rest may give."""
        script = [GAPS, {"vehicle noise": 6, "hiss": 18}]
        recipe = SCRIPTED_RECIPE + "loop: {rounds: 1, guard: [clean]}\n"
        found = go(make_scripted_project(tmp_path, script, recipe=recipe))
        assert {row.tag: row.verdict for row in found.rounds[0].change.rows}["hiss"] == "fell"
        assert (found.stop.why, found.exit_code) == ("rounds", 0)

    def test_it_fell_bit_by_bit(self, tmp_path: Path) -> None:
        """No round alone says so, the start and the last do: it is back to the round before."""
        script = [
            {"vehicle noise": 60, "clean": 4},
            {"vehicle noise": 50, "clean": 8},
            {"vehicle noise": 44, "clean": 13},
        ]
        recipe = make_scripted_project(tmp_path, script, dev=100)
        found = go(recipe, rounds=3)
        assert "bit by bit since the start" in found.stop.say
        assert (found.stop.back_to, found.exit_code) == (1, 1)

    def test_every_gap_within_its_interval(self, tmp_path: Path) -> None:
        """One error more or less is no reason for a round."""
        found = go(make_scripted_project(tmp_path, [GAPS, {"hiss": 1}]), rounds=5)
        assert len(found.rounds) == 1
        assert (found.stop.why, found.exit_code) == ("closed", 0)
        say = found.stop.say
        assert "within its interval, and may be 0: 'hiss' 5.0 points (" in say
        assert re.search(r"\(-\d+\.\d to \+\d+\.\d, n 20; n \d+ would tell\)", say), "of how few"

    def test_nothing_left(self, tmp_path: Path) -> None:
        """A model without errors needs no round: the start is all."""
        found = go(make_scripted_project(tmp_path, [{}]), rounds=5)
        assert not found.rounds
        assert (found.stop.why, found.exit_code) == ("nothing", 0)
        assert found.report.is_file()

    def test_the_budget_of_all_rounds(self, tmp_path: Path) -> None:
        """The last round makes what is left of it."""
        recipe = SCRIPTED_RECIPE + "loop: {rounds: 9, budget: 12}\n"
        found = go(make_scripted_project(tmp_path, [GAPS], recipe=recipe))
        assert [sum(one.worked.values()) for one in found.rounds] == [8, 4]
        assert (found.stop.why, found.exit_code) == ("budget", 0)

    def test_what_cannot_be_read_is_left_out(self, tmp_path: Path) -> None:
        """A broken sound of the source costs itself: exit code 3, and it is named."""
        recipe = make_scripted_project(tmp_path, [GAPS])
        (tmp_path / "data/train/002.wav").write_bytes(b"RIFF")
        found = go(recipe, rounds=1)
        assert found.exit_code == 3
        assert any("left out of the source: train-002: " in one for one in found.notes)
        assert found.start.examples == 5


class TestSeeds:
    """Several trainings a round: means, and a ranking by the one of middling error."""

    def test_three(self, tmp_path: Path) -> None:
        """Each is told its seed and has a folder; before and after are means over them."""
        recipe = make_scripted_project(tmp_path, [GAPS])
        infer = tmp_path / "infer.py"
        infer.write_text(
            infer.read_text().replace(
                "lines, seen = [], {}",
                "lines, seen = [], {}\n"
                "wrong = {tag: n - 3 * int(told['seed']) for tag, n in wrong.items()}",
            )
        )
        page = []
        for jobs in (1, 2):
            found = api.loop(
                recipe, output=tmp_path / f"out-{jobs}", workers=0, rounds=1, seeds=3, jobs=jobs
            )
            page.append(found.report.read_bytes())
        assert page[0] == page[1]
        models = [json.loads(model.read_text()) for model in found.rounds[0].trained.models]
        assert [one["seed"] for one in models] == ["0", "1", "2"]
        overall = found.rounds[0].change.overall
        assert overall.before == pytest.approx(1 - (20 + 14 + 8) / 3 / 60)
        assert found.start.table.parent.name == "seed-1", "20, 14 and 8 errors: 14 is middling"
        assert "3" in found.report.read_text()


PICTURES = """\
augmentor: 1
name: parts
seed: 7
source: {manifest: data/parts.jsonl, kind: picture}
audit: {manifest: data/dev.jsonl, baseline: best slice}
test: data/dev-2.jsonl
budget: 6
categories:
  blur:
    steps:
      - defocus_blur
gate: {difficulty: {command: "PYTHON infer.py {model} {manifest} {out}", sample: 10}}
train: {command: "PYTHON train.py {manifest} {out}"}
predict: {command: "PYTHON infer.py {model} {manifest} {out}"}
loop: {rounds: 1}
leaks: {ignore: [id, digest, near_duplicate, group]}
"""
PICTURES_TRAIN = """\
import json, shutil, sys
manifest, out = sys.argv[1:]
shutil.copyfile(manifest, out)
"""
PICTURES_INFER = """\
import json, sys
import cv2
model, manifest, out = sys.argv[1:]
blurred = sum("blur" in json.loads(line)["tags"] for line in open(model))
with open(out, "w") as file:
    for line in open(manifest):
        row = json.loads(line)
        detail = cv2.Laplacian(cv2.imread(row["path"], 0), cv2.CV_64F).var()
        said = row.get("target") if blurred or detail > 40 else "?"
        file.write(json.dumps({"id": row["id"], "prediction": said}) + "\\n")
"""


def test_pictures(tmp_path: Path) -> None:
    """A classifier of pictures: the round's model is asked how hard new ones are, a test set says
    the same of the start and the round, and the new examples come with their masks.
    """
    import cv2

    recipe = make_picture_project(tmp_path, recipe=PICTURES.replace("PYTHON", sys.executable))
    for name in ("dev", "dev-2"):
        (tmp_path / "data" / name).mkdir()
        rows = []
        for at in range(14):
            for tag in ("clean", "blur"):
                picture = cv2.imread(str(tmp_path / f"data/part-{at:02d}.png"))
                picture = cv2.GaussianBlur(picture, (0, 0), 4) if tag == "blur" else picture
                path = f"{name}/{tag}-{at}.png"
                cv2.imwrite(str(tmp_path / "data" / path), picture)
                rows.append({"id": f"{name}-{tag}-{at}", "path": path, "target": "x", "tags": tag})
        write_manifest(tmp_path / f"data/{name}.jsonl", rows)
    (tmp_path / "train.py").write_text(PICTURES_TRAIN)
    (tmp_path / "infer.py").write_text(PICTURES_INFER)
    found = go(recipe)
    assert found.rounds, found.stop
    (one,) = found.rounds
    assert {row.tag: row.verdict for row in one.change.rows}["blur"] == "rose"
    assert {row.tag: row.after for row in one.test["dev-2"].rows} == {"clean": 1.0, "blur": 1.0}
    listed = answers_of(one.trained.folder / "train.jsonl")
    assert any("mask" in row or "marks" in row for row in listed[14:])
    assert one.run.parent == found.folder / "rounds/01"


def test_relative_paths_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recipe, its data and the loop's folder by names relative to the current folder."""
    recipe = make_loop_project(tmp_path / "deep" / "project", recipe=RECIPE, clips=8, dev=10)
    monkeypatch.chdir(tmp_path / "deep")
    found = api.loop(
        Path("project") / recipe.name, output=Path("here") / "loop", workers=0, rounds=1
    )
    assert found.report == Path("here/loop/report.html")
    assert found.report.is_file()
    rows = answers_of(found.folder / "rounds/01/train.jsonl")
    assert all(os.path.isabs(row["path"]) and Path(row["path"]).is_file() for row in rows)  # noqa: PTH117


def test_the_user_is_told_before_hours_are_spent(tmp_path: Path) -> None:
    """A bank that holds nothing is refused before anything is trained."""
    recipe = make_scripted_project(tmp_path, [GAPS])
    for sound in (tmp_path / "data/hiss").iterdir():
        sound.write_bytes(b"")
    with pytest.raises(UsageError, match="holds no recording that can be used"):
        go(recipe)
    assert not (tmp_path / "began.txt").exists()


def test_transcripts_normalised_by_a_function_beside_the_recipe(tmp_path: Path) -> None:
    """Word errors, from a folder elsewhere: the table says what it shows."""
    recipe = make_scripted_project(tmp_path, [{"hiss": 8}, {"hiss": 2}])
    (tmp_path / "lowered.py").write_text("def text(said):\n    return said.lower()\n")
    wanted = "baseline: best slice, metric: wer, normalize: 'lowered:text'"
    recipe.write_text(recipe.read_text().replace("baseline: best slice", wanted))
    found = go(recipe, rounds=1)
    assert "start (1 - WER)" in rounds_table(found).header
    sys.modules.pop("lowered")  # what was imported once is found again anywhere
    tables = [one.tables["dev"] for one in (found.start, found.last)]
    with pytest.raises(UsageError, match="'lowered' cannot be imported"):
        api.compare_tables(*tables, metric="wer", normalize="lowered:text")
    again = api.compare_tables(*tables, metric="wer", normalize="lowered:text", folders=[tmp_path])
    assert again.overall.change == found.rounds[0].whole.overall.change
