"""A report by class of a million labels, from integers, beside scikit-learn."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.metrics import confusion_matrix, matthews_corrcoef, precision_recall_fscore_support

from augmentor.audit.figures.classes import class_report
from benchmarks.clock import Row, seconds

ROWS = 1_000_000


def measure(_folder: Path) -> Iterator[Row]:
    """Yield milliseconds a report: rates, intervals, averages, matrix and correlation in ours."""
    for classes in (10, 100):
        chance = np.random.Generator(np.random.Philox(key=classes))
        true = chance.integers(0, classes, ROWS)
        said = np.where(chance.random(ROWS) < 0.8, true, chance.integers(0, classes, ROWS))
        names = [str(code) for code in range(classes)]
        found = seconds(
            {
                "ours": lambda t=true, s=said, n=names: class_report(t, s, n),
                "rates": lambda t=true, s=said: precision_recall_fscore_support(t, s),
                "all": lambda t=true, s=said: (
                    precision_recall_fscore_support(t, s),
                    confusion_matrix(t, s),
                    matthews_corrcoef(t, s),
                ),
            },
            turns=5,
        )
        for peer, what in (("rates", "P/R/F1"), ("all", "the same")):
            yield Row(
                f"report of 1M labels, {classes} classes / scikit-learn, {what}",
                f"{1e3 * found['ours']:.1f} ms", f"{1e3 * found[peer]:.0f} ms",
                found[peer] / found["ours"], "ours <= 10 ms",
            )  # fmt: skip
