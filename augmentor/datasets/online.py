"""New examples drawn and rendered on the fly, from the key of an example and an epoch alone."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch.utils.data import Dataset

from augmentor.core.errors import BadSourceError, UsageError, listed
from augmentor.core.example import Example, Facts
from augmentor.core.operator import Operator
from augmentor.core.pictures import Image
from augmentor.core.stream import Stream
from augmentor.datasets.item import Item, check_dtype, example_item
from augmentor.datasets.pictures import PictureItem
from augmentor.recipe.load import load_recipe
from augmentor.recipe.planner import draw_edits
from augmentor.recipe.recipe import Category, Recipe
from augmentor.recipe.renderer import (
    make,
    read_parent,
    reason_of,
    render,
)
from augmentor.recipe.steps import refusal
from augmentor.recipe.worth import ranking_of, worth_of
from augmentor.sources.manifest import Source, read_sources
from augmentor.sources.measure import Measurer, measures_file
from augmentor.sources.pictures import read_pictures


class AugmentedDataset(Dataset[Item | PictureItem]):
    """The user's examples, some of them augmented, another way each epoch.

    Item ``i`` of epoch ``e`` is a function of the recipe, the example's id and ``e``: the
    same for any number of workers, fork or spawn, and whatever was asked for before. Epoch
    ``e`` is copy ``e`` of a batch run.

    The category is drawn among those that take the example's tags and do not refuse it. The
    example itself is returned, with an empty ``category``, where no category takes it, where
    the draw brings no edits, and where the gate refuses every try.

    Drawing looks at what is measured of an example, its level and bandwidth. A plan or a run
    of the recipe measures and remembers; else an item measures its example when it is first
    augmented, which workers that do not persist forget after each epoch. Then call `measure`
    once, before the loader starts.

    Parameters
    ----------
    examples : a manifest, a folder, or sources; the recipe's own source by default.
    recipe : a recipe, or its file.
    share : the probability that an example is augmented, in [0, 1].
    weights : what each category is worth; by default as the plan shares its budget: by the
        recipe's audit, by the shares it states, or all alike.
    dtype : ``torch.float32`` with full scale or white 1; or ``torch.int16`` for sounds,
        ``torch.uint8`` for pictures.
    gate : whether the gate judges each example; after the last try the parent is returned.

    Raises
    ------
    UsageError : the recipe, the manifest or an argument is wrong.
    BadSourceError : from an item, for an example that cannot be read, or on which an operator
        fails; it names the example and its file.
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
        check_dtype(dtype, pictures=self.recipe.medium.kind is Image)
        categories = self.recipe.categories
        unknown = set(weights or {}) - set(categories)
        if unknown:
            raise UsageError(f"weights name unknown categories: {listed(sorted(unknown))}")
        stated = weights or worth_of(self.recipe, ranking_of(self.recipe)).scores
        self.weights = {name: float(stated.get(name, 0.0)) for name in categories}
        if not all(0 <= one < math.inf for one in self.weights.values()):
            raise UsageError(f"weights are {stated}; allowed: 0 and above")
        if share and not any(self.weights.values()):
            raise UsageError("weights are all 0, so nothing could be augmented; say share=0 then")
        self.share, self.dtype, self.gate = share, dtype, gate
        self._chance = Stream(self.recipe.spec.seed).at("on line")
        self._fitting: dict[tuple[str, ...], list[tuple[Category, float]]] = {}
        self._choosy = {
            name
            for name, one in categories.items()
            for step in one.steps
            for each in step.walk()
            if type(each.operator).refuses is not Operator.refuses
        }
        manifest = self.recipe.path(self.recipe.spec.source.manifest)
        if examples is None:
            sources = self.recipe.sources
        elif isinstance(examples, str | Path):
            manifest = Path(examples)
            pictures = self.recipe.medium.kind is Image
            sources = read_pictures(manifest) if pictures else read_sources(manifest)
        else:
            sources = list(examples)
        self._measures = measures_file(manifest)
        self.sources = self._measurer().remembered(sources)
        for bank in self.recipe.used_banks():
            _ = bank.index  # packed here, once, and not by every worker

    def __len__(self) -> int:
        return len(self.sources)

    def measure(self) -> None:
        """Measure every example that was not measured before, here and now, and remember it.

        What is remembered serves every later dataset, plan and run of these examples. Several
        processes may do it at once: each adds whole lines to one file. An example that cannot
        be used is passed over here; it is an error when its turn comes.
        """
        found = self._measurer()(self.sources)
        self.sources = [
            before if isinstance(one, str) else one
            for before, one in zip(self.sources, found, strict=True)
        ]

    def _measurer(self) -> Measurer:
        return Measurer(self._measures, self.recipe.medium)

    def __getitem__(self, key: int | tuple[int, int]) -> Item | PictureItem:
        """Return the item of an index (epoch 0), or of (epoch, index)."""
        epoch, index = (int(key[0]), key[1]) if isinstance(key, tuple) else (0, key)
        source = self.sources[index]
        try:
            parent = read_parent(self.recipe, source)
            item = self._augmented(index, parent, epoch)
        except Exception as error:  # an operator's own too, not the refusals `_augmented` knows
            reason = f"'{source.facts.id}' ({source.path}): {reason_of(error)}"
            raise BadSourceError(reason) from error
        if item is not None:
            return item
        facts = source.facts
        return example_item(parent, facts, facts.tags, "", [], self.dtype)

    def category(self, source: Source, epoch: int) -> Category | None:
        """Return what an example is to become in an epoch; None leaves it as it is.

        What refuses an example for its sound is known once it is measured.
        """
        return self._chosen(source.facts, epoch) if self._drawn(source.facts, epoch) else None

    def _drawn(self, facts: Facts, epoch: int) -> bool:
        """Return whether an example is one of the share that is augmented."""
        return self.share >= 1 or (self._chance.at(facts.id, epoch).at("share").unit() < self.share)

    def _taking(self, tags: tuple[str, ...]) -> list[tuple[Category, float]]:
        """Return the categories that take these tags, and what they are worth."""
        fitting = self._fitting.get(tags)
        if fitting is None:
            fitting = self._fitting[tags] = [
                (one, self.weights[one.name])
                for one in self.recipe.categories.values()
                if self.weights[one.name] and one.takes(tags)
            ]
        return fitting

    def _chosen(self, facts: Facts, epoch: int) -> Category | None:
        """Return one of the categories that take an example and do not refuse it."""
        fitting = self._taking(facts.tags)
        if self._choosy:
            fitting = [
                one
                for one in fitting
                if one[0].name not in self._choosy or not refusal(one[0].steps, facts)
            ]
        if len(fitting) < 2:
            return fitting[0][0] if fitting else None
        point = self._chance.at(facts.id, epoch).at("category").unit()
        point *= sum(weight for _, weight in fitting)
        for one, weight in fitting:
            point -= weight
            if point < 0:
                return one
        return fitting[-1][0]  # a last bit lost in the sum

    def _measured(self, index: int, parent: Example) -> Example:
        """Return a parent with the facts that drawing looks at, measured now."""
        medium = self.recipe.medium
        source = self.sources[index] = medium.measure(self.sources[index], parent.targets)
        return Example(source.facts, medium.informed(parent.targets, source.facts))

    def _augmented(self, index: int, parent: Example, epoch: int) -> Item | PictureItem | None:
        """Return the new example; None where the parent is to be returned."""
        facts = parent.facts
        if not self._drawn(facts, epoch):
            return None
        try:
            if not facts.digest and self._taking(facts.tags):
                parent = self._measured(index, parent)
                facts = parent.facts
            category = self._chosen(facts, epoch)
            if category is None:
                return None
            example = self._rendered(parent, category, epoch)
        except BadSourceError:
            return None  # hardly any other talker, say
        if example is None:
            return None
        self.recipe.medium.checked(example.targets)
        edits = [edit.to_json() for edit in example.edits]
        tags = category.child_tags(facts.tags)
        if category.target is not None:
            facts = replace(facts, target=category.target)
        return example_item(example, facts, tags, category.name, edits, self.dtype)

    def _rendered(self, parent: Example, category: Category, epoch: int) -> Example | None:
        """Return the new example; None where nothing was done or the gate is not passed.

        Raises
        ------
        BadSourceError : no such edit can be drawn for this parent.
        """
        if self.gate:
            made = make(self.recipe, category, parent, epoch)
            return made.example if made.passed and made.example.edits else None
        edits = draw_edits(self.recipe, category, parent.facts, epoch, 0)
        return category.labelled(render(self.recipe, parent, edits)) if edits else None
