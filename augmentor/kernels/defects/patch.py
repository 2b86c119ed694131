"""From a function that draws a defect to kernels that keep every target of a picture true."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.operator import Kernel
from augmentor.core.pictures import Image, Instance, Instances, Mask, Pixels, union_of, white_of
from augmentor.kernels.defects.site import Site

FAINT_FRAC = 1.5 / 255
"""A change below this, of white, is not seen, so it is not made: masks end where eyes do."""


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """What a defect does to a picture: the new pixels of one box.

    Parameters
    ----------
    pixels : the box as it is to be, of the picture's own type; it lies inside the picture.
    left, top : its place.
    notes : what was measured while drawing, flat JSON.
    """

    pixels: Pixels
    left: int
    top: int
    notes: Mapping[str, Any] = field(default_factory=dict)


Draw = Callable[..., Patch]
"""``draw(site, **parameters) -> Patch``: looks at the site and writes to nothing."""


def marking(draw: Draw) -> dict[tuple[type, ...], Kernel]:
    """Return the kernels of a defect: it becomes one more instance, on top of what was there.

    Its mask is measured from what really changed. Older instances are cut where it covers
    them. Where the picture has classes by pixel, it gets its own there too.

    Parameters
    ----------
    draw : draws the defect.
    """

    def on_instances(
        image: Image, instances: Instances, *, label: str, where: str, **params: Any
    ) -> tuple[Any, ...]:
        after, instance, notes = _drawn(draw, image, instances, label, where, params)
        if instance is None:
            return after, instances, notes
        return after, instances.covered(instance), notes

    def on_classes(
        image: Image, instances: Instances, mask: Mask, *, label: str, where: str, **params: Any
    ) -> tuple[Any, ...]:
        after, instance, notes = _drawn(draw, image, instances, label, where, params)
        if instance is None:
            return after, instances, mask, notes
        return after, instances.covered(instance), mask.covered(instance), notes

    return {(Image, Instances): on_instances, (Image, Instances, Mask): on_classes}


def dirtying(draw: Draw) -> dict[tuple[type, ...], Kernel]:
    """Return the kernels of what is no defect: dust, lint. Nothing is marked for it.

    Parameters
    ----------
    draw : draws it.
    """

    def on_instances(
        image: Image, instances: Instances, *, where: str, **params: Any
    ) -> tuple[Any, ...]:
        after, _, notes = _drawn(draw, image, instances, "", where, params)
        return after, instances, notes

    return {(Image, Instances): on_instances}


def _drawn(
    draw: Draw,
    image: Image,
    instances: Instances,
    label: str,
    where: str,
    params: Mapping[str, Any],
) -> tuple[Image, Instance | None, dict[str, Any]]:
    """Return the picture with a defect, the defect where anything changed, and what it measures."""
    pixels = image.pixels
    marked = (
        union_of(instances.items, image.height_px, image.width_px) if where == "marked" else None
    )
    patch = draw(Site(pixels, where, marked), **params)
    height, width = patch.pixels.shape[:2]
    place = (slice(patch.top, patch.top + height), slice(patch.left, patch.left + width))
    changed = changed_pixels(pixels[place], patch.pixels)
    instance = Instance.of_mask(label, changed, patch.left, patch.top, made=True)
    notes = dict(patch.notes) | {"area_px": int(np.count_nonzero(changed))}
    if instance is None:
        return image, None, notes
    after = pixels.copy()
    after[place] = patch.pixels
    return Image(after), instance, notes


def changed_pixels(before: Pixels, after: Pixels) -> NDArray[np.bool_]:
    """Return where two boxes differ in any colour, bool [height, width]."""
    differs: NDArray[np.bool_] = np.not_equal(before, after)
    if differs.ndim == 2:
        return differs
    # numpy takes ten times as long to go along an axis of three.
    return differs[:, :, 0] | differs[:, :, 1] | differs[:, :, 2]


def blended(box: Pixels, change: NDArray[np.float32]) -> Pixels:
    """Return a box of a picture with a change added, faint parts of it left out.

    Parameters
    ----------
    box : the pixels before.
    change : float32 [height, width] or [height, width, 3], in parts of white: -1 makes white
        black. One plane changes every colour alike.

    Returns
    -------
    The box after, of the same type; what would go beyond black and white stays there.
    """
    faint: NDArray[np.bool_] = np.less(np.abs(change), FAINT_FRAC)
    if change.ndim == 3:
        faint = faint[:, :, 0] & faint[:, :, 1] & faint[:, :, 2]
    elif box.ndim == 3:
        change = change[:, :, np.newaxis]
    white = white_of(box)
    moved = box.astype(np.float32) + change * np.float32(white)
    if box.dtype.kind != "f":
        moved = np.rint(moved)
    after = np.clip(moved, 0, white).astype(box.dtype)
    np.copyto(after, box, where=faint if box.ndim == 2 else faint[:, :, np.newaxis])
    return after
