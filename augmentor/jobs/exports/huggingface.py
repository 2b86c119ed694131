"""A folder as Hugging Face's audiofolder and imagefolder read it.

References
----------
https://huggingface.co/docs/datasets/audio_dataset and .../image_dataset
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from augmentor.core.errors import UsageError, listed
from augmentor.jobs.exports.entry import Entry, Kind, facts_of, more_of
from augmentor.jobs.exports.layout import Layout, Wish, cut_of

_SPLITS = {
    "": "train", "train": "train", "training": "train", "val": "validation", "valid": "validation",
    "validation": "validation", "dev": "validation", "test": "test", "testing": "test",
    "eval": "test", "evaluation": "test",
}  # fmt: skip


class HuggingFace(Layout):
    """Files and ``metadata.jsonl`` in ``train``, ``validation`` and ``test``.

    What has no split is in ``train``, also where nothing has: the reader takes a word like *test*
    in the name of a file for its split, unless folders say it. Each stretch of a recording is a
    file. Word times, marks and other columns are JSON text: a column has one type there.
    """

    of: ClassVar[tuple[Kind, ...]] = ("sound", "picture")

    def __init__(self, entries: Sequence[Entry], wish: Wish) -> None:
        super().__init__(entries, wish)
        odd = sorted({one.split for one in entries} - set(_SPLITS))
        if odd:
            raise UsageError(
                f"datasets knows the splits train, validation and test, not {listed(odd)}; rename "
                "them in the source, or export webdataset, which keeps any"
            )

    def place(self, entry: Entry) -> str:
        """Return where a sound or picture goes."""
        return f"{_SPLITS[entry.split]}/{entry.alone}"

    def made(self, entry: Entry) -> bytes | None:
        """Return the file of a stretch."""
        return cut_of(entry)

    def files(self, entries: Sequence[Entry]) -> Iterator[tuple[str, bytes]]:
        """Yield the tables, all with the same columns."""
        rows = [_row(one) for one in entries]
        names = {name: None for row in rows for name in row}
        for split in dict.fromkeys(_SPLITS[one.split] for one in entries):
            lines = [
                json.dumps({name: row.get(name, "null") for name in names}, ensure_ascii=False)
                + "\n"
                for one, row in zip(entries, rows, strict=True)
                if _SPLITS[one.split] == split
            ]
            yield f"{split}/metadata.jsonl", "".join(lines).encode()


def _row(entry: Entry) -> dict[str, Any]:
    row: dict[str, Any] = {
        "file_name": entry.alone, "text" if entry.transcript else "label": entry.target
    }  # fmt: skip
    row |= facts_of(entry)
    more = more_of(entry)
    if entry.kind == "sound":
        row["duration_s"] = entry.sound.duration_s
    else:
        row |= {"width_px": entry.width_px, "height_px": entry.height_px}
        more["marks"] = [dict(mark) for mark in entry.marks]
    return row | {name: json.dumps(one, ensure_ascii=False) for name, one in more.items()}
