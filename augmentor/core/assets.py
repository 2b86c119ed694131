"""Assets: noise, talkers and impulse responses, known by id and digest, loaded by the renderer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from augmentor.core.example import Facts

BLOCK = 512
"""Frames a block of a tape's cached energies."""


@dataclass(frozen=True, slots=True, eq=False)
class Tape:
    """A recording as an endless loop: its silences are cut and its ends are cross-faded.

    Parameters
    ----------
    samples : int16 [frames], full scale 32768.
    start : frame where playing starts, in [0, frames).
    rate_hz : frames per second.
    energy : int64 [blocks + 1], sum of squares before each block of `BLOCK` frames.
    peaks : int32 [blocks], largest absolute sample of each block.
    """

    samples: NDArray[np.int16]
    start: int
    rate_hz: int
    energy: NDArray[np.int64]
    peaks: NDArray[np.int32]

    def pieces(self, frames: int) -> Iterator[NDArray[np.int16]]:
        """Yield int16 stretches that make up `frames` from the start on, round and round."""
        start = self.start
        while frames > 0:
            piece = self.samples[start : start + frames]
            yield piece
            frames -= len(piece)
            start = 0

    def take(self, frames: int) -> NDArray[np.int16]:
        """Return int16 [frames] from the start on, round and round."""
        return np.concatenate(list(self.pieces(frames)))

    def square_sum(self, frames: int) -> int:
        """Return the exact sum of squares of ``take(frames)``."""
        rounds, stop = divmod(self.start + frames, len(self.samples))
        return rounds * int(self.energy[-1]) + self._before(stop) - self._before(self.start)

    def peak_bound(self, frames: int) -> int:
        """Return a bound no sample of ``take(frames)`` exceeds, at block resolution."""
        stop = self.start + frames
        if stop > len(self.samples):
            return int(self.peaks.max())
        return int(self.peaks[self.start // BLOCK : -(-stop // BLOCK)].max())

    def _before(self, frame: int) -> int:
        block, rest = divmod(frame, BLOCK)
        edge = self.samples[frame - rest : frame].astype(np.int64)
        return int(self.energy[block]) + int(np.dot(edge, edge))  # whole numbers: exact


@runtime_checkable
class AssetBank(Protocol):
    """A set of assets that can be drawn from without touching an array."""

    name: str

    @property
    def digest(self) -> str:
        """Return the digest of what the bank holds."""

    def at(self, unit: float) -> dict[str, Any]:
        """Return a reference (bank, id, digest, more) evenly over what the bank holds."""

    def akin(self, asset_id: str, facts: Facts) -> bool:
        """Return whether an asset is an example's own, or of its group or speaker."""

    def load(self, ref: Mapping[str, Any]) -> Any:
        """Return the asset of a reference: a `Tape`, or a real defect cut out of a picture."""


Assets = Mapping[str, AssetBank]
"""The banks of a recipe by name."""
