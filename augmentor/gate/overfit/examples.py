"""The few examples to learn by heart: chosen by lot, read again and again, watched for change."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from augmentor.core.errors import AugmentorError, BadSourceError, UsageError
from augmentor.core.stream import Stream
from augmentor.gate.overfit.items import (
    Item,
    id_of,
    input_key,
    numbers_of,
    target_key,
    target_text,
)

READS = 3
"""An item that was the same so often is kept; before, every use reads it, as training would."""
POOL = 100
"""Examples that are looked at, at least: few are to have all targets among them."""
KEPT_BYTES = 1 << 30
"""Of inputs kept in memory; what goes beyond is read each time."""


class Readable(Protocol):
    """A dataset: any PyTorch dataset with a length, a list of items, or your own class."""

    def __len__(self) -> int:
        """Return how many items it has."""

    def __getitem__(self, index: int, /) -> Any:
        """Return one item."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one example when it was first read.

    Parameters
    ----------
    index : its place in the dataset.
    id : its id.
    input_key, target_key : identities of input and target.
    target : the target in a few words.
    mean, std, least, most : of its numbers that are finite; 0 where none is.
    not_numbers : how many numbers are NaN or infinite.
    whole : whether its numbers are integers.
    """

    index: int
    id: str
    input_key: str
    target_key: str
    target: str
    mean: float
    std: float
    least: float
    most: float
    not_numbers: int
    whole: bool


@dataclass
class Examples:
    """The examples to learn by heart, in an order in which the targets take turns.

    Parameters
    ----------
    dataset : where they are read from.
    seen : what was seen of each at first.
    unreadable : id and reason of what was passed over.
    """

    dataset: Readable
    seen: list[Seen]
    unreadable: list[str] = field(default_factory=list)
    changed_inputs: set[int] = field(default_factory=set)
    changed_targets: set[int] = field(default_factory=set)
    _kept: dict[int, Item] = field(default_factory=dict)
    _kept_bytes: int = 0
    _reads: dict[int, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.seen)

    def read(self, place: int) -> Item:
        """Return an example as the dataset gives it now."""
        if place in self._kept:
            return self._kept[place]
        one = self.seen[place]
        item = item_at(self.dataset, one.index)
        numbers = numbers_of(item)
        if input_key(numbers) != one.input_key:
            self.changed_inputs.add(place)
        if target_key(item) != one.target_key:
            self.changed_targets.add(place)
        self._reads[place] = self._reads.get(place, 1) + 1
        steady = place not in self.changed_inputs | self.changed_targets
        room = self._kept_bytes + numbers.nbytes <= KEPT_BYTES
        if steady and room and self._reads[place] >= READS:
            self._kept[place] = item
            self._kept_bytes += numbers.nbytes
        return item

    def read_again(self) -> None:
        """Read every example once more, kept or not: some change late."""
        self._kept.clear()
        self._kept_bytes = 0
        for place in range(len(self)):
            self.read(place)

    def batch(self, places: Sequence[int]) -> list[Item]:
        """Return some examples, each read once however often it is named."""
        found = {place: self.read(place) for place in dict.fromkeys(places)}
        return [found[place] for place in places]

    def targets(self, size: int) -> int:
        """Return how many targets the first `size` examples have between them."""
        return len({one.target_key for one in self.seen[:size]})


def item_at(dataset: Readable, index: int) -> Item:
    """Return an item of a dataset.

    Raises
    ------
    BadSourceError : the example cannot be read, as this package's datasets say it.
    UsageError : the dataset itself fails.
    """
    try:
        return dataset[index]
    except AugmentorError:
        raise
    except Exception as error:
        kind = type(error).__name__
        raise UsageError(f"item {index} of the data cannot be read: {kind}: {error}") from error


def choose(dataset: Readable, count: int, seed: int) -> Examples:
    """Choose examples by lot, and read them for the first time.

    Parameters
    ----------
    dataset : to choose from.
    count : how many at most.
    seed : of the lots.

    Raises
    ------
    UsageError : the dataset is empty, or none of its examples can be read.
    """
    if not len(dataset):
        raise UsageError("the data holds no examples")
    lots = Stream(seed).at("overfit")
    order = sorted(range(len(dataset)), key=lambda index: lots.at(index).word())
    found: list[Seen] = []
    unreadable: list[str] = []
    for index in order:
        if len(found) == max(count, POOL) or len(unreadable) > max(count, POOL):
            break
        try:
            item = item_at(dataset, index)
        except BadSourceError as error:
            unreadable.append(str(error))
        else:
            found.append(_seen(index, item))
    if not found:
        raise UsageError(f"no example can be read; the first: {unreadable[0]}")
    return Examples(dataset, _in_turns(found)[:count], unreadable)


def _in_turns(found: Sequence[Seen]) -> list[Seen]:
    """Return examples so that ten of them have as many targets as can be."""
    groups: dict[str, list[Seen]] = {}
    for one in found:
        groups.setdefault(one.target_key, []).append(one)
    rounds = itertools.zip_longest(*groups.values())
    return [one for together in rounds for one in together if one is not None]


def _seen(index: int, item: Item) -> Seen:
    numbers = numbers_of(item)
    finite = numbers[np.isfinite(numbers)].astype(np.float64)
    some = finite if finite.size else np.zeros(1)
    return Seen(
        index, id_of(item, index), input_key(numbers), target_key(item), target_text(item),
        float(some.mean()), float(some.std()), float(some.min()), float(some.max()),
        numbers.size - finite.size, numbers.dtype.kind in "bui",
    )  # fmt: skip
