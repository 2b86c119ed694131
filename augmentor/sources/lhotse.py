"""Manifests of Lhotse: cuts, and recordings with their supervisions.

References
----------
Lhotse, "Representing a corpus" and "Cuts", https://lhotse.readthedocs.io
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from augmentor.core.errors import Problem, listed
from augmentor.files.tables import Row, first_row, read_rows
from augmentor.sources.lhotse_rows import cut_cells, file_of, supervision_cells
from augmentor.sources.named_files import placed

_ENDS = (".jsonl", ".jsonl.gz")
_CUTS = {"MonoCut", "MultiCut", "MixedCut", "PaddingCut", "Cut"}


def is_cut(row: Mapping[str, Any]) -> bool:
    """Whether a row is a cut."""
    return row.get("type") in _CUTS and ("tracks" in row or "duration" in row)


def is_recording(row: Mapping[str, Any]) -> bool:
    """Whether a row is a recording."""
    return {"sources", "sampling_rate", "num_samples"} <= row.keys()


def is_supervision(row: Mapping[str, Any]) -> bool:
    """Whether a row is a supervision."""
    return {"recording_id", "start", "duration", "channel"} <= row.keys()


def is_lhotse(folder: Path) -> bool:
    """Whether a folder has manifests of Lhotse, by names and first rows."""
    return bool(_cuts(folder) or _recordings(folder))


def lhotse_rows(folder: Path, problems: list[Problem]) -> list[Row]:
    """Return the examples of a folder with cuts, or else with recordings and supervisions.

    Parameters
    ----------
    folder : has one file of cuts, or one of recordings.
    problems : where to put every mistake.
    """
    several = _cuts(folder) or _recordings(folder)
    if len(several) > 1:
        names = listed(one.name for one in several)
        problems.append(Problem(str(folder), f"has several manifests ({names}); name one of them"))
        return []
    (only,) = several
    rows = read_rows(only, problems)
    read = cut_rows if is_cut(rows[0].values) else recording_rows
    return read(rows, only, problems)


def cut_rows(rows: Sequence[Row], path: Path, problems: list[Problem]) -> list[Row]:
    """Return cuts as rows of a manifest; see `lhotse_rows.cut_cells` for what becomes of each."""
    found = []
    for row in rows:
        try:
            found += [Row(cells, row.line, row.path) for cells in cut_cells(row.values)]
        except ValueError as error:
            problems.append(Problem(row.where, str(error)))
        except (AttributeError, KeyError, TypeError) as error:
            problems.append(Problem(row.where, _broken("cut", error)))
    return _placed(found, path, problems)


def recording_rows(rows: Sequence[Row], path: Path, problems: list[Problem]) -> list[Row]:
    """Return the supervisions of recordings as rows; without any, the recordings.

    The supervisions lie beside the recordings, under the same name with ``supervisions``
    for ``recordings``.
    """
    beside = path.with_name(path.name.replace("recordings", "supervisions"))
    if beside != path and beside.is_file():
        return _pair(rows, path, read_rows(beside, problems), beside, problems)
    found = []
    for row in rows:
        try:
            cells = {"id": str(row.values["id"]), "path": file_of(row.values, None)}
        except ValueError as error:
            problems.append(Problem(row.where, str(error)))
        except (AttributeError, KeyError, TypeError) as error:
            problems.append(Problem(row.where, _broken("recording", error)))
        else:
            found.append(Row(cells, row.line, row.path))
    return _placed(found, path, problems)


def supervision_rows(rows: Sequence[Row], path: Path, problems: list[Problem]) -> list[Row]:
    """Return supervisions as rows; their recordings lie beside them."""
    beside = path.with_name(path.name.replace("supervisions", "recordings"))
    if beside == path or not beside.is_file():
        what = (
            "supervisions without their recordings; put both into one folder, as "
            "recordings.jsonl.gz and supervisions.jsonl.gz"
        )
        problems.append(Problem(str(path), what))
        return []
    return _pair(read_rows(beside, problems), beside, rows, path, problems)


def _pair(
    recordings: Sequence[Row],
    path: Path,
    supervisions: Sequence[Row],
    beside: Path,
    problems: list[Problem],
) -> list[Row]:
    known = {str(row.values.get("id")): row.values for row in recordings}
    found = []
    for row in supervisions:
        of = str(row.values.get("recording_id"))
        if of not in known:
            what = f"of recording '{of}', which {path.name} does not have"
            problems.append(Problem(row.where, what))
            continue
        try:
            cells = supervision_cells(row.values, known[of])
        except ValueError as error:
            problems.append(Problem(row.where, str(error)))
        except (AttributeError, KeyError, TypeError) as error:
            problems.append(Problem(row.where, _broken("supervision", error)))
        else:
            found.append(Row(cells, row.line, str(beside)))
    return _placed(found, path, problems)


def _broken(what: str, error: Exception) -> str:
    lack = f"no {error}" if isinstance(error, KeyError) else str(error)
    return f"no {what} as Lhotse writes it ({lack}); write the file again"


def _placed(rows: list[Row], path: Path, problems: list[Problem]) -> list[Row]:
    """Return rows whose files are named in full."""
    home = placed((row.values["path"] for row in rows), path, problems)
    for row in rows:
        row.values["path"] = str(home / row.values["path"])
    return rows


def _cuts(folder: Path) -> list[Path]:
    return [one for one in _named(folder, "cuts") if is_cut(first_row(one))]


def _recordings(folder: Path) -> list[Path]:
    return [one for one in _named(folder, "recordings") if is_recording(first_row(one))]


def _named(folder: Path, word: str) -> list[Path]:
    return sorted(one for one in folder.glob(f"*{word}*") if one.name.lower().endswith(_ENDS))
