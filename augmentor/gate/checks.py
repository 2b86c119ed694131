"""The checks of the gate: each measures one number of a new example, on every example.

A check that is undefined on an example returns None: "cannot tell", which passes and is
counted. To add one: write a function of a `Trial`, and add a `Check` to the tuple of its medium.
"""

from collections.abc import Mapping

import numpy as np

from augmentor.core.example import Target
from augmentor.core.pictures import Image
from augmentor.gate import picture_checks, sound_checks
from augmentor.gate.check import Check, Question
from augmentor.gate.trial import Change, Trial

__all__ = ["CHECKS", "Change", "Check", "Question", "Trial", "checks"]


def _same_as_parent(trial: Trial) -> float:
    if trial.parent.find(Image) is None:
        before, after = trial.before.samples, trial.after.samples
        # Most differ soon: the rest need not be looked at.
        same = np.array_equal(before[:256], after[:256]) and np.array_equal(before, after)
        return float(same)
    return float(trial.change is not None and not trial.change.changed.any())


CHECKS: tuple[Check, ...] = (
    *sound_checks.CHEAP,
    Check("same_as_parent.v1", "realism", _same_as_parent, "<= 0", "1 where nothing changed",
          Target),
    *sound_checks.DEAR,
    *picture_checks.CHECKS,
)  # fmt: skip


def checks(kind: type[Target] | None = None) -> Mapping[str, Check]:
    """Return every check by the word a recipe uses.

    Parameters
    ----------
    kind : the medium, `Waveform` or `Image`; None: of all.
    """
    return {one.key: one for one in CHECKS if kind is None or issubclass(kind, one.kind)}
