"""The loop with the user's own model: audit, run, train, predict, compare, and again."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from augmentor.api.comparing import compare_tables
from augmentor.api.loops.page import write_rounds_page
from augmentor.api.loops.results import START, Loop, Round, Trained
from augmentor.api.loops.setting import DEV, Setting, asked_of, keep_fixed
from augmentor.api.loops.trained import recipe_of, train_all
from augmentor.api.planning import as_recipe
from augmentor.api.progress import Progress, silent
from augmentor.api.running import run
from augmentor.audit.comparing.comparison import Comparison
from augmentor.audit.rounds import Stop, fell, moves, nothing_left
from augmentor.core.errors import UsageError
from augmentor.files.atomic import alone, write_json
from augmentor.files.digested import digest_path
from augmentor.jobs.rounds.held import KINDS
from augmentor.jobs.rounds.lists import Row, made_rows
from augmentor.recipe.recipe import Recipe
from augmentor.recipe.strict import Budget


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
    spec = recipe.spec.loop
    count = spec.seeds if seeds is None else seeds
    asked = asked_of(recipe)
    if count > 1 and recipe.spec.train and "{seed}" not in recipe.spec.train.command:
        raise UsageError(
            f"{recipe.file}: {count} trainings, but train: command never uses {{seed}}: all "
            "would be the same"
        )
    root = recipe.path(recipe.spec.output.folder) / f"{recipe.spec.name}-loop"
    folder = Path(output) if output is not None else root
    setting = Setting(recipe, folder, count, jobs, workers, allow, progress, asked)
    with alone(folder):
        allowed, notes = keep_fixed(setting)
        return _carried_out(setting, rounds or spec.rounds, allowed, notes)


def _carried_out(setting: Setting, most: int, allowed: Sequence[str], notes: Sequence[str]) -> Loop:
    """Do rounds until something says stop; the report is written after each."""
    rows, bad = setting.source_rows()
    notes = [*notes, *(f"left out of the source: {name}: {why}" for name, why in bad.items())]
    start = train_all(setting, setting.place(START), START, rows, "the start")
    left = _whole_budget(setting.recipe, most)
    done: list[Round] = []
    while True:
        last = done[-1].trained if done else start
        stop = _stop(setting.recipe, start, done, left, most)
        if stop is None:
            number = len(done) + 1
            made = _made(setting, number, last, left)
            if not made.rows:
                stop = Stop("nothing", f"Round {number} made no example; {made.run} says why")
        found = Loop(
            setting.folder, start, tuple(done), stop or _GOING_ON, setting.folder / "report.html",
            allowed, notes,
        )  # fmt: skip
        write_rounds_page(setting.recipe, found)
        if stop is not None:
            return found
        rows += made.rows
        left -= made.spent
        trained = train_all(setting, setting.place(number), number, rows, f"round {number}")
        done.append(_compared(setting.recipe, number, start, last, trained, made))


_GOING_ON = Stop("rounds", "Still at work")


def _whole_budget(recipe: Recipe, most: int) -> float:
    stated = recipe.spec.loop.budget
    if stated is None:
        return recipe.budget.amount * most
    whole = Budget.parse(stated)
    if whole.unit != recipe.budget.unit:
        raise UsageError(
            f"{recipe.file}: loop: budget is in another unit than budget; write both in examples, "
            "in hours or in bytes"
        )
    return whole.amount


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


@dataclass(frozen=True, slots=True)
class _Made:
    """New examples of a round.

    Parameters
    ----------
    run : their folder.
    counts : done, rejected, quarantined.
    worked : how many by category.
    rows : as the user's program reads them.
    spent : of the budget, in its unit.
    """

    run: Path
    counts: Mapping[str, int]
    worked: Mapping[str, int]
    rows: Sequence[Row]
    spent: float


def _made(setting: Setting, number: int, last: Trained, left: float) -> _Made:
    """Make a round's new examples. Made once, they stay, though the recipe goes on to change."""
    recipe, place = setting.recipe, setting.place(number)
    note, because = place / "made.json", digest_path(last.table)
    kept = _read(note)
    folder = place / str(kept.get("run"))
    if kept.get("because") != because or not (folder / "metadata.jsonl").is_file():
        amount = min(recipe.budget.amount, left)
        budget = Budget(amount=amount, unit=recipe.budget.unit)
        found = run(
            recipe_of(recipe, number, last, budget), output=place, workers=setting.workers,
            allow=[name for name in setting.allow if name not in KINDS],
            progress=setting.progress,
        )  # fmt: skip
        folder = found.folder
        kept = {"because": because, "run": folder.name, "counts": found.counts}
        write_json(note, kept)
    rows = list(made_rows(folder))
    spent = float(len(rows))
    if recipe.budget.unit == "s":
        spent = sum(row.get("duration_s", 0.0) for row in rows)
    elif recipe.budget.unit == "bytes":
        spent = sum(Path(row["path"]).stat().st_size for row in rows)
    worked = Counter(row["category"] for row in rows)
    # The next round may make the same copy of the same parent again, otherwise.
    named = [row | {"id": f"round-{number}/{row['id']}", "round": number} for row in rows]
    return _Made(folder, kept["counts"], worked, named, spent)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _compared(
    recipe: Recipe, number: int, start: Trained, last: Trained, trained: Trained, made: _Made
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
        before, after, metric="accuracy" if audit.metric == "error_rate" else audit.metric,
        margin=spec.margin, guard=spec.guard, targets=tags,
        neighbours=recipe.file if recipe.spec.families else None, normalize=audit.normalize,
    )  # fmt: skip
