"""The start of a loop: what could go wrong is said first, then the source alone is trained on."""

from dataclasses import dataclass

from augmentor.api.leaks import check_leaks
from augmentor.api.loops.results import START, Trained
from augmentor.api.loops.setting import Setting, keep_fixed
from augmentor.api.loops.trained import train_all
from augmentor.jobs.rounds.lists import Row


@dataclass(frozen=True, slots=True)
class Started:
    """A loop before its first round.

    Parameters
    ----------
    rows : the source, as the user's program reads it.
    trained : the trainings on it alone.
    allowed : what changed since an earlier start and was let pass.
    notes : what else to know.
    """

    rows: list[Row]
    trained: Trained
    allowed: list[str]
    notes: list[str]


def start(setting: Setting) -> Started:
    """Check all that can be checked before hours of training, and train on the source alone.

    Raises
    ------
    UsageError : a bank cannot be used, or something leaks.
    AugmentorError : what must stay the same did not, or a program failed.
    """
    recipe = setting.recipe
    allowed, notes = keep_fixed(setting)
    for bank in recipe.used_banks():
        _ = bank.digest  # opens it
    dev = recipe.spec.audit.manifest if recipe.spec.audit else None
    looked = check_leaks(
        recipe, [dev] if dev else [], workers=setting.workers, progress=setting.progress
    )
    rows, bad = setting.source_rows()
    notes += looked.warnings
    notes += [f"left out of the source: {name}: {why}" for name, why in bad.items()]
    trained = train_all(setting, setting.place(START), START, rows, "the start")
    return Started(rows, trained, allowed, notes)
