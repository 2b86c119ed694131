"""Scratches and cracks: what was asked is there, and the mask is what changed."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from augmentor.core.pictures import Image, Instance, Instances
from augmentor.kernels.defects.stroke import Course, band
from augmentor.operators.defects.crack import Crack
from augmentor.operators.defects.scratch import Scratch

cv2 = pytest.importorskip("cv2")

PLAIN: dict[str, Any] = {
    "label": "scratch",
    "where": "anywhere",
    "x_frac": 0.5,
    "y_frac": 0.5,
    "length_frac": 0.5,
    "width_px": 3.0,
    "soft_px": 1.5,
    "contrast_frac": 0.6,
    "bow_frac": 0.0,
    "gaps_frac": 0.0,
    "burr_frac": 0.0,
    "polarity": "dark",
    "light_deg": 90.0,
    "direction": "any",
    "angle_deg": 0.0,
    "off_grain_deg": 0.0,
    "pattern": "single",
    "count": 1,
    "overhang_frac": 0.0,
    "seed": 7,
}
SPLIT: dict[str, Any] = {
    name: PLAIN[name]
    for name in (
        "label", "where", "x_frac", "y_frac", "length_frac", "width_px", "soft_px",
        "contrast_frac", "direction", "angle_deg", "off_grain_deg", "overhang_frac", "seed",
    )
} | {
    "straightness": 0.9, "branches": 0, "branch_deg": 45.0, "blur": "lens", "uneven_frac": 1.0,
}  # fmt: skip
BOTH = ((Scratch, PLAIN), (Crack, SPLIT))
SCRATCH = Scratch.kernels[Image, Instances]
CRACK = Crack.kernels[Image, Instances]


def flat(size: int = 400, grey: float = 0.6) -> NDArray[np.float32]:
    return np.full((size, size), grey, np.float32)


def drawn(
    pixels: NDArray[Any], kernel: Any = SCRATCH, **params: Any
) -> tuple[NDArray[Any], Instances, dict[str, Any]]:
    """Return the picture after, the instances and the notes of one defect."""
    usual = PLAIN if kernel is SCRATCH else SPLIT
    after, instances, notes = kernel(Image(pixels), Instances(), **(usual | params))
    return after.pixels, instances, notes


def axis(mask: NDArray[np.bool_]) -> tuple[float, float]:
    """Return angle in degrees, rows counted upwards, and extent along the long axis of a mask."""
    rows, columns = np.nonzero(mask)
    x, y = columns - columns.mean(), -(rows - rows.mean())
    turn = 0.5 * math.atan2(2 * float((x * y).mean()), float((x * x).mean() - (y * y).mean()))
    along = x * math.cos(turn) + y * math.sin(turn)
    return math.degrees(turn), float(along.max() - along.min()) + 1


def apart(one_deg: float, other_deg: float) -> float:
    return abs((one_deg - other_deg + 90) % 180 - 90)


@given(st.data())
@settings(deadline=None, max_examples=120)
def test_the_mask_is_what_changed(data: st.DataObject) -> None:
    """Whatever the parameters and the picture: changed pixels = mask, type and input kept."""
    operator, usual = data.draw(st.sampled_from(BOTH))
    params: dict[str, Any] = {"label": "x"}
    for name, declared in operator.params().items():
        if declared.choices:
            params[name] = data.draw(st.sampled_from(declared.choices))
        elif declared.within and declared.whole:
            most = 12 if name in ("count", "branches") else declared.within[1]
            params[name] = data.draw(st.integers(int(declared.within[0]), int(most)))
        elif declared.within:
            params[name] = data.draw(st.floats(*declared.within))
    assert params.keys() == usual.keys()
    kind = data.draw(st.sampled_from([np.uint8, np.uint16, np.float32]))
    shape: tuple[int, ...] = (data.draw(st.integers(1, 90)), data.draw(st.integers(1, 90)))
    shape += data.draw(st.sampled_from([(), (3,)]))
    picture = np.random.default_rng(params["seed"]).random(shape).astype(np.float32)
    if kind != np.float32:
        picture = (picture * np.iinfo(kind).max).astype(kind)
    before = picture.copy()
    image, instances, notes = operator.kernels[Image, Instances](
        Image(picture), Instances(), **params
    )
    after = image.pixels
    np.testing.assert_array_equal(picture, before)
    assert after.dtype == before.dtype
    assert after.shape == before.shape
    changed = after != before
    changed = changed if changed.ndim == 2 else changed.any(axis=2)
    assert notes["area_px"] == np.count_nonzero(changed)
    if changed.any():
        (made,) = instances.items
        np.testing.assert_array_equal(made.drawn(*shape[:2]), changed)
        assert made.made
        assert made.label == "x"
    else:
        assert instances.items == ()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("kernel", [SCRATCH, CRACK])
def test_one_pixel_is_a_picture_too(kind: type[np.generic], kernel: Any) -> None:
    """A picture of one pixel is scratched without complaint."""
    for shape in ((1, 1), (1, 1, 3)):
        after, _, _ = drawn(np.ones(shape, kind), kernel, length_frac=1.0)
        assert after.shape == shape


@pytest.mark.parametrize("kernel", [SCRATCH, CRACK])
@pytest.mark.parametrize("angle_deg", [0.0, 30.0, 45.0, 80.0, 90.0, -20.0, -45.0, -70.0])
def test_length_and_angle_are_what_was_asked(kernel: Any, angle_deg: float) -> None:
    """The mask lies along the angle; all but its faded ends has the length; notes agree."""
    after, instances, notes = drawn(
        flat(), kernel, angle_deg=angle_deg, width_px=2.0, contrast_frac=0.9
    )
    found_deg, extent_px = axis(instances.items[0].drawn(400, 400))
    assert apart(found_deg, angle_deg) < 3
    assert apart(notes["angle_deg"], angle_deg) < 0.001
    assert 0.85 * 200 < extent_px < 200 + 4
    assert abs(notes["length_px"] - extent_px) < 4
    assert (after <= flat()).all()


@pytest.mark.parametrize("kernel", [SCRATCH, CRACK])
@pytest.mark.parametrize("width_px", [2.5, 5.0, 12.0])
def test_the_width_is_what_was_asked(kernel: Any, width_px: float) -> None:
    """Where it is widest, the change across it over the largest change is the width."""
    after, _, notes = drawn(flat(), kernel, width_px=width_px, contrast_frac=0.9)
    change = np.abs(after - flat())
    peak = change.max(axis=0)
    across = change.sum(axis=0) / np.maximum(peak, 1e-6) * (peak > peak.max() / 2)
    assert abs(across.max() / width_px - 1) < 0.1
    assert abs(notes["width_px"] / width_px - 1) < 0.1


def test_a_line_thinner_than_the_blur_is_fainter_not_thinner() -> None:
    """The change over a whole scratch goes by its width; how broad it looks is the camera's."""
    thin = flat() - drawn(flat(), width_px=0.5, contrast_frac=0.9)[0]
    thick = flat() - drawn(flat(), width_px=1.0, contrast_frac=0.9)[0]
    assert 0.4 < thin.sum() / thick.sum() < 0.6
    assert 0.4 < thin.max() / thick.max() < 0.6


@pytest.mark.parametrize("kernel", [SCRATCH, CRACK])
def test_the_contrast_is_what_was_asked_of_any_brightness(kernel: Any) -> None:
    """The darkest place of a wide line is darker by the asked share of the surface's light."""
    for grey in (0.2, 0.6, 0.95):
        after, _, notes = drawn(flat(grey=grey), kernel, width_px=8.0, contrast_frac=0.5)
        assert abs(after.min() / grey - 0.5) < 0.04
        mean = float((after - np.float32(grey))[after != np.float32(grey)].mean())
        assert abs(notes["contrast"] - mean) < 0.001


def test_dark_is_darker_and_bright_brighter() -> None:
    """Without a burr, a dark scratch only darkens and a bright one only brightens."""
    colour = np.full((300, 300, 3), (40, 70, 120), np.uint8)
    dark, _, dark_notes = drawn(colour, polarity="dark")
    bright, _, bright_notes = drawn(colour, polarity="bright")
    assert (dark <= colour).all()
    assert (bright >= colour).all()
    assert dark_notes["contrast"] < 0 < bright_notes["contrast"]


def test_the_texture_shows_through() -> None:
    """Under a scratch the surface's own pattern is still there."""
    chance = np.random.default_rng(0)
    surface = (0.6 + 0.1 * chance.standard_normal((300, 300))).clip(0, 1).astype(np.float32)
    after, instances, _ = drawn(surface, width_px=12.0, contrast_frac=0.4)
    mask = instances.items[0].drawn(300, 300)
    assert np.corrcoef(surface[mask], after[mask])[0, 1] > 0.5


@pytest.mark.parametrize("light_deg", [0.0, 60.0, 90.0, 135.0, 200.0, 270.0])
@pytest.mark.parametrize("turn_deg", [90.0, 60.0, -70.0])
def test_the_burr_is_on_the_side_away_from_the_light(light_deg: float, turn_deg: float) -> None:
    """What is brighter than the surface lies beyond the groove, seen from the light."""
    after, _, _ = drawn(flat(), burr_frac=1.0, light_deg=light_deg, angle_deg=light_deg + turn_deg)
    change = after - flat()
    rows, columns = np.mgrid[:400, :400]
    lit, dark = np.maximum(change, 0), np.maximum(-change, 0)
    angle = math.radians(light_deg + turn_deg)
    across = columns * math.sin(angle) + rows * math.cos(angle)
    shift = (lit * across).sum() / lit.sum() - (dark * across).sum() / dark.sum()
    towards_light = math.sin(math.radians(turn_deg))  # how `across` grows towards the light
    assert shift * towards_light < -1


def test_light_along_the_scratch_raises_no_burr() -> None:
    """A burr has nothing to catch where the light runs along the scratch."""
    after, _, _ = drawn(flat(), burr_frac=1.0, light_deg=0.0, angle_deg=0.0)
    assert (after - flat()).max() < 0.05


@pytest.mark.parametrize("kernel", [SCRATCH, CRACK])
@pytest.mark.parametrize("grain_deg", [0.0, 90.0])
def test_along_and_across_follow_the_grain(kernel: Any, grain_deg: float) -> None:
    """On brushed metal the direction is the metal's, and the turn away from it is added."""
    noise = np.random.default_rng(2).normal(128, 60, (400, 400)).astype(np.float32)
    size = (61, 1) if grain_deg == 0 else (1, 61)
    metal = np.clip(cv2.blur(noise, size), 0, 255).astype(np.uint8)
    for direction, more in (("along", 0.0), ("across", 90.0)):
        for turn in (0.0, 25.0):
            notes = drawn(metal, kernel, direction=direction, off_grain_deg=turn, angle_deg=77.0)[2]
            assert apart(notes["angle_deg"], grain_deg + more + turn) < 2


@pytest.mark.parametrize("kernel", [SCRATCH, CRACK])
def test_without_a_grain_the_angle_counts(kernel: Any) -> None:
    """On an even surface along and across mean the angle itself."""
    notes = drawn(flat(), kernel, direction="along", angle_deg=33.0, off_grain_deg=5.0)[2]
    assert apart(notes["angle_deg"], 33.0) < 0.001


def test_the_scratches_of_a_bundle_are_parallel() -> None:
    """All parts of a bundle lie along the asked angle; a swarm's do not."""
    turned = {}
    for pattern in ("bundle", "swarm"):
        angles = []
        for seed in range(6):
            _, instances, _ = drawn(
                flat(), pattern=pattern, count=5, angle_deg=25.0, width_px=1.5, seed=seed
            )
            mask = instances.items[0].drawn(400, 400).astype(np.uint8)
            count, parts = cv2.connectedComponents(mask, connectivity=8)
            angles += [
                apart(axis(parts == part)[0], 25.0)
                for part in range(1, count)
                if np.count_nonzero(parts == part) > 60
            ]
        turned[pattern] = angles
    assert len(turned["bundle"]) > 12
    assert max(turned["bundle"]) < 6
    assert np.mean(np.array(turned["swarm"]) > 15) > 0.3


def test_branches_are_thinner_than_the_trunk_and_leave_it() -> None:
    """A forked crack changes more pixels than its trunk alone, all in one connected piece."""
    alone, forked = (
        drawn(flat(), CRACK, branches=many, width_px=2.5, contrast_frac=0.9)[1].items[0]
        for many in (0, 4)
    )
    assert forked.area_px > 1.2 * alone.area_px
    assert forked.mask is not None
    count, _, stats, _ = cv2.connectedComponentsWithStats(
        forked.mask.astype(np.uint8), connectivity=8
    )
    largest = max(stats[1:count, cv2.CC_STAT_AREA])
    assert largest > 0.97 * forked.area_px


def test_straight_is_straighter() -> None:
    """How far a crack leaves its straight line goes by its straightness."""
    spread = []
    for straightness in (1.0, 0.6, 0.0):
        wide = []
        for seed in range(5):
            _, instances, _ = drawn(flat(), CRACK, straightness=straightness, seed=seed)
            left, top, right, bottom = instances.items[0].box_px
            wide.append((bottom - top) / (right - left))
        spread.append(np.mean(wide))
    assert spread[0] < 0.04
    assert spread[0] < spread[1] < spread[2]


def test_light_that_spreads_has_tails() -> None:
    """Across a thin crack lies the squared secant of the asked width; a lens has no tails."""
    across = {}
    for blur in ("lens", "spread"):
        even = {"uneven_frac": 0.05, "straightness": 1.0, "contrast_frac": 1.0}
        after, _, _ = drawn(flat(), CRACK, blur=blur, soft_px=6.0, width_px=2.0, **even)
        dark = (0.6 - after[200:209, 180:220]).mean(axis=1)
        across[blur] = dark / dark[0]
    secant = np.cosh((np.arange(9) + 0.5) * 3.526 / 6.0 / 2) ** -2.0
    assert np.abs(across["spread"] - secant / secant[0]).max() < 0.05
    assert across["spread"][6:].min() > 0 == across["lens"][6:].max()


def test_an_even_crack_is_as_dark_all_along() -> None:
    """Inside its tips the darkness of a crack wanders less the less uneven it is."""
    wanders = []
    for uneven_frac in (1.0, 0.5, 0.1):
        after, _, _ = drawn(flat(), CRACK, uneven_frac=uneven_frac, straightness=1.0)
        dark = (0.6 - after[:, 130:270]).sum(axis=0)
        wanders.append(float(dark.std() / dark.mean()))
    assert wanders[0] > 2 * wanders[1] > 4 * wanders[2]
    assert wanders[2] < 0.05


@pytest.mark.parametrize("kernel", [SCRATCH, CRACK])
def test_nothing_hangs_out_unless_asked(kernel: Any) -> None:
    """At the corners of a picture the whole length is inside; with an overhang it is cut."""
    for x_frac, y_frac in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)):
        place = {"x_frac": x_frac, "y_frac": y_frac, "angle_deg": 20.0, "contrast_frac": 0.9}
        _, inside, _ = drawn(flat(), kernel, **place)
        assert 0.85 * 200 < axis(inside.items[0].drawn(400, 400))[1] < 204
        _, cut, _ = drawn(flat(), kernel, **place, overhang_frac=0.3)
        assert axis(cut.items[0].drawn(400, 400))[1] < 0.8 * 200


def test_what_is_too_large_is_made_smaller() -> None:
    """A scratch as long as the shorter side still lies inside, with both its ends."""
    picture = np.full((60, 300), 0.6, np.float32)
    _, instances, notes = drawn(picture, length_frac=1.0, angle_deg=90.0, width_px=6.0)
    _, top, _, bottom = instances.items[0].box_px
    assert top >= 0
    assert bottom <= 60
    assert 35 < notes["length_px"] < 60


@pytest.mark.parametrize("kernel", [SCRATCH, CRACK])
def test_older_instances_are_cut(kernel: Any) -> None:
    """Each pixel belongs to the old or to the new instance, never to both."""
    old = Instance.of_mask("part", np.ones((200, 200), np.bool_))
    assert old is not None
    usual = PLAIN if kernel is SCRATCH else SPLIT
    _, instances, _ = kernel(Image(flat(200)), Instances((old,)), **usual)
    kept, made = (one.drawn(200, 200) for one in instances.items)
    assert made.any()
    assert not (kept & made).any()
    assert (kept | made).all()


@pytest.mark.parametrize("kernel", [SCRATCH, CRACK])
def test_the_same_numbers_draw_the_same_scratch(kernel: Any) -> None:
    """Same parameters, same bytes; another seed, another scratch."""
    one, again, other = (drawn(flat(), kernel, seed=seed)[0] for seed in (1, 1, 2))
    assert one.tobytes() == again.tobytes()
    assert one.tobytes() != other.tobytes()


def test_colours_and_depths_agree() -> None:
    """A grey picture in three colours and in 16 bits is scratched as the grey one is."""
    grey = np.full((200, 200), 150, np.uint8)
    one = drawn(grey)[0].astype(np.int64)
    colours = drawn(np.stack([grey] * 3, axis=-1))[0].astype(np.int64)
    deep = drawn(grey.astype(np.uint16) * np.uint16(257))[0].astype(np.int64)
    assert np.abs(colours - one[:, :, None]).max() <= 1
    assert np.abs(deep / 257 - one).max() <= 1


@pytest.mark.parametrize("angle_deg", [0.0, 37.0, 90.0, 161.0, -50.0])
def test_a_band_knows_its_distance_from_a_straight_line(angle_deg: float) -> None:
    """Distances across a straight line are exact, no pixel comes twice, all near ones come."""
    course = Course(50.3, 48.8, 60.0, angle_deg, np.zeros(5))
    near = band(course, 4.0, 0, 0, 100, 100)
    rows, columns = np.divmod(near.pixels, 100)
    turn = math.radians(angle_deg)
    x, y = columns + 0.5 - 50.3, rows + 0.5 - 48.8
    want = np.abs(x * math.sin(turn) + y * math.cos(turn))
    np.testing.assert_allclose(np.abs(near.away_px), want, atol=1e-5)
    assert len(np.unique(near.pixels)) == near.pixels.size
    down, right = np.mgrid[:100, :100]
    x, y = right + 0.5 - 50.3, down + 0.5 - 48.8
    along = np.abs(x * math.cos(turn) - y * math.sin(turn))
    close = (np.abs(x * math.sin(turn) + y * math.cos(turn)) < 3.5) & (along < 25)
    assert set(np.flatnonzero(close)) <= set(near.pixels.ravel())
