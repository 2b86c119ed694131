"""Lists of examples that name files where they are: nothing is copied."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from augmentor.core.errors import BadSourceError, Problem, UsageError, listed, nearest
from augmentor.files.atomic import write_bytes
from augmentor.files.marked import Mark
from augmentor.files.stretches import is_plain
from augmentor.jobs.exports.entry import Entry, facts_of, more_of
from augmentor.jobs.exports.kaldi import check_text, kaldi_lists
from augmentor.jobs.exports.lhotse import cut_lines
from augmentor.jobs.exports.nemo import nemo_lines

LISTS = ("manifest", "nemo", "lhotse", "kaldi")
"""The forms there are; ``manifest`` is our own."""


def write_list(form: str, entries: Sequence[Entry], path: Path) -> None:
    """Write a list of examples that names their files by absolute paths.

    Parameters
    ----------
    form : ``manifest`` (our own JSON Lines), ``nemo``, ``lhotse`` (cuts that hold all there is;
        name it .jsonl.gz), or ``kaldi`` (a folder).
    entries : sounds; a manifest takes pictures too.
    path : the file or folder to write.

    Raises
    ------
    UsageError : no such form, or it has no word for one of the examples.
    """
    if form not in LISTS:
        raise UsageError(f"no list '{form}'{nearest(form, LISTS)}; allowed: {listed(LISTS)}")
    if form != "manifest" and any(one.kind == "picture" for one in entries):
        raise UsageError(f"a list for {form} is of sounds; for pictures write 'manifest'")
    for name, data in _files(form, entries).items():
        write_bytes(path / name if name else path, data)


def _files(form: str, entries: Sequence[Entry]) -> Mapping[str, bytes]:
    """Return the content of a list by name in its folder; a list of one file has no name."""
    if form == "nemo":
        return {"": nemo_lines(entries, _where)}
    if form == "lhotse":
        return {"": cut_lines(entries, _where)}
    if form == "kaldi":
        problems = [Problem(one.id, why) for one in entries if (why := _not_for_kaldi(one))]
        if problems:
            raise UsageError(problems)
        return {name: text.encode() for name, text in kaldi_lists(entries, _where).items()}
    rows = (json.dumps(_row(one), ensure_ascii=False) + "\n" for one in entries)
    return {"": "".join(rows).encode()}


def _not_for_kaldi(entry: Entry) -> str:
    if not is_plain(entry.sound.coding, entry.sound.channels):
        return (
            f"{entry.path} is {entry.sound.coding} of {entry.sound.channels} channels, and Kaldi "
            "reads 16-bit WAV of one; 'augmentor export --to kaldi' writes that"
        )
    try:
        check_text(entry)
    except BadSourceError as error:
        return str(error)
    return ""


def _where(entry: Entry) -> str:
    return str(entry.path.absolute())


def _row(entry: Entry) -> dict[str, Any]:
    """Return an example as our own manifests have it."""
    row = facts_of(entry) | {"path": _where(entry), "target": entry.target} | more_of(entry)
    if entry.kind == "picture":
        size = {"width_px": entry.width_px, "height_px": entry.height_px}
        return row | size | {"marks": [_mark(mark) for mark in entry.marks]}
    return row | {"start_s": entry.sound.start_s, "duration_s": entry.sound.duration_s}


def _mark(mark: Mark) -> dict[str, Any]:
    """Return a mark whose mask, where a file has it, is found from anywhere."""
    return {**mark, "mask": str(Path(mark["mask"]).absolute())} if "mask" in mark else dict(mark)
