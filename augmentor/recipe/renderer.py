"""From a row of the plan to a gated example: the same code on line and in a batch."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from augmentor.core.errors import BadSourceError
from augmentor.core.example import Example, Facts, Label, Target, Transcript
from augmentor.core.operator import Edit, apply
from augmentor.core.pictures import Instances
from augmentor.core.verdict import Verdict
from augmentor.gate.checks import Trial
from augmentor.recipe.planner import draw_edits
from augmentor.recipe.recipe import Category, Recipe
from augmentor.sources.manifest import Source


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a row: an example that passed the gate, or the last one that did not.

    Parameters
    ----------
    example : the new example.
    attempt : the try that made it, from 0.
    verdicts : of that try.
    spent_s : what each check took, seconds, a mapping a try.
    """

    example: Example
    attempt: int
    verdicts: tuple[Verdict, ...]
    spent_s: tuple[Mapping[str, float], ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return all(verdict.outcome != "fail" for verdict in self.verdicts)

    @property
    def reason(self) -> str:
        """What failed, with its value; empty when it passed."""
        for one in self.verdicts:
            if one.outcome == "fail":
                return f"{one.check.rpartition('.')[0]} is {one.value:g}, wanted {one.bound}"
        return ""


def read_parent(recipe: Recipe, source: Source) -> Example:
    """Read a source as an example: its sound or picture, and its label or transcript.

    Raises
    ------
    BadSourceError : it cannot be used; the message says why.
    """
    found = recipe.medium.read(source)
    marked = found.get("instances")
    if isinstance(marked, Instances):  # what an earlier run made is nothing new here
        found["instances"] = marked.as_found()
    return Example(source.facts, found | {"target": said_of(recipe, source)})


def said_of(recipe: Recipe, source: Source) -> Target:
    """Return what is said in a source or what class it is.

    The recipe says which, see `target_kind`; else it is a transcript where it has word times.
    """
    text = source.facts.target
    kind = target_kind(recipe) or ("transcript" if source.words else "label")
    return Transcript(text, source.words) if kind == "transcript" else Label(text)


def target_kind(recipe: Recipe) -> str | None:
    """Return what the recipe takes targets for: ``label`` or ``transcript``.

    Its source says so, or the metric of its audit: word and character errors are those of
    transcripts. None leaves it to each source's word times.
    """
    spec = recipe.spec
    if spec.source.target is None and spec.audit is not None:
        return "transcript" if spec.audit.metric in ("wer", "cer") else None
    return spec.source.target


def words_of(example: Example) -> list[list[Any]]:
    """Return the words of an example as plain JSON: [start_s, stop_s, word], to 0.1 ms."""
    said = example.targets["target"]
    if not isinstance(said, Transcript):
        return []
    return [[round(start_s, 4), round(stop_s, 4), word] for start_s, stop_s, word in said.words]


def render(recipe: Recipe, parent: Example, edits: tuple[Edit, ...]) -> Example:
    """Apply edits one after the other. The same edits give the same bytes, on any machine."""
    example = parent
    for edit in edits:
        operator = recipe.catalogue.get(edit.op)
        if operator is None:
            raise BadSourceError(f"operator '{edit.op}' is not in the catalogue any more")
        example = apply(operator, example, edit, recipe.banks)
    return example


def make(
    recipe: Recipe,
    category: Category,
    parent: Example,
    copy: int,
    edits: tuple[Edit, ...] | None = None,
) -> Made:
    """Render and judge, drawing again until the gate is passed or the tries are used up.

    Parameters
    ----------
    recipe, category : what to draw from.
    parent : the example to start from.
    copy : which version of it; on line, the epoch.
    edits : the first try's edits where the plan drew them already.
    """
    made, spent_s = None, list[Mapping[str, float]]()
    for made in attempts(recipe, category, parent, copy, edits):
        spent_s += made.spent_s
    assert made is not None
    return replace(made, spent_s=tuple(spent_s))


def attempts(
    recipe: Recipe,
    category: Category,
    parent: Example,
    copy: int,
    edits: tuple[Edit, ...] | None = None,
) -> Iterator[Made]:
    """Yield the tries of `make`, up to the first that passes the gate."""
    for attempt in range(recipe.spec.gate.tries):
        if attempt or edits is None:
            edits = draw_edits(recipe, category, parent.facts, copy, attempt)
        child = category.labelled(render(recipe, parent, edits))
        trial = Trial(parent, child)
        made = Made(child, attempt, tuple(category.checklist.judge(trial)), (trial.spent_s,))
        yield made
        if made.passed:
            return


def reason_of(error: Exception, doing: str = "rendering") -> str:
    """Return why an example cannot be made; of an error that was not foreseen, with its kind."""
    if isinstance(error, BadSourceError):
        return str(error)
    return f"{type(error).__name__} while {doing}: {error}"


def make_safely(
    recipe: Recipe,
    category: Category,
    parent: Example,
    copy: int,
    edits: tuple[Edit, ...] | None = None,
) -> Made:
    """Do what `make` does; what an operator did wrong costs this example, and is said.

    Raises
    ------
    BadSourceError : no such example can be made, or ``RuntimeError while rendering: ...``.
    """
    try:
        return make(recipe, category, parent, copy, edits)
    except BadSourceError:
        raise
    except Exception as error:
        raise BadSourceError(reason_of(error)) from error


def child_facts(recipe: Recipe, category: Category, row_id: str, child: Example) -> Facts:
    """Return the facts of a new example: its parent's, with its own name, class, tags and size.

    Raises
    ------
    BadSourceError : the edits made something that is no sound, or no picture.
    """
    facts = child.facts
    return Facts(
        id=row_id,
        target=category.target_of(facts),
        tags=category.child_tags(facts.tags),
        speaker=facts.speaker,
        group=facts.group,
        split=facts.split,
        weight=facts.weight,
        **recipe.medium.checked(child.targets),
    )
