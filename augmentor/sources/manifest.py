"""Sources: the examples a recipe starts from, as a manifest or a folder lists them."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from augmentor.core.errors import Problem, UsageError, listed
from augmentor.core.example import Facts
from augmentor.files.marked import short
from augmentor.files.tables import Row
from augmentor.sources.forms import form_rows

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
_SAID = ("transcription", "transcript", "sentence")  # the target, where nothing else is
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
    """Return the examples of a manifest (JSON Lines, CSV, Parquet) or of a folder.

    Paths in a manifest are relative to it. What NeMo, Kaldi, Lhotse and Hugging Face write is
    read as it is, see `forms`. In any other folder each sound is an example, its id its path.

    Raises
    ------
    UsageError : every bad row at once, each with its file and line.
    """
    problems: list[Problem] = []
    sources = []
    seen: dict[str, Row] = {}
    folder = path if path.is_dir() else path.parent
    for row in form_rows(path, problems):
        try:
            source = _source(row, folder)
        except (ValueError, TypeError) as error:
            problems.append(Problem(row.where, str(error)))
            continue
        known = seen.setdefault(source.facts.id, row)
        if known is not row:
            where = f"on line {known.line}" if known.path == row.path else f"in {known.where}"
            what = f"id '{source.facts.id}' was used {where} already; ids are unique"
            if row.values.get("id") in (None, ""):
                what += ", and this one is its file's name: give both rows an 'id'"
            problems.append(Problem(row.where, what))
        sources.append(source)
    if problems:
        raise UsageError(problems)
    return sources


def _source(row: Row, folder: Path) -> Source:
    # Our own names win over other programs' names for the same thing.
    cells = {_ALIASES.get(name, name): value for name, value in reversed(row.values.items())}
    cells |= {name: value for name, value in row.values.items() if name in _OWN | _FACTS}
    if cells.get("target") in (None, ""):
        said = [cells.pop(name) for name in _SAID if name in cells]
        cells["target"] = next((one for one in said if one not in (None, "")), None)
    # What was found in a folder may have a name that is no text.
    where = cells["path"] if isinstance(cells.get("path"), Path) else _text(cells, "path")
    if not where:
        msg = (
            "no 'path'; every row names its file, relative to the manifest, as path, "
            f"audio_filepath or file_name; this one has {listed(row.values)}"
        )
        raise ValueError(msg)
    start_s, duration_s = _number(cells, "start_s", 0.0), _number(cells, "duration_s")
    # Manifests of stretches often have no ids of their own (NeMo's, for one).
    facts = Facts(
        id=_text(cells, "id") or (f"{where}@{start_s:.3f}" if start_s else str(where)),
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
    kept = _kept(rest.pop("meta", None))
    meta = _plain(kept | rest)
    return Source(
        facts, folder / where, start_s or 0.0, duration_s, _words(cells.get("words")),
        meta=meta,
    )  # fmt: skip


def _kept(cell: Any) -> dict[str, Any]:
    """Return what a column `meta` holds, an object or its JSON text; any other is a column."""
    try:
        found = json.loads(cell) if isinstance(cell, str) and cell.startswith("{") else cell
    except (ValueError, RecursionError):
        found = cell
    return found if isinstance(found, dict) else {"meta": found} if found else {}


def _text(cells: Mapping[str, Any], name: str) -> str:
    cell = cells.get(name)
    text = cell if isinstance(cell, str) else _as_written(name, cell)
    _as_text(name, text)
    return text


def _as_written(name: str, cell: Any) -> str:
    """Return a cell that is no text as text; nothing where it is empty."""
    if isinstance(cell, Mapping | list | tuple):
        msg = f"'{name}' is {short(cell)}; write text or a number"
        raise ValueError(msg)  # noqa: TRY004 - what is wrong with a row is a ValueError
    if cell is None or cell != cell:  # noqa: PLR0124 - NaN: some programs write it for nothing
        return ""
    return json.dumps(cell) if isinstance(cell, bool) else str(cell)


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
    if isinstance(cell, Mapping):
        msg = f"'tags' is {short(cell)}; write a list, or words separated by ';'"
        raise ValueError(msg)  # noqa: TRY004 - what is wrong with a row is a ValueError
    words = cell if isinstance(cell, list | tuple) else str(cell or "").split(";")
    words = [word for word in words if word is not None]
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
