"""The search for the sweet spot: monotone curves, few examples, the true band, honest refusals."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from augmentor.audit.figures.intervals import wilson
from augmentor.gate.tuning.curves import Curve, Point, monotone
from augmentor.gate.tuning.search import FIRST, Found, Goal, next_counts

GOAL = Goal(clear=0.8, error=0.3)
HARSHEST = np.inf

shares = st.lists(st.floats(0, 1), min_size=1, max_size=12)


class People:
    """Examples that turn unclear, and that the model starts to miss, at severities of their own."""

    def __init__(self, unclear: np.ndarray, missed: np.ndarray) -> None:
        self.unclear, self.missed = unclear, missed
        self.tried: dict[float, int] = {}

    def found(self, goal: Goal) -> Found:
        clear = [_point(at, self.unclear[:n] > at) for at, n in self.tried.items()]
        errs = [_point(at, self.missed[:n] <= at) for at, n in self.tried.items()]
        return Found.of(goal, clear, errs)

    def search(self, goal: Goal) -> Found:
        while wanted := next_counts(self.found(goal) if self.tried else None, goal, self.tried):
            assert all(count > self.tried.get(at, 0) for at, count in wanted.items())
            self.tried |= wanted
        return self.found(goal)


def _point(severity: float, hits: np.ndarray) -> Point:
    low, high = wilson(hits.sum(), len(hits))
    return Point(severity, float(hits.mean()), float(low), float(high), len(hits))


def _all_at(unclear: float, missed: float, count: int = 128) -> People:
    return People(np.full(count, unclear), np.full(count, missed))


@given(shares, st.booleans(), st.randoms())
@settings(deadline=None, max_examples=60)
def test_a_monotone_line_is_the_nearest_one(
    values: list[float], rising: bool, random: Random
) -> None:
    weights = [float(random.randint(1, 50)) for _ in values]
    oracle = IsotonicRegression(increasing=rising).fit_transform(
        np.arange(len(values)), values, sample_weight=weights
    )
    assert monotone(values, weights, rising=rising) == pytest.approx(list(oracle), abs=1e-9)


@given(st.floats(0.02, 0.98), st.floats(0.02, 0.98))
@settings(deadline=None, max_examples=60)
def test_where_all_turn_at_once_the_band_is_the_true_one(unclear: float, missed: float) -> None:
    people = _all_at(unclear, missed)
    found = people.search(GOAL)
    assert found.clear_region.harsh == pytest.approx(unclear, abs=GOAL.resolution)
    assert found.hard_region.mild == pytest.approx(missed, abs=GOAL.resolution)
    width = unclear - missed
    if width > 3 * GOAL.resolution:
        assert found.outcome == "band"
    if width < -GOAL.resolution:
        assert found.outcome == "apart"
        assert found.band is None
    # Two passages of a step, each plain at once: 5 severities to begin with, then halvings.
    assert sum(people.tried.values()) <= 32 * (len(FIRST) + 2 * 4)


def test_spread_thresholds_are_found_within_the_intervals_by_far_fewer_examples() -> None:
    inside, tried, runs = 0, [], 60
    for seed in range(runs):
        chance = np.random.Generator(np.random.Philox(key=seed))
        unclear = chance.normal(0.7, 0.1, 128)
        missed = chance.normal(0.3, 0.15, 128)
        people = People(unclear, missed)
        found = people.search(GOAL)
        harsh = 0.7 - 0.8416 * 0.1  # where 80 of 100 are clear
        mild = 0.3 - 0.5244 * 0.15  # where the model misses 30 of 100
        sure, possible = found.surely()
        inside += possible.mild <= mild <= sure.mild and sure.harsh <= harsh <= possible.harsh
        assert found.band.mild == pytest.approx(mild, abs=0.09)
        assert found.band.harsh == pytest.approx(harsh, abs=0.06)
        tried.append(sum(people.tried.values()))
    assert inside >= 0.8 * runs  # two ends of 95 % each, less what interpolation takes
    grid = 128 * (1 + round(1 / GOAL.resolution))
    assert max(tried) < grid / 3


def test_a_defect_is_clearer_and_easier_the_harsher() -> None:
    # Faint ones are not seen by anybody, strong ones by the model too.
    unclear, missed = np.full(64, 0.2), np.full(64, 0.6)
    tried: dict[float, int] = {}

    def found() -> Found:
        return Found.of(
            GOAL,
            [_point(at, unclear[:n] < at) for at, n in tried.items()],
            [_point(at, missed[:n] > at) for at, n in tried.items()],
        )

    while wanted := next_counts(found() if tried else None, GOAL, tried):
        tried |= wanted
    assert found().outcome == "band"
    assert found().band.mild == pytest.approx(0.2, abs=GOAL.resolution)
    assert found().band.harsh == pytest.approx(0.6, abs=GOAL.resolution)


@pytest.mark.parametrize(
    ("unclear", "missed", "outcome"),
    [
        (-1.0, 0.2, "unclear"),
        (0.5, HARSHEST, "easy"),
        (0.3, 0.6, "apart"),
        (HARSHEST, -1.0, "band"),
    ],
)
def test_why_there_is_no_band(unclear: float, missed: float, outcome: str) -> None:
    people = _all_at(unclear, missed)
    found = people.search(GOAL)
    assert found.outcome == outcome
    assert (found.band is None) == (outcome != "band")
    if outcome == "unclear":
        assert sum(people.tried.values()) < 32 * 12


def test_without_a_model_only_clarity_counts() -> None:
    goal = Goal(clear=0.8, error=None)
    found = Found.of(goal, [_point(0.0, np.ones(50, bool)), _point(1.0, np.zeros(50, bool))], None)
    assert found.outcome == "band"
    assert (found.band.mild, found.band.harsh) == (0.0, pytest.approx(0.2))


def test_where_nothing_can_be_told_there_is_no_band_and_no_end_of_it() -> None:
    nothing = Point(0.0, 0.0, 0.0, 1.0, 0)
    found = Found.of(GOAL, [nothing], [nothing])
    assert found.outcome == "cannot tell"
    assert found.band is None
    assert not next_counts(found, GOAL, {0.0: 32})


def test_the_budget_ends_a_search() -> None:
    goal = Goal(clear=0.8, error=0.3, budget=32 * len(FIRST) + 40)
    people = _all_at(0.61, 0.33)
    people.search(goal)
    assert sum(people.tried.values()) <= goal.budget


def test_a_curve_that_turns_back_is_noticed() -> None:
    values = (1.0, 0.1, 1.0, 0.1)
    points = [_point(at / 3, np.arange(100) < 100 * v) for at, v in enumerate(values)]
    assert Curve.of(points, rising=False).strays()
    straight = [_point(at / 3, np.arange(100) < 100 * (1 - at / 3)) for at in range(4)]
    assert not Curve.of(straight, rising=False).strays()
