"""Pictures as examples."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from augmentor.core.digest import digest_bytes
from augmentor.core.errors import BadSourceError
from augmentor.core.example import Facts, Target
from augmentor.core.pictures import Image, Instances, Keypoints, Mask
from augmentor.files.marks import instances_of
from augmentor.files.pictures import read_pixels
from augmentor.sources.manifest import Source

MOST_PX = 100_000_000
"""Of a picture, unless the recipe says more: a file of some kB may claim any size."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Pictures with what is marked in them.

    Parameters
    ----------
    min_px : pictures whose shorter side is below are refused.
    most_px : pictures of more pixels are refused before they are decoded.
    classes : names of the numbers in semantic masks; those beyond are called by their number.
    """

    kind: ClassVar[type[Target]] = Image
    measured: ClassVar[tuple[str, ...]] = ("digest", "width_px", "height_px")

    min_px: int = 1
    most_px: int = MOST_PX
    classes: tuple[str, ...] = ()

    @property
    def identity(self) -> Mapping[str, Any]:
        """All that decides what is measured."""
        return {"picture": 1} | asdict(self)

    def read(self, source: Source) -> dict[str, Target]:
        """Return the picture of a source, its instances, and classes and points where it has some.

        Raises
        ------
        BadSourceError : what is wrong with it and what to do.
        """
        pixels = read_pixels(source.path, most_px=self.most_px)
        height, width = pixels.shape[:2]
        if min(height, width) < self.min_px:
            raise BadSourceError(
                f"too small: {width} x {height} px, at least {self.min_px} px a side wanted"
            )
        found: dict[str, Target] = {
            "image": Image(pixels),
            "instances": instances_of(source.marks, height, width, Path()),
        }
        if source.mask_path is not None:
            found["mask"] = self._mask(source.mask_path, height, width)
        if source.points:
            found["points"] = Keypoints(
                np.array([point[:2] for point in source.points], np.float64),
                tuple(str(point[2]) for point in source.points),
                np.array([bool(point[3]) for point in source.points]),
            )
        return found

    def _mask(self, path: Path, height: int, width: int) -> Mask:
        classes = read_pixels(path, most_px=self.most_px)
        if classes.shape != (height, width) or classes.dtype != np.uint8:
            shape = " x ".join(map(str, classes.shape[::-1]))
            raise BadSourceError(
                f"the mask {path} is {shape} {classes.dtype}; wanted: a grey PNG of 8 bits, "
                f"{width} x {height}, a number a class"
            )
        numbers = np.asarray(classes, np.uint8)
        last = int(numbers.max(initial=0))
        names = [*self.classes, *(f"class {one}" for one in range(len(self.classes), last + 1))]
        return Mask(numbers, tuple(names))

    def measure(self, source: Source, targets: Mapping[str, Target]) -> Source:
        """Return a source with its size measured."""
        facts = replace(source.facts, digest=self.digest(targets), **self.checked(targets))
        return replace(source, facts=facts)

    def informed(self, targets: Mapping[str, Target], facts: Facts) -> dict[str, Target]:  # noqa: ARG002 - one signature for all
        """Return the targets as they are: nothing measured is kept with them."""
        return dict(targets)

    def digest(self, targets: Mapping[str, Target]) -> str:
        """Return the digest of the picture as decoded, and of what is marked in it."""
        pixels = image_of(targets).pixels
        parts: list[bytes | NDArray[Any]] = [f"{pixels.shape} {pixels.dtype} ".encode(), pixels]
        instances, mask = targets["instances"], targets.get("mask")
        assert isinstance(instances, Instances)
        for one in instances.items:
            parts.append(f"{one.label} {one.box_px} {one.crowd} ".encode())
            if one.mask is not None:
                parts.append(one.mask.view(np.uint8))
        if isinstance(mask, Mask):
            parts += [repr(mask.names).encode(), mask.classes]
        return digest_bytes(
            *(
                part if isinstance(part, bytes) else np.ascontiguousarray(part).data.cast("B")
                for part in parts
            )
        )

    def checked(self, targets: Mapping[str, Target]) -> Mapping[str, Any]:
        """Return width and height of a new picture.

        Raises
        ------
        BadSourceError : it is empty, of an odd shape or type, or holds what is no number.
        """
        pixels = image_of(targets).pixels
        shape = pixels.shape
        if pixels.dtype not in (np.uint8, np.uint16, np.float32) or not (
            pixels.size and (len(shape) == 2 or (len(shape) == 3 and shape[2] == 3))
        ):
            raise BadSourceError(
                f"the edits made a picture of shape {shape} and type {pixels.dtype}, "
                "not [height, width] or [height, width, 3] of 8 or 16 bits or float32"
            )
        if pixels.dtype.kind == "f" and not np.isfinite(pixels).all():
            raise BadSourceError("the edits made pixels that are not numbers (NaN or infinite)")
        return {"width_px": shape[1], "height_px": shape[0]}


def image_of(targets: Mapping[str, Target]) -> Image:
    """Return the picture among the targets of an example."""
    image = targets["image"]
    assert isinstance(image, Image)
    return image
