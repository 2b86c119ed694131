"""NeMo manifests: JSON Lines of stretches of sound files.

References
----------
NVIDIA NeMo, ``nemo.collections.common.parts.preprocessing.manifest`` and ``collections``: the keys
``audio_filepath``, ``offset``, ``duration``, ``text``, ``label``; relative paths begin at the
manifest; ``offset`` and ``duration`` times the rate are cut down to whole frames.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

from augmentor.jobs.exports.entry import Entry, Kind, by_split, facts_of, more_of
from augmentor.jobs.exports.layout import Layout


class Nemo(Layout):
    """Recordings in ``data``, a manifest a split: ``train.json``; without any, ``manifest.json``.

    A class stands under ``label``, as classifiers want it, and under ``text`` too.
    """

    of: ClassVar[tuple[Kind, ...]] = ("sound",)
    folders: ClassVar[tuple[str, ...]] = ("data",)

    def place(self, entry: Entry) -> str:
        """Return where a recording goes."""
        return f"data/{entry.sound.recording}"

    def files(self, entries: Sequence[Entry]) -> Iterator[tuple[str, bytes]]:
        """Yield the manifests."""
        for split, some in by_split(entries, "manifest").items():
            yield f"{split}.json", nemo_lines(some, self.place)


def nemo_lines(entries: Sequence[Entry], where: Callable[[Entry], str]) -> bytes:
    """Return a manifest, its recordings named by `where`."""
    rows = (_row(one, where(one)) for one in entries)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _row(entry: Entry, where: str) -> dict[str, Any]:
    sound = entry.sound
    head = {
        "audio_filepath": where, "offset": sound.start_s, "duration": sound.duration_s,
        "text": entry.target,
    }  # fmt: skip
    label = {} if entry.transcript else {"label": entry.target}
    return head | label | facts_of(entry) | more_of(entry)
