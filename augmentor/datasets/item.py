"""What a dataset returns, and how items become a batch."""

from collections.abc import Sequence
from typing import Any, TypedDict

import torch

from augmentor.core.example import Facts


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


def collate(items: Sequence[Item]) -> Batch:
    """Return a batch: sounds padded to the longest, with their lengths and weights."""
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
