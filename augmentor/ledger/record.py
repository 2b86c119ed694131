"""What a run leaves behind: rows of new examples, and the record of how they came about."""

import json
import platform
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from augmentor.core.errors import UsageError, listed
from augmentor.core.operator import Edit
from augmentor.files.atomic import write_json_lines
from augmentor.files.parquet import read_parquet, write_parquet

State = Literal["done", "rejected", "quarantined"]

METADATA = (
    "file_name", "id", "parent", "category", "target", "tags", "duration_s", "speaker", "group",
    "split", "weight",
)  # fmt: skip
_SOMETIMES = ("words", "width_px", "height_px", "marks", "classes", "points", "meta")
"""In every row where any row has some."""
# Kept as JSON text in the manifest: the type of each, and of what it holds.
_JSON: dict[str, tuple[type, type]] = {
    "edits": (list, dict), "notes": (list, dict), "verdicts": (list, dict), "tags": (list, str),
    "words": (list, list), "marks": (list, dict), "classes": (list, dict),
    "points": (list, list), "meta": (dict, str),
}  # fmt: skip


@dataclass(slots=True)
class Record:
    """One planned example and what became of it.

    Parameters
    ----------
    id, category, parent, parent_digest, copy : which one.
    state : done, rejected by the gate, or quarantined for its source.
    reason : why it was not done; empty when it was.
    attempt : the try that made it, from 0.
    edits, notes, verdicts : what was done, what was measured, what the gate said; plain JSON.
    file_name, digest : the output, relative to the run, and the digest of its bytes.
    target, tags, duration_s, speaker, group, split, weight, words : of the new example; words
        are [start_s, stop_s, word].
    width_px, height_px, marks, classes, points : of a picture, see `jobs.output`.
    meta : the parent's other columns, its licence for one.
    spent_s : what each check took, a mapping a try, and `making_s` the whole of it; seconds. They
        differ from run to run: no table holds them.
    """

    id: str
    category: str
    parent: str
    parent_digest: str
    copy: int
    state: State
    reason: str = ""
    attempt: int = 0
    edits: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    file_name: str = ""
    digest: str = ""
    target: str = ""
    tags: list[str] = field(default_factory=list)
    duration_s: float = 0.0
    speaker: str = ""
    group: str = ""
    split: str = ""
    weight: float = 1.0
    words: list[list[Any]] = field(default_factory=list)
    width_px: int = 0
    height_px: int = 0
    marks: list[dict[str, Any]] = field(default_factory=list)
    classes: list[dict[str, Any]] = field(default_factory=list)
    points: list[list[Any]] = field(default_factory=list)
    meta: dict[str, Any] = field(default_factory=dict)
    spent_s: Sequence[Mapping[str, float]] = field(default=(), compare=False)
    making_s: float = field(default=0.0, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {name: getattr(self, name) for name in FIELDS}


FIELDS = tuple(one.name for one in fields(Record) if one.name not in ("spent_s", "making_s"))


def write_run(folder: Path, records: Sequence[Record]) -> None:
    """Write the tables of a run: metadata.jsonl, manifest.parquet, rejected.jsonl.

    In metadata.jsonl every row has ``words``, ``marks`` and the like where any row has some. A
    word or point is an object there: programs that read a column as one type take no list of
    numbers and text.

    Parameters
    ----------
    folder : the run's.
    records : in plan order.
    """
    done = [one for one in records if one.state == "done"]
    columns = {name: [getattr(one, name) for one in done] for name in FIELDS if name != "reason"}
    names = (*METADATA, *(name for name in _SOMETIMES if any(columns[name])))
    told = zip(*(_told(name, columns[name]) for name in names), strict=True)
    write_json_lines(
        folder / "metadata.jsonl", (dict(zip(names, row, strict=True)) for row in told)
    )
    for name in _JSON:
        columns[name] = list(map(_text, columns[name]))
    write_parquet(folder / "manifest.parquet", columns, {name: _kind(name) for name in columns})
    write_json_lines(
        folder / "rejected.jsonl",
        (
            {"id": one.id, "category": one.category, "reason": one.reason, "edits": one.edits,
             "verdicts": one.verdicts}
            for one in records
            if one.state == "rejected"
        ),
    )  # fmt: skip


def _text(value: Any) -> str:
    """Return a list or an object as JSON; most are empty, and those Python writes alike."""
    return json.dumps(value) if value else str(value)


def _told(name: str, values: Sequence[Any]) -> Sequence[Any]:
    """Return a column as metadata.jsonl has it."""
    names = _OBJECTS.get(name)
    if names is None:
        return values
    return [[dict(zip(names, one, strict=True)) for one in value] for value in values]


_OBJECTS = {
    "words": ("start_s", "stop_s", "word"),
    "points": ("x_px", "y_px", "name", "visible"),
}
"""What the parts of a list are called in metadata.jsonl."""


def _kind(name: str) -> str:
    """Return the type of a column of the manifest: the same whatever a run made."""
    return _NUMBERS.get(name, "string")


_NUMBERS = {
    "copy": "int64", "attempt": "int64", "width_px": "int64", "height_px": "int64",
    "duration_s": "double", "weight": "double",
}  # fmt: skip


def read_records(folder: Path) -> list[Record]:
    """Return the finished examples of a run, in plan order.

    Raises
    ------
    UsageError : the folder holds no manifest, or one that is damaged or no run's.
    """
    path = folder / "manifest.parquet"
    if not path.is_file():
        raise UsageError(f"{folder} is not a finished run: it has no manifest.parquet")
    try:
        rows = read_parquet(path)
    except (ValueError, TypeError, KeyError, NotImplementedError, RuntimeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    return [_record(row, f"{path}, row {number}") for number, row in enumerate(rows, 1)]


def _record(row: Mapping[str, Any], where: str) -> Record:
    """Return the record of a row of the manifest; UsageError where it is not one."""
    expected = {name for name in FIELDS if name != "reason"}
    odd = [f"no '{name}'" for name in FIELDS if name in expected - row.keys()]
    odd += [f"an unknown '{name}'" for name in row if name not in expected]
    if odd:
        raise UsageError(
            f"{where}: {listed(odd)}; another program, or another version of this one, wrote it"
        )
    cells = {name: _cell(name, value) for name, value in row.items()}
    for name, cell in cells.items():
        if cell is None:
            raise UsageError(f"{where}: '{name}' is damaged; it holds {str(row[name])[:80]!r}")
    return Record(**cells)


def _cell(name: str, value: Any) -> Any:
    """Return what a cell of the manifest holds, or None where it is not of its column's type."""
    fits = isinstance(value, {"int64": int, "double": float}.get(_kind(name), str))
    if not fits or name not in _JSON:
        return value if fits else None
    outer, inner = _JSON[name]
    try:
        found: Any = json.loads(value)
    except (ValueError, RecursionError):
        return None
    fits = issubclass(type(found), outer) and all(isinstance(one, inner) for one in found)
    return found if fits else None


def gate_counts(records: Iterable[Record]) -> dict[str, dict[str, int]]:
    """Return, by category, how many passed, were rejected for which check, could not tell."""
    counts: dict[str, Counter[str]] = {}
    for one in records:
        here = counts.setdefault(one.category, Counter())
        if one.state == "done":
            here["passed"] += 1
            here["passed at a later try"] += one.attempt > 0
            for verdict in one.verdicts:
                if verdict["outcome"] == "cannot tell":
                    here[f"cannot tell: {verdict['check'].rpartition('.')[0]}"] += 1
        elif one.state == "rejected":
            here[f"rejected: {one.reason.partition(' is ')[0]}"] += 1
        else:
            here["quarantined"] += 1
    return {name: {k: v for k, v in here.items() if v} for name, here in counts.items()}


def uses(
    records: Iterable[Record], lengths_s: Mapping[str, Mapping[str, float]]
) -> dict[str, dict[str, float]]:
    """Return, by bank, how much of it was used and how often.

    Distinct seconds count each stretch once; an hour of noise over a thousand hours of
    speech teaches that hour.

    Parameters
    ----------
    records : of a run.
    lengths_s : audible seconds by bank and recording; a longer use went round again.
    """
    stretches: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for one in records:
        for edit in one.edits if one.state == "done" else ():
            for ref in Edit.from_json(edit).references():
                here = stretches.setdefault(ref["bank"], {}).setdefault(ref["id"], [])
                start_s = float(ref.get("start_s", 0.0))
                here.append((start_s, start_s + one.duration_s))
    found = {}
    for bank, recordings in stretches.items():
        spans = [span for one in recordings.values() for span in one]
        found[bank] = {
            "recordings": len(recordings),
            "uses": len(spans),
            "most_uses_of_one": max(map(len, recordings.values())),
            "used_s": round(sum(stop - start for start, stop in spans), 3),
            "distinct_s": round(
                sum(_distinct_s(one, lengths_s[bank][name]) for name, one in recordings.items()), 3
            ),
            "audible_s": round(sum(lengths_s[bank].values()), 3),
        }
    return found


def _distinct_s(spans: list[tuple[float, float]], length_s: float) -> float:
    """Return how much of a loop some stretches cover together."""
    flat = []
    for start, stop in spans:
        if stop - start >= length_s:
            return length_s
        flat += [(start, min(stop, length_s)), (0.0, max(stop - length_s, 0.0))]
    total, end = 0.0, 0.0
    for start, stop in sorted(flat):
        total += max(0.0, stop - max(start, end))
        end = max(end, stop)
    return total


def environment(folder: Path) -> dict[str, Any]:
    """Return what the bytes may depend on: versions, and the state of the code around a folder."""
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "versions": {name: _version(name) for name in _DECIDING},
        "git": _git(folder),
    }


_DECIDING = (
    "numpy", "scipy", "soundfile", "soxr", "opencv-python-headless", "albumentations"
)  # fmt: skip


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _git(folder: Path) -> dict[str, Any] | None:
    def ask(*words: str) -> str:
        return subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        return {"commit": ask("rev-parse", "HEAD"), "dirty": bool(ask("status", "--porcelain"))}
    except (OSError, subprocess.CalledProcessError):
        return None  # not a checkout, or no git: nothing to say
