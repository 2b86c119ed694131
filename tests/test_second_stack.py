"""The stack of examples/second_stack: tied to augmentor by commands and files, by nothing else."""

import ast
import json
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from loop_project import RECIPE, make_loop_project

from augmentor import api

HERE = Path(__file__).parents[1] / "examples/second_stack"

ALONE = """\
import runpy, sys

class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("augmentor", "torch", "librosa", "soundfile", "cv2"):
            raise ImportError(f"{name} is not in this environment")

sys.meta_path.insert(0, Nothing())
sys.argv = sys.argv[1:]
sys.path[0] = "stack"
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""Runs a program where neither augmentor nor its friends can be imported."""


def test_it_imports_its_own_packages_only() -> None:
    """What its programs import is Python's, numpy's, or what requirements.txt names."""
    needed = (HERE / "requirements.txt").read_text()
    assert needed.startswith("scikit-learn==")
    own = {file.stem for file in HERE.glob("*.py")}
    for file in HERE.glob("*.py"):
        names = {
            name.partition(".")[0]
            for node in ast.walk(ast.parse(file.read_text()))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [one.name for one in node.names]
            )
        }
        assert names <= {*sys.stdlib_module_names, *own, "numpy", "sklearn"}, file


def test_its_recipe_is_checked_where_the_data_is() -> None:
    """Its commands are those of its own environment; two rounds, three seeds."""
    told = yaml.safe_load((HERE / "recipe.yaml").read_text())
    assert told["loop"]["rounds"] == 2
    assert told["loop"]["seeds"] == 3
    for verb in ("train", "predict"):
        assert told[verb]["command"].startswith(".venv/bin/python ")
    if not (HERE.parent / "speech/data/train.jsonl").exists():
        pytest.skip("the demo's data is not here")
    assert api.load_recipe(HERE / "recipe.yaml").spec.name == "second-stack"


def test_a_round_of_it(tmp_path: Path) -> None:
    """Its two programs carry a loop where augmentor cannot be imported; the worst tag rises."""
    python = f"{sys.executable} alone.py stack"
    commands = (
        f'train: {{command: "{python}/train.py {{manifest}} {{out}} --seed {{seed}} --trees 60"}}\n'
        f'predict: {{command: "{python}/infer.py {{model}} {{manifest}} {{out}}"}}\n'
    )
    recipe = make_loop_project(tmp_path, recipe=RECIPE.partition("train:")[0] + commands)
    (tmp_path / "alone.py").write_text(ALONE)
    shutil.copytree(HERE, tmp_path / "stack", ignore=shutil.ignore_patterns(".*", "*.yaml"))
    found = api.loop(recipe, output=tmp_path / "out", workers=0, rounds=1, jobs=2)
    (one,) = found.rounds
    worst = max(one.worked, key=one.worked.__getitem__)
    change = {row.tag: row.change for row in one.change.rows}
    assert change[worst] > 0.1, one.change.to_json()
    answers = (found.folder / "rounds/01/seed-0/asked-dev/answers.jsonl").read_text().splitlines()
    assert all(set(json.loads(line)) == {"id", "prediction", "score"} for line in answers)
    held = json.loads((found.folder / "loop.json").read_text())["held"]["code"]
    assert {"stack/train.py", "stack/infer.py", "alone.py"} <= set(held)
