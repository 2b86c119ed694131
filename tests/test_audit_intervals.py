"""Intervals and tests, against published values and scipy."""

import numpy as np
import pytest
from scipy import stats

from augmentor.audit.figures import intervals


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (12, 100, 7.0, 19.8),
        (18, 100, 11.7, 26.7),
        (68, 77, 79.25, 93.73),
        (68, 86, 69.32, 86.33),
        (0, 86, 0.0, 4.3),
    ],
)
def test_wilson_golden(hits: int, n: int, low: float, high: float) -> None:
    decimals = len(str(high).partition(".")[2])
    found = [100 * float(end) for end in intervals.wilson(hits, n)]
    assert found == pytest.approx([low, high], abs=0.5 * 10.0**-decimals)


def test_wilson_is_that_of_scipy() -> None:
    for hits in range(0, 31, 5):
        expected = stats.binomtest(hits, 30).proportion_ci(0.9, "wilson")
        assert np.allclose(intervals.wilson(hits, 30, 0.9), expected, atol=1e-12)


def test_wilson_is_undefined_without_examples() -> None:
    assert np.isnan(intervals.wilson([0], [0])).all()


def test_newcombe_published() -> None:
    """56 of 70 against 48 of 80, in the paper: 0.0524 to 0.3339."""
    low, high = intervals.newcombe(56, 70, 48, 80)
    assert (float(low), float(high)) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_a_gap_is_less_sure_if_the_baseline_is_measured() -> None:
    exact = intervals.gap_to(0.95, np.nan, 6, 100)
    measured = intervals.gap_to(0.95, 100, 6, 100)
    assert measured[0] < exact[0] < 0.95 - 0.94 < exact[1] < measured[1]


def test_paired_difference_by_hand() -> None:
    """20 right twice, 12 broken, 2 mended, 16 lost: the formula written out."""
    low, high = intervals.paired_difference(20, 12, 2, 16)
    # rates 22/50 and 32/50; ad - bc = 296, less n/2 = 271; phi = 271 / sqrt(32 18 22 28)
    phi = 271 / np.sqrt(32 * 18 * 22 * 28)
    (l1, u1), (l2, u2) = intervals.wilson(22, 50), intervals.wilson(32, 50)
    down, up = (0.44 - l1, u2 - 0.64), (u1 - 0.44, 0.64 - l2)
    expected = (
        -0.2 - np.sqrt(down[0] ** 2 + down[1] ** 2 - 2 * phi * down[0] * down[1]),
        -0.2 + np.sqrt(up[0] ** 2 + up[1] ** 2 - 2 * phi * up[0] * up[1]),
    )
    assert np.allclose((low, high), expected)
    assert (float(low), float(high)) == pytest.approx((-0.3290, -0.0562), abs=5e-4)


def test_paired_difference_covers_what_is_true() -> None:
    """Of 95 % intervals over simulated pairs, 93 % or more hold the true change."""
    rng = np.random.default_rng(5)
    chances = [0.80, 0.07, 0.03, 0.10]
    cells = rng.multinomial(200, chances, 4000).T.astype(float)
    low, high = intervals.paired_difference(*cells)
    assert 0.93 < np.mean((low <= -0.04) & (high >= -0.04)) < 0.985


def test_mcnemar_is_the_binomial_test_of_scipy() -> None:
    for broken, mended in [(0, 0), (0, 5), (5, 0), (3, 9), (9, 3), (40, 60), (7, 7)]:
        n = broken + mended
        two = stats.binomtest(broken, n).pvalue if n else 1.0
        one = stats.binomtest(broken, n, alternative="greater").pvalue if n else 1.0
        assert float(intervals.mcnemar_exact(broken, mended)) == pytest.approx(two)
        assert float(intervals.mcnemar_fell(broken, mended)) == pytest.approx(one)


def test_benjamini_hochberg_is_that_of_scipy() -> None:
    p = np.array([0.01, 0.04, 0.03, np.nan, 0.2, 0.9, 0.03])
    tested = ~np.isnan(p)
    found = intervals.benjamini_hochberg(p)
    assert np.allclose(found[tested], stats.false_discovery_control(p[tested]))
    assert np.isnan(found[3])
    assert intervals.benjamini_hochberg([]).shape == (0,)
