"""Banks of real defects: cut out of marked pictures once, and pasted or imitated ever after."""

import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from augmentor.core.digest import digest_json
from augmentor.core.errors import AugmentorError, UsageError, listed, nearest
from augmentor.core.example import Facts
from augmentor.files.coded_pictures import decode_pixels
from augmentor.kernels.defects.cutting import Cutting
from augmentor.sources.defect_pack import (
    DEFECT,
    FORMAT,
    INDEX,
    OTHER,
    VERSION,
    cut_defects,
    digest_cutting,
    read_marked,
)

_KEPT = 64  # defects a worker keeps decoded
_MEND = "cut it again from its pictures: augmentor bank PICTURES -o FILE"


class BrokenDefectsError(UsageError):
    """A file of defects that is not whole."""


@dataclass(slots=True)
class DefectBank:
    """A bank of real defects, opened when first drawn from.

    Parameters
    ----------
    name : the recipe's word for it.
    path : a file that `cut_defects` wrote; or marked pictures (COCO, YOLO, a manifest).
    cache : folder in which defects of marked pictures are kept.
    """

    name: str
    path: Path
    cache: Path
    _index: dict[str, Any] | None = field(default=None, repr=False)
    _by_id: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict, repr=False)
    _packed: Path | None = field(default=None, repr=False)
    _zip: zipfile.ZipFile | None = field(default=None, repr=False)
    _process: int = field(default=0, repr=False)
    _kept: dict[str, Cutting] = field(default_factory=dict, repr=False)

    def __getstate__(self) -> tuple[str, Path, Path, Path | None]:
        # A worker opens the file itself, and the very one that this process drew from.
        return self.name, self.path, self.cache, self._packed

    def __setstate__(self, state: tuple[str, Path, Path, Path | None]) -> None:
        self.name, self.path, self.cache, self._packed = state
        self._index, self._zip, self._process = None, None, 0
        self._by_id, self._kept = {}, {}

    @property
    def place(self) -> str:
        """How messages call it."""
        return f"bank '{self.name}' ({self.path})"

    @property
    def index(self) -> dict[str, Any]:
        """The file's index; cuts the defects out of marked pictures first.

        Raises
        ------
        UsageError : not a bank that can be used; the message says why.
        """
        if self._index is None:
            packed = self._packed
            if packed is None or not packed.exists():
                packed = self.packed()
            try:
                index = read_index(packed, self.place)
            except BrokenDefectsError:
                if packed == self.path:
                    raise
                packed.unlink(missing_ok=True)  # the cache's copy is damaged: make it again
                packed = self.packed()
                index = read_index(packed, self.place)
            self._packed, self._index = packed, index
            self._by_id = {row["id"]: (at, row) for at, row in enumerate(index["defects"], 1)}
        return self._index

    def packed(self) -> Path:
        """Return the file of its defects, made now if it is not there yet."""
        from augmentor.sources.pictures import read_pictures

        if not self.path.is_dir() and self.path.suffix.lower() not in _LISTS:
            return self.path
        sources = read_pictures(self.path)
        seen = [
            (s.facts.id, str(s.path.resolve()), _stat(s.path), s.facts.group, s.marks,
             [_stat(Path(one["mask"])) for one in s.marks if "mask" in one],
             str(s.meta.get("licence") or ""))
            for s in sources
        ]  # fmt: skip
        packed = self.cache / f"{digest_json([VERSION, seen])}.defects.zip"
        if not packed.exists():
            refused: list[dict[str, str]] = []
            cut_defects(read_marked(sources, refused), packed, refused)
        return packed

    @property
    def digest(self) -> str:
        """The digest of every defect and of what is known of it."""
        return str(self.index["digest"])

    def at(self, unit: float) -> dict[str, Any]:
        """Return a reference (bank, id, digest, label) evenly over the defects."""
        rows = self.index["defects"]
        row = rows[int(unit * len(rows))]
        return {"bank": self.name, **{key: row[key] for key in ("id", "digest", "label")}}

    def akin(self, asset_id: str, facts: Facts) -> bool:
        """Return whether a defect was cut out of an example's own picture, or of its group's."""
        assert self.index
        _, row = self._by_id[asset_id]
        return (
            bool(row["parent"] == facts.id)
            or (row["parent_digest"] == facts.digest != "")
            or (row["group"] == facts.group != "")
        )

    def load(self, ref: Mapping[str, Any]) -> Cutting:
        """Return the defect of a reference.

        Raises
        ------
        UsageError : the bank does not hold that defect, or holds another under its name.
        """
        assert self.index
        if ref["id"] not in self._by_id:
            raise UsageError(f"bank '{self.name}' has no defect '{ref['id']}'")
        number, row = self._by_id[ref["id"]]
        if row["digest"] != ref["digest"]:
            raise UsageError(f"defect '{ref['id']}' of bank '{self.name}' is not what it was")
        found = self._kept.get(row["id"])
        if found is None:
            if len(self._kept) >= _KEPT:
                del self._kept[next(iter(self._kept))]
            found = self._kept[row["id"]] = self._read(number, row)
        return found

    def _read(self, number: int, row: Mapping[str, Any]) -> Cutting:
        if self._zip is None or self._process != os.getpid():
            assert self._packed is not None
            self._zip, self._process = _opened(self._packed, self.place), os.getpid()
        try:
            piece, mask = (
                decode_pixels(self._zip.read(f"{folder}/{number:05d}.png"))
                for folder in ("defects", "masks")
            )
            good = digest_cutting(piece, mask) == row["digest"]
        except (zipfile.BadZipFile, zlib.error, KeyError, OSError, AugmentorError):
            good = False
        if not good:
            raise BrokenDefectsError(f"{self.place}: defect '{row['id']}' is damaged; {_MEND}")
        for one in (piece, mask):
            one.flags.writeable = False  # it is kept for the next one who asks
        return Cutting(piece, mask == DEFECT, mask == OTHER)

    @property
    def unusable(self) -> list[dict[str, str]]:
        """The marks that could not be cut: id and reason."""
        return list(self.index["unusable"])

    @property
    def labels(self) -> dict[str, int]:
        """How many defects of each class there are."""
        counts: dict[str, int] = {}
        for row in self.index["defects"]:
            counts[row["label"]] = counts.get(row["label"], 0) + 1
        return counts

    @property
    def lengths_s(self) -> dict[str, float]:
        """No seconds of each defect: what counts is how often it is used."""
        return dict.fromkeys((row["id"] for row in self.index["defects"]), 0.0)

    def __len__(self) -> int:
        return len(self.index["defects"])


_LISTS = (".json", ".jsonl", ".csv", ".parquet", ".yaml", ".yml")


def fitted_rows(bank: DefectBank, label: str | None = None) -> dict[str, list[Any]]:
    """Return what was measured of the defects of a bank: each measure with its values.

    Parameters
    ----------
    bank : real defects.
    label : only those of this class.

    Raises
    ------
    UsageError : it holds no defect of that class.
    """
    if label is not None and label not in bank.labels:
        raise UsageError(
            f"{bank.place} holds no defect of class '{label}'{nearest(label, list(bank.labels))}; "
            f"its classes: {listed(bank.labels)}"
        )
    rows = [row["measures"] for row in bank.index["defects"] if label in (None, row["label"])]
    return {name: [row[name] for row in rows] for name in rows[0]}


def read_index(path: Path, place: str) -> dict[str, Any]:
    """Return the index of a file of defects.

    Raises
    ------
    UsageError : it cannot be used; the message names its `place` and says why.
    """
    with _opened(path, place) as file:
        try:
            index: Any = json.loads(file.read(INDEX))
        except KeyError:
            raise UsageError(f"{place} is a zip, but not of defects; {_MEND}") from None
        except (zipfile.BadZipFile, zlib.error, ValueError, OSError):
            raise BrokenDefectsError(f"{place} is damaged; {_MEND}") from None
    if not isinstance(index, dict) or index.get("format") != FORMAT:
        raise UsageError(f"{place} is a zip, but not of defects; {_MEND}")
    if index.get("version") != VERSION:
        raise UsageError(f"{place} was made by another version of augmentor; {_MEND}")
    if index.get("digest") != digest_json([VERSION, index.get("defects")]):
        raise BrokenDefectsError(f"{place} is not as it was made; {_MEND}")
    if not index["defects"]:
        reasons = "; ".join(f"{one['id']}: {one['reason']}" for one in index["unusable"][:3])
        what = f"{place} holds no defect that can be used"
        raise UsageError(f"{what}: {reasons}" if reasons else what)
    return index


def _opened(path: Path, place: str) -> zipfile.ZipFile:
    try:
        with path.open("rb") as file:
            begin = file.read(4)
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        if begin.startswith(b"PK"):
            raise BrokenDefectsError(f"{place} is damaged or cut off; {_MEND}") from None
        raise UsageError(f"{place} is no bank of defects; {_MEND}") from None
    except OSError as error:
        raise UsageError(f"{place} cannot be read: {error.strerror or error}") from None


def _stat(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:
        return (-1, -1)
    return stat.st_size, stat.st_mtime_ns
