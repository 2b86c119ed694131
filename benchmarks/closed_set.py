"""The closed-set test on real prompts in four kinds of noise: where does it stop understanding?

    python -m benchmarks.closed_set [CACHE]

English prompts of the speech demo (prepared when missing). A row is a noise at an SNR: the share
of the clips whose sentence is picked among 25, then what the gate says of it with ">= 0.8". Then
what becomes of transcripts that are wrong.
"""

import sys
from collections.abc import Sequence
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Any

import numpy as np

from augmentor.core.stream import Stream
from augmentor.core.verdict import Bound
from augmentor.gate.references.closed_set import candidates, spoken
from augmentor.gate.references.sphinx import Sphinx
from augmentor.gate.sampled import CLOSED_SET, Asked, judge
from examples.speech.conditions import mix, span
from examples.speech.fetch import cache_folder
from examples.speech.prepare import prepare, split_names
from examples.speech.sounds import RATE_HZ, Wave, read_wav, transcripts

CLIPS, DECOYS = 60, 24
LONGEST_S, SHORTEST_S = 5, 1
SNRS_DB = (20, 10, 5, 0, -5, -10)
NOISES = {
    "vehicle": "noise/test/vehicle/passing-train.wav",
    "machine": "noise/dev/vehicle/elevator-machinery.wav",
    "applause": "noise/other/29-applause.wav",
    "pink, made": "",
}
STREAM = Stream(7).at("closed set of prompts")

Clip = tuple[str, Wave, str]
"""Name, sound, sentence."""

_sphinx = Sphinx()


def main(cache: Path) -> None:
    """Print the table."""
    clips, pool = prompts(prepare(cache), cache)
    chosen = sorted(clips, key=lambda one: STREAM.at("clip", one[0]).word())[:CLIPS]
    print(f"{len(chosen)} of {len(clips)} English prompts, {len(pool)} different sentences\n")
    root = cache / "speech-1"
    rivals = [candidates(one[2], pool, DECOYS, STREAM) for one in chosen]
    with Pool(2) as workers:
        asked = [(one[1], among) for one, among in zip(chosen, rivals, strict=True)]
        clean = workers.starmap(pick, asked, chunksize=5)
        print(
            f"{'noise':<12}{'SNR':>6}{'picked':>9}{'gave up':>9}   still, 95 %         gate >= 0.8"
        )
        told("clean", "", chosen, clean, clean)
        for kind, file in NOISES.items():
            for snr_db in SNRS_DB:
                noisy = [(noised(one, root, file, snr_db), among)
                         for one, (_, among) in zip(chosen, asked, strict=True)]  # fmt: skip
                picked = workers.starmap(pick, noisy, chunksize=5)
                told(kind, f"{snr_db} dB", chosen, clean, picked)
        wrong(workers, clips, pool)


def prompts(root: Path, cache: Path) -> tuple[list[Clip], list[str]]:
    """Return the English prompts that the reference has all the words of, and all sentences."""
    words = transcripts(cache / "unpacked/asterisk-core-sounds-en", "en")
    found = []
    for name in sorted(split_names(root)):
        path, sentence = root / "prompts/en" / f"{name}.wav", spoken(words.get(name, ""))
        if not path.exists() or sentence is None or _sphinx.unknown(sentence):
            continue
        wave = read_wav(path)
        if SHORTEST_S <= len(wave) / RATE_HZ <= LONGEST_S:
            found.append((name, wave, sentence))
    return found, sorted({one[2] for one in found})


def pick(wave: Wave, among: Sequence[str]) -> str | None:
    """Return the sentence that is heard."""
    return _sphinx([wave], RATE_HZ, [among])[0]


def noised(clip: Clip, root: Path, file: str, snr_db: float) -> Wave:
    """Return a clip in noise."""
    name, wave, _ = clip
    if file:
        return mix(wave, span(read_wav(root / file), len(wave), name), snr_db)
    chance = np.random.Generator(np.random.Philox(key=STREAM.at("pink", name).word()))
    spectrum = np.fft.rfft(chance.standard_normal(len(wave)))
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)), len(wave))
    return mix(wave, pink.astype(np.float32), snr_db)


def told(
    kind: str, snr: str, clips: Sequence[Clip], clean: Sequence[Any], picked: Sequence[Any]
) -> None:
    """Print one row."""
    found = judged(clips, clean, picked)
    value = "" if found.low is None else f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})"
    gave_up = sum(one is None for one in picked)
    print(
        f"{kind:<12}{snr:>6}{found.after / found.n:>9.2f}{gave_up / found.n:>9.2f}   "
        f"{value:<20}{found.outcome}",
        flush=True,
    )


def judged(clips: Sequence[Clip], clean: Sequence[Any], picked: Sequence[Any]) -> Any:
    """Return the gate's verdict on what was picked."""
    asked = [
        Asked(name, "", before == right, after == right, right)
        for (name, _, right), before, after in zip(clips, clean, picked, strict=True)
    ]
    return judge("prompts", CLOSED_SET, "pocketsphinx", asked, Bound.parse(">= 0.8"))


def wrong(workers: Pool, clips: Sequence[Clip], pool: Sequence[str]) -> None:
    """Print what becomes of clips with the sentence of another, and of clips swapped in pairs."""
    order = sorted(clips, key=lambda one: STREAM.at("swap", one[0]).word())
    pairs = list(zip(order[::2], order[1::2], strict=False))
    swapped = [(a[0], a[1], b[2]) for a, b in pairs] + [(b[0], b[1], a[2]) for a, b in pairs]
    drawn = []
    for name, wave, right in clips:
        others = [one for one in pool if one != right]
        drawn.append((name, wave, others[STREAM.at("wrong", name).word() % len(others)]))
    print()
    for what, listed in (("a wrong transcript", drawn), ("labels swapped", swapped)):
        truth = {one[0]: one[2] for one in clips}
        those = [one for one in listed if one[2] != truth[one[0]]]
        asked = [(one[1], candidates(one[2], pool, DECOYS, STREAM)) for one in those]
        heard = workers.starmap(pick, asked, chunksize=5)
        fail = sum(one != clip[2] for one, clip in zip(heard, those, strict=True))
        verdict = judged(those, heard, heard)
        print(
            f"{what}: {fail} of {len(those)} clips fail ({fail / len(those):.1%}); "
            f"a category of them: {verdict.outcome}, {verdict.why}"
        )


if __name__ == "__main__":
    main(cache_folder(sys.argv[1] if len(sys.argv) > 1 else None))
