"""Training, dev and test beside the baseline: is it the model, or is it the data?"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from augmentor.audit.figures.intervals import newcombe
from augmentor.audit.figures.metrics import BY_EXAMPLE, Normalizer, count, per_tag
from augmentor.audit.tables.raw import ErrorTable
from augmentor.core.coded import Coded
from augmentor.core.errors import UsageError, listed, nearest

NAMES = {
    "train": ("train", "training"),
    "dev": ("dev", "development", "val", "valid", "validation", "eval"),
    "test": ("test", "testing"),
}
"""What the usual splits are called."""
BIGGER, DATA = "bigger model or longer training", "more data of this kind"


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRow:
    """One tag in every split.

    Parameters
    ----------
    tag : its name; ``overall`` for all rows.
    accuracy : by split; 1 - WER for WER; None is undefined.
    n : examples by split.
    baseline : what could be reached; None where unknown.
    advice : what the differences ask for; empty where they are within chance.
    """

    tag: str
    accuracy: Mapping[str, float | None]
    n: Mapping[str, int]
    baseline: float | None
    advice: str

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return asdict(self)


def audited_split(table: ErrorTable, asked: str | None) -> str | None:
    """Return the split to audit: the one asked for, else dev, else test, else the only one.

    None stands for all rows, where the table has no splits or none of a known name.

    Raises
    ------
    UsageError : no row is in the split asked for.
    """
    if table.splits is None:
        if asked is not None:
            raise UsageError(f"{table.path} has no column 'split', so there is no '{asked}'")
        return None
    present = [name for name in dict.fromkeys(Coded.of(table.splits)) if name]
    if asked is not None:
        if asked not in present:
            hint = nearest(asked, present) or f"; known: {listed(present)}"
            raise UsageError(f"{table.path}: no row is in the split '{asked}'{hint}")
        return asked
    for kind in ("dev", "test"):
        for name in present:
            if name.lower() in NAMES[kind]:
                return name
    return present[0] if len(present) == 1 else None


def split_rows(
    table: ErrorTable,
    metric: str,
    baselines: Mapping[str, float | None],
    normalize: Normalizer | None = None,
) -> list[SplitRow]:
    """Return every tag in every split, and all rows last.

    A training error far from the baseline asks for a bigger model; a dev error far from the
    training error asks for data. What lies within chance (95 %) asks for nothing.

    Parameters
    ----------
    table : with splits.
    metric : a pooled one.
    baselines : accuracy to reach, by tag and for ``overall``.
    normalize : as for `metrics.count`.
    """
    counts = count(metric, table.targets, table.predictions, normalize)
    column = Coded.of(table.splits or [])
    names = [*table.tag_names, "overall"]
    members = np.ones((len(table), len(names)), dtype=np.bool_, order="F")
    members[:, :-1] = table.tags
    sums: dict[str, list[Any]] = {}
    for at, split in enumerate(column.values):
        if split:
            here = column.codes == at
            sums[split] = per_tag(members[here], np.ones(int(here.sum())), counts.errors[here],
                                  counts.units[here])  # fmt: skip
    order = sorted(sums, key=_order)
    rows = []
    for at, name in enumerate(names):
        cells = {split: [float(part[at]) for part in sums[split]] for split in order}
        accuracy = {
            split: None if not units else 1 - errors / units
            for split, (_, errors, units) in cells.items()
        }
        baseline = baselines.get(name)
        rows.append(
            SplitRow(
                tag=name,
                accuracy=accuracy,
                n={split: int(cell[0]) for split, cell in cells.items()},
                baseline=baseline,
                advice=_advice(cells, baseline) if metric in BY_EXAMPLE else "",
            )
        )
    return rows


def _order(split: str) -> tuple[int, str]:
    for place, known in enumerate(NAMES.values()):
        if split.lower() in known:
            return place, split
    return len(NAMES), split


def _advice(cells: Mapping[str, Sequence[float]], baseline: float | None) -> str:
    """Return what is surely missing: a better model, data, or both."""
    by_kind = {
        kind: cell for split, cell in cells.items()
        for kind, known in NAMES.items() if split.lower() in known and cell[0]
    }  # fmt: skip
    if "train" not in by_kind:
        return ""
    n, errors, _units = by_kind["train"]
    said = []
    if baseline is not None:
        far, _ = newcombe([errors], [n], [(1 - baseline) * n], [n])
        if far[0] > 0:
            said.append(BIGGER)
    held_out = by_kind.get("dev") or by_kind.get("test")
    if held_out is not None:
        far, _ = newcombe([held_out[1]], [held_out[0]], [errors], [n])
        if far[0] > 0:
            said.append(DATA)
    return " and ".join(said)
