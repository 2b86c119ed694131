"""ESTOI of a 4 s clip whose clean parent is known already, beside pystoi."""

from collections.abc import Iterator
from pathlib import Path

from pystoi import stoi

from augmentor.kernels.estoi import estoi, prepare
from benchmarks.clock import Row, seconds
from benchmarks.sounds import RATE_HZ, noise


def measure(_folder: Path) -> Iterator[Row]:
    """Yield milliseconds an example."""
    clean = noise(4.0, 1)
    noisy = clean + noise(4.0, 2)
    reference = prepare(clean, RATE_HZ)
    found = seconds(
        {
            "ours": lambda: estoi(reference, noisy),
            "peer": lambda: stoi(clean, noisy, RATE_HZ, extended=True),
        }
    )
    yield Row(
        "ESTOI, parent cached / pystoi", f"{1e3 * found['ours']:.2f} ms",
        f"{1e3 * found['peer']:.2f} ms", found["peer"] / found["ours"], ">= 4",
    )  # fmt: skip
