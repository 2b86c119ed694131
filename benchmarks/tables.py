"""The tag table and the ranking of a million rows, beside fairlearn and pandas."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from augmentor.audit.priorities.rank import rank
from augmentor.audit.tables.raw import ErrorTable
from augmentor.audit.tables.table import read_table
from augmentor.core.coded import Coded
from benchmarks.clock import Row, seconds

ROWS, TAGS, CLASSES = 1_000_000, 50, 10
FEW = 20_000
"""Rows that fairlearn gets: of a million it would take minutes."""


def measure(folder: Path) -> Iterator[Row]:
    """Yield milliseconds a table: ranked without and with a baseline, and read from a CSV."""
    table = _table(ROWS)
    small = _table(FEW)
    human = dict.fromkeys(table.tag_names, (0.95, "human", 100))
    target, answer = (Coded.of(texts).codes for texts in (table.targets, table.predictions))

    def fairlearn() -> None:
        from fairlearn.metrics import MetricFrame
        from sklearn.metrics import accuracy_score

        true, said = np.array(list(small.targets)), np.array(list(small.predictions))
        for tag in range(TAGS):
            frame = MetricFrame(
                metrics=accuracy_score, y_true=true, y_pred=said,
                sensitive_features=small.tags[:, tag],
            )  # fmt: skip
            frame.by_group.to_dict()

    def pandas() -> None:
        import pandas as pd

        wrong = pd.Series(target != answer)
        for tag in range(TAGS):
            wrong.groupby(table.tags[:, tag]).agg(["count", "sum", "mean"])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peers' own
        peers = seconds({"fairlearn": fairlearn, "pandas": pandas}, turns=2, warm=1)
    found = seconds(
        {"plain": lambda: rank(table), "baseline": lambda: rank(table, baseline=human)}, turns=9
    )
    ms = {name: 1e3 * taken for name, taken in found.items()}
    whole = peers["fairlearn"] * ROWS / FEW
    work = "1M x 50 tags, Wilson, p, Benjamini-Hochberg"
    yield Row(
        f"{work} / fairlearn ({FEW} rows, scaled)", f"{ms['plain']:.1f} ms", f"{whole:.0f} s",
        whole / found["plain"], "<= 25 ms",
    )  # fmt: skip
    yield Row(
        f"{work} / pandas", f"{ms['plain']:.1f} ms", f"{1e3 * peers['pandas']:.0f} ms",
        peers["pandas"] / found["plain"], "<= 25 ms",
    )  # fmt: skip
    yield Row(
        "the same with gains, 1,000 resamples, P(largest)", f"{ms['baseline']:.1f} ms", "", None,
        f"adds <= 50 ms: {ms['baseline'] - ms['plain']:.1f}",
    )  # fmt: skip
    yield from _reading(folder, table)


def _reading(folder: Path, table: ErrorTable) -> Iterator[Row]:
    path = folder / "table.csv"
    names = np.array(table.tag_names)
    with path.open("w", encoding="utf-8") as file:
        file.write("id,target,prediction,tags\n")
        rows = zip(table.ids, table.targets, table.predictions, table.tags, strict=True)
        for row, target, answer, tags in rows:
            file.write(f"utterance-{row},{target},{answer},{';'.join(names[tags])}\n")

    def pandas() -> None:
        import pandas as pd

        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        frame["tags"].str.get_dummies(";")

    found = seconds({"ours": lambda: read_table(path)}, turns=3)
    found |= seconds({"pandas": pandas}, turns=1, warm=0)
    yield Row(
        "read that table from a CSV of 1M rows / pandas", f"{1e3 * found['ours']:.0f} ms",
        f"{1e3 * found['pandas']:.0f} ms", found["pandas"] / found["ours"], "said",
    )  # fmt: skip


def _table(rows: int) -> ErrorTable:
    rng = np.random.Generator(np.random.Philox(7))
    target = rng.integers(0, CLASSES, rows).astype(np.int32)
    wrong = rng.random(rows) < 0.1
    answer = np.where(wrong, (target + 1) % CLASSES, target).astype(np.int32)
    classes = [f"c{number}" for number in range(CLASSES)]
    return ErrorTable(
        ids=range(rows),  # type: ignore[arg-type]  # any names that differ
        targets=Coded(target, classes),
        predictions=Coded(answer, classes),
        tag_names=tuple(f"tag {number}" for number in range(TAGS)),
        tags=np.asfortranarray(rng.random((rows, TAGS)) < 0.07),
    )
