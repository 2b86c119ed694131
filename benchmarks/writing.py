"""Writing 10 s as PCM 16, beside soundfile: why we have a header of our own."""

from collections.abc import Iterator
from pathlib import Path

import soundfile

from augmentor.files.atomic import write_bytes
from augmentor.files.audio import to_pcm16, wav_parts
from benchmarks.clock import Row, seconds
from benchmarks.sounds import RATE_HZ, noise


def measure(folder: Path) -> Iterator[Row]:
    """Yield microseconds a file; ours goes to a temporary name and is renamed."""
    sound = noise(10.0, 1)

    def ours() -> None:
        for index in range(50):
            parts = wav_parts(to_pcm16(sound), RATE_HZ)
            write_bytes(folder / f"ours{index}.wav", *parts, durable=False)

    def peer() -> None:
        for index in range(50):
            soundfile.write(folder / f"peer{index}.wav", sound, RATE_HZ, subtype="PCM_16")

    found = seconds({"ours": ours, "peer": peer})
    us = {name: 1e6 * taken / 50 for name, taken in found.items()}
    yield Row(
        "write 10 s PCM 16 / soundfile", f"{us['ours']:.0f} us", f"{us['peer']:.0f} us",
        us["peer"] / us["ours"], "> 1",
    )  # fmt: skip
