"""Manifests of NeMo, an object a line, and folders that have one.

References
----------
NVIDIA NeMo, "ASR datasets", https://docs.nvidia.com/nemo/speech/latest/asr/datasets.html
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from augmentor.core.errors import Problem, listed
from augmentor.files.tables import Row, first_row, read_rows

_ENDS = (".json", ".jsonl")
_MOST = 50
"""A folder with more files of JSON has one a sound: these are no manifests."""


def is_nemo(first: Mapping[str, Any]) -> bool:
    """Whether a table is NeMo's, by its first row."""
    return "audio_filepath" in first


def nemo_rows(rows: Sequence[Row], path: Path, problems: list[Problem]) -> list[Row]:
    """Return the rows of a NeMo manifest: their names are known, see `manifest.read_sources`.

    Parameters
    ----------
    rows : as they are written.
    path : the manifest.
    problems : where to say that its sounds lie in tar files, or of rows with several files.
    """
    sharded = [row for row in rows if row.values.get("shard_id") not in (None, "")]
    if sharded:
        what = (
            f"'shard_id': {len(sharded)} of its sounds lie in tar files; unpack them, and name the "
            "manifest from which the tar files were made"
        )
        problems.append(Problem(f"{path}:{sharded[0].line}", what))
        return []
    for row in rows:
        if isinstance(row.values.get("audio_filepath"), list | tuple):
            what = "'audio_filepath' is a list of files, a channel each; write one file a row"
            problems.append(Problem(row.where, what))
    return [row for row in rows if not isinstance(row.values.get("audio_filepath"), list | tuple)]


def is_nemo_folder(folder: Path) -> bool:
    """Whether a folder has a manifest of NeMo beside its sounds."""
    return bool(_manifests(folder))


def nemo_folder_rows(folder: Path, problems: list[Problem]) -> list[Row]:
    """Return the rows of a folder's manifest.

    Parameters
    ----------
    folder : has one manifest.
    problems : where to put every mistake.
    """
    several = _manifests(folder)
    if len(several) > 1:
        names = listed(one.name for one in several)
        problems.append(Problem(str(folder), f"has several manifests ({names}); name one of them"))
        return []
    (only,) = several
    return nemo_rows(read_rows(only, problems), only, problems)


def _manifests(folder: Path) -> list[Path]:
    files = sorted(one for one in folder.iterdir() if one.suffix.lower() in _ENDS)
    return [one for one in files if is_nemo(first_row(one))] if len(files) <= _MOST else []
