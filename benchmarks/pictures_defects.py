"""Defects on a picture of 512x512x3, drawn and marked, beside defect-synthesis and anomalib."""

import importlib.util
import random
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from augmentor.core.distributions import Constant
from augmentor.core.example import Facts
from augmentor.core.operator import Operator
from augmentor.core.pictures import Image, Instances
from augmentor.core.stream import Stream
from augmentor.operators.defects.dent import Dent
from augmentor.operators.defects.discoloration import Discoloration
from augmentor.operators.defects.pit_mark import PitMark
from augmentor.operators.defects.scratch import Scratch
from benchmarks.clock import Row, seconds

SIDE_PX = 512
EDITS = 64
TURNS = 15
INSTALL = "pip install --no-deps defect-synthesis==0.1.0"


def measure(folder: Path) -> Iterator[Row]:  # noqa: ARG001 - one form for all topics
    """Yield pictures a second of each defect with its mask, drawn from the default ranges."""
    import cv2

    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    picture = surface()
    if importlib.util.find_spec("defect_synthesis"):
        import defect_synthesis as peer

        for operator, generator, wanted in (
            (Scratch(), peer.ScratchGenerator(), ">= 3"),
            (PitMark(), peer.PittingGenerator(), ">= 8"),
            (Dent(), peer.TextureWarpGenerator(), ">= 5"),
        ):
            name = type(generator).__name__
            yield _row(
                f"{operator.key()} / defect-synthesis {name}",
                drawing(operator, picture),
                lambda generator=generator: generator.apply(picture),
                wanted,
            )
    else:
        yield Row("defects / defect-synthesis", "", "not installed", None, INSTALL)
    patch = Discoloration(kind=Constant("patch"))
    yield from _cloudy(drawing(patch, picture), picture)
    cv2.setNumThreads(threads)


def surface() -> np.ndarray:
    """Return a picture of brushed metal, uint8 [512, 512, 3]."""
    import cv2

    chance = np.random.Generator(np.random.Philox(key=7))
    fine = chance.standard_normal((SIDE_PX, SIDE_PX), np.float32)
    brushed = cv2.GaussianBlur(fine, (101, 1), 20) * np.float32(25)
    shade = cv2.GaussianBlur(fine, (0, 0), 60)
    shade *= np.float32(15 / shade.std())
    light = 140 + brushed + shade + chance.standard_normal(fine.shape, np.float32)
    return np.clip(light[:, :, np.newaxis] * (1, 1, 0.97), 0, 255).astype(np.uint8)


def drawing(operator: Operator, picture: np.ndarray) -> Callable[[], Any]:
    """Return what draws one edit after another and renders it as a run does."""
    facts, kernel = Facts("part"), operator.kernels[Image, Instances]
    image, copies = Image(picture), cycle(range(EDITS))
    return lambda: kernel(
        image, Instances(), **operator.draw(facts, Stream(1).at("part", next(copies)))
    )


def _cloudy(ours: Callable[[], Any], picture: np.ndarray) -> Iterator[Row]:
    work = "discoloration, a patch / anomalib "
    try:
        import torch
        from anomalib.data.utils.generators import PerlinAnomalyGenerator, generate_perlin_noise
    except ImportError as error:
        yield Row(work, "", "not installed", None, f"anomalib[cpu]: {error}")
        return
    torch.set_num_threads(1)
    torch.manual_seed(1)
    pixels = torch.from_numpy(picture.transpose(2, 0, 1) / np.float32(255))
    generator = PerlinAnomalyGenerator(probability=1.0)
    yield _row(work + "PerlinAnomalyGenerator", ours, lambda: generator(pixels), ">= 8")
    yield _row(
        work + "generate_perlin_noise alone",
        ours,
        lambda: generate_perlin_noise(SIDE_PX, SIDE_PX),
        "",
    )


def _row(work: str, ours: Callable[[], Any], peer: Callable[[], Any], wanted: str) -> Row:
    def often(way: Callable[[], Any]) -> Callable[[], None]:
        def run() -> None:
            for _ in range(EDITS):
                way()

        return run

    random.seed(1)  # the peers' own chance: every turn of theirs draws on
    np.random.seed(1)  # noqa: NPY002 - the generator that they use
    found = seconds({"ours": often(ours), "peer": often(peer)}, turns=TURNS)
    rates = {name: EDITS / taken for name, taken in found.items()}
    return Row(
        work, f"{rates['ours']:,.0f} images/s", f"{rates['peer']:,.0f} images/s",
        rates["ours"] / rates["peer"], wanted,
    )  # fmt: skip
