"""Lhotse manifests: recordings, supervisions and cuts, as gzipped JSON Lines.

References
----------
P. Zelasko et al., Lhotse: a speech data representation library for the modern deep learning
ecosystem, 2021; https://lhotse.readthedocs.io
"""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar

from augmentor.jobs.exports.entry import Entry, Kind, by_split, facts_of
from augmentor.jobs.exports.layout import Layout


class Lhotse(Layout):
    """Recordings in ``data``; ``recordings``, ``supervisions`` and ``cuts``, all ``.jsonl.gz``.

    Where there are splits, three of each: ``cuts_train.jsonl.gz``. The paths of recordings are
    absolute, since Lhotse takes relative ones from the folder that a program was started in.
    """

    of: ClassVar[tuple[Kind, ...]] = ("sound",)
    folders: ClassVar[tuple[str, ...]] = ("data",)

    def place(self, entry: Entry) -> str:
        """Return where a recording goes."""
        return f"data/{entry.sound.recording}"

    def files(self, entries: Sequence[Entry]) -> Iterator[tuple[str, bytes]]:
        """Yield the manifests."""
        for split, some in by_split(entries).items():
            end = f"{'_' if split else ''}{split}.jsonl.gz"
            first = {one.sound.recording: one for one in some}
            yield (
                f"recordings{end}",
                _packed(_recording(one, self._where(one)) for one in first.values()),
            )
            yield f"supervisions{end}", _packed(_supervision(one, _start_s(one)) for one in some)
            yield f"cuts{end}", cut_lines(some, self._where)

    def _where(self, entry: Entry) -> str:
        return str(self.wish.folder / self.place(entry))

    def notes(self, entries: Sequence[Entry]) -> list[str]:  # noqa: ARG002 - always true
        """Return where its recordings are looked for."""
        return ["the manifests name recordings by absolute paths; export again to move the folder"]


def cut_lines(entries: Sequence[Entry], where: Callable[[Entry], str]) -> bytes:
    """Return gzipped cuts that hold all there is, their recordings named by `where`."""
    return _packed(_cut(one, where(one)) for one in entries)


def _packed(rows: Iterable[dict[str, Any]]) -> bytes:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return gzip.compress(text.encode(), mtime=0)  # the same bytes at any hour


def _start_s(entry: Entry) -> float:
    # Lhotse rounds to frames itself, and wants its times to agree to 10 ns.
    return round(entry.sound.start / entry.sound.rate_hz, 8)


def _channels(entry: Entry) -> list[int]:
    return list(range(entry.sound.channels))


def _channel(entry: Entry) -> int | list[int]:
    return 0 if entry.sound.channels == 1 else _channels(entry)


def _recording(entry: Entry, where: str) -> dict[str, Any]:
    sound = entry.sound
    return {
        "id": sound.recording,
        "sources": [{"type": "file", "channels": _channels(entry), "source": where}],
        "sampling_rate": sound.rate_hz, "num_samples": sound.total,
        "duration": sound.total / sound.rate_hz, "channel_ids": _channels(entry),
    }  # fmt: skip


def _supervision(entry: Entry, start_s: float) -> dict[str, Any]:
    """Return what is said in a stretch; `start_s` counts from wherever its times do."""
    facts = facts_of(entry)
    del facts["id"], facts["speaker"]
    if not entry.transcript:
        facts["label"] = entry.target
    found = {
        "id": entry.id, "recording_id": entry.sound.recording, "start": start_s,
        "duration": entry.sound.frames / entry.sound.rate_hz, "channel": _channel(entry),
        "text": entry.target, "custom": facts | ({"meta": dict(entry.meta)} if entry.meta else {}),
    }  # fmt: skip
    if entry.speaker:
        found["speaker"] = entry.speaker
    if entry.words:
        found["alignment"] = {
            # From the start of the recording, also in a cut: so Lhotse defines and cuts them.
            "word": [
                [said, round(begin + _start_s(entry), 8), round(end - begin, 8), None]
                for begin, end, said in entry.words
            ]
        }
    return found


def _cut(entry: Entry, where: str) -> dict[str, Any]:
    return {
        "id": entry.id, "start": _start_s(entry),
        "duration": entry.sound.frames / entry.sound.rate_hz, "channel": _channel(entry),
        "supervisions": [_supervision(entry, 0.0)], "recording": _recording(entry, where),
        "type": "MonoCut" if entry.sound.channels == 1 else "MultiCut",
    }  # fmt: skip
