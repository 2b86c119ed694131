"""What the README shows is run, as it stands, in a project with the files it names."""

import os
import re
import shlex
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from contract import check_operator
from loop_project import make_loop_project, write_test_set
from picture_project import make_picture_project
from project import make_project

from augmentor import load_recipe, recipe_schema
from augmentor.cli.main import cli
from augmentor.core.operator import Operator
from augmentor.operators import catalog
from augmentor.recipe.planner import draw_row
from augmentor.recipe.renderer import read_parent, render

README = Path(__file__).parent.parent / "README.md"


def blocks(kind: str) -> list[str]:
    """Return the fenced blocks of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a project whose recipe is the README's."""
    (recipe,) = blocks("yaml")
    make_project(tmp_path, recipe=recipe)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_recipe_loads(here: Path) -> None:
    """The README's recipe is good."""
    assert len(load_recipe(here / "recipe.yaml").categories) == 3


def test_the_commands_run(here: Path) -> None:
    """Every command line of the README ends with exit code 0."""
    lines = [
        line.removeprefix("$ augmentor ")
        for block in blocks("console")
        for line in block.splitlines()
    ]
    assert len(lines) == 10
    for line in lines:
        done = CliRunner().invoke(cli, shlex.split(line), standalone_mode=False)
        assert done.exception is None, (line, done.exception, done.output)
        assert not done.return_value, (line, done.return_value)


def test_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The recipe of pictures is good, and each command about it ends with exit code 0."""
    (recipe,) = blocks("yaml pictures")
    make_picture_project(tmp_path)
    (tmp_path / "surface.yaml").write_text(recipe)
    monkeypatch.chdir(tmp_path)
    (commands,) = blocks("console pictures")
    lines = commands.splitlines()
    assert len(lines) == 4
    for line in lines:
        words = shlex.split(line.removeprefix("$ augmentor "))
        done = CliRunner().invoke(cli, words, standalone_mode=False)
        assert done.exception is None, (line, done.exception, done.output)
        assert not done.return_value, (line, done.return_value)


def test_the_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The recipe of a loop is good, and its command goes through with programs of its own."""
    (recipe,), (command,) = blocks("yaml loop"), blocks("console loop")
    make_loop_project(tmp_path, recipe=recipe)
    (tmp_path / "recipe.yaml").rename(tmp_path / "loop.yaml")
    write_test_set(tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    # Its commands say `python`: the one that runs the tests.
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    words = shlex.split(command.removeprefix("$ augmentor "))
    done = CliRunner().invoke(cli, words, standalone_mode=False)
    assert done.exception is None, (done.exception, done.output)
    assert not done.return_value
    assert (tmp_path / "runs/loop/report.html").is_file()


def test_the_training_script_runs(here: Path) -> None:
    """The Python block runs, and its last batch has what it says."""
    (script,) = blocks("python")
    names: dict[str, object] = {}
    exec(compile(script, str(README), "exec"), names)
    assert names["wave"].shape[0] == len(names["lengths"]) == len(names["weight"])  # type: ignore[attr-defined,arg-type]
    wanted = {"seed": 1, "epoch": 0, "batches_done": 2}
    assert wanted.items() <= names["checkpoint"].items()  # type: ignore[attr-defined]
    assert len(names["made"]) == 24  # type: ignore[arg-type]


@pytest.fixture
def hum(monkeypatch: pytest.MonkeyPatch) -> type[Operator]:
    """Add the README's operator to the catalogue, as its one line would."""
    (source,) = blocks("python operator")
    assert len([line for line in source.splitlines() if line.strip()]) <= 26
    names: dict[str, object] = {"__name__": "augmentor.operators.hum"}
    exec(compile(source, "hum.py", "exec"), names)
    operator = names["Hum"]
    monkeypatch.setattr(catalog, "CATALOG", (*catalog.CATALOG, operator))
    return operator  # type: ignore[return-value]


def test_a_new_operator_is_in_schema_help_and_recipes(here: Path, hum: type[Operator]) -> None:
    """One file and one line give validation, schema, help and rendering."""
    assert "hum_hz" in str(recipe_schema()["$defs"]["params_hum"])
    shown = CliRunner().invoke(cli, ["operators", "hum"])
    assert "40 to 70 Hz" in shown.output
    text = (here / "recipe.yaml").read_text()
    step = "      - mix_noise: {noise: {pick: vehicle}, snr_db: {uniform: [15, -5]}}"
    (here / "recipe.yaml").write_text(
        "\n".join(
            "      - hum: {hum_hz: 50}" if step in line else line for line in text.split("\n")
        )
    )
    recipe = load_recipe(here / "recipe.yaml")
    category = recipe.categories["vehicle noise"]
    source = recipe.sources[0]
    row = draw_row(recipe, category, source, 0)
    child = render(recipe, read_parent(recipe, source), row.edits)
    assert child.edits[0].op == hum.name
    assert child.edits[0].params["hum_hz"] == 50
    (here / "recipe.yaml").write_text(
        (here / "recipe.yaml").read_text().replace("_hz: 50", "_hz: 90")
    )
    with pytest.raises(Exception, match="40 to 70 Hz"):
        load_recipe(here / "recipe.yaml")


def test_a_new_operator_passes_the_contract_suite(hum: type[Operator]) -> None:
    """The README's operator keeps every promise that the built-in ones keep."""
    check_operator(hum)
