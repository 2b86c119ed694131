"""The user's commands in a loop, and everything that can go wrong in them: told, and mended."""

import json
from collections import Counter
from pathlib import Path

import pytest
from loop_project import SCRIPTED_RECIPE, make_scripted_project

from augmentor import api
from augmentor.core.errors import AugmentorError, UsageError

SCRIPT = [{"vehicle noise": 10, "hiss": 6}, {"vehicle noise": 2, "hiss": 2}]
NAN = "lines[3] = lines[3].replace('}', ', \"score\": NaN}')"
SLOW = SCRIPTED_RECIPE.replace('{seed}"}', '{seed}", timeout_s: 1.5}').replace(
    '{out}"}', '{out}", timeout_s: 1.5}'
)


def fails(recipe: Path, **options: int) -> str:
    """Return what a loop says that fails for the user's sake: exit code 1, no traceback."""
    with pytest.raises(AugmentorError) as caught:
        api.loop(recipe, output=recipe.with_name("out"), workers=0, rounds=1, **options)
    assert caught.value.exit_code == 1, caught.value
    assert not isinstance(caught.value, UsageError)
    return str(caught.value)


def began(recipe: Path) -> Counter[str]:
    """Return how often each program was started: its name and the round."""
    lines = recipe.with_name("began.txt").read_text().splitlines()
    return Counter(line.rpartition(" ")[0] for line in lines)


def goes_on(recipe: Path) -> api.Loop:
    """Return the loop, started again."""
    return api.loop(recipe, output=recipe.with_name("out"), workers=0, rounds=1)


@pytest.mark.parametrize(
    ("step", "number", "wrong", "words"),
    [
        ("train", 1, "print('\\x1b[31mCUDA out of memory\\x1b[0m'); sys.exit(3)",
         ["failed with exit code 3", "\n    CUDA out of memory\nits output is kept in"]),
        ("train", 0, "os.kill(os.getpid(), 9)", ["was killed by SIGKILL", "when memory runs out"]),
        ("train", 1, "os.kill(os.getpid(), 15)", ["was killed by SIGTERM"]),
        ("train", 0, "time.sleep(60)", ["not done after 1.5 s", "allow more with timeout_s"]),
        ("train", 1, "sys.exit(0)", ["said that all is well, but left nothing at", "its {out}"]),
        ("predict", 0, "sys.exit('no weights')", ["failed with exit code 1", "no weights"]),
        ("predict", 1, "import os; os.kill(os.getpid(), 9)", ["was killed by SIGKILL"]),
        ("predict", 0, "import time; time.sleep(60)", ["not done after 1.5 s", "timeout_s"]),
        ("predict", 1, "sys.exit(0)", ["answers.jsonl: it was never written"]),
        ("predict", 0, "lines[-1] = lines[-1][:20]", ["line 60: not JSON, as it breaks off"]),
        ("predict", 1, "lines.append('Epoch 1\\n')", ["line 61: not JSON"]),
        ("predict", 0, "lines.append(lines[0].replace('dev-', 'drv-'))",
         ["line 61: the manifest has no id 'drv-000'; did you mean 'dev-000'?"]),
        ("predict", 1, "lines.append(lines[0])", ["line 61: id 'dev-000' comes twice"]),
        ("predict", 0, NAN, ["line 4: 'score' is nan; write a finite number, or leave it out"]),
        ("predict", 1, "del lines[::2]",
         ["no answer for 30 of 60 ids: dev-000, dev-002, dev-004 and 27 more", "one line of JSON"]),
        ("predict", 0, "lines.clear()", ["no answer for 60 of 60 ids"]),
    ],
)  # fmt: skip
def test_a_program_that_fails(
    tmp_path: Path, step: str, number: int, wrong: str, words: list[str]
) -> None:
    """It is told what and where, nothing of it counts, and once it is mended the loop goes on."""
    recipe = make_scripted_project(tmp_path, SCRIPT, recipe=SLOW, dev=20)
    when = "sys.argv[3]" if step == "train" else "told['round']"
    told = {step: f"if {when} == '{number}':\n    " + wrong.replace("; ", "\n    ")}
    (tmp_path / "wrong.json").write_text(json.dumps(told))
    said = fails(recipe)
    for word in (f"{step}, round {number}, seed 0, ", *words, "start the loop again"):
        assert word in said
    place = tmp_path / f"out/rounds/{number:02d}/seed-0"
    assert not (place / "dev.jsonl").exists()
    if step == "train":
        assert not (place / "done.json").exists()
    assert not list(tmp_path.rglob("running.json"))
    assert (tmp_path / "out/report.html").exists() == (number > 0), "of the rounds that are done"
    (tmp_path / "wrong.json").unlink()
    found = goes_on(recipe)
    assert found.exit_code == 0
    assert len(found.rounds) == 1
    once = Counter({"train 0": 1, "predict 0": 1, "train 1": 1, "predict 1": 1})
    assert began(recipe) == once + Counter([f"{step} {number}"])


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("nowhere.sh", "'nowhere.sh' cannot be started: it is neither in"),
        ("./plain.sh", "may not be run; make it executable (chmod +x), or name its program first"),
        ("broken.sh", "its first line (#!) names a program that is not there"),
    ],
)
@pytest.mark.parametrize("step", ["train", "predict"])
def test_a_program_that_cannot_be_started(
    tmp_path: Path, step: str, command: str, words: str
) -> None:
    """Another command is no change of code where nothing was answered yet: it is a first try."""
    recipe = make_scripted_project(tmp_path, SCRIPT)
    (tmp_path / "plain.sh").write_text("exit 0\n")
    (tmp_path / "broken.sh").write_text("#!/nowhere/sh\n")
    (tmp_path / "broken.sh").chmod(0o755)
    text = recipe.read_text()
    first, _, rest = text.partition(f'{step}: {{command: "')
    recipe.write_text(f'{first}{step}: {{command: "{command} {rest.partition(".py ")[2]}')
    said = fails(recipe)
    assert words in said
    assert "printed" not in said
    assert "answered" not in said
    recipe.write_text(text)
    found = goes_on(recipe)
    assert not found.allowed
    assert began(recipe)["train 0"] == 1, "trained before, and trained no other way"


def test_a_first_try_whose_training_is_mended_is_trained_again(tmp_path: Path) -> None:
    """What an earlier train.py left does not count, though its training had ended well."""
    recipe = make_scripted_project(tmp_path, SCRIPT)
    (tmp_path / "wrong.json").write_text(json.dumps({"predict": "sys.exit(1)"}))
    fails(recipe)
    (tmp_path / "wrong.json").unlink()
    train = tmp_path / "train.py"
    train.write_text(train.read_text() + "\n# mended\n")
    found = goes_on(recipe)
    assert not found.allowed
    assert began(recipe)["train 0"] == 2


def test_one_seed_of_three_that_fails(tmp_path: Path) -> None:
    """The seed is named; what the others finished is kept, and nothing is compared without it."""
    recipe = make_scripted_project(tmp_path, SCRIPT)
    told = {"train": "if sys.argv[3:5] == ['1', '1']:\n    sys.exit('diverged')"}
    (tmp_path / "wrong.json").write_text(json.dumps(told))
    assert "train, round 1, seed 1, " in fails(recipe, seeds=3)
    before = began(recipe)
    (tmp_path / "wrong.json").unlink()
    found = api.loop(recipe, output=tmp_path / "out", workers=0, rounds=1, seeds=3)
    assert len(found.rounds[0].trained.models) == 3
    after = began(recipe)
    assert after["train 0"] == 3
    assert after["train 1"] == 4, "three seeds, and one of them twice"
    assert before["train 1"] in (2, 3)


def test_a_function_that_fails(tmp_path: Path) -> None:
    """A model that is a function of the user's: the example is named, and mending it goes on."""
    text = SCRIPTED_RECIPE.partition("predict:")[0] + 'predict: {model: "asked:answer"}\n'
    recipe = make_scripted_project(tmp_path, SCRIPT, recipe=text)
    (tmp_path / "asked.py").write_text(
        "from pathlib import Path\n"
        "def answer(model, sounds, rate_hz):\n"
        "    assert Path(model).name == 'model' and rate_hz == 16000\n"
        "    if Path('broken').exists() and any(abs(one).max() > 0.4 for one in sounds):\n"
        "        raise ValueError('too loud')\n"
        "    return ['110' for _ in sounds]\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        Path("broken").touch()
        said = fails(recipe)
        assert "predict, round 0, seed 0, 'asked:answer': model 'asked:answer' failed" in said
        assert "on example 'dev-000': ValueError: too loud" in said
        Path("broken").unlink()
        found = goes_on(recipe)
    assert found.start.ranking.overall.accuracy == 0.5
    assert began(recipe)["train 0"] == 1
