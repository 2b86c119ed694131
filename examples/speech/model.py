"""The user's own model: which language is spoken? It knows nothing of augmentor.

    python model.py train MANIFEST MODEL --seed 0 --steps 640
    python model.py predict MODEL MANIFEST ANSWERS

Manifests and answers are JSON Lines. Two-second crops, 40 log-mel bands, four small convolutions.
The same call gives the same model: every random choice comes from the seed, and the number of
threads is fixed.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

RATE_HZ = 16_000
CROP = 2 * RATE_HZ
BANDS = 40
LANGUAGES = ("en", "es", "fr", "it", "ru")
BATCH = 32
THREADS = 1  # several would wait for each other on a busy machine; trainings run side by side
PEAK_RATE = 3e-3

Wave = np.ndarray[Any, np.dtype[np.float32]]


def mel_filters(bands: int = BANDS, bins: int = 257, low_hz: float = 60.0) -> Tensor:
    """Triangles evenly spaced on the mel scale, as a matrix [bands, bins]."""
    edges_mel = np.linspace(_mel(low_hz), _mel(RATE_HZ / 2), bands + 2)
    edges_hz = (700 * (10 ** (edges_mel / 2595) - 1))[:, None]
    hz = np.linspace(0, RATE_HZ / 2, bins)
    left, mid, right = edges_hz[:-2], edges_hz[1:-1], edges_hz[2:]
    up, down = (hz - left) / (mid - left), (right - hz) / (right - mid)
    return torch.tensor(np.maximum(0, np.minimum(up, down)), dtype=torch.float32)


def _mel(hz: float) -> float:
    return float(2595 * np.log10(1 + hz / 700))


class LanguageNet(nn.Module):
    """Waves [batch, samples] to language scores [batch, languages]."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("filters", mel_filters(), persistent=False)
        self.register_buffer("taper", torch.hann_window(400), persistent=False)
        widths = (1, 16, 32, 48, 64)
        blocks: list[nn.Module] = []
        for n, (inside, outside) in enumerate(pairwise(widths)):
            # A bias before a normalisation does nothing; a stride does early what is dear late.
            stride = 1 if n else 2
            blocks += [nn.Conv2d(inside, outside, 3, stride=stride, padding=1, bias=False)]
            blocks += [nn.BatchNorm2d(outside), nn.ReLU()]
            blocks += [nn.MaxPool2d(2 if n else (1, 2))] if n < 3 else []
        self.body = nn.Sequential(*blocks)
        self.head = nn.Linear(widths[-1], len(LANGUAGES))

    def features(self, waves: Tensor) -> Tensor:
        """Log-mel bands [batch, 1, bands, frames], each clip with mean 0 and deviation 1."""
        spectrum = torch.stft(
            waves, 512, 200, 400, self.get_buffer("taper"), center=False, return_complex=True
        )
        power = spectrum.real.square() + spectrum.imag.square()
        bands = torch.log(self.get_buffer("filters") @ power + 1e-5)
        mean = bands.mean(dim=(1, 2), keepdim=True)
        return ((bands - mean) / (bands.std(dim=(1, 2), keepdim=True) + 1e-3)).unsqueeze(1)

    def forward(self, waves: Tensor) -> Tensor:
        """Scores [batch, languages], not normalised."""
        hidden: Tensor = self.body(self.features(waves))
        scores: Tensor = self.head(hidden.mean(dim=(2, 3)))
        return scores


def fit_length(wave: Tensor, position: float) -> Tensor:
    """Two seconds: cut from a longer wave, or a shorter one over and over.

    position: where to start, as a fraction of the choices there are; 0.5 is the centre.
    """
    room = len(wave) - CROP
    if room >= 0:
        start = int(position * (room + 1))
        return wave[start : start + CROP]
    return wave[(torch.arange(CROP) + int(position * len(wave))) % len(wave)]


def train(
    dataset: "Dataset[Any]", steps: int = 640, seed: int = 0, out: Path | str = "model.pt"
) -> None:
    """Train on items {"wave": float tensor [samples], "target": language} and write `out`.

    Any number of examples takes the same number of steps of 32, at a one-cycle rate.
    """
    _deterministic()
    torch.manual_seed(seed)
    net = LanguageNet()
    optimiser = torch.optim.AdamW(net.parameters(), lr=PEAK_RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, PEAK_RATE, total_steps=steps)
    net.train()
    for waves, targets in _batches(dataset, steps, seed):
        _learn(net, optimiser, waves, targets)
        schedule.step()
    partial = Path(f"{out}.partial")
    torch.save(net.state_dict(), partial)
    partial.replace(out)


def _batches(dataset: Any, steps: int, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches of random crops; every example once before any comes again."""
    chance = np.random.Generator(np.random.Philox(seed))
    queue: list[int] = []
    for _ in range(steps):
        while len(queue) < BATCH:
            queue += chance.permutation(len(dataset)).tolist()
        items = [dataset[index] for index in queue[:BATCH]]
        del queue[:BATCH]
        yield _batch(items, chance)


def _batch(
    items: Sequence[Mapping[str, Any]], chance: np.random.Generator
) -> tuple[Tensor, Tensor]:
    positions = chance.random(len(items))
    waves = [fit_length(item["wave"], at) for item, at in zip(items, positions, strict=True)]
    return torch.stack(waves), torch.tensor([LANGUAGES.index(item["target"]) for item in items])


def _learn(
    net: LanguageNet, optimiser: torch.optim.Optimizer, waves: Tensor, targets: Tensor
) -> float:
    """One step; returns the loss."""
    loss = nn.functional.cross_entropy(net(waves), targets)
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    return loss.item()


def make(
    seed: int, learning_rate: float = PEAK_RATE
) -> Callable[[Sequence[Mapping[str, Any]]], float]:
    """A fresh model's step, for `augmentor overfit`: trains on items, returns the loss."""
    _deterministic()
    torch.manual_seed(seed)
    net = LanguageNet()
    optimiser = torch.optim.AdamW(net.parameters(), lr=learning_rate, weight_decay=1e-2)
    chance = np.random.Generator(np.random.Philox(seed))
    return lambda items: _learn(net, optimiser, *_batch(items, chance))


def load(path: Path | str) -> LanguageNet:
    """The model in a file written by `train`, ready to predict."""
    _deterministic()
    net = LanguageNet()
    net.load_state_dict(torch.load(path, weights_only=True))
    return net.eval()


def predict(net: LanguageNet, waves: Sequence[Wave]) -> list[str]:
    """The language of each wave; the centre of it is heard."""
    found: list[str] = []
    with torch.inference_mode():
        for first in range(0, len(waves), 256):
            chunk = waves[first : first + 256]
            batch = torch.stack([fit_length(torch.as_tensor(wave), 0.5) for wave in chunk])
            found += [LANGUAGES[n] for n in net(batch).argmax(dim=1).tolist()]
    return found


def _deterministic() -> None:
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True)


class Clips(Dataset[dict[str, Any]]):
    """The clips of a manifest, kept in memory."""

    def __init__(self, manifest: Path) -> None:
        lines = manifest.read_text(encoding="utf-8").splitlines()
        self.rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
        self.waves = [_read(row["path"]) for row in self.rows]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {"wave": torch.from_numpy(self.waves[index]), "target": self.rows[index]["target"]}


def _read(path: str) -> Wave:
    wave, rate_hz = soundfile.read(path, dtype="float32")
    if rate_hz != RATE_HZ:
        raise ValueError(f"{path}: this model hears {RATE_HZ} Hz, not {rate_hz} Hz; resample first")
    return np.asarray(wave)


def main() -> None:
    """Train or predict, from files to files."""
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    training = verbs.add_parser("train")
    training.add_argument("manifest", type=Path)
    training.add_argument("model", type=Path)
    training.add_argument("--seed", type=int, default=0)
    training.add_argument("--steps", type=int, default=640)
    asking = verbs.add_parser("predict")
    asking.add_argument("model", type=Path)
    asking.add_argument("manifest", type=Path)
    asking.add_argument("answers", type=Path)
    told = parser.parse_args()
    clips = Clips(told.manifest)
    if told.verb == "train":
        train(clips, told.steps, told.seed, told.model)
        return
    answers = predict(load(told.model), clips.waves)
    with told.answers.open("w", encoding="utf-8") as file:
        for row, answer in zip(clips.rows, answers, strict=True):
            file.write(json.dumps({"id": row["id"], "prediction": answer}) + "\n")


if __name__ == "__main__":
    main()
