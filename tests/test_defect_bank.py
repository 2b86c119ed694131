"""A bank of defects keeps real ones exactly, gives them evenly, and never to their own picture."""

import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from augmentor.core.distributions import Pick
from augmentor.core.errors import BadSourceError, UsageError
from augmentor.core.example import Example, Facts, Label
from augmentor.core.operator import Edit, apply
from augmentor.core.pictures import Image, Instance, Instances
from augmentor.core.stream import Stream
from augmentor.kernels.defects.cutting import MARGIN_PX
from augmentor.kernels.defects.measured import measure_defect
from augmentor.operators.defects.paste_defect import PasteDefect
from augmentor.sources.defect_bank import DefectBank, fitted_rows
from augmentor.sources.defect_pack import cut_defects
from augmentor.sources.manifest import Source

Marked = tuple[Source, NDArray[Any], Instances]


def marked(name: str, kind: type = np.uint8, *, colour: bool = False) -> Marked:
    """Return a picture with a scratch and, beside it, a pit."""
    seed = sum(name.encode())
    shape = (120, 150, 3) if colour else (120, 150)
    noise = np.random.Generator(np.random.Philox(seed)).normal(0.5, 0.02, shape)
    pixels = (noise * (np.iinfo(kind).max if kind != np.float32 else 1)).astype(kind)
    scratch, pit = np.zeros((120, 150), np.uint8), np.zeros((120, 150), np.uint8)
    cv2.line(scratch, (40, 40 + seed % 20), (90, 50), 1, 3)
    cv2.circle(pit, (60, 75), 6, 1, -1)
    found = []
    for label, mask in (("scratch", scratch > 0), ("pit", pit > 0)):
        pixels[mask] = pixels[mask] * 0.4
        one = Instance.of_mask(label, mask)
        assert one is not None
        found.append(one)
    facts = Facts(name, digest=f"digest of {name}", group=f"group of {name}")
    source = Source(facts, Path(f"{name}.png"), meta={"licence": "CC0"})
    return source, pixels, Instances(tuple(found))


@pytest.fixture
def bank(tmp_path: Path) -> DefectBank:
    """Return a bank of two defects each of five pictures."""
    cut_defects([marked(name) for name in "abcde"], tmp_path / "defects.zip")
    return DefectBank("defects", tmp_path / "defects.zip", tmp_path / "cache")


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("colour", [False, True])
def test_what_was_cut_comes_back_exactly(tmp_path: Path, kind: type, colour: bool) -> None:
    """Pixels, masks and the neighbour are those of the picture, grey or not, at any depth."""
    source, pixels, instances = marked("a", kind, colour=colour)
    index = cut_defects([(source, pixels, instances)], tmp_path / "d.zip")
    bank = DefectBank("d", tmp_path / "d.zip", tmp_path)
    assert [row["label"] for row in index["defects"]] == ["scratch", "pit"]
    for at, one in enumerate(instances.items):
        found = bank.load(bank.at((at + 0.5) / 2))
        row = bank.index["defects"][at]
        window = (
            slice(row["top_px"], row["top_px"] + found.mask.shape[0]),
            slice(row["left_px"], row["left_px"] + found.mask.shape[1]),
        )
        assert row["left_px"] == max(0, one.left_px - MARGIN_PX)
        assert found.pixels.dtype == kind
        np.testing.assert_array_equal(found.pixels, pixels[window])
        np.testing.assert_array_equal(found.mask, one.drawn(120, 150)[window])
        other = instances.items[1 - at].drawn(120, 150)[window]
        np.testing.assert_array_equal(found.others, other & ~found.mask)
        others = instances.items[1 - at].drawn(120, 150)
        assert row["measures"] == measure_defect(pixels, one, others).to_json()
        assert (row["parent"], row["group"], row["licence"]) == ("a", "group of a", "CC0")


def test_floats_are_kept_in_16_bits(tmp_path: Path) -> None:
    """A float picture comes back within half of a 65,535th."""
    source, pixels, instances = marked("a", np.float32)
    cut_defects([(source, pixels, instances)], tmp_path / "d.zip")
    found = DefectBank("d", tmp_path / "d.zip", tmp_path)
    piece = found.load(found.at(0)).pixels
    row = found.index["defects"][0]
    window = pixels[row["top_px"] :, row["left_px"] :][: piece.shape[0], : piece.shape[1]]
    np.testing.assert_allclose(piece / 65535, window, atol=0.51 / 65535)


def test_the_same_pictures_make_the_same_bytes(tmp_path: Path) -> None:
    """Made twice, a bank has the same bytes; of another picture it has another digest."""
    for name, pictures in (("one", "ab"), ("two", "ab"), ("three", "ac")):
        cut_defects([marked(each) for each in pictures], tmp_path / f"{name}.zip")
    one, two, three = ((tmp_path / f"{name}.zip").read_bytes() for name in ("one", "two", "three"))
    assert one == two != three
    digests = {
        DefectBank(name, tmp_path / f"{name}.zip", tmp_path).digest
        for name in ("one", "two", "three")
    }
    assert len(digests) == 2


def test_any_program_opens_it(bank: DefectBank) -> None:
    """The file is a zip of pictures that other libraries read, listed in its index."""
    with zipfile.ZipFile(bank.path) as file:
        assert file.testzip() is None
        index = json.loads(file.read("index.json"))
        names = set(file.namelist()) - {"index.json"}
        data = np.frombuffer(file.read("masks/00001.png"), np.uint8)
    assert len(names) == 2 * len(index["defects"]) == 20
    assert set(np.unique(cv2.imdecode(data, cv2.IMREAD_UNCHANGED))) == {0, 128, 255}


def test_draws_are_even_over_the_defects(bank: DefectBank) -> None:
    """Each of ten defects has a tenth of the numbers between 0 and 1."""
    ids = [bank.at((n + 0.5) / 1000)["id"] for n in range(1000)]
    assert [ids.count(row["id"]) for row in bank.index["defects"]] == [100] * 10
    assert bank.at(0.0)["label"] == "scratch"


def test_what_is_no_real_defect_is_named_with_its_reason(tmp_path: Path) -> None:
    """Boxes, crowds, drawn ones, empty and whole masks cost themselves, and nothing else."""
    source, pixels, instances = marked("a")
    good = instances.items[0]
    assert good.mask is not None
    rows, columns = pixels.shape
    bad = (
        Instance("box", (10.0, 10.0, 30.0, 30.0)),
        Instance("crowd", good.box_px, good.mask, crowd=True),
        Instance("made", good.box_px, good.mask, made=True),
        Instance("empty", (0.0, 0.0, 4.0, 4.0), np.zeros((4, 4), np.bool_)),
        Instance("all", (0.0, 0.0, columns, rows), np.ones((rows, columns), np.bool_)),
    )
    index = cut_defects(
        [(source, pixels, Instances((*bad, good)))], tmp_path / "d.zip",
        [{"id": "b", "reason": "truncated"}],
    )  # fmt: skip
    assert [row["id"] for row in index["defects"]] == ["a#5"]
    bank = DefectBank("d", tmp_path / "d.zip", tmp_path)
    reasons = {one["id"]: one["reason"] for one in bank.unusable}
    assert list(reasons) == ["a#0", "a#1", "a#2", "a#3", "a#4", "b"]
    words = ("only a box", "iscrowd", "edit", "empty", "whole picture", "truncated")
    for reason, word in zip(reasons.values(), words, strict=True):
        assert word in reason


def test_a_worker_gets_the_path_alone(bank: DefectBank) -> None:
    """Pickled after use it is small, and loads the same defect."""
    ref = bank.at(0.3)
    bank.load(ref)
    text = pickle.dumps(bank)
    assert len(text) < 1000
    np.testing.assert_array_equal(pickle.loads(text).load(ref).pixels, bank.load(ref).pixels)


def test_never_onto_its_own_picture_or_group(bank: DefectBank) -> None:
    """By id, by digest of the picture, by group; an empty digest or group is nobody's."""
    for facts in (Facts("a"), Facts("x", digest="digest of a"), Facts("x", group="group of a")):
        assert [bank.akin(row["id"], facts) for row in bank.index["defects"]] == [
            row["parent"] == "a" for row in bank.index["defects"]
        ]
    assert not any(bank.akin(row["id"], Facts("x")) for row in bank.index["defects"])


def test_the_operator_takes_others_defects_and_their_class(bank: DefectBank) -> None:
    """500 draws for picture a take none of its own; the class is the bank's, or the one asked."""
    operator = PasteDefect(defect=Pick("defects", bank))
    drawn = [operator.draw(Facts("a"), Stream(1).at(n)) for n in range(500)]
    assert {one["defect"]["id"][0] for one in drawn} == set("bcde")
    assert {(one["defect"]["id"][2], one["label"]) for one in drawn} == {
        ("0", "scratch"), ("1", "pit"),
    }  # fmt: skip
    assert json.loads(json.dumps(drawn)) == drawn
    example = Example(
        Facts("a"),
        {
            "image": Image(np.full((200, 200), 150, np.uint8)),
            "instances": Instances(),
            "target": Label("good"),
        },
    )
    for one in drawn[:8]:
        edit = Edit("paste", operator.name, one)
        made = apply(PasteDefect, example, edit, {"defects": bank})
        instances = made.targets["instances"]
        assert isinstance(instances, Instances)
        assert [each.label for each in instances.items] == [one["label"]]


def test_a_bank_of_one_picture_is_not_for_that_picture(tmp_path: Path) -> None:
    """Where all defects are its own, the picture is refused with the reason."""
    cut_defects([marked("a")], tmp_path / "d.zip")
    operator = PasteDefect(defect=Pick("d", DefectBank("d", tmp_path / "d.zip", tmp_path)))
    with pytest.raises(BadSourceError, match="hardly any defect but those of 'a'"):
        operator.draw(Facts("a"), Stream(1))


def cut_off(path: Path) -> None:
    """Cut off the end."""
    path.write_bytes(path.read_bytes()[:-200])


def begun(path: Path) -> None:
    """Keep the first bytes."""
    path.write_bytes(path.read_bytes()[:20])


def no_zip(path: Path) -> None:
    """Put something else there."""
    path.write_bytes(b"AUGBANK\x01" + bytes(100))


def another_zip(path: Path) -> None:
    """Put another zip there."""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("readme.txt", "hello")


def edited(path: Path) -> None:
    """Change the class of a defect by hand."""
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    parts["index.json"] = parts["index.json"].replace(b'"pit"', b'"dot"')
    with zipfile.ZipFile(path, "w") as file:
        for name, data in parts.items():
            file.writestr(name, data)


def gone(path: Path) -> None:
    """Take it away."""
    path.unlink()


@pytest.mark.parametrize("harm", [cut_off, begun, no_zip, another_zip, edited, gone])
def test_a_damaged_file_is_refused_with_what_to_do(
    bank: DefectBank, harm: Callable[[Path], None]
) -> None:
    """Whatever is wrong with it: one line that names the bank and says how to mend it."""
    harm(bank.path)
    with pytest.raises(UsageError, match="bank 'defects'") as caught:
        bank.at(0.5)
    assert "cut it again" in str(caught.value) or harm is gone


def test_a_damaged_defect_is_refused_when_it_is_used(bank: DefectBank) -> None:
    """A flipped byte in one piece does not reach a picture."""
    ref = bank.at(0.0)
    with zipfile.ZipFile(bank.path) as file:
        place = file.getinfo("defects/00001.png").header_offset + 200
    data = bytearray(bank.path.read_bytes())
    data[place] ^= 0xFF
    bank.path.write_bytes(data)
    with pytest.raises(UsageError, match=r"'a#0' is damaged; cut it again"):
        bank.load(ref)
    assert bank.load(bank.at(0.99)).mask.any()


def test_another_defect_under_a_known_name_is_refused(bank: DefectBank) -> None:
    """A reference that the bank does not hold, or no longer holds so, is not replayed."""
    ref = bank.at(0.0)
    with pytest.raises(UsageError, match="has no defect 'z#0'"):
        bank.load(ref | {"id": "z#0"})
    with pytest.raises(UsageError, match="is not what it was"):
        bank.load(ref | {"digest": "0" * 32})


def test_measures_are_listed_by_class(bank: DefectBank) -> None:
    """Each measure has a value a defect; an unknown class is named with the nearest one."""
    every, pits = fitted_rows(bank), fitted_rows(bank, "pit")
    assert {len(values) for values in every.values()} == {10}
    assert pits["area_px"] == [113] * 5 or len(set(pits["area_px"])) == 1
    assert max(every["contrast_frac"]) < -0.5
    with pytest.raises(UsageError, match="did you mean 'pit'"):
        fitted_rows(bank, "pits")


def test_a_bank_without_a_defect_says_why(tmp_path: Path) -> None:
    """With nothing cut, opening it names what was wrong with the marks."""
    source, pixels, _ = marked("a")
    boxes = Instances((Instance("box", (1.0, 1.0, 9.0, 9.0)),))
    cut_defects([(source, pixels, boxes)], tmp_path / "d.zip")
    with pytest.raises(UsageError, match="holds no defect that can be used: a#0: only a box"):
        DefectBank("d", tmp_path / "d.zip", tmp_path).at(0.5)


def coco(folder: Path) -> Path:
    """Write two pictures and a COCO file: a square each, and a picture that is none."""
    pictures, marks = [], []
    for number, name in enumerate(("a.png", "b.png", "c.png"), 1):
        _, pixels, _ = marked(name)
        pixels[60:70, 20:50] = 30
        cv2.imwrite(str(folder / name), pixels)
        pictures.append({"id": number, "file_name": name, "width": 150, "height": 120})
        corners = [20, 60, 50, 60, 50, 70, 20, 70]
        marks.append(
            {"id": number, "image_id": number, "category_id": 1, "iscrowd": 0, "area": 300,
             "bbox": [20, 60, 30, 10], "segmentation": [corners]}
        )  # fmt: skip
    (folder / "c.png").write_bytes(b"no picture")
    whole = {"images": pictures, "annotations": marks, "categories": [{"id": 1, "name": "slot"}]}
    (folder / "marks.json").write_text(json.dumps(whole))
    return folder / "marks.json"


def test_marked_pictures_are_a_bank_as_they_are(tmp_path: Path) -> None:
    """A COCO file is cut once into the cache; a damaged copy there is made again."""
    bank = DefectBank("d", coco(tmp_path), tmp_path / "cache")
    assert bank.labels == {"slot": 2}
    assert fitted_rows(bank)["length_px"] == pytest.approx([30, 30], abs=2)
    assert [one["id"] for one in bank.unusable] == ["c.png"]
    (packed,) = (tmp_path / "cache").iterdir()
    before = packed.read_bytes()
    packed.write_bytes(before[:-100])
    again = DefectBank("d", tmp_path / "marks.json", tmp_path / "cache")
    assert again.digest == bank.digest
    assert packed.read_bytes() == before
