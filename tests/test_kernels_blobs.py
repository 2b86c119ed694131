"""Dents, pits, discoloured places, and dirt: what they change, and that it is what was asked."""

import colorsys
import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from augmentor.core.example import Example, Facts, Label
from augmentor.core.operator import Edit, Operator, apply, kernels_for
from augmentor.core.pictures import Image, Instance, Instances, Keypoints, Mask, Pixels
from augmentor.kernels.defects.blobs import chance_of, smooth_noise, window
from augmentor.kernels.defects.dent import _profile, _shade, dent
from augmentor.kernels.defects.dirt import dust, lint, stain
from augmentor.kernels.defects.discolor import KINDS, discolor
from augmentor.kernels.defects.patch import Patch
from augmentor.kernels.defects.pits import SMALLEST_PX, pits, sizes_px
from augmentor.kernels.defects.site import Site
from augmentor.operators.defects.dent import Dent
from augmentor.operators.defects.discoloration import Discoloration
from augmentor.operators.defects.dust import Dust
from augmentor.operators.defects.lint import Lint
from augmentor.operators.defects.pit_mark import PitMark
from augmentor.operators.defects.stain import Stain

DEFECTS = (Dent, PitMark, Discoloration)
DISTRACTORS = (Stain, Dust, Lint)
PLACE: dict[str, Any] = {"x_frac": 0.5, "y_frac": 0.5, "seed": 7}
DENT = PLACE | {
    "size_frac": 0.6, "elongation": 1.0, "angle_deg": 0.0, "depth_frac": 0.03,
    "rim_frac": 0.0, "light_deg": 0.0, "elevation_deg": 45.0,
}  # fmt: skip
PITS = PLACE | {
    "count": 30, "spread_frac": 0.5, "size_px": 6.0, "exponent": 1.5, "depth_frac": 0.6,
    "light_deg": 0.0,
}  # fmt: skip
TINT = PLACE | {
    "kind": "patch", "size_frac": 0.6, "elongation": 1.0, "edge_frac": 0.3,
    "lightness_frac": 0.0, "hue_deg": 40.0, "hue_span_deg": 0.0, "saturation_frac": 0.3,
}  # fmt: skip
STAIN = PLACE | {"size_frac": 0.5, "elongation": 1.0, "strength_frac": 0.2}
DUST = PLACE | {
    "count": 6, "spread_frac": 0.8, "size_px": 5.0, "blur_px": 1.0, "strength_frac": 0.5,
    "tone": "dark",
}  # fmt: skip
LINT = PLACE | {
    "count": 1, "length_frac": 0.5, "width_px": 2.0, "bend_frac": 0.3, "strength_frac": 0.5,
    "tone": "dark",
}  # fmt: skip


def even(side: int = 128, level: float = 0.5) -> NDArray[np.float32]:
    """Return an even grey surface."""
    return np.full((side, side), level, np.float32)


def change(before: Pixels, patch: Patch) -> NDArray[np.float64]:
    """Return what a patch adds to every pixel of a picture."""
    after = before.astype(np.float64)
    rows, columns = patch.pixels.shape[:2]
    after[patch.top : patch.top + rows, patch.left : patch.left + columns] = patch.pixels
    return after - before


def middle(weights: NDArray[np.float64]) -> tuple[float, float]:
    """Return x and y of the centre of some weights."""
    ys, xs = np.indices(weights.shape)
    return float((xs * weights).sum() / weights.sum()), float((ys * weights).sum() / weights.sum())


@st.composite
def surfaces(draw: st.DrawFn) -> Pixels:
    """Any small picture of any kind."""
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    chance = np.random.Generator(np.random.Philox(key=draw(st.integers(0, 2**32))))
    shape = (height, width, 3) if draw(st.booleans()) else (height, width)
    values = chance.random(shape)
    kind = draw(st.sampled_from([np.uint8, np.uint16, np.float32]))
    return (values if kind == np.float32 else values * np.iinfo(kind).max).astype(kind)


@st.composite
def edits(draw: st.DrawFn, kinds: tuple[type[Operator], ...]) -> tuple[type[Operator], dict]:
    """Any operator with each parameter at a severity of its own."""
    kind = draw(st.sampled_from(kinds))
    operator = kind()
    units = st.floats(0, 1, exclude_max=True)
    return kind, {name: getattr(operator, name).at(draw(units)) for name in kind.params()}


@settings(max_examples=150, deadline=None)
@given(pixels=surfaces(), edit=edits(DEFECTS))
def test_the_mask_is_what_changed(pixels: Pixels, edit: tuple[type[Operator], dict]) -> None:
    """On any picture: the new instance covers the changed pixels and no other, inside it."""
    kind, params = edit
    before = pixels.copy()
    classes = Mask(np.zeros(pixels.shape[:2], np.uint8), ("nothing",))
    image, instances, mask, notes = kind.kernels[Image, Instances, Mask](
        Image(pixels), Instances(), classes, **params
    )
    np.testing.assert_array_equal(pixels, before)
    assert image.pixels.dtype == pixels.dtype
    assert image.pixels.shape == pixels.shape
    changed = (image.pixels != before).reshape(*pixels.shape[:2], -1).any(axis=2)
    assert len(instances.items) == changed.any()
    if instances.items:
        (found,) = instances.items
        np.testing.assert_array_equal(found.drawn(*pixels.shape[:2]), changed)
        rows, columns = found.mask.shape
        assert (notes["height_px"], notes["width_px"]) == (rows, columns)
        np.testing.assert_array_equal(mask.classes > 0, changed)
    assert notes["area_px"] == changed.sum()


@settings(max_examples=100, deadline=None)
@given(pixels=surfaces(), edit=edits(DISTRACTORS))
def test_dirt_leaves_every_label(pixels: Pixels, edit: tuple[type[Operator], dict]) -> None:
    """On any picture with any marks: only pixels change, whatever else the example has."""
    kind, params = edit
    before = pixels.copy()
    height, width = pixels.shape[:2]
    old = Instance.of_mask("scratch", np.ones((height, width), np.bool_))
    assert old is not None
    targets = {
        "image": Image(pixels),
        "instances": Instances((old,)),
        "mask": Mask(np.zeros((height, width), np.uint8), ("nothing",)),
        "points": Keypoints(np.zeros((1, 2)), ("corner",), np.ones(1, np.bool_)),
        "label": Label("good"),
    }
    example = Example(Facts(id="a"), targets)
    after = apply(kind, example, Edit("dirt", kind.name, params), {})
    for name in ("instances", "mask", "points", "label"):
        assert after.targets[name] is targets[name]
    image = after.targets["image"]
    assert isinstance(image, Image)
    assert image.pixels.dtype == pixels.dtype
    np.testing.assert_array_equal(pixels, before)


@pytest.mark.parametrize("kind", [*DEFECTS, *DISTRACTORS])
def test_every_target_of_a_picture_is_spoken_for(kind: type[Operator]) -> None:
    assert not kernels_for(kind, {Image, Instances, Mask, Keypoints, Label})[1]


@pytest.mark.parametrize("kind", [*DEFECTS, *DISTRACTORS])
@pytest.mark.parametrize("colour", [False, True])
def test_harsh_ones_are_seen_on_an_even_surface(kind: type[Operator], colour: bool) -> None:
    """At severity 0.9 something changes, and the contrast that is noted is the mean change."""
    pixels = np.full((200, 200, 3) if colour else (200, 200), 120, np.uint8)
    operator = kind()
    params = {name: getattr(operator, name).at(0.9) for name in kind.params()}
    image, _, notes = kind.kernels[Image, Instances](Image(pixels), Instances(), **params)
    added = (image.pixels.astype(float) - 120) / 255
    changed = np.abs(added).reshape(200, 200, -1).max(axis=2) > 0
    assert changed.sum() == notes["area_px"] > 20
    assert np.abs(added).max() > 0.05
    assert notes["contrast"] == pytest.approx(added[changed].mean(), abs=1e-4)


@pytest.mark.parametrize("kind", [*DEFECTS, *DISTRACTORS])
def test_the_same_edit_is_the_same_and_a_new_seed_is_not(kind: type[Operator]) -> None:
    pixels = np.full((200, 200, 3), 120, np.uint8)
    operator = kind()
    params = {name: getattr(operator, name).at(0.9) for name in kind.params()}
    kernel = kind.kernels[Image, Instances]
    one, same, other = (
        kernel(Image(pixels), Instances(), **params | {"seed": seed})[0].pixels
        for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


@pytest.mark.parametrize(
    ("draw", "params", "name", "values"),
    [
        (dent, DENT, "depth_frac", (0.01, 0.03, 0.08)),
        (dent, DENT, "size_frac", (0.1, 0.3, 0.8)),
        (pits, PITS, "depth_frac", (0.1, 0.4, 0.9)),
        (pits, PITS, "count", (3, 12, 50)),
        (discolor, TINT, "lightness_frac", (-0.1, -0.3, -0.6)),
        (stain, STAIN, "strength_frac", (0.05, 0.2, 0.5)),
        (dust, DUST, "strength_frac", (0.2, 0.5, 0.9)),
        (lint, LINT, "strength_frac", (0.2, 0.5, 0.9)),
        (lint, LINT, "width_px", (0.5, 1.5, 4.0)),
    ],
)
def test_more_of_it_changes_more(
    draw: Any, params: dict[str, Any], name: str, values: tuple[float, ...]
) -> None:
    pixels = even()
    sums = [
        np.abs(change(pixels, draw(Site(pixels), **params | {name: one}))).sum() for one in values
    ]
    assert all(less < more for less, more in pairwise([0, *sums])), sums


class TestWindow:
    """The part of a picture that a spot works in."""

    def test_a_spot_that_is_too_large_lies_in_the_middle(self) -> None:
        at = window(Site(even(5)), 100, 100, 0.9, 0.1)
        assert at.shape == (5, 5)
        np.testing.assert_allclose(at.x[0], [-2, -1, 0, 1, 2], atol=1e-5)
        np.testing.assert_allclose(at.y[:, 0], [-2, -1, 0, 1, 2], atol=1e-5)

    @settings(max_examples=50, deadline=None)
    @given(
        height=st.integers(1, 60), width=st.integers(1, 60), cells=st.floats(1, 30),
        seed=st.integers(0, 2**32),
    )  # fmt: skip
    def test_noise_is_smooth_and_bounded(
        self, height: int, width: int, cells: float, seed: int
    ) -> None:
        """Any size: within -1 and 1, and neighbours differ by no more than the grid allows."""
        noise = smooth_noise(chance_of(seed), (height, width), cells)
        assert noise.shape == (height, width)
        assert np.abs(noise).max() <= 1
        steepest = 2 * cells / max(height, width)  # the slope of a spline over a grid in [-1, 1]
        assert np.abs(np.diff(noise, axis=0)).max(initial=0) <= steepest + 1e-5
        assert np.abs(np.diff(noise, axis=1)).max(initial=0) <= steepest + 1e-5


class TestDent:
    """A hollow under a light."""

    @pytest.mark.parametrize("light_deg", [0, 60, 90, 135, 180, 270, -45])
    def test_the_far_side_is_bright(self, light_deg: float) -> None:
        """The wall away from the light faces it: the bright part lies opposite to the light."""
        pixels = even()
        added = change(pixels, dent(Site(pixels), **DENT | {"light_deg": light_deg}))
        bright, dark = middle(np.maximum(added, 0)), middle(np.maximum(-added, 0))
        towards = math.degrees(math.atan2(-(dark[1] - bright[1]), dark[0] - bright[0]))
        assert abs((towards - light_deg + 180) % 360 - 180) < 15

    @pytest.mark.parametrize("seed", range(6))
    @pytest.mark.parametrize("rim_frac", [0.0, 0.1])
    def test_it_moves_light_and_takes_none(self, seed: int, rim_frac: float) -> None:
        """What one side gains the other loses: the mean change is near 0."""
        pixels = even()
        params = DENT | {
            "seed": seed, "rim_frac": rim_frac, "elongation": 1.5, "angle_deg": 30.0,
            "depth_frac": 0.01,
        }  # fmt: skip
        added = change(pixels, dent(Site(pixels), **params))
        assert abs(added.sum()) < 0.08 * np.abs(added).sum()

    @settings(max_examples=50, deadline=None)
    @given(
        slope_x=st.floats(-0.5, 0.5), slope_y=st.floats(-0.5, 0.5),
        light_deg=st.floats(0, 360), elevation_deg=st.floats(30, 80),
    )  # fmt: skip
    def test_a_tilted_plane_is_as_bright_as_lambert_says(
        self, slope_x: float, slope_y: float, light_deg: float, elevation_deg: float
    ) -> None:
        """The cosine between the normal and the light, over that of the flat surface."""
        ys, xs = np.indices((5, 5))
        height = (slope_x * xs + slope_y * ys).astype(np.float32)
        turn, rise = math.radians(light_deg), math.radians(elevation_deg)
        light = np.array([
            math.cos(rise) * math.cos(turn), -math.cos(rise) * math.sin(turn), math.sin(rise)
        ])  # fmt: skip
        normal = np.array([-slope_x, -slope_y, 1]) / math.hypot(slope_x, slope_y, 1)
        wanted = min(max(float((normal * light).sum()) / math.sin(rise), 0), 3) - 1
        found = _shade(height, math.cos(turn), -math.sin(turn), 1 / math.tan(rise))
        assert found[2, 2] == pytest.approx(wanted, abs=1e-4)

    @pytest.mark.parametrize("rim_frac", [0.0, 0.05, 0.1, 0.3, 0.5])
    def test_the_rim_is_as_high_as_asked(self, rim_frac: float) -> None:
        heights = _profile(np.linspace(0, 1, 2001, dtype=np.float32)[np.newaxis], rim_frac)
        assert heights.min() == -1
        assert heights.max() == pytest.approx(rim_frac, abs=2e-3)
        assert heights[0, -1] == 0

    def test_the_texture_stays(self) -> None:
        """The light changes smoothly: what was twice as bright as its neighbour still is."""
        pixels = even()
        pixels[::2] = 0.25
        after = pixels + change(pixels, dent(Site(pixels), **DENT))
        bright, dark = after[1:-1:2], (after[0:-2:2] + after[2::2]) / 2
        np.testing.assert_allclose(bright / dark, 2, rtol=0.03)


class TestPits:
    """Clusters of holes."""

    @pytest.mark.parametrize("exponent", [0.5, 1.2, 2.5, 4.0])
    @pytest.mark.parametrize("largest_px", [3.0, 9.0, 60.0])
    def test_sizes_follow_the_power_law(self, exponent: float, largest_px: float) -> None:
        """The share above any size is that of the law cut at both ends; the largest is exact."""
        count = 400
        sizes = sizes_px(chance_of(1), count, largest_px, exponent)
        assert sizes[0] == np.float32(largest_px) == sizes.max()
        assert sizes.min() >= SMALLEST_PX - 1e-5
        for size in np.geomspace(SMALLEST_PX, largest_px, 9)[1:-1]:
            low, high = (end**-exponent for end in (SMALLEST_PX, largest_px))
            wanted = (size**-exponent - high) / (low - high)
            assert np.mean(sizes > size) == pytest.approx(wanted, abs=2 / count)

    def test_one_pit_is_as_large_as_asked(self) -> None:
        """Its dark part is an oval: its area is less than that of the circle, not by half."""
        pixels = even(200)
        for size_px in (8.0, 20.0, 60.0):
            params = PITS | {"count": 1, "size_px": size_px, "spread_frac": 0}
            added = change(pixels, pits(Site(pixels), **params))
            area = np.count_nonzero(added < added.min() / 2)
            assert 0.45 < area / (math.pi * size_px**2 / 4) < 1.05

    @pytest.mark.parametrize("size_px", [1.0, 2.5, 6.0])
    def test_it_moves_by_parts_of_a_pixel(self, size_px: float) -> None:
        """Half a pixel to the right is half a pixel to the right."""
        pixels = even(64)
        params = PITS | {"count": 1, "size_px": size_px, "spread_frac": 0, "depth_frac": 0.9}
        spare = 64 - 1.55 * size_px - 2.4
        xs = []
        for step in (0, 0.25, 0.5, 0.75, 1):
            patch = pits(Site(pixels), **params | {"x_frac": 0.5 + step / spare})
            xs.append(middle(-change(pixels, patch))[0])
        np.testing.assert_allclose(
            np.array(xs) - xs[0], [0, 0.25, 0.5, 0.75, 1], atol=0.2 if size_px < 2 else 0.1
        )

    def test_small_ones_are_faint(self) -> None:
        """A pit that covers less of a pixel takes less of its light."""
        pixels = even(64)
        lost = [
            -change(
                pixels, pits(Site(pixels), **PITS | {"count": 1, "size_px": one, "spread_frac": 0})
            ).min()
            for one in (0.5, 1.0, 2.0, 4.0)
        ]
        assert all(less < more for less, more in pairwise(lost)), lost

    @pytest.mark.parametrize("light_deg", [0, 90, 200])
    def test_the_wall_away_from_the_light_is_lit(self, light_deg: float) -> None:
        pixels = even(64)
        params = PITS | {"count": 1, "size_px": 10.0, "spread_frac": 0, "light_deg": light_deg}
        added = change(pixels, pits(Site(pixels), **params))
        bright, dark = middle(np.maximum(added, 0)), middle(np.maximum(-added, 0))
        towards = math.degrees(math.atan2(-(dark[1] - bright[1]), dark[0] - bright[0]))
        assert abs((towards - light_deg + 180) % 360 - 180) < 25

    def test_a_dark_place_loses_the_same_part(self) -> None:
        bright, dark = even(), even(level=0.25)
        half = change(dark, pits(Site(dark), **PITS))
        np.testing.assert_allclose(half, change(bright, pits(Site(bright), **PITS)) / 2, atol=0.01)

    def test_drawn_in_parts_it_is_the_same(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Many large pits are drawn a few at a time, to bound the memory; nobody can tell."""
        params = PITS | {"count": 60, "size_px": 20.0, "exponent": 0.5}
        whole = pits(Site(even()), **params)
        monkeypatch.setattr("augmentor.kernels.defects.pits._AT_ONCE", 2000)
        parts = pits(Site(even()), **params)
        np.testing.assert_allclose(whole.pixels, parts.pixels, atol=1e-6)


class TestDiscolor:
    """Another colour."""

    @pytest.mark.parametrize("hue_deg", [0, 35, 60, 120, 200, 240, 300, -30])
    @pytest.mark.parametrize("kind", KINDS)
    def test_a_grey_surface_gets_the_hue(self, kind: str, hue_deg: float) -> None:
        """Every changed pixel has it, and is as light as before."""
        pixels = np.full((96, 96, 3), 0.5, np.float32)
        patch = discolor(Site(pixels), **TINT | {"kind": kind, "hue_deg": hue_deg})
        after = pixels + change(pixels, patch)
        changed = (after != pixels).any(axis=2)
        assert changed.sum() > 50
        for red, green, blue in after[changed][::37]:
            found = colorsys.rgb_to_hsv(red, green, blue)[0] * 360
            assert abs((found - hue_deg + 180) % 360 - 180) < 0.5
        light = after[changed] @ np.array([0.299, 0.587, 0.114])
        np.testing.assert_allclose(light, 0.5, atol=1e-5)

    def test_the_hue_turns_inwards(self) -> None:
        """A heat tint has one hue at its edge and another where it is strongest."""
        pixels = np.full((96, 96, 3), 0.5, np.float32)
        after = pixels + change(pixels, discolor(Site(pixels), **TINT | {"hue_span_deg": 60.0}))
        spread = after.max(axis=2) - after.min(axis=2)
        place = np.unravel_index(spread.argmax(), spread.shape)
        assert colorsys.rgb_to_hsv(*after[place])[0] * 360 == pytest.approx(100, abs=15)
        faint = np.argwhere((spread > 0.003) & (spread < 0.01))[0]
        assert colorsys.rgb_to_hsv(*after[tuple(faint)])[0] * 360 == pytest.approx(40, abs=15)

    def test_lightness_keeps_the_colour(self) -> None:
        pixels = np.broadcast_to(np.float32([0.2, 0.4, 0.6]), (96, 96, 3)).copy()
        params = TINT | {"saturation_frac": 0.0, "lightness_frac": -0.4}
        after = pixels + change(pixels, discolor(Site(pixels), **params))
        np.testing.assert_allclose(after[:, :, 1] / after[:, :, 0], 2, rtol=1e-4)
        assert after.min() == pytest.approx(0.2 * 0.6, rel=0.05)

    def test_a_grey_picture_has_no_colour_to_shift(self) -> None:
        patch = discolor(Site(even()), **TINT | {"lightness_frac": 0.0})
        assert patch.notes["contrast"] == patch.notes["width_px"] == 0

    def test_kinds_look_as_their_names_say(self) -> None:
        """A patch is strong inside, a ring at its rim; a drip is long and runs down."""
        pixels = even(200)
        inside, sizes = {}, {}
        for kind in KINDS:
            params = TINT | {"kind": kind, "lightness_frac": -0.5, "edge_frac": 0.15}
            patch = discolor(Site(pixels), **params)
            added = -change(pixels, patch)
            sizes[kind] = patch.notes["height_px"] / patch.notes["width_px"]
            x, y = map(round, middle(np.where(added > 0, 1.0, 0.0)))
            inside[kind] = added[y - 4 : y + 5, x - 4 : x + 5].mean() / added.max()
        assert inside["ring"] < 0.3 < inside["patch"]
        assert sizes["drip"] > 2 > max(sizes["patch"], sizes["ring"])

    @pytest.mark.parametrize("size_frac", [0.1, 0.4, 0.9])
    def test_it_is_no_larger_than_asked(self, size_frac: float) -> None:
        """Its outline wanders inwards only, and takes most of what it may."""
        params = TINT | {"size_frac": size_frac, "lightness_frac": -0.9, "edge_frac": 0.05}
        notes = discolor(Site(even(200)), **params).notes
        longest = max(notes["width_px"], notes["height_px"])
        assert 0.55 * size_frac * 200 < longest <= size_frac * 200 + 2


class TestDirt:
    """Stains, dust and lint."""

    def test_a_stain_is_darkest_at_its_rim(self) -> None:
        pixels = even(200)
        lost = -change(pixels, stain(Site(pixels), **STAIN))
        x, y = map(round, middle(np.where(lost > 0, 1.0, 0.0)))
        assert 0.1 < lost[y - 8 : y + 9, x - 8 : x + 9].mean() / lost.max() < 0.7
        assert lost.max() <= 0.2 * 0.5 + 1e-6

    @pytest.mark.parametrize(("tone", "sign"), [("dark", -1), ("bright", 1)])
    @pytest.mark.parametrize(("draw", "params"), [(dust, DUST), (lint, LINT)])
    def test_the_tone_is_kept(self, tone: str, sign: int, draw: Any, params: dict) -> None:
        """Dark dirt only darkens, bright dirt only lightens, on any surface."""
        chance = np.random.Generator(np.random.Philox(key=5))
        pixels = chance.random((90, 90, 3)).astype(np.float32)
        added = change(pixels, draw(Site(pixels), **params | {"tone": tone}))
        assert (sign * added >= 0).all()
        assert (added != 0).any()

    def test_dust_out_of_focus_is_wide_and_faint(self) -> None:
        pixels = even()
        sharp, soft = (
            -change(pixels, dust(Site(pixels), **DUST | {"blur_px": blur})) for blur in (0.7, 6.0)
        )
        assert soft.max() < sharp.max() / 2
        assert np.count_nonzero(soft) > np.count_nonzero(sharp)

    def test_as_many_specks_as_asked(self) -> None:
        from scipy.ndimage import label

        pixels = even(1000)
        params = DUST | {"count": 20, "size_px": 6.0, "strength_frac": 0.9}
        patch = dust(Site(pixels), **params)
        _, found = label(change(pixels, patch))
        assert found == 20 == patch.notes["count"]

    @pytest.mark.parametrize("length_frac", [0.2, 0.6])
    @pytest.mark.parametrize("seed", range(4))
    def test_a_straight_fibre_is_as_long_and_wide_as_asked(
        self, length_frac: float, seed: int
    ) -> None:
        pixels = even(200)
        params = LINT | {
            "length_frac": length_frac, "bend_frac": 0.0, "seed": seed, "width_px": 3.0,
            "strength_frac": 0.9,
        }  # fmt: skip
        patch = lint(Site(pixels), **params)
        length = math.hypot(patch.notes["width_px"], patch.notes["height_px"])
        assert length == pytest.approx(length_frac * 200, abs=6)
        area = np.count_nonzero(change(pixels, patch))
        assert 1.5 < area / (length_frac * 200) < 4.5
