"""Pictures through every verb: the same promises that sounds have, and labels that stay true."""

import base64
import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from picture_project import (
    DENTS,
    HEIGHT_PX,
    PICTURES,
    RECIPE,
    WIDTH_PX,
    class_of,
    make_picture_project,
    mask_of,
    metal,
    png,
    split_of,
)
from project import RECIPE as SOUNDS
from project import make_project
from torch.utils.data import DataLoader

import augmentor
from augmentor import api
from augmentor.core.errors import UsageError
from augmentor.core.pictures import Instance, union_of
from augmentor.datasets.item import collate
from augmentor.datasets.online import AugmentedDataset
from augmentor.datasets.stored import RunDataset
from augmentor.files.marks import instances_of
from augmentor.files.pictures import read_pixels
from augmentor.jobs.work import Work
from augmentor.ledger.record import Record, read_records
from augmentor.recipe.load import load_recipe

pytestmark = [
    # What the decoder of run lengths says to new versions of numpy.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded"),
]
FORMS = ("manifest", "coco", "yolo", "mvtec")
ROWS = 96
EVERY = f"budget: {3 * PICTURES}"
"""Every picture in every category once."""

KILLED = """\
import os, signal, sys
from augmentor import api
from augmentor.jobs import batch

note, chunks = batch._note, []

def kill_after_three(file, records):
    note(file, records)
    chunks.append(records)
    if len(chunks) == 3:
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    batch._note = kill_after_three
    api.run(sys.argv[1], output=sys.argv[2], workers=int(sys.argv[3]))
"""


def content(folder: Path) -> dict[str, bytes]:
    """Return all that must be the same: data, metadata, manifest, and what was not made."""
    files = [*(folder / "data").iterdir(), *folder.glob("*.jsonl"), folder / "manifest.parquet"]
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def rows_of(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of a run's metadata.jsonl."""
    return [json.loads(line) for line in (folder / "metadata.jsonl").read_text().splitlines()]


def command(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    code = "from augmentor.cli.main import entry; entry()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True, text=True, check=False, timeout=120, cwd=folder,
    )  # fmt: skip


def index_of(parent: str) -> int:
    """Return the number of a picture of the project by its id, whatever its form."""
    return int(re.findall(r"\d+", parent)[-1])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a recipe of many rows, and the run that this process made of it."""
    text = RECIPE.replace("budget: 24", f"budget: {ROWS}")
    recipe = make_picture_project(tmp_path_factory.mktemp("made"), recipe=text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUGMENTOR_CACHE", str(tmp_path_factory.mktemp("cache")))
        found = api.run(recipe, workers=0)
    assert found.exit_code == 0
    assert found.counts["done"] > 0.9 * ROWS
    return recipe, found.folder


@pytest.fixture
def metal_recipe(tmp_path: Path) -> Path:
    """Return the recipe of the project as a manifest."""
    return make_picture_project(tmp_path)


class TestSameBytes:
    """A run is the same bytes, whatever the workers, and however often it was killed."""

    @pytest.mark.parametrize("workers", [1, 2])
    def test_workers_change_no_byte(
        self, made: tuple[Path, Path], tmp_path: Path, workers: int
    ) -> None:
        """Runs with 0, 1 and 2 workers leave the same files."""
        found = api.run(made[0], output=tmp_path, workers=workers)
        assert content(found.folder) == content(made[1])
        assert not list(found.folder.rglob("*.part"))

    @pytest.mark.parametrize("workers", [0, 2])
    def test_a_killed_run_goes_on(
        self, made: tuple[Path, Path], tmp_path: Path, workers: int
    ) -> None:
        """Killed without warning, a picture cut off and one deleted, the end is the same bytes."""
        recipe, whole = made
        script = tmp_path / "killed.py"
        script.write_text(KILLED)
        done = subprocess.run(
            [sys.executable, str(script), str(recipe), str(tmp_path / "runs"), str(workers)],
            capture_output=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == -signal.SIGKILL, done.stderr
        folder = tmp_path / "runs" / whole.name
        assert not (folder / "dataset.json").exists()
        lines = (folder / "finished.jsonl").read_text().split("\n")
        names = [json.loads(line)["file_name"] for line in lines if line]
        first, second, *_ = filter(None, names)
        (folder / first).write_bytes((folder / first).read_bytes()[:-30])
        (folder / second).unlink()
        found = api.run(recipe, output=tmp_path / "runs", workers=0)
        assert found.folder == folder
        assert content(folder) == content(whole)

    def test_every_row_replays(self, made: tuple[Path, Path]) -> None:
        """Each picture rendered again from its row has the very bytes of its file."""
        for one in read_records(made[1])[::3]:
            again = api.replay(made[1], one.id)
            assert again.agrees
            assert again.data == (made[1] / one.file_name).read_bytes()

    @pytest.mark.parametrize("form", FORMS)
    def test_a_project_moved_is_the_same_run(self, form: str, tmp_path: Path) -> None:
        """Another place for all of it is not another run, and its rows replay from there."""
        first = api.run(make_picture_project(tmp_path / "one", form=form), workers=0)
        moved = (tmp_path / "one").rename(tmp_path / "two")
        found = api.run(moved / "recipe.yaml", workers=0)
        assert found.again
        assert found.folder.name == first.folder.name
        assert api.replay(found.folder, rows_of(found.folder)[0]["id"]).agrees

    def test_pictures_that_lie_elsewhere(self, tmp_path: Path) -> None:
        """A COCO file whose pictures the recipe finds elsewhere replays from the run."""
        recipe = make_picture_project(tmp_path, form="coco")
        (tmp_path / "lists").mkdir()
        (tmp_path / "data" / "parts.json").rename(tmp_path / "lists" / "parts.json")
        text = recipe.read_text().replace(
            "data/parts.json", "lists/parts.json, images: data/images"
        )
        recipe.write_text(text)
        folder = api.run(recipe, workers=0).folder
        assert api.replay(folder, rows_of(folder)[0]["id"]).agrees

    @pytest.mark.parametrize("change", ["picture", "mask", "label", "target"])
    def test_what_decides_the_bytes_decides_the_folder(
        self, metal_recipe: Path, change: str
    ) -> None:
        """Another picture, another mask beside it, another class is another run."""
        data = metal_recipe.parent / "data"
        metal_recipe.write_text(metal_recipe.read_text().replace("budget: 24", EVERY))
        first = api.run(metal_recipe, workers=0)
        if change == "picture":
            (data / "part-04.png").write_bytes(png(metal(99)))
        elif change == "mask":
            whole = np.zeros((HEIGHT_PX, WIDTH_PX), np.uint8)
            whole[10:40, 10:40] = 255
            (data / "masks" / "part-04.png").write_bytes(png(whole))
        elif change == "label":
            rows = (data / "parts.jsonl").read_text()
            (data / "parts.jsonl").write_text(rows.replace('"chip"', '"nick"'))
        else:
            text = metal_recipe.read_text().replace("target: scratch", "target: line")
            metal_recipe.write_text(text)
        second = api.run(metal_recipe, workers=0)
        assert second.folder != first.folder
        assert not second.again


def truth_of(index: int, form: str) -> list[tuple[str, NDArray[np.bool_] | None]]:
    """Return class and mask of each dent, in the order of a form; None where it has a box only."""
    found = []
    for dent in DENTS.get(index, ()):
        label = class_of(index) if form in ("manifest", "mvtec") else dent[0]
        found.append((label, None if form == "coco" and index == 12 else mask_of(dent)))
    if form in ("manifest", "mvtec"):  # by their first pixels
        found.sort(key=lambda one: int(np.flatnonzero(one[1])[0]) if one[1] is not None else 0)
    return found


def told(instances: list[Instance]) -> list[tuple[str, NDArray[np.bool_] | None]]:
    """Return class and whole mask of instances; None for a box."""
    return [
        (one.label, None if one.mask is None else one.drawn(HEIGHT_PX, WIDTH_PX))
        for one in instances
    ]


def alike(
    some: list[tuple[str, NDArray[np.bool_] | None]],
    others: list[tuple[str, NDArray[np.bool_] | None]],
) -> bool:
    """Return whether instances agree in class and in every pixel."""
    return [one[0] for one in some] == [one[0] for one in others] and all(
        np.array_equal(one[1], other[1]) if one[1] is not None else other[1] is None  # type: ignore[arg-type]
        for one, other in zip(some, others, strict=True)
    )


@pytest.fixture(scope="module", params=FORMS)
def finished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return form, recipe and folder of a run that starts from each form of source."""
    text = RECIPE.replace("budget: 24", EVERY)
    recipe = make_picture_project(tmp_path_factory.mktemp("p"), form=request.param, recipe=text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUGMENTOR_CACHE", str(tmp_path_factory.mktemp("cache")))
        folder = api.run(recipe, workers=0).folder
    return request.param, recipe, folder


class TestLabels:
    """What a run says of its pictures is what can be seen in them."""

    def test_instances_are_true(self, finished: Any) -> None:
        """A new scratch is what changed; dents are cut where it covers them; else they stay."""
        form, _, folder = finished
        rows = rows_of(folder)
        assert {one["parent"] for one in rows} == {one["parent"] for one in rows[:PICTURES]}
        dented, covered = 0, 0
        for row in rows:
            index = index_of(row["parent"])
            there = list(instances_of(row["marks"], HEIGHT_PX, WIDTH_PX).items)
            before = truth_of(index, form)
            dented += bool(before)
            if row["category"] != "scratch":
                assert alike(told(there), before)
                assert not any(one.made for one in there)
                continue
            new = there.pop()
            assert new.made
            assert new.label == "scratch"
            differs = (read_pixels(folder / row["file_name"]) != metal(index)).any(axis=2)
            drawn = new.drawn(HEIGHT_PX, WIDTH_PX)
            assert np.array_equal(drawn, differs)
            cut = [
                (label, None if mask is None else mask & ~drawn)
                for label, mask in before
                if mask is None or (mask & ~drawn).any()
            ]
            covered += any(mask is not None and (mask & drawn).any() for _, mask in before)
            assert alike(told(there), cut)
        assert dented == 3 * len(DENTS)
        assert covered  # or the cutting was not seen

    def test_sizes_classes_and_tags(self, finished: Any) -> None:
        """A scratch makes a picture of its class; a blur and a stain leave the class as it was."""
        form, _, folder = finished
        for row in rows_of(folder):
            index = index_of(row["parent"])
            classes = form in ("manifest", "mvtec")
            scratched = row["category"] == "scratch"
            assert (row["width_px"], row["height_px"]) == (WIDTH_PX, HEIGHT_PX)
            assert row["tags"] == [row["category"]]
            assert row["target"] == (
                "" if not classes else "scratch" if scratched else class_of(index)
            )
            if form in ("manifest", "yolo"):
                assert row["split"] == split_of(index)
            if form == "manifest":
                assert row["group"] == f"sheet {index // 2}"
                assert row["meta"] == {"licence": "CC0-1.0"}

    def test_a_run_is_a_dataset(self, finished: Any) -> None:
        """`RunDataset` returns the pictures, boxes and masks that the tables tell of."""
        _, _, folder = finished
        dataset = RunDataset(folder, dtype=torch.uint8)
        rows = rows_of(folder)
        assert len(dataset) == len(rows)
        for item, row in zip(
            (dataset[at] for at in range(0, len(rows), 5)), rows[::5], strict=True
        ):
            stored = read_pixels(folder / row["file_name"])
            assert np.array_equal(item["image"].numpy().transpose(1, 2, 0), stored)
            there = instances_of(row["marks"], HEIGHT_PX, WIDTH_PX).items
            assert item["labels"] == [one.label for one in there]
            assert item["boxes"].tolist() == [list(one.box_px) for one in there]
            drawn = union_of(there, HEIGHT_PX, WIDTH_PX)
            assert np.array_equal(item["masks"].numpy().any(axis=0), drawn)
            assert (item["target"], item["tags"]) == (row["target"], row["tags"])

    def test_a_run_is_a_source(self, finished: Any, tmp_path: Path) -> None:
        """What a run wrote is read as a manifest, with the very same instances."""
        _, _, folder = finished
        text = RECIPE.replace("data/MANIFEST", str(folder / "metadata.jsonl"))
        (tmp_path / "again.yaml").write_text(text)
        recipe = load_recipe(tmp_path / "again.yaml")
        for source, row in zip(recipe.sources, rows_of(folder), strict=True):
            assert source.facts.id == row["id"]
            assert list(source.marks) == row.get("marks", [])


class TestOnLine:
    """Pictures drawn and rendered while a model trains."""

    def test_on_line_is_the_batch(self, tmp_path: Path) -> None:
        """Item (epoch, index) of a dataset is row (copy, parent) of the run, to the pixel."""
        text = RECIPE[: RECIPE.index("  blur:")].replace("budget: 24", "budget: 30")
        recipe = make_picture_project(tmp_path, recipe=text)
        folder = api.run(recipe, workers=0).folder
        records = read_records(folder)
        assert {one.copy for one in records} == {0, 1, 2}
        stored = RunDataset(folder, dtype=torch.uint8)
        dataset = AugmentedDataset(None, recipe, share=1, dtype=torch.uint8)
        place = {source.facts.id: index for index, source in enumerate(dataset.sources)}
        for one, wanted in zip(records, (stored[at] for at in range(len(stored))), strict=True):
            item: Any = dataset[one.copy, place[one.parent]]
            for name in ("image", "boxes", "masks"):
                assert torch.equal(item[name], wanted[name])
            for name in ("labels", "target", "tags", "category", "edits"):
                assert item[name] == wanted[name]

    @pytest.mark.parametrize(
        "step",
        [
            "scratch",
            "albumentations: {transform: GaussNoise}",
            "albumentations: {transform: RandomFog, fog_coef_range: [0.3, 0.6]}",
        ],
    )
    def test_64_items_are_64_pictures(self, tmp_path: Path, step: str) -> None:
        """64 draws from one picture in a loader of two workers: no two alike, by any start."""
        recipe = make_picture_project(tmp_path, recipe=one_category(step))
        dataset = AugmentedDataset(None, recipe, share=1, gate=False, dtype=torch.uint8)
        keys = [(epoch, 2) for epoch in range(64)]
        found = {
            workers: [
                picture.numpy().tobytes()
                for batch in DataLoader(
                    dataset,
                    batch_size=8,
                    sampler=keys,
                    num_workers=workers,
                    collate_fn=collate,  # type: ignore[arg-type]
                )
                for picture in batch["image"]
            ]
            for workers in (0, 2)
        }
        assert len(set(found[2])) == 64
        assert found[2] == found[0]


def one_category(step: str) -> str:
    """Return the recipe with one step only."""
    head = RECIPE[: RECIPE.index("  scratch:")]
    return f"{head}  odd:\n    target: odd\n    steps:\n      - {step}\n"


class TestVerbs:
    """The command line on a project of pictures."""

    def test_check_plan_preview(self, metal_recipe: Path) -> None:
        """A recipe of pictures is found good, planned, and previewed."""
        folder = metal_recipe.parent
        checked = command("recipe", "check", "recipe.yaml", folder=folder)
        assert checked.returncode == 0, checked.stderr
        assert f"{PICTURES} source examples" in checked.stderr + checked.stdout
        planned = command("plan", "recipe.yaml", "--json", folder=folder)
        assert planned.returncode == 0, planned.stderr
        document = json.loads(planned.stdout)
        assert document["examples"] == 24
        assert document["megapixels"] == pytest.approx(24 * WIDTH_PX * HEIGHT_PX / 1e6, abs=1e-3)
        assert [one["examples"] for one in document["categories"]] == [8, 8, 8]
        shown = command("preview", "recipe.yaml", "-n", "2", "-o", "look", folder=folder)
        assert shown.returncode == 0, shown.stderr
        assert pictures_in((folder / "look" / "preview.html").read_text())

    def test_run_and_replay(self, metal_recipe: Path) -> None:
        """A run says where it lies; one of its pictures comes again and is a PNG."""
        folder = metal_recipe.parent
        done = command("run", "recipe.yaml", "--workers", "0", "--json", folder=folder)
        assert done.returncode == 0, done.stderr
        run = json.loads(done.stdout)
        assert run["counts"] == {"done": 24, "rejected": 0, "quarantined": 0}
        row = rows_of(folder / run["folder"])[0]
        again = command("replay", run["folder"], row["id"], "-o", "one.png", folder=folder)
        assert again.returncode == 0, again.stderr
        assert (folder / "one.png").read_bytes() == (
            folder / run["folder"] / row["file_name"]
        ).read_bytes()
        assert pictures_in((folder / run["folder"] / "report.html").read_text())

    def test_what_cannot_be_read_is_named(self, metal_recipe: Path) -> None:
        """A cut-off picture, no picture, a mask of another size: quarantined, exit code 3."""
        data = metal_recipe.parent / "data"
        (data / "part-02.png").write_bytes((data / "part-02.png").read_bytes()[:2000])
        (data / "part-03.png").write_text("no picture")
        (data / "part-05.png").unlink()
        (data / "masks" / "part-06.png").write_bytes(png(np.full((20, 30), 255, np.uint8)))
        metal_recipe.write_text(metal_recipe.read_text().replace("budget: 24", EVERY))
        done = command("run", "recipe.yaml", "--workers", "0", "--json", folder=metal_recipe.parent)
        assert done.returncode == 3, done.stderr
        folder = metal_recipe.parent / json.loads(done.stdout)["folder"]
        reasons = {
            row["id"]: row["reason"]
            for row in map(json.loads, (folder / "quarantine.jsonl").read_text().splitlines())
        }
        assert reasons.keys() == {"part-02", "part-03", "part-05", "part-06"}
        assert "its mask" in reasons["part-06"]
        assert "30 x 20" in reasons["part-06"]
        assert all(reasons.values())
        bad = set(reasons)
        assert not bad & {row["parent"] for row in rows_of(folder)}

    def test_a_picture_that_changed_on_the_way_is_not_used(self, metal_recipe: Path) -> None:
        """What was planned for one picture is not made of another, nor of other masks."""
        metal_recipe.write_text(metal_recipe.read_text().replace("budget: 24", EVERY))
        recipe = load_recipe(metal_recipe)
        planning = api.plan(recipe)
        data = metal_recipe.parent / "data"
        (data / "part-01.png").write_bytes(png(metal(98)))
        whole = np.full((HEIGHT_PX, WIDTH_PX), 255, np.uint8)
        (data / "masks" / "part-04.png").write_bytes(png(whole))
        work = Work(recipe, metal_recipe.parent / "out")
        records: list[Record] = work(planning.plan.rows)
        changed = {one.parent for one in records if "changed since" in one.reason}
        assert changed == {"part-01", "part-04"}
        assert {one.state for one in records if one.parent in changed} == {"quarantined"}


def pictures_in(page: str) -> int:
    """Return how many pictures a page holds; the first is decoded, and is one of metal."""
    found = re.findall(r"data:image/(?:png|jpeg|webp);base64,([A-Za-z0-9+/=]+)", page)
    assert found
    coded = np.frombuffer(base64.b64decode(found[0]), np.uint8)
    pixels = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    assert pixels is not None
    assert 90 < pixels.mean() < 180  # grey metal, and not an empty frame
    assert pixels.std() > 5
    return len(found)


class TestMistakes:
    """What is wrong with a recipe of pictures is said when it is loaded."""

    @staticmethod
    def refused(folder: Path, recipe: str, *words: str) -> None:
        """Check that a recipe is refused at a line, in these words."""
        path = make_picture_project(folder, recipe=recipe)
        with pytest.raises(UsageError) as error:
            load_recipe(path)
        said = str(error.value)
        assert re.search(r"recipe\.yaml:\d+:\d+", said), said
        for word in words:
            assert word in said, said

    def test_no_kind(self, tmp_path: Path) -> None:
        text = RECIPE.replace(", kind: picture", "")
        self.refused(tmp_path, text, "'sample_rate' is missing", "kind: picture")

    def test_no_such_kind(self, tmp_path: Path) -> None:
        self.refused(tmp_path, RECIPE.replace("kind: picture", "kind: image"), "picture")

    @pytest.mark.parametrize("key", ["sample_rate: 16000", "downmix: true", "min_s: 1"])
    def test_keys_of_sounds(self, tmp_path: Path, key: str) -> None:
        text = RECIPE.replace("kind: picture", f"kind: picture, {key}")
        self.refused(tmp_path, text, f"'{key.partition(':')[0]}' is of sounds; take it out")

    def test_hours(self, tmp_path: Path) -> None:
        text = RECIPE.replace("budget: 24", "budget: 2 h")
        self.refused(tmp_path, text, "pictures have no hours")

    def test_an_operator_for_sounds(self, tmp_path: Path) -> None:
        text = one_category("mix_noise: {noise: {pick: hall}}").replace(
            "budget: 24", "banks: {hall: data}\nbudget: 24"
        )
        self.refused(tmp_path, text, "'mix_noise' is not for pictures")

    def test_an_operator_for_pictures(self, tmp_path: Path) -> None:
        step = "mix_noise: {noise: {pick: vehicle}, snr_db: {uniform: [15, -5]}}"
        text = SOUNDS.replace(step, "scratch")
        path = make_project(tmp_path, clips=2, recipe=text)
        with pytest.raises(UsageError, match=r"'scratch' is not for sounds.*kind: picture"):
            load_recipe(path)

    def test_a_transform_that_there_is_not(self, tmp_path: Path) -> None:
        step = "albumentations: {transform: GausNoise}"
        self.refused(tmp_path, one_category(step), "GausNoise", "did you mean 'GaussNoise'?")

    def test_a_parameter_that_a_transform_does_not_have(self, tmp_path: Path) -> None:
        step = "albumentations: {transform: GaussNoise, std_rang: [0.1, 0.2]}"
        self.refused(tmp_path, one_category(step), "std_rang", "did you mean 'std_range'?")

    def test_a_defect_needs_a_class_where_pictures_have_some(self, tmp_path: Path) -> None:
        text = RECIPE.replace("    target: scratch\n", "")
        self.refused(tmp_path, text, "scratch makes a defect", "write target: CLASS")

    def test_a_defect_needs_none_elsewhere(self, tmp_path: Path) -> None:
        """Where no picture has a class, as in COCO, instances alone say what is there."""
        path = make_picture_project(tmp_path, form="coco")
        assert "target: scratch" not in path.read_text()
        assert load_recipe(path).categories["scratch"].target is None

    def test_every_bad_row_at_once(self, tmp_path: Path) -> None:
        """Marks that are none are named with the lines of their manifest."""
        path = make_picture_project(tmp_path)
        rows = [
            json.loads(line) for line in (tmp_path / "data/parts.jsonl").read_text().splitlines()
        ]
        rows[2]["boxes"] = [[10, 10, 5, 20]]
        rows[5]["marks"] = [{"label": "dent", "bbox": [1, 2, 3, 4]}]
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (tmp_path / "data/parts.jsonl").write_text(text)
        with pytest.raises(UsageError) as error:
            load_recipe(path)
        assert "parts.jsonl:3" in str(error.value)
        assert "parts.jsonl:6" in str(error.value)
        assert "did you mean 'box_px'?" in str(error.value)


def test_the_public_names_serve_pictures(metal_recipe: Path) -> None:
    """`augmentor.run`, `RunDataset` and `export_run` do what the verbs do."""
    found = augmentor.run(metal_recipe, workers=0)
    assert len(augmentor.RunDataset(found.folder)) == 24
    there = metal_recipe.parent / "coco"
    assert augmentor.export_run(found.folder, "coco", there).counts["new"] == 24
    assert len(list((there / "images").iterdir())) == 24
