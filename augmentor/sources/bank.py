"""Banks: noise, talkers and impulse responses, packed once into one memory-mapped file.

Packing decodes, resamples and indexes: silences are cut, loop ends are cross-faded, and
the energy of every block is summed, so that drawing needs no array and mixing needs no
measuring. What a run uses of a bank is then a slice.
"""

import json
import struct
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.assets import BLOCK, Tape
from augmentor.core.digest import digest_json
from augmentor.core.errors import UsageError
from augmentor.core.example import Facts
from augmentor.sources.manifest import read_sources
from augmentor.sources.pack import MAGIC, PREFIX, VERSION, pack


@dataclass(slots=True)
class Bank:
    """A bank of recordings, opened when first drawn from.

    Parameters
    ----------
    name : the recipe's word for it.
    path : a folder, a manifest, or a packed file.
    rate_hz : the recipe's rate; a packed file must have it.
    cache : folder in which folders and manifests are packed.
    intact : whether recordings stay whole, as impulse responses; None until a step says.
    """

    name: str
    path: Path
    rate_hz: int
    cache: Path
    intact: bool | None = None
    _index: "Index | None" = field(default=None, repr=False)
    _packed: Path | None = field(default=None, repr=False)

    def __getstate__(self) -> tuple[str, Path, int, Path, bool | None, Path | None]:
        # A worker maps the file itself, and the very one that this process drew from.
        return self.name, self.path, self.rate_hz, self.cache, self.intact, self._packed

    def __setstate__(self, state: tuple[str, Path, int, Path, bool | None, Path | None]) -> None:
        self.name, self.path, self.rate_hz, self.cache, self.intact, self._packed = state
        self._index = None

    @property
    def index(self) -> "Index":
        """The packed file, mapped; packs a folder or a manifest first.

        Raises
        ------
        UsageError : not a bank that can be used; the message says why.
        """
        if self._index is None:
            place = f"bank '{self.name}' ({self.path})"
            packed = self._packed
            if packed is None or not packed.exists():
                packed = self.packed()
            try:
                index = Index.open(packed, self.rate_hz, place)
            except BrokenBankError:
                if packed == self.path:
                    raise
                packed.unlink(missing_ok=True)  # the cache's copy is damaged: make it again
                packed = self.packed()
                index = Index.open(packed, self.rate_hz, place)
            if index.header["intact"] != bool(self.intact):
                raise UsageError(
                    f"{place} is packed for another use; pack it again "
                    f"{'with' if self.intact else 'without'} --intact"
                )
            self._packed, self._index = packed, index
        return self._index

    @property
    def digest(self) -> str:
        """The digest of every recording and of how it was packed."""
        return str(self.index.header["digest"])

    def packed(self) -> Path:
        """Return the packed file, made now if it is not there yet."""
        if self.path.is_file() and _is_packed(self.path):
            return self.path
        sources = read_sources(self.path)
        seen = [
            (
                s.facts.id, str(s.path.resolve()), s.start_s, s.duration_s, *_stat(s.path),
                s.facts.speaker, s.facts.group, str(s.meta.get("licence") or ""),
            )
            for s in sources
        ]  # fmt: skip
        packed = (
            self.cache / f"{digest_json([VERSION, self.rate_hz, bool(self.intact), seen])}.bank"
        )
        if not packed.exists():
            pack(sources, packed, self.rate_hz, intact=bool(self.intact))
        return packed

    def at(self, unit: float) -> dict[str, Any]:
        """Return a reference evenly over the bank's audible seconds, or its whole recordings."""
        index = self.index
        if self.intact:
            row = index.rows[int(unit * len(index.rows))]
            return {"bank": self.name, "id": row["id"], "digest": row["digest"], "start_s": 0.0}
        frame = int(unit * index.frames)
        which = bisect_right(index.stops, frame)
        start = frame - (index.stops[which - 1] if which else 0)
        row = index.rows[which]
        return {
            "bank": self.name,
            "id": row["id"],
            "digest": row["digest"],
            "start_s": round(start / index.rate_hz, 6),
        }

    def akin(self, asset_id: str, facts: Facts) -> bool:
        """Return whether a recording is an example's own clip, or of its group or speaker."""
        row = self.index.by_id[asset_id]
        return (
            asset_id == facts.id
            or (row["sound"] == facts.digest != "")
            or (row["speaker"] == facts.speaker != "")
            or (row["group"] == facts.group != "")
        )

    def load(self, ref: Mapping[str, Any]) -> Tape:
        """Return the recording of a reference, from where the reference starts.

        Raises
        ------
        UsageError : the bank does not hold that recording, or holds another under its name.
        """
        index = self.index
        row = index.by_id.get(ref["id"])
        if row is None:
            raise UsageError(f"bank '{self.name}' has no recording '{ref['id']}'")
        if row["digest"] != ref["digest"]:
            raise UsageError(f"recording '{ref['id']}' of bank '{self.name}' is not what it was")
        first, stop, block = row["first"], row["first"] + row["frames"], row["block"]
        blocks = -(-row["frames"] // BLOCK)
        return Tape(
            index.samples[first:stop],
            round(ref["start_s"] * index.rate_hz) % row["frames"],
            index.rate_hz,
            index.energy[block + row["place"] : block + row["place"] + blocks + 1],
            index.peaks[block : block + blocks],
        )

    @property
    def unusable(self) -> list[dict[str, str]]:
        """The recordings that could not be packed: id and reason."""
        return list(self.index.header["unusable"])

    @property
    def lengths_s(self) -> dict[str, float]:
        """The audible seconds of each recording."""
        return {row["id"]: row["frames"] / self.rate_hz for row in self.index.rows}

    def __len__(self) -> int:
        return len(self.index.rows)


@dataclass(frozen=True, slots=True)
class Index:
    """A packed bank, mapped into memory.

    Parameters
    ----------
    header : as `pack` wrote it.
    rows : a recording each: id, digest, place in the arrays, what is known of it.
    by_id : the same by id.
    stops : running sum of the recordings' frames.
    rate_hz : frames per second.
    samples, energy, peaks : the arrays of every recording, one after the other.
    """

    header: dict[str, Any]
    rows: list[dict[str, Any]]
    by_id: dict[str, dict[str, Any]]
    stops: list[int]
    rate_hz: int
    samples: NDArray[np.int16]
    energy: NDArray[np.int64]
    peaks: NDArray[np.int32]

    @property
    def frames(self) -> int:
        """Audible frames in all."""
        return self.stops[-1]

    @classmethod
    def open(cls, path: Path, rate_hz: int, place: str) -> "Index":
        """Map a packed bank; UsageError where it cannot be used, naming its `place`."""
        header = _header(path, place)
        if header["rate_hz"] != rate_hz:
            raise UsageError(
                f"{place} is packed at {header['rate_hz']} Hz, the recipe says {rate_hz} Hz; "
                "pack it again from its recordings"
            )
        rows = header["recordings"]
        if not rows:
            reasons = "; ".join(f"{one['id']}: {one['reason']}" for one in header["unusable"][:3])
            what = f"{place} holds no recording that can be used"
            raise UsageError(f"{what}: {reasons}" if reasons else what)
        stops, total = [], 0
        for number, row in enumerate(rows):
            row["place"] = number  # each recording has one energy more than it has blocks
            total += row["frames"]
            stops.append(total)
        arrays = {
            # A plain view of the map: slicing a memmap object costs more than mixing with it.
            name: np.asarray(
                np.memmap(path, np.dtype(dtype), "r", header["start"] + offset, (count,))
            ).view(np.ndarray)
            for name, (dtype, offset, count) in header["arrays"].items()
        }
        by_id = {row["id"]: row for row in rows}
        return cls(header, rows, by_id, stops, rate_hz, **arrays)


class BrokenBankError(UsageError):
    """A packed file that is not whole."""


def _header(path: Path, place: str) -> dict[str, Any]:
    """Return the header of a packed file that has everything its header promises."""
    try:
        with path.open("rb") as file:
            magic, size = PREFIX.unpack(file.read(PREFIX.size))
            header: dict[str, Any] = json.loads(file.read(size))
            version = header["version"]
            whole = file.seek(0, 2) >= header["start"] + header.get("bytes", 0)
    except (struct.error, ValueError, KeyError, TypeError):
        magic, version, whole = MAGIC, VERSION, False
    if magic != MAGIC:
        raise UsageError(f"{place} is not a packed bank")
    if version != VERSION:
        raise UsageError(
            f"{place} was packed by another version of augmentor; "
            "pack it again from its recordings: augmentor bank FOLDER -o FILE"
        )
    if not whole:
        raise BrokenBankError(f"{place} is damaged or cut off; pack it again, or copy it again")
    return header


def _is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _stat(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:
        return (-1, -1)
    return stat.st_size, stat.st_mtime_ns
