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


def write_list(path: Path, rows: Iterable[Mapping[str, Any]]) -> str:
    """Write a list, whole or not at all; return the digest of its bytes."""
    data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    write_bytes(path, data)
    return digest_bytes(data)


def to_ask(sources: Sequence[Source]) -> list[Row]:
    """Return what a trained model is asked about: no tags, they are not for it to see."""
    hidden = ("tags", "weight", "split")
    return [
        {name: one for name, one in source_row(source).items() if name not in hidden}
        for source in sources
    ]
