"""The loop with the user's own model: audit, run, train, predict, compare, and again."""

from collections.abc import Sequence
from pathlib import Path

from augmentor.api.comparing import compare_tables
from augmentor.api.loops.made import Made, make_round, whole_budget
from augmentor.api.loops.page import write_rounds_page
from augmentor.api.loops.results import Loop, Round, Trained
from augmentor.api.loops.setting import DEV, Setting, set_up
from augmentor.api.loops.start import Started, start
from augmentor.api.loops.trained import train_all
from augmentor.api.planning import as_recipe
from augmentor.api.progress import Progress, silent
from augmentor.audit.comparing.comparison import Comparison
from augmentor.audit.rounds import Stop, fell, moves, nothing_left
from augmentor.files.atomic import alone
from augmentor.recipe.recipe import Recipe


def loop(
    recipe: Recipe | str | Path,
    *,
    output: str | Path | None = None,
    rounds: int | None = None,
    seeds: int | None = None,
    jobs: int = 1,
    workers: int = 1,
    allow: Sequence[str] = (),
    progress: Progress = silent,
) -> Loop:
    """Improve a model's data round by round, with the user's own commands to train and to ask.

    The start trains on the source alone. Each round ranks by the errors of the round before
    it, makes new examples of the worst categories, trains on all there is, and is compared with
    the round before it and with the start. What is finished is never done again.

    Parameters
    ----------
    recipe : a recipe with ``train``, ``predict`` and ``audit: {manifest: ...}``, or its file.
    output : folder of the loop; ``NAME-loop`` in the recipe's output folder by default.
    rounds, seeds : as the recipe says by default.
    jobs : programs of the user's that run at once.
    workers : processes that make new examples.
    allow : ``code``, ``hyperparameters`` or ``data`` that may change between rounds, categories
        to make though they can hurt, or ``all``.
    progress : told how far it is.

    Raises
    ------
    UsageError : the recipe or its tables are wrong.
    AugmentorError : a command of the user's failed, or what must stay the same did not.
    """
    recipe = as_recipe(recipe)
    setting = set_up(recipe, output, seeds, jobs, workers, allow, progress)
    with alone(setting.folder):
        begun = start(setting)
        if untold := len(recipe.tests) - (len(setting.asked) - 1):
            begun.notes.append(
                f"{untold} of {len(recipe.tests)} under test: have no targets: leaks were looked "
                "for in these, and no model was asked about them"
            )
        return _carried_out(setting, rounds or recipe.spec.loop.rounds, begun)


def _carried_out(setting: Setting, most: int, begun: Started) -> Loop:
    """Do rounds until something says stop; the report is written after each."""
    rows, first = list(begun.rows), begun.trained
    left = whole_budget(setting.recipe, most)
    done: list[Round] = []
    while True:
        last = done[-1].trained if done else first
        stop = _stop(setting.recipe, first, done, left, most)
        if stop is None:
            number = len(done) + 1
            made = make_round(setting, number, last, left)
            if not made.rows:
                stop = Stop("nothing", f"Round {number} made no example; {made.run} says why")
        found = Loop(
            setting.folder, first, tuple(done), stop or _GOING_ON, setting.folder / "report.html",
            begun.allowed, begun.notes,
        )  # fmt: skip
        write_rounds_page(setting.recipe, found)
        if stop is not None:
            return found
        rows += made.rows
        left -= made.spent
        trained = train_all(setting, setting.place(number), number, rows, f"round {number}")
        done.append(_compared(setting.recipe, number, first, last, trained, made))


_GOING_ON = Stop("rounds", "Still at work")


def _stop(
    recipe: Recipe, start: Trained, done: Sequence[Round], left: float, most: int
) -> Stop | None:
    """Return why no further round is done; None where one is."""
    if done:
        found = fell(done[-1].change, done[-1].whole, done[-1].number - 1)
        if found is not None:
            return found
    last = done[-1].trained if done else start
    stop = nothing_left(last.ranking, list(recipe.categories))
    if stop is not None:
        return stop
    if len(done) >= most:
        return Stop("rounds", "All rounds are done" if most > 1 else "The round is done")
    # A hundredth of a round's budget is no round.
    if left < 0.01 * recipe.budget.amount or (recipe.budget.unit == "examples" and left < 1):
        return Stop("budget", "The budget of all rounds is spent")
    return None


def _compared(
    recipe: Recipe, number: int, start: Trained, last: Trained, trained: Trained, made: Made
) -> Round:
    """Return what a round did."""
    tags = [tag for name in made.worked for tag in _tags(recipe, name)]

    def against(before: Trained, name: str = DEV) -> Comparison:
        return _compare(recipe, before.tables[name], trained.tables[name], tags)

    tests = {name: against(start, name) for name in trained.tables if name != DEV}
    return Round(
        number, made.run, made.counts, made.worked, last, trained, against(last), against(start),
        tests, list(moves(last.ranking, trained.ranking)),
    )  # fmt: skip


def _tags(recipe: Recipe, name: str) -> Sequence[str]:
    """Return the tags that a category serves."""
    category = recipe.categories.get(name)
    return category.tags if category is not None else ()


def _compare(
    recipe: Recipe, before: Sequence[Path], after: Sequence[Path], tags: Sequence[str]
) -> Comparison:
    spec, audit = recipe.spec.loop, recipe.spec.audit
    assert audit is not None
    return compare_tables(
        before, after, metric=audit.compared,
        margin=spec.margin, guard=spec.guard, targets=tags,
        neighbours=recipe.file if recipe.spec.families else None, normalize=audit.normalize,
        folders=[recipe.file.parent],
    )  # fmt: skip
