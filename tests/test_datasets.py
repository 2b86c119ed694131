"""Batches are a function of keys: of recipe, example and epoch, never of workers or time."""

import itertools
import json
import pickle
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from project import RATE_HZ, make_project, write_manifest
from scipy.stats import binomtest
from torch.utils.data import DataLoader

from augmentor import api
from augmentor.core.errors import BadSourceError, UsageError
from augmentor.core.example import Example, Facts, Waveform
from augmentor.datasets import online
from augmentor.datasets.item import Batch, collate, item_of
from augmentor.datasets.online import AugmentedDataset
from augmentor.datasets.sampler import KeyedSampler
from augmentor.datasets.stored import RunDataset
from augmentor.files.audio import read_sound
from augmentor.recipe import renderer
from augmentor.recipe.load import load_recipe
from augmentor.recipe.planner import draw_edits
from augmentor.sources.manifest import read_sources
from augmentor.sources.sound import Sound

pytestmark = [
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded"),
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),  # more workers than cores
]


def batches(
    dataset: AugmentedDataset,
    sampler: KeyedSampler,
    *,
    passes: int = 2,
    workers: int = 0,
    start: str | None = None,
    persistent: bool = False,
) -> list[Batch]:
    """Return all batches of some passes over a loader."""
    loader = DataLoader(
        dataset,
        batch_sampler=sampler,
        collate_fn=collate,
        num_workers=workers,
        multiprocessing_context=start,
        persistent_workers=persistent,
    )
    return [batch for _ in range(passes) for batch in loader]


def read_lines(path: Path) -> list[dict]:
    """Return the rows of JSON Lines."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def same(one: Batch, other: Batch) -> bool:
    """Return whether two batches agree in every number and word."""
    tensors = ("wave", "lengths", "weight")
    words = ("target", "words", "id", "tags", "category", "edits")
    return all(torch.equal(one[name], other[name]) for name in tensors) and all(
        one[name] == other[name] for name in words
    )


@pytest.fixture
def expected(project: Path) -> tuple[AugmentedDataset, list[Batch]]:
    """Return a dataset, and two epochs of it as this process makes them."""
    dataset = AugmentedDataset(None, project, share=0.8)
    return dataset, batches(dataset, KeyedSampler(12, 4, seed=1))


@pytest.mark.parametrize(
    ("workers", "start", "persistent"),
    [
        (1, "fork", False),
        (2, "fork", True),
        (4, "fork", False),
        (4, "fork", True),
        (2, "spawn", False),
        (4, "spawn", True),
    ],
)
def test_batches_are_the_same_for_any_workers(
    expected: tuple[AugmentedDataset, list[Batch]], workers: int, start: str, persistent: bool
) -> None:
    """Two epochs agree in every byte with those made without workers."""
    dataset, wanted = expected
    passes = 1 if start == "spawn" and not persistent else 2  # each start costs seconds
    found = batches(
        dataset, KeyedSampler(12, 4, seed=1), passes=passes, workers=workers, start=start,
        persistent=persistent,
    )  # fmt: skip
    assert len(found) == 3 * passes
    assert all(map(same, found, wanted))


def test_epochs_differ(expected: tuple[AugmentedDataset, list[Batch]]) -> None:
    """The second epoch has other edits than the first, wherever an operator has a choice."""
    first, second = ({}, {})
    for epoch, half in ((first, expected[1][:3]), (second, expected[1][3:])):
        for batch in half:
            epoch.update(zip(batch["id"], batch["edits"], strict=True))
    assert first.keys() == second.keys()
    alike = [edits for name, edits in first.items() if edits and edits == second[name]]
    assert all(edit["op"] == "codec.v1" for edits in alike for edit in edits)
    assert len(alike) < 3


def test_no_draw_is_repeated(tmp_path: Path) -> None:
    """1,000 examples x 3 epochs: 3,000 different edits."""
    recipe = load_recipe(make_project(tmp_path))
    category = recipe.categories["vehicle noise"]
    drawn = [
        json.dumps([edit.to_json() for edit in draw_edits(recipe, category, facts, epoch, 0)])
        for facts in (Facts(f"e{number}", tags=("clean",)) for number in range(1000))
        for epoch in range(3)
    ]
    assert len(set(drawn)) == 3000


def test_no_sound_is_repeated(project: Path) -> None:
    """12 examples x 20 epochs, rendered: 240 different sounds."""
    dataset = AugmentedDataset(
        None, project, share=1, gate=False, weights={"vehicle noise": 1, "people noise": 1}
    )
    waves = {
        dataset[epoch, index]["wave"].numpy().tobytes()
        for epoch in range(20)
        for index in range(12)
    }
    assert len(waves) == 240


def test_a_plain_index_is_epoch_0(project: Path) -> None:
    """An item does not depend on how it was asked for, nor on what was asked for before."""
    dataset = AugmentedDataset(None, project, share=1)
    one, other = dataset[3], dataset[np.int64(0), np.int64(3)]
    assert torch.equal(one["wave"], other["wave"])
    again = AugmentedDataset(None, project, share=1)
    _ = again[5, 2], again[1, 3]
    assert torch.equal(again[3]["wave"], one["wave"])
    assert one["edits"]
    assert one["tags"] == [one["category"]]


def test_measured_before_or_not_is_the_same(project: Path, tmp_path: Path) -> None:
    """A dataset opened after a plan has the facts in its cache; its items are the same."""
    before = AugmentedDataset(None, project, share=1, gate=False)
    items = [before[1, index] for index in range(12)]
    api.plan(project)
    after = AugmentedDataset(None, project, share=1, gate=False)
    assert all(one.facts.digest for one in after.sources)
    for index, item in enumerate(items):
        assert same(collate([item]), collate([after[1, index]]))


def test_narrow_parents_are_refused_measured_or_not(tmp_path: Path) -> None:
    """What an operator refuses for its bandwidth stays as it is, also before any plan."""
    import soundfile

    recipe = make_project(tmp_path, clips=3)
    sound, _ = soundfile.read(tmp_path / "data" / "p001.wav")
    spectrum = np.fft.rfft(sound)
    spectrum[len(spectrum) // 3 :] = 0
    soundfile.write(tmp_path / "data" / "p001.wav", np.fft.irfft(spectrum, len(sound)), RATE_HZ)
    dataset = AugmentedDataset(None, recipe, share=1, gate=False, weights={"low bandwidth": 1})
    assert [dataset[index]["category"] for index in range(3)] == [
        "low bandwidth", "", "low bandwidth",
    ]  # fmt: skip


def test_a_category_that_refuses_leaves_its_turn_to_the_others(tmp_path: Path) -> None:
    """Where one category refuses a parent, the others are drawn for it: the share is kept."""
    import soundfile

    recipe = make_project(tmp_path, clips=2)
    sound, _ = soundfile.read(tmp_path / "data" / "p001.wav")
    spectrum = np.fft.rfft(sound)
    spectrum[len(spectrum) // 3 :] = 0
    soundfile.write(tmp_path / "data" / "p001.wav", np.fft.irfft(spectrum, len(sound)), RATE_HZ)
    weights = {"low bandwidth": 3.0, "vehicle noise": 1.0}
    dataset = AugmentedDataset(None, recipe, share=1, gate=False, weights=weights)
    chosen = Counter(dataset[epoch, 1]["category"] for epoch in range(12))
    assert chosen == {"vehicle noise": 12}
    assert "low bandwidth" in {dataset[epoch, 0]["category"] for epoch in range(12)}


def test_no_edits_is_no_new_example(project: Path) -> None:
    """Where chance takes no step, the parent is returned under its own name and tags."""
    text = project.read_text()
    start, stop = text.index("  vehicle noise:"), text.index("gate:")
    steps = "  quiet:\n    tags: [vehicle noise]\n    steps:\n      - gain:\n        p: 0.5\n"
    project.write_text(text[:start] + steps + text[stop:])
    dataset = AugmentedDataset(None, project, share=1, gate=False)
    items = [dataset[epoch, 0] for epoch in range(40)]
    assert {(item["category"], bool(item["edits"]), item["tags"][0]) for item in items} == {
        ("", False, "clean"), ("quiet", True, "vehicle noise"),
    }  # fmt: skip


@pytest.mark.parametrize("gate", [True, False])
@pytest.mark.parametrize("workers", [0, 1])
def test_an_operator_that_fails_names_its_example(
    project: Path, monkeypatch: pytest.MonkeyPatch, gate: bool, workers: int
) -> None:
    """An error inside an operator stops training with the example's id, file and its words."""

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("strange weather")

    monkeypatch.setattr(renderer, "apply", fails)
    dataset = AugmentedDataset(None, project, share=1, gate=gate)
    words = r"'p000' \(.*p000.wav\): RuntimeError while rendering: strange weather"
    with pytest.raises(BadSourceError, match=words):
        batches(dataset, KeyedSampler(12, 4, shuffle=False), workers=workers, start="fork"
                if workers else None)  # fmt: skip
    recipe, source = dataset.recipe, dataset.sources[0]
    with pytest.raises(BadSourceError, match=r"^RuntimeError while rendering: strange weather$"):
        renderer.make_safely(
            recipe, recipe.categories["vehicle noise"], renderer.read_parent(recipe, source), 0
        )


@pytest.mark.parametrize("dtype", [torch.float32, torch.int16])
@pytest.mark.parametrize("shape", [(2, 100), (0,)])
def test_what_is_no_sound_is_refused(
    project: Path, monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...], dtype: torch.dtype
) -> None:
    """Edits that leave nothing, or several channels, are an error that names the example."""

    def odd(_recipe: object, parent: Example, _edits: object) -> Example:
        wave = Waveform(np.zeros(shape, np.float32), RATE_HZ)
        return Example(parent.facts, {**parent.targets, "wave": wave})

    monkeypatch.setattr(online, "render", odd)
    dataset = AugmentedDataset(None, project, share=1, gate=False, dtype=dtype)
    with pytest.raises(BadSourceError, match=r"'p003' \(.*p003.wav\): the edits made a sound of"):
        _ = dataset[3]


def test_measuring_before_training(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`measure` looks at every example once, for all workers, epochs and later datasets."""
    weights = {"vehicle noise": 1.0}
    expected = AugmentedDataset(None, project, share=1, weights=weights)
    wanted = [expected[1, index] for index in range(11)]
    (project.parent / "data" / "p011.wav").write_bytes(b"no sound")
    dataset = AugmentedDataset(None, project, share=1, weights=weights)
    assert not any(one.facts.digest for one in dataset.sources)
    dataset.measure()
    assert all(one.facts.digest for one in dataset.sources[:11])
    assert len(pickle.dumps(dataset)) < 200_000
    again = AugmentedDataset(None, project, share=1, weights=weights)
    assert again.sources == dataset.sources
    monkeypatch.setattr(Sound, "measure", None)  # nothing is measured any more
    for index, item in enumerate(wanted):
        assert same(collate([item]), collate([dataset[1, index]]))
    with pytest.raises(BadSourceError, match="'p011'"):
        _ = dataset[11]


def test_share_is_a_probability(tmp_path: Path) -> None:
    """0 leaves every example, 1 augments every one, a half about half, by keys alone."""
    recipe = load_recipe(make_project(tmp_path, clips=4))
    half = AugmentedDataset(None, recipe, share=0.5)
    chosen = Counter(
        getattr(half.category(source, epoch), "name", "")
        for source in half.sources
        for epoch in range(500)
    )
    made = 2000 - chosen[""]
    assert binomtest(made, 2000, 0.5).pvalue > 0.01
    # As the plan shares its budget: gaps of 60, 50 and 30 points on 10, 20 and 10 % of the data.
    for name, worth in (("vehicle noise", 6), ("people noise", 10), ("low bandwidth", 3)):
        assert binomtest(chosen[name], made, worth / 19).pvalue > 0.01
    none, every = (AugmentedDataset(None, recipe, share=share) for share in (0, 1))
    assert not any(none.category(none.sources[0], epoch) for epoch in range(100))
    assert all(every.category(every.sources[0], epoch) for epoch in range(100))


def test_weights_decide_between_categories(project: Path) -> None:
    """A category is drawn in proportion to its weight; one that is not named never."""
    weights = {"vehicle noise": 3.0, "low bandwidth": 1.0}
    dataset = AugmentedDataset(None, project, share=1, weights=weights)
    chosen = Counter(
        dataset.category(source, epoch).name for source in dataset.sources for epoch in range(100)
    )
    assert set(chosen) == set(weights)
    assert binomtest(chosen["vehicle noise"], 1200, 0.75).pvalue > 0.01


def test_types_agree(project: Path) -> None:
    """int16 and float32 are the same numbers, full scale 1 and 32768."""
    whole = AugmentedDataset(None, project, share=0.7, dtype=torch.int16)
    broken = AugmentedDataset(None, project, share=0.7, dtype=torch.float32)
    for index in range(12):
        one, other = whole[2, index]["wave"], broken[2, index]["wave"]
        assert (one.dtype, other.dtype) == (torch.int16, torch.float32)
        assert torch.equal(one.to(torch.float32) / 32768, other)


def test_what_fails_the_gate_falls_back_to_its_parent(tmp_path: Path) -> None:
    """Where no try passes, the item is the untouched parent, tags and all."""
    recipe = make_project(tmp_path)
    recipe.write_text(recipe.read_text().replace("silence_frac: null", 'peak: "<= 0.0001"'))
    dataset = AugmentedDataset(None, recipe, share=1, dtype=torch.int16)
    for index in range(4):
        item = dataset[index]
        samples, _ = read_sound(dataset.sources[index].path)
        assert np.array_equal(item["wave"].numpy(), (samples[:, 0] * 32768).astype(np.int16))
        assert (item["category"], item["edits"], item["tags"]) == ("", [], ["clean"])
    free = AugmentedDataset(None, recipe, share=1, gate=False)
    assert all(free[index]["category"] for index in range(4))


@pytest.mark.parametrize("form", ["list", "manifest", "folder", "text"])
def test_forms_of_examples(project: Path, form: str) -> None:
    """A list of sources, a manifest or a folder: the examples need not be the recipe's."""
    manifest = project.parent / "data" / "train.jsonl"
    examples = {
        "list": read_sources(manifest)[:5],
        "manifest": manifest,
        "text": str(manifest),
        "folder": manifest.parent,
    }[form]
    dataset = AugmentedDataset(examples, project, share=1)
    assert len(dataset) == {"list": 5, "manifest": 12, "text": 12, "folder": 15}[form]
    first = dataset[0]
    assert first["id"] == ("noise/n0.wav" if form == "folder" else "p000")
    assert first["target"] == ("" if form == "folder" else "en")


def test_a_bad_example_names_its_file(project: Path) -> None:
    """A file that cannot be read stops the loop with its id, its path and the reason."""
    (project.parent / "data" / "p002.wav").write_bytes(b"")
    dataset = AugmentedDataset(None, project)
    with pytest.raises(BadSourceError, match=r"'p002' \(.*p002.wav\): empty") as caught:
        _ = dataset[2]
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # out of a worker


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"share": 1.5}, r"share is 1.5; allowed: 0 to 1"),
        ({"share": float("nan")}, "share is nan"),
        ({"dtype": torch.float64}, "dtype is torch.float64; allowed: torch.float32"),
        ({"weights": {"car": 1}}, "unknown categories: car"),
        ({"weights": {"vehicle noise": -1}}, "allowed: 0 and above"),
        ({"weights": {"vehicle noise": 0}}, "weights are all 0"),
    ],
)
def test_wrong_arguments_are_refused(project: Path, options: dict, words: str) -> None:
    """Each with what is allowed."""
    with pytest.raises(UsageError, match=words):
        AugmentedDataset(None, project, **options)


def test_run_dataset_is_the_run(project: Path) -> None:
    """A finished run's rows in plan order, bytes as stored; an unfinished one is refused."""
    found = api.run(project, workers=0)
    whole = RunDataset(found.folder, dtype=torch.int16)
    broken = RunDataset(found.folder)
    rows = read_lines(found.folder / "metadata.jsonl")
    assert len(whole) == len(rows) == 24
    for index, row in enumerate(rows):
        samples, _ = read_sound(found.folder / row["file_name"])
        item = whole[7, index]
        assert np.array_equal(item["wave"].numpy(), np.rint(samples[:, 0] * 32768))
        assert torch.equal(broken[index]["wave"], item["wave"] / 32768)
        assert [item[name] for name in ("id", "target", "tags", "weight")] == [
            row[name] for name in ("id", "target", "tags", "weight")
        ]
        assert item["category"] == row["category"]
    (found.folder / rows[3]["file_name"]).unlink()
    with pytest.raises(BadSourceError, match="missing: no such file"):
        _ = whole[3]
    (found.folder / "dataset.json").unlink()
    with pytest.raises(UsageError, match="is not a finished run; start 'augmentor run' again"):
        RunDataset(found.folder)


def test_collate_pads_with_zeros() -> None:
    """Sounds are padded to the longest, with their lengths; weights are a tensor."""
    items = [
        item_of(torch.full((n,), 0.5), Facts(f"e{n}", target="t", weight=n / 2), ["a"], "", [])
        for n in (3, 5, 1)
    ]
    batch = collate(items)
    assert batch["wave"].shape == (3, 5)
    assert batch["lengths"].tolist() == [3, 5, 1]
    assert batch["wave"].sum().item() == 4.5
    assert batch["wave"][2].tolist() == [0.5, 0, 0, 0, 0]
    assert batch["weight"].tolist() == [1.5, 2.5, 0.5]
    assert batch["target"] == ["t"] * 3


# ---- the sampler ----


@pytest.mark.parametrize(("size", "ranks"), [(10, 1), (10, 3), (7, 4), (2, 5), (1, 1)])
@pytest.mark.parametrize("shuffle", [True, False])
def test_every_epoch_covers_everything_once(size: int, ranks: int, shuffle: bool) -> None:
    """Ranks share an epoch without overlap but for the filling-up; together they have it all."""
    samplers = [
        KeyedSampler(size, 3, seed=4, shuffle=shuffle, rank=rank, ranks=ranks)
        for rank in range(ranks)
    ]
    for epoch in range(3):
        shares = [[key for batch in sampler for key in batch] for sampler in samplers]
        assert {key[0] for share in shares for key in share} == {epoch}
        counts = Counter(index for share in shares for _, index in share)
        assert set(counts) == set(range(size))
        assert counts.total() == -(-size // ranks) * ranks
        assert max(counts.values()) <= -(-counts.total() // size)
        assert len({len(share) for share in shares}) == 1
        assert all(len(sampler) == -(-len(shares[0]) // 3) for sampler in samplers)


def test_orders_differ_by_epoch_and_seed_only() -> None:
    """The order of an epoch is its own, and the same whenever it is asked for."""
    orders = [KeyedSampler(50, 5, seed=seed).order(e).tolist() for seed in (0, 1) for e in (0, 1)]
    assert len({tuple(order) for order in orders}) == 4
    assert KeyedSampler(50, 7, seed=1).order(1).tolist() == orders[3]


def test_drop_last() -> None:
    """Only full batches, as many as were announced; no batch at all is refused."""
    sampler = KeyedSampler(11, 4, drop_last=True)
    assert [len(batch) for batch in sampler] == [4, 4]
    assert len(sampler) == 2
    with pytest.raises(UsageError, match="no batch of 4 fits"):
        KeyedSampler(3, 4, drop_last=True)


class Keys(torch.utils.data.Dataset):
    """A dataset that returns the key it was asked for."""

    def __getitem__(self, key: tuple[int, int]) -> tuple[int, int]:
        """Return the key."""
        return key


def loader(sampler: KeyedSampler, workers: int, *, persistent: bool = False) -> DataLoader:
    """Return a loader of keys."""
    return DataLoader(
        Keys(), batch_sampler=sampler, num_workers=workers, collate_fn=list,
        persistent_workers=persistent, multiprocessing_context="fork" if workers else None,
    )  # fmt: skip


@pytest.mark.parametrize(("workers", "persistent"), [(0, False), (2, False), (2, True)])
def test_each_pass_is_the_next_epoch(workers: int, persistent: bool) -> None:
    """One epoch a pass, also where workers live on, a pass is given up, or one never begins."""
    sampler = KeyedSampler(8, 2)
    keys = loader(sampler, workers, persistent=persistent)
    assert {key[0] for batch in keys for key in batch} == {0}
    assert {key[0] for batch in itertools.islice(keys, 2) for key in batch} == {1}
    assert {key[0] for batch in keys for key in batch} == {2}
    sampler.set_epoch(9)
    assert {key[0] for batch in keys for key in batch} == {9}
    assert {key[0] for batch in keys for key in batch} == {10}
    iter(sampler)  # asked for, and never used
    assert {key[0] for batch in keys for key in batch} == {11}
    assert sampler.epoch == 11


def trained(keys: Iterator[list], steps: int) -> list:
    """Take some batches, as training does."""
    return list(itertools.islice(keys, steps))


@pytest.mark.parametrize("before", [0, 2])
@pytest.mark.parametrize("after", [0, 3])
@pytest.mark.parametrize("steps", [0, 3, 10])
def test_training_resumes_where_it_was(before: int, after: int, steps: int) -> None:
    """After a restart exactly the remaining batches come, although workers fetched ahead."""
    whole = KeyedSampler(40, 4, seed=2)
    epochs = [[list(batch) for batch in whole] for _ in range(3)]
    sampler = KeyedSampler(40, 4, seed=2)
    keys = loader(sampler, before)
    list(keys)
    assert trained(iter(keys), steps) == epochs[1][:steps]
    state = json.loads(json.dumps(sampler.state_dict(steps)))
    if steps == 0 and before == 0:
        state = KeyedSampler(40, 4, seed=2).state_dict(0) | {"epoch": 1}  # no batch was asked for
    resumed = KeyedSampler(40, 4, seed=2)
    resumed.load_state_dict(state)
    assert resumed.state_dict(0) == state or steps == 10
    keys = loader(resumed, after)
    assert list(keys) == epochs[1][steps:] or (steps == 10 and resumed.epoch == 2)
    assert list(keys) == epochs[3 - 1] or steps == 10


def test_a_resumed_pass_is_resumed_again() -> None:
    """Batches are counted from where the loader began; the state adds what was before."""
    wanted = list(KeyedSampler(20, 2))
    done: list = []
    state = KeyedSampler(20, 2).state_dict(0)
    while len(done) < 10:
        sampler = KeyedSampler(20, 2)
        sampler.load_state_dict(state)
        part = trained(iter(loader(sampler, 0)), 3)
        done += part
        state = sampler.state_dict(len(part))
    assert done[:10] == wanted
    assert state["epoch"] * 10 + state["batches_done"] == len(done)


def test_a_state_of_another_order_is_refused() -> None:
    """A state is no use where size, batch, seed or ranks differ, and the message says which."""
    state = KeyedSampler(40, 4, seed=2).state_dict(3)
    for changed in (
        KeyedSampler(41, 4, seed=2), KeyedSampler(40, 5, seed=2), KeyedSampler(40, 4, seed=3),
        KeyedSampler(40, 4, seed=2, ranks=2), KeyedSampler(40, 4, seed=2, shuffle=False),
    ):  # fmt: skip
        with pytest.raises(UsageError, match="the state is of another order: seed, size, batch"):
            changed.load_state_dict(state)


def test_ranks_resume_alike() -> None:
    """The state of one rank is that of all: each goes on with its own share."""
    whole = [KeyedSampler(21, 2, rank=rank, ranks=3) for rank in range(3)]
    wanted = [list(sampler)[2:] for sampler in whole]
    state = whole[0].state_dict(2)
    for rank in range(3):
        resumed = KeyedSampler(21, 2, rank=rank, ranks=3)
        resumed.load_state_dict(state)
        assert list(resumed) == wanted[rank]


def test_wrong_sampler_arguments_are_refused() -> None:
    """With what is allowed."""
    with pytest.raises(UsageError, match="at least 1"):
        KeyedSampler(0, 4)
    with pytest.raises(UsageError, match="rank 2 is not one of 2 ranks, 0 to 1"):
        KeyedSampler(4, 4, rank=2, ranks=2)


def test_weights_travel_into_the_batch(tmp_path: Path) -> None:
    """A manifest's weight reaches the trainer with its example."""
    recipe = make_project(tmp_path, clips=4)
    manifest = tmp_path / "data" / "train.jsonl"
    rows = read_lines(manifest)
    write_manifest(manifest, [row | {"weight": index / 4} for index, row in enumerate(rows)])
    dataset = AugmentedDataset(None, recipe, share=0.5)
    (batch,) = batches(dataset, KeyedSampler(4, 4, shuffle=False), passes=1)
    assert batch["weight"].tolist() == [0, 0.25, 0.5, 0.75]
