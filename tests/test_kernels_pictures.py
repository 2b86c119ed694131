"""Single numbers about a picture, on pictures where the truth is known."""

import math
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import erf

from augmentor.kernels.pictures import (
    brightness_frac,
    contrast_frac,
    grey,
    reflection_frac,
    sharpness_frac,
)

SIDE = 256


def texture(seed: int, colour: float = 1.6) -> NDArray[np.float64]:
    """Return a texture as natural pictures have it: amplitude falls with frequency; 0 to 255."""
    white = np.random.Generator(np.random.Philox(key=seed)).standard_normal((SIDE, SIDE))
    rows, columns = np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE)[None]
    lines = np.fft.rfft2(white) / np.maximum(np.hypot(rows, columns), 1 / SIDE) ** (colour / 2)
    found = np.fft.irfft2(lines, (SIDE, SIDE))
    return 127.5 + 110 * found / np.abs(found).max()


def blurred(picture: NDArray[np.float64], spread_px: float) -> NDArray[np.uint8]:
    """Return a picture blurred by a Gaussian, as 8 bits."""
    soft = cv2.GaussianBlur(picture, (0, 0), spread_px) if spread_px else picture
    return np.rint(np.clip(soft, 0, 255)).astype(np.uint8)


class TestSharpness:
    """Detail that goes when the picture is blurred once more."""

    @pytest.mark.parametrize("spread_px", [1.0, 1.5, 2.0, 3.0, 4.0])
    @pytest.mark.parametrize("height", [230, 60, 20])
    def test_the_width_of_an_edge_is_what_it_measures(
        self, spread_px: float, height: float
    ) -> None:
        """On blurred edges it follows the formula that its docstring states."""
        across = np.arange(SIDE) - SIDE / 2
        edge = 128 + height / 2 * erf(across / spread_px / math.sqrt(2))
        picture = np.rint(np.broadcast_to(edge, (SIDE, SIDE))).astype(np.uint8)
        wanted = 1 - spread_px / math.sqrt(spread_px**2 + 20 / 3)
        assert sharpness_frac(picture) == pytest.approx(wanted, abs=0.04)
        assert sharpness_frac(np.ascontiguousarray(picture.T)) == pytest.approx(wanted, abs=0.04)

    @pytest.mark.parametrize("seed", range(5))
    def test_more_blur_is_less_sharp(self, seed: int) -> None:
        """Any texture, each step of blur: strictly less."""
        found = [sharpness_frac(blurred(texture(seed), s)) for s in (0, 0.5, 0.7, 1, 1.5, 2, 3, 5)]
        assert all(before > after for before, after in pairwise(found)), found

    @pytest.mark.parametrize("spread_px", [0, 1, 2])
    @pytest.mark.parametrize("seed", range(3))
    def test_contrast_and_brightness_do_not_move_it(self, seed: int, spread_px: float) -> None:
        """A third of the contrast, darker or lighter: the same blur is read."""
        picture = blurred(texture(seed), spread_px).astype(np.float64)
        found = sharpness_frac(picture.astype(np.uint8))
        for offset in (10, 160):
            faint = np.rint(picture / 3 + offset).astype(np.uint8)
            assert sharpness_frac(faint) == pytest.approx(found, abs=0.03)

    def test_a_shaken_picture_is_less_sharp_in_one_direction_and_that_counts(self) -> None:
        picture = texture(1)
        shaken = cv2.blur(picture, (15, 1))
        found = sharpness_frac(blurred(shaken, 0))
        assert found < 0.7
        assert sharpness_frac(blurred(picture, 0)) > 0.9
        assert sharpness_frac(np.ascontiguousarray(blurred(shaken, 0).T)) == pytest.approx(found)

    def test_stripes_are_sharp(self) -> None:
        """A direction without any detail says nothing about blur."""
        stripes = np.tile(np.repeat(np.array([30, 220], np.uint8), 8), (SIDE, 16))
        assert sharpness_frac(stripes) > 0.7

    @pytest.mark.parametrize(
        "picture",
        [
            np.full((64, 64), 90),
            np.zeros((8, 200)),
            np.add.outer(np.arange(64), np.arange(64)) // 40,
        ],
        ids=["flat", "too small", "a step now and then"],
    )
    def test_where_only_rounding_is_left_it_is_undefined(self, picture: NDArray) -> None:
        assert sharpness_frac(picture.astype(np.uint8)) is None

    def test_sixteen_bits_are_read_alike(self) -> None:
        picture = blurred(texture(2), 1)
        assert sharpness_frac(picture.astype(np.uint16) * np.uint16(257)) == pytest.approx(
            sharpness_frac(picture), abs=0.01
        )


class TestLight:
    """Brightness and contrast."""

    def test_brightness_is_the_mean(self) -> None:
        picture = np.array([[0, 255], [51, 102]], np.uint8)
        assert brightness_frac(picture) == pytest.approx(0.4)
        assert brightness_frac(picture.astype(np.uint16) * np.uint16(257)) == pytest.approx(0.4)

    @pytest.mark.parametrize("seed", range(3))
    def test_contrast_is_between_percentiles(self, seed: int) -> None:
        picture = blurred(texture(seed), 0)
        low, high = np.percentile(picture, [5, 95])
        assert contrast_frac(picture) == pytest.approx((high - low) / 255, abs=1 / 255)

    def test_a_few_odd_pixels_are_no_contrast(self) -> None:
        picture = np.full((100, 100), 80, np.uint8)
        picture[:2] = 255
        picture[-2:] = 0
        assert contrast_frac(picture) == 0

    def test_colours_have_the_lightness_of_the_standard(self) -> None:
        """ITU-R BT.601: 0.299 red, 0.587 green, 0.114 blue."""
        picture = np.zeros((1, 3, 3), np.uint8)
        picture[0, 0, 0] = picture[0, 1, 1] = picture[0, 2, 2] = 200
        assert grey(picture).tolist() == [[60, 117, 23]]
        assert (grey(picture[..., 0]) == picture[..., 0]).all()


def scene() -> NDArray[np.uint8]:
    """Return a grey picture, 100 by 200."""
    return np.full((100, 200, 3), 90, np.uint8)


class TestReflection:
    """Near white spots inside the picture."""

    def test_spots_are_counted_by_area(self) -> None:
        picture = scene()
        picture[10:20, 30:50] = 255
        picture[60:65, 100:104] = 245
        assert reflection_frac(picture) == pytest.approx((200 + 20) / 20000)
        assert reflection_frac(picture.astype(np.uint16) * np.uint16(257)) == pytest.approx(0.011)

    @pytest.mark.parametrize(
        ("rows", "columns", "colour"),
        [
            (slice(0, 20), slice(30, 50), (255, 255, 255)),
            (slice(10, 60), slice(10, 60), (255, 255, 255)),
            (slice(10, 20), slice(30, 50), (255, 255, 0)),
            (slice(10, 20), slice(30, 50), (200, 200, 200)),
            (slice(10, 11), slice(30, 33), (255, 255, 255)),
        ],
        ids=["at the edge", "a tenth and more", "yellow", "grey", "three pixels"],
    )
    def test_what_is_no_highlight(
        self, rows: slice, columns: slice, colour: tuple[int, int, int]
    ) -> None:
        picture = scene()
        picture[rows, columns] = colour
        assert reflection_frac(picture) == 0


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 40), width=st.integers(1, 40), deep=st.booleans(),
    seed=st.integers(0, 2**32), low=st.integers(0, 255), span=st.integers(0, 255),
)  # fmt: skip
def test_any_picture_gives_shares(
    height: int, width: int, deep: bool, seed: int, low: int, span: int
) -> None:
    """Every measure is a number from 0 to 1, or undefined, and the picture is left as it was."""
    chance = np.random.Generator(np.random.Philox(key=seed))
    pixels = chance.integers(low, min(low + span, 255) + 1, (height, width, 3)).astype(np.uint8)
    if deep:
        pixels = pixels.astype(np.uint16) * np.uint16(257)
    before = pixels.copy()
    light = grey(pixels)
    shares = [brightness_frac(light), contrast_frac(light), reflection_frac(pixels)]
    sharp = sharpness_frac(light)
    assert all(0 <= share <= 1 for share in [*shares, *([] if sharp is None else [sharp])])
    np.testing.assert_array_equal(pixels, before)
