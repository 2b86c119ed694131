"""Lists and folders of pictures: each kind is known for what it is, and what is unclear is said."""

import csv
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from augmentor.core.errors import UsageError
from augmentor.core.pictures import Instances, Keypoints, Mask
from augmentor.files.marks import instances_of
from augmentor.sources.manifest import Source
from augmentor.sources.picture import Picture
from augmentor.sources.pictures import read_pictures


def put(folder: Path, *names: str, value: int = 90) -> None:
    """Write grey pictures of 30 by 20 px."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / name), np.full((20, 30), value, np.uint8))


def spots(path: Path) -> None:
    """Write a mask of two spots."""
    mask = np.zeros((20, 30), np.uint8)
    mask[2:5, 3:9] = mask[10:12, 20:24] = 255
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), mask)


def told(sources: list[Source]) -> list[tuple[str, str, str, int]]:
    """Return id, target, split and number of marks of each."""
    return [(s.facts.id, s.facts.target, s.facts.split, len(s.marks)) for s in sources]


def drawn(source: Source) -> Instances:
    """Return what is marked in a source."""
    return instances_of(source.marks, 20, 30)


def refused(path: Path, images: Path | None = None) -> str:
    """Return what is wrong."""
    with pytest.raises(UsageError) as error:
        read_pictures(path, images)
    return str(error.value)


class TestFolders:
    """Folders without a list."""

    def test_nothing_but_pictures(self, tmp_path: Path) -> None:
        """By name, with every suffix; what is hidden or no picture is passed over."""
        put(tmp_path, "b.png", "a.JPG", "c.tif", ".hidden.png", "__MACOSX/d.png")
        (tmp_path / "notes.txt").write_text("x")
        (tmp_path / "settings.json").write_text("{}")
        names = [("a.JPG", "", "", 0), ("b.png", "", "", 0), ("c.tif", "", "", 0)]
        assert told(read_pictures(tmp_path)) == names

    def test_folders_of_classes(self, tmp_path: Path) -> None:
        put(tmp_path, "good/a.png", "scratch/a.png")
        assert told(read_pictures(tmp_path)) == [
            ("good/a.png", "good", "", 0), ("scratch/a.png", "scratch", "", 0)
        ]  # fmt: skip

    def test_splits_of_classes(self, tmp_path: Path) -> None:
        put(tmp_path, "train/good/a.png", "val/good/b.png", "test/dent/c.png")
        assert told(read_pictures(tmp_path)) == [
            ("test/dent/c.png", "dent", "test", 0), ("train/good/a.png", "good", "train", 0),
            ("val/good/b.png", "good", "val", 0),
        ]  # fmt: skip

    @pytest.mark.parametrize("mask", ["000_mask.png", "000.png"])
    def test_mvtec(self, mask: str, tmp_path: Path) -> None:
        """Classes and splits; each spot of a mask is an instance of its class."""
        put(tmp_path, "train/good/000.png", "test/good/000.png", "test/scratch/000.png")
        spots(tmp_path / "ground_truth" / "scratch" / mask)
        sources = read_pictures(tmp_path)
        assert told(sources) == [
            ("test/good/000.png", "good", "test", 0),
            ("test/scratch/000.png", "scratch", "test", 1),
            ("train/good/000.png", "good", "train", 0),
        ]
        found = drawn(sources[1]).items
        assert [(one.label, one.box_px, one.area_px) for one in found] == [
            ("scratch", (3, 2, 9, 5), 18), ("scratch", (20, 10, 24, 12), 8)
        ]  # fmt: skip

    def test_mvtec_masks_and_pictures_must_meet(self, tmp_path: Path) -> None:
        """A defect without its mask, a mask without its picture: all at once."""
        put(tmp_path, "train/good/a.png", "test/scratch/a.png", "test/scratch/b.png", "test/c.png")
        spots(tmp_path / "ground_truth/scratch/a_mask.png")
        spots(tmp_path / "ground_truth/scratch/x_mask.png")
        said = refused(tmp_path)
        assert "b.png  no mask" in said
        assert "x_mask.png  a mask of no picture" in said
        assert "wanted: test/CLASS/c.png" in said
        assert len(said.splitlines()) == 3

    @pytest.mark.parametrize(
        ("names", "said"),
        [
            ([], "holds no pictures"),
            (["only/a.png"], "one folder, 'only'"),
            (["a.png", "b/c.png"], "unclear"),
            (["a/b/c.png", "a/d.png", "e/f.png"], "unclear"),
            (["a/b/c/d.png"], "unclear"),
            (["images/a.png", "labels/b.png"], "no data.yaml"),
        ],
    )
    def test_what_is_unclear_is_said(self, names: list[str], said: str, tmp_path: Path) -> None:
        put(tmp_path, *names)
        assert said in refused(tmp_path)

    def test_a_coco_file_among_pictures_is_not_passed_over(self, tmp_path: Path) -> None:
        put(tmp_path, "a.png")
        (tmp_path / "_annotations.json").write_text('{"info": {}, "images": []}')
        assert "'_annotations.json'; name that file" in refused(tmp_path)


class TestLists:
    """COCO, YOLO and manifests."""

    def test_coco(self, tmp_path: Path) -> None:
        put(tmp_path, "photos/a.png")
        document = {
            "images": [{"id": 1, "file_name": "a.png", "width": 30, "height": 20}],
            "categories": [{"id": 4, "name": "pit"}],
            "annotations": [{"image_id": 1, "category_id": 4, "bbox": [1, 2, 3, 4]}],
        }
        (tmp_path / "marks.json").write_text(json.dumps(document))
        (source,) = read_pictures(tmp_path / "marks.json", tmp_path / "photos")
        assert told([source]) == [("a.png", "", "", 1)]
        assert (source.facts.width_px, source.facts.height_px) == (30, 20)
        assert source.path == tmp_path / "photos" / "a.png"
        assert drawn(source).items[0].box_px == (1, 2, 4, 6)

    def test_yolo(self, tmp_path: Path) -> None:
        """The folder, or the file in it."""
        put(tmp_path, "images/train/a.png")
        (tmp_path / "labels/train").mkdir(parents=True)
        (tmp_path / "labels/train/a.txt").write_text("0 0.5 0.5 0.5 0.5\n")
        (tmp_path / "data.yaml").write_text("names: [pit]\n")
        sources = read_pictures(tmp_path)
        assert told(sources) == [("images/train/a.png", "", "train", 1)]
        assert drawn(sources[0]).items[0].box_px == (7.5, 5, 22.5, 15)
        assert read_pictures(tmp_path / "data.yaml") == sources

    def test_images_go_with_coco_only(self, tmp_path: Path) -> None:
        put(tmp_path, "a.png")
        assert "goes with a COCO file" in refused(tmp_path, tmp_path)

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each way to mark."""
        box = [1, 2, 5, 6]
        return [
            {"path": "a.png", "target": "pit", "mask": "m/a.png", "camera": "left"},
            {"path": "b.png", "boxes": [box, {"label": "dent", "box_px": box}]},
            {"path": "c.png", "marks": [{"label": "dent", "box_px": box}], "boxes": [box, box]},
            {"path": "d.png", "marks": [], "mask": "m/a.png"},
            {"path": "e.png", "target": "good"},
        ]

    @pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
    def test_manifests(self, suffix: str, tmp_path: Path) -> None:
        """Marks win over masks, masks over boxes; without a target it is a defect."""
        put(tmp_path, "a.png", "b.png", "c.png", "d.png", "e.png")
        spots(tmp_path / "m/a.png")
        path = write(tmp_path / f"list{suffix}", self.rows())
        sources = read_pictures(path)
        assert [
            [(one.label, one.area_px) for one in drawn(source).items] for source in sources
        ] == [
            [("pit", 18), ("pit", 8)], [("defect", 16), ("dent", 16)], [("dent", 16)], [], []
        ]  # fmt: skip
        assert sources[0].facts.target == "pit"
        assert sources[0].meta["camera"] == "left"
        assert not {"mask", "boxes", "marks"} & {name for one in sources for name in one.meta
                                                if one.marks}  # fmt: skip

    def test_a_folder_with_its_list(self, tmp_path: Path) -> None:
        """As Hugging Face has them: what is not in the list is no example."""
        put(tmp_path, "a.png", "b.png")
        write(tmp_path / "metadata.jsonl", [{"file_name": "a.png", "label": "good"}])
        assert told(read_pictures(tmp_path)) == [("a.png", "good", "", 0)]

    def test_a_json_list_is_a_manifest(self, tmp_path: Path) -> None:
        (tmp_path / "list.json").write_text('[{"path": "a.png"}]')
        assert told(read_pictures(tmp_path / "list.json")) == [("a.png", "", "", 0)]

    def test_bad_marks_are_told_with_their_lines(self, tmp_path: Path) -> None:
        good = {"path": "z.png"}
        rows = [
            {"path": "a.png", "marks": [{"label": "pit"}]}, good,
            {"path": "b.png", "boxes": [[1, 2, 3]]}, {"path": "c.png", "mask": 7},
            {"path": "d.png", "marks": "no list"}, {"path": "e.png", "marks": [{"labl": "x"}]},
        ]  # fmt: skip
        said = refused(write(tmp_path / "list.jsonl", rows)).splitlines()
        assert [line.partition("  ")[0].rpartition(":")[2] for line in said] == list("13456")
        assert "'marks', number 1: it does not say where it is" in said[0]
        assert "did you mean 'label'?" in said[4]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write a manifest; lists are JSON where a cell is text."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    texts = [
        {key: json.dumps(one) if isinstance(one, list) else one for key, one in row.items()}
        for row in rows
    ]
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif path.suffix == ".csv":
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(texts)
    else:
        pq.write_table(pa.table({name: [row.get(name) for row in texts] for name in names}), path)
    return path


def test_points_and_classes_of_a_manifest(tmp_path: Path) -> None:
    """A mask of classes and points in either form are read; a bad point is named with its line."""
    cv2.imwrite(str(tmp_path / "a.png"), np.full((8, 9), 90, np.uint8))
    classes = np.zeros((8, 9), np.uint8)
    classes[2:4, 3:5] = 2
    cv2.imwrite(str(tmp_path / "classes.png"), classes)
    points: list[object] = [[1.5, 2.5, "tip", False]]
    points.append({"x_px": 3, "y_px": 4, "name": "end"})
    row = {"id": "a", "path": "a.png", "class_mask": "classes.png", "points": points}
    (tmp_path / "m.jsonl").write_text(json.dumps(row))
    (source,) = read_pictures(tmp_path / "m.jsonl")
    assert source.points == ((1.5, 2.5, "tip", False), (3.0, 4.0, "end", True))
    assert source.meta == {}
    targets = Picture(classes=("ground", "rust")).read(source)
    mask, found = targets["mask"], targets["points"]
    assert isinstance(mask, Mask)
    assert mask.names == ("ground", "rust", "class 2")
    np.testing.assert_array_equal(mask.classes, classes)
    assert isinstance(found, Keypoints)
    assert found.names == ("tip", "end")
    (tmp_path / "m.jsonl").write_text(json.dumps(row | {"points": [[1, "x", "tip"]]}))
    with pytest.raises(UsageError, match=r"m.jsonl:1.*write \[x_px, y_px, name, visible\]"):
        read_pictures(tmp_path / "m.jsonl")
