"""What a dataset returns, and how items become a batch."""

from collections.abc import Sequence
from typing import Any, TypedDict, cast

import torch

from augmentor.core.errors import UsageError
from augmentor.core.example import Example, Facts, Waveform
from augmentor.datasets.pictures import DTYPES as PICTURE_DTYPES
from augmentor.datasets.pictures import (
    PictureBatch,
    PictureItem,
    collate_pictures,
    picture_item_of,
)
from augmentor.files.audio import rounded_to_pcm16, to_pcm16
from augmentor.recipe.renderer import words_of

DTYPES = (torch.float32, torch.int16)


class Item(TypedDict):
    """One example: ``wave`` [frames], its target, and where it came from.

    ``words`` are [start_s, stop_s, word] in this sound, where the target is a transcript and
    its manifest has times.
    """

    wave: torch.Tensor
    target: str
    words: list[list[Any]]
    weight: float
    id: str
    tags: list[str]
    category: str
    edits: list[dict[str, Any]]


class Batch(TypedDict):
    """Examples padded with zeros to the longest: ``wave`` [batch, frames], ``lengths`` [batch]."""

    wave: torch.Tensor
    lengths: torch.Tensor
    target: list[str]
    words: list[list[list[Any]]]
    weight: torch.Tensor
    id: list[str]
    tags: list[list[str]]
    category: list[str]
    edits: list[list[dict[str, Any]]]


def item_of(
    wave: torch.Tensor,
    facts: Facts,
    tags: Sequence[str],
    category: str,
    edits: list[dict[str, Any]],
    words: Sequence[list[Any]] = (),
) -> Item:
    """Return an item; `category` is empty and `edits` too where nothing was done."""
    return {
        "wave": wave, "target": facts.target, "words": list(words), "weight": facts.weight,
        "id": facts.id, "tags": list(tags), "category": category, "edits": edits,
    }  # fmt: skip


def example_item(
    example: Example,
    facts: Facts,
    tags: Sequence[str],
    category: str,
    edits: list[dict[str, Any]],
    dtype: torch.dtype,
) -> Item | PictureItem:
    """Return the item of an example: a sound as a batch run stores it, or a picture."""
    wave = example.find(Waveform)
    if not isinstance(wave, Waveform):
        return picture_item_of(example.targets, facts, tags, category, edits, dtype)
    stored = to_pcm16 if dtype == torch.int16 else rounded_to_pcm16
    # from_numpy takes twice as long: a tenth of all that an item costs beside its sound.
    tensor = torch.frombuffer(stored(wave.samples), dtype=dtype)
    return item_of(tensor, facts, tags, category, edits, words_of(example))


def check_dtype(dtype: torch.dtype, *, pictures: bool) -> None:
    """Refuse a type that items cannot have.

    Raises
    ------
    UsageError : with those that they can have.
    """
    allowed = PICTURE_DTYPES if pictures else DTYPES
    if dtype not in allowed:
        raise UsageError(f"dtype is {dtype}; allowed: {allowed[0]} or {allowed[1]}")


def collate(items: Sequence[Item] | Sequence[PictureItem]) -> Batch | PictureBatch:
    """Return a batch: sounds padded to the longest, with their lengths; pictures of one size.

    Raises
    ------
    UsageError : pictures of several sizes.
    """
    if items and "image" in items[0]:
        return collate_pictures(cast("Sequence[PictureItem]", items))
    return _collate_sounds(cast("Sequence[Item]", items))


def _collate_sounds(items: Sequence[Item]) -> Batch:
    waves = [item["wave"] for item in items]
    return {
        "wave": torch.nn.utils.rnn.pad_sequence(waves, batch_first=True),
        "lengths": torch.tensor([len(wave) for wave in waves]),
        "target": [item["target"] for item in items],
        "words": [item["words"] for item in items],
        "weight": torch.tensor([item["weight"] for item in items]),
        "id": [item["id"] for item in items],
        "tags": [item["tags"] for item in items],
        "category": [item["category"] for item in items],
        "edits": [item["edits"] for item in items],
    }
