"""Listeners who understand down to a known SNR; they look at the edit to know it.

In a module of its own, since every worker process imports it.
"""

from augmentor.gate.trial import Trial

CLEAR_FROM_DB = -3.0


def clear_enough(trial: Trial) -> bool:
    """Understand from `CLEAR_FROM_DB` on."""
    return all(edit.params.get("snr_db", 99) >= CLEAR_FROM_DB for edit in trial.child.edits)


def above_12_db(trial: Trial) -> bool:
    """Understand only what is hardly noisy."""
    return all(edit.params["snr_db"] > 12 for edit in trial.child.edits)


def never(trial: Trial) -> bool:
    """Understand the clean parent alone."""
    return not trial.child.edits


def deaf(_trial: Trial) -> bool | None:
    """Have no opinion."""
    return None
