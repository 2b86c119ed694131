"""The gate for pictures: each planted fault is caught by the check that names it, no good one is.

The defects here are drawn with plain numpy, apart from the operators that the gate has to judge.
"""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from augmentor.core.example import Example, Facts, Label, Waveform
from augmentor.core.operator import Edit, Operator, apply
from augmentor.core.pictures import Image, Instance, Instances
from augmentor.core.stream import Stream
from augmentor.gate.checklist import Checklist
from augmentor.gate.checks import Trial, checks
from augmentor.kernels import visibility
from augmentor.operators.defects.scratch import Scratch

BRICK, GRAVEL = data.brick()[100:292, 100:292], data.gravel()[100:292, 100:292]
GRASS = data.grass()[100:292, 100:292]
FACTS = Facts("a", width_px=192, height_px=192)
DRAWN = Edit("s", "scratch.v1", {"label": "scratch", "where": "anywhere"})


def chance(seed: int) -> np.random.Generator:
    """Return a generator."""
    return np.random.Generator(np.random.Philox(seed))


def metal() -> np.ndarray:
    """Return an even, slightly noisy surface under a light from the left."""
    level = np.linspace(120, 150, 192) + chance(1).normal(0, 1.5, (192, 192))
    return np.rint(level).astype(np.uint8)


METAL = metal()
SURFACES = {"brick": BRICK, "gravel": GRAVEL, "grass": GRASS, "metal": METAL}


def coverage(half_px: float = 1.5, soft_px: float = 1.0) -> np.ndarray:
    """Return how far each pixel lies in an oblique line of 110 px, 0 to 1."""
    y, x = np.mgrid[:192, :192] - 95.5
    along, across = 0.8 * x + 0.6 * y, 0.8 * y - 0.6 * x
    taper = half_px * np.sqrt(np.clip(1 - (along / 55) ** 2, 0, 1))
    return np.where(taper > 0, np.clip((taper - abs(across)) / soft_px + 0.5, 0, 1), 0)


def darker(picture: np.ndarray, amount: np.ndarray) -> np.ndarray:
    """Return a picture that lost some light, in parts of white."""
    amount = amount if picture.ndim == 2 else amount[:, :, np.newaxis]
    return np.clip(np.rint(picture - 255 * amount), 0, 255).astype(np.uint8)


def differs(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return where two pictures differ."""
    return (before != after).reshape(*before.shape[:2], -1).any(axis=2)


def trial(before: np.ndarray, after: np.ndarray, *masks: np.ndarray, **edit: Any) -> Trial:
    """Return a new picture beside its parent, with defects that edits made."""
    made = [Instance.of_mask("scratch", mask, made=True) for mask in masks]
    found = Instances(tuple(one for one in made if one is not None))
    old = Instances((Instance("screw", (3.0, 3.0, 20.0, 20.0)),))
    parent = Example(FACTS, {"image": Image(before), "instances": old, "target": Label("good")})
    targets = {
        "image": Image(after),
        "instances": Instances((*old.items, *found.items)),
        "target": Label("good"),
    }
    edits = (Edit("s", "scratch.v1", {**DRAWN.params, **edit}),) * len(masks)
    return Trial(parent, Example(FACTS, targets, edits, ({},) * len(edits)))


def scratched(picture: np.ndarray, contrast: float, half_px: float = 1.5) -> Trial:
    """Return a picture with one smooth scratch, marked where it changed something."""
    after = darker(picture, contrast * coverage(half_px))
    return trial(picture, after, differs(picture, after))


def failed(one: Trial) -> str:
    """Return the check that rejects a picture, or an empty string."""
    last = Checklist.of({}, [], Image).judge(one)[-1]
    return last.check.rpartition(".")[0] if last.outcome == "fail" else ""


def value(key: str, one: Trial) -> float | None:
    """Return what one check measures."""
    return checks(Image)[key].measure(one)


def pasted(picture: np.ndarray, feather_px: int) -> Trial:
    """Return a picture with a square of itself pasted elsewhere, twice as rich in contrast."""
    other = np.clip(np.roll(picture, (-70, 60), (0, 1)) * 1.3 - 10.0, 5, 250)
    y, x = np.mgrid[:192, :192]
    depth = np.minimum.reduce([y - 69, 119 - y, x - 69, 119 - x])
    alpha = np.clip(depth / max(1, feather_px), 0, 1)
    after = np.rint(picture + (other - picture) * alpha).astype(np.uint8)
    return trial(picture, after, depth > 0 if feather_px == 0 else differs(picture, after))


CONTRASTS = {"brick": 0.2, "gravel": 0.3, "grass": 0.3, "metal": 0.12}


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("colour", [False, True])
def test_a_good_scratch_passes(surface: str, colour: bool) -> None:
    """A smooth scratch that can be seen, with its true mask, is let through."""
    picture = SURFACES[surface]
    if colour:
        picture = np.stack([picture, picture // 2 + 30, picture // 3], axis=2)
    assert failed(scratched(picture, CONTRASTS[surface])) == ""


@pytest.mark.parametrize("kind", [np.uint16, np.float32])
def test_other_types_measure_alike(kind: type[Any]) -> None:
    """16 bits and floats are judged as 8 bits are."""
    eight = scratched(BRICK, 0.2)
    scale = 257 if kind is np.uint16 else 1 / 255
    before, after = ((one.astype(np.float64) * scale).astype(kind) for one in eight.pictures)
    other = trial(before, after, differs(before, after))
    for key in ("defect_contrast", "defect_depth_frac", "seam_ratio", "contrast_left_frac"):
        assert value(key, other) == pytest.approx(value(key, eight), rel=1e-3)


def invisible() -> Trial:
    """A scratch of 5 % over stones that differ by 40 %."""
    return scratched(GRAVEL, 0.05)


def black() -> Trial:
    """A stain that is black in its middle."""
    y, x = np.mgrid[:192, :192] - 95.5
    soft = np.clip(1.6 - np.hypot(x, y) / 20, 0, 1)
    after = np.maximum(darker(METAL, 0.55 * soft), 1)
    return trial(METAL, after, differs(METAL, after))


def beside_its_mask() -> Trial:
    """A scratch whose mask lies 8 px off."""
    after = darker(BRICK, 0.2 * coverage())
    return trial(BRICK, after, np.roll(differs(BRICK, after), 8, axis=1))


def half_idle() -> Trial:
    """A scratch that ends in the middle of its mask."""
    whole = darker(BRICK, 0.2 * coverage())
    after = whole.copy()
    after[:, 96:] = BRICK[:, 96:]
    return trial(BRICK, after, differs(BRICK, whole))


def speck() -> Trial:
    """One pixel, black enough to be seen."""
    after = METAL.copy()
    after[90, 90] = 40
    return trial(METAL, after, differs(METAL, after))


def thread() -> Trial:
    """A line of one pixel, which no lens draws."""
    after = METAL.copy()
    after[90, 40:150] = 80
    return trial(METAL, after, differs(METAL, after))


def zigzag() -> Trial:
    """A hard dark line of 3 px, as a simple generator draws it."""
    after = np.where(coverage(1.6, 1e-6) > 0.5, 30, METAL).astype(np.uint8)
    return trial(METAL, after, differs(METAL, after))


def burnt() -> Trial:
    """A dark stain with a hole of pure black, of a third of it."""
    after = darker(METAL, np.where(coverage(8) > 0, 0.1, 0))
    marked = differs(METAL, after)
    rows, columns = np.nonzero(marked)
    third = rows < np.quantile(rows, 0.4)
    after[rows[third], columns[third]] = 0
    return trial(METAL, after, marked)


def nothing_drawn() -> Trial:
    """A scratch too faint to change a pixel, beside dust that nobody marks."""
    after = METAL.copy()
    after[20:24, 30:34] = 90
    return trial(METAL, after, np.zeros((192, 192), np.bool_))


def one_of_two() -> Trial:
    """A scratch beside another that is buried: the fainter one counts."""
    after = darker(GRAVEL, 0.3 * coverage())
    strong = differs(GRAVEL, after)
    after[150:170, 20:40] -= 4
    return trial(GRAVEL, after, strong, differs(GRAVEL, after) & ~strong)


def off_the_thing() -> Trial:
    """A scratch that was to lie on the thing, and lies on the background."""
    y, x = np.mgrid[:192, :192]
    thing = (x > 100) & (x < 180) & (y > 20) & (y < 170)
    before = np.where(thing, 190, 60).astype(np.uint8)
    mask = np.zeros((192, 192), np.bool_)
    mask[40:150, 40:44] = True
    after = darker(before, 0.08 * mask)
    return trial(before, after, mask, where="foreground")


@pytest.mark.parametrize(
    ("plant", "check"),
    [
        (invisible, "defect_contrast"),
        (black, "defect_depth_frac"),
        (beside_its_mask, "outside_frac"),
        (half_idle, "idle_frac"),
        (speck, "defect_area_px"),
        (thread, "defect_width_px"),
        (zigzag, "seam_ratio"),
        (burnt, "defect_saturated_frac"),
        (nothing_drawn, "defect_area_px"),
        (one_of_two, "defect_contrast"),
    ],
)
def test_a_planted_fault_is_named(plant: Any, check: str) -> None:
    """What is wrong with a defect is said by the check of that fault, by default."""
    assert failed(plant()) == check


def test_a_defect_beside_the_thing() -> None:
    """Where a defect was to lie on the thing, its share there is measured; else nobody asks."""
    check = checks()["object_frac"]
    assert check.asks(off_the_thing())
    assert value("object_frac", off_the_thing()) == 0
    assert not check.asks(scratched(BRICK, 0.2))


@pytest.mark.parametrize("surface", SURFACES)
def test_a_hard_rim_shows(surface: str) -> None:
    """A square pasted with a hard rim is rejected for its seam; with a soft one it is not."""
    hard, soft = pasted(SURFACES[surface], 0), pasted(SURFACES[surface], 8)
    assert failed(hard) == "seam_ratio"
    bound = float(str(checks()["seam_ratio"].default).removeprefix("<= "))
    seams = value("seam_ratio", hard), value("seam_ratio", soft)
    assert seams[0] is not None
    assert seams[1] is not None
    assert seams[1] < bound < seams[0]


@pytest.mark.parametrize(
    ("after", "check"),
    [
        (np.zeros_like(BRICK), "saturated_frac"),
        (np.full_like(BRICK, 255), "saturated_frac"),
        (np.clip(BRICK * 2.4, 0, 255).astype(np.uint8), "saturated_frac"),
        (BRICK // 20, "brightness_left_frac"),
        (np.full_like(BRICK, 112), "contrast_left_frac"),
        (BRICK, "same_as_parent"),
        (BRICK // 2, ""),
        (np.rint(BRICK * 1.3).astype(np.uint8), ""),
        (np.rot90(BRICK), ""),
        (BRICK[:150, :160], ""),
    ],
)
def test_the_whole_picture(after: np.ndarray, check: str) -> None:
    """A picture that went black, white or flat is rejected; one darker, brighter or cut is not."""
    assert failed(trial(BRICK, np.ascontiguousarray(after))) == check


def test_what_is_not_marked_is_not_asked_about() -> None:
    """Conditions of the whole picture get no verdict about defects, and sounds none of pictures."""
    asked = [one.check for one in Checklist.of({}, [], Image).judge(trial(BRICK, BRICK // 2))]
    assert asked == [
        "same_as_parent.v1", "saturated_frac.v1", "brightness_left_frac.v1",
        "contrast_left_frac.v1",
    ]  # fmt: skip
    sound = {one.key for one, _ in Checklist.of({}, []).asked}
    assert sound == {
        "peak", "clipped_run_s", "clipped_frac", "silence_frac", "bandwidth_frac", "snr_error_db",
        "same_as_parent",
    }  # fmt: skip
    assert set(checks(Image)) & set(checks(Waveform)) == {"same_as_parent"}
    assert set(checks(Image)) | set(checks(Waveform)) == set(checks())


def test_another_size_cannot_be_laid_beside() -> None:
    """After a cut, checks that lay pixels side by side cannot tell; the size of the mask can."""
    good = scratched(BRICK, 0.2)
    after = good.pictures[1][:150, :160]
    one = trial(BRICK, after, differs(BRICK, good.pictures[1])[:150, :160])
    assert one.change is None
    undefined = {key for key in checks(Image) if value(key, one) is None}
    assert undefined == {
        "outside_frac", "idle_frac", "defect_saturated_frac", "defect_depth_frac", "seam_ratio",
        "object_frac", "defect_contrast",
    }  # fmt: skip
    assert failed(one) == ""


def test_an_operator_says_what_it_makes_meaningless() -> None:
    """A seam after an operator that spoils it is not asked; a contrast cannot be told."""

    class Turn(Operator):
        name = "turn_of_a_test.v1"
        kernels = {}  # noqa: RUF012
        spoils = ("seam_ratio", "defect_contrast")

    one = zigzag()
    child = one.child
    turned = Example(
        child.facts, child.targets, (*child.edits, Edit("t", Turn.name, {})), (*child.notes, {})
    )
    found = Checklist.of({"defect_depth_frac": None}, [Turn], Image).judge(
        Trial(one.parent, turned)
    )
    assert "seam_ratio.v1" not in [each.check for each in found]
    assert (found[-1].check, found[-1].outcome) == ("defect_contrast.v1", "cannot tell")


@settings(deadline=None, max_examples=25)
@given(
    surface=st.sampled_from(sorted(SURFACES)),
    contrast=st.floats(0.02, 0.25),
    more=st.floats(1.1, 1.6),
    half_px=st.floats(1, 12),
)
def test_more_contrast_measures_more(
    surface: str, contrast: float, more: float, half_px: float
) -> None:
    """A stronger defect of one shape stands out more, and goes further to black."""
    picture = np.maximum(SURFACES[surface], 110)
    soft = coverage(half_px, 2.0)
    mask = soft > 0.05
    less = trial(picture, darker(picture, contrast * soft), mask)
    stronger = trial(picture, darker(picture, more * contrast * soft), mask)
    for key in ("defect_contrast", "defect_depth_frac"):
        low, high = value(key, less), value(key, stronger)
        assert low is not None
        assert high is not None
        assert 0 < low < high


@settings(deadline=None, max_examples=15)
@given(surface=st.sampled_from(sorted(SURFACES)), turn=st.integers(1, 3), flip=st.booleans())
def test_measures_do_not_know_up_from_left(surface: str, turn: int, flip: bool) -> None:
    """A defect measures the same in a picture that is turned or mirrored as a whole."""
    one = scratched(SURFACES[surface], 0.2)
    arrays = (*one.pictures, differs(*one.pictures))
    if flip:
        arrays = tuple(each[:, ::-1] for each in arrays)
    before, after, mask = (np.ascontiguousarray(np.rot90(each, turn)) for each in arrays)
    for key in ("defect_contrast", "defect_depth_frac", "seam_ratio", "defect_width_px"):
        assert value(key, trial(before, after, mask)) == pytest.approx(value(key, one), rel=0.02)


def test_light_over_the_whole_picture_hides_no_defect() -> None:
    """A picture made brighter after its scratch was drawn shows the scratch as before."""
    plain = scratched(BRICK, 0.2)
    before, after = plain.pictures
    mask = differs(before, after)
    brighter = trial(before, after + np.uint8(12), mask)
    assert value("defect_contrast", brighter) == pytest.approx(
        value("defect_contrast", plain), rel=0.05
    )
    nothing = trial(before, before + np.uint8(12), mask)
    assert value("defect_contrast", nothing) == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("surface", SURFACES)
def test_a_dent_is_seen_by_both_its_sides(surface: str) -> None:
    """Dark and bright sides of one defect do not cancel."""
    y, x = (np.mgrid[:192, :192] - 95.5) / 25
    bump = 1.3 * (x + y) * np.exp(-2 * (x * x + y * y))
    picture = SURFACES[surface]
    values = []
    for amount in (bump, np.abs(bump)):
        after = darker(np.clip(picture, 60, 195), 0.25 * amount)
        values.append(value("defect_contrast", trial(np.clip(picture, 60, 195), after,
                                                     np.abs(bump) > 0.03)))  # fmt: skip
    two_sided, one_sided = values
    assert two_sided is not None
    assert one_sided is not None
    assert two_sided > 0.7 * one_sided


def test_a_change_of_colour_alone_is_seen() -> None:
    """A discoloration as light as its surroundings stands out by its hue."""
    picture = np.stack([METAL] * 3, axis=2)
    spot = np.hypot(*(np.mgrid[:192, :192] - 95.5)) < 20
    after = picture.copy()
    after[spot] = np.clip(after[spot] + np.array([28, 0, -73]), 0, 255)  # 0.299 r + 0.114 b = 0
    one = trial(picture, after, differs(picture, after))
    grey = value("defect_depth_frac", one)
    assert grey is not None
    assert grey < 0.01
    found = value("defect_contrast", one)
    assert found is not None
    assert found > 2


@pytest.mark.parametrize("wide", [1, 2, 3, 5, 8, 21])
def test_the_width_of_a_strip(wide: int) -> None:
    """A strip measures as wide as it is, within a third of a px, less its two ends."""
    mask = np.zeros((60, 400), np.bool_)
    mask[20 : 20 + wide, 10:390] = True
    assert visibility.width_px(mask) == pytest.approx(wide, abs=0.35 + 0.03 * wide)
    assert visibility.width_px(np.zeros((5, 5), np.bool_)) == 0


@settings(deadline=None, max_examples=30)
@given(
    shape=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    colour=st.booleans(),
    kind=st.sampled_from([np.uint8, np.uint16, np.float32]),
    seed=st.integers(0, 99),
)
def test_any_size_and_type_is_measured(
    shape: tuple[int, int], colour: bool, kind: type[Any], seed: int
) -> None:
    """No picture is too small; every measure is a finite number or None; nothing is written to."""
    size = (*shape, 3) if colour else shape
    white = 1 if kind is np.float32 else np.iinfo(kind).max
    before, other = ((chance(seed + n).random(size) * white).astype(kind) for n in (0, 100))
    top, left = shape[0] // 3, shape[1] // 3
    mask = np.zeros(shape, np.bool_)
    mask[top : top + 9, left : left + 4] = True
    after = np.where(mask if not colour else mask[:, :, np.newaxis], other, before)
    before.flags.writeable = after.flags.writeable = False
    one = trial(before, after, mask)
    for key in checks(Image):
        found = value(key, one)
        assert found is None or np.isfinite(found), key
    assert value("outside_frac", one) in (0, None)


def test_the_box_of_change_is_tight() -> None:
    """What is measured lies in the smallest box of what changed and what was made."""
    good = scratched(BRICK, 0.2)
    change = good.change
    assert change is not None
    rows, columns = np.nonzero(differs(*good.pictures))
    assert change.window == (
        slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)
    )  # fmt: skip
    assert np.array_equal(change.changed, differs(*good.pictures)[change.window])
    assert np.array_equal(change.changed, change.marked)
    still = trial(BRICK, BRICK).change
    assert still is not None
    assert still.changed.size == 0


def test_the_operator_of_scratches_against_the_gate() -> None:
    """On metal most of them pass, and all that pass stand out; on stones the buried ones fail."""
    for picture in (METAL, GRAVEL):
        outcomes = []
        for copy in range(20):
            targets = {"i": Image(picture), "s": Instances(), "l": Label("x")}
            parent = Example(FACTS, targets)
            edit = Edit("s", Scratch.name, Scratch().draw(FACTS, Stream(3).at(copy)))
            one = Trial(parent, apply(Scratch, parent, edit, {}))
            outcomes.append(failed(one))
            contrast = value("defect_contrast", one)
            if not outcomes[-1]:
                assert contrast is not None
                assert contrast >= 0.9999
            assert value("outside_frac", one) in (0, None)
            assert value("idle_frac", one) in (0, None)
        if picture is METAL:
            assert outcomes.count("") >= 15
        else:
            assert outcomes.count("defect_contrast") >= 3


def test_every_check_explains_itself() -> None:
    """A check of pictures has a bound, and a help line that an editor can show."""
    for one in checks(Image).values():
        assert one.default is not None
        assert 20 <= len(one.help) <= 100
