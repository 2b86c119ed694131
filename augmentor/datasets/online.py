"""New examples drawn and rendered on the fly, from the key of an example and an epoch alone."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Dataset

from augmentor.core.errors import BadSourceError, UsageError, listed
from augmentor.core.example import Example, Waveform
from augmentor.core.stream import Stream
from augmentor.datasets.item import Item, item_of
from augmentor.files.audio import rounded_to_pcm16, to_pcm16
from augmentor.recipe.load import load_recipe
from augmentor.recipe.planner import draw_edits
from augmentor.recipe.recipe import Category, Recipe
from augmentor.recipe.renderer import make, read_parent, render, targets_of
from augmentor.recipe.steps import refusal
from augmentor.recipe.worth import ranking_of, scores_of
from augmentor.sources.manifest import Source, read_sources
from augmentor.sources.measure import Measurer, measure, measures_file


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
    weights : what each category is worth; by default as the plan shares its budget: by the
        recipe's audit, by the shares it states, or all alike. A category that does not take an
        example's tags is not drawn for it.
    dtype : ``torch.float32`` with full scale 1, or ``torch.int16``.
    gate : whether the gate judges each example; after the last try the parent is returned.

    Raises
    ------
    UsageError : the recipe, the manifest or an argument is wrong.
    BadSourceError : from an item, for an example that cannot be read; it names the file.
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
        categories = self.recipe.categories
        unknown = set(weights or {}) - set(categories)
        if unknown:
            raise UsageError(f"weights name unknown categories: {listed(sorted(unknown))}")
        stated = weights or scores_of(self.recipe, ranking_of(self.recipe))
        self.weights = {name: float(stated.get(name, 0.0)) for name in categories}
        if not all(0 <= one < math.inf for one in self.weights.values()):
            raise UsageError(f"weights are {stated}; allowed: 0 and above")
        if share and not any(self.weights.values()):
            raise UsageError("weights are all 0, so nothing could be augmented; say share=0 then")
        self.share, self.dtype, self.gate = share, dtype, gate
        self._chance = Stream(self.recipe.spec.seed).at("on line")
        self._fitting: dict[tuple[str, ...], list[tuple[Category, float]]] = {}
        form = self.recipe.spec.source
        manifest = self.recipe.path(form.manifest)
        if examples is None:
            sources = self.recipe.sources
        elif isinstance(examples, str | Path):
            manifest = Path(examples)
            sources = read_sources(manifest)
        else:
            sources = list(examples)
        # What a plan measured is known; the rest is measured when it is first augmented.
        self.sources = Measurer(
            measures_file(manifest),
            rate_hz=form.sample_rate,
            min_s=form.min_s,
            downmix=form.downmix,
        ).remembered(sources)
        for bank in self.recipe.used_banks():
            _ = bank.index  # packed here, once, and not by every worker

    def __len__(self) -> int:
        return len(self.sources)

    def __getitem__(self, key: int | tuple[int, int]) -> Item:
        """Return the item of an index (epoch 0), or of (epoch, index)."""
        epoch, index = (int(key[0]), key[1]) if isinstance(key, tuple) else (0, key)
        source = self.sources[index]
        try:
            parent = read_parent(self.recipe, source)
        except BadSourceError as error:
            raise BadSourceError(f"'{source.facts.id}' ({source.path}): {error}") from None
        category = self.category(source, epoch)
        if category is not None:
            try:
                found = self._augmented(self._measured(index, parent), category, epoch)
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
        """Return what an example is to become in an epoch; None leaves it as it is."""
        stream = self._chance.at(source.facts.id, epoch)
        if self.share < 1 and stream.at("share").unit() >= self.share:
            return None
        tags = source.facts.tags
        fitting = self._fitting.get(tags)
        if fitting is None:
            fitting = self._fitting[tags] = [
                (one, self.weights[one.name])
                for one in self.recipe.categories.values()
                if self.weights[one.name] and one.takes(tags)
            ]
        if len(fitting) < 2:
            return fitting[0][0] if fitting else None
        point = stream.at("category").unit() * sum(weight for _, weight in fitting)
        for one, weight in fitting:
            point -= weight
            if point < 0:
                return one
        return fitting[-1][0]  # a last bit lost in the sum

    def _measured(self, index: int, parent: Example) -> Example:
        """Return a parent with the facts that drawing looks at, measured now if never before."""
        source = self.sources[index]
        if source.facts.digest:
            return parent
        wave = parent.find(Waveform)
        assert isinstance(wave, Waveform)
        source = self.sources[index] = measure(source, wave)
        facts = source.facts
        wave = replace(wave, active_level_db=facts.active_level_db, peak=facts.peak)
        return Example(facts, targets_of(wave, source))

    def _augmented(
        self, parent: Example, category: Category, epoch: int
    ) -> tuple[Waveform, list[dict[str, Any]]] | None:
        """Return the new sound and its edits; None where it is refused or the gate is not passed.

        Raises
        ------
        BadSourceError : no such edit can be drawn for this parent.
        """
        if refusal(category.steps, parent.facts):
            return None
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
        if self.dtype == torch.int16:
            return torch.from_numpy(to_pcm16(wave.samples))
        return torch.from_numpy(rounded_to_pcm16(wave.samples))
