"""What a comparison is made of: exact tests, score intervals, bootstrap, against other ways."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import mcnemar

from augmentor.audit.comparing.bootstrap import BLOCKS, paired_bootstrap
from augmentor.audit.comparing.flips import _chances, _nearly, sign_flips
from augmentor.audit.comparing.paired_score import score_difference
from augmentor.audit.figures import intervals
from augmentor.audit.figures.clustered import ratio_interval

Cells = tuple[int, int, int]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(-4, 4), max_size=10), st.integers(1, 3))
def test_sign_flips_are_all_sign_flips(changes: list[int], scale: int) -> None:
    """The p-values are shares of all ways to give the changes signs."""
    given_ = np.array([scale * one for one in changes], dtype=np.int64)
    ways = np.array([np.dot(way, np.abs(given_)) for way in product((-1, 1), repeat=len(given_))])
    wanted = np.mean(ways <= given_.sum()), np.mean(ways >= given_.sum())
    assert sign_flips(given_) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize(("broken", "mended"), [(0, 0), (3, 9), (40, 21), (700, 801)])
def test_sign_flips_of_ones_are_mcnemar(broken: int, mended: int) -> None:
    changes = np.repeat([-1, 1, 0], [broken, mended, 17])
    p_fell, p_rose = sign_flips(changes)
    assert p_fell == pytest.approx(intervals.mcnemar_fell(broken, mended))
    two_sided = min(1, 2 * min(p_fell, p_rose))
    assert two_sided == pytest.approx(mcnemar([[5, broken], [mended, 5]], exact=True).pvalue)


def test_sign_flips_of_very_many_agree_with_the_exact_ones() -> None:
    """Where the exact law would take too long, an expansion gives its first four digits."""
    rng = np.random.default_rng(3)
    changes = rng.choice([-3, -2, -1, 1, 2, 3], 4000)
    changes[:400] = 1
    sizes, counts = np.unique(np.abs(changes), return_counts=True)
    total, up = int(np.abs(changes).sum()), int(changes[changes > 0].sum())
    exact = _chances(sizes, counts, total)[up:].sum()
    assert 0.0001 < exact < 0.2
    assert _nearly(sizes, counts, total - 2 * up) == pytest.approx(exact, rel=1e-3)
    many = np.resize(changes, 40 * len(changes)) * rng.integers(1, 40, 40 * len(changes))
    z = many.sum() / np.sqrt((many.astype(float) ** 2).sum())
    assert sign_flips(many)[1] == pytest.approx(stats.norm.sf(z), rel=1e-3)


def test_the_score_interval_of_a_published_example() -> None:
    """Fagerland, Lydersen and Laake 2014, airways: 21 pairs, 1 and 7 discordant."""
    low, high = score_difference([7], [1], [21])
    assert (low[0], high[0]) == (pytest.approx(-0.517, abs=5e-4), pytest.approx(-0.026, abs=5e-4))


@pytest.mark.parametrize(
    ("cells", "level"),
    [((3, 9, 100), 0.95), ((0, 4, 30), 0.9), ((12, 12, 60), 0.95), ((0, 0, 50), 0.9)],
)
def test_the_score_interval_is_the_score_test_turned_round(cells: Cells, level: float) -> None:
    """At its ends, the score under the likeliest shares for that change is just at its bound."""
    b, c, n = cells
    ends = score_difference(*cells, level)

    def score(change: float) -> float:
        def unlikely(share: float) -> float:
            chances = np.array([share, share + change, 1 - 2 * share - change])
            counts = np.array([b, c, n - b - c])
            return float(-np.sum(counts * np.log(np.maximum(chances, 1e-300))))

        bounds = (max(0.0, -change) + 1e-12, (1 - change) / 2 - 1e-12)
        share = optimize.minimize_scalar(unlikely, bounds=bounds, method="bounded",
                                         options={"xatol": 1e-12}).x  # fmt: skip
        return (c - b - n * change) / np.sqrt(n * (2 * share + change - change**2))

    z = stats.norm.ppf((1 + level) / 2)
    assert score(float(ends[0])) == pytest.approx(z, rel=1e-3)
    assert score(float(ends[1])) == pytest.approx(-z, rel=1e-3)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 300))
def test_the_score_interval_holds_the_change_and_negates(b: int, c: int, rest: int) -> None:
    n = b + c + rest
    low, high = score_difference(b, c, n)
    if n == 0:
        assert np.isnan(low)
        return
    assert -1 <= low <= (c - b) / n <= high <= 1
    assert score_difference(c, b, n) == (pytest.approx(-high), pytest.approx(-low))


@pytest.mark.parametrize(("n", "broken"), [(100, 0.06), (200, 0.02), (500, 0.02), (500, 0.05)])
def test_what_fell_by_the_margin_is_seldom_said_to_have_held(n: int, broken: float) -> None:
    """All tables of n pairs counted: 5 % of those that fell by just the margin are let pass."""
    margin = 0.02
    b, c = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
    inside = b + c <= n
    b, c = b[inside], c[inside]
    shares = [broken, broken - margin, 1 - 2 * broken + margin]
    chance = stats.multinomial.pmf(np.stack([b, c, n - b - c], axis=1), n, shares)
    b, c, chance = (one[chance > 1e-10] for one in (b, c, chance))
    held = score_difference(b, c, np.full(len(b), n), level=0.90)[0] > -margin
    assert 0.01 < chance[held].sum() < 0.055


def sentences(seed: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return errors gained and words of sentences."""
    rng = np.random.default_rng(seed)
    return rng.integers(-2, 3, rows).astype(float), rng.integers(3, 15, rows).astype(float)


def test_the_bootstrap_is_that_of_scipy() -> None:
    gained, units = sentences(1, 800)
    low, high, lower = paired_bootstrap(np.ones((800, 1), bool), gained, units)
    peer = stats.bootstrap(
        (gained, units), lambda above, below, axis: above.sum(axis) / below.sum(axis),
        paired=True, n_resamples=4000, method="percentile", rng=np.random.default_rng(2),
    ).confidence_interval  # fmt: skip
    width = peer.high - peer.low
    assert (low[0], high[0]) == pytest.approx((peer.low, peer.high), abs=0.04 * width)
    assert lower[0] == pytest.approx(gained.sum() / units.sum() - 1.645 / 3.92 * width, rel=0.05)


def test_many_rows_are_dealt_to_blocks() -> None:
    """Of more rows than blocks the interval is still that of the rows; of speakers, theirs."""
    rows = 3 * BLOCKS
    gained, units = sentences(2, rows)
    rng = np.random.default_rng(5)
    members = rng.random((rows, 2)) < 0.3
    for owner in (None, rng.integers(0, 2 * BLOCKS, rows)):
        found = paired_bootstrap(members, gained, units, owner)
        wanted = ratio_interval(members, gained, units, owner, signed=True)
        width = wanted[1] - wanted[0]
        assert np.all(np.abs(np.array(found[:2]) - np.array(wanted)) < 0.05 * width)


def test_few_speakers_are_not_taken_for_many() -> None:
    """Of eight speakers, 19 in 20 intervals still hold the truth; plain quantiles hold fewer."""
    rng = np.random.default_rng(8)
    owner = np.repeat(np.arange(8), 5)
    holds = []
    for _ in range(300):
        gained = rng.normal(0, 2, 8)[owner] + rng.normal(0, 1, 40)
        low, high, _ = paired_bootstrap(
            np.ones((40, 1), bool), gained, np.full(40, 6.0), owner, draws=400
        )
        holds.append(low[0] <= 0 <= high[0])
    assert 0.93 <= np.mean(holds) <= 0.98


def test_nothing_changed_is_no_certainty() -> None:
    """Six sentences that stayed as they were: one error more or less would not surprise."""
    low, high, lower = paired_bootstrap(np.ones((6, 1), bool), np.zeros(6), np.full(6, 5.0))
    half = stats.t.ppf(0.975, 5) * np.sqrt(2) / 30
    assert (low[0], high[0]) == (pytest.approx(-half), pytest.approx(half))
    assert low[0] < lower[0] < 0
