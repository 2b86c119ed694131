"""A second stack: scikit-learn in an environment of its own, which has no augmentor.

    make demo-second

`augmentor loop` knows this stack by two commands and by files. This program reads the list of
examples to train on, JSON Lines with `path` and `target`, and leaves its model in a file. The
other, infer.py, reads the model and a list, and writes a line of JSON with `id` and `prediction`
for each. See recipe.yaml for the rest; nothing else ties the two together.

The task is that of examples/speech: in which language is this prompt spoken? Each language has
one voice there, so it is a demonstration of the loop, and not of language learning.
"""

import argparse
import json
import pickle
import wave
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier

FRAME = 512
BANDS = 32


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Return the rows of JSON Lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read(path: str) -> NDArray[np.float32]:
    """Return the samples of a WAV file with 16 bits, full scale 1."""
    with wave.open(path) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).astype("f4") / 32768


def features(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the spectrum's shape over time: levels of bands, how they vary and how they move."""
    sound = np.pad(sound, (0, max(0, 4 * FRAME - len(sound))))
    frames = np.lib.stride_tricks.sliding_window_view(sound, FRAME)[:: FRAME // 2]
    power = np.abs(np.fft.rfft(frames * np.hanning(FRAME).astype("f4"))) ** 2
    # Bands as wide as the ear's, from 60 Hz up: narrow below, wide above.
    edges = np.unique(np.geomspace(2, FRAME // 2, BANDS + 1).round().astype(int))
    levels = np.log(np.add.reduceat(power, edges[:-1], axis=1) + 1e-6)
    loud = levels[levels.mean(1) >= np.median(levels.mean(1))]  # mostly speech, less of the noise
    shape = loud - loud.mean(1, keepdims=True)
    moves = np.abs(np.diff(levels, axis=0)).mean(0)
    return np.concatenate([shape.mean(0), shape.std(0), moves])


def seen(rows: list[dict[str, Any]]) -> NDArray[np.float32]:
    """Return the features of each row's sound [rows, features]."""
    return np.array([features(read(row["path"])) for row in rows])


def main() -> None:
    """Train on a list, leave a model."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--trees", type=int, default=300)
    told = parser.parse_args()
    rows = rows_of(told.manifest)
    model = ExtraTreesClassifier(told.trees, min_samples_leaf=2, random_state=told.seed)
    model.fit(seen(rows), [row["target"] for row in rows])
    told.out.write_bytes(pickle.dumps(model))
    print(f"{len(rows)} examples, {told.trees} trees, seed {told.seed}")


if __name__ == "__main__":
    main()
