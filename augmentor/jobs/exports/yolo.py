"""A YOLO data set: ``images/SPLIT``, ``labels/SPLIT`` and ``data.yaml``."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import ClassVar

from augmentor.core.errors import UsageError, listed
from augmentor.files.yolo import write_yolo
from augmentor.jobs.exports.entry import Entry
from augmentor.jobs.exports.layout import Layout, Wish
from augmentor.jobs.exports.pictures import boxes, left_out

_SPLITS = {
    "": "train", "train": "train", "training": "train", "val": "val", "valid": "val",
    "validation": "val", "dev": "val", "test": "test", "testing": "test",
}  # fmt: skip


class Yolo(Layout):
    """Pictures by split, a text file each; what has no split is for training."""

    folders: ClassVar[tuple[str, ...]] = (
        "images/train",
        "images/val",
        "labels/train",
        "labels/val",
    )

    def __init__(self, entries: Sequence[Entry], wish: Wish) -> None:
        odd = sorted({one.split for one in entries} - set(_SPLITS))
        if odd:
            raise UsageError(
                f"YOLO knows the splits train, val and test, not {listed(odd)}; "
                "rename them in the source, or export coco, which keeps any"
            )
        super().__init__(entries, wish)

    def place(self, entry: Entry) -> str:
        """Return where a picture goes."""
        return f"images/{_SPLITS[entry.split]}/{entry.name}"

    def files(self, entries: Sequence[Entry]) -> Iterator[tuple[str, bytes]]:
        """Yield the list of classes, and what is marked in each picture."""
        rows = [one.marked(_SPLITS[one.split]) for one in entries]
        for name, text in write_yolo(rows, self.wish.labels).items():
            yield name, text.encode()

    def notes(self, entries: Sequence[Entry]) -> list[str]:
        """Return what was changed, what is left out and what is missing."""
        found = left_out(entries)
        crowds = sum(bool(mark.get("crowd")) for one in entries for mark in one.marks)
        square, marks = boxes(entries), sum(len(one.marks) for one in entries)
        if crowds:
            found.append(f"{crowds} crowds are left out: the form has no word for them")
        if 0 < square < marks:
            found.append(f"{square} boxes without a mask are polygons of four corners")
        if not Counter(_SPLITS[one.split] for one in entries)["val"]:
            found.append("no picture is for validation: images/val is empty, fill it to train")
        return found
