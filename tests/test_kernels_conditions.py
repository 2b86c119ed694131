"""Conditions that leave every pixel in its place: what was asked for is what a picture gets."""

import math
from typing import Any, ClassVar

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import correlate
from scipy.stats import norm

from augmentor.core.assets import Assets
from augmentor.core.distributions import Seed
from augmentor.core.example import Example, Facts, Label
from augmentor.core.operator import Edit, Operator, apply
from augmentor.core.pictures import Image, Instance, Instances, Keypoints, Mask, Pixels, white_of
from augmentor.core.stream import Stream
from augmentor.kernels.conditions import blur, jpeg, light, noise, tone
from augmentor.operators.conditions.dark_background import DarkBackground
from augmentor.operators.conditions.defocus_blur import DefocusBlur
from augmentor.operators.conditions.exposure import Exposure
from augmentor.operators.conditions.glare import Glare
from augmentor.operators.conditions.jpeg import Jpeg
from augmentor.operators.conditions.motion_blur import MotionBlur
from augmentor.operators.conditions.sensor_noise import SensorNoise
from augmentor.operators.conditions.shadow import Shadow
from augmentor.operators.conditions.vignette import Vignette

OPERATORS: tuple[type[Operator], ...] = (
    DefocusBlur, MotionBlur, Exposure, SensorNoise, Jpeg, Shadow, Glare, Vignette, DarkBackground,
)  # fmt: skip
KINDS = [("uint8", 1), ("uint8", 3), ("uint16", 1), ("uint16", 3), ("float32", 1), ("float32", 3)]
ASSETS: Assets = {}


def picture(dtype: str, colours: int, height: int = 60, width: int = 80, seed: int = 1) -> Pixels:
    """Return a light thing before a dark ground, both with a soft texture; not writeable."""
    chance = np.random.Generator(np.random.Philox(key=seed))
    rough = cv2.GaussianBlur(chance.standard_normal((height, width, colours)), (0, 0), 1.5)
    rough = rough.reshape(height, width, colours)
    y, x = np.mgrid[:height, :width]
    thing = np.hypot((x - width / 2) / width, (y - height / 2) / height) < 0.3
    numbers = 0.3 + 0.35 * thing[:, :, np.newaxis] + 0.05 * rough / max(rough.std(), 1e-9)
    kind = np.dtype(dtype)
    white = 1 if kind.kind == "f" else np.iinfo(kind).max
    pixels = np.clip(numbers, 0, 1) * white
    pixels = (np.rint(pixels) if white > 1 else pixels).astype(kind)
    pixels = np.ascontiguousarray(pixels[:, :, 0] if colours == 1 else pixels)
    pixels.flags.writeable = False
    return pixels


def example(pixels: Pixels) -> Example:
    """Return an example with every target that a picture can have."""
    height, width = pixels.shape[:2]
    some = np.zeros((height, width), np.bool_)
    some[height // 3 :, width // 3 :] = True
    thing = Instance.of_mask("thing", some)
    assert thing is not None
    targets = {
        "image": Image(pixels),
        "instances": Instances((thing,)),
        "mask": Mask(some.astype(np.uint8), ("ground", "thing")),
        "points": Keypoints(np.array([[0.5, 0.5]]), ("corner",), np.array([True])),
        "target": Label("good"),
    }
    return Example(Facts("parent", width_px=width, height_px=height), targets)


class Level:
    """A stream at one severity; seeds, which have none, are drawn as ever."""

    def __init__(self, operator: type[Operator], severity: float) -> None:
        self.operator, self.severity = operator, severity

    def at(self, *names: Any) -> Any:
        seed = isinstance(getattr(self.operator, names[0]), Seed)
        return Stream(3).at(*names) if seed else self

    def unit(self) -> float:
        return self.severity


def drawn(operator: type[Operator], severity: float) -> Edit:
    """Return the edit of one severity."""
    chosen = operator().draw(Facts("parent"), Level(operator, severity))  # type: ignore[arg-type]
    return Edit("step", operator.name, chosen)


def light_of(number: float) -> float:
    """Return the light of a number of sRGB, as IEC 61966-2-1 writes it."""
    return number / 12.92 if number <= 0.04045 else ((number + 0.055) / 1.055) ** 2.4


lights_of = np.vectorize(light_of, otypes=[np.float64])


@pytest.mark.parametrize("operator", OPERATORS)
class TestEveryOperator:
    """What all of them promise."""

    @pytest.mark.parametrize(("dtype", "colours"), KINDS)
    def test_keeps_type_and_size_and_other_targets(
        self, operator: type[Operator], dtype: str, colours: int
    ) -> None:
        """Type, size and range stay; nothing is written to; marks, classes, points are the same."""
        parent = example(picture(dtype, colours))
        before = parent.targets["image"].pixels.copy()  # type: ignore[attr-defined]
        for severity in (0.0, 0.4, 0.999):
            edit = drawn(operator, severity)
            child, again = (apply(operator, parent, edit, ASSETS) for _ in range(2))
            pixels = child.targets["image"].pixels  # type: ignore[attr-defined]
            assert pixels.dtype == before.dtype
            assert pixels.shape == before.shape
            assert np.isfinite(pixels).all()
            assert pixels.min() >= 0
            assert pixels.max() <= white_of(pixels)
            assert pixels.tobytes() == again.targets["image"].pixels.tobytes()  # type: ignore[attr-defined]
            for name in ("instances", "mask", "points", "target"):
                assert child.targets[name] is parent.targets[name]
        np.testing.assert_array_equal(parent.targets["image"].pixels, before)  # type: ignore[attr-defined]

    @pytest.mark.parametrize("shape", [(1, 1), (4, 1), (1, 4), (1, 7), (3, 2), (2, 4)])
    @pytest.mark.parametrize(("dtype", "colours"), KINDS)
    def test_works_on_tiny_pictures(
        self, operator: type[Operator], dtype: str, colours: int, shape: tuple[int, int]
    ) -> None:
        """A picture of a few pixels goes through, and comes back as large as it was."""
        pixels = picture(dtype, colours, *shape)
        for severity in (0.0, 0.999):
            edit = drawn(operator, severity)
            child = apply(operator, example(pixels), edit, ASSETS).targets["image"]
            assert child.pixels.shape == pixels.shape  # type: ignore[attr-defined]
            assert child.pixels.dtype == pixels.dtype  # type: ignore[attr-defined]

    @pytest.mark.parametrize(("dtype", "colours"), KINDS)
    def test_mild_is_near_nothing_and_harsh_is_not(
        self, operator: type[Operator], dtype: str, colours: int
    ) -> None:
        """The mild end changes a picture by under 2 % of white on average, the harsh end more."""
        pixels = picture(dtype, colours)
        parent = example(pixels)
        changes = []
        for severity in (0.0, 0.999):
            child = apply(operator, parent, drawn(operator, severity), ASSETS).targets["image"]
            change = child.pixels.astype(float) - pixels  # type: ignore[attr-defined]
            changes.append(float(np.abs(change).mean()) / white_of(pixels))
        assert changes[0] < 0.02
        assert changes[1] > 2 * changes[0]
        assert changes[1] > 0.008

    def test_threads_do_not_show(self, operator: type[Operator]) -> None:
        """One thread or four: the same bytes, on every type of picture."""
        threads = cv2.getNumThreads()
        try:
            for dtype, colours in KINDS:
                parent = example(picture(dtype, colours, 300, 200))
                edit = drawn(operator, 0.8)
                made = []
                for count in (1, 4):
                    cv2.setNumThreads(count)
                    child = apply(operator, parent, edit, ASSETS).targets["image"]
                    made.append(child.pixels.tobytes())  # type: ignore[attr-defined]
                assert made[0] == made[1]
        finally:
            cv2.setNumThreads(threads)


def spread_of_point(made: Pixels) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return the middle, the covariance and the sum of light, as x and y."""
    y, x = np.nonzero(made)
    weight = made[y, x].astype(np.float64)
    places = np.stack([x, y]) - (np.array(made.shape[::-1]) // 2)[:, np.newaxis]
    middle = (places * weight).sum(axis=1) / weight.sum()
    off = places - middle[:, np.newaxis]
    return middle, (off[:, np.newaxis] * off * weight).sum(axis=2) / weight.sum(), weight.sum()


def point(size: int = 81) -> Pixels:
    """Return one white pixel in the middle of black."""
    pixels = np.zeros((size, size), np.float32)
    pixels[size // 2, size // 2] = 1
    return pixels


class TestBlur:
    """A point becomes the disk or line that was asked for."""

    @pytest.mark.parametrize("radius_px", [1.5, 2.0, 3.3, 5.0, 8.0, 14.7, 30.0])
    def test_a_point_becomes_a_disk_of_the_radius(self, radius_px: float) -> None:
        """Its mean square radius is half the square of the radius asked for, its sum 1."""
        made = blur.defocus(Image(point()), radius_px=radius_px)[0].pixels
        middle, spread, total = spread_of_point(made)
        assert total == pytest.approx(1, abs=1e-6)
        np.testing.assert_allclose(middle, 0, atol=0.01)
        # A pixel takes what falls anywhere on it: that adds 1 / 12 a direction.
        assert math.sqrt(2 * (np.trace(spread) - 1 / 6)) == pytest.approx(radius_px, rel=0.06)
        assert spread[0, 0] == pytest.approx(spread[1, 1], rel=0.02)

    @pytest.mark.parametrize("radius_px", [4.0, 9.0, 20.0])
    def test_a_disk_is_even_and_ends(self, radius_px: float) -> None:
        """Inside it is one light, 1 over its area; outside is none."""
        made = blur.defocus(Image(point()), radius_px=radius_px)[0].pixels
        y, x = np.mgrid[:81, :81] - 40
        away = np.hypot(x, y)
        even = 1 / (math.pi * radius_px**2)
        np.testing.assert_allclose(
            made[away < radius_px - 0.8], even, rtol=0.01, atol=2 * blur.UNIT
        )
        assert np.abs(made[away > radius_px + 0.8]).max() < 1e-9

    @pytest.mark.parametrize("length_px", [4.0, 9.0, 15.0, 40.0])
    @pytest.mark.parametrize("angle_deg", [0.0, 30.0, 45.0, 90.0, 117.0, 170.0])
    def test_a_point_becomes_a_line_of_the_length_and_angle(
        self, length_px: float, angle_deg: float
    ) -> None:
        """Its spread along it is that of a line, across it that of a pixel, its sum 1."""
        made = blur.move(Image(point()), length_px=length_px, angle_deg=angle_deg)[0].pixels
        middle, spread, total = spread_of_point(made)
        assert total == pytest.approx(1, abs=1e-6)
        np.testing.assert_allclose(middle, 0, atol=0.01)
        sizes, ways = np.linalg.eigh(spread)
        assert math.sqrt(12 * sizes[1]) == pytest.approx(length_px, abs=0.35)
        assert sizes[0] < 0.3
        found = math.degrees(math.atan2(ways[1, 1], ways[0, 1]))
        assert abs((found - angle_deg + 90) % 180 - 90) < 1.5

    @pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
    @pytest.mark.parametrize("weights", [blur.disk(2.4), blur.disk(7.2), blur.line(25, 33)])
    def test_bytes_are_the_exact_sums(self, dtype: str, weights: blur.Weights) -> None:
        """Every pixel is the nearest number to the exact weighted sum, mirrored at the edges."""
        pixels = picture(dtype, 3, 90, 70)
        exact = correlate(pixels.astype(np.float64), weights[:, :, np.newaxis], mode="mirror")
        got = blur.filtered(pixels, weights).astype(np.float64)
        half = 1e-7 if dtype == "float32" else 0.5 + 1e-6
        assert np.abs(got - exact).max() <= half
        assert weights.sum() == 1

    @pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
    def test_strips_do_not_show(self, dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """A picture that is blurred strip by strip gets the bytes of one that is not."""
        pixels = picture(dtype, 3, 200, 50)
        whole = blur.filtered(pixels, blur.disk(9))
        monkeypatch.setattr(blur, "_STRIP", 1)
        np.testing.assert_array_equal(blur.filtered(pixels, blur.disk(9)), whole)

    @settings(deadline=None, max_examples=30)
    @given(st.integers(0, 255), st.floats(0, 30), st.floats(0, 120), st.floats(-360, 360))
    def test_an_even_picture_stays(
        self, value: int, radius_px: float, length_px: float, angle_deg: float
    ) -> None:
        """No light comes or goes: what is even stays as it is, edges too."""
        pixels = np.full((40, 30, 3), value, np.uint8)
        soft = blur.defocus(Image(pixels), radius_px=radius_px)[0].pixels
        moved = blur.move(Image(pixels), length_px=length_px, angle_deg=angle_deg)[0].pixels
        np.testing.assert_array_equal(soft, pixels)
        np.testing.assert_array_equal(moved, pixels)

    @pytest.mark.parametrize("weights", [blur.disk(0.5), blur.line(0, 50)])
    def test_the_mild_end_is_nothing(self, weights: blur.Weights) -> None:
        """A disk within a pixel, a line without length: the weight of the pixel itself is 1."""
        assert weights.max() == 1
        assert np.count_nonzero(weights) == 1


class TestExposure:
    """Stops of light, by the curve of sRGB."""

    @pytest.mark.parametrize("stops", [1.0, -1.0, 0.5, -3.0])
    @pytest.mark.parametrize("curve", tone.CURVES)
    def test_a_stop_doubles_the_light(self, stops: float, curve: str) -> None:
        """Light after is light before times 2 to the stops, white at most, to half a number."""
        levels = np.arange(0, 65536, 97, np.uint16).reshape(26, 26)
        before = lights_of(levels / 65535) if curve == "srgb" else levels / 65535
        made = tone.expose(Image(levels), stops=stops, gamma=1.0, curve=curve)[0].pixels
        wanted = np.minimum(before * 2**stops, 1)
        low, high = (np.clip((made + off) / 65535, 0, 1) for off in (-0.501, 0.501))
        if curve == "srgb":
            low, high = lights_of(low), lights_of(high)
        assert (low <= wanted + 1e-12).all()
        assert (wanted <= high + 1e-12).all()

    @pytest.mark.parametrize(("before", "after"), [(46, 66), (100, 138), (188, 255), (10, 18)])
    def test_bytes_known_from_the_formula(self, before: int, after: int) -> None:
        """One stop more, worked out by hand: 188 is half of white's light."""
        more = 2 * light_of(before / 255)
        by_hand = 12.92 * more if more <= 0.0031308 else 1.055 * more ** (1 / 2.4) - 0.055
        assert round(255 * min(by_hand, 1)) == pytest.approx(after)
        pixels = np.full((2, 2, 3), before, np.uint8)
        made = tone.expose(Image(pixels), stops=1.0, gamma=1.0, curve="srgb")[0].pixels
        assert (made == round(255 * min(by_hand, 1))).all()

    def test_gamma_is_an_exponent_of_the_numbers(self) -> None:
        """After the stops, each number is raised to gamma."""
        pixels = np.linspace(0, 1, 200, dtype=np.float32).reshape(10, 20)
        made = tone.expose(Image(pixels), stops=0.0, gamma=1.7, curve="srgb")[0].pixels
        np.testing.assert_allclose(made, pixels.astype(np.float64) ** 1.7, atol=1e-6)

    @pytest.mark.parametrize("dtype", ["uint8", "uint16"])
    def test_no_stop_is_no_change(self, dtype: str) -> None:
        """Every number of a picture comes back from light as it was."""
        levels = np.arange(np.iinfo(dtype).max + 1, dtype=dtype).reshape(-1, 16)
        made = tone.expose(Image(levels), stops=0.0, gamma=1.0, curve="srgb")[0].pixels
        np.testing.assert_array_equal(made, levels)


class TestNoise:
    """Shot and read noise: a line of variance over the signal."""

    SIDE = 400

    def noisy(self, level: float, dtype: str, **camera: Any) -> NDArray[np.float64]:
        """Return a noisy even picture as numbers, white 1."""
        kind = np.dtype(dtype)
        pixels = np.full((self.SIDE, self.SIDE), level, kind)
        made = noise.add_noise(Image(pixels), **({"seed": 5} | camera))[0].pixels
        return made.astype(np.float64) / white_of(pixels)

    @pytest.mark.parametrize("level", [40, 90, 128, 200, 225])
    @pytest.mark.parametrize(("full_well_e", "read_noise_e"), [(2000, 10), (800, 4), (5000, 90)])
    @pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
    def test_variance_is_the_line(
        self, level: int, full_well_e: float, read_noise_e: float, dtype: str
    ) -> None:
        """Mean is kept; variance is gain times signal and the read noise's square, to 2 %."""
        scale = {"uint8": 1, "uint16": 257, "float32": 1 / 255}[dtype]
        made = self.noisy(
            level * scale, dtype, full_well_e=full_well_e, read_noise_e=read_noise_e,
            curve="linear",
        )  # fmt: skip
        signal = level / 255
        variance = signal / full_well_e + (read_noise_e / full_well_e) ** 2
        rounding = 1 / 12 / 255**2 if dtype == "uint8" else 0
        assert float(made.var()) == pytest.approx(variance + rounding, rel=0.02)
        assert float(made.mean()) == pytest.approx(signal, abs=5 * math.sqrt(variance) / self.SIDE)

    @pytest.mark.parametrize("level", [60, 118, 200])
    def test_variance_is_the_line_in_the_light_of_a_photograph(self, level: int) -> None:
        """With the curve of sRGB, the line holds for light, so dark parts are noisier."""
        made = self.noisy(
            level * 257, "uint16", full_well_e=4000, read_noise_e=5, curve="srgb"
        )  # fmt: skip
        signal = light_of(level / 255)
        wanted = signal / 4000 + (5 / 4000) ** 2
        assert float(lights_of(made).var()) == pytest.approx(wanted, rel=0.04)

    def test_two_bytes_make_a_normal_number(self) -> None:
        """Of all pairs of bytes, the sums have the shape of a normal number and the tails said."""
        table = noise.normal_of_bytes().astype(np.float64)
        sums = np.sort((table[:, np.newaxis] + table).ravel())
        assert float(sums.mean()) == pytest.approx(0, abs=1e-6)
        assert float(sums.var()) == pytest.approx(1, abs=1e-6)
        assert float((sums**4).mean()) == pytest.approx(3, abs=0.03)
        assert sums[-1] == pytest.approx(4.20, abs=0.005)
        ranks = (np.arange(sums.size) + 0.5) / sums.size
        assert np.abs(norm.cdf(sums) - ranks).max() < 0.002
        for far, share in ((2.0, 1.0), (3.0, 1.0), (3.5, 0.8)):
            assert float((sums > far).mean()) / norm.sf(far) == pytest.approx(share, abs=0.08)
        assert len(np.unique(np.round(sums, 9))) > 30_000
        assert 1 / (2 * norm.sf(sums[-1])) == pytest.approx(37_500, rel=0.02)

    def test_colours_and_neighbours_are_independent(self) -> None:
        """No colour, column or row says anything about another, across the bands of work too."""
        pixels = np.full((300, 300, 3), 128, np.uint8)
        camera = {"full_well_e": 1000.0, "read_noise_e": 5.0, "curve": "linear", "seed": 8}
        made = noise.add_noise(Image(pixels), **camera)[0].pixels.astype(np.float64) - 128  # type: ignore[arg-type]
        pairs = [(made[:, :, 0], made[:, :, 1]), (made[:, :, 0], made[:, :, 2])]
        pairs += [(made[:, :-1], made[:, 1:]), (made[:-1], made[1:])]
        band = next(tone.bands(pixels)).stop
        pairs += [(made[:band], made[band : 2 * band]), (made[:150], made[150:])]
        for one, other in pairs:
            together = np.corrcoef(one.ravel(), other.ravel())[0, 1]
            assert abs(together) < 5 / math.sqrt(one.size)

    def test_the_seed_is_all_of_the_chance(self) -> None:
        """The same seed makes the same bytes, another one others."""
        image = Image(picture("uint8", 3))
        camera = {"full_well_e": 1000.0, "read_noise_e": 5.0, "curve": "srgb"}
        made = [noise.add_noise(image, **camera, seed=seed)[0].pixels for seed in (4, 4, 5)]  # type: ignore[arg-type]
        np.testing.assert_array_equal(made[0], made[1])
        assert float(np.mean(made[0] != made[2])) > 0.5

    def test_the_note_is_the_grey_card(self) -> None:
        """The noted deviation is the one that a picture of the grey card has."""
        camera = {"full_well_e": 3000.0, "read_noise_e": 4.0, "curve": "linear"}
        _, notes = noise.add_noise(Image(picture("uint8", 1)), **camera, seed=1)  # type: ignore[arg-type]
        made = self.noisy(0.18 * 65535, "uint16", **camera)
        assert notes["noise_frac"] == pytest.approx(float(made.std()), abs=2e-4)


class TestJpeg:
    """Really coded."""

    @pytest.mark.parametrize("quality", [15, 60, 95])
    def test_it_is_what_the_coder_makes(self, quality: int) -> None:
        """The bytes of OpenCV's own round trip, red staying red; the noted size is the file's."""
        pixels = picture("uint8", 3)
        flag = [cv2.IMWRITE_JPEG_QUALITY, quality]
        _, coded = cv2.imencode(".jpg", np.ascontiguousarray(pixels[:, :, ::-1]), flag)
        wanted = cv2.imdecode(coded, cv2.IMREAD_COLOR)
        assert wanted is not None
        made, notes = jpeg.compress(Image(pixels), quality=quality)
        np.testing.assert_array_equal(made.pixels, wanted[:, :, ::-1])
        assert notes == {"coded_bytes": len(coded)}

    def test_red_stays_red(self) -> None:
        """An even red picture is red afterwards."""
        red = np.zeros((32, 32, 3), np.uint8)
        red[:, :, 0] = 200
        made = jpeg.compress(Image(red), quality=90)[0].pixels
        assert np.abs(made.astype(int) - red).max() <= 3

    @pytest.mark.parametrize("dtype", ["uint16", "float32"])
    def test_more_bits_go_there_and_back(self, dtype: str) -> None:
        """A picture of more bits becomes the coded 8 bits of it, in its own type."""
        pixels = picture(dtype, 3)
        small = np.rint(pixels / white_of(pixels) * 255).astype(np.uint8)
        wanted = jpeg.compress(Image(small), quality=50)[0].pixels
        made = jpeg.compress(Image(pixels), quality=50)[0].pixels
        np.testing.assert_allclose(made / white_of(made), wanted / 255, atol=1e-5)


GLARE = {
    "strength": 0.8, "veil_frac": 0.0, "length_frac": 0.5, "width_frac": 0.1, "bend_frac": 0.0,
    "angle_deg": 0.0, "x_frac": 0.5, "y_frac": 0.5, "relief_frac": 0.0, "curve": "linear",
}  # fmt: skip
SHADOW = {
    "darkness_frac": 0.6, "cover_frac": 0.4, "softness_frac": 0.1, "bend_frac": 0.0,
    "angle_deg": 0.0, "curve": "linear",
}  # fmt: skip


class TestLight:
    """Shadow, glare, dark corners and grounds, measured in light."""

    @pytest.mark.parametrize("corner_deg", [10.0, 35.0, 50.0])
    @pytest.mark.parametrize("curve", tone.CURVES)
    def test_a_vignette_follows_the_fourth_power(self, corner_deg: float, curve: str) -> None:
        """Light at each pixel is that of the angle it is seen under, to the cosine's fourth."""
        pixels = np.full((80, 120), 0.7, np.float32)
        made = light.vignette(Image(pixels), corner_deg=corner_deg, curve=curve)[0].pixels
        y, x = np.mgrid[:80, :120] + 0.5
        distance = np.hypot(x - 60, y - 40) / math.hypot(60, 40)
        angle = np.arctan(distance * math.tan(math.radians(corner_deg)))
        after, before = made.astype(np.float64), 0.7
        if curve == "srgb":
            after, before = lights_of(after), light_of(before)
        np.testing.assert_allclose(after / before, np.cos(angle) ** 4, atol=2e-6)

    @pytest.mark.parametrize(("angle_deg", "side"), [(0, "left"), (90, "top"), (180, "right")])
    def test_a_shadow_comes_from_where_it_was_asked(self, angle_deg: float, side: str) -> None:
        """So far in, as dark, as soft as asked; beyond its border all light stays."""
        pixels = np.full((200, 200), 0.8, np.float32)
        made, notes = light.shade(Image(pixels), **(SHADOW | {"angle_deg": angle_deg}))  # type: ignore[arg-type]
        turned = {"left": made.pixels, "top": made.pixels.T, "right": made.pixels[:, ::-1]}[side]
        line = turned[100] / 0.8
        np.testing.assert_allclose(line[:69], 0.4, atol=1e-5)
        np.testing.assert_allclose(line[91:], 1, atol=1e-6)
        assert np.interp(0.7, line[60:100], np.arange(60, 100) + 0.5) == pytest.approx(80, abs=0.5)
        assert (np.diff(line) >= -1e-6).all()
        assert notes["shaded_frac"] == pytest.approx(0.4, abs=0.01)

    def test_a_bent_shadow_bends_as_far(self) -> None:
        """A shorter side off its middle, the border lies back by the bend asked for."""
        pixels = np.full((100, 200), 0.8, np.float32)
        asked = SHADOW | {"angle_deg": 90, "cover_frac": 0.9, "bend_frac": 0.5}
        made = light.shade(Image(pixels), **asked)[0].pixels  # type: ignore[arg-type]
        deep = (made < 0.8 * 0.7).sum(axis=0)
        assert deep[100] - deep[150] == pytest.approx(0.5 * 0.25 * 100, abs=1)

    @pytest.mark.parametrize("angle_deg", [0.0, 90.0])
    def test_a_streak_has_the_size_asked(self, angle_deg: float) -> None:
        """Half of its light is left at half of its width beside, half of its length along it."""
        pixels = np.zeros((300, 300), np.float32)
        made = light.glare(Image(pixels), **(GLARE | {"angle_deg": angle_deg}))[0].pixels  # type: ignore[arg-type]
        made = made.T if angle_deg else made
        assert float(made.max()) == pytest.approx(0.8, abs=0.01)
        assert np.count_nonzero(made[150] >= 0.4) == pytest.approx(0.5 * 300, abs=2)
        assert np.count_nonzero(made[:, 150] >= 0.4) == pytest.approx(0.1 * 300, abs=2)

    def test_glare_saturates_and_veils(self) -> None:
        """The middle is white in every colour and noted so; far off, the veil's light is added."""
        pixels = np.full((200, 200, 3), 0.2, np.float32)
        asked = GLARE | {"strength": 4.0, "veil_frac": 0.1, "width_frac": 0.02, "length_frac": 0.1}
        made, notes = light.glare(Image(pixels), **asked)  # type: ignore[arg-type]
        assert (made.pixels[100, 100] == 1).all()
        assert made.pixels[0, 0, 0] == pytest.approx(0.3, abs=0.001)
        assert notes["white_frac"] == round(float((made.pixels == 1).all(axis=2).mean()), 4)
        assert notes["white_frac"] > 0

    def test_relief_follows_the_surface(self) -> None:
        """On rough metal light lines gain more than dark ones; on glass both gain alike."""
        pixels = np.full((96, 96), 0.3, np.float32)
        pixels[:, ::8] = 0.5
        gains = {}
        for relief in (0.0, 1.0):
            asked = GLARE | {"strength": 0.2, "relief_frac": relief, "length_frac": 2.0}
            gain = light.glare(Image(pixels), **asked)[0].pixels - pixels  # type: ignore[arg-type]
            gains[relief] = float(gain[48, 48] / gain[48, 44])
        assert gains[0.0] == pytest.approx(1, abs=0.02)
        assert gains[1.0] == pytest.approx(0.5 / 0.3, rel=0.05)

    @settings(deadline=None, max_examples=40)
    @given(st.sampled_from(OPERATORS[5:]), st.floats(0, 0.999), st.sampled_from(KINDS))
    def test_light_goes_one_way(
        self, operator: type[Operator], severity: float, kind: tuple[str, int]
    ) -> None:
        """Glare only brightens, shadow, vignette and a dark background only darken."""
        pixels = picture(*kind, 40, 30)
        child = apply(operator, example(pixels), drawn(operator, severity), ASSETS).targets["image"]
        change = child.pixels.astype(float) - pixels  # type: ignore[attr-defined]
        assert (change if operator is Glare else -change).min() >= -1e-6

    @pytest.mark.parametrize(("dtype", "colours"), KINDS)
    def test_all_light_is_no_change(self, dtype: str, colours: int) -> None:
        """Where all light stays and none comes, the very same numbers."""
        pixels = picture(dtype, colours)
        share = np.ones(pixels.shape[:2], np.float32)
        for added in (None, np.zeros_like(share)):
            np.testing.assert_array_equal(light.relit(pixels, share, added, curve="srgb"), pixels)


class TestDarkBackground:
    """What lies around the thing."""

    ASKED: ClassVar = {"darkness_frac": 0.9, "feather_frac": 0.05, "curve": "linear"}

    def test_what_is_marked_keeps_its_light(self) -> None:
        """Inside nothing changes, far outside the share asked is gone, and between it falls."""
        pixels = np.full((200, 300, 3), 0.5, np.float32)
        mask = np.zeros((200, 300), np.bool_)
        mask[50:150, 100:200] = True
        thing = Instance.of_mask("part", mask)
        assert thing is not None
        marked = Instances((thing,))
        image, after, notes = light.darken_background(
            Image(pixels),
            marked,
            **self.ASKED,
            keep="marked",  # type: ignore[arg-type]
        )
        assert after is marked
        np.testing.assert_array_equal(image.pixels[mask], pixels[mask])
        np.testing.assert_allclose(image.pixels[:30], 0.05, atol=1e-4)
        line = image.pixels[100, 199:, 0]
        assert (np.diff(line) <= 1e-6).all()
        assert line[1] > 0.4
        assert line[30] == pytest.approx(0.05, abs=1e-4)
        assert notes == {"background_frac": round(1 - 1 / 6, 4)}

    @pytest.mark.parametrize(("dtype", "colours"), KINDS)
    def test_the_thing_is_found(self, dtype: str, colours: int) -> None:
        """Without marks, the light thing keeps its light and the dark ground loses its own."""
        pixels = picture(dtype, colours, 150, 200)
        made, _, notes = light.darken_background(
            Image(pixels),
            Instances(),
            **self.ASKED,
            keep="found",  # type: ignore[arg-type]
        )
        y, x = np.mgrid[:150, :200]
        away = np.hypot((x - 100) / 200, (y - 75) / 150)
        np.testing.assert_array_equal(made.pixels[away < 0.25], pixels[away < 0.25])
        ground = away > 0.45
        kept = made.pixels[ground].astype(float).mean() / pixels[ground].astype(float).mean()
        assert kept == pytest.approx(0.1, abs=0.02)
        assert notes["background_frac"] == pytest.approx(1 - math.pi * 0.09, abs=0.06)

    def test_a_dark_spot_at_the_rim_of_the_thing_is_kept(self) -> None:
        """A notch, a gap between two parts: hollows of the thing are not taken for background."""
        pixels = np.full((200, 200), 20, np.uint8)
        pixels[40:160, 40:160] = 180
        pixels[98:102] = 20  # two parts
        pixels[40:80, 90:110] = 20  # a notch
        made = light.darken_background(
            Image(pixels),
            Instances(),
            **self.ASKED,
            keep="found",  # type: ignore[arg-type]
        )[0].pixels
        np.testing.assert_array_equal(made[42:158, 42:158], pixels[42:158, 42:158])
        assert made[:20].max() <= 3

    def test_a_defect_that_is_marked_on_the_ground_is_kept_too(self) -> None:
        """With the thing found, what is marked elsewhere keeps its light as well."""
        pixels = picture("uint8", 1, 150, 200)
        mask = np.zeros((150, 200), np.bool_)
        mask[2:12, 2:12] = True
        spot = Instance.of_mask("spot", mask)
        assert spot is not None
        made = light.darken_background(
            Image(pixels),
            Instances((spot,)),
            **self.ASKED,
            keep="found",  # type: ignore[arg-type]
        )[0]
        np.testing.assert_array_equal(made.pixels[mask], pixels[mask])
        assert float(made.pixels[140:, 2:12].mean()) < 0.2 * float(pixels[140:, 2:12].mean())
