"""Looking at new examples and at real ones, to hold them side by side; nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass

from augmentor.core.errors import BadSourceError
from augmentor.core.example import Facts
from augmentor.core.operator import Edit
from augmentor.gate.realism.seen import Seen, seen_in
from augmentor.recipe.planned import PlanRow
from augmentor.recipe.recipe import Recipe
from augmentor.recipe.renderer import make_safely, read_parent, reason_of
from augmentor.sources.manifest import Source

Look = list[Seen] | str
"""What was seen in an example, or why nothing was."""


@dataclass(frozen=True, slots=True)
class LookAtReal:
    """Looks at real examples; picklable, so that any engine can map it.

    Parameters
    ----------
    recipe : what they are to be like.
    """

    recipe: Recipe

    def __call__(self, sources: Sequence[Source]) -> list[Look]:
        """Look at each; what goes wrong with one is its own."""
        return [self.one(source) for source in sources]

    def one(self, source: Source) -> Look:
        """Look at one real example."""
        facts = source.facts
        try:
            return seen_in(self.recipe.medium.read(source), facts.group or facts.id, made=False)
        except Exception as error:  # noqa: BLE001 - a strange file costs itself, not the job
            return reason_of(error, "reading")


@dataclass(frozen=True, slots=True)
class LookAtMade:
    """Makes rows of a plan and looks at those that pass the gate; picklable.

    Parameters
    ----------
    recipe : what to follow.
    """

    recipe: Recipe

    def __call__(self, rows: Sequence[PlanRow]) -> list[Look]:
        """Make and look at each row."""
        return [self.one(row) for row in rows]

    def one(self, row: PlanRow) -> Look:
        """Make one row and look at it."""
        category = self.recipe.categories[row.category]
        try:
            parent = read_parent(self.recipe, row.source)
            made = make_safely(self.recipe, category, parent, row.copy, row.edits)
        except BadSourceError as error:
            return str(error)  # the run itself will quarantine it
        if not made.passed:
            return made.reason
        group = group_of(row.source.facts, made.example.edits)
        return seen_in(made.example.targets, group, made=True)


def lost(_item: object, reason: str) -> Look:
    """Return what is said of an example whose process died."""
    return reason


def group_of(facts: Facts, edits: Sequence[Edit]) -> str:
    """Return what makes a new example like others: the recording mixed in, else its parent.

    The recordings of one talker each in a babble are many; the parent says more.
    """
    assets = [ref for edit in edits for ref in edit.references()]
    if len(assets) == 1:
        return f"{assets[0]['bank']}: {assets[0]['id']}"
    return facts.group or facts.id
