"""A COCO data set: ``images`` and ``annotations.json``."""

import json
from collections.abc import Iterator, Sequence
from typing import ClassVar

from augmentor.files.coco import write_coco
from augmentor.jobs.exports.entry import Entry
from augmentor.jobs.exports.layout import Layout
from augmentor.jobs.exports.pictures import left_out


class Coco(Layout):
    """Pictures in ``images``, all else in ``annotations.json``.

    Each picture has ``example``, ``target``, ``tags``, ``group``, ``split``, and a new one
    ``parent`` and ``category``, beside COCO's own keys; a new instance has ``made``.
    """

    folders: ClassVar[tuple[str, ...]] = ("images",)

    def place(self, entry: Entry) -> str:
        """Return where a picture goes."""
        return f"images/{entry.name}"

    def files(self, entries: Sequence[Entry]) -> Iterator[tuple[str, bytes]]:
        """Yield the table."""
        document = write_coco([one.marked() for one in entries], self.wish.labels)
        licences = sorted({one.licence for one in entries if one.licence})
        ids = {name: number for number, name in enumerate(licences, 1)}
        document["licenses"] = [
            {"id": ids[name], "name": name, "url": name if name.startswith("http") else ""}
            for name in licences
        ]
        for image, one in zip(document["images"], entries, strict=True):
            image |= {
                "example": one.id, "target": one.target, "tags": list(one.tags),
                "group": one.group, "split": one.split,
            }  # fmt: skip
            if one.licence:
                image["license"] = ids[one.licence]
            if one.parent:
                image |= {"parent": one.parent, "category": one.category}
        yield "annotations.json", json.dumps(document, ensure_ascii=False).encode()

    def notes(self, entries: Sequence[Entry]) -> list[str]:
        """Return what is left out."""
        return left_out(entries)
