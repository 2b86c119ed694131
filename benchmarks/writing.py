"""Writing and digesting 10 s: why we have a header of our own, and do without SHA-256."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import soundfile

from augmentor.core.digest import digest_bytes
from augmentor.files.atomic import write_bytes
from augmentor.files.audio import to_pcm16, wav_parts
from benchmarks.clock import Row, seconds
from benchmarks.sounds import RATE_HZ, noise


def measure(folder: Path) -> Iterator[Row]:
    """Yield microseconds a file, where ours goes to a temporary name and is renamed; a digest."""
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
    data = [to_pcm16(noise(10.0, index)).tobytes() for index in range(20)]
    found = seconds(
        {
            "ours": lambda: [digest_bytes(one) for one in data],
            "peer": lambda: [hashlib.sha256(one).hexdigest() for one in data],
        }
    )
    us = {name: 1e6 * taken / len(data) for name, taken in found.items()}
    yield Row(
        "digest of 10 s PCM 16: XXH3 / SHA-256", f"{us['ours']:.0f} us", f"{us['peer']:.0f} us",
        us["peer"] / us["ours"], "> 1",
    )  # fmt: skip
