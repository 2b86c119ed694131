"""A small project as a user would have it: speech, noise, an error table, a recipe."""

import io
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
from speechlike import speechlike

RATE_HZ = 16000

RECIPE = """\
augmentor: 1
name: small
seed: 7
source: {manifest: data/train.jsonl, sample_rate: 16000}
audit: {table: data/errors.csv}
banks:
  vehicle: data/noise
  prompts: data/train.jsonl
budget: 24
categories:
  vehicle noise:
    from: [clean]
    steps:
      - mix_noise: {noise: {pick: vehicle}, snr_db: {uniform: [15, -5]}}
  people noise:
    steps:
      - mix_babble: {talkers: {pick: prompts}, count: {choice: [3, 4]}, snr_db: {uniform: [15, 0]}}
  low bandwidth:
    steps:
      - one_of: [{codec: {kind: gsm}, name: gsm}, {codec: {kind: mulaw}, name: mulaw, weight: 0.5}]
gate:
  realism: {silence_frac: null}
  clarity: {estoi: ">= 0.05"}
  tries: 3
"""


def noise_like(duration_s: float, seed: int, colour: float = 1.0) -> np.ndarray:
    """Return noise with more or less bass, float32 [frames]."""
    frames = round(duration_s * RATE_HZ)
    white = np.random.Generator(np.random.Philox(seed)).standard_normal(frames)
    spectrum = np.fft.rfft(white) / np.maximum(np.arange(frames // 2 + 1), 8) ** (colour / 2)
    sound = np.fft.irfft(spectrum, frames)
    return (0.25 * sound / np.abs(sound).max()).astype(np.float32)


def write_manifest(path: Path, rows: list[dict]) -> None:
    """Write JSON Lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


@cache
def _wav(kind: Callable[..., np.ndarray], duration_s: float, seed: int) -> bytes:
    """Return a sound as a file's bytes, made once a session: many tests want the same project."""
    file = io.BytesIO()
    soundfile.write(file, kind(duration_s, seed=seed), RATE_HZ, format="WAV", subtype="PCM_16")
    return file.getvalue()


def make_project(
    folder: Path, *, clips: int = 12, duration_s: float = 1.2, recipe: str = RECIPE
) -> Path:
    """Write a project and return the path of its recipe."""
    data = folder / "data"
    (data / "noise").mkdir(parents=True)
    rows = []
    for index in range(clips):
        name = f"p{index:03d}.wav"
        (data / name).write_bytes(_wav(speechlike, duration_s + 0.05 * (index % 5), index))
        rows.append(
            {"id": f"p{index:03d}", "path": name, "target": ("en", "fr", "ru")[index % 3],
             "tags": "clean", "speaker": f"s{index % 4}", "group": f"g{index}", "split": "train"}
        )  # fmt: skip
    write_manifest(data / "train.jsonl", rows)
    for index in range(3):
        (data / "noise" / f"n{index}.wav").write_bytes(_wav(noise_like, 2.0 + index, 100 + index))
    (data / "errors.csv").write_text(errors())
    path = folder / "recipe.yaml"
    path.write_text(recipe)
    return path


def errors() -> str:
    """Return an error table with gaps in three tags, and the clean counterpart's predictions."""
    lines = ["id,target,prediction,clean_prediction,tags"]
    for tag, n, wrong in (
        ("clean", 60, 1), ("vehicle noise", 10, 6), ("people noise", 20, 10),
        ("low bandwidth", 10, 3),
    ):  # fmt: skip
        for index in range(n):
            said = "fr" if index < wrong else "en"
            clean = said if tag == "clean" else "en"
            lines.append(f"{tag[0]}{index},en,{said},{clean},{tag}")
    return "\n".join(lines) + "\n"
