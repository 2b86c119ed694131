"""Learning by heart: sound trainings pass, each planted fault is found and named by its suspect."""

import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_project import make_picture_project
from project import RECIPE, make_project

from augmentor import RunDataset, UsageError, overfit, run
from augmentor.api.overfitting import open_data
from augmentor.cli.main import entry
from augmentor.gate.overfit.check import Overfit
from augmentor.gate.overfit.examples import READS, choose

CLASSES = ("en", "fr", "ru")
Item = Mapping[str, Any]


def examples(count: int = 120, *, seed: int = 0) -> list[dict[str, Any]]:
    """Return examples in three clouds, a class each."""
    chance = np.random.Generator(np.random.Philox(key=seed))
    found = []
    for index in range(count):
        kind = index % 3
        wave = chance.normal(0, 0.3, 8) + 2 * np.eye(8)[kind]
        found.append({"id": f"e{index}", "wave": wave, "target": CLASSES[kind]})
    return found


def softmax(seed: int, learning_rate: float = 0.5) -> Callable[[Sequence[Item]], float]:
    """Return the step of a softmax regression."""
    chance = np.random.Generator(np.random.Philox(key=seed))
    weights, bias = chance.normal(0, 0.1, (8, 3)), np.zeros(3)

    def step(items: Sequence[Item]) -> float:
        waves = np.array([item["wave"] for item in items], np.float64)
        right = np.eye(3)[[CLASSES.index(item["target"]) for item in items]]
        scores = waves @ weights + bias
        parts = np.exp(scores - scores.max(axis=1, keepdims=True))
        parts /= parts.sum(axis=1, keepdims=True)
        loss = -np.log((parts * right).sum(axis=1) + 1e-300).mean()
        slope = (parts - right) / len(items)
        np.subtract(weights, learning_rate * waves.T @ slope, out=weights)
        np.subtract(bias, learning_rate * slope.sum(axis=0), out=bias)
        return float(loss)

    return step


def line(seed: int, learning_rate: float = 0.05) -> Callable[[Sequence[Any]], float]:
    """Return the step of a least-squares line; its items are pairs."""
    chance = np.random.Generator(np.random.Philox(key=seed))
    weights, bias = chance.normal(0, 0.1, 4), np.zeros(1)

    def step(items: Sequence[Any]) -> float:
        inputs = np.array([one for one, _ in items])
        missed = inputs @ weights + bias - np.array([one for _, one in items])
        np.subtract(weights, learning_rate * 2 * inputs.T @ missed / len(items), out=weights)
        np.subtract(bias, learning_rate * 2 * missed.mean(), out=bias)
        return float((missed**2).mean())

    return step


def pairs(count: int = 100, shift: float = 0.0) -> list[tuple[np.ndarray, float]]:
    """Return pairs (input, target) on a plane, with inputs moved off 0."""
    chance = np.random.Generator(np.random.Philox(key=1))
    inputs = chance.normal(0, 1, (count, 4))
    return [(one + shift, float(one @ (1, -2, 0.5, 1))) for one in inputs]


def with_fault(fault: Callable[[Sequence[Item]], list[Item]]) -> Callable[..., Any]:
    """Return a softmax regression to which something happens before each step."""

    def make(seed: int, learning_rate: float = 0.5) -> Callable[[Sequence[Item]], float]:
        step = softmax(seed, learning_rate)
        return lambda items: step(fault(items))

    return make


def suspects(found: Overfit) -> list[tuple[str, str]]:
    """Return names and certainty of the suspects."""
    return [(one.name, one.sure) for one in found.suspects]


class TestSound:
    """Trainings that are as they should be."""

    @settings(max_examples=15, deadline=None)
    @given(st.integers(0, 10_000))
    def test_yes(self, seed: int) -> None:
        """Whatever the seed: every size fits, nobody is suspected, the exit code is 0."""
        found = overfit(softmax, examples(seed=seed), seed=seed)
        assert [one.size for one in found.fits] == [1, 10, 100]
        assert [one.outcome for one in found.fits] == ["fits"] * 3
        assert (found.answer, found.exit_code, found.suspects) == ("yes", 0, ())
        for one in found.fits:
            assert one.last <= one.bound < one.first

    def test_pairs(self) -> None:
        """Items may be pairs (input, target), and targets numbers."""
        found = overfit(line, pairs(), sizes=(1, 100))
        assert found.answer == "yes"

    def test_the_same_again(self) -> None:
        """The same call gives the same losses."""
        one, other = (overfit(softmax, examples()).fits for _ in range(2))
        assert [fit.losses for fit in one] == [fit.losses for fit in other]

    def test_targets_take_turns(self) -> None:
        """Ten of many examples have all classes, however rare some are and wherever they stand."""
        data = sorted(examples(300), key=lambda one: one["target"])
        data = [one for place, one in enumerate(data) if place < 260 or place > 295]
        chosen = choose(data, 100, 0)
        assert chosen.targets(3) == 3
        assert len({one.id for one in chosen.seen}) == 100

    def test_fewer_examples(self) -> None:
        """Sizes beyond the data end with it, and that is said."""
        found = overfit(softmax, examples(30))
        assert [one.size for one in found.fits] == [1, 10, 30]
        assert "30 usable examples" in found.notes[0]


class TestFaults:
    """Planted faults: the answer is no, and the first suspect is the right one."""

    def test_labels_shuffled_each_epoch(self) -> None:
        """A dataset that shuffles its labels anew is caught by reading it again."""

        class Shuffled(list[dict[str, Any]]):
            reads = 0
            chance = np.random.Generator(np.random.Philox(key=3))

            def __getitem__(self, index: Any) -> Any:
                if self.reads % len(self) == len(self) - 1:
                    for one, to in zip(self, self.chance.permutation(len(self)), strict=True):
                        one["target"] = CLASSES[to % 3]
                self.reads += 1
                return dict(list.__getitem__(self, index))

        found = overfit(softmax, Shuffled(examples(100)), seconds=60)
        assert found.answer == "no"
        assert found.exit_code == 1
        assert found.fits[-1].outcome == "does not fit"
        assert suspects(found)[0] == ("labels change against inputs", "shown")

    @pytest.mark.parametrize("seed", range(5))
    def test_labels_shuffled_within_the_step(self, seed: int) -> None:
        """A step that loses the order of its labels is told from one that cannot learn."""
        chance = np.random.Generator(np.random.Philox(key=seed))

        def shuffled(items: Sequence[Item]) -> list[Item]:
            order = chance.permutation(len(items))
            return [
                {**item, "target": items[to]["target"]}
                for item, to in zip(items, order, strict=True)
            ]

        found = overfit(with_fault(shuffled), examples(), sizes=(1, 10), seed=seed)
        assert [one.outcome for one in found.fits] == ["fits", "does not fit"]
        assert suspects(found)[0][0] == "labels shuffled against inputs within the step"

    def test_a_table_of_labels_shuffled_each_epoch(self) -> None:
        """Labels that the training keeps by itself and shuffles: it learns, but not which."""

        def make(seed: int) -> Callable[[Sequence[Item]], float]:
            step = softmax(seed)
            chance = np.random.Generator(np.random.Philox(key=seed))
            known: dict[str, str] = {}

            def shuffling(items: Sequence[Item]) -> float:
                for item in items:
                    known.setdefault(item["id"], item["target"])
                targets = list(known.values())
                order = chance.permutation(len(targets))
                known.update(zip(known, [targets[to] for to in order], strict=True))
                return step([{**item, "target": known[item["id"]]} for item in items])

            return shuffling

        found = overfit(make, examples(), sizes=(1, 12))
        assert [one.outcome for one in found.fits] == ["fits", "does not fit"]
        assert "labels shuffled against inputs" in dict(suspects(found))

    def test_constant_inputs(self) -> None:
        """All inputs alike."""
        data = [{**one, "wave": np.ones(8)} for one in examples()]
        found = overfit(softmax, data)
        assert found.fits[1].outcome == "does not fit"
        assert ("constant inputs", "shown") in suspects(found)

    def test_silent_inputs(self) -> None:
        """Inputs of one number each."""
        data = [{**one, "wave": np.full(8, 1e-9 * place)} for place, one in enumerate(examples())]
        assert ("constant inputs", "shown") in suspects(overfit(softmax, data, sizes=(10,)))

    @pytest.mark.parametrize("bad", [math.nan, math.inf])
    @pytest.mark.filterwarnings("ignore:invalid value")
    def test_not_numbers(self, bad: float) -> None:
        """A loss that is no number is undefined, and the examples behind it are named."""
        data = examples()
        data[7] = {**data[7], "wave": np.array([bad, *[0.0] * 7])}
        found = overfit(softmax, data, sizes=(120,))
        assert found.fits[0].outcome == "undefined"
        (first,) = found.suspects
        assert (first.name, first.sure) == ("inputs that are not numbers", "shown")
        assert "1 of 120" in first.measured
        assert "e7" in first.measured

    def test_one_input_two_targets(self) -> None:
        """A duplicate with another label is named; no model could learn both."""
        data = examples(20)
        data.append({**data[0], "id": "twin", "target": "fr"})
        found = overfit(softmax, data, sizes=(21,))
        assert suspects(found)[0] == ("one input, several targets", "shown")
        assert "twin" in found.suspects[0].measured

    @pytest.mark.parametrize(("rate", "word"), [(2.0, "too high"), (1e-4, "too low")])
    @pytest.mark.filterwarnings("ignore:overflow")
    def test_learning_rate(self, rate: float, word: str) -> None:
        """A rate that is far off is found by one that fits; without the means it is a sign."""
        found = overfit(line, pairs(), sizes=(10,), learning_rate=rate)
        assert found.answer == "no"
        assert suspects(found)[0] == (f"learning rate: {word}", "shown")

        def fixed(seed: int) -> Callable[[Sequence[Any]], float]:
            return line(seed, rate)

        found = overfit(fixed, pairs(), sizes=(10,))
        assert (f"learning rate: {word}", "shown") not in suspects(found)
        assert f"learning rate: {word}" in dict(suspects(found))

    def test_a_rate_that_nobody_says(self) -> None:
        """Where the function has no rate of its own, a ladder of rates is tried."""

        def make(seed: int, learning_rate: float | None = None) -> Callable[..., float]:
            return line(seed, learning_rate or 1e-6)

        found = overfit(make, pairs(), sizes=(10,))
        assert suspects(found)[0] == ("learning rate", "shown")

    @pytest.mark.parametrize("shift", [30.0, 1000.0])
    @pytest.mark.filterwarnings("ignore:overflow")
    def test_normalisation(self, shift: float) -> None:
        """Inputs far from 0: brought there, the same training fits."""
        found = overfit(line, pairs(shift=shift), sizes=(10,))
        assert found.answer == "no"
        assert suspects(found)[0] == ("normalisation", "shown")
        assert "fits in" in found.suspects[0].measured

    def test_a_loss_that_ignores_the_target(self) -> None:
        """Targets exchanged for one: the losses are the same."""

        def make(seed: int) -> Callable[[Sequence[Item]], float]:
            weights = np.random.Generator(np.random.Philox(key=seed)).normal(0, 1, 8)

            def step(items: Sequence[Item]) -> float:
                waves = np.array([item["wave"] for item in items])
                np.multiply(weights, 0.95, out=weights)
                return float(1 + (waves @ weights).var())

            return step

        found = overfit(make, examples(), sizes=(10,))
        assert suspects(found)[0] == ("a loss that ignores the target", "shown")

    def test_dead_from_the_start(self) -> None:
        """Inputs that do not reach the model."""
        dead = with_fault(lambda items: [{**one, "wave": np.zeros(8)} for one in items])
        found = overfit(dead, examples(), sizes=(1, 10))
        assert [one.outcome for one in found.fits] == ["fits", "does not fit"]
        assert suspects(found)[0] == ("a dead model: the same output for every input", "shown")

    def test_dead_after_a_while(self) -> None:
        """A unit that stops firing during training: the same output from then on."""

        def make(seed: int) -> Callable[[Sequence[Item]], float]:
            step, done = softmax(seed, 0.1), [0]

            def dying(items: Sequence[Item]) -> float:
                done[0] += 1
                alive = done[0] < 10
                return step([{**one, "wave": alive * one["wave"]} for one in items])

            return dying

        found = overfit(make, examples(), sizes=(9,))
        assert ("a dead model: the same output for every input", "shown") in suspects(found)

    def test_nothing_is_learned(self) -> None:
        """An optimiser that moves nothing."""

        def make(seed: int) -> Callable[[Sequence[Item]], float]:
            return lambda items: softmax(seed)(items)  # noqa: PLW0108 - fresh each time

        found = overfit(make, examples(), sizes=(1, 10))
        assert suspects(found)[0] == ("nothing is learned", "shown")

    def test_too_few_steps(self) -> None:
        """A loss that still falls says so."""
        found = overfit(lambda seed: softmax(seed, 0.02), examples(), sizes=(10,), steps=30)
        assert ("too few steps", "sign") in suspects(found)

    def test_random_inputs_are_a_sign_only(self) -> None:
        """Augmentation under the same index is named, and where it all fits nothing is."""
        chance = np.random.Generator(np.random.Philox(key=5))

        class Moving(list[dict[str, Any]]):
            def __getitem__(self, index: Any) -> Any:
                one = list.__getitem__(self, index)
                return {**one, "wave": one["wave"] + chance.normal(0, 0.1, 8)}

        assert overfit(softmax, Moving(examples())).suspects == ()
        found = overfit(lambda seed: softmax(seed, 1e-6), Moving(examples()), sizes=(10,))
        assert ("data that changes under the same index", "sign") in suspects(found)


class TestCannotTell:
    """What says nothing is no yes and no no."""

    def test_one_target(self) -> None:
        """All examples with one target: a constant answer would fit as well."""
        data = [{**one, "target": "en"} for one in examples()]
        found = overfit(softmax, data)
        assert [one.outcome for one in found.fits] == ["fits", "cannot tell", "cannot tell"]
        assert (found.answer, found.exit_code) == ("cannot tell", 1)

    def test_floor(self) -> None:
        """A loss below 0 asks for its floor; with it, it is judged."""

        def make(seed: int) -> Callable[[Sequence[Item]], float]:
            step = softmax(seed)
            return lambda items: step(items) - 1

        found = overfit(make, examples())
        assert found.answer == "cannot tell"
        assert "--floor" in found.fits[0].evidence
        assert overfit(make, examples(), floor=-1).answer == "yes"

    def test_nothing_to_learn(self) -> None:
        """A loss that is 0 from the start."""
        found = overfit(lambda _seed: lambda _items: 0.0, examples())
        assert found.answer == "cannot tell"

    def test_no_time(self) -> None:
        """Time that is up is no failure of the model."""
        found = overfit(lambda seed: softmax(seed, 0.001), examples(), seconds=1e-6)
        assert found.answer == "cannot tell"
        assert "time was up" in found.fits[0].evidence


class TestData:
    """Every kind of data that can be named."""

    def test_sounds(self, tmp_path: Path) -> None:
        """A manifest, a recipe and a run of sounds: a small torch model learns them by heart."""
        project = make_project(tmp_path, recipe=RECIPE.replace("budget: 24", "budget: 8"))
        made = run(project, output=project.parent / "runs", workers=0).folder
        for data in (project, project.parent / "data/train.jsonl", made):
            found = overfit(_bands, data, sizes=(1, 6), steps=300)
            assert found.answer == "yes", data
        assert len(open_data(made)) == len(RunDataset(made))

    def test_pictures(self, tmp_path: Path) -> None:
        """A manifest and a COCO file of pictures; one that cannot be read is passed over."""
        recipe = make_picture_project(tmp_path / "one")
        (recipe.parent / "data/part-03.png").write_bytes(b"no picture")
        found = overfit(_thumbs, recipe.parent / "data/parts.jsonl", sizes=(1, 13), steps=300)
        assert found.answer == "yes"
        assert "part-03" in found.notes[-1]
        coco = make_picture_project(tmp_path / "two", form="coco").parent / "data/parts.json"
        assert len(open_data(coco)) == 14

    def test_items_are_kept_when_they_are_steady(self) -> None:
        """An example that never changes is read three times and at the end, not each step."""
        reads: list[int] = []

        class Counted(list[dict[str, Any]]):
            def __getitem__(self, index: Any) -> Any:
                reads.append(index)
                return list.__getitem__(self, index)

        overfit(lambda seed: softmax(seed, 1e-9), Counted(examples(4)), sizes=(4,), steps=50)
        assert len(reads) == 4 * (READS + 1)


def _bands(seed: int) -> Callable[[Sequence[Item]], float]:
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    net = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.Tanh(), torch.nn.Linear(32, 3))
    optimiser = torch.optim.Adam(net.parameters(), lr=0.01)

    def step(items: Sequence[Item]) -> torch.Tensor:
        power = [torch.fft.rfft(item["wave"][:16000], 16000).abs().square() for item in items]
        bands = torch.stack(
            [torch.log(one[:8000].reshape(64, -1).mean(dim=1) + 1) for one in power]
        )
        targets = torch.tensor([CLASSES.index(item["target"]) for item in items])
        loss = torch.nn.functional.cross_entropy(net(bands), targets)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return loss

    return step


def _thumbs(seed: int) -> Callable[[Sequence[Item]], float]:
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 24 * 32, 2))
    optimiser = torch.optim.Adam(net.parameters(), lr=0.003)

    def step(items: Sequence[Item]) -> torch.Tensor:
        small = torch.nn.functional.avg_pool2d(torch.stack([item["image"] for item in items]), 4)
        targets = torch.tensor([int(item["target"] != "good") for item in items])
        loss = torch.nn.functional.cross_entropy(net(10 * (small - 0.5)), targets)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return loss

    return step


@pytest.mark.parametrize(
    ("function", "data", "said"),
    [
        (lambda _seed: None, examples(4), "returned a NoneType; expected step"),
        (lambda _seed: 1 / 0, examples(4), "failed with seed 0: ZeroDivisionError"),
        (lambda _seed: lambda items: items["x"], examples(4), "the step failed on 4 items"),
        (lambda _seed: lambda _items: "low", examples(4), "returned a str; it must return its"),
        (softmax, [], "holds no examples"),
        (softmax, [{"sound": 1}], "expected 'wave' or 'image'"),
        (softmax, ["text"], "an item is a str"),
        (softmax, [{"wave": ["a"]}], "expected numbers"),
        (softmax, "nowhere", "no such run, recipe or manifest"),
        ("no.such:make", examples(4), "cannot be imported"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(function: Any, data: Any, said: str) -> None:
    """A function or data that cannot be used is told in one sentence."""
    with pytest.raises(UsageError, match=said):
        overfit(function, data)


@pytest.mark.parametrize(
    "more", [{"sizes": ()}, {"sizes": (0,)}, {"steps": 1}, {"seconds": 0}, {"learning_rate": -1.0}]
)
def test_numbers_out_of_bounds(more: dict[str, Any]) -> None:
    """Numbers that make no sense are refused."""
    with pytest.raises(UsageError):
        overfit(softmax, examples(4), **more)


MODULE = """
import test_overfit
from test_overfit import softmax

def data():
    return test_overfit.examples(40)

def still(seed, learning_rate=0.5):
    return lambda items: softmax(seed, learning_rate)(items)

def broken():
    raise KeyError("path")
"""


@pytest.fixture
def augmentor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Return the command line, in a folder with a user's module."""
    (tmp_path / "mine_to_overfit.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "mine_to_overfit", raising=False)

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["augmentor", "overfit", *words])
        with pytest.raises(SystemExit) as stop:
            entry()
        out, err = capsys.readouterr()
        return int(stop.value.code or 0), out, err

    return call


def test_command_line(augmentor: Callable[..., tuple[int, str, str]]) -> None:
    """Exit code 0 for yes, 1 for no with the suspects, 2 for what cannot be used; no traceback."""
    code, out, err = augmentor("mine_to_overfit:softmax", "--data", "mine_to_overfit:data")
    assert code == 0
    assert out.rstrip().endswith("can the loss be driven down? yes")
    assert "your code: mine_to_overfit:softmax" in err
    code, out, _ = augmentor("mine_to_overfit:still", "--data", "mine_to_overfit:data")
    assert code == 1
    assert "1. nothing is learned  [shown]" in out
    code, _, err = augmentor("mine_to_overfit:still", "--data", "mine_to_overfit:broken")
    assert code == 2
    assert "failed: KeyError" in err
    code, _, err = augmentor("mine_to_overfit:softmax", "--data", "x:y", "--sizes", "1,two")
    assert code == 2
    assert "write 1,10,100" in err


def test_json(augmentor: Callable[..., tuple[int, str, str]]) -> None:
    """One JSON document by the letter of the standard, with NaN as null."""
    words = ("mine_to_overfit:still", "--data", "mine_to_overfit:data", "--sizes", "1,10", "--json")
    code, out, _ = augmentor(*words)
    found = json.loads(out, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    assert (code, found["answer"]) == (1, "no")
    assert found["suspects"][0]["name"] == "nothing is learned"
    assert [one["size"] for one in found["sizes"]] == [1, 10]
    undefined = overfit(lambda _seed: lambda _items: math.nan, examples(4), sizes=(1,)).to_json()
    assert undefined["sizes"][0]["first"] is None
    assert undefined["sizes"][0]["outcome"] == "undefined"


def test_the_demo_model_has_a_step(tmp_path: Path) -> None:
    """The speech demo's model learns a few sounds by heart through the step it offers."""
    recipe = make_project(tmp_path)
    found = overfit(
        "examples.speech.model:make", recipe.parent / "data/train.jsonl", sizes=(1,), steps=60
    )
    assert found.answer == "yes"
