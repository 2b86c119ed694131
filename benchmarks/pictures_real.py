"""Drawn cracks beside real ones of solar cells: can classifiers tell them apart?

Both peers draw on the very cells whose cracks are the real ones, where those cells have no line:
on other cells the surface alone would tell (an area of 0.85 between line-free crops of good and
of cracked cells). The same filters then choose the crops. An area of 0.5 is a guess.
"""

import importlib.util
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from augmentor.core.distributions import Choice, Constant, LogUniform, Uniform
from augmentor.core.example import Facts
from augmentor.core.pictures import Image, Instance, Instances
from augmentor.core.stream import Stream
from augmentor.operators.defects.crack import Crack
from benchmarks.clock import Row
from benchmarks.pictures_defects import INSTALL
from benchmarks.real_cracks import SIDE_PX, Cell, Crop, calm, crops_of_lines, cut, read_mono
from benchmarks.telling import Areas, telling

TRIES = 6
LEAST_ROOM = 50  # places for a crop without a line, in px

Drawn = tuple[Cell, NDArray[np.bool_]]
Draw = Callable[[int, Cell, NDArray[np.bool_], int], Drawn]
"""From a cell's number, its pixels, its calm places and the try to pixels and what changed."""

NEAR = Crack(
    where=Constant("marked"),
    length_frac=LogUniform(0.5, 1),
    width_px=Uniform(1.1, 2),
    soft_px=Uniform(4.6, 6.2),
    blur=Constant("spread"),
    uneven_frac=Constant(0.15),
    contrast_frac=Uniform(0.85, 1),
    straightness=Uniform(1, 0.95),
    branches=Choice((0, 0, 0, 1, 2)),
    branch_deg=Uniform(80, 90),
    angle_deg=Choice((45, -45, 45, -45, 47, -47, 43, -43, 30, -28, 60, -55, 22, -20)),
)
"""As the real ones measure: 6 px wide from blur alone, 0.11 to 0.23 dark, mostly at 45 degrees."""


def measure(folder: Path) -> Iterator[Row]:  # noqa: ARG001 - one form for all topics
    """Yield the areas under the ROC curves, with 95 % intervals, of ours and of the peer."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    cells, real, rooms = _real()
    yield Row(f"real cracks that lie alone in {SIDE_PX} px", f"{len(real)} crops", "", None, "")
    yield from _rows("one half of the real ones, by the other", _halves(real), {})
    near = _crops(cells, rooms, _ours(NEAR))
    bare = [Crop(c.cell, c.x, c.y, c.angle_deg, cut(cells[c.cell], c.x, c.y)) for c in near]
    yield from _rows("the same cells without a crack", telling(real, bare), {})
    ours = {"set near": near, "by default": _crops(cells, rooms, _ours(Crack()))}
    peers = dict(_peers()) if importlib.util.find_spec("defect_synthesis") else {}
    for name in ours | peers:
        yield from _rows(
            f"{name} / defect-synthesis" if peers else f"{name}; peer: {INSTALL}",
            telling(real, ours[name]) if name in ours else {},
            telling(real, _crops(cells, rooms, peers[name])) if name in peers else {},
        )
    cv2.setNumThreads(threads)


def _real() -> tuple[dict[int, Cell], list[Crop], dict[int, NDArray[np.bool_]]]:
    """Return the cracked cells, their cracks, and the calm places of those that have some."""
    _, cells = read_mono()
    found = {number: list(crops_of_lines(number, cell)) for number, cell in cells.items()}
    rooms = {number: calm(cells[number]) for number, crops in found.items() if crops}
    rooms = {number: room for number, room in rooms.items() if room.sum() >= LEAST_ROOM}
    return cells, [crop for number in rooms for crop in found[number]], rooms


def _halves(real: Sequence[Crop]) -> Areas:
    """Return how well half of the cells are told from the other half: there is nothing to tell."""
    numbers = sorted({crop.cell for crop in real})
    some = set(np.random.Generator(np.random.Philox(key=1)).permutation(numbers)[::2].tolist())
    these, those = ([c for c in real if (c.cell in some) == side] for side in (True, False))
    return telling(these, those)


def _crops(cells: dict[int, Cell], rooms: dict[int, NDArray[np.bool_]], draw: Draw) -> list[Crop]:
    """Return crops of drawn lines: of each cell those of the first try that shows one."""
    crops: list[Crop] = []
    for number, room in rooms.items():
        for again in range(TRIES):
            pixels, changed = draw(number, cells[number], room, again)
            near = cv2.dilate(changed.astype(np.uint8), np.ones((3, 3))) > 0
            if found := list(crops_of_lines(number, pixels, near & room)):
                crops += found
                break
    return crops


def _ours(operator: Crack) -> Draw:
    kernel = operator.kernels[Image, Instances]

    def draw(number: int, cell: Cell, room: NDArray[np.bool_], again: int) -> Drawn:
        marked = Instance.of_mask("calm", room)
        assert marked is not None
        edit = operator.draw(Facts(str(number)), Stream(1).at(number, again))
        image, instances, _ = kernel(Image(cell), Instances((marked,)), **edit)
        made = [one for one in instances.items if one.made]
        return image.pixels, made[0].drawn(*cell.shape) if made else np.zeros_like(room)

    return draw


def _peers() -> Iterator[tuple[str, Draw]]:
    """Yield the peer's cracks by default, as near the real ones as they can be set, and more."""
    from defect_synthesis import CrackGenerator, ScratchGenerator

    near = CrackGenerator(
        base_length_range=(150, 300), base_width_range=(1, 1), roughness=0.5, kerf_darkness=0.85
    )
    random.seed(1)
    yield "set near", _by_peer(near)
    yield "by default", _by_peer(CrackGenerator())
    yield "its scratches", _by_peer(ScratchGenerator())


def _by_peer(generator: Any) -> Draw:
    def draw(*given: Any) -> Drawn:
        found = generator.apply(cv2.cvtColor(given[1], cv2.COLOR_GRAY2BGR))
        return cv2.cvtColor(found.image, cv2.COLOR_BGR2GRAY), found.anomaly_mask > 0

    return draw


def _rows(work: str, ours: Areas, theirs: Areas) -> Iterator[Row]:
    """Yield a row for each classifier."""
    for name in ours or theirs:
        said = [
            f"{found[name][0]:.3f} +-{(found[name][2] - found[name][1]) / 2:.3f}" if found else ""
            for found in (ours, theirs)
        ]
        yield Row(f"told from real by a {name}: {work}", said[0], said[1], None, "0.5")
