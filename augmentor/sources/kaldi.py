"""Kaldi data folders: wav.scp, segments, text, utt2spk and their like.

References
----------
Kaldi, "Data preparation", https://kaldi-asr.org/doc/data_prep.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from augmentor.core.errors import Problem, listed, nearest
from augmentor.files.tables import Row, read_text
from augmentor.sources.named_files import placed

_ARCHIVED = re.compile(r"\.ark(:\d+)?$|:\d+$")
_TO_THE_END = -1.0
_NOTES = "ids.tsv"
_ESCAPED = {"t": "\t", "n": "\n", "r": "\r"}


@dataclass(frozen=True, slots=True)
class _Line:
    """What a table says of one id, and the line on which it says so."""

    said: str
    line: int
    path: Path

    @property
    def where(self) -> str:
        return f"{self.path}:{self.line}"


_Table = Mapping[str, _Line]


def is_kaldi(folder: Path) -> bool:
    """Whether a folder is one of Kaldi's, or holds such folders."""
    return (
        (folder / "wav.scp").is_file()
        or ((folder / "feats.scp").is_file() and (folder / "utt2spk").is_file())
        or any(folder.glob("*/wav.scp"))
    )


def kaldi_rows(folder: Path, problems: list[Problem]) -> list[Row]:
    """Return the utterances of a Kaldi folder as rows of a manifest.

    An utterance of ``segments`` is that stretch of its recording, and of its recording's group;
    without ``segments`` an utterance is a recording. What a recording's command would write, or
    lies in an archive, cannot be read as a file: each is refused. ``utt2dur`` is not needed, for
    lengths are measured. A folder that an export wrote has ``ids.tsv``: ids, speakers, tags and
    parents are read back as they were.

    Parameters
    ----------
    folder : with ``wav.scp``; ``segments``, ``text``, ``utt2spk``, ``utt2lang`` and ``spk2gender``
        where there are any.
    problems : where to put every mistake.
    """
    inner = sorted(one.parent.name for one in folder.glob("*/wav.scp"))
    if not (folder / "wav.scp").is_file() and inner:
        problems.append(Problem(str(folder), f"holds Kaldi folders; name one: {listed(inner)}"))
        return []
    if not (folder / "wav.scp").is_file():
        what = "features (feats.scp) and no wav.scp; sounds are wanted: add the wav.scp"
        problems.append(Problem(str(folder), what))
        return []
    recordings = _read(folder / "wav.scp", problems)
    names = _names(recordings, problems)
    home = placed(names.values(), folder / "wav.scp", problems)
    files = {id_: str(home / name) for id_, name in names.items()}
    if (folder / "segments").is_file():
        utterances = _read(folder / "segments", problems)
        cells = _segments(utterances, recordings, files, problems)
    else:
        utterances = recordings
        cells = {id_: {"path": path} for id_, path in files.items()}
    said = {
        name: _of_each(folder / name, utterances, problems, all_of_them=needed)
        for name, needed in (("text", True), ("utt2spk", True), ("utt2lang", False))
    }
    genders = _read(folder / "spk2gender", problems)
    noted = _noted(folder / _NOTES)
    rows = []
    for id_, own in cells.items():
        speaker = _said(said["utt2spk"], id_)
        more = {"language": _said(said["utt2lang"], id_), "gender": _said(genders, speaker)}
        values = {"id": id_, **own, "target": _said(said["text"], id_), "speaker": speaker}
        values |= {name: cell for name, cell in more.items() if cell}
        values |= noted.get(id_, {})
        rows.append(Row(values, utterances[id_].line, str(utterances[id_].path)))
    return rows


def _read(path: Path, problems: list[Problem]) -> dict[str, _Line]:
    """Return a table: the first word of each line is an id, the rest is said of it."""
    found: dict[str, _Line] = {}
    if not path.is_file():
        return found
    for number, text in enumerate(read_text(path).split("\n"), 1):
        id_, *rest = text.strip().split(maxsplit=1)[:2] or [""]
        if not id_:
            continue
        one = _Line(rest[0] if rest else "", number, path)
        known = found.setdefault(id_, one)
        if known is not one:
            what = f"'{id_}' stands on line {known.line} already; ids are unique"
            problems.append(Problem(one.where, what))
    return found


def _noted(path: Path) -> dict[str, dict[str, str]]:
    """Return what an export says of each utterance that Kaldi's own files have no word for."""
    if not path.is_file():
        return {}
    columns, *lines = [line.split("\t") for line in read_text(path).split("\n")]
    if columns[:2] != ["utterance", "id"]:  # a file of another's
        return {}
    found = {}
    for line in lines:
        cells = [re.sub(r"\\(.)", lambda one: _ESCAPED.get(one[1], one[1]), one) for one in line]
        row = dict(zip(columns, cells, strict=False))
        utterance = row.pop("utterance")
        # Who speaks may be unknown, though Kaldi wants a name for everyone.
        found[utterance] = {name: one for name, one in row.items() if one or name == "speaker"}
    return found


def _names(recordings: _Table, problems: list[Problem]) -> dict[str, str]:
    """Return the file of each recording; all else that Kaldi reads is a problem."""
    names = {}
    for id_, one in recordings.items():
        wrong = _wrong_name(one.said)
        if wrong:
            problems.append(Problem(one.where, f"'{id_}' {wrong}"))
        else:
            names[id_] = one.said
    return names


def _wrong_name(said: str) -> str:
    """Return what is wrong with a name that is no file's, and what to write instead."""
    if not said:
        return "has no file; write: ID FILE"
    if said.endswith("|"):
        return (
            "is what a command writes, and augmentor starts no commands of a list; run it once, "
            "with its output into a file, and name the file"
        )
    if said == "-" or said.startswith("|"):
        return f"is '{said}', a stream and no file; save it, and name the file"
    if _ARCHIVED.search(said):
        return f"lies in an archive ({said}); unpack it (wav-copy), and name the file"
    return ""


def _segments(
    utterances: _Table, recordings: _Table, files: Mapping[str, str], problems: list[Problem]
) -> dict[str, dict[str, Any]]:
    """Return path, start and length of each utterance that is a stretch of a recording."""
    cells: dict[str, dict[str, Any]] = {}
    for id_, one in utterances.items():
        try:
            recording, start_s, duration_s = _stretch(one.said)
        except ValueError as error:
            problems.append(Problem(one.where, f"'{id_}' {error}"))
            continue
        if recording not in recordings:
            near = nearest(recording, list(recordings)[:1000])
            what = f"'{id_}' is of recording '{recording}', which wav.scp does not have{near}"
            problems.append(Problem(one.where, what))
        elif recording in files:
            cells[id_] = {
                "path": files[recording], "start_s": start_s, "duration_s": duration_s,
                "group": recording,
            }  # fmt: skip
    return cells


def _stretch(said: str) -> tuple[str, float, float | None]:
    """Return recording, start and length in seconds; None for a length to the end."""
    fields = said.split()
    if len(fields) == 4:  # the utterance before them makes five
        msg = (
            f"is of channel {fields[3]} of its recording; write each channel as a file of its "
            "own, and four fields a line"
        )
        raise ValueError(msg)
    try:
        recording, first, last = fields
        start_s, end_s = float(first), float(last)
    except ValueError:
        msg = f"has '{said}'; write: UTTERANCE RECORDING START END, the times in seconds"
        raise ValueError(msg) from None
    if not 0 <= start_s < float("inf"):
        msg = f"starts at {first} s; a recording starts at 0"
        raise ValueError(msg)
    if end_s == _TO_THE_END:
        return recording, start_s, None
    if not start_s < end_s < float("inf"):
        msg = f"starts at {first} s and ends at {last} s; write an end after it, or -1 for all"
        raise ValueError(msg)
    return recording, start_s, round(end_s - start_s, 9)


def _of_each(
    path: Path, utterances: _Table, problems: list[Problem], *, all_of_them: bool
) -> dict[str, _Line]:
    """Return a table of the utterances; it has all of them, where it must, and no others."""
    found = _read(path, problems)
    home = next(iter(utterances.values())).path.name if utterances else "wav.scp"
    for id_, one in found.items():
        if id_ not in utterances:
            what = f"utterance '{id_}' is not in {home}; take the line out, or add it there"
            problems.append(Problem(one.where, what))
    if found and all_of_them:
        what = "speaker" if path.name == "utt2spk" else "text"
        problems += [
            Problem(one.where, f"utterance '{id_}' has no {what} in {path}; add a line there")
            for id_, one in utterances.items()
            if id_ not in found
        ]
    return found


def _said(table: Mapping[str, _Line], id_: str) -> str:
    return table[id_].said if id_ in table else ""
