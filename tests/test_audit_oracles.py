"""Other libraries agree with the audit wherever they are defined."""

import warnings

import numpy as np
import pytest
from audit_tables import table_of

from augmentor.audit.figures import intervals
from augmentor.audit.priorities.rank import rank
from augmentor.audit.tables.raw import ErrorTable

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what they warn of at import is theirs
    from fairlearn.metrics import MetricFrame
    from sklearn.metrics import accuracy_score
    from statsmodels.stats.contingency_tables import mcnemar
    from statsmodels.stats.multitest import multipletests
    from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint


def chance(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def test_wilson_is_statsmodels() -> None:
    n = np.repeat([1, 7, 20, 100, 4138], 3)
    errors = (n * np.tile([0, 0.13, 1], 5)).astype(int)
    low, high = intervals.wilson(errors, n)
    oracle = proportion_confint(errors, n, method="wilson")
    assert np.allclose(low, oracle[0])
    assert np.allclose(high, oracle[1])


@pytest.mark.parametrize("counts", [(5, 56, 3, 40), (0, 10, 0, 20), (10, 10, 0, 20)])
def test_newcombe_is_statsmodels(counts: tuple[int, int, int, int]) -> None:
    found = intervals.newcombe(*([one] for one in counts))
    oracle = confint_proportions_2indep(*counts, method="newcomb", compare="diff")
    assert np.ravel(found) == pytest.approx(oracle)


def test_benjamini_hochberg_is_statsmodels() -> None:
    p = chance(1).uniform(0, 0.2, 40)
    assert np.allclose(intervals.benjamini_hochberg(p), multipletests(p, method="fdr_bh")[1])


@pytest.mark.parametrize(("broken", "mended"), [(0, 5), (3, 12), (10, 10), (30, 8)])
def test_mcnemar_is_statsmodels(broken: int, mended: int) -> None:
    oracle = mcnemar([[50, broken], [mended, 20]], exact=True).pvalue
    assert intervals.mcnemar_exact([broken], [mended])[0] == pytest.approx(min(oracle, 1))


def random_table() -> ErrorTable:
    rng = chance(2)
    cells = [
        (
            [name for name in "abc" if rng.random() < 0.5],
            int(rng.integers(30)),
            int(rng.integers(9)),
        )
        for _ in range(30)
    ]
    return table_of(cells)


def test_rates_by_tag_are_fairlearns() -> None:
    """One frame a tag, as its groups cannot overlap."""
    table = random_table()
    for row in rank(table).rows:
        frame = MetricFrame(
            metrics=accuracy_score, y_true=list(table.targets), y_pred=list(table.predictions),
            sensitive_features=table.tags[:, table.tag_names.index(row.tag)],
        )  # fmt: skip
        assert row.accuracy == pytest.approx(frame.by_group[True])
