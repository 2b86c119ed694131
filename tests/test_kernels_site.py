"""Where a defect may lie: the thing in the picture, its edges, its grain, what is marked."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from augmentor.kernels.defects.site import PLACES, Site
from augmentor.kernels.surface import edges, foreground, grain_deg

cv2 = pytest.importorskip("cv2")

FRACS = (np.arange(24) + 0.5) / 24


def disc(
    kind: type[np.generic] = np.uint8, colours: int = 3, height: int = 300, width: int = 400
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return a bright disc of 90 px on a dark table, and where it is."""
    chance = np.random.default_rng(5)
    rows, columns = np.mgrid[:height, :width]
    inside = np.hypot(rows - 140.0, columns - 230.0) < 90
    grey = np.where(inside, 0.7, 0.2) + chance.normal(0, 0.02, inside.shape)
    grey = np.clip(grey, 0, 1)
    picture = grey if colours == 1 else np.stack([grey, grey * 0.9, grey * 0.8], axis=-1)
    if kind == np.float32:
        return picture.astype(np.float32), inside
    return np.rint(picture * np.iinfo(kind).max).astype(kind), inside


def lines(angle_deg: float, size: int = 400) -> NDArray[np.uint8]:
    """Return noise drawn out along a direction, as brushed metal, uint8 [size, size]."""
    chance = np.random.default_rng(1)
    turn = np.radians(angle_deg)
    rows, columns = np.mgrid[:size, :size]
    aside = columns * np.sin(turn) + rows * np.cos(turn)
    along = columns * np.cos(turn) - rows * np.sin(turn)
    grid = chance.normal(0, 1, (2 * size, 40)).astype(np.float32)
    drawn = cv2.remap(
        grid,
        ((along + size) / (2.2 * size) * 38).astype(np.float32),
        (aside + size / 2 + 50).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    return np.clip(128 + 30 * drawn, 0, 255).astype(np.uint8)


def centres(site: Site, width: float, height: float) -> NDArray[np.float64]:
    return np.array([
        (left + width / 2, top + height / 2)
        for y in FRACS
        for x in FRACS
        for left, top in [site.place(width, height, x, y)]
    ])  # fmt: skip


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("colours", [1, 3])
def test_the_thing_on_a_table_is_found(kind: type[np.generic], colours: int) -> None:
    """Foreground and edges agree with the disc that was drawn, whatever the type of picture."""
    picture, inside = disc(kind, colours)
    found = foreground(picture)
    assert np.count_nonzero(found & inside) / np.count_nonzero(found | inside) > 0.92
    steep = edges(picture)
    rows, columns = np.nonzero(steep)
    assert len(rows) > 500
    assert np.abs(np.hypot(rows - 140, columns - 230) - 90).max() < 12


def test_a_surface_without_a_thing_is_all_foreground() -> None:
    """Noise, an even surface and a single pixel are foreground everywhere and have no edges."""
    chance = np.random.default_rng(0)
    noise = chance.integers(90, 160, (200, 300, 3)).astype(np.uint8)
    for picture in (noise, np.full((64, 64), 7, np.uint8), np.zeros((1, 1, 3), np.float32)):
        assert foreground(picture).all()
        assert foreground(picture).shape == picture.shape[:2]
    assert not edges(np.full((64, 64), 7, np.uint8)).any()


@pytest.mark.parametrize("angle_deg", [0.0, 20.0, 45.0, 70.0, 90.0, -30.0, -75.0])
def test_the_grain_is_the_direction_of_the_lines(angle_deg: float) -> None:
    """Lines along a known direction are found to 3 degrees, and said to be clear."""
    found, strength = grain_deg(lines(angle_deg))
    assert abs((found - angle_deg + 90) % 180 - 90) < 3
    assert strength > 0.5
    assert -90 < found <= 90


def test_what_has_no_lines_has_no_grain() -> None:
    """Noise has a weak grain, an even surface none."""
    chance = np.random.default_rng(0)
    assert grain_deg(chance.integers(0, 255, (300, 300)).astype(np.uint8))[1] < 0.1
    assert grain_deg(np.full((80, 80, 3), 9, np.uint8)) == (0.0, 0.0)
    assert grain_deg(np.zeros((1, 1), np.uint16)) == (0.0, 0.0)


@given(
    st.sampled_from(PLACES),
    st.integers(1, 300),
    st.integers(1, 300),
    st.floats(0.5, 400),
    st.floats(0.5, 400),
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(0, 2**32),
)
@settings(deadline=None, max_examples=60)
def test_a_box_that_fits_is_inside(
    where: str,
    height: int,
    width: int,
    box_w: float,
    box_h: float,
    x_frac: float,
    y_frac: float,
    seed: int,
) -> None:
    """Whatever the place and the picture, a box that fits lies inside; another begins at 0."""
    chance = np.random.default_rng(seed)
    picture = chance.integers(0, 255, (height, width), dtype=np.uint8)
    marked = chance.random((height, width)) < 0.05
    left, top = Site(picture, where, marked).place(box_w, box_h, x_frac, y_frac)
    assert 0 <= left <= max(0.0, width - box_w)
    assert 0 <= top <= max(0.0, height - box_h)


def test_anywhere_is_even_over_the_spare_room() -> None:
    """A place of anywhere is the same share of the room that the box leaves."""
    picture = np.zeros((100, 200, 3), np.uint8)
    assert Site(picture).place(20, 10, 0.25, 0.5) == (45.0, 45.0)


@pytest.mark.parametrize("size", [(150, 200), (90, 100)])
def test_places_on_what_is_marked_are_on_it_and_even(size: tuple[int, int]) -> None:
    """Centres are marked pixels, and each half of the marked area gets its share of them."""
    marked = np.zeros(size, np.bool_)
    marked[20:40, 10:70] = True
    marked[60:80, 40:60] = True
    site = Site(np.zeros(size, np.uint8), "marked", marked)
    found = centres(site, 1, 1)
    at = np.floor(found).astype(int)
    assert marked[at[:, 1], at[:, 0]].all()
    upper = np.mean(found[:, 1] < 50)
    left = np.mean((found[:, 0] < 40) & (found[:, 1] < 50))
    assert abs(upper - 1200 / 1600) < 0.06
    assert abs(left - 600 / 1600) < 0.06


def test_places_on_the_thing_are_even_and_hold_the_box() -> None:
    """A box that fits the thing lies on it; its centres are even over where it fits."""
    picture, inside = disc()
    site = Site(picture, "foreground")
    found = centres(site, 50, 12)
    radius = np.hypot(found[:, 0] - 230, found[:, 1] - 140)
    assert radius.max() < 90
    corners = found[:, None] + np.array([[-25, -6], [25, -6], [-25, 6], [25, 6]])
    x, y = np.moveaxis(np.clip(np.rint(corners), 0, None).astype(int), -1, 0)
    assert inside[y, x].mean() > 0.98
    for side in (found[:, 0] < 230, found[:, 1] < 140):
        assert abs(np.mean(side) - 0.5) < 0.06


def test_a_thing_too_small_for_the_box_still_holds_its_centre() -> None:
    """A box larger than the thing lies over it."""
    found = centres(Site(disc()[0], "foreground"), 220, 210)
    assert np.hypot(found[:, 0] - 230, found[:, 1] - 140).max() < 92


def test_edges_hold_the_centre() -> None:
    """A small box of edges lies on the rim of the thing."""
    found = centres(Site(disc()[0], "edges"), 6, 6)
    assert np.abs(np.hypot(found[:, 0] - 230, found[:, 1] - 140) - 90).max() < 12


def test_where_nothing_is_allowed_it_may_lie_anywhere() -> None:
    """Nothing marked, or no edges: as anywhere."""
    even = np.full((60, 80), 9, np.uint8)
    want = Site(even).place(10, 10, 0.3, 0.8)
    assert Site(even, "edges").place(10, 10, 0.3, 0.8) == want
    assert Site(even, "foreground").place(10, 10, 0.3, 0.8) == want
    nothing = np.zeros((60, 80), np.bool_)
    assert Site(even, "marked", nothing).place(10, 10, 0.3, 0.8) == want
