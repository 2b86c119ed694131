"""A defect is measured as it was drawn, and pasted as it was, whatever it comes upon."""

import math
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from augmentor.core.distributions import FORMS, Empirical
from augmentor.core.pictures import Image, Instance, Instances, Mask, white_of
from augmentor.kernels.defects.cutting import MARGIN_PX, Cutting
from augmentor.kernels.defects.measured import Measured, measure_defect
from augmentor.kernels.defects.membrane import filled
from augmentor.kernels.defects.paste import BLENDS, paste
from augmentor.kernels.defects.patch import Patch, marking
from augmentor.kernels.defects.site import Site

ON_PASTE: dict[str, Any] = {
    "angle_deg": 0.0, "scale_frac": 1.0, "flip": "none", "blend": "feather",
    "contrast_frac": 1.0, "x_frac": 0.5, "y_frac": 0.5,
}  # fmt: skip


def stroke(points: Any, width_px: float, size: int = 240) -> NDArray[np.bool_]:
    """Return the pixels that a line covers by more than half."""
    fine = np.zeros((size * 8, size * 8), np.uint8)
    line = np.rint(np.asarray(points) * 8).astype(np.int32)
    cv2.polylines(fine, [line], isClosed=False, color=255, thickness=round(width_px * 8))
    small = cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(small > 140)


def straight(angle_deg: float, length_px: float, width_px: float) -> NDArray[np.bool_]:
    """Return a line through about the middle, so that no edge halves a row of pixels."""
    turn, middle = math.radians(angle_deg), 120.13
    half = np.array([math.cos(turn), -math.sin(turn)]) * length_px / 2
    return stroke([middle - half, middle + half], width_px)


def measured(mask: NDArray[np.bool_], inside: float = 60, outside: float = 120) -> Measured:
    """Return what is measured of a mask filled with one grey on another."""
    pixels = np.where(mask, inside, outside).astype(np.uint8)
    instance = Instance.of_mask("x", mask)
    assert instance is not None
    return measure_defect(pixels, instance)


def grained(shape: tuple[int, ...], seed: int, light: float = 140) -> NDArray[np.uint8]:
    """Return a surface with grain and a slope."""
    noise = np.random.Generator(np.random.Philox(seed)).normal(0, 4, shape)
    slope = np.linspace(-20, 20, shape[1]).reshape(1, -1, *[1] * (len(shape) - 2))
    return np.clip(light + slope + noise, 0, 255).astype(np.uint8)


def cut(pixels: NDArray[Any], mask: NDArray[np.bool_]) -> tuple[Cutting, Instance]:
    """Return a defect cut out as a bank does."""
    one = Instance.of_mask("scratch", mask)
    assert one is not None
    left, top, right, bottom = map(int, one.box_px)
    window = (
        slice(max(0, top - MARGIN_PX), bottom + MARGIN_PX),
        slice(max(0, left - MARGIN_PX), right + MARGIN_PX),
    )
    piece = pixels[window]
    return Cutting(piece, mask[window], np.zeros(piece.shape[:2], np.bool_)), one


def whole(pixels: NDArray[Any], patch: Patch) -> NDArray[Any]:
    """Return a picture with a patch."""
    after = pixels.copy()
    rows, columns = patch.pixels.shape[:2]
    after[patch.top : patch.top + rows, patch.left : patch.left + columns] = patch.pixels
    return after


@pytest.mark.parametrize("angle_deg", [0, 10, 22.5, 45, 63, 90, 133, 170])
@pytest.mark.parametrize("width_px", [2, 4, 7])
def test_a_straight_stroke_measures_as_it_was_drawn(angle_deg: float, width_px: float) -> None:
    """Length and width within 5 % or half a pixel beside the round ends, angle within 1 degree."""
    found = measured(straight(angle_deg, 120, width_px))
    assert found.length_px == pytest.approx(120 + width_px / 2, abs=width_px / 2 + 4)
    assert found.length_frac == pytest.approx(found.length_px / 240)
    assert found.width_px == pytest.approx(width_px, abs=0.5)
    assert -90 < found.angle_deg <= 90
    off = (found.angle_deg - angle_deg) % 180
    assert min(off, 180 - off) < 1


def test_a_bent_stroke_is_as_long_as_its_bend() -> None:
    """Half a circle of radius 60 px is 188 px long, not the 120 px between its ends."""
    turn = np.linspace(0, math.pi, 200)
    found = measured(stroke(np.c_[120 + 60 * np.cos(turn), 150 - 60 * np.sin(turn)], 3))
    assert found.length_px == pytest.approx(math.pi * 60, rel=0.04)
    assert found.width_px == pytest.approx(3, abs=0.4)


def test_branches_and_gaps_do_not_make_a_stroke_wide() -> None:
    """A forked and a broken line of 3 px have a width of about 3 px, and their whole length."""
    forked = stroke([(20, 120), (220, 120)], 3) | stroke([(120, 120), (170, 50)], 3)
    broken = stroke([(20, 120), (220, 120)], 3)
    broken[:, 80:100] = broken[:, 150:170] = False
    for mask in (forked, broken):
        found = measured(mask)
        assert found.width_px == pytest.approx(3, abs=1)
        assert found.length_px == pytest.approx(202, rel=0.03)


@pytest.mark.parametrize(("long", "short", "angle_deg"), [(60, 20, 30), (30, 10, -75), (40, 40, 0)])
def test_an_ellipse_measures_as_it_was_drawn(long: int, short: int, angle_deg: float) -> None:
    """Length and elongation within 5 %, angle within 1 degree; the width is the mean one."""
    plane = np.zeros((240, 240), np.uint8)
    cv2.ellipse(plane, (120, 120), (long, short), -angle_deg, 0, 360, 1, -1)
    found = measured(plane > 0)
    assert found.length_px == pytest.approx(2 * long + 1, rel=0.05)
    assert found.elongation == pytest.approx(long / short, rel=0.05)
    assert found.width_px == pytest.approx(math.pi / 2 * short, rel=0.06)
    if long > short:
        assert found.angle_deg == pytest.approx(angle_deg, abs=1)


@pytest.mark.parametrize("inside", [0, 60, 110, 130, 240])
def test_contrast_is_a_share_of_the_surroundings(inside: float) -> None:
    """On a surface of 120, contrast is (inside - 120) / 120, with its sign and its word."""
    found = measured(straight(20, 80, 5), inside=inside)
    assert found.contrast_frac == pytest.approx(inside / 120 - 1, abs=1e-3)
    assert found.deepest_frac == pytest.approx(abs(inside / 120 - 1), abs=1e-3)
    assert found.polarity == ("dark" if inside < 120 else "bright")


def test_place_is_that_of_a_drawn_defect() -> None:
    """The measured place brings a box of the same size back to where it was."""
    mask = np.zeros((100, 160), np.bool_)
    mask[30:40, 90:130] = True
    found = measured(mask)
    assert Site(np.zeros((100, 160), np.uint8)).place(40, 10, found.x_frac, found.y_frac) == (
        pytest.approx(90), pytest.approx(30),
    )  # fmt: skip


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (300, 300)])
def test_a_mask_that_is_a_dot_or_all_is_measured(size: tuple[int, int]) -> None:
    """Every number is finite, and a mask with nothing around it has no contrast."""
    found = measured(np.ones(size, np.bool_)).to_json()
    assert found["contrast_frac"] == 0
    assert all(math.isfinite(one) for one in found.values() if not isinstance(one, str))


@pytest.mark.parametrize("blend", ["feather", "poisson"])
@pytest.mark.parametrize("shape", [(160, 200), (160, 200, 3)])
@pytest.mark.parametrize("corner", [False, True])
def test_a_defect_put_back_leaves_the_picture_as_it_was(
    blend: str, shape: tuple[int, ...], corner: bool
) -> None:
    """Cut and pasted at its own place, not one pixel moves by more than 1 of 255."""
    mask = np.zeros(shape[:2], np.bool_)
    mask[slice(0, 9) if corner else slice(60, 69), slice(0, 50) if corner else slice(70, 120)] = (
        straight(10, 40, 4)[115:124, 95:145]
    )
    before = grained(shape, 1)
    before[mask] //= 3
    defect, one = cut(before, mask)
    assert one.mask is not None
    place = {
        "x_frac": one.left_px / (shape[1] - one.mask.shape[1]),
        "y_frac": one.top_px / (shape[0] - one.mask.shape[0]),
    }
    patch = paste(Site(before), defect=defect, **(ON_PASTE | place | {"blend": blend}))
    moved = np.abs(whole(before, patch).astype(int) - before)
    assert moved.max() <= 1
    elsewhere = paste(Site(before), defect=defect, **(ON_PASTE | {"blend": blend}))
    assert np.abs(whole(before, elsewhere).astype(int) - before).max() > 10


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("light", [60, 200])
def test_contrast_follows_the_light_of_the_surface(kind: type, light: float) -> None:
    """A defect of -60 % is one of -60 % in the dark, in the light, and at any depth of bits."""
    mask = straight(0, 60, 7)
    source = np.where(mask, 48, 120).astype(np.uint8)
    defect, _ = cut(source, mask)
    white = white_of(np.zeros(1, kind))
    target = np.full((200, 200), light / 255 * white).astype(kind)
    for contrast_frac in (0.5, 1.0, 1.5):
        patch = paste(Site(target), defect=defect, **(ON_PASTE | {"contrast_frac": contrast_frac}))
        assert patch.pixels.dtype == kind
        got = 1 - float(whole(target, patch).min()) / (light / 255 * white)
        assert got == pytest.approx(0.6 * contrast_frac, abs=0.02)


def test_an_overlay_lets_a_line_through_that_feather_covers() -> None:
    """On a plain surface both are alike; where a broad line is crossed, only one still has it."""
    mask = straight(0, 60, 9)
    defect, _ = cut(np.where(mask, 80, 160).astype(np.uint8), mask)
    target = np.full((200, 200), 160, np.uint8)
    plain = [whole(target, paste(Site(target), defect=defect, **(ON_PASTE | {"blend": one})))
             for one in ("feather", "overlay")]  # fmt: skip
    np.testing.assert_array_equal(*plain)
    np.testing.assert_allclose(plain[0].min(), 80, atol=2)
    target[100:103] = 60  # along the middle of the defect
    left, covered = (
        whole(target, paste(Site(target), defect=defect, **(ON_PASTE | {"blend": one})))
        for one in ("overlay", "feather")
    )
    assert int(left[106, 100]) - int(left[101, 100]) > 30
    assert abs(int(covered[103, 100]) - int(covered[101, 100])) < 10


def test_colour_and_grey_meet() -> None:
    """A grey defect darkens all colours alike; a red one on grey gives up its colour."""
    mask = straight(0, 60, 7)
    grey = np.where(mask, 60, 120).astype(np.uint8)
    red = np.where(mask[..., np.newaxis], (120, 60, 60), 120).astype(np.uint8)
    brown = np.full((200, 200, 3), (160, 100, 60), np.uint8)
    after = whole(brown, paste(Site(brown), defect=cut(grey, mask)[0], **ON_PASTE))
    np.testing.assert_allclose(after.min(axis=(0, 1)), (80, 50, 30), atol=1)
    plain = brown[..., 0]
    after = whole(plain, paste(Site(plain), defect=cut(red, mask)[0], **ON_PASTE))
    assert after.min() == pytest.approx(160 * (0.299 * 2 + 0.701) / 2, abs=1.5)


def test_turn_flip_and_size_are_those_asked() -> None:
    """The mask that comes out lies at the angle asked, so many times as long, mirrored or not."""
    mask = straight(20, 60, 4)
    source = np.where(mask, 40, 160).astype(np.uint8)
    target = np.full((240, 240), 160, np.uint8)
    defect, _ = cut(source, mask)
    for flip, turn, scale, angle_deg in (
        ("none", 30, 1, 50), ("across", 0, 1, -20), ("down", 0, 0.5, -20), ("both", 25, 2, 45),
    ):  # fmt: skip
        asked = ON_PASTE | {"angle_deg": turn, "scale_frac": scale, "flip": flip}
        after = whole(target, paste(Site(target), defect=defect, **asked))
        one = Instance.of_mask("x", after < 100)
        assert one is not None
        found = measure_defect(after, one)
        assert found.angle_deg == pytest.approx(angle_deg, abs=2.5)
        assert found.length_px == pytest.approx(62 * scale, rel=0.08)


@pytest.mark.parametrize("shape", [(1, 1), (3, 50), (20, 20, 3)])
@pytest.mark.parametrize("blend", BLENDS)
def test_what_does_not_fit_is_made_smaller(shape: tuple[int, ...], blend: str) -> None:
    """Also a picture of one pixel gets a patch that lies inside it, and keeps its type."""
    mask = straight(30, 100, 5)
    defect, _ = cut(np.where(mask, 20, 200).astype(np.uint8), mask)
    target = np.full(shape, 180, np.uint8)
    patch = paste(Site(target), defect=defect, **(ON_PASTE | {"blend": blend, "angle_deg": 12}))
    rows, columns = patch.pixels.shape[:2]
    assert patch.left >= 0
    assert patch.top >= 0
    assert patch.left + columns <= shape[1]
    assert patch.top + rows <= shape[0]
    assert patch.notes["scale_frac"] < 1


def test_targets_stay_true() -> None:
    """One instance more, its mask what changed, its class the one asked; older ones are cut."""
    mask = straight(0, 60, 7)
    source = grained((240, 240), 2)
    source[mask] //= 3
    before = grained((200, 200), 3)
    old = Instance.of_mask("logo", np.ones((100, 40), np.bool_), 80, 50)
    assert old is not None
    kernel = marking(paste)[Image, Instances, Mask]
    image, instances, classes, notes = kernel(
        Image(before), Instances((old,)), Mask(np.zeros((200, 200), np.uint8), ("good",)),
        label="scratch", where="anywhere", defect=cut(source, mask)[0], **ON_PASTE,
    )  # fmt: skip
    new = instances.items[-1]
    drawn = new.drawn(200, 200)
    np.testing.assert_array_equal(drawn, image.pixels != before)
    np.testing.assert_array_equal(classes.classes == classes.names.index("scratch"), drawn)
    assert (new.label, new.made) == ("scratch", True)
    assert notes["area_px"] == drawn.sum() > 0
    assert not (instances.items[0].drawn(200, 200) & drawn).any()
    assert instances.items[0].area_px < old.area_px


def test_a_neighbour_is_no_surroundings() -> None:
    """A black neighbour in the piece, when it is marked, does not make the defect look light."""
    mask = straight(0, 60, 5)
    source = np.where(mask, 60, 120).astype(np.uint8)
    near = np.zeros_like(mask)
    near[126:140, 60:180] = True
    source[near] = 0
    target = np.full((200, 200), 120, np.uint8)
    blind, one = cut(source, mask)
    left, top = max(0, one.left_px - MARGIN_PX), max(0, one.top_px - MARGIN_PX)
    rows, columns = blind.mask.shape
    told = Cutting(blind.pixels, blind.mask, near[top : top + rows, left : left + columns])
    darkest = [
        int(whole(target, paste(Site(target), defect=each, **ON_PASTE)).min())
        for each in (told, blind)
    ]
    assert darkest[0] == pytest.approx(60, abs=2)
    assert darkest[1] > darkest[0] + 3
    ones = measure_defect(source, one, near), measure_defect(source, one)
    assert ones[0].contrast_frac == pytest.approx(-0.5, abs=1e-3)
    assert ones[1].contrast_frac > -0.35


@pytest.mark.parametrize("hole", [3, 20, 90])
def test_a_membrane_goes_through_what_holds_it(hole: int) -> None:
    """A hole in a plane is filled with that plane, of any size, within 2 % of its range."""
    rows, columns = np.mgrid[0:120, 0:120].astype(np.float32) / 120
    plane = rows * np.float32(0.7) + columns * np.float32(0.3)
    known = np.ones((120, 120), np.bool_)
    known[15 : 15 + hole, 15 : 15 + hole] = False
    assert np.abs(filled(plane, known) - plane).max() < 0.02


numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)


@settings(deadline=None, max_examples=80)
@given(numbers, st.booleans(), st.lists(st.floats(0, 1, exclude_max=True), min_size=2))
def test_seen_values_are_drawn_in_order_and_in_range(
    values: list[float], falling: bool, units: list[float]
) -> None:
    """As definition 7 of quantiles says: NumPy's; never beyond the ends, never back."""
    law = Empirical(tuple(sorted(values, reverse=falling)))
    drawn = [law.at(unit) for unit in sorted(units)]
    assert drawn == sorted(drawn, reverse=falling) or np.allclose(
        drawn, sorted(drawn, reverse=falling), rtol=1e-12, atol=1e-9
    )
    assert min(values) <= min(drawn) <= max(drawn) <= max(values)
    wanted = [np.quantile(values, 1 - unit if falling else unit) for unit in sorted(units)]
    np.testing.assert_allclose(drawn, wanted, rtol=1e-9, atol=1e-6)
    assert FORMS["empirical"](law.spec()["empirical"]) == law
    assert law.span() == (law.values[0], law.values[-1])


@pytest.mark.parametrize("wrong", [[], [1, 3, 2], ["a"], 3, [1, True], [float("nan")]])
def test_seen_values_out_of_order_are_refused(wrong: Any) -> None:
    """What is no list of numbers, rising or falling, is not read."""
    with pytest.raises(ValueError, match="takes"):
        FORMS["empirical"](wrong)
