"""Drawing one parameter by its name, beside numpy's seed sequences."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from augmentor.core.distributions import Uniform
from augmentor.core.example import Facts
from augmentor.core.stream import Stream
from augmentor.operators.reverb import Reverb
from benchmarks.clock import Row, seconds

EXAMPLES = 2000


def measure(_folder: Path) -> Iterator[Row]:
    """Yield microseconds a parameter, the whole operator's `draw` included."""
    operator, facts = Reverb(rt60_s=Uniform(0.2, 0.8)), Facts("a")
    count = EXAMPLES * len(operator.draw(facts, Stream(1)))

    def ours() -> None:
        for index in range(EXAMPLES):
            operator.draw(facts, Stream(1).at("category", "parent", index, 0, "reverb"))

    def peer() -> None:
        for index in range(count):
            np.random.Generator(np.random.PCG64(np.random.SeedSequence([1, index]))).random()

    found = seconds({"ours": ours, "peer": peer})
    us = {name: 1e6 * taken / count for name, taken in found.items()}
    yield Row(
        "draw a parameter by name / numpy SeedSequence", f"{us['ours']:.2f} us",
        f"{us['peer']:.2f} us", us["peer"] / us["ours"], "ours <= 5 us",
    )  # fmt: skip
