"""The recipes that come along: each loads on a small project, is planned, and makes examples."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from loop_project import make_loop_project
from picture_project import make_picture_project
from project import make_project

from augmentor import load_recipe, loop, plan, run

ALL = sorted((Path(__file__).parent.parent / "recipes").glob("*.yaml"))
LOOPS = [file for file in ALL if "\ntrain:" in file.read_text()]
FILES = [file for file in ALL if file not in LOOPS]


@pytest.fixture
def placed(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a recipe in a small project of the kind that it is for."""
    file: Path = request.param
    if "kind: picture" in file.read_text():
        data = make_picture_project(tmp_path).parent / "data"
        (data / "parts.jsonl").rename(data / "train.jsonl")
    else:
        make_project(tmp_path)
    return Path(shutil.copy(file, tmp_path))


def test_there_are_some() -> None:
    """Recipes lie where they are looked for."""
    assert len(FILES) >= 4
    assert LOOPS


@pytest.mark.parametrize("placed", FILES, ids=lambda file: file.stem, indirect=True)
def test_recipe(placed: Path) -> None:
    """It loads, spends its budget but for what a cap holds back, and serves every category."""
    recipe = load_recipe(placed)
    planned = plan(recipe, workers=0).plan
    assert planned.counts().keys() == recipe.categories.keys()
    assert all(planned.counts().values())
    assert 0.9 * recipe.spec.budget <= len(planned.rows) <= recipe.spec.budget
    assert all(row.edits for row in planned.rows)


@pytest.mark.parametrize("placed", FILES, ids=lambda file: file.stem, indirect=True)
def test_recipe_makes_examples(placed: Path) -> None:
    """Nothing is quarantined, and the gate passes most of what is made."""
    counts = run(placed, output=placed.parent / "runs", workers=0).counts
    assert counts["quarantined"] == 0
    assert counts["done"] >= 2 * counts["rejected"]


@pytest.mark.parametrize("file", LOOPS, ids=lambda file: file.stem)
def test_recipe_of_a_loop(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes through its rounds with two programs that know nothing of augmentor."""
    # Its commands say `python`: the one that runs the tests.
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    recipe = make_loop_project(tmp_path, recipe=file.read_text())
    found = loop(recipe, output=tmp_path / "out", workers=0)
    assert found.exit_code == 0
    assert found.rounds[0].worked["vehicle noise"] == load_recipe(recipe).spec.budget
    (row,) = (row for row in found.rounds[0].whole.rows if row.tag == "vehicle noise")
    assert row.verdict == "rose"
