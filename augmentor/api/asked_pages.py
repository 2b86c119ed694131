"""What the user's model made of a sample, in a report: hard or easy, clear or unclear."""

from augmentor.api.asked import CLEAR, UNCLEAR, UNTOLD
from augmentor.api.asking import EASY, HARD, Asked, Asking
from augmentor.api.pages import card
from augmentor.core.errors import BadSourceError
from augmentor.gate.checks import Trial
from augmentor.recipe.recipe import Recipe
from augmentor.recipe.renderer import read_parent, render
from augmentor.report.model import Block, Card, CardGroup, Section, Table, Text

EXAMPLES = 2
"""Of each field and category, so many are shown."""

_MEANING = {
    f"{HARD}, {CLEAR}": "what to train on",
    f"{EASY}, {CLEAR}": "the model knows it already",
    f"{HARD}, {UNCLEAR}": "rejected: people could not tell either",
    f"{EASY}, {UNCLEAR}": "rejected, though the model copes: is the bound too strict?",
    f"{HARD}, {UNTOLD}": "no check of clarity could tell",
    f"{EASY}, {UNTOLD}": "no check of clarity could tell; the model knows it",
}


def asked_sections(recipe: Recipe, asking: Asking) -> list[Section]:
    """Return the four-field table of each category with examples; nothing where no model spoke."""
    if not any(asking.sample.values()):
        return []
    shown = [name for name in _MEANING if any(name in one.fields for one in asking.difficulty)]
    rows = [
        [one.category, *(str(one.fields.get(name, 0)) for name in shown)]
        for one in asking.difficulty
    ]
    blocks: list[Block] = [
        *(Text(said, "warn") for said in asking.said),
        Table(
            ["category", *shown],
            rows,
            [False] + [True] * len(shown),
            note="; ".join(f"{name}: {_MEANING[name]}" for name in shown) + ".",
            title="Examples of the sample",
        ),
    ]
    for category, group in asking.sample.items():
        cards = [
            made
            for name in shown
            for one in [each for each in group if each.field == name][:EXAMPLES]
            if (made := _card(recipe, one)) is not None
        ]
        blocks.append(CardGroup(category, cards))
    lead = "The model was asked about a sample: what does it get wrong, and is that clear?"
    return [Section("Hard and clear", lead, blocks)]


def _card(recipe: Recipe, one: Asked) -> Card | None:
    """Return an example as a card, made again; None where its parent has gone meanwhile."""
    category = recipe.categories[one.row.category]
    try:
        parent = read_parent(recipe, one.row.source)
        child = category.labelled(render(recipe, parent, one.edits))
    except BadSourceError:
        return None
    found = card(
        one.row.source.facts.id, parent.targets, child.targets,
        [edit.to_json() for edit in child.edits], child.notes,
        category.checklist.judge(Trial(parent, child)),
        category.target_of(one.row.source.facts),
    )  # fmt: skip
    said = [("the model says", one.answer.prediction)]
    for name in ("score", "loss"):
        number = getattr(one.answer, name)
        said += [] if number is None else [(f"its {name}", f"{number:.3g}")]
    return Card(found.title, found.media, [*said, *found.facts], found.verdicts, one.field)
