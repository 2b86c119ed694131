"""One example of a run again, from its row of the manifest alone."""

from dataclasses import dataclass
from pathlib import Path

from augmentor.api.planning import measurer
from augmentor.core.digest import digest_bytes
from augmentor.core.errors import UsageError, nearest
from augmentor.core.operator import Edit
from augmentor.files.atomic import write_bytes
from augmentor.jobs.output import output_of
from augmentor.ledger.record import Record, read_records
from augmentor.recipe.load import load_recipe
from augmentor.recipe.renderer import read_parent, render


@dataclass(frozen=True, slots=True)
class Replay:
    """An example rendered again.

    Parameters
    ----------
    record : its row of the manifest.
    data : the bytes of the file.
    agrees : whether they are the bytes the run wrote.
    """

    record: Record
    data: bytes
    agrees: bool


def replay(run: str | Path, example: str, output: str | Path | None = None) -> Replay:
    """Render one example of a run again.

    Parameters
    ----------
    run : the run's folder.
    example : the example's id.
    output : where to write the file, if anywhere.

    Raises
    ------
    UsageError : no such run or example, or its parent or banks are not what they were.
    """
    folder = Path(run)
    if not (folder / "manifest.parquet").exists():
        raise UsageError(f"{folder} is not a finished run: it has no manifest.parquet")
    records = {one.id: one for one in read_records(folder)}
    if example not in records:
        raise UsageError(f"{folder} has no example '{example}'{nearest(example, list(records))}")
    record = records[example]
    recipe = load_recipe(folder / "recipe.yaml", audit=False)
    sources = [one for one in recipe.sources if one.facts.id == record.parent]
    if not sources:
        raise UsageError(f"the source has no '{record.parent}' any more")
    found = measurer(recipe)(sources)[0]
    if isinstance(found, str):
        raise UsageError(f"parent '{record.parent}': {found}")
    if found.facts.digest != record.parent_digest:
        raise UsageError(f"parent '{record.parent}' has changed since the run")
    edits = tuple(Edit.from_json(edit) for edit in record.edits)
    child = render(recipe, read_parent(recipe, found), edits)
    data = b"".join(output_of(child).parts)
    if output is not None:
        write_bytes(Path(output), data)
    return Replay(record, data, digest_bytes(data) == record.digest)
