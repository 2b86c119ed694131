"""``make bench``: every measurement, one thread, as a table."""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # before numpy is imported

import importlib
import platform
import sys
import tempfile
from pathlib import Path

TOPICS = (
    "mixing", "drawing", "writing", "clarity", "batch", "tables", "words", "classes", "slices",
    "allocation", "coverage", "pictures_conditions", "pictures_defects", "pictures_real",
    "gate_cost",
)  # fmt: skip


def main() -> None:
    """Measure the topics named on the command line.

    Without any: all but `guards` (12 minutes) and `pictures_memory` (5 minutes).
    """
    topics = sys.argv[1:] or TOPICS
    print(f"Python {platform.python_version()}, {platform.machine()}, one thread; best of turns\n")
    print(f"{'work':<68}{'ours':>16}{'peer':>16}{'ratio':>8}  wanted")
    for topic in topics:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["AUGMENTOR_CACHE"] = f"{folder}/cache"
            for row in importlib.import_module(f"benchmarks.{topic}").measure(Path(folder)):
                ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
                print(
                    f"{row.work:<68}{row.ours:>16}{row.peer:>16}{ratio:>8}  {row.wanted}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
