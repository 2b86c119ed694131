"""An example on its way into another program's data set."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from augmentor.core.digest import digest_bytes
from augmentor.files.marked import Mark, Marked, Point
from augmentor.files.stretches import seconds

Kind = Literal["sound", "picture"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where a sound lies: all of a recording, or a part of it.

    Parameters
    ----------
    recording : the name of the recording's file to write, without a folder. All stretches of
        one recording have the same.
    start, frames : the first frame, and how many.
    total : frames of the recording.
    rate_hz, channels, coding : of the recording, see `files.stretches.Header`.
    """

    recording: str = ""
    start: int = 0
    frames: int = 0
    total: int = 0
    rate_hz: int = 1
    channels: int = 1
    coding: str = ""

    @property
    def whole(self) -> bool:
        """Whether it is all of its recording."""
        return not self.start and self.frames == self.total

    @property
    def start_s(self) -> float:
        """Where it begins, in seconds; see `seconds`."""
        return seconds(self.start, self.rate_hz)

    @property
    def stop_s(self) -> float:
        """Where it ends, in seconds."""
        return seconds(self.start + self.frames, self.rate_hz)

    @property
    def duration_s(self) -> float:
        """How long it is, in seconds."""
        return seconds(self.frames, self.rate_hz)


@dataclass(frozen=True, slots=True)
class Entry:
    """A sound or picture of a run, or of its source, to be written in another form.

    Parameters
    ----------
    name : of the file to write, without a folder and unlike any other, see `jobs.output`.
    path : its file; of a sound, the recording that it lies in.
    id, split, target, tags, group, speaker, weight : of the example.
    transcript : whether the target is what is said, and no class.
    parent, category : of a new example; empty for one of the source.
    licence : in words; empty where nothing is known.
    meta : all else that the source's manifest says of it, its licence too.
    digest : of the bytes of its file, where they were recorded.
    sound : where a sound lies.
    words : (start_s, stop_s, word) of a sound, from its beginning.
    width_px, height_px, marks, points : of a picture.
    classes : whether a picture has classes by pixel.
    """

    name: str
    path: Path
    id: str
    split: str = ""
    target: str = ""
    transcript: bool = False
    tags: tuple[str, ...] = ()
    group: str = ""
    speaker: str = ""
    weight: float = 1.0
    parent: str = ""
    category: str = ""
    licence: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""
    sound: Stretch = Stretch()
    words: tuple[tuple[float, float, str], ...] = ()
    width_px: int = 0
    height_px: int = 0
    marks: tuple[Mark, ...] = ()
    points: tuple[Point, ...] = ()
    classes: bool = False

    @property
    def kind(self) -> Kind:
        """What it is."""
        return "picture" if self.width_px else "sound"

    @property
    def alone(self) -> str:
        """The name of a file that holds it and nothing else; a stretch is cut out, as WAV."""
        if self.kind == "picture" or self.sound.whole:
            return self.name
        return str(PurePosixPath(self.name).with_suffix(".wav"))

    def marked(self, split: str | None = None) -> Marked:
        """Return a picture as the tables of pictures take it, perhaps in another split."""
        return Marked(
            self.name,
            self.path,
            self.width_px,
            self.height_px,
            self.marks,
            self.points,
            self.split if split is None else split,
        )


def facts_of(entry: Entry) -> dict[str, Any]:
    """Return what every form says of an example under the same names."""
    return {
        "id": entry.id, "parent": entry.parent, "category": entry.category,
        "tags": list(entry.tags), "speaker": entry.speaker, "group": entry.group,
        "split": entry.split, "weight": float(entry.weight),
    }  # fmt: skip


def more_of(entry: Entry) -> dict[str, Any]:
    """Return what only some examples have: word times, and other columns of their source."""
    found: dict[str, Any] = {"words": [list(one) for one in entry.words]} if entry.words else {}
    return found | ({"meta": dict(entry.meta)} if entry.meta else {})


def by_split(entries: Sequence[Entry], unsplit: str = "") -> dict[str, list[Entry]]:
    """Return examples by split, each under a name that a file can have.

    Parameters
    ----------
    entries : examples; where some have a split, one without is for training.
    unsplit : the name where none has any.
    """
    some = any(one.split for one in entries)
    found: dict[str, list[Entry]] = {}
    for one in entries:
        found.setdefault(word(one.split or "train") if some else unsplit, []).append(one)
    return found


def word(text: str, allowed: str = r"\w.-", instead: str = "-") -> str:
    """Return text as one word of some characters, unlike that of any other text."""
    found = re.sub(f"[^{allowed}]+", instead, text).strip(instead + ".")
    return found if found == text else f"{found or 'x'}{instead}{digest_bytes(text.encode())[:8]}"
