"""What a recipe says of a loop is checked before anything is trained, each mistake at its place."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile
from loop_project import answers_of, make_loop_project, make_scripted_project, tone
from project import write_manifest

from augmentor import api
from augmentor.core.errors import UsageError

TRAIN = f'train: {{command: "{sys.executable} train.py {{manifest}} {{out}} {{seed}}"}}'
PREDICT = f'predict: {{command: "{sys.executable} infer.py {{model}} {{manifest}} {{out}}"}}'
AUDIT = "audit: {manifest: data/dev.jsonl, baseline: best slice}"
LOOP = "loop: {rounds: 2, margin: 0.2}"
RUN = 'train: {command: "a {manifest} {out}"'
ASK = 'predict: {command: "a {model} {manifest} {out}"'


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the recipe of a small project, in whose folder the tests are."""
    folder = tmp_path_factory.mktemp("project")
    path = make_loop_project(folder, clips=4, dev=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield path.relative_to(folder)


@pytest.mark.parametrize(
    ("old", "new", "place", "what"),
    [
        (TRAIN, "train: {}", "18:1", "'command' is missing: such as 'python train.py"),
        (TRAIN, "train: python", "18:8", "write a mapping"),
        (TRAIN, 'train: {command: ""}', "18:18", "'command' is empty"),
        (TRAIN, "train: {command: 3}", "18:18", "'command' is 3; write a text"),
        (TRAIN, 'train: {command: "a {manifest}"}', "18:8", "does not say where {out} goes"),
        (TRAIN, "train: {command: \"a '{manifest} {out}\"}", "18:8", "cannot be split into words"),
        (TRAIN, 'train: {command: "a {manifest} {out} {sed}"}', "18:8", "did you mean 'seed'?"),
        (TRAIN, RUN + ", cod: [x]}", "18:40", "unknown key 'cod'; did you mean 'code'?"),
        (TRAIN, RUN + ", code: [gone.py]}", "18:47", "'gone.py' is not there"),
        (TRAIN, RUN + ", code: gone.py}", "18:46", "write a list"),
        (TRAIN, RUN + ", hyperparameters: {lr: 1}}", "18:58", "write {lr} there, or take it out"),
        (TRAIN, RUN + ", hyperparameters: {seed: 1}}", "18:58", "a field of its own"),
        (TRAIN, RUN.replace("t}", "t} {lr}") + "}", "18:8", "there is no {lr}"),
        (TRAIN, RUN + ", timeout_s: 0}", "18:51", "allowed: above 0"),
        (TRAIN, "", "19:1", "a loop needs both; 'train' is missing"),
        (PREDICT, "", "18:1", "a loop needs both; 'predict' is missing"),
        (PREDICT, "predict: {}", "19:1", "write a command or a model: 'python infer.py"),
        (PREDICT, ASK + ', model: "a:b"}', "19:1", "write a command or a model: not both"),
        (PREDICT, "predict: {model: a}", "19:18", "write package.module:function"),
        (PREDICT, ASK.replace("{model} ", "") + "}", "19:20", "does not say where {model} goes"),
        (PREDICT, ASK + ", code: [gone]}", "19:57", "'gone' is not there"),
        (LOOP, "loop: {rounds: 0}", "20:16", "at least 1"),
        (LOOP, "loop: {round: 2}", "20:8", "did you mean 'rounds'?"),
        (LOOP, "loop: {seeds: two}", "20:15", "write a whole number"),
        (LOOP, "loop: {budget: lots}", "20:16", "examples (1200), hours (20 h) or bytes"),
        (LOOP, "loop: {budget: 2 h}", "20:16", "'2 h' is in another unit than budget, '40'"),
        (LOOP, "loop: {margin: 2}", "20:16", "at most 1"),
        (LOOP, "loop: {guard: [clena]}", "20:16", "did you mean 'clean'?"),
        (AUDIT, "audit: {manifest: data/gone.jsonl}", "5:19", "'data/gone.jsonl' is not there"),
        (AUDIT, "audit: {baseline: best slice}", "5:1", "write either table"),
        (AUDIT, "audit: {manifest: data/dev.jsonl, table: x.csv}", "5:1", "write either table"),
        ("sample_rate", "split: train, sample_rate", "4:45", "no example is in the split 'train'"),
        (AUDIT, "", "18:1", "name them: audit: {manifest: data/dev.jsonl}"),
    ],
)  # fmt: skip
def test_each_mistake_at_its_place(
    project: Path, tmp_path: Path, old: str, new: str, place: str, what: str
) -> None:
    """File, line and column, and what to write instead."""
    text = project.read_text()
    assert old in text
    recipe = project.with_name("mistaken.yaml")
    recipe.write_text(text.replace(old, new))
    with pytest.raises(UsageError) as caught:
        api.load_recipe(recipe)
    told = {one.where: one.what for one in caught.value.problems}
    assert what in told.get(f"mistaken.yaml:{place}", ""), caught.value


def test_several_trainings_that_would_be_one(project: Path) -> None:
    """Three seeds need a command that is told which, in a recipe or by an option."""
    text = project.read_text().replace(" {seed}", "")
    recipe = project.with_name("same.yaml")
    recipe.write_text(text)
    with pytest.raises(UsageError, match=r"3 trainings, but train: command never uses {seed}"):
        api.loop(recipe, seeds=3)
    recipe.write_text(text.replace("rounds: 2", "seeds: 3"))
    with pytest.raises(UsageError, match=r"same.yaml:18:18  loop: seeds is 3, but the command"):
        api.load_recipe(recipe)


def test_a_recipe_of_no_loop(project: Path) -> None:
    """Says what a loop needs; other verbs say what they need where only a loop is meant."""
    recipe = project.with_name("plain.yaml")
    text = project.read_text()
    recipe.write_text(text.replace(TRAIN, "").replace(PREDICT, "").replace(AUDIT, ""))
    with pytest.raises(UsageError, match="a loop needs your commands and what to ask about"):
        api.loop(recipe)
    with pytest.raises(UsageError, match="no error table yet: `augmentor loop` makes one"):
        api.run(project, workers=0)


def test_only_the_split_to_audit(project: Path) -> None:
    """A manifest with splits is asked about dev, or what is said; never about what is trained."""
    from augmentor.api.loops.setting import asked_of

    rows = Path("data/dev.jsonl").read_text().splitlines()
    splits = ["dev", "test", "train", "test"]
    rows = [f'{row[:-1]}, "split": "{splits[at % 4]}"}}' for at, row in enumerate(rows)]
    Path("data/splits.jsonl").write_text("\n".join(rows))
    recipe = project.with_name("splits.yaml")
    text = project.read_text().replace("dev.jsonl", "splits.jsonl")

    def counts(new: str) -> dict[str, int]:
        recipe.write_text(text.replace("baseline: best slice", new) + "test: data/splits.jsonl\n")
        found = asked_of(api.load_recipe(recipe))
        return {name: len(one) for name, one in found.items()}

    assert counts("baseline: best slice") == {"dev": 2, "splits": 3}
    assert counts("split: test") == {"dev": 3, "splits": 2}, "what decides is no test"
    with pytest.raises(UsageError, match="in the split 'devv'; its splits: dev, test, train"):
        counts("split: devv")


def test_one_manifest_for_all(tmp_path: Path) -> None:
    """A data set with splits, as many come: trained on train, decided by dev, shown on test."""
    recipe = make_scripted_project(tmp_path, [{"hiss": 8}, {"hiss": 2}], dev=20)
    data = tmp_path / "data"
    rows = [row | {"split": "train"} for row in answers_of(data / "train.jsonl")]
    asked = answers_of(data / "dev.jsonl")
    rows += [row | {"split": ("dev", "test")[at % 2]} for at, row in enumerate(asked)]
    write_manifest(data / "all.jsonl", rows)
    text = recipe.read_text().replace("data/train.jsonl,", "data/all.jsonl, split: train,")
    recipe.write_text(text.replace("data/dev.jsonl", "data/all.jsonl") + "test: data/all.jsonl\n")
    found = api.loop(recipe, output=tmp_path / "out", rounds=1, workers=0)
    assert found.start.examples == 6
    change = found.rounds[0]
    assert (change.whole.overall.n, change.test["all"].overall.n) == (30, 30)
    tables = change.trained.tables
    dev, test = ({row["id"] for row in answers_of(tables[name][0])} for name in ("dev", "all"))
    assert not dev & test


def test_what_is_tested_on(tmp_path: Path) -> None:
    """What decides is no test; sounds that nobody wrote down are kept apart, not asked about."""
    recipe = make_scripted_project(tmp_path, [{"hiss": 8}, {"hiss": 2}], dev=20)
    text = recipe.read_text()
    recipe.write_text(text + "test: data/dev.jsonl\n")
    with pytest.raises(UsageError, match=r"test: all of data/dev\.jsonl is audited"):
        api.loop(recipe, output=tmp_path / "out", workers=0)
    (tmp_path / "held").mkdir()
    soundfile.write(tmp_path / "held/a.wav", tone(130, 77), 16000, subtype="PCM_16")
    recipe.write_text(text + "test: held\n")
    found = api.loop(recipe, output=tmp_path / "out", rounds=1, workers=0)
    assert not found.rounds[0].test
    assert any("1 of 1 under test: have no targets" in note for note in found.notes)
