"""Word errors of 20,000 utterances, whole and by tag, from strings, beside jiwer."""

from collections.abc import Iterator
from pathlib import Path

import jiwer
import numpy as np

from augmentor.audit.figures.metrics import per_tag
from augmentor.audit.figures.words import edits
from benchmarks.clock import Row, seconds

ROWS, WORDS, TAGS = 20_000, 11, 50
VOCABULARY = 8000
ERROR_FRAC = 0.12


def measure(_folder: Path) -> Iterator[Row]:
    """Yield milliseconds a table: with substitutions, deletions and insertions in both."""
    targets, predictions = _table()
    chance = np.random.Generator(np.random.Philox(key=2))
    tags = np.asfortranarray(chance.random((ROWS, TAGS)) < 0.04)
    members = [np.flatnonzero(tags[:, tag]).tolist() for tag in range(TAGS)]

    def ours_by_tag() -> None:
        found = edits(targets, predictions)
        parts = (found.units, found.substitutions, found.deletions, found.insertions)
        per_tag(tags, *(part.astype(np.float64) for part in parts))

    def peer_by_tag() -> None:
        for rows in members:
            jiwer.process_words([targets[r] for r in rows], [predictions[r] for r in rows])

    found = seconds(
        {
            "ours": lambda: edits(targets, predictions),
            "peer": lambda: jiwer.process_words(targets, predictions),
            "ours by tag": ours_by_tag,
            "peer by tag": peer_by_tag,
            "characters": lambda: edits(targets, predictions, "character"),
            "peer's characters": lambda: jiwer.process_characters(targets, predictions),
        },
        turns=5,
    )
    for ours, peer, work, wanted in (
        ("ours", "peer", "word errors of 20k utterances / jiwer", "ours <= 25 ms"),
        ("ours by tag", "peer by tag", "the same over 50 tags / jiwer", "ours <= 60 ms"),
        ("characters", "peer's characters", "character errors of 20k / jiwer", ""),
    ):
        yield Row(
            work, f"{1e3 * found[ours]:.1f} ms", f"{1e3 * found[peer]:.0f} ms",
            found[peer] / found[ours], wanted,
        )  # fmt: skip


def _table() -> tuple[list[str], list[str]]:
    """Return targets and predictions; words as frequent as in speech, one in eight wrong."""
    chance = np.random.Generator(np.random.Philox(key=1))
    letters = np.array(list("etaoinshrdlucmfwypvbgkjqxz"))
    lengths = np.clip(chance.poisson(5, VOCABULARY), 1, 14)
    words = ["".join(letters[(26 * chance.random(length) ** 2).astype(int)]) for length in lengths]
    share = 1 / np.arange(1, VOCABULARY + 1)
    targets, predictions = [], []
    for length in chance.integers(WORDS - 3, WORDS + 4, ROWS):
        said = [words[at] for at in chance.choice(VOCABULARY, length, p=share / share.sum())]
        heard = []
        for word, fate in zip(said, chance.random(length) / ERROR_FRAC, strict=True):
            if fate > 0.2:  # below: deleted
                heard.append(word)
            if fate < 0.4:  # another one after it, or, up to 1, in its place
                heard.append(words[chance.integers(VOCABULARY)])
            elif fate < 1:
                heard[-1] = words[chance.integers(VOCABULARY)]
        targets.append(" ".join(said))
        predictions.append(" ".join(heard))
    return targets, predictions
