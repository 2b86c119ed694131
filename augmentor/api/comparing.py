"""Error tables before and after in, what changed out."""

import glob
from collections.abc import Collection, Sequence
from pathlib import Path

from augmentor.audit.comparing.compare import compare
from augmentor.audit.comparing.comparison import Comparison
from augmentor.audit.comparing.neighbour_files import read_sheet
from augmentor.audit.figures.normal import normalizer
from augmentor.audit.tables.raw import ErrorTable
from augmentor.audit.tables.table import read_table
from augmentor.core.errors import Problem, UsageError

_TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".pq", ".xlsx")

Where = str | Path | Sequence[str | Path]
"""A table, a folder of tables, a pattern such as ``base-*.csv``, or several of them."""


def compare_tables(
    before: Where,
    after: Where,
    *,
    metric: str = "accuracy",
    margin: float = 0.02,
    guard: Collection[str] | None = None,
    targets: Collection[str] = (),
    families: Sequence[str] = (),
    neighbours: str | Path | None = None,
    normalize: str = "none",
    folders: Sequence[Path] = (),
) -> Comparison:
    """Compare the same examples before and after, paired by id, per tag.

    Parameters
    ----------
    before, after : error tables with the same ids and targets: one, or one for each run of the
        training (seed), as files, as a folder of them, or as a pattern.
    metric : accuracy, wer or cer.
    margin : how far a guarded tag may fall, as a fraction.
    guard : the tags that must not fall; all by default.
    targets : the tags that were to rise.
    families : tags that are near each other, as ``mechanical=car noise,train``.
    neighbours : a recipe with `families`, or a table of tag, neighbour, similarity.
    normalize : ``none``, ``basic`` or ``module:function``; what is done to all texts.
    folders : where such a module may lie too, beside the current folder.

    Raises
    ------
    UsageError : the tables cannot be paired, one of them is a summary, or a name is not known.
    """
    sheet = read_sheet(families, neighbours)
    found = [_read_all(tables_of(where)) for where in (before, after)]
    change = None if normalize == "none" else normalizer(normalize, [*folders, Path.cwd()])
    return compare(
        *found, metric=metric, margin=margin, guard=guard, targets=targets, sheet=sheet,
        normalize=change, normalized=normalize,
    )  # fmt: skip


def tables_of(where: Where) -> list[Path]:
    """Return the files that are meant: of a folder or a pattern all tables, by name.

    Raises
    ------
    UsageError : nothing is there, or one file is meant twice.
    """
    if isinstance(where, str | Path):
        where = [where]
    files = [file for one in where for file in _tables_at(Path(one))]
    seen: dict[Path, Path] = {}
    for file in files:
        if seen.setdefault(file.resolve(), file) is not file:
            raise UsageError(
                Problem(str(file), "given twice; each run of the training has its own table")
            )
    return files


def _tables_at(place: Path) -> list[Path]:
    if place.is_dir():
        files = sorted(one for one in place.iterdir() if one.suffix.lower() in _TABLES)
        if not files:
            what = f"a folder without tables; expected {', '.join(_TABLES)} files, one for each run"
            raise UsageError(Problem(str(place), what))
        return files
    if not place.exists() and glob.has_magic(str(place)):
        files = sorted(Path(one) for one in glob.iglob(str(place)))  # noqa: PTH207 - may be absolute
        if not files:
            raise UsageError(Problem(str(place), "no file has a name like that"))
        return files
    return [place]  # one that is not there is said when it is read


def _read_all(files: Sequence[Path]) -> list[ErrorTable]:
    tables = []
    for file in files:
        table = read_table(file)
        if not isinstance(table, ErrorTable):
            raise UsageError(f"{file} is a summary; to compare, give a table with a row an example")
        if not table.answered:
            raise UsageError(f"{file} holds no predictions; to compare, give what each model said")
        tables.append(table)
    return tables
