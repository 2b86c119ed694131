"""Lists of examples as the user's programs read them: JSON Lines, paths absolute."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from augmentor.core.digest import digest_bytes
from augmentor.files.atomic import write_bytes
from augmentor.sources.manifest import Source

Row = dict[str, Any]


def source_row(source: Source) -> Row:
    """Return a source as a row: what its own manifest said of it, under our names."""
    facts = source.facts
    told: Row = {
        "id": facts.id,
        "path": str(source.path.absolute()),
        "target": facts.target,
        "tags": list(facts.tags),
    }
    if source.start_s or source.duration_s:
        told |= {"start_s": source.start_s, "duration_s": source.duration_s}
    told |= {
        name: value for name in ("speaker", "group", "split") if (value := getattr(facts, name))
    }
    if facts.weight != 1:
        told["weight"] = facts.weight
    if source.words:
        told["words"] = [list(one) for one in source.words]
    if source.marks:
        told["marks"] = [dict(one) for one in source.marks]
    if source.mask_path is not None:
        told["mask"] = str(source.mask_path.absolute())
    return told | {name: one for name, one in source.meta.items() if name not in told}


def made_rows(run: Path) -> Iterator[Row]:
    """Yield the new examples of a finished run, in its order."""
    with (run / "metadata.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            path = (run / row.pop("file_name")).absolute()
            meta = row.pop("meta", {})
            told = {"id": row.pop("id"), "path": str(path)}
            told |= {name: one for name, one in row.items() if one not in ("", None)}
            yield told | {name: one for name, one in meta.items() if name not in told}


def write_list(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a list, whole or not at all."""
    write_bytes(path, _lines(rows))


def digest_rows(rows: Iterable[Mapping[str, Any]], homes: Sequence[Path]) -> str:
    """Return a digest of rows that stays the same when a folder is moved with what lies in it.

    Parameters
    ----------
    rows : with absolute paths.
    homes : folders that may move, the innermost first.
    """
    absolute = [home.absolute() for home in homes]
    found = [
        {**row, **{name: _from(absolute, row[name]) for name in _PATHS if name in row}}
        for row in rows
    ]
    return digest_bytes(_lines(found))


_PATHS = "path", "mask"


def _from(homes: Sequence[Path], text: str) -> str:
    path = Path(text)
    return next((str(path.relative_to(one)) for one in homes if path.is_relative_to(one)), text)


def _lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def to_ask(sources: Sequence[Source]) -> list[Row]:
    """Return what a trained model is asked about: no tags, they are not for it to see."""
    hidden = ("tags", "weight", "split")
    return [
        {name: one for name, one in source_row(source).items() if name not in hidden}
        for source in sources
    ]
