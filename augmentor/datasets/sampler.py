"""Batches of (epoch, index): the order of an epoch is a function of seed and epoch alone."""

from collections.abc import Iterator
from typing import TypedDict

import numpy as np
from torch.utils.data import Sampler

from augmentor.core.errors import UsageError
from augmentor.core.stream import Stream


class SamplerState(TypedDict):
    """Where training is: give it to `KeyedSampler.load_state_dict` to go on from there."""

    seed: int
    epoch: int
    batches_done: int
    form: list[int]


class KeyedSampler(Sampler[list[tuple[int, int]]]):
    """A batch sampler that tells the dataset which epoch it is in.

    Give it to a loader as ``batch_sampler``. Every pass is the next epoch, also for
    persistent workers, since the epoch travels with each index.

    Parameters
    ----------
    size : the dataset's length.
    batch_size : examples a batch, on this rank.
    seed : of the order.
    shuffle : whether each epoch has an order of its own.
    rank, ranks : this process among the processes that share an epoch. Each gets as many
        batches; the end of an epoch is filled up from its start.
    drop_last : leave out the last batch where it is not full.
    """

    def __init__(
        self,
        size: int,
        batch_size: int,
        *,
        seed: int = 0,
        shuffle: bool = True,
        rank: int = 0,
        ranks: int = 1,
        drop_last: bool = False,
    ) -> None:
        if size < 1 or batch_size < 1:
            raise UsageError(f"size {size} and batch_size {batch_size} are at least 1")
        if not 0 <= rank < ranks:
            raise UsageError(f"rank {rank} is not one of {ranks} ranks, 0 to {ranks - 1}")
        self.size, self.batch_size, self.seed, self.shuffle = size, batch_size, seed, shuffle
        self.rank, self.ranks, self.drop_last = rank, ranks, drop_last
        if not len(self):
            raise UsageError(f"no batch of {batch_size} fits into a rank's share of {size}")
        self.epoch = -1
        """The epoch of the pass that is under way; -1 before the first."""
        self._next = 0
        self._skip = 0
        self._before = 0  # batches that an earlier process had done when this pass began

    def __len__(self) -> int:
        """Return the batches of a whole epoch."""
        share = -(-self.size // self.ranks)
        return share // self.batch_size if self.drop_last else -(-share // self.batch_size)

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        """Yield the batches of the next epoch, or of the rest of the one that was resumed."""
        # A loader may ask for an iterator and never use it: the pass begins with its first batch.
        self.epoch, self._next = self._next, self._next + 1
        skip, self._skip = self._skip, 0
        self._before = skip
        order = self.order(self.epoch)
        for number in range(skip, len(self)):
            batch = order[number * self.batch_size : (number + 1) * self.batch_size]
            yield [(self.epoch, int(index)) for index in batch]

    def order(self, epoch: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Return this rank's indices of an epoch, in order."""
        whole = np.arange(self.size)
        if self.shuffle:
            key = Stream(self.seed).at("order", epoch).word()
            whole = np.random.Generator(np.random.Philox(key=key)).permutation(self.size)
        share = -(-self.size // self.ranks)
        return np.resize(whole, share * self.ranks)[self.rank :: self.ranks]

    def set_epoch(self, epoch: int) -> None:
        """Make the next pass that of `epoch`."""
        self._go_to(epoch, 0)

    def state_dict(self, batches_done: int) -> SamplerState:
        """Return where training is.

        Parameters
        ----------
        batches_done : batches trained on since this pass over the loader began, as
            ``enumerate`` counts them, also where the pass was a resumed one. Workers fetch
            ahead, so only the trainer knows.
        """
        return {
            "seed": self.seed, "epoch": max(self.epoch, 0),
            "batches_done": self._before + batches_done, "form": self._form(),
        }  # fmt: skip

    def load_state_dict(self, state: SamplerState) -> None:
        """Make the next pass go on where `state` was taken, under any number of workers.

        Raises
        ------
        UsageError : the state is of another order: another size, batch, seed or rank count.
        """
        was, here = [state["seed"], *state["form"]], [self.seed, *self._form()]
        if was != here:
            raise UsageError(f"the state is of another order: {_FORM} were {was}, here {here}")
        epochs, batches = divmod(state["batches_done"], len(self))
        self._go_to(state["epoch"] + epochs, batches)

    def _go_to(self, epoch: int, batches: int) -> None:
        self.epoch = self._next = epoch
        self._before = self._skip = batches

    def _form(self) -> list[int]:
        """Return all but the seed that decides the order of an epoch, as plain numbers."""
        return [self.size, self.batch_size, int(self.shuffle), self.ranks, int(self.drop_last)]


_FORM = "seed, size, batch_size, shuffle, ranks, drop_last"
