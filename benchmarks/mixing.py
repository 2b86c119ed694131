"""Mixing noise from a bank into 10 s clips, beside audiomentations and plain numpy."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from augmentor.core.example import Waveform
from augmentor.core.stream import Stream
from augmentor.kernels.level import active_level_db
from augmentor.kernels.mix import add_at_snr
from augmentor.sources.bank import Bank
from benchmarks.clock import Row, seconds
from benchmarks.sounds import RATE_HZ, folder_of_noise, noise

CLIPS = 200
LENGTH_S = 10.0


def measure(folder: Path) -> Iterator[Row]:
    """Yield clips a second: the bank against files on disk, and against two passes of numpy."""
    from audiomentations import AddBackgroundNoise

    speech = noise(LENGTH_S, 999)
    level_db = active_level_db(speech, RATE_HZ)
    wave = Waveform(speech, RATE_HZ, level_db, float(np.abs(speech).max()))
    banks = {
        suffix: folder_of_noise(folder / suffix, suffix, count=20, seconds=30)
        for suffix in ("wav", "flac")
    }
    bank = Bank("noise", banks["wav"], RATE_HZ, folder / "banks")
    stream = Stream(1)
    refs = [bank.at(stream.at(index).unit()) for index in range(CLIPS)]
    tapes = {ref["id"]: bank.load(ref).samples for ref in refs}

    def ours() -> None:
        for ref in refs:
            add_at_snr(wave, noise=bank.load(ref), snr_db=10.0)

    def plain() -> None:
        gain = np.float32(1e-5)
        for ref in refs:
            start = min(round(ref["start_s"] * RATE_HZ), len(tapes[ref["id"]]) - len(speech))
            segment = tapes[ref["id"]][start : start + len(speech)]
            mixed = np.multiply(segment, gain, dtype=np.float32)
            mixed += speech

    def peer(suffix: str) -> None:
        for _ in range(CLIPS):
            transforms[suffix](samples=speech, sample_rate=RATE_HZ)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peer's own, about its resampling
        transforms = {
            suffix: AddBackgroundNoise(str(path), min_snr_db=10.0, max_snr_db=10.0, p=1.0)
            for suffix, path in banks.items()
        }
        found = seconds(
            {"ours": ours, "plain": plain, "wav": lambda: peer("wav"), "flac": lambda: peer("flac")}
        )
    rates = {name: CLIPS / taken for name, taken in found.items()}
    for name, what, wanted in (
        ("wav", "audiomentations, 16 kHz WAV", ">= 3.5"),
        ("flac", "audiomentations, 16 kHz FLAC", ">= 15"),
        ("plain", "plain numpy, two passes", ">= 0.68"),
    ):
        yield Row(
            f"mix 10 s from a bank / {what}", f"{rates['ours']:,.0f} clips/s",
            f"{rates[name]:,.0f} clips/s", rates["ours"] / rates[name], wanted,
        )  # fmt: skip
