"""Kaldi data folders: wav.scp, segments, text, utt2spk, spk2utt, utt2dur, reco2dur.

References
----------
https://kaldi-asr.org/doc/data_prep.html; ``utils/validate_data_dir.sh``, see `kaldi_check`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import ClassVar

from augmentor.core.errors import AugmentorError, BadSourceError, listed
from augmentor.files.stretches import is_plain, plain_wav, seconds
from augmentor.jobs.exports.entry import Entry, Kind, by_split, word
from augmentor.jobs.exports.kaldi_check import ILLEGAL, wrong_with_folder
from augmentor.jobs.exports.layout import Layout


class Kaldi(Layout):
    """Recordings in ``data``, and the lists: in a folder a split, or beside ``data``.

    Paths in wav.scp are absolute, since Kaldi takes relative ones from the folder that a recipe
    is started in. It reads PCM of 16 bits and one channel: any other recording is written so.
    An id begins with its speaker, as Kaldi's order wants it; ``ids.tsv`` has the old ids
    and speakers, and all that the form has no word for.
    """

    of: ClassVar[tuple[Kind, ...]] = ("sound",)
    folders: ClassVar[tuple[str, ...]] = ("data",)

    def place(self, entry: Entry) -> str:
        """Return where a recording goes.

        Raises
        ------
        BadSourceError : its transcript holds what Kaldi keeps for itself.
        """
        check_text(entry)
        name = entry.sound.recording
        plain = is_plain(entry.sound.coding, entry.sound.channels)
        return f"data/{name if plain else PurePosixPath(name).with_suffix('.wav')}"

    def made(self, entry: Entry) -> bytes | None:
        """Return a recording as Kaldi reads it."""
        plain = is_plain(entry.sound.coding, entry.sound.channels)
        return None if plain else plain_wav(entry.path)

    def files(self, entries: Sequence[Entry]) -> Iterator[tuple[str, bytes]]:
        """Yield the lists."""
        for split, some in by_split(entries).items():
            lists = kaldi_lists(some, lambda one: str(self.wish.folder / self.place(one)))
            for name, text in lists.items():
                yield f"{split}/{name}" if split else name, text.encode()

    def notes(self, entries: Sequence[Entry]) -> list[str]:
        """Return what was changed and left out."""
        found = ["wav.scp names recordings by absolute paths; export again to move the folder"]
        other = {one.path for one in entries if not is_plain(one.sound.coding, one.sound.channels)}
        if other:
            found.append(f"{len(other)} recordings were written anew, as 16-bit WAV of one channel")
        words = sum(bool(one.words) for one in entries)
        if words:
            found.append(f"word times of {words} sounds are left out")
        return found


def kaldi_lists(entries: Sequence[Entry], where: Callable[[Entry], str]) -> dict[str, str]:
    """Return the files of a data folder, name -> text, their recordings named by `where`.

    Raises
    ------
    AugmentorError : Kaldi would refuse it.
    """
    rows = sorted(
        ((utterance_of(one), speaker_of(one), one) for one in entries),
        key=lambda row: row[0].encode(),
    )
    cut = any(not one.sound.whole for one in entries)
    recording = {
        name: word(one.sound.recording) if cut else name for name, _, one in rows
    }  # fmt: skip
    speakers: dict[str, list[str]] = {}
    for name, speaker, _ in rows:
        speakers.setdefault(speaker, []).append(name)
    lists = {
        "wav.scp": {recording[name]: where(one) for name, _, one in rows},
        "text": {name: " ".join(one.target.split()) for name, _, one in rows},
        "utt2spk": {name: speaker for name, speaker, _ in rows},
        "spk2utt": {speaker: " ".join(names) for speaker, names in speakers.items()},
        "utt2dur": {name: str(one.sound.duration_s) for name, _, one in rows},
        "reco2dur": {
            recording[name]: str(seconds(one.sound.total, one.sound.rate_hz))
            for name, _, one in rows
        },
    }
    if cut:
        lists["segments"] = {
            name: f"{recording[name]} {one.sound.start_s} {one.sound.stop_s}"
            for name, _, one in rows
        }
    found = {name: _lines(table) for name, table in lists.items()}
    wrong = wrong_with_folder(found)
    if len(lists["utt2spk"]) < len(rows):
        wrong = ["two ids become the same"]
    if wrong:
        raise AugmentorError(f"no folder that Kaldi takes: {listed(wrong)}")
    return found | {"ids.tsv": _ids(rows)}


def _lines(table: Mapping[str, str]) -> str:
    """Return a list in the order of bytes, that of LC_ALL=C."""
    order = sorted(table, key=str.encode)
    return "".join(f"{name} {table[name]}".rstrip() + "\n" for name in order)


_COLUMNS = (
    "utterance", "id", "speaker", "parent", "category", "tags", "group", "split", "weight"
)  # fmt: skip


def _ids(rows: Sequence[tuple[str, str, Entry]]) -> str:
    """Return what an utterance was called, and what else is known of it."""
    lines = [
        (name, one.id, one.speaker, one.parent, one.category, ";".join(one.tags), one.group,
         one.split, f"{one.weight:g}")
        for name, _, one in rows
    ]  # fmt: skip
    return "".join("\t".join(map(_cell, line)) + "\n" for line in [_COLUMNS, *lines])


def _cell(text: str) -> str:
    """Return text without what would end a cell or a line."""
    for one, instead in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(one, instead)
    return text


def speaker_of(entry: Entry) -> str:
    """Return a speaker as Kaldi's order wants it; who is not known is a speaker a sound.

    No byte of it is below that of the hyphen that ends it in an utterance's id: so ids are in
    order by speaker too, whatever the speakers are called.
    """
    return word(entry.speaker or entry.id, r"\w.", "_")


def utterance_of(entry: Entry) -> str:
    """Return an id that begins with the speaker and has no blank."""
    speaker, name = speaker_of(entry), word(entry.id)
    if not entry.speaker:
        return speaker
    return name if name.startswith(f"{speaker}-") else f"{speaker}-{name}"


def check_text(entry: Entry) -> None:
    """Refuse a transcript that Kaldi would.

    Raises
    ------
    BadSourceError : it holds a symbol of Kaldi's own.
    """
    found = re.search(ILLEGAL, entry.target.encode())
    if found:
        raise BadSourceError(
            f"its text holds {found[0].decode()}, which Kaldi keeps for itself; write another word"
        )
