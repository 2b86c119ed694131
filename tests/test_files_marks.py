"""What is marked in pictures: COCO's masks exactly, its files and YOLO's, in and out.

pycocotools, the reference for the form, is the judge.
"""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pycocotools import mask as tools
from pycocotools.coco import COCO

from augmentor.core.errors import BadSourceError, UsageError
from augmentor.core.pictures import Instance, Instances
from augmentor.files.coco import read_coco, write_coco
from augmentor.files.marked import Marked, wrong_with
from augmentor.files.marks import instances_of, marks_of
from augmentor.files.outlines import one_line, polygons_of
from augmentor.files.rle import counts_of, cut_of, encode_rle
from augmentor.files.yolo import read_yolo, write_yolo

# What its decoder says to new versions of numpy.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

Mask = NDArray[np.bool_]
LABELS = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=9)


def drawn(polygons: list[list[float]], height: int, width: int) -> Mask:
    """Return the pixels in polygons, as COCO's tools draw them."""
    runs = tools.frPyObjects(polygons, height, width)
    return tools.decode(tools.merge(runs)).astype(np.bool_)


@st.composite
def masks(draw: st.DrawFn, most: int = 24) -> Mask:
    """Speckles, blobs and full ones, down to one pixel."""
    height, width = draw(st.integers(1, most)), draw(st.integers(1, most))
    chance = np.random.Generator(np.random.Philox(key=draw(st.integers(0, 2**32))))
    noise = chance.random((height, width))
    if draw(st.booleans()):
        noise = cv2.blur(noise, (5, 5))
    return noise < np.quantile(noise, draw(st.floats(0, 1)))


class TestRunLengths:
    """The numbers and texts of COCO's masks."""

    @settings(max_examples=150, deadline=None)
    @given(mask=masks())
    def test_they_are_those_of_coco(self, mask: Mask) -> None:
        """The text that its tools write is ours, and what its tools read is the mask."""
        height, width = mask.shape
        rle = encode_rle(mask)
        assert (tools.decode(rle).astype(np.bool_) == mask).all()
        counts = counts_of(rle["counts"], height, width)
        again = tools.frPyObjects(
            {"size": [height, width], "counts": counts.tolist()}, height, width
        )
        assert again["counts"].decode() == rle["counts"]
        assert counts_of(counts.tolist(), height, width).tolist() == counts.tolist()

    @settings(max_examples=150, deadline=None)
    @given(mask=masks())
    def test_the_part_that_is_set_is_cut_out(self, mask: Mask) -> None:
        """Tight, at its place; nothing of an empty one."""
        cut = cut_of(counts_of(encode_rle(mask)["counts"], *mask.shape), mask.shape[0])
        if cut is None:
            assert not mask.any()
            return
        left, top, part = cut
        whole = np.zeros_like(mask)
        whole[top : top + part.shape[0], left : left + part.shape[1]] = part
        assert (whole == mask).all()
        assert all(edge.any() for edge in (part[0], part[-1], part[:, 0], part[:, -1]))

    def test_numbers_past_the_eighth_bit(self) -> None:
        """Long runs take several characters, and later ones are differences below zero."""
        mask = np.zeros((3000, 40), np.bool_)
        mask[5:2990, 3] = mask[:7, 9] = mask[11, 20:] = True
        counts = counts_of(encode_rle(mask)["counts"], 3000, 40)
        assert counts[:3].tolist() == [9005, 2985, 6 * 3000 - 2990]
        assert int(counts.sum()) == mask.size

    @pytest.mark.parametrize(
        "counts",
        ["", "0", "zzz", "PPPPPPPPPPPPPPPPP1", "é", "\x7f", [10, 5], [-5, 105], [2**63, 1],
         [2**62] * 4 + [100], [101], "o" * 50],
    )  # fmt: skip
    def test_what_does_not_fill_the_mask_is_refused(self, counts: Any) -> None:
        """Other tools decode these to whatever the memory held."""
        with pytest.raises(BadSourceError, match="RLE"):
            counts_of(counts, 10, 10)

    @settings(max_examples=200, deadline=None)
    @given(text=st.binary(max_size=12))
    def test_any_text_is_refused_or_fills_the_mask(self, text: bytes) -> None:
        try:
            counts = counts_of(text, 7, 9)
        except BadSourceError:
            return
        assert int(counts.sum()) == 63
        assert (counts >= 0).all()


class TestOutlines:
    """Masks as polygons."""

    @settings(max_examples=200, deadline=None)
    @given(mask=masks())
    def test_they_are_drawn_to_the_same_mask(self, mask: Mask) -> None:
        """Every pixel, of speckles, thin lines, parts and holes; also tied to one polygon."""
        polygons = polygons_of(mask)
        if not mask.any():
            assert polygons == []
            return
        assert (drawn(polygons, *mask.shape) == mask).all()
        assert (drawn([one_line(polygons)], *mask.shape) == mask).all()

    def test_their_corners_are_those_of_the_pixels(self) -> None:
        """One pixel is a square of area 1; straight edges have no points in their middle."""
        mask = np.zeros((9, 9), np.bool_)
        mask[3, 4] = True
        (square,) = polygons_of(mask)
        assert sorted(zip(square[::2], square[1::2], strict=True)) == [
            (4, 3),
            (4, 4),
            (5, 3),
            (5, 4),
        ]
        mask[2:7, 1:8] = True
        (box,) = polygons_of(mask)
        assert len(box) == 8

    def test_a_ring_stays_a_ring(self) -> None:
        rows, columns = np.ogrid[:200, :300]
        far = np.hypot(rows - 100, columns - 150)
        ring = (far < 90) & (far > 60)
        polygons = polygons_of(ring)
        assert (drawn(polygons, 200, 300) == ring).all()
        areas = [cv2.contourArea(np.float32(one).reshape(-1, 2)) for one in polygons]
        assert sum(areas) == np.count_nonzero(ring)


@st.composite
def marked(draw: st.DrawFn) -> Instances:
    """Instances of a picture of 40 by 50 px, with masks and without."""
    items = []
    for _ in range(draw(st.integers(0, 4))):
        flags = {"made": draw(st.booleans()), "crowd": draw(st.booleans())}
        label, left, top = (
            draw(LABELS),
            draw(st.integers(0, 20)),
            draw(st.integers(0, 10)),
        )
        if draw(st.booleans()):
            one = Instance.of_mask(label, draw(masks()), left, top, **flags)
        else:
            one = Instance(label, (left + 0.25, float(top), left + 1.5, top + 2.125), **flags)
        items += [one] if one is not None else []
    return Instances(tuple(items))


def told(instances: Instances) -> list[Any]:
    """Return all of some instances, to compare."""
    return [
        (
            one.label,
            one.box_px,
            one.made,
            one.crowd,
            None if one.mask is None else one.mask.tolist(),
        )
        for one in instances.items
    ]


class TestMarks:
    """Marks in JSON to instances and back."""

    @settings(max_examples=100, deadline=None)
    @given(instances=marked())
    def test_the_very_same_comes_back(self, instances: Instances) -> None:
        """Through a text of JSON."""
        text = json.dumps(marks_of(instances))
        marks = json.loads(text)
        assert [wrong_with(mark) for mark in marks] == [""] * len(marks)
        assert told(instances_of(marks, 40, 50)) == told(instances)

    @settings(max_examples=150, deadline=None)
    @given(
        polygons=st.lists(
            st.lists(st.floats(-5, 45, width=32), min_size=6, max_size=12)
            .map(lambda one: one[: len(one) // 2 * 2]),
            min_size=1, max_size=3,
        )
    )  # fmt: skip
    def test_polygons_are_drawn_as_coco_draws_them(self, polygons: list[list[float]]) -> None:
        """Any polygon, over the edge too, in px and in parts of the picture."""
        wanted = drawn(polygons, 30, 40)
        try:
            (one,) = instances_of([{"label": "a", "polygons": polygons}], 30, 40).items
        except BadSourceError:
            assert not wanted.any()  # it lies outside
            return
        if wanted.any():
            assert (one.drawn(30, 40) == wanted).all()
        else:
            assert one.mask is None  # nothing is lost: its box stays

    def test_parts_of_the_picture(self) -> None:
        """Fractions are of width and height."""
        marks = [
            {"label": "a", "box_frac": [0.25, 0.5, 0.5, 1]},
            {"label": "a", "polygons_frac": [[0.25, 0.5, 0.5, 0.5, 0.5, 1, 0.25, 1]]},
        ]
        box, polygon = instances_of(marks, 20, 40).items
        assert box.box_px == polygon.box_px == (10, 10, 20, 20)
        assert polygon.mask is not None
        assert polygon.mask.all()

    def test_masks_of_files(self, tmp_path: Path) -> None:
        """What is white, whole or by parts that do not touch, in order; corners touch."""
        mask = np.zeros((20, 30), np.uint8)
        mask[2:5, 10:14] = mask[5, 14] = mask[1, 25] = mask[10:12, 3:6] = 255
        cv2.imwrite(str(tmp_path / "m.png"), mask)
        mark = {"label": "pit", "mask": "m.png"}
        (whole,) = instances_of([mark], 20, 30, tmp_path).items
        assert (whole.drawn(20, 30) == (mask > 0)).all()
        parts = instances_of([mark | {"parts": True}], 20, 30, tmp_path).items
        assert [(one.box_px, one.area_px) for one in parts] == [
            ((25, 1, 26, 2), 1), ((10, 2, 15, 6), 13), ((3, 10, 6, 12), 6)
        ]  # fmt: skip

    def test_boxes_end_at_the_picture(self) -> None:
        (one,) = instances_of([{"label": "a", "box_px": [-3, 5.5, 12, 90]}], 20, 30).items
        assert one.box_px == (0, 5.5, 12, 20)

    @pytest.mark.parametrize(
        ("mark", "said"),
        [
            ("scratch", "is no mark"),
            ({"box_px": [1, 2, 3, 4]}, "no 'label'"),
            ({"label": "a"}, "does not say where it is"),
            ({"label": "a", "box": [1, 2, 3, 4]}, "unknown key 'box'; did you mean 'box_px'?"),
            ({"label": "a", "box_px": [1, 2, 3]}, "write [left, top, right, bottom]"),
            ({"label": "a", "box_px": [3, 2, 1, 4]}, "holds nothing"),
            ({"label": "a", "box_px": [1, 2, 3, float("nan")]}, "its box is"),
            ({"label": "a", "box_px": [50, 2, 60, 4]}, "outside the picture"),
            ({"label": "a", "polygons": [[1, 2, 3, 4]]}, "three points or more"),
            ({"label": "a", "polygons": [[1, 2, 3, 4, 5, 6, 7]]}, "three points or more"),
            ({"label": "a", "polygons": [[0, 0, 1e9, 0, 1e9, 9]]}, "far outside"),
            ({"label": "a", "rle": {"size": [20, 30], "counts": [5, 5]}}, "do not fill"),
            ({"label": "a", "rle": {"size": [20, 30], "counts": [600]}}, "not one pixel"),
            ({"label": "a", "rle": {"size": [30, 20], "counts": [0, 600]}}, "turned by its camera"),
            ({"label": "a", "rle": {"counts": "x"}}, "its rle is"),
            ({"label": "a", "rle": {"size": [20, 30], "counts": 5}}, "counts of its rle"),
            ({"label": "a", "rle": {"size": [2, 2], "counts": [0, 4]}, "box_px": [0, 0, 2, 3]},
             "nor its box"),
            ({"label": "a", "rle": {"size": [2, 2], "counts": [0, 4]}, "box_px": [29, 0, 31, 2]},
             "outside the picture"),
            ({"label": "a", "mask": "none.png"}, "none.png: missing"),
            ({"label": "a", "mask": "small.png"}, "is 4 x 3 px, the picture 30 x 20"),
            ({"label": "a", "mask": "black.png"}, "nothing is white"),
            ({"label": "a", "mask": "black.png", "polygons": [[0, 0, 9, 0, 9, 9]]}, "twice"),
            ({"label": "a", "box_px": [1, 2, 3, 4], "size": [10, 15]}, "marked on 15 x 10 px"),
            ({"label": "a", "box_px": [1, 2, 3, 4], "crowd": 1}, "write true or false"),
        ],
    )  # fmt: skip
    def test_what_is_no_mark(self, mark: Any, said: str, tmp_path: Path) -> None:
        """Its number, its class and what is wrong."""
        cv2.imwrite(str(tmp_path / "small.png"), np.full((3, 4), 255, np.uint8))
        cv2.imwrite(str(tmp_path / "black.png"), np.full((20, 30), 1, np.uint8))
        good = {"label": "b", "box_px": [1, 1, 2, 2]}
        with pytest.raises(BadSourceError) as refused:
            instances_of([good, mark], 20, 30, tmp_path)
        assert str(refused.value).startswith("mark 2 ('")
        assert said in str(refused.value)


def coco() -> dict[str, Any]:
    """Return a COCO document with everything that it can mark."""
    crowd = np.zeros((30, 40), np.bool_)
    crowd[4:9, 5:20] = crowd[20:22, 30:] = True
    text = encode_rle(crowd)
    numbers = {"size": [30, 40], "counts": counts_of(text["counts"], 30, 40).tolist()}
    pictures = [{"id": 7, "file_name": "b.png", "width": 40, "height": 30, "license": 2},
                {"id": 3, "file_name": "sub/a.png", "width": 40, "height": 30}]  # fmt: skip
    nose = [5, 6, 2, 0, 0, 0, 9, 9, 1]
    marks = [
        {"image_id": 7, "category_id": 18, "bbox": [2, 3, 10.5, 8],
         "segmentation": [[2, 3, 12.5, 3, 12.5, 11, 2, 11], [20, 20, 25, 20, 22, 27]]},
        {"image_id": 7, "category_id": 1, "bbox": [5, 4, 35, 18], "segmentation": numbers,
         "iscrowd": 1},
        {"image_id": 3, "category_id": 1, "bbox": [5, 4, 35, 18], "segmentation": text},
        {"image_id": 3, "category_id": 18, "bbox": [1.5, 2, 4, 5.25], "segmentation": []},
        {"image_id": 3, "category_id": 18, "bbox": [1, 2, 14, 15], "keypoints": nose},
    ]  # fmt: skip
    marks = [{"id": 100 + at, "iscrowd": 0, "area": 1, **one} for at, one in enumerate(marks)]
    parts = ["left", "right", "tip"]
    kinds = [{"id": 18, "name": "clip", "keypoints": parts}, {"id": 1, "name": "dust"}]
    return {"info": {}, "images": pictures, "annotations": marks, "categories": kinds}


def placed(folder: Path, document: dict[str, Any]) -> Path:
    """Write a COCO file and its pictures."""
    for one in document["images"]:
        path = folder / "images" / str(one.get("file_name", "x.png"))
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.zeros((30, 40), np.uint8))
    (folder / "marks.json").write_text(json.dumps(document))
    return folder / "marks.json"


class TestCoco:
    """COCO files."""

    def test_it_is_read_as_its_own_tools_read_it(self, tmp_path: Path) -> None:
        """Every mask, box, class and crowd of every picture, in order."""
        path = placed(tmp_path, coco())
        rows, judge = read_coco(path), COCO(str(path))
        assert [row.name for row in rows] == ["b.png", "sub/a.png"]
        assert [row.meta for row in rows] == [{"coco_id": 7, "license": 2}, {"coco_id": 3}]
        for row in rows:
            assert row.path.is_file()
            wanted = judge.loadAnns(judge.getAnnIds(imgIds=[row.meta["coco_id"]]))
            found = instances_of(row.marks, row.height_px, row.width_px).items
            assert len(found) == len(wanted) > 1
            for one, annotation in zip(found, wanted, strict=True):
                assert one.label == judge.cats[annotation["category_id"]]["name"]
                assert one.crowd == bool(annotation["iscrowd"])
                if annotation.get("segmentation"):
                    assert one.mask is not None
                    assert (one.drawn(30, 40) == judge.annToMask(annotation)).all()
                else:
                    left, top, width, height = annotation["bbox"]
                    assert one.box_px == (left, top, left + width, top + height)

    def test_points_lie_in_the_middle_of_their_pixels(self, tmp_path: Path) -> None:
        """Those that nobody labelled are no points."""
        document = coco()
        _, row = read_coco(placed(tmp_path, document))
        assert row.points == ((5.5, 6.5, "left", True), (9.5, 9.5, "tip", False))
        document["annotations"][3]["keypoints"] = [1, 1, 2] * 3
        _, row = read_coco(placed(tmp_path, document))
        names = [point[2] for point in row.points]
        assert names == ["1.left", "1.right", "1.tip", "2.left", "2.tip"]

    def test_where_the_pictures_are(self, tmp_path: Path) -> None:
        """Beside the file, in `images` in or beside its folder, or where it is said."""
        path = placed(tmp_path, coco())
        assert read_coco(path)[0].path == tmp_path / "images" / "b.png"
        deeper = tmp_path / "annotations" / "marks.json"
        deeper.parent.mkdir()
        path.rename(deeper)
        assert read_coco(deeper)[0].path == tmp_path / "images" / "b.png"
        (tmp_path / "images").rename(tmp_path / "photos")
        with pytest.raises(UsageError, match=r"'b\.png' is not in .*name the folder"):
            read_coco(deeper)
        assert read_coco(deeper, tmp_path / "photos")[0].path == tmp_path / "photos" / "b.png"

    def test_every_mistake_is_told_at_once(self, tmp_path: Path) -> None:
        """With its place in the file."""
        document = coco()
        document["images"] += [
            {"id": 7, "file_name": "c.png"}, {"id": 8}, {"id": 9, "file_name": "b.png"},
            {"id": 10, "file_name": "d.png", "width": "9", "height": 1},
        ]  # fmt: skip
        document["categories"] += [{"id": 1, "name": "x"}, {"id": 5}]
        good = {"image_id": 7, "category_id": 1, "bbox": [1, 1, 2, 2]}
        document["annotations"] += [
            good | {"image_id": 99}, good | {"category_id": 99}, good | {"bbox": [1, 2]},
            good | {"bbox": [1, 1, 0, 2]}, good | {"segmentation": [[1, 2, 3, 4]]},
            good | {"segmentation": {"size": [1, 1]}}, good | {"iscrowd": 2},
            {"image_id": 7, "category_id": 1}, good | {"keypoints": [1, 2, 3]},
        ]  # fmt: skip
        with pytest.raises(UsageError) as refused:
            read_coco(placed(tmp_path, document))
        places = [problem.where.partition(": ")[2] for problem in refused.value.problems]
        assert sorted(places) == sorted(
            [f"images[{at}]" for at in range(2, 6)] + [f"categories[{at}]" for at in (2, 3)]
            + [f"annotations[{at}]" for at in range(5, 14)]
        )  # fmt: skip
        said = str(refused.value)
        assert "no picture has its image_id 99" in said
        assert "no category has its category_id 99; there are 18, 1" in said

    @pytest.mark.parametrize("text", ["", "[]", "{", '{"images": 5}', '{"annotations": []}'])
    def test_what_is_no_coco_file(self, text: str, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_text(text)
        with pytest.raises(UsageError, match=r"a\.json"):
            read_coco(tmp_path / "a.json")

    def test_what_is_written_its_own_tools_read(self, tmp_path: Path) -> None:
        """Masks, boxes, areas, crowds and classes, those of a new defect with a hole too."""
        rows = read_coco(placed(tmp_path, coco()))
        ring = np.ones((9, 9), np.bool_)
        ring[3:6, 3:6] = False
        new = Instance.of_mask("stain", ring, 20, 10, made=True)
        assert new is not None
        kept = instances_of(rows[0].marks, 30, 40).covered(new)
        made = Marked("new.png", Path(), 40, 30, tuple(marks_of(kept)))
        (tmp_path / "out.json").write_text(json.dumps(write_coco([*rows, made], ["clip"])))
        judge = COCO(str(tmp_path / "out.json"))
        assert [judge.cats[at]["name"] for at in (1, 2, 3)] == ["clip", "dust", "stain"]
        for number, row in enumerate([*rows, made], 1):
            wanted = instances_of(row.marks, 30, 40).items
            found = judge.loadAnns(judge.getAnnIds(imgIds=[number]))
            for one, annotation in zip(wanted, found, strict=True):
                left, top, right, bottom = one.box_px
                assert annotation["bbox"] == [left, top, right - left, bottom - top]
                assert annotation["area"] == one.area_px
                assert bool(annotation["iscrowd"]) == one.crowd
                assert annotation.get("made", False) == one.made
                if one.mask is not None:
                    assert (judge.annToMask(annotation) == one.drawn(30, 40)).all()
        for name in ("new.png", "b.png", "sub/a.png"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            cv2.imwrite(str(tmp_path / name), np.zeros((30, 40), np.uint8))
        again = read_coco(tmp_path / "out.json", tmp_path)[2]
        assert told(instances_of(again.marks, 30, 40)) == told(kept)


def yolo(folder: Path, data: str = "names: [clip, dust]\n") -> Path:
    """Write a YOLO folder of two pictures."""
    for split, name in (("train", "a"), ("val", "b")):
        (folder / "images" / split).mkdir(parents=True)
        (folder / "labels" / split).mkdir(parents=True)
        cv2.imwrite(str(folder / "images" / split / f"{name}.jpg"), np.zeros((20, 40), np.uint8))
    (folder / "labels/train/a.txt").write_text(
        "1 0.5 0.5 0.25 0.5\n\n0 0.25 0.5 0.5 0.5 0.5 1 0.25 1\n"
    )
    (folder / "data.yaml").write_text(data)
    return folder


class TestYolo:
    """YOLO folders."""

    @pytest.mark.parametrize(
        "data",
        [
            "names: [clip, dust]\n",
            "names: {0: clip, 1: dust}\ntrain: images/train\nval: images/val\n",
            "path: nowhere\nnames: {1: dust, 0: clip}\ntrain: ../images/train\nval: [images/val]\n",
            "path: .\nnames: [clip, dust]\nnc: 2\ntrain: images/train\nval: images/val\n",
        ],
    )
    def test_boxes_and_outlines_are_read(self, data: str, tmp_path: Path) -> None:
        """A picture without a text file has nothing marked."""
        rows = read_yolo(yolo(tmp_path, data))
        assert [(row.name, row.split) for row in rows] == [
            ("images/train/a.jpg", "train"), ("images/val/b.jpg", "val")
        ]  # fmt: skip
        dust, clip = instances_of(rows[0].marks, 20, 40).items
        assert (dust.label, dust.box_px, dust.mask) == ("dust", (15, 5, 25, 15), None)
        assert (clip.label, clip.box_px) == ("clip", (10, 10, 20, 20))
        assert clip.area_px == 100
        assert rows[1].marks == ()
        assert read_yolo(tmp_path / "data.yaml") == rows

    def test_bad_lines_are_told_with_file_and_line(self, tmp_path: Path) -> None:
        folder = yolo(tmp_path)
        (folder / "labels/train/a.txt").write_text(
            "0 0.5 0.5 0.1 0.1\n7 0.5 0.5 0.1 0.1\n0 5 5 9 9\n0 0.5 0.5\n0 0.5 x 0.1 0.1\n"
            "0 0.5 0.5 0 0.1\n0.5 0.5 0.5 0.1 0.1\n0 0.1 0.1 0.2 0.1 0.2\n0 nan 0 0 0\n"
        )
        (folder / "labels/val/b.txt").write_bytes(b"\xff\xfe")
        with pytest.raises(UsageError) as refused:
            read_yolo(folder)
        places = [problem.where for problem in refused.value.problems]
        file = folder / "labels/train/a.txt"
        assert places == [f"{file}:{line}" for line in range(2, 10)] + [
            str(folder / "labels/val/b.txt")
        ]
        assert "no class has the number 7; there are 0, 1" in str(refused.value)

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            ("", "no YOLO folder"),
            ("names: 5\n", "write the classes"),
            ("names: {a: b}\n", "write the classes"),
            ("names: [a]\ntrain: elsewhere\n", "no folder of pictures 'elsewhere'"),
            ("names: [a]\nkpt_shape: [3, 2]\n", "poses are not read"),
            ("names: [clip, dust]\ntrain: images/val\nval: images/val\n", "those of train"),
            ("names: [a\n", "not YAML"),
        ],
    )
    def test_what_is_no_yolo_folder(self, data: str, said: str, tmp_path: Path) -> None:
        with pytest.raises(UsageError) as refused:
            read_yolo(yolo(tmp_path, data))
        assert said in str(refused.value)
        assert "data.yaml" in str(refused.value)

    @settings(max_examples=40, deadline=None)
    @given(instances=marked())
    def test_what_is_written_is_read_again(
        self, instances: Instances, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        """The same masks to the pixel and boxes to a hundredth of one; crowds are left out."""
        folder = tmp_path_factory.mktemp("yolo")
        row = Marked("sub/a.png", Path(), 50, 40, tuple(marks_of(instances)))
        for name, text in write_yolo([row]).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        (folder / "images/train/sub").mkdir(parents=True)
        (folder / "images/val").mkdir(parents=True)
        (folder / "images/train/sub/a.png").touch()
        if not instances.items:
            return  # a folder without classes is none
        (again,) = read_yolo(folder)
        wanted = [one for one in instances.items if not one.crowd]
        found = instances_of(again.marks, 40, 50).items
        outlines = any(one.mask is not None for one in instances.items)
        for one, read in zip(wanted, found, strict=True):
            assert read.label == one.label
            if one.mask is not None:
                assert (read.drawn(40, 50) == one.drawn(40, 50)).all()
            elif not outlines:
                assert read.box_px == pytest.approx(one.box_px, abs=0.01)

    def test_two_pictures_of_one_text_file(self) -> None:
        rows = [Marked(name, Path(), 4, 4) for name in ("a.png", "a.jpg")]
        with pytest.raises(UsageError, match=r"would share labels/train/a\.txt"):
            write_yolo(rows)
