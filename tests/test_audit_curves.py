"""Learning curves and the budget shared out by them: against scipy, cvxpy and hand numbers."""

import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from augmentor.audit.curves import allocation
from augmentor.audit.curves.allocation import GROWTH, Allocation, allocate
from augmentor.audit.curves.fit import Curve, fit_curves
from augmentor.core.errors import UsageError


def rng(key: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=key))


def known(tag: str, b: float, a: float) -> Curve:
    return Curve(tag=tag, b=b, a=a, points=5, sizes=5)


def power_law(size: np.ndarray, b: float, a: float) -> np.ndarray:
    return b * size**-a


def test_points_on_a_curve_give_that_curve() -> None:
    rows = [("car", size, 2 * size**-0.3) for size in (100, 200, 400, 800)]
    curve = fit_curves(rows)["car"]
    assert (curve.b, curve.a) == pytest.approx((2, 0.3))
    assert (curve.a_se, curve.r2, curve.off_frac) == pytest.approx((0, 1, 0), abs=1e-9)
    assert (curve.points, curve.sizes, curve.ok, curve.reason) == (4, 4, True, None)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_fit_is_that_of_scipy(weighted: bool) -> None:
    """Slice Tuner's own way: curve_fit, the squared errors weighted by size unless told else."""
    draw = rng(1)
    size = np.array([50, 100, 100, 200, 400, 800.0])
    loss = power_law(size, 3, 0.4) * (1 + 0.05 * draw.standard_normal(6))
    weight = draw.uniform(1, 9, 6) if weighted else size
    rows = zip(["x"] * 6, size, loss, weight) if weighted else zip(["x"] * 6, size, loss)  # noqa: B905
    curve = fit_curves(rows)["x"]
    (b, a), covariance = optimize.curve_fit(power_law, size, loss, (1, 0.5), weight**-0.5)
    fitted = power_law(size, b, a)
    middle = np.average(loss, weights=weight)
    explained = 1 - weight @ (loss - fitted) ** 2 / (weight @ (loss - middle) ** 2)
    off = np.sqrt(np.average((loss / fitted - 1) ** 2, weights=weight))
    assert (curve.b, curve.a) == pytest.approx((b, a), rel=1e-5)
    assert curve.a_se == pytest.approx(np.sqrt(covariance[1, 1]), rel=1e-4)
    assert (curve.r2, curve.off_frac) == pytest.approx((explained, off), rel=1e-4)
    assert (curve.points, curve.sizes) == (6, 5)


@pytest.mark.parametrize(
    ("losses", "reason"),
    [
        ({100: 0.5, 200: 0.4}, "sizes: 2; a curve needs 3"),
        ({10: 0.3, 20: 0.3, 30: 0.3}, "the loss does not fall with more data: exponent 0"),
        ({10: 0.3, 20: 0.4, 40: 0.5}, "the loss does not fall with more data: exponent -0.3"),
        ({10: 0.5, 20: 0.9, 40: 0.2, 80: 0.6}, "the fall is no larger than the noise"),
        ({10: 1.0, 20: 0.001, 40: 0.0}, "the points lie 76% off the curve; 20% at most"),
        ({10: 0.2, 20: 0.0, 40: 0.0}, "fewer than 2 sizes have a loss above 0"),
    ],
)
def test_a_poor_curve_says_why(losses: dict[int, float], reason: str) -> None:
    curve = fit_curves([("x", size, loss) for size, loss in losses.items()])["x"]
    assert not curve.ok
    assert curve.reason is not None
    assert curve.reason.startswith(reason)


def test_a_loss_of_zero_is_a_point_like_others() -> None:
    rows = [("x", size, round(5 * size**-1.0, 2)) for size in (10, 20, 40, 80, 160, 1200)]
    assert rows[-1][2] == 0
    curve = fit_curves([(tag, size, loss, 1) for tag, size, loss in rows])["x"]
    assert (curve.b, curve.a) == pytest.approx((5, 1), rel=0.05)


def test_wrong_points_are_all_told_with_their_places() -> None:
    rows = [("x", 0, 1), ("y", 3, -1), ("z", 3, float("nan")), ("z", "3", 1), ("z", 3, 1, 0)]
    with pytest.raises(UsageError) as error:
        fit_curves(rows, [f"points.csv:{line}" for line in range(2, 7)])
    assert str(error.value).splitlines() == [
        "points.csv:2  size of 'x' is 0; expected a number above 0",
        "points.csv:3  loss of 'y' is -1; expected a number 0 or more",
        "points.csv:4  loss of 'z' is nan; expected a number 0 or more",
        "points.csv:5  size of 'z' is '3'; expected a number above 0",
        "points.csv:6  weight of 'z' is 0; expected a number above 0",
    ]


Problem = tuple[dict[str, Curve], dict[str, float], dict[str, float], float, float]


def random_problem(key: int) -> Problem:
    draw = rng(key)
    tags = [f"t{at}" for at in range(draw.integers(2, 13))]
    fitted = {
        tag: known(tag, float(np.exp(draw.normal(0.5, 0.7))), float(draw.uniform(0.05, 0.9)))
        for tag in tags
    }
    sizes = {tag: float(np.exp(draw.uniform(3, 9))) for tag in tags}
    costs = {tag: float(draw.uniform(0.5, 3)) for tag in tags}
    return (
        fitted,
        sizes,
        costs,
        float(np.exp(draw.uniform(2, 11))),
        float(draw.choice([0, 0.1, 1, 10])),
    )


def arrays(problem: Problem) -> tuple[np.ndarray, ...]:
    fitted, sizes, costs, *_ = problem
    a = np.array([curve.a for curve in fitted.values()])
    b = np.array([curve.b for curve in fitted.values()])
    n, c = np.array(list(sizes.values())), np.array(list(costs.values()))
    loss = b * n**-a
    return a, b, n, c, (loss.sum() - loss) / (len(loss) - 1)


def worth(problem: Problem, new: np.ndarray) -> float:
    """The objective as the paper writes it."""
    a, b, n, _, others = arrays(problem)
    loss = b * (n + new) ** -a
    return float(loss.sum() + problem[-1] * np.maximum(0, loss / others - 1).sum())


def solved(problem: Problem) -> tuple[Allocation, np.ndarray]:
    fitted, sizes, costs, budget, lam = problem
    found = allocate(fitted, sizes, budget, costs, lam)
    return found, np.array([row.exact for row in found.rows])


@pytest.mark.parametrize("key", range(8))
def test_the_allocation_is_that_of_cvxpy(key: int) -> None:
    """The objective agrees to 1e-6, and is never above."""
    cp = pytest.importorskip("cvxpy")
    problem = random_problem(key)
    a, b, n, c, others = arrays(problem)
    budget, lam = problem[3:]
    unit = budget / len(a)  # so that the solver sees numbers near 1
    share = cp.Variable(len(a), nonneg=True)
    losses = [
        b[i] * n[i] ** -a[i] * cp.power(1 + share[i] * unit / n[i], -a[i]) for i in range(len(a))
    ]
    excess = sum(cp.pos(loss / other - 1) for loss, other in zip(losses, others, strict=True))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cp.Problem(cp.Minimize(sum(losses) + lam * excess), [c @ share * unit == budget]).solve()
    theirs = np.maximum(share.value, 0) * unit
    expected = worth(problem, theirs * budget / (theirs @ c))
    found, exact = solved(problem)
    assert found.objective == pytest.approx(worth(problem, exact), rel=1e-12)
    assert found.objective == pytest.approx(expected, rel=1e-6)
    assert found.objective <= expected * (1 + 1e-9)


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 10**6))
def test_no_shift_of_budget_between_two_tags_is_better(key: int) -> None:
    """The problem is convex, so that this makes it the best of all."""
    problem = random_problem(key)
    budget = problem[3]
    found, exact = solved(problem)
    costs = arrays(problem)[3]
    assert exact @ costs == pytest.approx(budget, rel=1e-9)
    assert (exact >= 0).all()
    for giver in np.flatnonzero(exact * costs > 1e-9 * budget):
        for taker in range(len(exact)):
            for moved in (1e-3, 0.3):
                money = moved * exact[giver] * costs[giver]
                shifted = exact.copy()
                shifted[giver] -= money / costs[giver]
                shifted[taker] += money / costs[taker]
                assert worth(problem, shifted) >= found.objective * (1 - 1e-11)


def test_equal_curves_are_filled_up_to_equal_sizes() -> None:
    fitted = {tag: known(tag, 2, 0.5) for tag in "xyz"}
    found = allocate(fitted, {"x": 100, "y": 200, "z": 500}, 150, lam=0)
    assert found.counts == {"x": 125, "y": 25, "z": 0}
    assert (found.imbalance, found.imbalance_after) == pytest.approx((5, 500 / 225))


def test_by_hand_without_the_excess() -> None:
    """Exponent 1, budget 300: sizes in proportion to the roots of b / cost, 1 to 2."""
    fitted = {"x": known("x", 10, 1), "y": known("y", 80, 1)}
    found = allocate(fitted, {"x": 100, "y": 100}, 300, {"x": 1, "y": 2}, lam=0)
    # n + d = k sqrt(b / c): 3.1623 k and 6.3246 k; 3.1623 k + 2 x 6.3246 k = 300 + 100 + 200.
    k = 600 / (np.sqrt(10) + 2 * np.sqrt(40))
    expected = {"x": np.sqrt(10) * k - 100, "y": np.sqrt(40) * k - 100}
    assert {row.tag: row.exact for row in found.rows} == pytest.approx(expected)


def test_a_tag_rests_where_its_loss_is_that_of_the_others() -> None:
    """Once it is no worse than the others were, its own fall must do without the excess."""
    fitted = {"bad": known("bad", 2, 0.5), "good": known("good", 1, 0.5)}
    sizes = {"bad": 100, "good": 100}  # losses 0.2 and 0.1: they meet at a size of 400
    found = allocate(fitted, sizes, 320, lam=1.0)
    rows = {row.tag: row for row in found.rows}
    assert rows["bad"].others_loss == pytest.approx(0.1)
    assert rows["bad"].exact == pytest.approx(300)
    assert rows["good"].exact == pytest.approx(20)
    assert allocate(fitted, sizes, 250, lam=1.0).counts == {"bad": 250, "good": 0}
    assert allocate(fitted, sizes, 3000, lam=1.0).counts["bad"] > 300


def test_more_weight_on_the_excess_gives_more_to_the_worst() -> None:
    fitted = {"steep": known("steep", 1, 0.6), "high": known("high", 1, 0.1)}
    sizes = {"steep": 50, "high": 50}
    plain, fair = (allocate(fitted, sizes, 500, lam=lam).counts["high"] for lam in (0, 5))
    assert fair > plain


def test_poor_curves_get_nothing_and_are_named() -> None:
    rows = [("good", size, size**-0.5) for size in (10, 20, 40)] + [("short", 10, 0.5)]
    found = allocate(fit_curves(rows), {"good": 40}, 60)
    assert found.counts == {"good": 60}
    assert found.poor == {"short": "sizes: 1; a curve needs 3"}
    assert found.rows[0].others_loss is None
    none = allocate(fit_curves(rows[-1:]), {}, 60)
    assert (none.rows, none.spent, none.imbalance) == ((), 0, None)


@pytest.mark.parametrize(
    ("sizes", "limit", "after"),
    [
        ({"x": 800.0, "y": 100.0}, 1.0, 7.0),  # 8, wants to be evened out
        ({"x": 100.0, "y": 100.0}, 0.5, 1.5),  # 1, wants to be made uneven
        ({"x": 100.0, "y": 100.0}, 50.0, None),
    ],
)
def test_a_round_changes_the_imbalance_by_the_limit_at_most(
    sizes: dict[str, float], limit: float, after: float | None
) -> None:
    fitted = {"x": known("x", 0.5, 0.3), "y": known("y", 5, 0.5)}
    whole, first = allocate(fitted, sizes, 5000), allocate(fitted, sizes, 5000, limit=limit)
    assert whole.part_frac == 1
    if after is None:
        assert first == whole
        return
    assert first.imbalance_after == pytest.approx(after)
    assert 0 < first.part_frac < 1
    part = [first.part_frac * row.exact for row in whole.rows]
    assert [row.exact for row in first.rows] == pytest.approx(part)
    assert first.spent <= sum(part)


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 10**6), st.floats(0.01, 5))
def test_the_part_of_a_round_is_the_largest_within_the_limit(key: int, limit: float) -> None:
    fitted, sizes, costs, budget, lam = random_problem(key)
    found = allocate(fitted, sizes, budget, costs, lam, limit)
    whole = allocate(fitted, sizes, budget, costs, lam)
    assert found.imbalance is not None
    assert found.imbalance_after is not None
    assert whole.imbalance_after is not None
    change = abs(found.imbalance_after - found.imbalance)
    if abs(whole.imbalance_after - found.imbalance) <= limit:
        assert found == whole
    else:
        assert change == pytest.approx(limit, rel=1e-6)


@pytest.mark.parametrize(
    ("growth", "rounds"), [("conservative", 9), ("moderate", 4), ("aggressive", 4)]
)
def test_rounds_go_on_until_the_budget_is_spent(growth: str, rounds: int) -> None:
    """From 10 to less than 2: by 1 a round, by 1, 2, 3, ... or by 1, 2, 4, ... at most."""
    fitted = {"x": known("x", 2, 0.3), "y": known("y", 5, 0.5), "z": known("z", 3, 0.4)}
    sizes, left, limit = {"x": 1000.0, "y": 100.0, "z": 300.0}, 2000.0, 1.0
    taken = 0
    while left > 0:
        found = allocate(fitted, sizes, left, limit=limit)
        assert found.spent > 0
        left -= found.spent
        limit = GROWTH[growth](limit)
        sizes = {tag: size + found.counts[tag] for tag, size in sizes.items()}
        taken += 1
    assert left == 0
    assert sum(sizes.values()) == 3400
    assert taken == rounds


def test_a_round_that_would_add_nothing_adds_one() -> None:
    fitted = {"x": known("x", 2, 0.3), "y": known("y", 5, 0.5)}
    found = allocate(fitted, {"x": 5000, "y": 1}, 100, limit=1.0)
    assert found.part_frac < 1
    assert found.counts == {"x": 0, "y": 1}


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 10**6))
def test_whole_numbers_add_up(key: int) -> None:
    """With a cost of 1 to the budget exactly, else to less than the dearest example below it."""
    fitted, sizes, costs, budget, lam = random_problem(key)
    found = allocate(fitted, sizes, int(budget), lam=lam)
    assert sum(found.counts.values()) == found.spent == int(budget)
    assert all(abs(row.count - row.exact) < 1 for row in found.rows)
    priced = allocate(fitted, sizes, budget, costs, lam)
    assert budget - max(costs.values()) < priced.spent <= budget * (1 + 1e-9)
    assert all(abs(row.count - row.exact) < 1 for row in priced.rows)


def test_whole_numbers_by_hand() -> None:
    """Remainders 0.5, 0.9, 0.6; two are left over: the largest two are rounded up."""
    exact, ones = np.array([1.5, 2.9, 0.6]), np.ones(3)
    assert allocation._whole(exact, ones, 5).tolist() == [1, 3, 1]
    assert allocation._whole(np.array([0.5, 0.5]), np.ones(2), 1).tolist() == [1, 0]
    assert allocation._whole(np.array([3 - 1e-12, 2.0]), np.ones(2), 5).tolist() == [3, 2]


def test_no_budget_changes_nothing() -> None:
    found = allocate({"x": known("x", 1, 0.5), "y": known("y", 1, 0.5)}, {"x": 9, "y": 4}, 0)
    assert found.counts == {"x": 0, "y": 0}
    assert found.objective == pytest.approx(1 / 3 + 1 / 2 + (1 / 2) / (1 / 3) - 1)


def test_wrong_numbers_are_all_told_at_once() -> None:
    fitted = {tag: known(tag, 1, 0.5) for tag in "xy"}
    with pytest.raises(UsageError) as error:
        allocate(fitted, {"x": 0}, -1, {"x": 1, "y": -2}, lam=-1, limit=0)
    assert str(error.value).splitlines() == [
        "sizes  missing for y",
        "sizes  that of 'x' is 0; expected above 0",
        "costs  that of 'y' is -2; expected above 0",
        "budget  -1 is out of bounds; expected 0 or more",
        "lam  -1 is out of bounds; expected 0 or more",
        "limit  0 is out of bounds; expected above 0",
    ]


def test_the_results_are_plain_json() -> None:
    rows = [("good", size, size**-0.5) for size in (10, 20, 40)] + [("short", 10, 0.5)]
    fitted = fit_curves(rows)
    said = json.loads(json.dumps([curve.to_json() for curve in fitted.values()], allow_nan=False))
    assert said[0]["ok"]
    assert said[1]["reason"] == "sizes: 1; a curve needs 3"
    found = json.loads(json.dumps(allocate(fitted, {"good": 40}, 9).to_json(), allow_nan=False))
    assert found["rows"][0]["count"] == 9
    assert found["poor"] == {"short": "sizes: 1; a curve needs 3"}
