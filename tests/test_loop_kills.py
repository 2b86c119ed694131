"""A loop that is killed without warning, at any step, ends as if nothing had been."""

import json
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from loop_project import INFER, TRAIN, make_loop_project

from augmentor import api
from augmentor.files import atomic

NOTED = """\
import os, signal, time

def note(text):
    with open("began.txt", "a") as file:
        file.write(text + "\\n")

def killed_here(text):
    # Whoever started this program dies; the program goes on until it is ended.
    if not os.path.exists(f"kill-{text}"):
        return
    os.remove(f"kill-{text}")
    with open("left-over.txt", "w") as file:
        file.write(str(os.getpid()))
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(600)

"""
"""What both programs say of themselves, and how the loop that started one may die."""

KILLS = {
    "audit": ("augmentor.recipe.worth:open_path", 2),
    "run": ("augmentor.jobs.batch:_note", 2),
    "compare": ("augmentor.api.comparing:compare", 2),
}
"""The function in whose place the loop's own process dies, in round 1."""


def noted(folder: Path) -> Path:
    """Return the recipe of a project whose programs note each start, and may kill the loop."""
    recipe = make_loop_project(folder)
    text = recipe.read_text().replace("train.py {manifest} {out} {seed}", "&{round}")
    text = text.replace("&", "train.py {manifest} {out} {seed} ")
    recipe.write_text(text.replace("{model} {manifest} {out}", "{model} {manifest} {out} {round}"))
    train = TRAIN.replace("import numpy as np\n", "import numpy as np\nfrom noted import *\n")
    train = train.replace(
        "    rows = rows_of(manifest)\n",
        "    rows = rows_of(manifest)\n"
        "    note(f'train {sys.argv[4]}')\n"
        "    with open(out, 'w') as file:\n"
        "        file.write('half a model')\n"
        "    killed_here(f'train-{sys.argv[4]}')\n",
    )
    infer = INFER.replace("sys.argv[1:4]", "sys.argv[1:4]\nfrom noted import *\n").replace(
        "    for row in rows_of(manifest):\n",
        "    note(f'predict {sys.argv[4]}')\n"
        "    for number, row in enumerate(rows_of(manifest)):\n"
        "        if number == 20:\n"
        "            file.flush()\n"
        "            killed_here(f'predict-{sys.argv[4]}')\n",
    )
    (folder / "noted.py").write_text(NOTED)
    (folder / "train.py").write_text(train)
    (folder / "infer.py").write_text(infer)
    return recipe


def began(folder: Path) -> Counter[str]:
    """Return how often each program was started, by round."""
    return Counter((folder / "began.txt").read_text().splitlines())


def die(folder: Path, *killed: object) -> None:
    """Type `augmentor loop recipe.yaml` in a project's folder, and see it die."""
    how = [str(Path(__file__).with_name("loop_killed.py")), *map(str, killed)]
    done = subprocess.run(
        [sys.executable, *(how if killed else ["-m", "augmentor"]), "loop", "recipe.yaml",
         "--json", "--workers", "1"],
        cwd=folder, capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert not done.stdout


@dataclass
class Whole:
    """A loop that nothing disturbed: what it says, its report, how its programs began."""

    said: dict[str, Any]
    report: bytes
    began: Counter[str]


def carry_out(folder: Path) -> Whole:
    """Do a project's loop to its end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        found = api.loop("recipe.yaml", workers=0)
    return Whole(found.to_json(), (folder / found.report).read_bytes(), began(folder))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """Return the loop as it is where nothing dies."""
    folder = tmp_path_factory.mktemp("whole")
    noted(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUGMENTOR_CACHE", str(tmp_path_factory.mktemp("cache")))
        found = carry_out(folder)
    steps = [f"{step} {number}" for step in ("train", "predict") for number in (0, 1, 2)]
    assert found.began == dict.fromkeys(steps, 1)
    return found


def alive(pid: int) -> bool:
    """Return whether a process is there and no zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] not in "ZX"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="tells processes by /proc")
@pytest.mark.parametrize("step", ["audit", "run", "train", "predict", "compare"])
def test_killed_during(step: str, whole: Whole, tmp_path: Path) -> None:
    """Killed in a step of round 1 and started again: the same page, byte for byte, and the same
    JSON; nothing finished was done again, and no program of the killed loop is left.
    """
    noted(tmp_path)
    by_program = step not in KILLS
    if by_program:
        (tmp_path / f"kill-{step}-1").touch()
    die(tmp_path, *KILLS.get(step, ()))
    rounds = tmp_path / "runs/tones-loop/rounds"
    made = {one: one.stat().st_mtime_ns for one in finished_examples(rounds)}
    assert bool(made) == (step != "audit")
    left_over = tmp_path / "left-over.txt"
    assert left_over.exists() == by_program
    if by_program:
        assert alive(int(left_over.read_text())), "it outlives the loop, as a training would"
    again = carry_out(tmp_path)
    assert again.said == whole.said
    assert again.report == whole.report
    assert again.began == whole.began + Counter([f"{step} 1"] if by_program else [])
    assert {one: one.stat().st_mtime_ns for one in made} == made
    if by_program:
        assert not alive(int(left_over.read_text())), "whoever starts again ends it"
    assert not list(rounds.rglob("running.json"))


def finished_examples(rounds: Path) -> list[Path]:
    """Return the new examples of finished runs, and those of unfinished ones."""
    return [
        lines.parent / row["file_name"]
        for lines in (*rounds.glob("*/*/metadata.jsonl"), *rounds.glob("*/*/finished.jsonl"))
        for row in map(json.loads, filter(None, lines.read_text().split("\n")))
        if row["file_name"]
    ]


class Died(BaseException):
    """What stands here for a kill: nothing catches it."""


def test_before_any_file_gets_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever file was about to appear when the loop died, in two rounds: the same report.

    It dies once before each file that it writes, and goes on each time from there.
    """
    recipe = make_loop_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    api.loop("recipe.yaml", output="whole", workers=0)
    seen: set[str] = set()
    real = atomic.write_bytes

    def dying(path: Path, *parts: bytes | memoryview, durable: bool = True) -> None:
        name = _name(path)
        if name not in seen:
            seen.add(name)
            raise Died(name)
        real(path, *parts, durable=durable)

    _patch_everywhere(monkeypatch, dying)
    deaths = 0
    while True:
        try:
            api.loop(recipe, output=Path("killed"), workers=0)
            break
        except Died:
            deaths += 1
    assert deaths > 10
    assert {"loop.json", "train.jsonl", "done.json", "dev.jsonl", "made.json", "metadata.jsonl",
            "dataset.json", "report.html", "running.json", "manifest.jsonl"} <= seen  # fmt: skip
    assert Path("killed/report.html").read_bytes() == Path("whole/report.html").read_bytes()


def _name(path: Path) -> str:
    """Return the name that stands for all files of a kind; examples are a kind."""
    return path.suffix if path.parent.name in ("data", "cache") else path.name


def _patch_everywhere(monkeypatch: pytest.MonkeyPatch, new: object) -> None:
    """Put a function in the place of `write_bytes`, wherever it was imported by name."""
    for module in list(sys.modules.values()):
        if module.__name__.startswith("augmentor.") and "write_bytes" in vars(module):
            monkeypatch.setattr(module, "write_bytes", new)
