"""Doses: the user's model trained on shares of what a round made."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from augmentor.api.loops.dose_page import write_doses_page
from augmentor.api.loops.dosed import Doses
from augmentor.api.loops.made import Made, make_round, whole_budget
from augmentor.api.loops.results import Trained
from augmentor.api.loops.setting import DEV, Setting, set_up
from augmentor.api.loops.start import start
from augmentor.api.loops.trained import train_all
from augmentor.api.planning import as_recipe
from augmentor.api.progress import Progress, silent
from augmentor.audit.doses.dosed import FULL, DoseTable
from augmentor.audit.doses.measure import Dose, measure_doses
from augmentor.audit.figures.normal import normalizer
from augmentor.audit.tables.raw import ErrorTable
from augmentor.audit.tables.table import read_table
from augmentor.core.errors import AugmentorError, Problem, UsageError, listed
from augmentor.core.stream import Stream
from augmentor.files.atomic import alone, write_json
from augmentor.files.rows import write_rows
from augmentor.jobs.rounds.lists import Row
from augmentor.jobs.rounds.shares import share_of
from augmentor.recipe.recipe import Recipe

_ROUND = 1


def doses(
    recipe: Recipe | str | Path,
    shares_pct: Iterable[int] = (0, 25, 50, FULL),
    *,
    output: str | Path | None = None,
    seeds: int | None = None,
    jobs: int = 1,
    workers: int = 1,
    allow: Sequence[str] = (),
    progress: Progress = silent,
) -> Doses:
    """Train on shares of what the first round makes: where the gain flattens, what more would buy.

    The trainings on the source alone and on all that the round made are those of `loop`: what
    one of the two finished, the other does not do again. Nothing is asked about tests.

    Parameters
    ----------
    recipe : as for `loop`, or its file.
    shares_pct : of the round's new examples, in per cent; 0 and 100 are always among them.
    output, seeds, jobs, workers, allow, progress : as for `loop`.

    Raises
    ------
    UsageError : the recipe, its tables or a share is wrong.
    AugmentorError : a command of the user's failed, what must stay the same did not, or the
        round made nothing.
    """
    recipe = as_recipe(recipe)
    whole = set_up(recipe, output, seeds, jobs, workers, allow, progress)
    wanted = _shares(shares_pct)
    setting = replace(whole, asked={DEV: whole.asked[DEV]})
    with alone(setting.folder):
        begun = start(setting)
        made = make_round(setting, _ROUND, begun.trained, whole_budget(recipe, _ROUND))
        if not made.rows:
            raise AugmentorError(f"round {_ROUND} made no example; {made.run} says why")
        lists = _lists(recipe, begun.rows, made, wanted, begun.notes)
        trained = {
            dose: begun.trained if dose == 0 else _trained(setting, dose, some)
            for dose, some in lists.items()
        }
        found = Doses(
            setting.folder, made.run, made.counts, made.worked,
            _measured(recipe, lists, trained), setting.folder / "doses.html",
            setting.folder / "doses.csv", begun.allowed, begun.notes,
        )  # fmt: skip
        write_rows(found.points, found.table.points())
        write_json(setting.folder / "doses.json", found.to_json())
        write_doses_page(recipe, found)
    return found


def _shares(shares_pct: Iterable[int]) -> list[int]:
    shares = list(shares_pct)
    wrong = [share for share in shares if not 0 <= share <= FULL or share != int(share)]
    if wrong:
        what = f"{listed(wrong)}: a share is a whole number of per cent, 0 to {FULL}"
        raise UsageError(Problem("doses", f"{what}; write 0,25,50,100"))
    return sorted({0, FULL, *map(int, shares)})


def _lists(
    recipe: Recipe, rows: Sequence[Row], made: Made, wanted: Sequence[int], notes: list[str]
) -> dict[int, list[Row]]:
    """Return what each dose is trained on; a dose that adds nothing to a smaller one is left out.

    All that a round made is listed as the loop lists it, so that its trainings are the same.
    """
    lots = Stream(recipe.spec.seed).at("doses", _ROUND)
    lists: dict[int, list[Row]] = {}
    for dose in wanted:
        some = [*rows, *(made.rows if dose == FULL else share_of(made.rows, dose, lots))]
        same = [other for other, one in lists.items() if len(one) == len(some)]
        if same and dose != FULL:
            notes.append(f"{dose} % is left out: of so few new examples it is {same[0]} %")
            continue
        if same and same[0] != 0:  # all of them, by rounding
            notes.append(f"{same[0]} % is left out: of so few new examples it is all of them")
            del lists[same[0]]
        lists[dose] = some
    return lists


def _trained(setting: Setting, dose: int, rows: Sequence[Mapping[str, Any]]) -> Trained:
    place = setting.place(_ROUND)
    folder = place if dose == FULL else place / f"dose-{dose:03d}"
    what = f"round {_ROUND}" + ("" if dose == FULL else f", {dose} % of it")
    return train_all(setting, folder, _ROUND, rows, what)


def _measured(
    recipe: Recipe, lists: Mapping[int, Sequence[Row]], trained: Mapping[int, Trained]
) -> DoseTable:
    audit = recipe.spec.audit
    assert audit is not None
    sheet = None if audit.tags is None else recipe.path(audit.tags)

    def read(path: Path) -> ErrorTable:
        table = read_table(path, None, sheet)
        assert isinstance(table, ErrorTable)
        return table

    found = [
        Dose(dose, [read(path) for path in trained[dose].tables[DEV]], len(some),
             partial(_with_any, some))
        for dose, some in lists.items()
    ]  # fmt: skip
    folders = [recipe.file.parent, Path.cwd()]
    change = None if audit.normalize == "none" else normalizer(audit.normalize, folders)
    return measure_doses(
        found, {one.name: one.tags for one in recipe.categories.values()},
        metric=audit.compared, margin=recipe.spec.loop.margin, normalize=change,
        normalized=audit.normalize,
    )  # fmt: skip


def _with_any(rows: Sequence[Row], tags: Sequence[str]) -> int:
    """Return how many rows have any of some tags, as a planner counts a category's examples."""
    wanted = set(tags)
    return sum(not wanted.isdisjoint(row["tags"]) for row in rows)
