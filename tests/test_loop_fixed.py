"""Only the data may change from round to round: what else changed is noticed and refused."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile
from loop_project import SCRIPTED_RECIPE, make_scripted_project, tone

from augmentor import api
from augmentor.core.errors import AugmentorError, UsageError

SCRIPT = [
    {"vehicle noise": 12, "hiss": 8},
    {"vehicle noise": 4, "hiss": 8},
    {"vehicle noise": 2, "hiss": 7},
]
WATCHED = SCRIPTED_RECIPE.replace(
    '{seed}"}', '{seed} {lr}", code: [lib], hyperparameters: {lr: 0.1}}'
)


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """Return a project whose first round is done."""
    path = make_scripted_project(tmp_path, SCRIPT, recipe=WATCHED)
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/layers.py").write_text("WIDTH = 64\n")
    go(path, rounds=1)
    return path


def go(recipe: Path, *, rounds: int = 2, seeds: int = 1, allow: tuple[str, ...] = ()) -> api.Loop:
    """Start the loop, or start it again."""
    out = recipe.with_name("out")
    return api.loop(recipe, output=out, workers=0, rounds=rounds, seeds=seeds, allow=allow)


def edit(path: Path, old: str, new: str) -> None:
    """Write a file anew."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def code(folder: Path) -> None:
    """Change the program that trains."""
    edit(folder / "train.py", "reading", "Reading")


def asking(folder: Path) -> None:
    """Change the program that asks."""
    edit(folder / "infer.py", '"?"', '"!"')


def library(folder: Path) -> None:
    """Change a module in a folder that is named under code."""
    edit(folder / "lib/layers.py", "64", "128")


def another_file(folder: Path) -> None:
    """Add a module there."""
    (folder / "lib/more.py").touch()


def command(folder: Path) -> None:
    """Change how the training is called."""
    edit(folder / "recipe.yaml", "{lr}", "{lr} --fast")


def rate(folder: Path) -> None:
    """Change a declared hyperparameter."""
    edit(folder / "recipe.yaml", "lr: 0.1", "lr: 0.2")


def rows(folder: Path) -> None:
    """Leave out a row of what each round's model is asked about."""
    dev = folder / "data/dev.jsonl"
    dev.write_text("".join(dev.read_text().splitlines(keepends=True)[:-1]))


def sound(folder: Path) -> None:
    """Put another sound in the place of one that is asked about."""
    soundfile.write(folder / "data/dev/003.wav", tone(160, 77, 0.9), 16000, subtype="PCM_16")


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        (code, "code", "code: 'train.py' changed"),
        (asking, "code", "code: 'infer.py' changed"),
        (library, "code", "code: 'lib' changed"),
        (another_file, "code", "code: 'lib' changed"),
        (command, "code", "code: 'train command' was"),
        (rate, "hyperparameters", "hyperparameters: 'lr' was '0.1' and is '0.2'"),
        (rows, "data", "data: 'data/dev.jsonl' changed"),
        (sound, "data", "data: 'data/dev.jsonl' changed"),
    ],
)
def test_a_change_is_refused_by_name_or_allowed_and_told(
    recipe: Path, change: Callable[[Path], None], kind: str, said: str
) -> None:
    """Refused, with what to do; allowed by its kind alone, and then the report says it for good."""
    began = recipe.with_name("began.txt")
    before = began.read_text()
    change(recipe.parent)
    with pytest.raises(AugmentorError) as caught:
        go(recipe)
    assert caught.value.exit_code == 1
    assert said in str(caught.value)
    assert f"or go on all the same with --allow {kind}" in str(caught.value)
    other = next(one for one in ("code", "data") if one != kind)
    with pytest.raises(AugmentorError, match="rounds can only be compared"):
        go(recipe, allow=(other,))
    assert began.read_text() == before, "nothing was started"
    found = go(recipe, allow=(kind,))
    assert len(found.rounds) == 2
    assert [one for one in found.allowed if said in one] == list(found.allowed) != []
    assert began.read_text().count("train 0") == before.count("train 0"), "done once is done"
    assert said.partition(":")[2].strip("'") in found.report.read_text().replace("&#x27;", "'")
    kept = json.loads((found.folder / "loop.json").read_text())
    assert kept["allowed"] == list(found.allowed)
    assert go(recipe).allowed == found.allowed, "the next start needs no leave, and still tells"


def test_unchanged_is_not_refused(recipe: Path) -> None:
    """The same again starts nothing; nor do a touched file, a cache of Python's, other rounds."""
    began = recipe.with_name("began.txt")
    before = began.read_text()
    train = recipe.with_name("train.py")
    train.write_bytes(train.read_bytes())
    (recipe.parent / "lib/__pycache__").mkdir()
    (recipe.parent / "lib/__pycache__/layers.pyc").touch()
    again = go(recipe, rounds=1)
    assert not again.allowed
    assert began.read_text() == before
    more = go(recipe, rounds=2)
    assert len(more.rounds) == 2
    assert began.read_text().startswith(before)
    assert began.read_text().count("train 0") == began.read_text().count("train 1") == 1


def test_other_seeds_are_refused(recipe: Path) -> None:
    """Means of one and of three trainings are not compared."""
    with pytest.raises(AugmentorError, match="'seeds' was '1' and is '3'"):
        go(recipe, seeds=3)


def test_an_edited_recipe_goes_on(recipe: Path) -> None:
    """Categories, budgets and rounds are what a user steers by: what was done stays as it was."""
    first = go(recipe, rounds=1)
    page = first.rounds[0].to_json()
    edit(recipe, "snr_db: {uniform: [5, -10]}", "snr_db: {uniform: [0, -10]}")
    edit(recipe, "budget: 8", "budget: 10")
    found = go(recipe, rounds=2)
    assert found.rounds[0].to_json() == page
    assert not found.allowed
    assert sum(found.rounds[1].worked.values()) == 10
    assert recipe.with_name("began.txt").read_text().count("train 1") == 1


def test_code_that_nobody_named(tmp_path: Path) -> None:
    """A training that names no file of the user's: that a change will not be noticed is said."""
    text = SCRIPTED_RECIPE.replace("PYTHON train.py {", "sh -c 'PYTHON train.py $0 $1 $2 $3' {")
    found = go(make_scripted_project(tmp_path, SCRIPT, recipe=text), rounds=1)
    assert any("name files or folders under train: {code: [...]}" in one for one in found.notes)


def test_code_named_by_its_whole_path(tmp_path: Path) -> None:
    """It is watched as any other: the interpreter is not, but a script at its place is."""
    text = SCRIPTED_RECIPE.replace("PYTHON train.py", f"{tmp_path}/go.sh").replace(
        "infer.py", f"{tmp_path}/infer.py"
    )
    recipe = make_scripted_project(tmp_path, SCRIPT, recipe=text)
    script = tmp_path / "go.sh"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} train.py "$@"\n')
    script.chmod(0o755)
    assert not go(recipe, rounds=1).notes
    edit(script, "exec", "exec ")
    asking(tmp_path)
    with pytest.raises(AugmentorError, match=r"go\.sh' changed, '.*infer\.py' changed\. Put"):
        go(recipe)


def test_an_edited_source_is_refused(recipe: Path) -> None:
    """All rounds are trained on it: to train them all again is no small thing, and is said."""
    source = recipe.with_name("data") / "train.jsonl"
    source.write_text("".join(source.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(AugmentorError, match=r"'data/train\.jsonl' changed.*every round again"):
        go(recipe)
    go(recipe, allow=("data",))
    assert recipe.with_name("began.txt").read_text().count("train 0") == 2


@pytest.mark.parametrize("whole", [False, True])
def test_a_moved_folder_goes_on(recipe: Path, *, whole: bool) -> None:
    """A loop, or the whole project with it, lies elsewhere now: nothing is trained again."""
    here = recipe.parent
    to = here.with_name(f"{here.name}-moved")
    if whole:
        here.rename(to)
        recipe = to / recipe.name
    else:
        (here / "out").rename(to)
    began = recipe.with_name("began.txt")
    before = began.read_text()
    out = to / "out" if whole else to
    found = api.loop(recipe, output=out, workers=0, rounds=1)
    assert began.read_text() == before
    assert found.rounds[0].run.is_dir()
    rows = (out / "rounds/01/train.jsonl").read_text()
    assert str(found.rounds[0].run) in rows, "what is told is where it lies now"
    assert f"{here}/" not in rows or not whole


def test_a_folder_of_something_else(recipe: Path) -> None:
    """A loop.json that is none, or half of one, is refused, and nothing is written over it."""
    file = recipe.with_name("out") / "loop.json"
    for text in ("{}", "[1", '{"held": 3}'):
        file.write_text(text)
        with pytest.raises(UsageError, match="name another folder with -o"):
            go(recipe)
        assert file.read_text() == text


def test_code_that_is_gone(recipe: Path) -> None:
    """A file that the recipe names and nobody can read is said at once."""
    recipe.with_name("train.py").unlink()
    with pytest.raises(AugmentorError, match=r"'train.py' is gone"):
        go(recipe)


def test_a_name_that_allows_nothing(recipe: Path) -> None:
    """A slip is told before anything is started."""
    with pytest.raises(
        UsageError, match=r"there is no 'cod'; did you mean 'code'\?; known: code, "
    ):
        go(recipe, allow=("cod",))
