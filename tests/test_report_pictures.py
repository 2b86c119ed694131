"""Pictures in the report: what a person judges is what was made, to the pixel."""

import base64
import re
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from test_report import Tree

from augmentor.core.pictures import Instance
from augmentor.kernels.thumbnails import (
    MARK_RGB,
    most_changed,
    on_screen,
    outlined,
    shrunk,
    shrunk_mask,
    tinted,
)
from augmentor.report.model import (
    Card,
    CardGroup,
    Histogram,
    HistogramPlot,
    Page,
    PicturePair,
    Section,
)
from augmentor.report.page import render
from augmentor.report.pictures import CROP_PX, MOST, WHOLE_PX, Window, window

Pixels = NDArray[Any]


def surface(height: int = 300, width: int = 400, seed: int = 1, colours: int = 3) -> Pixels:
    shape = (height, width, colours) if colours > 1 else (height, width)
    return np.random.default_rng(seed).integers(40, 200, shape).astype(np.uint8)


def spot(left: int, top: int, width: int = 12, height: int = 8, label: str = "pit") -> Instance:
    made = Instance.of_mask(label, np.ones((height, width), np.bool_), left, top, made=True)
    assert made is not None
    return made


def page_of(pair: PicturePair) -> str:
    return render(Page("p", sections=[Section("s", "", [CardGroup("g", [Card("c", [pair])])])]))


def shown(page: str) -> list[tuple[str, Pixels, dict[str, str | None]]]:
    """Return what each picture says, its pixels in red, green, blue, its attributes."""
    found = []
    for attrs in Tree(page).all("img"):
        kind, data = re.fullmatch(r"data:(image/\w+);base64,(.+)", attrs["src"] or "").groups()
        raw = np.frombuffer(base64.b64decode(data), np.uint8)
        found.append((attrs["alt"] or "", cv2.imdecode(raw, 1)[..., ::-1], {**attrs, "kind": kind}))
    return found


def as_colour(pixels: Pixels) -> Pixels:
    return pixels if pixels.ndim == 3 else np.repeat(pixels[..., np.newaxis], 3, axis=2)


@pytest.mark.parametrize("colours", [1, 3])
@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32"])
def test_crops_are_the_very_pixels(kind: str, colours: int) -> None:
    """Decoded again, a crop is the picture's own pixels, whatever the picture's type."""
    before = surface(colours=colours)
    after = before.copy()
    after[150:158, 200:212] = 255
    factor = np.array({"uint8": 1, "uint16": 257, "float32": 1 / 255}[kind], kind)
    pair = PicturePair(*(one.astype(kind) * factor for one in (before, after)), [spot(200, 150)])
    pictures = shown(page_of(pair))
    assert [alt.split(":")[0].split(",")[0] for alt, *_ in pictures] == [
        "Whole picture before", "Whole picture after", "Before", "After", "Mask",
    ]  # fmt: skip
    part = window((200, 150, 212, 158), (206, 154), 300, 400)
    for (_, pixels, attrs), truth in zip(pictures[2:4], (before, after), strict=True):
        assert attrs["kind"] == "image/png"
        assert np.array_equal(pixels, as_colour(part.of(truth)))
        assert attrs["width"] == str(part.width * part.times)
        assert attrs["class"] == "pixels"


def test_mask_is_where_it_says() -> None:
    """The mask's crop is coloured exactly on the mask, and its number of pixels is told."""
    picture = surface()
    mask = np.zeros(picture.shape[:2], np.bool_)
    mask[100:120, 77] = mask[110, 70:90] = True
    page = page_of(PicturePair(picture, picture + 20, mask))
    _, pixels, _ = shown(page)[-1]
    coloured = pixels.max(axis=2) != pixels.min(axis=2)
    box = (70, 100, 90, 120)
    assert np.array_equal(coloured, window(box, (0, 0), *mask.shape).of(mask))
    assert f"mask {mask.sum()} px" in " ".join(Tree(page).text("figcaption"))
    assert "made, 20 \N{MULTIPLICATION SIGN} 20 px at 70, 100; 4 times as large" in page


def test_label_is_text() -> None:
    """A class with a script in its name is shown as text."""
    evil = "<script>alert(1)</script>\"'"
    page = page_of(PicturePair(surface(), surface(seed=2), [spot(9, 9, label=evil)]))
    tree = Tree(page)
    assert len(tree.all("script")) == 1
    assert any(evil in words for words in tree.text("p"))
    assert any(evil in (attrs["alt"] or "") for attrs in tree.all("img"))


def test_nothing_is_loaded() -> None:
    """Pictures live in the page: it names no address but those that hold data."""
    page = page_of(PicturePair(surface(), surface(seed=2), [spot(9, 9)]))
    assert all((attrs["src"] or "").startswith("data:image/") for attrs in Tree(page).all("img"))
    assert not re.search(r"https?://", page)


def test_a_few_of_many_are_shown() -> None:
    """Of many things made the largest, one between and the smallest are shown, and it is said."""
    many = [spot(10 + 40 * i, 20, 3 + 2 * i, 4) for i in range(9)]
    page = page_of(PicturePair(surface(), surface(seed=2), many))
    told = [words for words in Tree(page).text("p") if words.startswith("pit")]
    assert [words.split(",")[1].split()[0] for words in told] == ["19", "11", "3"]
    assert f"{MOST} of the 9 that were made are shown closely." in page


@pytest.mark.parametrize("kind", ["uint8", "float32"])
def test_large_pictures_make_small_pages(kind: str) -> None:
    """Of 12 megapixels of noise no more comes into the page than fits its frames."""
    before = np.random.default_rng(3).integers(0, 256, (3000, 4000, 3), dtype=np.uint8)
    after = before.copy()
    after[:2000, 5:25] //= 2
    if kind == "float32":
        before, after = (one.astype(np.float32) / 255 for one in (before, after))
    page = page_of(PicturePair(before, after, [spot(5, 0, 20, 2000), spot(3000, 2000)]))
    assert len(page) < 700_000
    whole, closer = shown(page)[:2], shown(page)[2:]
    assert all(max(pixels.shape) <= WHOLE_PX for _, pixels, _ in whole)
    assert all(max(pixels.shape) <= CROP_PX for _, pixels, _ in closer)
    assert "its middle, 1:1" in page


@pytest.mark.parametrize("shape", [(1, 1), (1, 70000), (3, 2), (2000, 1)])
def test_odd_shapes(shape: tuple[int, int]) -> None:
    """One pixel, one row or one column is a picture like another."""
    before = np.full(shape, 100, np.uint8)
    after = before.copy()
    after[-1, -1] = 0
    spots = [spot(shape[1] - 1, shape[0] - 1, 1, 1)]
    for made in ([], spots):
        pictures = shown(page_of(PicturePair(before, after, made)))
        assert all(pixels.size for _, pixels, _ in pictures)
    assert np.array_equal(pictures[3][1][-1, -1], [0, 0, 0])


def test_without_a_mask_the_change_is_shown() -> None:
    """Where nothing was made, the crop lies where the pictures differ most, or it is said."""
    before = surface()
    after = before.copy()
    after[240:260, 300:330] += 40
    page = page_of(PicturePair(before, after))
    alt, pixels, _ = shown(page)[-1]
    x, y = map(int, re.search(r"around (\d+), (\d+)", alt).groups())
    assert abs(x - 315) < 20
    assert abs(y - 250) < 20
    assert (pixels != shown(page)[-2][1]).any()
    assert "Not one pixel differs." in page_of(PicturePair(before, before.copy()))
    asked = shown(page_of(PicturePair(before, after, box_px=(10, 20, 30, 40))))[-1]
    part = window((10, 20, 30, 40), (20, 30), *before.shape[:2])
    assert np.array_equal(asked[1], part.of(after))


def test_one_side_or_another_size() -> None:
    """A missing parent, a missing child, or a turned picture is shown as far as it goes."""
    picture, turned = surface(), surface(400, 300)
    for pair, names in (
        (PicturePair(None, picture, [spot(5, 5)]), ["after", "after", "mask"]),
        (PicturePair(picture, None, [spot(5, 5)]), ["before"]),
        (PicturePair(picture, turned), ["before", "after"]),
        (PicturePair(picture, turned, [spot(5, 5)]), ["before", "after", "after", "mask"]),
        (PicturePair(picture, picture.astype(np.uint16)), ["before", "after"]),
    ):
        assert Tree(page_of(pair)).text("b") == names


@settings(deadline=None, max_examples=200)
@given(
    st.tuples(st.integers(1, 900), st.integers(1, 900)),
    st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)),
)
def test_windows_hold_what_they_show(
    size: tuple[int, int], fractions: tuple[float, float, float, float]
) -> None:
    """A window lies in the picture, fits its frame and holds every box that can fit."""
    height, width = size
    left, top = int(fractions[0] * (width - 1)), int(fractions[1] * (height - 1))
    right = left + 1 + int(fractions[2] * (width - 1 - left))
    bottom = top + 1 + int(fractions[3] * (height - 1 - top))
    box = (float(left), float(top), float(right), float(bottom))
    x, y = (left + right) // 2, (top + bottom) // 2
    part = window(box, (x, y), height, width)
    assert 0 <= part.left <= part.left + part.width <= width
    assert 0 <= part.top <= part.top + part.height <= height
    assert part.times >= 1
    assert max(part.width, part.height) * part.times <= CROP_PX
    assert part.holds((x, y, min(x + 1, width), min(y + 1, height)))
    if max(right - left, bottom - top) <= CROP_PX:
        assert part.holds(box)


def test_a_large_thing_is_shown_on_itself() -> None:
    """The crop of a bent scratch that does not fit lies on the scratch, not inside its bend."""
    picture = surface(600, 600)
    y, x = np.mgrid[:600, :600]
    ring = np.abs(np.hypot(x - 300, y - 300) - 250) < 2
    page = page_of(PicturePair(picture, picture + 9, ring))
    _, pixels, _ = shown(page)[-1]
    assert (pixels.max(axis=2) != pixels.min(axis=2)).sum() > 100


def test_shrinking_is_a_mean() -> None:
    """A shrunk picture keeps its mean, and a picture that fits is the very same."""
    large = surface(1024, 512)
    small = shrunk(large, 256)
    assert small.shape == (256, 128, 3)
    means = large.reshape(256, 4, 128, 4, 3).mean(axis=(1, 3))
    assert np.abs(small - means).max() <= 0.51
    assert shrunk(small, 256) is small
    deep = shrunk(large.astype(np.uint16) * 257, 256)
    assert np.abs(deep - means).max() <= 0.51


def test_what_is_no_number_is_black() -> None:
    """Floats beyond black and white are cut; what is no number shows as black."""
    odd = np.array([[np.nan, -3, 0.5, 2, np.inf]], np.float32)
    assert on_screen(odd).tolist() == [[0, 0, 128, 255, 255]]


@pytest.mark.parametrize("size", [(300, 400), (7, 9), (2000, 3)])
def test_a_single_pixel_survives_shrinking(size: tuple[int, int]) -> None:
    """One marked pixel is still marked in the smallest picture, at its place."""
    for y, x in ((0, 0), (size[0] - 1, size[1] - 1), (size[0] // 2, size[1] // 2)):
        mask = np.zeros(size, np.bool_)
        mask[y, x] = True
        small = shrunk_mask(mask, min(size[0], 5), min(size[1], 5))
        assert small.sum() == 1
        down, across = np.argwhere(small)[0]
        assert down == pytest.approx(y * small.shape[0] / size[0], abs=1)
        assert across == pytest.approx(x * small.shape[1] / size[1], abs=1)


def test_outline_goes_around() -> None:
    """The line is near what is marked and never on it, and nothing else is painted."""
    picture = surface(60, 80, colours=1)
    mask = np.zeros(picture.shape, np.bool_)
    mask[20:30, 30:50] = True
    drawn = outlined(picture, mask)
    line = (drawn == MARK_RGB).all(axis=2)
    assert not (line & mask).any()
    assert np.array_equal(drawn[~line], as_colour(picture)[~line])
    ys, xs = np.nonzero(line)
    assert (ys.min(), ys.max(), xs.min(), xs.max()) == (17, 32, 27, 52)
    assert np.array_equal(picture, surface(60, 80, colours=1))


def test_tint_keeps_what_is_below() -> None:
    """In a tinted picture the greys are those of the picture, to a few steps."""
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    numbers, palette = tinted(grey, np.zeros_like(grey, np.bool_))
    assert np.abs(palette[numbers].astype(int) - grey[..., np.newaxis]).max() <= 3
    numbers, palette = tinted(as_colour(grey), np.ones_like(grey, np.bool_))
    assert (np.diff(palette[numbers].astype(int).sum(axis=2).ravel()) >= 0).all()


def test_most_changed_finds_it() -> None:
    """The place of the greatest change is found in a large picture; without one there is none."""
    before = np.zeros((1500, 2500), np.float32)
    after = before.copy()
    after[1200:1240, 300:340] = 0.2
    found = most_changed(before, after)
    assert found is not None
    assert np.hypot(found[0] - 320, found[1] - 1220) < 2500 / 8
    assert most_changed(before, before) is None


def test_window_takes_its_part() -> None:
    """A window of a picture and of a mask are the same pixels."""
    plane = np.arange(30).reshape(5, 6)
    assert Window(2, 1, 3, 2, 1).of(plane).tolist() == [[8, 9, 10], [14, 15, 16]]


def histogram(measure: Histogram) -> Tree:
    return Tree(render(Page("p", sections=[Section("s", "", [HistogramPlot("fit", [measure])])])))


def test_histograms_show_shares() -> None:
    """Equal shapes of unequal numbers are drawn alike; bars are as high as their shares."""
    values = [1.0, 2.5, 2.5, 4.9]
    paths = {
        (attrs["class"] or ""): attrs["d"] or ""
        for attrs in histogram(Histogram("length, px", values, values * 3)).all("path")
        if attrs.get("class") in {"real", "made"}
    }
    assert paths["real"] == paths["made"] + "Z"
    heights = [float(y) for y in re.findall(r"V([\d.]+)H", paths["real"])]
    shares = (96 - np.array(heights)) / 96
    assert shares.max() == pytest.approx(1)
    assert shares.sum() == pytest.approx(2)  # two of four values lie in the highest bar


def test_histograms_tell_their_numbers() -> None:
    """What is drawn is also said; what is not finite is left out; one side may be missing."""
    tree = histogram(Histogram("area, px", [1, 10, 1000, float("nan")], []))
    assert tree.text("desc") == ["3 real, median 10; no made ones"]
    assert [attrs.get("class") for attrs in tree.all("path")].count("made") == 0
    labels = [words for words in tree.text("text") if words]
    assert labels == ["1", "10", "100", "1000"]  # by ratio, since they lie so far apart
