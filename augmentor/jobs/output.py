"""The file of a new example, and what of it no file can hold."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.digest import digest_bytes
from augmentor.core.example import FULL_SCALE, Example, Waveform
from augmentor.core.pictures import Image, Instance, Instances, Keypoints, Mask
from augmentor.files.audio import to_pcm16, wav_parts
from augmentor.files.marks import marks_of
from augmentor.files.pictures import encode_pixels


@dataclass(frozen=True, slots=True)
class Output:
    """A new example as it is stored.

    Parameters
    ----------
    suffix : of its file.
    parts : the bytes of the file, piece by piece.
    marks, classes, points : of a picture: its instances, the mask of each class by pixel, and
        [x_px, y_px, name, whether it is visible] of its points; plain JSON.
    """

    suffix: str
    parts: Sequence[bytes | memoryview]
    marks: list[dict[str, Any]] = field(default_factory=list)
    classes: list[dict[str, Any]] = field(default_factory=list)
    points: list[list[Any]] = field(default_factory=list)


def output_of(example: Example) -> Output:
    """Return what is stored of an example, a sound as PCM of 16 bits, a picture as PNG."""
    wave = example.find(Waveform)
    if isinstance(wave, Waveform):
        return Output(".wav", wav_parts(to_pcm16(wave.samples), wave.rate_hz))
    image, instances = example.find(Image), example.find(Instances)
    assert isinstance(image, Image)
    assert isinstance(instances, Instances)
    return Output(
        ".png",
        [encode_pixels(image.pixels)],
        marks_of(instances),
        _classes(example.find(Mask)),
        _points(example.find(Keypoints)),
    )


def _classes(mask: object) -> list[dict[str, Any]]:
    """Return each class of a mask as a mark, the background too, so that the names are kept."""
    if not isinstance(mask, Mask):
        return []
    found: list[dict[str, Any]] = []
    for number, name in enumerate(mask.names):
        one = Instance.of_mask(name, mask.classes == number)
        found += marks_of(Instances((one,))) if one else [{"label": name}]
    return found


def _points(points: object) -> list[list[Any]]:
    if not isinstance(points, Keypoints):
        return []
    return [
        [round(float(x), 2), round(float(y), 2), name, bool(seen)]
        for (x, y), name, seen in zip(points.points_px, points.names, points.visible, strict=True)
    ]


def file_name(row_id: str, suffix: str) -> str:
    """Return the name of an example's file: readable, and unique by a digest of its id."""
    word = re.sub(r"[^A-Za-z0-9._-]+", "-", row_id).strip("-.")[:80]
    return f"data/{word or 'x'}-{digest_bytes(row_id.encode())[:10]}{suffix}"


def seen_of(example: Example) -> NDArray[Any]:
    """Return what a model is given: a sound as a run stores it, or a picture."""
    wave, image = example.find(Waveform), example.find(Image)
    if isinstance(wave, Waveform):
        return np.multiply(to_pcm16(wave.samples), 1 / FULL_SCALE, dtype=np.float32)
    assert isinstance(image, Image)
    return image.pixels
