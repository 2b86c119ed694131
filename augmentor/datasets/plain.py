"""Examples as they are listed, with nothing done to them."""

from collections.abc import Sequence

import torch
from torch.utils.data import Dataset

from augmentor.core.errors import BadSourceError
from augmentor.core.example import Example, Label, Transcript
from augmentor.datasets.item import Item, example_item
from augmentor.datasets.pictures import PictureItem
from augmentor.sources.manifest import Source
from augmentor.sources.medium import Medium


class PlainDataset(Dataset[Item | PictureItem]):
    """The examples of a manifest or folder, as items like those of `AugmentedDataset`.

    Parameters
    ----------
    sources : the examples.
    medium : how they are read.

    Raises
    ------
    BadSourceError : from an item, for an example that cannot be read.
    """

    def __init__(self, sources: Sequence[Source], medium: Medium) -> None:
        self.sources, self.medium = list(sources), medium

    def __len__(self) -> int:
        return len(self.sources)

    def __getitem__(self, index: int) -> Item | PictureItem:
        """Return an item: float32, full scale or white 1."""
        source = self.sources[index]
        try:
            targets = self.medium.read(source)
        except BadSourceError as error:
            reason = f"'{source.facts.id}' ({source.path}): {error}"
            raise BadSourceError(reason) from error
        facts = source.facts
        text = facts.target
        said = Transcript(text, source.words) if source.words else Label(text)
        example = Example(facts, {**targets, "target": said})
        return example_item(example, facts, facts.tags, "", [], torch.float32)
