"""New examples drawn and rendered on the fly, from the key of an example and an epoch alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from augmentor.core.errors import BadSourceError, UsageError
from augmentor.core.example import Waveform
from augmentor.core.stream import Stream
from augmentor.datasets.item import Item, item_of
from augmentor.files.audio import to_pcm16
from augmentor.recipe.load import load_recipe
from augmentor.recipe.planner import draw_edits
from augmentor.recipe.recipe import Category, Recipe
from augmentor.recipe.renderer import make, read_parent
from augmentor.recipe.steps import refusal
from augmentor.sources.manifest import Source, read_sources


class AugmentedDataset(Dataset[Item]):
    """The user's examples, some of them augmented, another way each epoch.

    Item ``i`` of epoch ``e`` is a function of the recipe, the example's id and ``e``: the
    same for any number of workers, fork or spawn, and whatever was asked for before. Epoch
    ``e`` is copy ``e`` of a batch run.

    Parameters
    ----------
    examples : a manifest, a folder, or sources; the recipe's own source by default.
    recipe : a recipe, or its file.
    share : the probability that an example is augmented, in [0, 1].
    weights : what each category is worth, as the plan's budget says (`Planning.plan.counts`);
        by default as the recipe states, or all alike.
    dtype : ``torch.float32`` with full scale 1, or ``torch.int16``.
    gate : whether the gate judges each example; after the last try the parent is returned.
    """

    def __init__(
        self,
        examples: str | Path | Sequence[Source] | None,
        recipe: Recipe | str | Path,
        *,
        share: float = 0.5,
        weights: dict[str, float] | None = None,
        dtype: torch.dtype = torch.float32,
        gate: bool = True,
    ) -> None:
        self.recipe = recipe if isinstance(recipe, Recipe) else load_recipe(recipe)
        if not 0 <= share <= 1:
            raise UsageError(f"share is {share}; allowed: 0 to 1")
        if dtype not in (torch.float32, torch.int16):
            raise UsageError(f"dtype is {dtype}; allowed: torch.float32 or torch.int16")
        if examples is None:
            self.sources = self.recipe.sources
        elif isinstance(examples, str | Path):
            self.sources = read_sources(Path(examples))
        else:
            self.sources = list(examples)
        categories = self.recipe.categories
        unknown = set(weights or {}) - set(categories)
        if unknown:
            raise UsageError(f"weights name unknown categories: {', '.join(sorted(unknown))}")
        stated = weights or {name: one.share or 1.0 for name, one in categories.items()}
        self.weights = {name: float(stated.get(name, 0.0)) for name in categories}
        self.share, self.dtype, self.gate = share, dtype, gate

    def __len__(self) -> int:
        return len(self.sources)

    def __getitem__(self, key: int | tuple[int, int]) -> Item:
        """Return the item of an index (epoch 0), or of (epoch, index)."""
        epoch, index = key if isinstance(key, tuple) else (0, key)
        source = self.sources[index]
        parent = read_parent(self.recipe, source)
        category = self.category(source, epoch)
        if category is not None:
            try:
                found = self._augmented(parent, category, epoch)
            except BadSourceError:
                found = None  # hardly any other talker, say: the parent itself is returned
            if found is not None:
                wave, edits = found
                return item_of(
                    self._tensor(wave), source.facts, category.child_tags(source.facts.tags),
                    category.name, edits,
                )  # fmt: skip
        before = parent.find(Waveform)
        assert isinstance(before, Waveform)
        return item_of(self._tensor(before), source.facts, source.facts.tags, "", [])

    def category(self, source: Source, epoch: int) -> Category | None:
        """Return what an example is made into in an epoch; None leaves it as it is."""
        stream = Stream(self.recipe.spec.seed).at("on line", source.facts.id, epoch)
        if stream.at("share").unit() >= self.share:
            return None
        fitting = [
            (one, self.weights[one.name])
            for one in self.recipe.categories.values()
            if self.weights[one.name] and one.takes(source.facts.tags)
        ]
        point = stream.at("category").unit() * sum(weight for _, weight in fitting)
        for one, weight in fitting:
            point -= weight
            if point < 0:
                return None if refusal(one.steps, source.facts) else one
        return None

    def _augmented(
        self, parent: Any, category: Category, epoch: int
    ) -> tuple[Waveform, list[dict[str, Any]]] | None:
        from augmentor.recipe.renderer import render

        if self.gate:
            made = make(self.recipe, category, parent, epoch)
            if not made.passed:
                return None
            example = made.example
        else:
            edits = draw_edits(self.recipe, category, parent.facts, epoch, 0)
            example = render(self.recipe, parent, edits)
        wave = example.find(Waveform)
        assert isinstance(wave, Waveform)
        return wave, [edit.to_json() for edit in example.edits]

    def _tensor(self, wave: Waveform) -> torch.Tensor:
        """Return the sound as a batch run stores it, so that both are the same numbers."""
        pcm = to_pcm16(wave.samples)
        if self.dtype == torch.int16:
            return torch.from_numpy(pcm)
        return torch.from_numpy(np.multiply(pcm, np.float32(1 / 32768), dtype=np.float32))
