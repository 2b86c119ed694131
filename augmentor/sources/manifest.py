"""Sources: the examples a recipe starts from, as a manifest or a folder lists them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from augmentor.core.errors import Problem, UsageError
from augmentor.core.example import Facts
from augmentor.files.audio import SUFFIXES
from augmentor.files.tables import Row, read_rows

# Other programs' names for our columns: NeMo's manifests, common spreadsheets.
_ALIASES = {
    "audio_filepath": "path",
    "file_name": "path",
    "offset": "start_s",
    "duration": "duration_s",
    "text": "target",
    "label": "target",
    "license": "licence",
}
_OWN = {"id", "path", "target", "tags", "start_s", "duration_s", "words"}
_FACTS = {"speaker", "group", "split", "weight"}


@dataclass(frozen=True, slots=True)
class Source:
    """One example on disk.

    Parameters
    ----------
    facts : what is known of it; measured facts are filled in later.
    path : its file.
    start_s, duration_s : the stretch of the file, in seconds; None means to its end.
    words : (start_s, stop_s, word) where the manifest has them.
    meta : every other column, kept as it is.
    """

    facts: Facts
    path: Path
    start_s: float = 0.0
    duration_s: float | None = None
    words: tuple[tuple[float, float, str], ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)


def read_sources(path: Path) -> list[Source]:
    """Return the examples of a manifest (JSON Lines, CSV, Parquet) or of a folder of sounds.

    Paths in a manifest are relative to it. In a folder, an example's id is its path in it.

    Raises
    ------
    UsageError : every bad row at once, each with its file and line.
    """
    if path.is_dir():
        return [
            Source(Facts(id=found.relative_to(path).as_posix()), found)
            for found in sorted(path.rglob("*"))
            if found.suffix.lower() in SUFFIXES
        ]
    problems: list[Problem] = []
    sources = []
    lines: dict[str, int] = {}
    for row in read_rows(path, problems):
        try:
            source = _source(row, path)
        except (ValueError, TypeError) as error:
            problems.append(Problem(f"{path}:{row.line}", str(error)))
            continue
        known = lines.setdefault(source.facts.id, row.line)
        if known != row.line:
            problems.append(
                Problem(
                    f"{path}:{row.line}",
                    f"id '{source.facts.id}' was used on line {known} already; ids are unique",
                )
            )
        sources.append(source)
    if problems:
        raise UsageError(problems)
    return sources


def _source(row: Row, manifest: Path) -> Source:
    cells: dict[str, Any] = {}
    for name, value in row.values.items():
        cells.setdefault(_ALIASES.get(name, name) if name not in _OWN else name, value)
    where = str(cells.get("path") or "")
    if not where:
        msg = "no 'path'; every row names its file, relative to the manifest"
        raise ValueError(msg)
    duration_s = _number(cells, "duration_s")
    facts = Facts(
        id=str(cells.get("id") or where),
        target=str(cells.get("target") or ""),
        tags=tags_of(cells.get("tags")),
        duration_s=duration_s or 0.0,
        speaker=str(cells.get("speaker") or ""),
        group=str(cells.get("group") or ""),
        split=str(cells.get("split") or ""),
        weight=_number(cells, "weight", 1.0) or 0.0,
    )
    words = tuple((float(a), float(b), str(w)) for a, b, w in cells.get("words") or ())
    meta = {name: value for name, value in cells.items() if name not in _OWN | _FACTS}
    return Source(
        facts, manifest.parent / where, _number(cells, "start_s", 0.0) or 0.0, duration_s, words,
        meta,
    )  # fmt: skip


def tags_of(cell: Any) -> tuple[str, ...]:
    """Return the tags of a cell: a list, or words separated by ``;``. None at all means clean."""
    words = cell if isinstance(cell, list | tuple) else str(cell or "").split(";")
    tags = tuple(dict.fromkeys(str(word).strip() for word in words if str(word).strip()))
    return tags or ("clean",)


def _number(cells: Mapping[str, Any], name: str, default: float | None = None) -> float | None:
    cell = cells.get(name)
    if cell is None or cell == "":
        return default
    try:
        return float(cell)
    except (TypeError, ValueError):
        msg = f"'{name}' is {cell!r}; write a number"
        raise ValueError(msg) from None
