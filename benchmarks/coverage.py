"""Do intervals cover what they promise: simulated, since no formula says so for small tables."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.stats import binom

from augmentor.audit.figures.clustered import ratio_interval
from augmentor.audit.figures.intervals import benjamini_hochberg, wilson
from augmentor.audit.priorities.evidence import worse_than_rest
from benchmarks.clock import Row

TABLES = 500
TAGS = 50


def measure(_folder: Path) -> Iterator[Row]:
    """Yield the coverage of 95 % intervals and the rate of false alarms, in per cent."""
    rng = np.random.Generator(np.random.Philox(11))
    for n in (20, 50, 100):
        errors = np.arange(n + 1)
        low, high = wilson(errors, np.full(n + 1, n))
        # Summed over all outcomes by their probability: exact, where draws would be noisy.
        covered = [
            float(binom.pmf(errors, n, rate)[(low <= rate) & (rate <= high)].sum())
            for rate in (0.02, 0.05, 0.1, 0.2, 0.35, 0.5)
        ]
        yield Row(
            f"Wilson at n = {n}, rates of 2 to 50 %: mean (least) coverage",
            f"{100 * np.mean(covered):.1f} ({100 * min(covered):.1f}) %", "", None, ">= 92 %",
        )  # fmt: skip
    for speakers in (10, 20, 50):
        ours, rows = _words(rng, speakers)
        yield Row(
            f"WER over {speakers} speakers, 20 utterances each / over rows",
            f"{100 * ours:.1f} %", f"{100 * rows:.1f} %", None, ">= 93 %",
        )  # fmt: skip
    raw = adjusted = 0
    for _ in range(TABLES):
        errors = rng.binomial(100, 0.1, TAGS).astype(np.float64)
        p = worse_than_rest(errors, np.full(TAGS, 100.0), float(errors.sum()), 100.0 * TAGS)
        raw += bool((p < 0.05).any())
        adjusted += bool((benjamini_hochberg(p) < 0.05).any())
    yield Row(
        f"false alarms in {TABLES} tables of {TAGS} equal tags, adjusted / raw p",
        f"{100 * adjusted / TABLES:.1f} %", f"{100 * raw / TABLES:.1f} %", None, "<= 5 %",
    )  # fmt: skip


def _words(rng: np.random.Generator, speakers: int) -> tuple[float, float]:
    """Return the coverage of intervals over speakers and over rows, of a WER of 20 %."""
    tables, utterances = 2000, 20
    owner = np.repeat(np.arange(speakers, dtype=np.int32), utterances)
    members = np.ones((len(owner), 1), dtype=np.bool_)
    covered = np.zeros(2)
    for _ in range(tables):
        level = rng.beta(4, 16, speakers)
        units = rng.integers(3, 15, len(owner)).astype(np.float64)
        errors = rng.binomial(units.astype(int), level[owner]).astype(np.float64)
        for at, who in enumerate((owner, None)):
            low, high = ratio_interval(members, errors, units, who)
            covered[at] += low[0] <= 0.2 <= high[0]
    return float(covered[0] / tables), float(covered[1] / tables)
