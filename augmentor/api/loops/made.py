"""New examples of a round: made once, they stay, though the recipe goes on to change."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from augmentor.api.loops.results import Trained
from augmentor.api.loops.setting import Setting
from augmentor.api.loops.trained import recipe_of
from augmentor.api.running import run
from augmentor.core.errors import UsageError
from augmentor.files.atomic import write_json
from augmentor.files.digested import digest_path
from augmentor.jobs.rounds.held import KINDS
from augmentor.jobs.rounds.lists import Row, made_rows
from augmentor.recipe.recipe import Recipe
from augmentor.recipe.strict import Budget


@dataclass(frozen=True, slots=True)
class Made:
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


def make_round(setting: Setting, number: int, last: Trained, left: float) -> Made:
    """Make a round's new examples, or return those that are there.

    Parameters
    ----------
    setting : of the loop.
    number : of the round.
    last : the trainings whose errors it goes by; after other answers it is made anew.
    left : of the budget of all rounds.
    """
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
    return Made(folder, kept["counts"], worked, named, spent)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def whole_budget(recipe: Recipe, most: int) -> float:
    """Return the budget of all rounds together, in the unit of one round's.

    Raises
    ------
    UsageError : the two are in different units.
    """
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
