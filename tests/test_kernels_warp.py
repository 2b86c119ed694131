"""Turning and tilting: what is marked stays on what it marks."""

import itertools
import math
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augmentor.core.errors import BadSourceError
from augmentor.core.example import Label, Target
from augmentor.core.operator import Operator, kernels_for
from augmentor.core.pictures import Image, Instance, Instances, Keypoints, Mask
from augmentor.kernels.conditions.warp import rotation, tilt
from augmentor.operators.conditions.perspective import Perspective
from augmentor.operators.conditions.rotate import Rotate

TURNS: list[tuple[type[Operator], dict[str, Any]]] = [
    (Rotate, {"angle_deg": 0.0, "turn": "left"}),
    (Rotate, {"angle_deg": 4.0, "turn": "right"}),
    (Rotate, {"angle_deg": 15.0, "turn": "left"}),
    (Rotate, {"angle_deg": 90.0, "turn": "right"}),
    (Perspective, {"shift_frac": 0.02, "direction_deg": 300.0}),
    (Perspective, {"shift_frac": 0.1, "direction_deg": 90.0}),
    (Perspective, {"shift_frac": 0.25, "direction_deg": 200.0}),
]
MOVES = [(one, {**params, "border": b}) for one, params in TURNS for b in ("zoom", "black")]
RIM = np.ones((3, 3), np.uint8)


def moved(operator: type[Operator], *targets: Target, **params: Any) -> tuple[Any, ...]:
    """Return the targets after a movement, and its notes."""
    return operator.kernels[tuple(map(type, targets))](*targets, **params)


def ellipse(height: int = 160, width: int = 220) -> tuple[Image, Instances, Mask]:
    """Return a white ellipse on black, marked in both ways."""
    drawn = np.zeros((height, width), np.uint8)
    cv2.ellipse(drawn, (width // 2 + 8, height // 2 - 6), (31, 17), 30, 0, 360, 255, -1)
    instance = Instance.of_mask("spot", drawn > 0, crowd=True, made=True)
    assert instance is not None
    return Image(drawn), Instances((instance,)), Mask((drawn > 0).astype(np.uint8), ("", "spot"))


def points(*places: tuple[float, float]) -> Keypoints:
    """Return visible points."""
    count = len(places)
    names = tuple(map(str, range(count)))
    return Keypoints(np.array(places, np.float64).reshape(count, 2), names, np.ones(count, bool))


def tight(instance: Instance, image: Image) -> tuple[float, ...]:
    """Return the tight box of an instance's mask over the whole picture."""
    rows, columns = np.nonzero(instance.drawn(image.height_px, image.width_px))
    return (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)


@pytest.mark.parametrize(("operator", "params"), MOVES)
def test_masks_follow_the_picture(operator: type[Operator], params: Mapping[str, Any]) -> None:
    """The mask of a filled ellipse is the moved ellipse, but for its rim; so are its classes."""
    image, instances, mask = ellipse()
    after, (one,), classes, notes = _items(moved(operator, image, instances, mask, **params))
    seen = after.pixels > 127
    surely = cv2.erode(seen.astype(np.uint8), RIM).astype(bool)
    maybe = cv2.dilate(seen.astype(np.uint8), RIM).astype(bool)
    for marked in (one.drawn(after.height_px, after.width_px), classes.classes > 0):
        assert (seen & marked).sum() / (seen | marked).sum() > 0.97
        assert not (surely & ~marked).any()
        assert not (marked & ~maybe).any()
    assert classes.names == mask.names
    assert one.box_px == tight(one, after)
    assert (one.label, one.crowd, one.made) == ("spot", True, True)
    assert notes["lost"] == 0


def _items(found: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(one.items if isinstance(one, Instances) else one for one in found)


@pytest.mark.parametrize(("operator", "params"), MOVES)
def test_points_follow_the_picture(operator: type[Operator], params: Mapping[str, Any]) -> None:
    """A point on a drawn dot is on the dot afterwards, to a fifth of a pixel."""
    for x, y in ((60, 80), (110, 40), (150, 120)):
        pixels = np.zeros((170, 210), np.float32)
        cv2.circle(pixels, (x, y), 3, 1.0, -1)
        after, _, point, notes = moved(
            operator, Image(pixels), Instances(), points((x + 0.5, y + 0.5)), **params
        )
        if notes["hidden"]:
            assert not point.visible[0]
            continue
        rows, columns = np.mgrid[: after.height_px, : after.width_px] + 0.5
        light = after.pixels.sum()
        middle = ((columns * after.pixels).sum() / light, (rows * after.pixels).sum() / light)
        np.testing.assert_allclose(point.points_px[0], middle, atol=0.2)


@pytest.mark.parametrize("border", ["zoom", "black"])
def test_the_way_back_leads_back(border: str) -> None:
    """Turned there and back, the middle of a smooth picture is the same but for smoothing."""
    rows, columns = np.mgrid[:120, :120].astype(np.float32)
    image = Image((np.sin(rows / 9) + np.cos(columns / 7) + 2) / 4)
    there, _, _ = moved(Rotate, image, Instances(), angle_deg=11.0, turn="left", border=border)
    back, _, _ = moved(Rotate, there, Instances(), angle_deg=11.0, turn="right", border=border)
    if border == "black":
        middle = (slice(40, 80), slice(40, 80))
        np.testing.assert_allclose(back.pixels[middle], image.pixels[middle], atol=0.01)
    else:  # twice nearer
        zoom = rotation(120, 120, angle_deg=11.0, turn="left")[1] ** 2
        near = cv2.resize(image.pixels, None, fx=zoom, fy=zoom)
        edge = (len(near) - 40) // 2
        near = near[edge : edge + 40, edge : edge + 40]
        np.testing.assert_allclose(back.pixels[40:80, 40:80], near, atol=0.03)


def test_a_turn_goes_the_way_it_says() -> None:
    """To the left is against the clock: what was right of the middle goes up."""
    for turn, sign in (("left", -1), ("right", 1)):
        _, _, point, _ = moved(
            Rotate, Image(np.zeros((100, 100), np.uint8)), Instances(), points((80.0, 50.0)),
            angle_deg=15.0, turn=turn, border="black",
        )  # fmt: skip
        x, y = point.points_px[0]
        assert y - 50 == pytest.approx(sign * 30 * math.sin(math.radians(15)))
        assert x - 50 == pytest.approx(30 * math.cos(math.radians(15)))


@pytest.mark.parametrize("direction_deg", [0.0, 45.0, 200.0, 333.0])
def test_the_farthest_corner_comes_in_as_asked(direction_deg: float) -> None:
    """Of all corners inside afterwards the one that goes away moved by what was asked."""
    corners = points((0.0, 0.0), (300.0, 0.0), (0.0, 200.0), (300.0, 200.0))
    _, _, after, _ = moved(
        Perspective, Image(np.zeros((200, 300), np.uint8)), Instances(), corners,
        shift_frac=0.1, direction_deg=direction_deg, border="black",
    )  # fmt: skip
    way = np.array([math.cos(math.radians(direction_deg)), math.sin(math.radians(direction_deg))])
    farthest = int(np.argmax((corners.points_px - [150, 100]) @ way))
    step = after.points_px[farthest] - corners.points_px[farthest]
    assert math.hypot(*step) == pytest.approx(0.1 * 200)
    assert step @ (corners.points_px[farthest] - [150, 100]) < 0


def test_boxes_hold_their_moved_corners_and_stay_inside() -> None:
    """A box without a mask becomes the box of its corners, cut to the picture."""
    box = Instance("part", (10.0, 10.0, 60.0, 30.0))
    image = Image(np.zeros((100, 100), np.uint8))
    _, (one,), notes = _items(
        moved(Rotate, image, Instances((box,)), angle_deg=90.0, turn="right", border="black")
    )
    np.testing.assert_allclose(one.box_px, (70, 10, 90, 60), atol=1e-9)
    _, (one,), _ = _items(
        moved(Rotate, image, Instances((box,)), angle_deg=45.0, turn="left", border="zoom")
    )
    assert min(one.box_px) >= 0
    assert max(one.box_px) <= 100
    assert notes == {"lost": 0}


def test_what_leaves_the_picture_is_dropped_and_counted() -> None:
    """Things in a corner are gone once it is turned out of sight, with a mask or without."""
    corner = np.zeros((100, 100), bool)
    corner[:5, :5] = True
    things = (Instance.of_mask("a", corner), Instance("b", (95.0, 95.0, 100.0, 100.0)),
              Instance("c", (45.0, 45.0, 55.0, 55.0)))  # fmt: skip
    _, kept, point, notes = _items(
        moved(
            Rotate, Image(np.zeros((100, 100), np.uint8)), Instances(things), points((1.0, 1.0)),  # type: ignore[arg-type]
            angle_deg=15.0, turn="left", border="zoom",
        )
    )  # fmt: skip
    assert [one.label for one in kept] == ["c"]
    assert notes == {"lost": 2, "hidden": 1}
    assert not point.visible[0]
    assert (point.points_px[0] < 0).any()


@settings(deadline=None, max_examples=60)
@given(
    height=st.integers(1, 70), width=st.integers(1, 70), move=st.sampled_from(MOVES),
    dtype=st.sampled_from(["uint8", "uint16", "float32"]), colours=st.sampled_from([(), (3,)]),
    place=st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)),
)  # fmt: skip
def test_laws(
    height: int, width: int, move: Any, dtype: str, colours: tuple[int, ...], place: Any
) -> None:
    """Any size keeps size, type and input; boxes are tight and inside, or gone and counted."""
    operator, params = move
    pixels = np.full((height, width, *colours), 7 if dtype != "float32" else 0.5, dtype)
    pixels.setflags(write=False)
    left, right = sorted(int(place[i] * (width - 1)) for i in (0, 1))
    top, bottom = sorted(int(place[i] * (height - 1)) for i in (2, 3))
    marked = np.zeros((height, width), bool)
    marked[top : bottom + 1, left : right + 1] = True
    things = (
        Instance.of_mask("a", marked),
        Instance("b", (float(left), float(top), right + 1.0, bottom + 1.0)),
    )
    mask = Mask(marked.astype(np.uint8), ("", "a"))
    image, after, classes, point, notes = moved(
        operator, Image(pixels), Instances(things), mask, points((left + 0.5, top + 0.5)), **params  # type: ignore[arg-type]
    )  # fmt: skip
    assert image.pixels.shape == pixels.shape
    assert image.pixels.dtype == pixels.dtype
    assert classes.classes.shape == (height, width)
    assert classes.classes.dtype == np.uint8
    assert len(after.items) + notes["lost"] == 2
    assert notes["hidden"] == int(not point.visible[0])
    for one in after.items:
        assert 0 <= one.box_px[0] < one.box_px[2] <= width
        assert 0 <= one.box_px[1] < one.box_px[3] <= height
        if one.mask is not None:
            assert one.box_px == tight(one, image)
    if params["border"] == "zoom":  # nothing beyond the picture is seen
        np.testing.assert_array_equal(image.pixels, pixels)


@settings(deadline=None, max_examples=60)
@given(
    height=st.integers(1, 500), width=st.integers(1, 500),
    angle_deg=st.floats(0, 180), shift_frac=st.floats(0, 0.25), direction_deg=st.floats(0, 360),
)  # fmt: skip
def test_the_zoom_is_enough_and_no_more(
    height: int, width: int, angle_deg: float, shift_frac: float, direction_deg: float
) -> None:
    """What the corners of the new picture show lies in the old one, and one on its edge."""
    for matrix, zoom in (
        rotation(width, height, angle_deg=angle_deg, turn="left"),
        tilt(width, height, shift_frac=shift_frac, direction_deg=direction_deg),
    ):
        back = np.linalg.inv(np.diag([zoom, zoom, 1.0]) @ matrix)
        reach = []
        for x, y in itertools.product((-width / 2, width / 2), (-height / 2, height / 2)):
            across, down, scale = back @ [x, y, 1.0]
            assert scale > 0
            reach += [abs(across / scale) / (width / 2), abs(down / scale) / (height / 2)]
        assert max(reach) == pytest.approx(1.0, abs=1e-9)


def test_points_beyond_any_edge_are_hidden() -> None:
    """A point is seen up to the last pixel of each side, and not beyond."""
    places = [(0.5, 0.5), (99.5, 59.5), (-0.5, 9), (9, -0.5), (100.5, 9), (9, 60.5)]
    _, _, after, notes = moved(
        Rotate, Image(np.zeros((60, 100), np.uint8)), Instances(), points(*places),
        angle_deg=0.0, turn="left", border="black",
    )  # fmt: skip
    assert after.visible.tolist() == [True, True, False, False, False, False]
    assert notes["hidden"] == 4
    np.testing.assert_allclose(after.points_px, places)


def test_no_movement_changes_nothing() -> None:
    """The mild end of both is the picture itself, bit by bit."""
    chance = np.random.Generator(np.random.Philox(key=1))
    pixels = chance.integers(0, 65536, (50, 70, 3), dtype=np.uint16)
    for border in ("zoom", "black"):
        still = (
            (Rotate, {"angle_deg": 0.0, "turn": "left"}),
            (Perspective, {"shift_frac": 0.0, "direction_deg": 9.0}),
        )
        for operator, params in still:
            after, _, _ = moved(operator, Image(pixels), Instances(), border=border, **params)
            np.testing.assert_array_equal(after.pixels, pixels)


def test_threads_change_nothing() -> None:
    """One thread or four, the same bytes."""
    chance = np.random.Generator(np.random.Philox(key=2))
    image = Image(chance.integers(0, 256, (700, 900, 3), dtype=np.uint8))
    before, made = cv2.getNumThreads(), []
    for threads in (1, 4):
        cv2.setNumThreads(threads)
        after, _, _ = moved(
            Perspective, image, Instances(), shift_frac=0.07, direction_deg=50.0, border="zoom"
        )
        made.append(after.pixels)
    cv2.setNumThreads(before)
    np.testing.assert_array_equal(*made)


@pytest.mark.parametrize("operator", [Rotate, Perspective])
def test_every_target_of_a_picture_is_moved_once(operator: type[Operator]) -> None:
    """Whatever else an example has, one kernel moves all of it together."""
    for more in ((), (Mask,), (Keypoints,), (Mask, Keypoints)):
        kinds = {Image, Instances, *more}
        chosen, left_over = kernels_for(operator, kinds | {Label})
        assert [set(group) for group in chosen] == [kinds]
        assert not left_over


def test_a_picture_too_long_is_refused_with_its_reason() -> None:
    """OpenCV cannot move 40,000 px in a row: the source is at fault, not the program."""
    with pytest.raises(BadSourceError, match="40000 x 1 px"):
        moved(
            Rotate, Image(np.zeros((1, 40000), np.uint8)), Instances(),
            angle_deg=3.0, turn="left", border="zoom",
        )  # fmt: skip
