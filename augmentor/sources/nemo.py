"""Manifests of NeMo: an object a line, whatever the end of the file's name.

References
----------
NVIDIA NeMo, "ASR datasets", https://docs.nvidia.com/nemo/speech/latest/asr/datasets.html
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from augmentor.core.errors import Problem
from augmentor.files.tables import Row


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
