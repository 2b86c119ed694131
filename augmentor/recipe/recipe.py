"""A recipe that was found good, and its categories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from augmentor.core.distributions import Pick
from augmentor.core.example import Example, Facts, Label
from augmentor.core.operator import Operator
from augmentor.core.verdict import Bound
from augmentor.gate.checklist import Checklist
from augmentor.gate.sampled import SampledCheck
from augmentor.recipe.model import RecipeSpec
from augmentor.recipe.steps import Step
from augmentor.recipe.strict import Budget
from augmentor.sources.bank import Bank
from augmentor.sources.defect_bank import DefectBank
from augmentor.sources.manifest import Source
from augmentor.sources.medium import Medium


def takes(
    tags: Sequence[str], name: str, served: Sequence[str], parents: Sequence[str] | None
) -> bool:
    """Return whether a category takes a parent.

    Parameters
    ----------
    tags : the parent's.
    name, served : the category's name, and the tags that it serves.
    parents : the tags it is made from; None means all parents that lack its own.
    """
    if parents is None:
        return not {name, *served}.intersection(tags)
    return not set(parents).isdisjoint(tags)


@dataclass(frozen=True, slots=True)
class Category:
    """One thing the model does poorly on, ready to draw.

    Parameters
    ----------
    name : as the recipe says.
    tags : the audit's tags that it serves.
    parents : tags of the parents it is made from; None means all that lack its own.
    share : its stated share of the budget, or None.
    target : the class of its new examples, where the edits make another of them; or None.
    steps : what is drawn.
    checklist : what must hold.
    real : the manifest or folder of real examples, as written; or None.
    telling : how well new examples may be told from real ones; None: that is only reported.
    sampled : what must hold of a sample, by what reference models say.
    """

    name: str
    tags: tuple[str, ...]
    parents: tuple[str, ...] | None
    share: float | None
    target: str | None
    steps: tuple[Step, ...]
    checklist: Checklist
    real: str | None = None
    telling: Bound | None = None
    sampled: tuple[tuple[SampledCheck, Bound], ...] = ()

    @property
    def tag(self) -> str:
        """The tag that its new examples carry."""
        return self.tags[0] if len(self.tags) == 1 else self.name

    def takes(self, tags: tuple[str, ...]) -> bool:
        """Return whether a parent with these tags may be used."""
        return takes(tags, self.name, self.tags, self.parents)

    def child_tags(self, tags: tuple[str, ...]) -> tuple[str, ...]:
        """Return the tags of a new example of a parent with these tags."""
        return (*(tag for tag in tags if tag not in ("clean", self.tag)), self.tag)

    def target_of(self, facts: Facts) -> str:
        """Return the label or transcript of a new example of a parent."""
        return facts.target if self.target is None else self.target

    def labelled(self, child: Example) -> Example:
        """Return a new example with the class that this category gives it."""
        if self.target is None:
            return child
        targets = {**child.targets, "target": Label(self.target)}
        return Example(child.facts, targets, child.edits, child.notes)


@dataclass(frozen=True)
class Recipe:
    """A recipe that was found good.

    Parameters
    ----------
    file : where it was read from; its paths are relative to that folder.
    spec : the frame, as written.
    categories : by name.
    sources : the examples it starts from.
    banks : by name; each opens itself when first used.
    budget : how much to make.
    """

    file: Path
    spec: RecipeSpec
    categories: Mapping[str, Category]
    sources: list[Source] = field(repr=False)
    banks: Mapping[str, Bank | DefectBank]
    budget: Budget
    catalogue: Mapping[str, type[Operator]] = field(repr=False)

    def path(self, name: str) -> Path:
        """Return a path of the recipe: absolute, or relative to the recipe's folder."""
        return self.file.parent / name

    @property
    def rate_hz(self) -> int:
        """Frames per second of every sound in this recipe; 0 where it is about pictures."""
        return self.spec.source.sample_rate or 0

    @property
    def tests(self) -> list[str]:
        """The manifests that nothing is learned from, as written."""
        named = self.spec.test or []
        return [named] if isinstance(named, str) else named

    @cached_property
    def medium(self) -> Medium:
        """What its examples are: sounds or pictures."""
        return self.spec.source.medium()

    def __getstate__(self) -> dict[str, Any]:
        # A worker is told its rows, and needs no operators but those of the steps.
        return self.__dict__ | {"sources": [], "catalogue": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        used = {
            one.operator.name: type(one.operator)
            for category in state["categories"].values()
            for step in category.steps
            for one in step.walk()
        }
        self.__dict__.update(state | {"catalogue": used})

    def used_banks(self) -> list[Bank | DefectBank]:
        """Return the banks that some step really draws from."""
        used = {
            getattr(one.operator, name).name
            for category in self.categories.values()
            for step in category.steps
            for one in step.walk()
            for name, declared in one.operator.params().items()
            if declared.asset and isinstance(getattr(one.operator, name), Pick)
        }
        return [bank for name, bank in self.banks.items() if name in used]
