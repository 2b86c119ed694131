"""Sources: the examples a recipe starts from, as a manifest or a folder lists them."""

import json
import math
import os
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
    marks : what is marked in a picture, a mapping an instance, see `files.marks`.
    mask_path : a picture's classes by pixel, a grey PNG, where it has one.
    points : (x_px, y_px, name, whether it is visible) of a picture.
    meta : every other column, its licence for one, as plain JSON. It travels with all that
        is made of the example.
    stamp : size and times of change of the file as it was measured; empty where it was not.
    """

    facts: Facts
    path: Path
    start_s: float = 0.0
    duration_s: float | None = None
    words: tuple[tuple[float, float, str], ...] = ()
    marks: tuple[Mapping[str, Any], ...] = ()
    mask_path: Path | None = None
    points: tuple[tuple[float, float, str, bool], ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    stamp: tuple[int, ...] = field(default=(), compare=False)


def read_sources(path: Path) -> list[Source]:
    """Return the examples of a manifest (JSON Lines, CSV, Parquet) or of a folder of sounds.

    Paths in a manifest are relative to it. In a folder, an example's id is its path in it.

    Raises
    ------
    UsageError : every bad row at once, each with its file and line.
    """
    if path.is_dir():
        return [
            Source(Facts(id=_readable(found.relative_to(path).as_posix())), found)
            for found in sorted(path.rglob("*"))
            if found.suffix.lower() in SUFFIXES and not found.is_dir()
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
    # Our own names win over other programs' names for the same thing.
    cells = {_ALIASES.get(name, name): value for name, value in reversed(row.values.items())}
    cells |= {name: value for name, value in row.values.items() if name in _OWN | _FACTS}
    where = _text(cells, "path")
    if not where:
        msg = "no 'path'; every row names its file, relative to the manifest"
        raise ValueError(msg)
    start_s, duration_s = _number(cells, "start_s", 0.0), _number(cells, "duration_s")
    # Manifests of stretches often have no ids of their own (NeMo's, for one).
    facts = Facts(
        id=_text(cells, "id") or (f"{where}@{start_s:.3f}" if start_s else where),
        target=_text(cells, "target"),
        tags=tags_of(cells.get("tags")),
        duration_s=duration_s or 0.0,
        speaker=_text(cells, "speaker"),
        group=_text(cells, "group"),
        split=_text(cells, "split"),
        weight=_number(cells, "weight", 1.0) or 0.0,
    )
    _as_text("tags", facts.tags)
    rest = {name: value for name, value in cells.items() if name not in _OWN | _FACTS}
    # A run's own table keeps what its parents' manifest said under one name.
    kept = rest.pop("meta", None)
    meta = _plain((kept if isinstance(kept, dict) else {"meta": kept} if kept else {}) | rest)
    return Source(
        facts, manifest.parent / where, start_s or 0.0, duration_s, _words(cells.get("words")),
        meta=meta,
    )  # fmt: skip


def _readable(name: str) -> str:
    """Return a file's name as text that can be written anywhere, whatever bytes it has."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _text(cells: Mapping[str, Any], name: str) -> str:
    cell = cells.get(name)
    text = "" if cell is None else str(cell)
    _as_text(name, text)
    return text


def _as_text(name: str, words: str | tuple[str, ...]) -> None:
    """Refuse half a character: no file could hold it."""
    try:
        "".join(words).encode()
    except UnicodeEncodeError:
        msg = f"'{name}' holds half a character ({words!r}); write it whole"
        raise ValueError(msg) from None


def _words(cell: Any) -> tuple[tuple[float, float, str], ...]:
    """Return the words of a cell: a list, or its JSON text, since a cell of CSV is text."""
    try:
        words = json.loads(cell) if isinstance(cell, str) and cell.strip() else cell
        return tuple(_word(one) for one in words or ())
    except (TypeError, ValueError, KeyError, RecursionError):
        msg = f"'words' is {cell!r}; write a list of [start_s, stop_s, word]"
        raise ValueError(msg) from None


def _word(cell: Any) -> tuple[float, float, str]:
    """Return a word of [start_s, stop_s, word], or of an object with these names."""
    if isinstance(cell, Mapping):
        cell = cell["start_s"], cell["stop_s"], cell["word"]
    if not isinstance(cell, list | tuple):
        msg = "no list"
        raise TypeError(msg)
    first, last, word = cell
    start_s, stop_s, word = float(first), float(last), str(word)
    if not 0 <= start_s <= stop_s < math.inf:
        msg = "no stretch of time"
        raise ValueError(msg)
    word.encode()  # half a character is refused: no file could hold it
    return start_s, stop_s, word


def _plain(value: Any) -> Any:
    """Return a cell as JSON that any program reads: dates and bytes as text, no NaN."""
    if isinstance(value, Mapping):
        return {_plain(str(name)): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value).encode("utf-8", "backslashreplace").decode()


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
        number = float(cell)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number < math.inf:
        msg = f"'{name}' is {cell!r}; write a number, 0 or above"
        raise ValueError(msg)
    return number
