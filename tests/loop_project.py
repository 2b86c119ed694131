"""A project whose model is the user's: two programs that know nothing of augmentor, and files."""

import json
import sys
from pathlib import Path

import numpy as np
import soundfile
from project import RATE_HZ, noise_like, write_manifest

TRAIN = """\
import json, sys, wave
import numpy as np

def features(row):
    with wave.open(row["path"]) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32768
    power = np.abs(np.fft.rfft(sound[:16000], 16000)) ** 2
    bands = np.log(power[:4000].reshape(40, 100).sum(1) + 1e-3)
    return (bands - bands.mean()) / bands.std()

def rows_of(path):
    return [json.loads(line) for line in open(path, encoding="utf-8")]

if __name__ == "__main__":
    manifest, out, seed = sys.argv[1:4]
    rows = rows_of(manifest)
    kept = np.random.default_rng(int(seed)).permutation(len(rows))[: max(4, len(rows) * 9 // 10)]
    model = {"x": [features(rows[at]).tolist() for at in sorted(kept)],
             "y": [rows[at]["target"] for at in sorted(kept)]}
    print("trained on", len(rows))
    with open(out, "w") as file:
        json.dump(model, file)
"""
INFER = """\
import json, sys
import numpy as np
from train import features, rows_of

model, manifest, out = sys.argv[1:4]
with open(model) as file:
    known = json.load(file)
x, y = np.array(known["x"]), known["y"]
with open(out, "w") as file:
    for row in rows_of(manifest):
        near = np.argsort(((x - features(row)) ** 2).sum(1), kind="stable")[:3]
        said = sorted(y[at] for at in near)[1]
        file.write(json.dumps({"id": row["id"], "prediction": said}) + "\\n")
"""
RECIPE = """\
augmentor: 1
name: tones
seed: 3
source: {manifest: data/train.jsonl, sample_rate: 16000}
audit: {manifest: data/dev.jsonl, baseline: best slice}
banks: {vehicle: data/noise}
budget: 40
categories:
  vehicle noise:
    from: [clean]
    steps:
      - mix_noise: {noise: {pick: vehicle}, snr_db: {uniform: [10, -5]}}
  low bandwidth:
    from: [clean]
    steps:
      - codec: {kind: mulaw}
gate: {realism: {silence_frac: null, bandwidth_frac: null}}
train: {command: "PYTHON train.py {manifest} {out} {seed}"}
predict: {command: "PYTHON infer.py {model} {manifest} {out}"}
loop: {rounds: 2, margin: 0.2}
"""


def tone(pitch_hz: float, seed: int, duration_s: float = 1.0) -> np.ndarray:
    """Return a harmonic tone with an envelope of its own, float32 [frames]."""
    chance = np.random.Generator(np.random.Philox(seed))
    at = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    pitch_hz *= chance.uniform(0.95, 1.05)
    levels = chance.uniform(0.3, 1, 12) / np.arange(1, 13)
    sound = sum(a * np.sin(2 * np.pi * pitch_hz * (n + 1) * at) for n, a in enumerate(levels))
    sound = sound * (0.6 + 0.4 * np.sin(2 * np.pi * chance.uniform(2, 4) * at))
    breath = 0.02 * chance.standard_normal(len(at))  # up to 8 kHz: a telephone takes it away
    return (0.3 * sound / np.abs(sound).max() + breath).astype(np.float32)


def make_loop_project(
    folder: Path, *, recipe: str = RECIPE, clips: int = 24, dev: int = 30
) -> Path:
    """Write a project and return the path of its recipe."""
    data = folder / "data"
    (data / "noise").mkdir(parents=True)
    _write(data, "train", [("clean", index) for index in range(clips)], 0)
    conditions = ("clean", "vehicle noise", "low bandwidth")
    _write(data, "dev", [(tag, index) for tag in conditions for index in range(dev)], 5000)
    for index in range(3):
        soundfile.write(
            data / "noise" / f"n{index}.wav", noise_like(3.0, 100 + index), RATE_HZ,
            subtype="PCM_16",
        )  # fmt: skip
    (folder / "train.py").write_text(TRAIN)
    (folder / "infer.py").write_text(INFER)
    path = folder / "recipe.yaml"
    path.write_text(recipe.replace("PYTHON", sys.executable))
    return path


def _write(data: Path, split: str, wanted: list[tuple[str, int]], seed: int) -> None:
    (data / split).mkdir()
    rows = []
    for number, (tag, index) in enumerate(wanted):
        pitch_hz = (110.0, 160.0)[index % 2]
        sound = tone(pitch_hz, seed + number)
        if tag == "vehicle noise":
            noise = noise_like(1.0, seed + 900 + number)
            sound = sound + noise * (sound.std() / noise.std())
        if tag == "low bandwidth":
            spectrum = np.fft.rfft(sound)
            spectrum[:300] = 0
            spectrum[3400:] = 0
            sound = np.fft.irfft(spectrum, len(sound))
        name = f"{split}/{number:03d}.wav"
        sound = 0.5 * sound / np.abs(sound).max()
        soundfile.write(data / name, sound, RATE_HZ, subtype="PCM_16")
        rows.append({"id": f"{split}-{number:03d}", "path": name, "target": f"{pitch_hz:g}",
                     "tags": [tag], "group": f"{split}-{number}"})  # fmt: skip
    write_manifest(data / f"{split}.jsonl", rows)


def answers_of(folder: Path) -> list[dict]:
    """Return the rows of JSON Lines."""
    return [json.loads(line) for line in folder.read_text(encoding="utf-8").splitlines()]
