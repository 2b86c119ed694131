"""Conditions of a picture of 512x512x3, beside albumentations and the bare calls of OpenCV."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from augmentor.core.pictures import Image
from augmentor.kernels.conditions.blur import defocus, disk, line, move
from augmentor.kernels.conditions.jpeg import compress
from augmentor.kernels.conditions.noise import add_noise
from benchmarks.clock import Row, seconds

SIDE_PX = 512
CALLS = 2
TURNS = 40


def measure(folder: Path) -> Iterator[Row]:  # noqa: ARG001 - one form for all topics
    """Yield pictures a second of noise, blur and JPEG; each bare call does the same work."""
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # before the import: it would ask the network
    import albumentations
    import cv2

    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    pixels = _picture()
    image = Image(pixels)
    peer = albumentations.GaussNoise(std_range=(0.05, 0.05), p=1.0)
    yield _row(
        "sensor noise / albumentations GaussNoise",
        lambda: add_noise(image, full_well_e=2000, read_noise_e=5, curve="srgb", seed=1),
        lambda: peer(image=pixels),
        ">= 2",
    )
    for radius_px in (2.0, 5.0, 10.0):
        weights = disk(radius_px).astype(np.float32)
        yield _row(
            f"defocus, {radius_px:.0f} px / cv2.filter2D",
            lambda radius_px=radius_px: defocus(image, radius_px=radius_px),
            lambda weights=weights: cv2.filter2D(pixels, -1, weights),
            ">= 0.9",
        )
    for length_px in (7.0, 25.0):
        weights = line(length_px, 30.0).astype(np.float32)
        yield _row(
            f"motion blur, {length_px:.0f} px / cv2.filter2D",
            lambda length_px=length_px: move(image, length_px=length_px, angle_deg=30.0),
            lambda weights=weights: cv2.filter2D(pixels, -1, weights),
            ">= 0.9",
        )
    yield _row(
        "JPEG, quality 60 / cv2.imencode and imdecode",
        lambda: compress(image, quality=60),
        lambda: cv2.imdecode(
            cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_COLOR
        ),
        ">= 0.9",
    )
    cv2.setNumThreads(threads)


def _picture() -> np.ndarray:
    """Return a picture with soft and fine detail, as photographs have."""
    import cv2

    chance = np.random.Generator(np.random.Philox(key=7))
    whole = np.full((SIDE_PX, SIDE_PX, 3), 128, np.float32)
    for spread_px, height in ((40, 40), (10, 20), (2, 10)):
        rough = chance.standard_normal(whole.shape, np.float32)
        rough = cv2.GaussianBlur(rough, (0, 0), spread_px)
        whole += rough * np.float32(height / rough.std())
    return np.clip(whole, 0, 255).astype(np.uint8)


def _row(work: str, ours: Callable[[], object], peer: Callable[[], object], wanted: str) -> Row:
    def often(way: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            for _ in range(CALLS):
                way()

        return run

    found = seconds({"ours": often(ours), "peer": often(peer)}, turns=TURNS)
    rates = {name: CALLS / taken for name, taken in found.items()}
    return Row(
        work, f"{rates['ours']:,.0f} images/s", f"{rates['peer']:,.0f} images/s",
        rates["ours"] / rates["peer"], wanted,
    )  # fmt: skip
