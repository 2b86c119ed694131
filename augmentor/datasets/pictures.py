"""Pictures as items, and how they become a batch."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import numpy as np
import torch

from augmentor.core.errors import UsageError
from augmentor.core.example import Facts, Target
from augmentor.core.pictures import Image, Instances, Keypoints, Mask, white_of

DTYPES = (torch.float32, torch.uint8)


class PictureItem(TypedDict):
    """One picture, its target, and where it came from.

    ``image`` [colours, height, width], ``boxes`` [instances, 4] in px (left, top, right,
    bottom), ``masks`` bool [instances, height, width], ``labels`` a class an instance,
    ``classes`` uint8 [height, width] or None, ``points`` [points, 3] (x, y, whether visible).
    """

    image: torch.Tensor
    boxes: torch.Tensor
    masks: torch.Tensor
    labels: list[str]
    classes: torch.Tensor | None
    points: torch.Tensor
    target: str
    weight: float
    id: str
    tags: list[str]
    category: str
    edits: list[dict[str, Any]]


class PictureBatch(TypedDict):
    """Pictures of one size stacked: ``image`` [batch, colours, height, width]; the rest listed."""

    image: torch.Tensor
    boxes: list[torch.Tensor]
    masks: list[torch.Tensor]
    labels: list[list[str]]
    classes: list[torch.Tensor | None]
    points: list[torch.Tensor]
    target: list[str]
    weight: torch.Tensor
    id: list[str]
    tags: list[list[str]]
    category: list[str]
    edits: list[list[dict[str, Any]]]


def picture_item_of(
    targets: Mapping[str, Target],
    facts: Facts,
    tags: Sequence[str],
    category: str,
    edits: list[dict[str, Any]],
    dtype: torch.dtype,
) -> PictureItem:
    """Return an item; `category` is empty and `edits` too where nothing was done."""
    image, instances = targets["image"], targets["instances"]
    assert isinstance(image, Image)
    assert isinstance(instances, Instances)
    mask, points = targets.get("mask"), targets.get("points")
    size = image.height_px, image.width_px
    masks = np.zeros((len(instances.items), *size), np.bool_)
    for place, one in enumerate(instances.items):
        masks[place] = one.drawn(*size)
    boxes = np.array([one.box_px for one in instances.items], np.float32).reshape(-1, 4)
    where = np.zeros((0, 3), np.float32)
    if isinstance(points, Keypoints):
        where = np.column_stack([points.points_px, points.visible]).astype(np.float32)
    return {
        "image": _tensor(image.pixels, dtype),
        "boxes": torch.from_numpy(boxes),
        "masks": torch.from_numpy(masks),
        "labels": [one.label for one in instances.items],
        "classes": torch.from_numpy(mask.classes.copy()) if isinstance(mask, Mask) else None,
        "points": torch.from_numpy(where),
        "target": facts.target,
        "weight": facts.weight,
        "id": facts.id,
        "tags": list(tags),
        "category": category,
        "edits": edits,
    }


def _tensor(pixels: Any, dtype: torch.dtype) -> torch.Tensor:
    """Return pixels as colours first, in parts of white, or as bytes."""
    planes = pixels[np.newaxis] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
    white = white_of(pixels)
    if dtype == torch.uint8:
        if pixels.dtype != np.uint8:
            planes = np.rint(planes * np.float32(255 / white)).astype(np.uint8)
        return torch.from_numpy(np.array(planes, order="C"))
    return torch.from_numpy(np.multiply(planes, np.float32(1 / white), dtype=np.float32, order="C"))


def collate_pictures(items: Sequence[PictureItem]) -> PictureBatch:
    """Return a batch of pictures of one size.

    Raises
    ------
    UsageError : their sizes differ.
    """
    sizes = sorted({tuple(item["image"].shape) for item in items})
    if len(sizes) > 1:
        raise UsageError(
            f"the pictures of a batch have sizes {sizes[0]} and {sizes[-1]}; bring them to one "
            "size, or give the loader a collate_fn of yours"
        )
    return {
        "image": torch.stack([item["image"] for item in items]),
        "boxes": [item["boxes"] for item in items],
        "masks": [item["masks"] for item in items],
        "labels": [item["labels"] for item in items],
        "classes": [item["classes"] for item in items],
        "points": [item["points"] for item in items],
        "target": [item["target"] for item in items],
        "weight": torch.tensor([item["weight"] for item in items]),
        "id": [item["id"] for item in items],
        "tags": [item["tags"] for item in items],
        "category": [item["category"] for item in items],
        "edits": [item["edits"] for item in items],
    }
