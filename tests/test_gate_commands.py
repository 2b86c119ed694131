"""References that are programs, and which example a model of the user's fails on."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_gate_closed_set import RECIPE, _talk
from test_gate_references import PICTURES, _photos

from augmentor import api
from augmentor.core.errors import UsageError
from augmentor.gate.answers import Answer, Shown, asking
from augmentor.gate.command import ask_command, read_answers

PICK = """\
import json, sys
import numpy as np, soundfile
manifest, out = sys.argv[1:3]
rows = [json.loads(line) for line in open(manifest)]
assert all(set(row) == {"id", "path", "candidates"} for row in rows), rows[0]
with open(out, "w") as file:
    for row in rows:
        wave, rate_hz = soundfile.read(row["path"])
        heard = sorted(row["candidates"])[int(np.abs(wave).sum() * 10) % 3 % len(row["candidates"])]
        said = {"prediction": heard if len(wave) % 7 else "mumble"}
        file.write(json.dumps({"id": row["id"], **said}) + "\\n")
with open("asked.txt", "a") as file:
    file.write(f"{len(rows)}\\n")
"""
HEAR = """\
import numpy as np

def hear(waves, rate_hz, candidates):
    return [
        sorted(among)[int(np.abs(wave.astype(float)).sum() * 10) % 3 % len(among)]
        if len(wave) % 7 else None
        for wave, among in zip(waves, candidates)
    ]
"""
LOOK = """\
import json, sys
import cv2
manifest, out = sys.argv[1:3]
with open(out, "w") as file:
    for line in open(manifest):
        row = json.loads(line)
        bright = int(cv2.imread(row["path"]).mean() > 100)
        file.write(json.dumps({"id": row["id"], "prediction": bright}) + "\\n")
"""


@pytest.fixture(autouse=True)
def _own_temporary_folder(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let what a failed program leaves behind lie where the tests' own files do."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))


def command(script: str, more: str = "") -> str:
    """Return a command as a recipe writes it."""
    return f"'{sys.executable} {script} {{manifest}} {{out}}{more}'"


def talk(folder: Path, recogniser: str) -> Path:
    """Return the recipe of a project of sentences with a recogniser of the user's."""
    said = f"recogniser: {recogniser}, sample: 10"
    path = _talk(folder, RECIPE.replace("sample: 24", said))
    (folder / "pick.py").write_text(PICK)
    (folder / "mine_also_hears.py").write_text(HEAR)
    (folder / "weights.bin").write_bytes(b"first")
    return path


def verdicts(run: api.Run) -> list[dict[str, Any]]:
    """Return what was found out, without who found it out and how long it took."""
    return [
        {key: value for key, value in one.items() if key not in ("reference", "spent_s")}
        for one in run.clarity
    ]


class TestCommands:
    """A reference that is a program of its own."""

    def test_a_recogniser_says_the_same_as_a_function(self, tmp_path: Path) -> None:
        """It is told candidates and not the target, started once, and no pick is a miss."""
        (tmp_path / "a").mkdir()
        (tmp_path / "b").mkdir()
        told = command("pick.py")
        by_command = api.run(talk(tmp_path / "a", told), output=tmp_path / "a" / "runs", workers=0)
        by_function = api.run(
            talk(tmp_path / "b", "'mine_also_hears:hear'"),
            output=tmp_path / "b" / "runs", workers=0,
        )  # fmt: skip
        assert verdicts(by_command) == verdicts(by_function)
        assert {one["reference"] for one in by_command.clarity} == {told.strip("'")}
        asked = (tmp_path / "a" / "asked.txt").read_text().split()
        assert len(asked) == 1, "both categories, parents and new ones, in one start"
        assert any(0 < one["before"] < one["n"] for one in by_command.clarity)
        assert not list(Path(tempfile.gettempdir()).glob("augmentor-asked-*"))

    def test_a_classifier(self, tmp_path: Path) -> None:
        """It says the same as the same rule as a function."""
        (tmp_path / "look.py").write_text(LOOK)
        (tmp_path / "mine_sees.py").write_text(
            "def see(pictures):\n    return [int(one.mean() > 100) for one in pictures]\n"
        )
        found = []
        for name in (command("look.py"), "'mine_sees:see'"):
            recipe = PICTURES.replace("sample: 12", f"classifier: {name}, sample: 12")
            run = api.run(_photos(tmp_path, recipe), output=tmp_path / "runs", workers=0)
            found.append(verdicts(run))
        assert found[0] == found[1]
        assert found[0][0]["n"] == 12

    def test_answers_are_remembered_by_the_model_s_file(self, tmp_path: Path) -> None:
        """The same again starts nothing; another model is asked all, and makes another run."""
        told = command("pick.py", " {model}") + ", model_file: weights.bin"
        path = talk(tmp_path, told)
        first, again = (api.run(path, output=tmp_path / name, workers=0) for name in "ab")
        assert verdicts(first) == verdicts(again)
        assert first.folder.name == again.folder.name
        assert len((tmp_path / "asked.txt").read_text().split()) == 1
        (tmp_path / "weights.bin").write_bytes(b"trained again")
        other = api.run(path, output=tmp_path / "a", workers=0)
        assert not other.again
        assert len((tmp_path / "asked.txt").read_text().split()) == 2

    def test_one_that_fails_half_way(self, tmp_path: Path) -> None:
        """How many it had answered and which example came next is said; nothing was made."""
        path = talk(tmp_path, command("pick.py"))
        half = PICK.replace(
            "for row in rows:\n", "for row in rows:\n        assert row is not rows[5]\n"
        )
        (tmp_path / "pick.py").write_text(half)
        with pytest.raises(
            UsageError, match=r"exit code 1; it had answered 5 of \d+, and the next"
        ) as caught:
            api.run(path, output=tmp_path / "runs", workers=0)
        kept = str(caught.value).rpartition("its output is kept in ")[2]
        rows = (Path(kept).parent / "manifest.jsonl").read_text().splitlines()
        assert f"the next in the manifest is '{json.loads(rows[5])['id']}'" in str(caught.value)

    @pytest.mark.parametrize(
        ("said", "what"),
        [
            ("'pick {manifest}'", "does not say where {out} goes"),
            ("'pick {manifest} {out} {modle}'", "did you mean 'model'"),
            ("'pick {manifest} {out} {model}'", "{model} stands for 'model_file'"),
            ("'pick {manifest} {out}', model_file: gone.bin", "'gone.bin' is not there"),
            ("pocketsphinx, model_file: weights.bin", "'pocketsphinx' has its own"),
            ("whisper", "or a command as 'python pick.py {manifest} {out}'"),
        ],
    )  # fmt: skip
    def test_mistakes_are_refused_at_load(self, tmp_path: Path, said: str, what: str) -> None:
        """Each with its line and what to write."""
        path = talk(tmp_path, said)
        with pytest.raises(UsageError) as caught:
            api.load_recipe(path)
        assert any(what in one.what for one in caught.value.problems), caught.value
        assert all("talk.yaml:" in one.where for one in caught.value.problems)


def shown(count: int) -> list[Shown]:
    """Return examples that hold their own number."""
    return [Shown(f"e{n}", str(n), "", np.full(2, n)) for n in range(count)]


class TestWhichFails:
    """One failing example is named."""

    @pytest.mark.parametrize("bad", [0, 17, 31, 32, 39])
    def test_a_function_s_first(self, bad: int) -> None:
        """By its id, with what is raised for it alone, wherever in its batch it stands."""

        def predict(inputs: Any) -> list[str]:
            if any(one[0] in (bad, 40) for one in inputs):
                raise ValueError(f"odd values in {len(inputs)}")
            return ["x"] * len(inputs)

        with pytest.raises(UsageError) as caught:
            asking("my:model", predict)(shown(41))
        assert str(caught.value) == (
            f"model 'my:model' failed on example 'e{bad}': ValueError: odd values in 1"
        )

    def test_a_batch_that_fails_only_as_one(self) -> None:
        """Then none is blamed: the batch is."""

        def predict(inputs: Any) -> list[str]:
            return ["x"] if len(inputs) == 1 else [1 / 0]  # type: ignore[list-item]

        with pytest.raises(UsageError, match="on 32 examples at once, 'e0' to 'e31', on none of"):
            asking("my:model", predict)(shown(40))

    def test_none_is_no_answer(self) -> None:
        """And a class may be a number."""
        assert asking("my:model", lambda _: [None, 3])(shown(2)) == [Answer(""), Answer("3")]  # type: ignore[list-item, return-value]

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("raise SystemExit(4)",
             ["exit code 4", "it had answered none of 4, the first of which is 'e0'"]),
            ("write(0, 2); raise SystemExit(4)",
             ["it had answered 2 of 4", "the next in the manifest is 'e1'"]),
            ("write(0, 1, 2, 3); raise SystemExit(4)", ["it had answered all 4"]),
            ("import os, signal; write(0); os.kill(os.getpid(), signal.SIGKILL)",
             ["was killed by SIGKILL", "it had answered 1 of 4", "'e1'"]),
            ("import time; write(0, 1); time.sleep(60)",
             ["not done after", "it had answered 2 of 4", "'e2'"]),
            ("write(0, 2)", ["no answer for 2 of 4 ids: e1, e3"]),
        ],
    )  # fmt: skip
    def test_a_program_s(self, tmp_path: Path, text: str, words: list[str]) -> None:
        """How far it had come, by its file of answers."""
        (tmp_path / "model.py").write_text(
            "import json, sys\n"
            "def write(*places):\n"
            "    ids = [json.loads(line)['id'] for line in open(sys.argv[1])]\n"
            "    with open(sys.argv[2], 'w') as file:\n"
            "        for n in places:\n"
            "            file.write(json.dumps({'id': ids[n], 'prediction': 'x'}) + '\\n')\n"
            f"{text}\n"
        )
        rows = [{"id": f"e{n}", "path": "x"} for n in range(4)]
        told = f"{sys.executable} model.py {{manifest}} {{out}}"
        with pytest.raises(UsageError) as caught:
            ask_command(told, tmp_path, tmp_path / "asked", 2, rows)
        for word in words:
            assert word in str(caught.value)

    @pytest.mark.parametrize(
        ("line", "what"),
        [
            ('{"id": "a", "predic', "line 1: not JSON, as it breaks off: was the program ended"),
            ('{"id": "a", "predic\n{"id": "b", "prediction": "x"}', "line 1: not JSON"),
            ('{"id": "a", "prediction": NaN}', "'prediction' is nan; write a text"),
            ('{"id": "aa", "prediction": "x"}', "no id 'aa'; did you mean 'a'?"),
        ],
    )  # fmt: skip
    def test_answers_that_cannot_be_read(self, tmp_path: Path, line: str, what: str) -> None:
        """Half a line, a number that is none, and an id that nobody asked about."""
        path = tmp_path / "answers.jsonl"
        path.write_text(line)
        found, problems = read_answers(path, ["a", "b"])
        assert not found
        assert any(what in one for one in problems), problems
