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
banks: {vehicle: data/noise, hiss: data/hiss}
budget: 40
categories:
  vehicle noise:
    from: [clean]
    steps:
      - mix_noise: {noise: {pick: vehicle}, snr_db: {uniform: [10, -5]}}
  hiss:
    from: [clean]
    steps:
      - mix_noise: {noise: {pick: hiss}, snr_db: {uniform: [5, -10]}}
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
    breath = 0.02 * chance.standard_normal(len(at))
    return (0.3 * sound / np.abs(sound).max() + breath).astype(np.float32)


def make_loop_project(
    folder: Path, *, recipe: str = RECIPE, clips: int = 24, dev: int = 30
) -> Path:
    """Write a project and return the path of its recipe."""
    data = folder / "data"
    data.mkdir(parents=True)
    _write(data, "train", [("clean", index) for index in range(clips)], 0)
    conditions = ("clean", "vehicle noise", "hiss")
    _write(data, "dev", [(tag, index) for tag in conditions for index in range(dev)], 5000)
    for kind, colour in (("noise", 1.0), ("hiss", -1.0)):
        (data / kind).mkdir()
        for index in range(3):
            sound = noise_like(3.0, 100 + index, colour)
            soundfile.write(data / kind / f"n{index}.wav", sound, RATE_HZ, subtype="PCM_16")
    (folder / "train.py").write_text(TRAIN)
    (folder / "infer.py").write_text(INFER)
    path = folder / "recipe.yaml"
    path.write_text(recipe.replace("PYTHON", sys.executable))
    return path


def write_test_set(data: Path) -> None:
    """Write a few examples more, ``test.jsonl``, that nothing is learned from."""
    _write(
        data, "test", [(tag, index) for tag in ("clean", "vehicle noise") for index in (0, 1)], 9000
    )


def _write(data: Path, split: str, wanted: list[tuple[str, int]], seed: int) -> None:
    (data / split).mkdir()
    rows = []
    for number, (tag, index) in enumerate(wanted):
        pitch_hz = (110.0, 160.0)[index % 2]
        sound = tone(pitch_hz, seed + number)
        if tag != "clean":
            colour, louder = {"vehicle noise": (1.0, 1.0), "hiss": (-1.0, 3.0)}[tag]
            noise = noise_like(1.0, seed + 900 + number, colour)
            sound = sound + louder * noise * (sound.std() / noise.std())
        name = f"{split}/{number:03d}.wav"
        sound = 0.5 * sound / np.abs(sound).max()
        soundfile.write(data / name, sound, RATE_HZ, subtype="PCM_16")
        rows.append({"id": f"{split}-{number:03d}", "path": name, "target": f"{pitch_hz:g}",
                     "tags": [tag], "group": f"{split}-{number}", "condition": tag})  # fmt: skip
    write_manifest(data / f"{split}.jsonl", rows)


def answers_of(folder: Path) -> list[dict]:
    """Return the rows of JSON Lines."""
    return [json.loads(line) for line in folder.read_text(encoding="utf-8").splitlines()]


SCRIPTED_TRAIN = """\
import json, os, sys, time

def mode(step):
    # What goes wrong is told by a file that nobody watches: the code stays the same.
    try:
        with open("wrong.json") as file:
            return json.load(file).get(step, "")
    except FileNotFoundError:
        return ""

def began(*what):
    with open("began.txt", "a") as file:
        file.write(" ".join(what) + "\\n")

if __name__ == "__main__":
    manifest, out, number, seed = sys.argv[1:5]
    began("train", number, seed)
    print("reading", manifest)
    exec(mode("train"))
    with open(out, "w") as file:
        json.dump({"round": number, "seed": seed, "rows": sum(1 for _ in open(manifest))}, file)
"""
SCRIPTED_INFER = """\
import json, sys
from train import began, mode

model, manifest, out = sys.argv[1:4]
with open(model) as file:
    told = json.load(file)
began("predict", told["round"], told["seed"])
with open("script.json") as file:
    script = json.load(file)
wrong = script[min(int(told["round"]), len(script) - 1)]
lines, seen = [], {}
for line in open(manifest):
    row = json.loads(line)
    tag = row["condition"]
    seen[tag] = seen.get(tag, 0) + 1
    right = seen[tag] > wrong.get(tag, 0)
    said = row["target"] if right else "?"
    lines.append(json.dumps({"id": row["id"], "prediction": said}) + "\\n")
exec(mode("predict"))
with open(out, "w") as file:
    file.writelines(lines)
"""
SCRIPTED_RECIPE = (
    RECIPE.partition("train:")[0].replace("budget: 40", "budget: 8")
    + """\
train: {command: "PYTHON train.py {manifest} {out} {round} {seed}"}
predict: {command: "PYTHON infer.py {model} {manifest} {out}"}
"""
)


def make_scripted_project(
    folder: Path, script: list[dict[str, int]], *, recipe: str = SCRIPTED_RECIPE, dev: int = 20
) -> Path:
    """Write a project whose model errs as often as is said; return the path of its recipe.

    Parameters
    ----------
    folder : where to.
    script : for each round, from the start: tag -> how many of its examples are wrong.
    recipe : its text.
    dev : examples of each tag.
    """
    path = make_loop_project(folder, recipe=recipe, clips=6, dev=dev)
    (folder / "train.py").write_text(SCRIPTED_TRAIN)
    (folder / "infer.py").write_text(SCRIPTED_INFER)
    (folder / "script.json").write_text(json.dumps(script))
    return path
