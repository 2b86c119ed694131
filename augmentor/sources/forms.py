"""The forms in which data lie about, each known by what lies there: nobody has to say which.

A form is read into the rows of our own manifest, so what a row means is said once, in
`manifest`. The first that fits is taken.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from augmentor.core.errors import Problem
from augmentor.files.tables import Row, read_rows
from augmentor.sources.huggingface import file_rows, is_listed, listed_rows
from augmentor.sources.kaldi import is_kaldi, kaldi_rows
from augmentor.sources.lhotse import (
    cut_rows,
    is_cut,
    is_lhotse,
    is_recording,
    is_supervision,
    lhotse_rows,
    recording_rows,
    supervision_rows,
)
from augmentor.sources.nemo import is_nemo, is_nemo_folder, nemo_folder_rows, nemo_rows

_MOST = 20
"""So many mistakes of one file are named one by one: a list may have a million alike."""


@dataclass(frozen=True, slots=True)
class FolderForm:
    """A folder that says itself what is in it.

    Parameters
    ----------
    name : of the form.
    fits : whether a folder has it.
    rows : reads the folder; it adds mistakes to the list.
    """

    name: str
    fits: Callable[[Path], bool]
    rows: Callable[[Path, list[Problem]], list[Row]]


@dataclass(frozen=True, slots=True)
class TableForm:
    """A table of another program.

    Parameters
    ----------
    name : of the form.
    fits : whether a table has it, by the cells of its first row.
    rows : turns the table's rows, at a path, into ours; it adds mistakes to the list.
    """

    name: str
    fits: Callable[[Mapping[str, Any]], bool]
    rows: Callable[[Sequence[Row], Path, list[Problem]], list[Row]]


FOLDERS = (
    FolderForm("a Kaldi folder", is_kaldi, kaldi_rows),  # wav.scp
    FolderForm("a Lhotse folder", is_lhotse, lhotse_rows),  # *cuts*.jsonl.gz, *recordings*.jsonl.gz
    FolderForm("a NeMo folder", is_nemo_folder, nemo_folder_rows),  # *.json of audio_filepath
    FolderForm("a Hugging Face folder", is_listed, listed_rows),  # metadata.jsonl, .csv, .parquet
)
"""A folder that has none of these forms is what its files are."""

TABLES = (
    TableForm("Lhotse cuts", is_cut, cut_rows),  # type: MonoCut
    TableForm("Lhotse recordings", is_recording, recording_rows),  # sources, num_samples
    TableForm("Lhotse supervisions", is_supervision, supervision_rows),  # recording_id, start
    TableForm("a NeMo manifest", is_nemo, nemo_rows),  # audio_filepath
)
"""A table that has none of these forms is a manifest of ours."""


def has_list(path: Path) -> bool:
    """Whether a path is a table, or a folder whose files are listed in it."""
    return not path.is_dir() or any(form.fits(path) for form in FOLDERS)


def form_rows(path: Path, problems: list[Problem]) -> list[Row]:
    """Return the rows of our own manifest that a table or a folder of any form comes to.

    Parameters
    ----------
    path : the table or folder.
    problems : where to put every mistake, each with its place.

    Raises
    ------
    UsageError : a file cannot be read at all.
    """
    found: list[Problem] = []
    form: FolderForm | TableForm | None
    if path.is_dir():
        form = next((one for one in FOLDERS if one.fits(path)), None)
        rows = form.rows(path, found) if form else file_rows(path, found)
    else:
        rows = read_rows(path, problems)
        first = rows[0].values if rows else {}
        form = next((one for one in TABLES if one.fits(first)), None)
        rows = form.rows(rows, path, found) if form else rows
    if form and found:
        problems += _some(found)
        problems.append(Problem(str(path), f"was read as {form.name}"))
    return rows


def _some(problems: Sequence[Problem]) -> list[Problem]:
    """Return the first mistakes of each file, and how many more there are."""
    by_file: dict[str, list[Problem]] = {}
    for one in problems:
        by_file.setdefault(one.where.rpartition(":")[0], []).append(one)
    kept = []
    for file, found in by_file.items():
        kept += found[:_MOST]
        if len(found) > _MOST:
            kept.append(Problem(file, f"and {len(found) - _MOST} more lines like these"))
    return kept
