"""Asking the user's model what it makes of new examples, before a run makes them all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from augmentor.api.asked import UNCLEAR, Model, model_of, tried
from augmentor.api.planning import Planning
from augmentor.api.progress import Progress, silent
from augmentor.core.operator import Edit
from augmentor.core.stream import Stream
from augmentor.core.verdict import Bound
from augmentor.gate.answers import Answer, Shown
from augmentor.gate.difficulty import Difficulty, judge, judge_by_table, missed
from augmentor.recipe.model import DifficultySpec
from augmentor.recipe.planned import PlanRow
from augmentor.recipe.recipe import Recipe

HARD, EASY = "hard", "easy"


@dataclass(frozen=True, slots=True)
class Asked:
    """One new example that a model was asked about.

    Parameters
    ----------
    row : of the plan.
    edits : what was done to the parent.
    clear : ``clear``, ``unclear`` or ``cannot tell``.
    hard : whether the model errs on it.
    answer : what it said.
    digest : of what it was shown.
    """

    row: PlanRow
    edits: tuple[Edit, ...]
    clear: str
    hard: bool
    answer: Answer
    digest: str

    @property
    def field(self) -> str:
        """Its place among hard or easy, clear or unclear."""
        return f"{HARD if self.hard else EASY}, {self.clear}"


@dataclass(frozen=True, slots=True)
class Asking:
    """What came of asking.

    Parameters
    ----------
    difficulty : of each category.
    dropped : rows of the plan that are not made, by id, with the reason.
    sample : what was asked about, by category.
    said : what to know about it.
    """

    difficulty: Sequence[Difficulty] = ()
    dropped: Mapping[str, str] = field(default_factory=dict)
    sample: Mapping[str, Sequence[Asked]] = field(default_factory=dict)
    said: Sequence[str] = ()


def ask_model(planning: Planning, progress: Progress = silent) -> Asking:
    """Ask the user's model about a keyed sample of each category, before anything is made.

    Without a model the category's rows of the error table stand for it.

    Raises
    ------
    UsageError : the model cannot be asked; nothing was made.
    """
    spec, audit = planning.recipe.spec.gate.difficulty, planning.recipe.spec.audit
    if spec is None:
        return Asking()
    if spec.model is not None or spec.command is not None:
        with model_of(planning.recipe) as model:
            return _by_model(planning, model, spec, progress)
    assert audit is not None
    bound = Bound.parse(spec.error)
    rows = {row.tag: row for row in planning.ranking.rows} if planning.ranking else {}
    table = str(audit.table)
    found = [judge_by_table(name, table, rows.get(name), bound) for name in planning.plan.counts()]
    return Asking(found, _too_easy(planning, found))


def _by_model(planning: Planning, model: Model, spec: DifficultySpec, progress: Progress) -> Asking:
    recipe, rows = planning.recipe, planning.plan.rows
    sample = [row for name in planning.plan.counts() for row in _sample(recipe, rows, name)]
    asked: dict[str, list[Asked]] = {name: [] for name in planning.plan.counts()}
    for one in _ask(recipe, model, sample, progress, first=True):
        asked[one.row.category].append(one)
    found = [_judged(recipe, model, name, group) for name, group in asked.items()]
    dropped, said = _too_easy(planning, found), []
    if spec.select == "hard":
        left = [row for row in rows if row.id not in dropped]
        told = {one.row.id: one.hard for one in _ask(recipe, model, left, progress, first=False)}
        reason = "difficulty is too low: the model gets it right, and 'select: hard' is set"
        dropped |= {name: reason for name, hard in told.items() if not hard}
        said.append(
            f"select: hard keeps {sum(told.values())} of {len(told)} examples, those that "
            f"'{model.name}' gets wrong: the set is biased towards its present faults and is no "
            "fair sample; another model, or this one trained again, errs on others"
        )
    if model.answers.file is None:
        said.append(
            f"the answers of '{model.name}' are not remembered: nothing tells a model that was "
            "trained again from the old one; name its file as model_file"
        )
    return Asking(found, dropped, asked, said)


def _judged(recipe: Recipe, model: Model, name: str, asked: Sequence[Asked]) -> Difficulty:
    """Judge a category by those examples that a run would keep."""
    spec = recipe.spec.gate.difficulty
    assert spec is not None
    kept = [one for one in asked if one.clear != UNCLEAR]
    targets = [recipe.categories[name].target_of(one.row.source.facts) for one in kept]
    answers = [one.answer for one in kept]
    bound = Bound.parse(spec.error)
    found = judge(name, model.name, answers, targets, bound, _metric(recipe), model.by)
    fields: dict[str, int] = {}
    for one in asked:
        fields[one.field] = fields.get(one.field, 0) + 1
    remembered = sum(one.digest in model.answers.before for one in asked)
    return replace(found, fields=fields, remembered=remembered)


def _ask(
    recipe: Recipe, model: Model, rows: Sequence[PlanRow], progress: Progress, *, first: bool
) -> Iterator[Asked]:
    """Yield what a model makes of the examples of some rows; `first` as in `tried`."""
    waiting: dict[str, tuple[PlanRow, tuple[Edit, ...], str]] = {}

    def shown() -> Iterator[Shown]:
        for done, row in enumerate(rows):
            progress("asking the model", done, len(rows))
            target = recipe.categories[row.category].target_of(row.source.facts)
            for made, clear in tried(recipe, row, first=first):
                name = f"{row.id}, first try" if clear == UNCLEAR else row.id
                waiting[name] = row, made.example.edits, clear
                yield model.show(name, made.example, target)

    for one, answer in model.answers.of(model.ask, shown(), model.size):
        row, edits, clear = waiting.pop(one.id)
        hard = missed(_metric(recipe), answer, one.target)
        yield Asked(row, edits, clear, hard, answer, one.digest)
    progress("asking the model", len(rows), len(rows))


def _metric(recipe: Recipe) -> str:
    return recipe.spec.audit.metric if recipe.spec.audit else "accuracy"


def _sample(recipe: Recipe, rows: Sequence[PlanRow], name: str) -> list[PlanRow]:
    """Return a sample of a category's rows, chosen by lots drawn by name."""
    spec = recipe.spec.gate.difficulty
    assert spec is not None
    lots = Stream(recipe.spec.seed).at("difficulty")
    own = [row for row in rows if row.category == name]
    return sorted(own, key=lambda row: lots.at(row.id).word())[: spec.sample]


def _too_easy(planning: Planning, found: Sequence[Difficulty]) -> dict[str, str]:
    """Return the rows of categories that the model does well on, with the reason."""
    reasons = {
        one.category: f"difficulty is {one.error_frac:g}, wanted {one.bound}"
        for one in found
        if one.outcome == "fail"
    }
    return {row.id: reasons[row.category] for row in planning.plan.rows if row.category in reasons}
