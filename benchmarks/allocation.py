"""A budget shared out over 50 slices by their learning curves, beside cvxpy."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import cvxpy as cp
import numpy as np

from augmentor.audit.curves.allocation import allocate
from augmentor.audit.curves.fit import Curve, fit_curves
from benchmarks.clock import Row, seconds

SLICES, BUDGET, LAM = 50, 20_000.0, 1.0


def measure(_folder: Path) -> Iterator[Row]:
    """Yield milliseconds an allocation, and how far the objectives are apart."""
    draw = np.random.Generator(np.random.Philox(key=1))
    a, b = draw.uniform(0.05, 0.9, SLICES), np.exp(draw.normal(0.5, 0.7, SLICES))
    n, c = np.exp(draw.uniform(3, 9, SLICES)), draw.uniform(0.5, 3, SLICES)
    tags = [f"t{at}" for at in range(SLICES)]
    curves = {
        tag: Curve(tag=tag, b=float(b[at]), a=float(a[at]), points=5, sizes=5)
        for at, tag in enumerate(tags)
    }
    sizes, costs = dict(zip(tags, n, strict=True)), dict(zip(tags, c, strict=True))
    today = b * n**-a
    others = (today.sum() - today) / (SLICES - 1)

    def worth(new: np.ndarray) -> float:
        loss = b * (n + new) ** -a
        return float(loss.sum() + LAM * np.maximum(0, loss / others - 1).sum())

    def peer() -> np.ndarray:
        unit = BUDGET / SLICES  # so that the solver sees numbers near 1
        share = cp.Variable(SLICES, nonneg=True)
        losses = [today[i] * cp.power(1 + share[i] * unit / n[i], -a[i]) for i in range(SLICES)]
        excess = sum(cp.pos(loss / other - 1) for loss, other in zip(losses, others, strict=True))
        problem = cp.Problem(cp.Minimize(sum(losses) + LAM * excess), [c @ share * unit == BUDGET])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            problem.solve()
        new = np.maximum(share.value, 0) * unit
        return np.asarray(new * BUDGET / (new @ c))

    ours = allocate(curves, sizes, BUDGET, costs, LAM)
    apart = ours.objective / worth(peer()) - 1
    if apart > 1e-6:
        raise RuntimeError(f"the objective is {apart:.1e} above that of cvxpy")
    found = seconds(
        {"ours": lambda: allocate(curves, sizes, BUDGET, costs, LAM), "peer": peer}, turns=3
    )
    yield Row(
        f"allocation over {SLICES} slices / cvxpy, objectives {apart:.0e} apart",
        f"{1e3 * found['ours']:.2f} ms", f"{1e3 * found['peer']:.0f} ms",
        found["peer"] / found["ours"], "<= 5 ms",
    )  # fmt: skip
    steps = (100, 200, 400, 800, 1600)
    points = [(tag, size, b[i] * size ** -a[i]) for i, tag in enumerate(tags) for size in steps]
    fit = seconds({"ours": lambda: fit_curves(points)}, turns=3)["ours"]
    yield Row("learning curves of 50 slices, 5 points each", f"{1e3 * fit:.0f} ms", "", None, "")
