"""The user's own model: is this solar cell defective? It knows nothing of augmentor.

128 px, four small convolutions. The same call gives the same model: every random choice comes
from the seed, and the number of threads is fixed.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn

SIDE_PX = 128
BATCH = 48
THREADS = 1  # trainings run side by side
PEAK_RATE = 3e-3
BAD_SHARE = 0.5
"""Of each batch; whatever the data, so that rare defects are seen. Half of them are real ones."""

Pixels = np.ndarray[Any, np.dtype[np.uint8]]


class DefectNet(nn.Module):
    """Pictures [batch, 1, side, side] to the log odds of a defect [batch]."""

    def __init__(self) -> None:
        super().__init__()
        widths = (1, 16, 24, 48, 64)
        blocks: list[nn.Module] = []
        for n, (inside, outside) in enumerate(pairwise(widths)):
            # A wide first look that steps by two does early what is dear late.
            size, stride = (3, 1) if n else (5, 2)
            blocks += [nn.Conv2d(inside, outside, size, stride, size // 2, bias=False)]
            blocks += [nn.BatchNorm2d(outside), nn.ReLU()]
            blocks += [nn.MaxPool2d(2)] if n else []
        self.body = nn.Sequential(*blocks)
        self.head = nn.Linear(2 * widths[-1], 1)

    def forward(self, pictures: Tensor) -> Tensor:
        """Log odds [batch]: a defect may be anywhere, so the strongest answer counts too."""
        hidden: Tensor = self.body(pictures)
        found = torch.cat([hidden.amax(dim=(2, 3)), hidden.mean(dim=(2, 3))], dim=1)
        odds: Tensor = self.head(found)[:, 0]
        return odds


def prepared(pictures: Sequence[Pixels]) -> Tensor:
    """Return pictures as the model sees them: small, each with mean 0 and deviation 1."""
    size = (SIDE_PX, SIDE_PX)
    small = [cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in pictures]
    stack = torch.from_numpy(np.stack(small).astype(np.float32))[:, None]
    mean, deviation = stack.mean(dim=(2, 3), keepdim=True), stack.std(dim=(2, 3), keepdim=True)
    return (stack - mean) / (deviation + 1e-3)


def train(pictures: Tensor, bad: Tensor, new: Tensor, steps: int, seed: int, out: Path) -> None:
    """Train on prepared pictures, whether each is defective and whether it is new; write `out`.

    Any number of examples takes the same number of steps; each batch is half defects, and half
    of those are new where there are new ones.
    """
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(mode=True)
    torch.manual_seed(seed)
    net = DefectNet()
    optimiser = torch.optim.AdamW(net.parameters(), lr=PEAK_RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, PEAK_RATE, total_steps=steps)
    chance = torch.Generator().manual_seed(seed)
    kinds = [torch.nonzero(one)[:, 0] for one in (~bad, bad & ~new, bad & new)]
    made = round(BAD_SHARE * BATCH / 2) if len(kinds[2]) else 0
    real = round(BAD_SHARE * BATCH) - made
    counts = [BATCH - real - made, real, made]
    for _ in range(steps):
        chosen = torch.cat(
            [
                kind[torch.randint(len(kind), (count,), generator=chance)]
                for kind, count in zip(kinds, counts, strict=True)
                if count
            ]
        )
        turned = torch.rot90(pictures[chosen], int(torch.randint(4, (), generator=chance)), (2, 3))
        if torch.rand((), generator=chance) < 0.5:
            turned = turned.flip(3)
        _learn(net, optimiser, turned, bad[chosen])
        schedule.step()
    torch.save(net.state_dict(), out)


def _learn(net: DefectNet, optimiser: torch.optim.Optimizer, seen: Tensor, bad: Tensor) -> float:
    """One step; returns the loss."""
    loss = nn.functional.binary_cross_entropy_with_logits(net(seen), bad.float())
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return loss.item()


def make(
    seed: int, learning_rate: float = PEAK_RATE
) -> Callable[[Sequence[Mapping[str, Any]]], float]:
    """A fresh model's step, for `augmentor overfit`: trains on items, returns the loss."""
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(mode=True)
    torch.manual_seed(seed)
    net = DefectNet()
    optimiser = torch.optim.AdamW(net.parameters(), lr=learning_rate, weight_decay=1e-2)

    def step(items: Sequence[Mapping[str, Any]]) -> float:
        seen = prepared([255 * item["image"][0].numpy() for item in items])
        bad = torch.tensor([item["target"] == "defective" for item in items])
        return _learn(net, optimiser, seen, bad)

    return step


def scores(pictures: Tensor, path: Path) -> list[float]:
    """Return the log odds of a defect in each prepared picture."""
    torch.set_num_threads(THREADS)
    net = DefectNet()
    net.load_state_dict(torch.load(path, weights_only=True))
    net.eval()
    with torch.no_grad():
        found = torch.cat([net(pictures[at : at + 256]) for at in range(0, len(pictures), 256)])
    return [float(one) for one in found]


def predict(pictures: Sequence[Pixels]) -> list[str]:
    """Answer for augmentor's gate: the model of $SOLAR_MODEL at its threshold."""
    path = Path(os.environ["SOLAR_MODEL"])
    threshold = float(path.with_suffix(".threshold").read_text())
    found = scores(prepared(pictures), path)
    return ["defective" if one > threshold else "good" for one in found]
