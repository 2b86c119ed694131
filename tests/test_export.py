"""Exports: what a run made, and what it was made from, as the readers of each form find it."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from numpy.typing import NDArray
from picture_project import DENTS, HEIGHT_PX, PICTURES, RECIPE, WIDTH_PX, make_picture_project
from project import make_project
from pycocotools.coco import COCO

from augmentor import api
from augmentor.api import exporting
from augmentor.core.errors import UsageError
from augmentor.core.pictures import Instance, union_of
from augmentor.files.marks import instances_of
from augmentor.ledger.record import Record, read_records
from augmentor.sources.pictures import read_pictures

pytestmark = pytest.mark.usefixtures("one_cache")

# What the decoder of run lengths says to new versions of numpy.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SIZE = HEIGHT_PX, WIDTH_PX
NEW = 3 * PICTURES
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Made:
    """A finished run: the form of its source, its recipe, its folder, its rows."""

    form: str
    recipe: Path
    folder: Path
    records: list[Record]


def make(folder: Path, form: str, recipe: str = RECIPE) -> Made:
    """Run a project with every picture in every category."""
    text = recipe.replace("budget: 24", f"budget: {NEW}")
    path = make_picture_project(folder, form=form, recipe=text)
    found = api.run(path, workers=0).folder
    return Made(form, path, found, read_records(found))


@pytest.fixture(scope="module", params=["manifest", "coco", "yolo", "mvtec"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return a run from each form of source."""
    return make(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return a run from a manifest."""
    return make(tmp_path_factory.mktemp("plain"), "manifest")


def new_of(one: Made) -> dict[str, list[Instance]]:
    """Return the instances of each new picture, by the name of its file."""
    return {
        Path(row.file_name).name: list(instances_of(row.marks, *SIZE).items) for row in one.records
    }


def digests(folder: Path) -> Counter[str]:
    """Return the digests of all pictures below a folder."""
    return Counter(hashlib.sha256(one.read_bytes()).hexdigest() for one in folder.rglob("*.png"))


def pixels(path: Path) -> NDArray[np.uint8]:
    """Return a picture as OpenCV reads it."""
    found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert found is not None, path
    return np.asarray(found, np.uint8)


class TestCoco:
    """COCO, as pycocotools reads it."""

    def test_masks_are_ours(self, made: Made, tmp_path: Path) -> None:
        """Every instance of every new picture: class, box, area, mask to the pixel, who made it."""
        found = api.export_run(made.folder, "coco", tmp_path / "out")
        assert found.exit_code == 0
        wanted = new_of(made)
        coco = COCO(str(tmp_path / "out" / "annotations.json"))
        images = coco.loadImgs(coco.getImgIds())
        assert {one["file_name"] for one in images} == wanted.keys()
        names = {one["id"]: one["name"] for one in coco.loadCats(coco.getCatIds())}
        masks = 0
        for image in images:
            stored = pixels(tmp_path / "out" / "images" / image["file_name"])
            assert stored.shape[:2] == (image["height"], image["width"]) == SIZE
            there = coco.loadAnns(coco.getAnnIds(imgIds=image["id"]))
            instances = wanted[image["file_name"]]
            assert [names[one["category_id"]] for one in there] == [i.label for i in instances]
            for one, instance in zip(there, instances, strict=True):
                left, top, right, bottom = instance.box_px
                assert one["bbox"] == [left, top, right - left, bottom - top]
                assert one["area"] == instance.area_px
                assert one["iscrowd"] == 0
                assert bool(one.get("made")) == instance.made
                if instance.mask is None:
                    assert made.form == "coco"
                    assert one["segmentation"] == []
                else:
                    masks += 1
                    drawn = coco.annToMask(one).astype(np.bool_)
                    assert np.array_equal(drawn, instance.drawn(*SIZE))
        assert masks > 2 * len(DENTS)

    def test_read_again_as_a_source(self, made: Made, tmp_path: Path) -> None:
        """Our own reader finds the same instances, of new pictures and of those of the source."""
        api.export_run(made.folder, "coco", tmp_path / "out", with_source=True)
        wanted = [list(instances_of(row.marks, *SIZE).items) for row in made.records]
        sources = read_pictures(tmp_path / "out" / "annotations.json")
        assert len(sources) == PICTURES + NEW
        originals = read_pictures(Path(made.recipe.parent, source_of(made)))
        wanted = [list(instances_of(one.marks, *SIZE).items) for one in originals] + wanted
        for source, instances in zip(sources, wanted, strict=True):
            assert source.path.is_file()
            assert (source.facts.width_px, source.facts.height_px) == (WIDTH_PX, HEIGHT_PX)
            again = list(instances_of(source.marks, *SIZE).items)
            assert [(one.label, one.box_px, one.made) for one in again] == [
                (one.label, one.box_px, one.made) for one in instances
            ]
            for one, other in zip(again, instances, strict=True):
                assert np.array_equal(one.drawn(*SIZE), other.drawn(*SIZE))

    def test_where_a_picture_comes_from_is_kept(self, plain: Made, tmp_path: Path) -> None:
        """Its example, parent, category, tags, class, group, split and licence."""
        api.export_run(plain.folder, "coco", tmp_path / "out", with_source=True)
        document = json.loads((tmp_path / "out" / "annotations.json").read_text())
        images = {one["example"]: one for one in document["images"]}
        assert [one["name"] for one in document["licenses"]] == ["CC0-1.0"]
        assert {one["license"] for one in images.values()} == {document["licenses"][0]["id"]}
        for row in plain.records:
            image = images.pop(row.id)
            for name in ("parent", "category", "target", "group", "split", "tags"):
                assert image[name] == getattr(row, name)
        assert images.keys() == {f"part-{index:02d}" for index in range(PICTURES)}
        assert not any("parent" in one or "category" in one for one in images.values())

    def test_classes_in_the_order_that_was_asked_for(self, plain: Made, tmp_path: Path) -> None:
        """A model that knows numbers keeps them."""
        labels = ("scratch", "hole", "dent")
        api.export_run(plain.folder, "coco", tmp_path / "c", labels=labels)
        document = json.loads((tmp_path / "c" / "annotations.json").read_text())
        assert [one["name"] for one in document["categories"]] == [*labels, "chip"]
        api.export_run(plain.folder, "yolo", tmp_path / "y", labels=labels)
        names = yaml.safe_load((tmp_path / "y" / "data.yaml").read_text())["names"]
        assert names == dict(enumerate([*labels, "chip"]))


def source_of(made: Made) -> str:
    """Return what the recipe of a run names as its source."""
    return str(yaml.safe_load(made.recipe.read_text())["source"]["manifest"])


def read_yolo_as_described(folder: Path) -> dict[str, dict[str, list[tuple[str, Mask]]]]:
    """Read a folder as the form is described: split -> file -> class and pixels of each thing.

    ``data.yaml`` names a folder of pictures a split and the classes. The text file of a picture
    lies where ``images`` is ``labels`` in its path. A line is a class and x, y of a polygon's
    points in parts of width and height; a line of four numbers is middle and size of a box.
    """
    document = yaml.safe_load((folder / "data.yaml").read_text())
    found: dict[str, dict[str, list[tuple[str, Mask]]]] = {}
    for split in ("train", "val", "test"):
        if split not in document:
            continue
        images = folder / document[split]
        assert images.is_dir()
        found[split] = {}
        for picture in sorted(images.iterdir()):
            height, width = pixels(picture).shape[:2]
            text = Path(str(picture).replace("/images/", "/labels/")).with_suffix(".txt")
            things = found[split][picture.name] = []
            for line in text.read_text().splitlines():
                number, *numbers = line.split()
                points = np.array(numbers, np.float64).reshape(-1, 2)
                assert ((points >= 0) & (points <= 1)).all()
                assert len(points) > 2, "a box, in a folder for segmentation"
                label = document["names"][int(number)]
                things.append((label, filled(points * (width, height), height, width)))
    return found


def filled(points: NDArray[np.float64], height: int, width: int) -> Mask:
    """Return the pixels whose middles lie in a polygon: odd crossings of a ray to the left."""
    rows, columns = np.mgrid[:height, :width] + 0.5
    inside = np.zeros((height, width), np.bool_)
    for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0), strict=True):
        if y0 != y1:
            crosses = (rows >= min(y0, y1)) & (rows < max(y0, y1))
            inside ^= crosses & (x0 + (rows - y0) * (x1 - x0) / (y1 - y0) < columns)
    return inside


class TestYolo:
    """YOLO, as its form is described."""

    def test_polygons_are_our_masks(self, made: Made, tmp_path: Path) -> None:
        """Each thing of each new picture: its class and its pixels; a box as its four corners."""
        found = api.export_run(made.folder, "yolo", tmp_path / "out")
        read = read_yolo_as_described(tmp_path / "out")
        files = {name: things for split in read.values() for name, things in split.items()}
        wanted = new_of(made)
        assert files.keys() == wanted.keys()
        for name, instances in wanted.items():
            assert [label for label, _ in files[name]] == [one.label for one in instances]
            for (_, drawn), one in zip(files[name], instances, strict=True):
                assert np.array_equal(drawn, one.drawn(*SIZE))
        assert any("four corners" in note for note in found.notes) == (made.form == "coco")

    def test_splits_are_kept(self, made: Made, tmp_path: Path) -> None:
        """A new picture belongs to its parent's part of the data; without any, to training."""
        found = api.export_run(made.folder, "yolo", tmp_path / "out", with_source=True)
        read = read_yolo_as_described(tmp_path / "out")
        assert {"train", "val"} <= read.keys()  # its readers want both
        split_of = {Path(row.file_name).name: row.split or "train" for row in made.records}
        for split, files in read.items():
            assert all(split_of.get(name, split) == split for name in files)
        assert sum(map(len, read.values())) == PICTURES + NEW
        empty = not read["val"]
        assert empty == (made.form in ("coco", "mvtec"))
        assert any("images/val is empty" in note for note in found.notes) == empty

    def test_a_split_that_it_does_not_know(self, tmp_path: Path) -> None:
        """Refused before anything is written, rather than mixed into training."""
        one = make(tmp_path, "manifest")
        data = tmp_path / "data" / "parts.jsonl"
        data.write_text(data.read_text().replace('"val"', '"fold 2"'))
        folder = api.run(one.recipe, workers=0).folder
        with pytest.raises(UsageError, match=r"not fold 2; .*coco"):
            api.export_run(folder, "yolo", tmp_path / "out")
        assert not (tmp_path / "out").exists()
        assert api.export_run(folder, "coco", tmp_path / "coco").counts["new"] == NEW


def read_mvtec_as_described(folder: Path) -> dict[str, dict[str, tuple[str, str, Mask | None]]]:
    """Read a folder as anomalib's MVTec AD reader does: name -> split, class, mask.

    It globs ``SPLIT/CLASS/*``; in test all classes but good have a mask each in
    ``ground_truth/CLASS``, whose name holds that of the picture, in the same order.
    """
    found: dict[str, dict[str, tuple[str, str, Mask | None]]] = {"train": {}, "test": {}}
    for picture in sorted(folder.glob("*/*/*.png")):
        split, kind = picture.parent.parent.name, picture.parent.name
        if split == "ground_truth":
            continue
        mask = None
        if kind != "good":
            path = folder / "ground_truth" / kind / f"{picture.stem}_mask.png"
            grey = pixels(path)
            assert grey.shape == pixels(picture).shape[:2]
            assert set(np.unique(grey)) == {0, 255}
            mask = grey > 0
        found[split][picture.name] = (split, kind, mask)
    pictures = [*folder.glob("test/*/*.png")]
    bad = sum(one.parent.name != "good" for one in pictures)
    assert bad == len([*folder.glob("ground_truth/*/*.png")])
    return found


class TestMvtec:
    """The layout of MVTec AD."""

    def test_masks_are_the_union_of_ours(self, made: Made, tmp_path: Path) -> None:
        """Good ones to train, each other with its mask, in the folder of its class."""
        api.export_run(made.folder, "mvtec", tmp_path / "out")
        read = read_mvtec_as_described(tmp_path / "out")
        assert {kind for _, kind, _ in read["train"].values()} == {"good"}
        files = {**read["train"], **read["test"]}
        wanted = new_of(made)
        assert files.keys() == wanted.keys()
        targets = {Path(row.file_name).name: row.target for row in made.records}
        for name, instances in wanted.items():
            _, kind, mask = files[name]
            assert (mask is None) == (kind == "good") == (not instances)
            if mask is not None:
                assert np.array_equal(mask, union_of(instances, *SIZE))
                labels = [one.label for one in instances if one.made] or [
                    one.label for one in instances
                ]
                assert kind == (targets[name] or labels[-1])
        assert {"good", "scratch", "dent"} <= {kind for _, kind, _ in files.values()}

    def test_good_ones_of_another_split_are_for_testing(self, plain: Made, tmp_path: Path) -> None:
        """What was held out stays held out."""
        found = api.export_run(plain.folder, "mvtec", tmp_path / "out", with_source=True)
        read = read_mvtec_as_described(tmp_path / "out")
        held_out = {Path(row.file_name).name for row in plain.records if row.split == "val"}
        assert held_out
        assert held_out <= read["test"].keys()
        assert any("are in test: train holds good ones only" in note for note in found.notes)
        assert not any("test/good" in note for note in found.notes)

    def test_a_class_with_nothing_marked_is_not_good(self, tmp_path: Path) -> None:
        """A picture that is called dented but has no mask would teach that dents are good."""
        recipe = RECIPE[: RECIPE.index("  scratch:")] + RECIPE[RECIPE.index("  blur:") :]
        path = make_picture_project(tmp_path, recipe=recipe)
        data = tmp_path / "data" / "parts.jsonl"
        data.write_text(data.read_text().replace('"masks/part-01.png"', "null"))
        folder = api.run(path, workers=0).folder
        found = api.export_run(folder, "mvtec", tmp_path / "out", with_source=True)
        skipped = {one["id"] for one in found.skipped}
        assert "part-01" in skipped
        assert all("part-01" in one for one in skipped)
        assert found.exit_code == 3
        assert "'dent' but nothing is marked" in found.skipped[0]["reason"]

    def test_any_class_is_a_folder(self, tmp_path: Path) -> None:
        """Two classes whose names no folder can have are two folders."""
        one = make(tmp_path, "coco")
        data = tmp_path / "data" / "parts.json"
        data.write_text(data.read_text().replace('"chip"', '"a/b"').replace('"dent"', '"a:b"'))
        folder = api.run(one.recipe, workers=0).folder
        api.export_run(folder, "mvtec", tmp_path / "out")
        kinds = {kind.name for kind in (tmp_path / "out" / "test").iterdir()}
        assert len(kinds) == 3
        assert sum(kind.startswith("a-b-") for kind in kinds) == 2


class TestFolders:
    """What lies there in the end, and what does not."""

    @pytest.mark.parametrize("form", ["coco", "yolo", "mvtec"])
    @pytest.mark.parametrize("link", [False, True])
    def test_pictures_are_the_very_files(
        self, plain: Made, tmp_path: Path, form: str, link: bool
    ) -> None:
        """Byte for byte, as copies or as links to the same bytes on disk."""
        out = tmp_path / "out"
        found = api.export_run(plain.folder, form, out, with_source=True, link=link)
        assert found.counts["new"] == NEW
        assert found.counts["source"] == PICTURES
        data = plain.recipe.parent / "data"
        originals = [*data.glob("*.png"), *(plain.folder / "data").iterdir()]
        shutil.rmtree(out / "ground_truth", ignore_errors=True)
        wanted = Counter(hashlib.sha256(one.read_bytes()).hexdigest() for one in originals)
        assert digests(out) == wanted
        nodes = {one.stat().st_ino for one in out.rglob("*.png")}
        assert (nodes == {one.stat().st_ino for one in originals}) == link
        assert not list(tmp_path.glob("*.part"))

    def test_a_folder_that_is_there_is_left_alone(self, plain: Made, tmp_path: Path) -> None:
        """Also an empty one."""
        (tmp_path / "out").mkdir()
        with pytest.raises(UsageError, match=r"out exists already; name another folder"):
            api.export_run(plain.folder, "coco", tmp_path / "out")
        assert not list((tmp_path / "out").iterdir())

    def test_nothing_half_written_has_the_name(
        self, plain: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A full disk leaves no folder behind, and the next try is a whole one."""

        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(exporting, "write_bytes", full)
            with pytest.raises(OSError, match="No space left"):
                api.export_run(plain.folder, "yolo", tmp_path / "out")
        assert not list(tmp_path.iterdir())
        assert api.export_run(plain.folder, "yolo", tmp_path / "out").counts["new"] == NEW

    @pytest.mark.parametrize("damage", ["cut", "gone"])
    def test_one_bad_picture_costs_itself(self, tmp_path: Path, damage: str) -> None:
        """A new one and an original that cannot be read are named; all others are there."""
        one = make(tmp_path, "manifest")
        row = one.records[5]
        for path in (one.folder / row.file_name, tmp_path / "data" / "part-02.png"):
            if damage == "cut":
                path.write_bytes(path.read_bytes()[:1500])
            else:
                path.unlink()
        done = export(one.folder, "--to", "coco", "-o", "out", "--with-source", cwd=tmp_path)
        assert done.returncode == 3, done.stderr
        assert f"skipped: {row.id}: " in done.stderr
        assert "skipped: part-02: " in done.stderr
        images = json.loads((tmp_path / "out" / "annotations.json").read_text())["images"]
        assert len(images) == NEW + PICTURES - 2
        assert {one.name for one in (tmp_path / "out" / "images").iterdir()} == {
            one["file_name"] for one in images
        }

    def test_nothing_left_is_an_error(self, tmp_path: Path) -> None:
        """Where no picture can be read, no empty data set is written."""
        one = make(tmp_path, "manifest")
        shutil.rmtree(one.folder / "data")
        with pytest.raises(UsageError, match=r"no picture can be written: .*No such file"):
            api.export_run(one.folder, "coco", tmp_path / "out")
        assert not (tmp_path / "out").exists()


def export(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run ``augmentor export`` in a process of its own."""
    code = "from augmentor.cli.main import entry; entry()"
    done = subprocess.run(
        [sys.executable, "-c", code, "export", *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=120, cwd=cwd,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


class TestVerb:
    """The command line."""

    def test_what_was_done_is_said(self, plain: Made, tmp_path: Path) -> None:
        """One JSON document on stdout; progress and notes on stderr."""
        done = export(
            plain.folder, "--to", "mvtec", "-o", "a/b/out", "--classes", "dent, chip", "--json",
            cwd=tmp_path,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert found["folder"] == "a/b/out"
        assert found["counts"]["new"] == NEW
        assert found["skipped"] == []
        assert f"writing pictures: {NEW} of {NEW}" in done.stderr
        assert (tmp_path / "a/b/out/train/good").is_dir()

    def test_mistakes(self, plain: Made, tmp_path: Path) -> None:
        """An unknown form, no run, an unfinished one, a folder that is there: exit code 2."""
        unfinished = tmp_path / "unfinished"
        shutil.copytree(plain.folder, unfinished)
        (unfinished / "dataset.json").unlink()
        for run, form, said in (
            (plain.folder, "coca", "did you mean 'coco'?"),
            (tmp_path / "nothing", "coco", "not a finished run"),
            (unfinished, "coco", "start 'augmentor run' again"),
        ):
            with pytest.raises(UsageError) as error:
                api.export_run(run, form, tmp_path / "out")
            assert said in str(error.value)
        done = export(plain.folder, "--to", "coco", "-o", unfinished, cwd=tmp_path)
        assert done.returncode == 2
        assert "exists already" in done.stderr
        assert export(plain.folder, "-o", "out", cwd=tmp_path).returncode == 2

    def test_sounds_are_refused(self, tmp_path: Path) -> None:
        """With what export knows, and what a run of sounds is good for as it lies there."""
        folder = api.run(make_project(tmp_path), workers=0).folder
        with pytest.raises(UsageError, match=r"run of sounds, and coco, yolo, mvtec are of pict"):
            api.export_run(folder, "coco", tmp_path / "out")
