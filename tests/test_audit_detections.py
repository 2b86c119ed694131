"""Error tables of detectors and segmenters: COCO ground truth and results, against COCO's tools."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pycocotools import mask as tools
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from augmentor.api import audit_detections
from augmentor.audit.detections.report import Detections, detections_of
from augmentor.audit.detections.sure import by_picture
from augmentor.audit.figures.intervals import wilson
from augmentor.cli.main import cli
from augmentor.core.errors import UsageError

SIZE = 48
NAMES = ("scratch", "dent", "pit")
NO_FIXTURE_RESET = [HealthCheck.function_scoped_fixture]


def picture(number: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "file_name": f"part {number}.png", "width": SIZE, "height": SIZE, **more}


def truth_of(
    images: list[dict[str, Any]], things: list[dict[str, Any]], names: tuple[str, ...] = NAMES
) -> dict[str, Any]:
    """Return COCO ground truth; things are numbered, their area is that of their box."""
    head = [
        {"id": at, "iscrowd": 0, "area": one["bbox"][2] * one["bbox"][3]} | one
        for at, one in enumerate(things, 1)
    ]
    categories = [{"id": at, "name": name} for at, name in enumerate(names, 1)]
    return {"images": images, "annotations": head, "categories": categories}


def thing(image: int, kind: int, box: list[float], **more: Any) -> dict[str, Any]:
    return {"image_id": image, "category_id": kind, "bbox": box, **more}


def files(folder: Path, truth: Any, results: Any) -> tuple[Path, Path]:
    paths = folder / "truth.json", folder / "results.json"
    for path, content in zip(paths, (truth, results), strict=True):
        path.write_text(json.dumps(content))
    return paths


def filled(box: list[float]) -> dict[str, Any]:
    """Return the run lengths of an ellipse in a box."""
    left, top, width, height = box
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    mask = ((x - left - width / 2) / width) ** 2 + ((y - top - height / 2) / height) ** 2 <= 0.25
    runs = tools.encode(np.asfortranarray(mask, np.uint8))
    return {"size": [SIZE, SIZE], "counts": runs["counts"].decode()}


def random_case(seed: int, *, masks: bool, images: int = 6) -> tuple[Any, Any]:
    """Return ground truth and results with near and far detections, equal scores and crowds."""
    rng = np.random.default_rng(seed)
    things, results = [], []

    def box_near(box: list[float] | None = None) -> list[float]:
        if box is None:
            width, height = rng.integers(4, 24, 2)
            return [*map(int, rng.integers(0, (SIZE - width, SIZE - height))), int(width),
                    int(height)]  # fmt: skip
        moved = np.array(box) + rng.integers(-3, 4, 4)
        return [*map(int, np.maximum(moved, (0, 0, 2, 2)))]

    def found(image: int, kind: int, box: list[float]) -> None:
        one = thing(image, kind, box, score=float(rng.integers(0, 6)) / 5)
        results.append(one | ({"segmentation": filled(box)} if masks else {}))

    for image in range(1, images + 1):
        for _ in range(rng.integers(0, 6)):
            box, kind = box_near(), int(rng.integers(1, 4))
            one = thing(image, kind, box, iscrowd=int(rng.random() < 0.15))
            if masks:
                one["segmentation"] = filled(box)
                one["area"] = int(tools.area(one["segmentation"]))
            things.append(one)
            for _ in range(rng.integers(0, 4)):
                found(image, kind if rng.random() < 0.8 else int(rng.integers(1, 4)), box_near(box))
        for _ in range(rng.integers(0, 2)):
            found(image, int(rng.integers(1, 4)), box_near())
    rng.shuffle(results)  # type: ignore[arg-type]
    results = results or [thing(1, 1, [0, 0, 5, 5], score=0.5)]
    if masks:
        results = [one | {"segmentation": filled(one["bbox"])} for one in results]
    return truth_of([picture(at) for at in range(1, images + 1)], things), results


def peer(paths: tuple[Path, Path], kind: str) -> COCOeval:
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(paths[0]))
        found = COCOeval(truth, truth.loadRes(str(paths[1])), kind)
        found.evaluate()
        found.accumulate()
    return found


def mean(precision: np.ndarray) -> float | None:
    return float(precision.mean()) if (precision > -1).all() else None


def check_against_peer(folder: Path, truth: Any, results: Any, *, masks: bool) -> None:
    paths = files(folder, truth, results)
    found = peer(paths, "segm" if masks else "bbox")
    precision = found.eval["precision"][:, :, :, 0, 2]  # [overlaps, recalls, classes]
    for at in (0, 5, 9):
        mine = detections_of(*paths, iou=0.5 + 0.05 * at, coco=True, score=0.0)[1]
        expected = [mean(precision[at, :, kind]) for kind in range(3)]
        got = [one.average_precision for one in mine.classes]
        assert got == pytest.approx(expected, abs=1e-9)
        expected = [mean(precision[:, :, kind]) for kind in range(3)]
        got = [one.average_precision_coco for one in mine.classes]
        assert got == pytest.approx(expected, abs=1e-9)
        known = precision[at][precision[at] > -1]
        whole = float(known.mean()) if known.size else None
        assert mine.overall.average_precision == pytest.approx(whole, abs=1e-9)
        counts = [cell for cell in found.evalImgs if cell and cell["aRng"] == [0, 1e10]]
        hits = sum(int(((c["dtMatches"] > 0) & ~c["dtIgnore"].astype(bool))[at].sum())
                   for c in counts)  # fmt: skip
        false = sum(int((~((c["dtMatches"] > 0) | c["dtIgnore"].astype(bool)))[at].sum())
                    for c in counts)  # fmt: skip
        assert (mine.overall.hits, mine.overall.false) == (hits, false)
        assert mine.overall.found == hits


@settings(deadline=None, max_examples=40, suppress_health_check=NO_FIXTURE_RESET)
@given(seed=st.integers(0, 2**32 - 1))
def test_boxes_are_those_of_cocos_tools(tmp_path: Path, seed: int) -> None:
    """Average precision, hits and false ones are COCOeval's, with crowds and equal scores."""
    check_against_peer(tmp_path, *random_case(seed, masks=False), masks=False)


@settings(deadline=None, max_examples=15, suppress_health_check=NO_FIXTURE_RESET)
@given(seed=st.integers(0, 2**32 - 1))
def test_masks_are_those_of_cocos_tools(tmp_path: Path, seed: int) -> None:
    """The same where masks overlap, not boxes."""
    check_against_peer(tmp_path, *random_case(seed, masks=True), masks=True)


@pytest.mark.parametrize("false", [99, 100])
def test_a_hundred_detections_of_a_picture_and_class(tmp_path: Path, false: int) -> None:
    """As in COCO's tools the surest hundred count for average precision; at a score all do."""
    truth = truth_of([picture(1)], [thing(1, 1, [0, 0, 9, 9])])
    results = [thing(1, 1, [30, 30, 9, 9], score=0.9)] * false
    paths = files(tmp_path, truth, [*results, thing(1, 1, [0, 0, 9, 9], score=0.8)])
    mine = detections_of(*paths)[1]
    expected = peer(paths, "bbox").eval["precision"][0, :, 0, 0, 2].mean()
    assert mine.classes[0].average_precision == pytest.approx(expected, abs=1e-9)
    assert mine.classes[0].average_precision == pytest.approx(0.01 if false == 99 else 0.0)
    assert (mine.overall.hits, mine.overall.false) == (1, false)


@pytest.fixture
def line(tmp_path: Path) -> tuple[Path, Path]:
    """Six parts of a line. What is found is written beside what is marked."""
    images = [picture(at, tags=["mono"] if at < 4 else ["poly"], line=f"L{at % 2}")
              for at in range(1, 7)]  # fmt: skip
    truth = truth_of(images, [
        thing(1, 1, [0, 0, 10, 10]),  # found, and once more
        thing(1, 2, [20, 20, 10, 10]),  # taken for a scratch
        thing(2, 1, [5, 5, 20, 20], tags=["faint"]),  # only by a detection of too low a score
        thing(3, 3, [30, 30, 8, 8]),  # a detection of another place
        thing(4, 1, [0, 0, 40, 40], iscrowd=1),  # a crowd with two detections in it
    ])  # fmt: skip
    results = [
        thing(1, 1, [0, 0, 10, 10], score=0.9),
        thing(1, 1, [0, 0, 10, 9], score=0.8),
        thing(1, 1, [21, 20, 10, 10], score=0.7),
        thing(2, 1, [5, 5, 20, 20], score=0.4),
        thing(3, 3, [0, 0, 8, 8], score=0.6),
        thing(4, 1, [1, 1, 9, 9], score=0.9),
        thing(4, 1, [9, 9, 9, 9], score=0.9),
        thing(5, 2, [9, 9, 9, 9], score=0.5),
    ]
    return files(tmp_path, truth, results)


def test_every_thing_is_found_confused_or_missed(line: tuple[Path, Path]) -> None:
    """One of four was found, one taken for another class; every other detection is false."""
    table, found = detections_of(*line)
    assert list(table.ids) == [
        f"part {at}.png/{own}" for at, own in ((1, 1), (1, 2), (2, 3), (3, 4))
    ]
    assert list(table.targets) == ["scratch", "dent", "scratch", "pit"]
    assert list(table.predictions) == ["scratch", "scratch", "missed", "missed"]
    assert list(table.groups or ()) == ["part 1.png", "part 1.png", "part 2.png", "part 3.png"]
    whole = found.overall
    assert (whole.n, whole.found, whole.confused, whole.missed) == (4, 1, 1, 2)
    assert (whole.hits, whole.false, whole.recall, whole.precision) == (1, 4, 0.25, 0.2)
    assert whole.f1 == pytest.approx(2 / 9)
    scratch, dent, pit = found.classes
    assert (scratch.n, scratch.found, scratch.false, scratch.precision) == (2, 1, 2, 1 / 3)
    assert (dent.n, dent.confused, dent.false, dent.precision) == (1, 1, 1, 0.0)
    assert (pit.n, pit.missed, pit.false) == (1, 1, 1)
    assert found.confusion.tolist() == [[1, 0, 0, 1], [1, 0, 0, 0], [0, 0, 0, 1], [1, 1, 1, 0]]
    assert any("1 crowd regions" in note for note in found.notes)


def test_what_becomes_of_pictures(line: tuple[Path, Path]) -> None:
    """Of three defective parts one escapes, of two good ones one is stopped; crowds are neither."""
    found = detections_of(*line)[1].overall
    assert (found.defective, found.escaped, found.unfound) == (3, 1, 2)
    assert found.escape_rate == pytest.approx(1 / 3)
    assert found.escape_interval == pytest.approx([float(x[0]) for x in wilson([1], [3])])
    assert (found.good, found.stopped, found.overkill_rate) == (2, 1, 0.5)
    assert found.overkill_interval == pytest.approx([float(x[0]) for x in wilson([1], [2])])
    assert (found.pictures, found.false_per_picture) == (6, 4 / 6)
    classes = {one.name: one for one in detections_of(*line)[1].classes}
    assert [classes[name].stopped for name in NAMES] == [0, 1, 0]
    assert [classes[name].escaped for name in NAMES] == [1, 0, 0]
    assert [classes[name].unfound for name in NAMES] == [1, 1, 1]


def test_tags_of_pictures_things_and_sizes(line: tuple[Path, Path]) -> None:
    """A thing has its picture's tags, its own and its size; the audit ranks them by recall."""
    audit = audit_detections(*line, baseline={})
    rows = {row.tag: row for row in audit.ranking.rows}
    assert set(rows) == {"mono", "poly", "faint", "small"}
    assert (rows["mono"].n, rows["mono"].errors, rows["mono"].accuracy) == (4, 3, 0.25)
    assert rows["mono"].interval == pytest.approx([float(x[0]) for x in wilson([3], [4])])
    assert rows["poly"].error_rate is None  # nothing of it is marked
    assert audit.detections is not None
    tags = {one.name: one for one in audit.detections.tags}
    assert (tags["poly"].recall, tags["poly"].good, tags["poly"].stopped) == (None, 2, 1)
    assert (tags["mono"].good, tags["mono"].overkill_rate, tags["mono"].false) == (0, None, 3)
    assert (tags["faint"].n, tags["faint"].precision, tags["faint"].good) == (1, None, None)
    sliced = audit_detections(*line, slices=["line=L1 & size=small"])
    assert {row.tag: row.n for row in sliced.ranking.rows}["line=L1 & size=small"] == 3


def test_sizes_are_cocos(tmp_path: Path) -> None:
    """Below 32 x 32 px a thing is small, from 96 x 96 on large; its area decides, not its box."""
    things = [thing(1, 1, [0, 0, 9, 9], area=area) for area in (1023, 1024, 9215, 9216)]
    table = detections_of(*files(tmp_path, truth_of([picture(1)], things), []))[0]
    assert list(table.others["size"]) == ["small", "medium", "medium", "large"]
    assert table.tag_names == ("small", "medium", "large")


def test_a_detection_that_found_something_confuses_nothing(tmp_path: Path) -> None:
    """A scratch over a dent is no confusion of the dent, as it found a scratch there."""
    box = [0, 0, 10, 10]
    truth = truth_of([picture(1)], [thing(1, 1, box), thing(1, 2, box)])
    table, found = detections_of(*files(tmp_path, truth, [thing(1, 1, box, score=0.9)]))
    assert list(table.predictions) == ["scratch", "missed"]
    assert found.overall.confused == 0


def test_a_class_called_missed(tmp_path: Path) -> None:
    """A class may have any name: what was missed is told apart from it."""
    truth = truth_of([picture(1)], [thing(1, 1, [0, 0, 9, 9])], ("missed",))
    table = detections_of(*files(tmp_path, truth, []))[0]
    assert list(table.predictions) != list(table.targets)


def test_dice_is_counted_by_pixels(tmp_path: Path) -> None:
    """Of all pictures together, as a mean over pictures, by class and tag; no pixel twice."""
    square = [0, 0, 10, 10]
    polygons = [[0, 0, 10, 0, 10, 10, 0, 10]]
    left = {"segmentation": [[0, 0, 5, 0, 5, 10, 0, 10]]}
    images = [picture(1, tags=["mono"]), picture(2, tags=["poly"]), picture(3)]
    truth = truth_of(images, [
        thing(1, 1, square, segmentation=polygons),
        thing(2, 1, square, segmentation=polygons),
        thing(2, 1, square, segmentation=polygons),
    ])  # fmt: skip
    results = [
        thing(1, 1, [0, 0, 5, 10], score=0.9, **left),
        thing(1, 1, [0, 0, 5, 10], score=0.8, **left),  # the same pixels again
        thing(1, 1, [20, 20, 20, 20], score=0.1, segmentation=filled([20, 20, 20, 20])),
        thing(3, 2, [0, 0, 5, 10], score=0.9, **left),
    ]
    found = detections_of(*files(tmp_path, truth, results))[1]
    scratch, dent, pit = (one.dice for one in found.classes)
    assert scratch is not None
    assert dent is not None
    assert pit is not None
    assert (scratch.pooled, scratch.mean, scratch.pictures) == (100 / 250, (2 / 3 + 0) / 2, 2)
    assert (dent.pooled, dent.mean, dent.pictures) == (0.0, 0.0, 1)
    assert (pit.pooled, pit.mean, pit.interval) == (None, None, None)
    assert found.overall.dice is not None
    assert found.overall.dice.pooled == 100 / 300
    tags = {one.name: one.dice for one in found.tags}
    assert tags["mono"] is not None
    assert tags["mono"].pooled == 100 / 150
    assert tags["small"] is None


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # of COCO's decode
@settings(deadline=None, max_examples=10, suppress_health_check=NO_FIXTURE_RESET)
@given(seed=st.integers(0, 2**32 - 1))
def test_dice_is_that_of_drawn_masks(tmp_path: Path, seed: int) -> None:
    """Drawn as pictures and counted there, with crowds left out on both sides."""
    truth, results = random_case(seed, masks=True)
    found = detections_of(*files(tmp_path, truth, results), score=0.4)[1]
    for kind, one in enumerate(found.classes, 1):
        both = sides = 0
        for image in truth["images"]:
            drawn = {}
            for name, rows in (
                ("marked", [row for row in truth["annotations"] if not row["iscrowd"]]),
                ("crowd", [row for row in truth["annotations"] if row["iscrowd"]]),
                ("found", [row for row in results if row["score"] >= 0.4]),
            ):
                drawn[name] = np.zeros((SIZE, SIZE), bool)
                for row in rows:
                    if (row["image_id"], row["category_id"]) == (image["id"], kind):
                        drawn[name] |= tools.decode(row["segmentation"]).astype(bool)
            marked, got = (drawn[name] & ~drawn["crowd"] for name in ("marked", "found"))
            both += int((marked & got).sum())
            sides += int(marked.sum() + got.sum())
        assert one.dice is not None
        assert one.dice.pooled == (pytest.approx(2 * both / sides) if sides else None)


def test_boxes_can_be_matched_where_there_are_masks(tmp_path: Path) -> None:
    """A thin mask in the right box is found by its box, and not by its mask."""
    box, thin = [0, 0, 20, 20], {"segmentation": [[0, 0, 20, 20, 18, 20, 0, 2]]}
    truth = truth_of([picture(1)], [thing(1, 1, box, segmentation=[[0, 0, 20, 0, 20, 20, 0, 20]])])
    paths = files(tmp_path, truth, [thing(1, 1, box, score=1, **thin)])
    by_mask, by_box = (detections_of(*paths, match=how)[1] for how in (None, "box"))  # type: ignore[arg-type]
    assert (by_mask.match, by_mask.overall.found) == ("mask", 0)
    assert (by_box.match, by_box.overall.found) == ("box", 1)


def test_nothing_marked_and_nothing_found(tmp_path: Path) -> None:
    """Good parts alone have an overkill rate; what is 0/0 is undefined, never 0 or 1."""
    truth = truth_of([picture(1), picture(2)], [])
    audit = audit_detections(*files(tmp_path, truth, [thing(1, 1, [0, 0, 9, 9], score=0.9)]))
    assert audit.detections is not None
    whole = audit.detections.overall
    assert (whole.recall, whole.escape_rate, whole.average_precision) == (None, None, None)
    assert (whole.overkill_rate, whole.precision) == (0.5, 0.0)
    truth = truth_of([picture(1)], [thing(1, 1, [0, 0, 9, 9])])
    found = detections_of(*files(tmp_path, truth, []))[1].overall
    assert (found.precision, found.recall, found.average_precision) == (None, 0.0, 0.0)
    assert (found.overkill_rate, found.escape_rate) == (None, 1.0)


def test_things_of_one_picture_say_less() -> None:
    """The interval is Wilson's for one thing a picture, and covers where pictures differ."""
    true = np.array([1.0, 1, 0, 1, 0, 1, 1, 1, 0, 1])
    alone = by_picture(true, np.arange(10, dtype=np.int32))
    assert alone == pytest.approx([float(x[0]) for x in wilson([7], [10])])
    rng = np.random.Generator(np.random.Philox(key=5))
    owner = np.repeat(np.arange(40, dtype=np.int32), 6)
    covered = np.zeros(2)
    for _ in range(400):
        chances = np.repeat(rng.beta(1.4, 0.6, 40), 6)  # 0.7 on average
        true = (rng.random(240) < chances).astype(np.float64)
        ends = by_picture(true, owner)
        plain = [float(end[0]) for end in wilson([true.sum()], [240])]
        assert ends is not None
        covered += [low <= 0.7 <= high for low, high in (ends, plain)]
    assert covered[0] / 400 > 0.92
    assert covered[1] / 400 < 0.85


def test_a_sheet_of_tags_by_picture(tmp_path: Path, line: tuple[Path, Path]) -> None:
    """Tags of a sheet are those of all that is marked in a picture, or of one thing."""
    sheet = tmp_path / "tags.csv"
    lines = ["file_name,tags", *(f"part {at}.png,{'oily' if at % 2 else ''}" for at in range(1, 7))]
    sheet.write_text("\n".join(lines))
    audit = audit_detections(*line, tags=sheet)
    rows = {row.tag: (row.n, row.errors) for row in audit.ranking.rows}
    assert rows["oily"] == (3, 2)
    assert rows["mono"] == (4, 3)
    assert audit.detections is not None
    oily = next(one for one in audit.detections.tags if one.name == "oily")
    assert (oily.good, oily.overkill_rate) == (1, 1.0)
    sheet.write_text("image,deep\n1,x\npart 2.png/3,x\n")
    audit = audit_detections(*line, tags=sheet)
    assert audit.detections is not None
    deep = next(one for one in audit.detections.tags if one.name == "deep")
    assert (deep.n, deep.good, deep.precision) == (3, None, None)
    assert any("lacks 4 of 6 pictures" in note for note in audit.warnings)
    sheet.write_text("image,tags\npart 9.png,oily\n1,a\npart 1.png,b\n")
    with pytest.raises(UsageError) as wrong:
        audit_detections(*line, tags=sheet)
    assert [problem.where for problem in wrong.value.problems] == [f"{sheet}:2", f"{sheet}:4"]


RIGHT = thing(1, 1, [0, 0, 9, 9], score=0.5)
POLYGON = {"segmentation": [[0, 0, 9, 0, 9, 9]]}


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ({"image_id": 99}, "no image of the ground truth has its image_id 99"),
        ({"image_id": "1"}, "image_id '1'"),
        ({"category_id": 7}, "no category has its category_id 7; there are 1, 2, 3"),
        ({"score": 1.5}, "its score is 1.5; write a number from 0 to 1"),
        ({"score": None}, "its score is None"),
        ({"score": float("nan")}, "its score is nan"),
        ({"bbox": [1, 2, 3]}, "its bbox is [1, 2, 3]; write [left, top, width, height]"),
        ({"bbox": [1, 2, -3, 4]}, "negative width or height"),
        ({"bbox": None}, "neither a bbox nor a segmentation"),
        ({"segmentation": {"size": [9, 9], "counts": "abc"}}, "9 x 9 px, its image of 48 x 48"),
        ({"segmentation": {"size": [SIZE, SIZE], "counts": [1, 2]}}, "do not fill"),
        ({"segmentation": {"size": [SIZE, SIZE], "counts": "é"}}, "RLE"),
        ({"segmentation": [[1, 2, 3, 4]]}, "its segmentation is [[1, 2, 3, 4]]"),
        ({"segmentation": [[0, 0, 9e9, 0, 9, 9]]}, "far outside"),
    ],
)
def test_a_wrong_detection_is_named(tmp_path: Path, odd: dict[str, Any], said: str) -> None:
    """Each mistake is said with its place, and does not hide that of the next one."""
    truth = truth_of([picture(1)], [thing(1, 1, [0, 0, 9, 9])])
    paths = files(tmp_path, truth, [RIGHT, RIGHT | odd, "x"])
    with pytest.raises(UsageError) as wrong:
        detections_of(*paths)
    first, second = wrong.value.problems
    assert first.where == f"{paths[1]}: [1]"
    assert said in first.what
    assert "no detection" in second.what


def test_many_mistakes_are_counted(tmp_path: Path) -> None:
    """Of a hundred of one kind twenty are named."""
    truth = truth_of([picture(1)], [])
    with pytest.raises(UsageError) as wrong:
        detections_of(*files(tmp_path, truth, [RIGHT | {"image_id": at} for at in range(2, 102)]))
    assert len(wrong.value.problems) == 21
    assert "80 more" in wrong.value.problems[-1].what


def test_mistakes_of_the_ground_truth_are_named(tmp_path: Path) -> None:
    """All at once with those of the results."""
    truth = truth_of(
        [picture(1), picture(1), {"id": 2, "width": 0, "height": 5}, picture(3, tags=[1])],
        [thing(9, 1, [0, 0, 1, 1]), thing(1, 1, [0, 0, 1, 1], iscrowd=2),
         thing(1, 1, [0, 0, 1, 1], id=2), thing(1, 1, [0, 0, 1, 1], area=-1)],
        ("scratch", "scratch"),
    )  # fmt: skip
    with pytest.raises(UsageError) as wrong:
        detections_of(*files(tmp_path, truth, [RIGHT | {"score": 2}]))
    where = {problem.where.rpartition(": ")[2] for problem in wrong.value.problems}
    assert where == {"images[1]", "images[2]", "images[3]", "categories[1]", "annotations[0]",
                     "annotations[1]", "annotations[2]", "annotations[3]", "[0]"}  # fmt: skip


@pytest.mark.parametrize(
    ("truth", "results", "said"),
    [
        ("{", "[]", "not JSON"),
        ("id,target\n1,a\n", "[]", "COCO ground truth in place of the table"),
        ("[]", "[]", "no COCO ground truth; expected"),
        ('{"images": []}', "[]", "no list of mappings 'annotations', 'categories'"),
        ('{"images": [], "annotations": [], "categories": []}', "{}", "no COCO results"),
        ('{"images": [], "annotations": [], "categories": []}', "[", "not JSON"),
    ],
)
def test_files_that_are_none(tmp_path: Path, truth: str, results: str, said: str) -> None:
    """No JSON, no COCO: said in words, without a traceback."""
    for name, text in (("t.json", truth), ("r.json", results)):
        (tmp_path / name).write_text(text)
    done = CliRunner().invoke(cli, ["audit", str(tmp_path / "t.json"), "--results",
                                    str(tmp_path / "r.json")], standalone_mode=False)  # fmt: skip
    assert isinstance(done.exception, UsageError)
    assert said in str(done.exception)


def test_masks_that_are_lacking(tmp_path: Path) -> None:
    """Masks cannot be matched with boxes; the mend is named."""
    truth = truth_of([picture(1)], [thing(1, 1, [0, 0, 9, 9])])
    paths = files(tmp_path, truth, [RIGHT | POLYGON, RIGHT])
    with pytest.raises(UsageError) as wrong:
        detections_of(*paths)
    assert [problem.where for problem in wrong.value.problems] == [str(path) for path in paths]
    assert "--match box" in str(wrong.value)
    found = detections_of(*paths, match="box")[1]
    assert found.overall.dice is None
    assert any("no Dice" in note for note in found.notes)


def test_what_cannot_be_asked(line: tuple[Path, Path]) -> None:
    """Metrics that would need what the table lacks are refused, and so are odd numbers."""
    for asked in ({"metric": "precision"}, {"positive": "dent"}, {"split": "dev"}, {"iou": 0.0},
                  {"iou": float("nan")}, {"score": 2.0}, {"match": "points"}):  # fmt: skip
        with pytest.raises(UsageError):
            audit_detections(*line, **asked)  # type: ignore[arg-type]


def test_on_the_command_line(line: tuple[Path, Path], tmp_path: Path) -> None:
    """Tag table first, then detections; the same in JSON and in the report."""
    arguments = ["audit", str(line[0]), "--results", str(line[1])]
    done = CliRunner().invoke(cli, [*arguments, "-o", str(tmp_path / "page")])
    assert done.exit_code == 0, done.output
    heads = [done.stdout.index(text) for text in ("rank", "Detections at box", "Pictures")]
    assert heads == sorted(heads)
    assert "undefined" in done.stdout
    page = (tmp_path / "page/report.html").read_text()
    assert "Detections at box IoU 0.5 and score 0.5" in page
    done = CliRunner().invoke(cli, [*arguments, "--iou", "coco", "--score", "0.3", "--json"])
    data = json.loads(done.stdout)
    found = data["detections"]
    assert (found["iou"], found["score"], found["match"]) == (0.5, 0.3, "box")
    assert found["overall"]["found"] == 2
    assert found["overall"]["average_precision_coco"] is not None
    assert data["classes"] is None
    for more in (["--iou", "half"], ["--score", "x"]):
        assert CliRunner().invoke(cli, [*arguments, *more]).exit_code == 2
    alone = CliRunner().invoke(cli, ["audit", str(line[0]), "--iou", "0.5"])
    assert alone.exit_code == 2
    assert "only with --results" in alone.output


def test_checks_know_recall_alone(line: tuple[Path, Path], tmp_path: Path) -> None:
    """A check of recall is judged; precision would leave out what is false, and is refused."""
    checks = tmp_path / "checks.yaml"
    arguments = ["audit", str(line[0]), "--results", str(line[1]), "--checks", str(checks)]
    head = "augmentor-audit: 1\nchecks:\n  - {name: a, metric: "
    for metric in ("accuracy", "recall, class: scratch"):
        checks.write_text(f"{head}{metric}, at least: 0.99}}\n")
        done = CliRunner().invoke(cli, [*arguments, "--json"], standalone_mode=False)
        assert done.exception is None
        assert done.return_value in (0, 1)
        assert json.loads(done.stdout)["checks"] is not None
    for metric in ("precision", "f1", "false positive rate", "selection rate"):
        checks.write_text(f"{head}{metric}, class: scratch, at least: 0.1}}\n")
        done = CliRunner().invoke(cli, arguments, standalone_mode=False)
        assert isinstance(done.exception, UsageError)
        assert f"{checks}:3" in str(done.exception)
        assert "not known of detections" in str(done.exception)


def test_a_table_has_no_detections(tmp_path: Path) -> None:
    """The JSON of other tables says so."""
    (tmp_path / "t.csv").write_text("id,target,prediction,tags\n1,a,a,x\n2,a,b,x\n")
    done = CliRunner().invoke(cli, ["audit", str(tmp_path / "t.csv"), "--json"])
    assert json.loads(done.stdout)["detections"] is None


def test_figures_are_plain_json(line: tuple[Path, Path]) -> None:
    """All of it can be written, with numbers that are numbers."""
    found = detections_of(*line)[1]
    assert isinstance(found, Detections)
    assert "NaN" not in json.dumps(found.to_json())
