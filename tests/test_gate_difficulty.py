"""Difficulty: a function, a command or the error table says it; answers are remembered; select."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from project import RECIPE, make_project

import augmentor
from augmentor.api.asked import tried
from augmentor.api.asking import Asking, ask_model
from augmentor.core.errors import UsageError
from augmentor.gate.answers import Answer, Answers, Shown
from augmentor.gate.command import read_answers
from augmentor.jobs.output import seen_of
from augmentor.recipe.load import load_recipe
from augmentor.recipe.planned import PlanRow

LOUD = """\
import numpy as np

def predict(waves, rate_hz):
    assert rate_hz == 16000 and len(waves) <= 32
    return ["en" if np.abs(wave[:2000]).sum() * 1e4 % 2 < 1 else "fr" for wave in waves]
"""
"""A model that knows only two of three classes, and those by chance of the samples."""

INFER = """\
import json, sys
import soundfile
manifest, out = sys.argv[1:]
count = 0
with open(out, "w") as file:
    for line in open(manifest):
        row = json.loads(line)
        frames = soundfile.info(row["path"]).frames
        answer = "en" if frames // 800 % 2 else "fr"
        wrong = answer != row["target"]
        file.write(json.dumps({"id": row["id"], "prediction": answer, "score": 0.5,
                               "loss": 2.0 * wrong}) + "\\n")
        count += 1
open("asked.txt", "a").write(f"{count}\\n")
print("asked about", count)
"""


@pytest.fixture(autouse=True)
def _own_temporary_folder(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let what a failed program leaves behind lie where the tests' own files do."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))


def asked_for(folder: Path, difficulty: str, estoi: str = ">= 0.3", budget: int = 24) -> Path:
    """Return the recipe of a small project that asks how hard it is."""
    text = RECIPE.replace("tries: 3", f"tries: 3\n  difficulty: {difficulty}")
    text = text.replace(">= 0.05", estoi).replace("budget: 24", f"budget: {budget}")
    path = make_project(folder, recipe=text)
    (folder / "loud_model.py").write_text(LOUD)
    (folder / "infer.py").write_text(INFER)
    (folder / "weights.bin").write_bytes(b"first")
    sys.modules.pop("loud_model", None)
    return path


def command(script: str = "infer.py", more: str = "") -> str:
    """Return a difficulty that asks a program."""
    return f"{{command: '{sys.executable} {script} {{manifest}} {{out}}'{more}}}"


FUNCTION = "{model: 'loud_model:predict'}"


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file of JSON Lines."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def ask(path: Path) -> Asking:
    """Return what came of asking."""
    return ask_model(augmentor.plan(path))


def one_by_one(path: Path, row: PlanRow) -> tuple[str, str]:
    """Return what the function says of the example of a row, and what is right, asked alone."""
    sys.path.insert(0, str(path.parent))
    try:
        import loud_model
    finally:
        sys.path.pop(0)
    recipe = load_recipe(path)
    ((made, _),) = tried(recipe, row, first=False)
    (said,) = loud_model.predict([seen_of(made.example)], 16000)
    return said, row.source.facts.target


class TestFields:
    """Hard or easy, clear or unclear."""

    def test_four_fields_by_hand(self, tmp_path: Path) -> None:
        """Each example of the sample stands in the field that its answer and its checks say."""
        path = asked_for(tmp_path, FUNCTION, ">= 0.55")
        asking = ask(path)
        seen = set()
        for category, group in asking.sample.items():
            (found,) = [one for one in asking.difficulty if one.category == category]
            for one in group:
                if one.clear == "clear":
                    said, target = one_by_one(path, one.row)
                    assert one.answer.prediction == said
                    assert one.hard == (said != target)
                seen.add(one.field)
            kept = [one for one in group if one.clear != "unclear"]
            assert (found.n, found.errors) == (len(kept), sum(one.hard for one in kept))
            assert sum(found.fields.values()) == len(group)
        assert {"hard, clear", "easy, clear", "hard, unclear"} <= seen

    def test_unclear_first_tries_are_of_no_account(self, tmp_path: Path) -> None:
        """What the gate rejects for clarity is asked about, but is no part of the error rate."""
        asking = ask(asked_for(tmp_path, FUNCTION, ">= 0.9"))
        unclear = [
            one for group in asking.sample.values() for one in group if one.clear == "unclear"
        ]
        assert unclear
        assert all(one.n <= 12 for one in asking.difficulty)

    def test_the_page_shows_them(self, tmp_path: Path) -> None:
        """The table, examples of each field with what the model says, and what the checks cost."""
        path = asked_for(tmp_path, FUNCTION, ">= 0.55", budget=12)
        found = augmentor.run(path, workers=0)
        page = (found.folder / "report.html").read_text()
        for word in (
            "Hard and clear", "hard, clear", "the model says", "What the checks cost", "estoi.v1"
        ):  # fmt: skip
            assert word in page
        record = json.loads((found.folder / "dataset.json").read_text())
        assert {one["by"] for one in record["difficulty"]} == {"function"}
        cost = record["cost"]
        made = record["counts"]["done"] + record["counts"]["rejected"]
        assert cost["peak.v1"]["calls"] >= made
        assert 0 < sum(one["share_frac"] for one in cost.values()) < 1
        assert "spent_s" not in (found.folder / "metadata.jsonl").read_text()


class TestCommand:
    """A model that is a program of its own."""

    def test_it_reads_a_manifest_and_writes_answers(self, tmp_path: Path) -> None:
        """Its answers count; score and loss come along; nothing is left behind."""
        path = asked_for(tmp_path, command())
        asking = ask(path)
        for one in asking.difficulty:
            assert one.by == "command"
            assert one.mean_loss == pytest.approx(2 * one.error_frac, abs=1e-3)
        answers = [one.answer for group in asking.sample.values() for one in group]
        assert {one.prediction for one in answers} == {"en", "fr"}
        assert {one.score for one in answers} == {0.5}
        counted = (tmp_path / "asked.txt").read_text().split()
        assert len(counted) == 1, "all categories in one start of the program"
        assert not list(Path(tempfile.gettempdir()).glob("augmentor-asked-*"))

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("print('no weights'); raise SystemExit(3)", ["exit code 3", "no weights", "kept in"]),
            ("pass", ["never written", "it printed nothing"]),
            ("import time; print('slow', flush=True); time.sleep(60)",
             ["not done after 0.5 s", "timeout_s", "slow"]),
            ("open(sys.argv[2], 'w').write('{\"id\": 1')", ["line 1: not JSON"]),
            ("open(sys.argv[2], 'w').write('[1]')", ["line 1: not an object"]),
            ("open(sys.argv[2], 'w').write('\\n{\"id\": \"x\"}')",
             ["line 2: 'prediction' is missing"]),
            ("open(sys.argv[2], 'w').write('{\"id\": \"x\", \"prediction\": \"a\"}')",
             ["line 1: the manifest has no id 'x'", "no answer for", "of"]),
        ],
    )  # fmt: skip
    def test_its_faults_are_told(self, tmp_path: Path, text: str, words: list[str]) -> None:
        """What went wrong, on which line, and what it printed; nothing was made."""
        path = asked_for(tmp_path, command("broken.py", ", timeout_s: 0.5"), budget=3)
        if "timeout_s" not in words:
            path.write_text(path.read_text().replace("timeout_s: 0.5", "timeout_s: 60"))
        (tmp_path / "broken.py").write_text(f"import sys\n{text}\n")
        with pytest.raises(UsageError) as caught:
            augmentor.run(path, workers=0)
        for word in words:
            assert word in str(caught.value)
        assert not (tmp_path / "runs").exists()

    def test_a_program_that_is_not_there(self, tmp_path: Path) -> None:
        """It is named."""
        path = asked_for(tmp_path, "{command: 'no-such-program {manifest} {out}'}", budget=3)
        with pytest.raises(UsageError, match="'no-such-program' cannot be started"):
            ask(path)

    def test_a_script_beside_the_recipe(self, tmp_path: Path) -> None:
        """It is found there; one that may not be run is told how to be."""
        path = asked_for(tmp_path, "{command: 'infer.sh {manifest} {out}'}", budget=6)
        script = tmp_path / "infer.sh"
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" infer.py "$1" "$2"\n')
        with pytest.raises(UsageError, match="may not be run; make it executable"):
            ask(path)
        script.chmod(0o755)
        assert sum(one.n for one in ask(path).difficulty) > 0

    @pytest.mark.parametrize(
        ("line", "what"),
        [
            ('{"id": "a", "prediction": "x"}\n' * 2, "line 2: id 'a' comes twice"),
            ('{"id": "a", "prediction": null}', "'prediction' is no text"),
            ('{"id": "a", "prediction": "x", "score": NaN}', "'score' is nan; write a finite"),
            ('{"id": "a", "prediction": "x", "loss": "low"}', "'loss' is 'low'"),
            ("[" * 100_000, "line 1"),
            ('{"id": "a", "prediction": "x"}', "no answer for 1 of 2 ids: b"),
        ],
    )  # fmt: skip
    def test_answers_that_cannot_be_read(self, tmp_path: Path, line: str, what: str) -> None:
        """Each fault is named with its line, and then nothing is believed."""
        path = tmp_path / "answers.jsonl"
        path.write_text(line)
        found, problems = read_answers(path, ["a", "b"])
        assert not found
        assert any(what in one for one in problems), problems

    def test_answers_in_any_order(self, tmp_path: Path) -> None:
        """By id; a class may be a number."""
        path = tmp_path / "answers.jsonl"
        path.write_text('{"id": "b", "prediction": 3}\n\n{"id": "a", "prediction": "x"}\n')
        assert read_answers(path, ["a", "b"]) == ([Answer("x"), Answer("3")], [])


class TestRemembering:
    """Answers are kept by what was shown and by the model's file."""

    def counts(self, folder: Path) -> list[int]:
        """Return how many examples the program was asked about, a number a start."""
        return [int(one) for one in (folder / "asked.txt").read_text().split()]

    def test_only_what_is_new_is_asked(self, tmp_path: Path) -> None:
        """The same again asks nothing; a larger budget what it adds; another model all."""
        path = asked_for(tmp_path, command(more=", model_file: weights.bin"), budget=12)
        first = ask(path)
        again = ask(path)
        assert self.counts(tmp_path) == [sum(map(len, first.sample.values()))]
        assert [one.error_frac for one in again.difficulty] == [
            one.error_frac for one in first.difficulty
        ]
        assert sum(one.remembered for one in first.difficulty) == 0
        assert sum(one.remembered for one in again.difficulty) == self.counts(tmp_path)[0]
        path.write_text(path.read_text().replace("budget: 12", "budget: 18"))
        more = ask(path)
        assert self.counts(tmp_path)[1] == sum(map(len, more.sample.values())) - sum(
            one.remembered for one in more.difficulty
        )
        (tmp_path / "weights.bin").write_bytes(b"trained again")
        ask(path)
        assert self.counts(tmp_path)[2] == sum(map(len, more.sample.values()))

    def test_without_its_file_nothing_is_remembered(self, tmp_path: Path) -> None:
        """Nothing tells a model that was trained again from the old one: it is said."""
        path = asked_for(tmp_path, command(), budget=6)
        said = [ask(path).said for _ in range(2)]
        assert len(set(self.counts(tmp_path))) == 1
        assert len(self.counts(tmp_path)) == 2
        assert "name its file as model_file" in said[1][0]

    def test_a_damaged_line_is_asked_again(self, tmp_path: Path) -> None:
        """What is not whole in the file of answers counts for nothing."""
        file = tmp_path / "a.jsonl"
        asked: list[str] = []

        def model(shown: Any) -> list[Answer]:
            asked.extend(one.id for one in shown)
            return [Answer(one.id.upper()) for one in shown]

        shown = [Shown(name, f"digest of {name}", "x") for name in "abca"]
        found = list(Answers(file).of(model, shown, 3))
        assert [answer.prediction for _, answer in found] == ["A", "B", "C", "A"]
        assert asked == ["a", "b", "c"]
        lines = file.read_text().splitlines()
        lines[1] = lines[1][:9]
        file.write_text("\n".join([*lines, "[3, 4, 5, 6]", "{}", '["z", 1, null, null]']))
        list(Answers(file).of(model, shown, 3))
        assert asked[3:] == ["a"]


class TestErrorTable:
    """Without a model the error table says it."""

    def test_the_tags_error_rate(self, tmp_path: Path) -> None:
        """n, errors and rate are the table's; who said so is recorded."""
        found = augmentor.run(asked_for(tmp_path, "{error: '>= 0.2'}"), workers=0)
        rows = {one["category"]: one for one in found.difficulty}
        assert {one["by"] for one in rows.values()} == {"error table"}
        assert [rows["people noise"][key] for key in ("n", "errors", "error_frac")] == [20, 10, 0.5]
        assert rows["vehicle noise"]["outcome"] == "pass"
        assert rows["low bandwidth"]["outcome"] == "cannot tell"
        page = (found.folder / "report.html").read_text()
        assert "No model was asked: the error rate" in page

    def test_what_the_table_shows_easy_is_not_made(self, tmp_path: Path) -> None:
        """10 of 20 wrong is no 90 %."""
        found = augmentor.run(asked_for(tmp_path, "{error: '>= 0.9'}"), workers=0)
        assert "rejected: difficulty" in found.gate["people noise"]
        assert "passed" not in found.gate["people noise"]


class TestSelect:
    """Only what is hard and clear, example by example."""

    def test_exactly_the_wrong_ones_stay(self, tmp_path: Path) -> None:
        """Each that stays is one the model errs on; each that goes is one it gets right."""
        path = asked_for(tmp_path, FUNCTION.replace("}", ", select: hard}"), budget=15)
        planning = augmentor.plan(path)
        found = augmentor.run(path, workers=0)
        kept = {one["id"] for one in lines(found.folder / "metadata.jsonl")}
        rejected = lines(found.folder / "rejected.jsonl")
        easy = {one["id"] for one in rejected if "select: hard" in one["reason"]}
        assert kept
        assert easy
        for row in planning.plan.rows:
            if row.id in kept | easy:
                said, target = one_by_one(path, row)
                assert (said != target) == (row.id in kept)
        record = json.loads((found.folder / "dataset.json").read_text())
        assert any("biased towards its present faults" in one for one in record["warnings"])
        assert "biased towards its present faults" in (found.folder / "report.html").read_text()


@pytest.mark.parametrize(
    ("difficulty", "what"),
    [
        ("{model: 'a:b', command: 'x {manifest} {out}'}", "a model or a command, not both"),
        ("{command: 'infer.sh {manifest}'}", "does not say where {out} goes"),
        ("{command: 'infer.sh \"{manifest} {out}'}", "cannot be split into words"),
        ("{select: hard}", "'select' needs a model or a command"),
        ("{model: 'a:b', model_file: gone.bin}", "'gone.bin' is not there"),
        ("{model: 'a:b', select: easy}", "'select' is 'easy'; allowed: 'hard'"),
    ],
)
def test_mistakes_are_told_at_load(tmp_path: Path, difficulty: str, what: str) -> None:
    """With the line, before anything is asked."""
    with pytest.raises(UsageError) as caught:
        load_recipe(asked_for(tmp_path, difficulty))
    assert any(what in problem.what for problem in caught.value.problems)
    assert all("recipe.yaml:" in problem.where for problem in caught.value.problems)


def test_hard_without_clear_is_refused_at_load(tmp_path: Path) -> None:
    """The hardest of all is noise: 'select: hard' needs a check of clarity."""
    path = asked_for(tmp_path, FUNCTION.replace("}", ", select: hard}"))
    path.write_text(path.read_text().replace('clarity: {estoi: ">= 0.3"}', "clarity: {}"))
    with pytest.raises(UsageError, match="nothing asks whether 'vehicle noise' is clear"):
        load_recipe(path)


def test_no_model_and_no_table(tmp_path: Path) -> None:
    """Then nobody can say how hard it is."""
    path = asked_for(tmp_path, "{}")
    path.write_text(path.read_text().replace("audit: {table: data/errors.csv}\n", ""))
    with pytest.raises(UsageError, match="who says how hard it is"):
        load_recipe(path)
