"""WebDataset: tar files of examples, to be read from front to back.

References
----------
https://github.com/webdataset/webdataset: the files of an example stand side by side and share all
of their name up to the first point.
"""

import json
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from augmentor.core.errors import BadSourceError
from augmentor.jobs.exports.entry import Entry, Kind, by_split, facts_of, more_of
from augmentor.jobs.exports.layout import Layout, Wish, bytes_of, cut_of

_END = bytes(2 * tarfile.BLOCKSIZE)
_MB = 1_000_000


class WebDataset(Layout):
    """``train-000000.tar`` and so on; without splits ``data-000000.tar``.

    An example is KEY.wav or KEY.png, KEY.json, and KEY.txt with what is said, or KEY.cls with the
    number of its class, counted from 0 in ``classes.json``: that is what readers take it for. Keys
    follow the digests of ids: an order by chance, so that each shard is a fair sample, and the
    same one every time.
    """

    of: ClassVar[tuple[Kind, ...]] = ("sound", "picture")

    def __init__(self, entries: Sequence[Entry], wish: Wish) -> None:
        super().__init__(entries, wish)
        split = {one.id: name for name, some in by_split(entries, "data").items() for one in some}
        self._split = split
        named = {one.target for one in entries if not one.transcript and one.target}
        self._classes = [*wish.labels, *sorted(named - set(wish.labels))]
        self._number = {name: number for number, name in enumerate(self._classes)}
        self._shards: dict[str, int] = {}
        self._open: dict[str, Path] = {}
        self._keys: set[str] = set()

    def ordered(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Return the examples in the order of their keys."""
        return sorted(entries, key=_key)

    def place(self, entry: Entry) -> str:
        """Return the shard that is being filled."""
        split = self._split[entry.id]
        return f"{split}-{self._shards.setdefault(split, 0):06d}.tar"

    def bring(self, entry: Entry, part: Path, *, link: bool) -> None:  # noqa: ARG002 - nothing to link
        """Put an example behind the others of its shard.

        Raises
        ------
        BadSourceError : its file is gone, or not what the run wrote.
        """
        key = _key(entry)
        if key in self._keys:
            raise BadSourceError(f"another example has its key already, {key}")
        cut = cut_of(entry)
        members = sorted(
            {
                PurePosixPath(entry.alone).suffix: bytes_of(entry) if cut is None else cut,
                **self._said(entry),
            }.items()
        )
        packed = b"".join(_member(f"{key}{suffix}", data) for suffix, data in members)
        shard = part / self.place(entry)
        if shard.exists() and shard.stat().st_size + len(packed) > self.wish.shard_mb * _MB:
            _append(shard, _END)
            self._shards[self._split[entry.id]] += 1
            shard = part / self.place(entry)
        self._open[self._split[entry.id]] = shard
        _append(shard, packed)
        self._keys.add(key)

    def _said(self, entry: Entry) -> dict[str, bytes]:
        """Return the files beside that of the sound or picture, by suffix."""
        row: dict[str, Any] = facts_of(entry) | {"target": entry.target} | more_of(entry)
        if entry.kind == "sound":
            row |= {"duration_s": entry.sound.duration_s, "rate_hz": entry.sound.rate_hz}
        else:
            row |= {"width_px": entry.width_px, "height_px": entry.height_px}
            row["marks"] = [dict(mark) for mark in entry.marks]
        found = {".json": json.dumps(row, ensure_ascii=False).encode()}
        if entry.transcript:
            found[".txt"] = entry.target.encode()
        elif entry.target:
            found[".cls"] = b"%d" % self._number[entry.target]
        return found

    def files(self, entries: Sequence[Entry]) -> Iterator[tuple[str, bytes]]:  # noqa: ARG002 - they are in their shards
        """Yield the names of the classes, and close the last shards."""
        for shard in self._open.values():
            _append(shard, _END)
        if self._classes:
            yield "classes.json", json.dumps(self._classes, ensure_ascii=False).encode()


def _key(entry: Entry) -> str:
    """Return a name that orders examples by chance, and has no point in it."""
    said, _, digest = PurePosixPath(entry.name).stem.rpartition("-")
    return f"{digest}-{said.replace('.', '-')}"


def _append(shard: Path, data: bytes) -> None:
    with shard.open("ab") as file:
        file.write(data)


def _member(name: str, data: bytes) -> bytes:
    """Return a file of a tar file: no owner and no time, so that the bytes are always the same."""
    head = tarfile.TarInfo(name)
    head.size = len(data)
    gap = -len(data) % tarfile.BLOCKSIZE
    return head.tobuf(tarfile.USTAR_FORMAT) + data + bytes(gap)
