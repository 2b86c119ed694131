"""Training the user's model on a list, several times, and ranking by what it then says."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from typing import Any

from augmentor.api.loops.listed import in_form
from augmentor.api.loops.results import Trained
from augmentor.api.loops.setting import DEV, Setting
from augmentor.core.errors import AugmentorError
from augmentor.jobs.rounds.lists import digest_rows, write_list
from augmentor.jobs.rounds.training import Training
from augmentor.recipe.recipe import Recipe
from augmentor.recipe.strict import Budget
from augmentor.recipe.worth import ranking_of


def train_all(
    setting: Setting, folder: Path, number: int, rows: Iterable[Mapping[str, Any]], what: str
) -> Trained:
    """Train on a list with every seed and ask; what was finished is not done again.

    Parameters
    ----------
    setting : of the loop.
    folder : for the list and a folder a seed.
    number : of the round.
    rows : to train on.
    what : is trained, for those who wait.

    Raises
    ------
    AugmentorError : a program failed; what others finished is kept.
    """
    listed = list(rows)
    manifest = folder / "train.jsonl"
    write_list(manifest, listed)
    digest = digest_rows(listed, [setting.folder, setting.recipe.file.parent])
    told = in_form(setting.recipe, manifest)
    trainings = [
        Training(setting.recipe, folder / f"seed-{seed}", told, digest, seed, number)
        for seed in range(setting.seeds)
    ]
    setting.progress(f"training, {what}", 0, len(trainings))
    with ThreadPoolExecutor(setting.jobs) as pool:
        try:
            for done, future in enumerate(
                as_completed([pool.submit(one.carry_out, setting.asked) for one in trainings]), 1
            ):
                future.result()
                setting.progress(f"training, {what}", done, len(trainings))
        except AugmentorError:
            pool.shutdown(cancel_futures=True)  # what runs may finish, and is kept
            raise
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for one in trainings:
                one.stop()
            raise
    tables = {name: [one.table(name) for one in trainings] for name in setting.asked}
    ranked = [ranking_of(auditing(setting.recipe, table)) for table in tables[DEV]]
    # The best of several would flatter, and the mean is nobody's error table.
    order = sorted(range(len(ranked)), key=lambda at: (_error(ranked[at]), at))
    middle = order[(len(order) - 1) // 2]
    ranking = ranked[middle]
    assert ranking is not None
    return Trained(
        folder, [one.model for one in trainings], tables, ranking, trainings[middle].model,
        tables[DEV][middle], len(listed),
    )  # fmt: skip


def _error(ranking: Any) -> float:
    return float(ranking.overall.error_rate or 0.0)


_ITS_OWN: dict[str, Any] = {"manifest": None, "columns": {}, "split": None}
"""A table of ours has our names for its columns, and holds what was asked about, no more."""


def auditing(recipe: Recipe, table: Path) -> Recipe:
    """Return a recipe that goes by an error table."""
    assert recipe.spec.audit is not None
    audit = recipe.spec.audit.model_copy(update=_ITS_OWN | {"table": str(table.absolute())})
    return replace(recipe, spec=recipe.spec.model_copy(update={"audit": audit}))


def recipe_of(recipe: Recipe, number: int, before: Trained, budget: Budget) -> Recipe:
    """Return the recipe of one round.

    It goes by the errors of the round before, asks that round's model how hard new examples
    are, draws others than the rounds before it, and makes so much.
    """
    found = auditing(recipe, before.table)
    gate = found.spec.gate
    difficulty = gate.difficulty
    if difficulty is not None and "{model}" in (difficulty.command or ""):
        difficulty = difficulty.model_copy(update={"model_file": str(before.model.absolute())})
        gate = gate.model_copy(update={"difficulty": difficulty})
    seed = recipe.spec.seed + number - 1
    spec = found.spec.model_copy(update={"gate": gate, "seed": seed, "budget": budget.said()})
    return replace(found, spec=spec, budget=budget)
