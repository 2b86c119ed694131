"""A project in which the model's threshold is known: it hears how loud the noise is."""

from pathlib import Path

import numpy as np
import soundfile
from project import RATE_HZ, noise_like, write_manifest
from speechlike import speechlike

from augmentor.kernels.level import active_level_db

LEVEL_DB = -26.0
LEAD_S = 0.25
FAILS_BELOW_DB = 7.0
RANGE_DB = (20.0, -20.0)
RESOLUTION = 0.03

RECIPE = """\
# my recipe, with care
augmentor: 1
name: small
seed: 7
source: {manifest: data/train.jsonl, sample_rate: 16000}
banks:
  vehicle: data/noise  # recorded by me
budget: 24
categories:
  vehicle noise:
    steps:
      - mix_noise: {noise: {pick: vehicle}, snr_db: {uniform: [20, -20]}}  # wide
gate:
  difficulty: {model: "knows_noise:predict", error: ">= 0.5"}
"""

MODEL = f"""\
import numpy as np

def predict(waves, rate_hz):
    lead = round({LEAD_S} * rate_hz)
    levels = [20 * np.log10(np.sqrt(np.mean(wave[:lead] ** 2)) + 1e-9) for wave in waves]
    return ["fr" if level > {LEVEL_DB} - {FAILS_BELOW_DB} else "en" for level in levels]
"""


def make(folder: Path, recipe: str = RECIPE, clips: int = 40) -> Path:
    """Write a project: clips of one speech level after a silence, and steady noise."""
    (folder / "data" / "noise").mkdir(parents=True)
    rows = []
    for index in range(clips):
        speech = speechlike(0.6, seed=index)
        level = active_level_db(speech, RATE_HZ)
        assert level is not None
        wave = np.concatenate([np.zeros(round(LEAD_S * RATE_HZ)), speech])
        wave *= 10 ** ((LEVEL_DB - active_level_db(wave.astype(np.float32), RATE_HZ)) / 20)
        soundfile.write(folder / "data" / f"{index}.wav", wave, RATE_HZ, subtype="PCM_16")
        rows.append({"id": f"p{index}", "path": f"{index}.wav", "target": "en", "tags": "clean"})
    write_manifest(folder / "data" / "train.jsonl", rows)
    for index in range(3):
        sound = noise_like(3.0, 50 + index, colour=0.0)
        soundfile.write(folder / "data" / "noise" / f"n{index}.wav", sound, RATE_HZ)
    (folder / "knows_noise.py").write_text(MODEL)
    path = folder / "recipe.yaml"
    path.write_text(recipe)
    return path
