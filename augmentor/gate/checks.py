"""The checks of the gate: each measures one number of a new example, on every example.

A check that is undefined on an example returns None: "cannot tell", which passes and is
counted. To add one: write a function of a `Trial`, and add a `Check` to `CHECKS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from augmentor.core.example import Example, Waveform
from augmentor.kernels import measures

Question = Literal["realism", "clarity"]


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A new example before the gate, beside the parent it was made from."""

    parent: Example
    child: Example

    @property
    def before(self) -> Waveform:
        """The parent's sound."""
        found = self.parent.find(Waveform)
        assert isinstance(found, Waveform)
        return found

    @property
    def after(self) -> Waveform:
        """The new example's sound."""
        found = self.child.find(Waveform)
        assert isinstance(found, Waveform)
        return found


@dataclass(frozen=True, slots=True)
class Check:
    """One measure of the gate.

    Parameters
    ----------
    name : versioned; a changed measure is a new version.
    question : the question of the checklist that it answers.
    measure : the number of a trial, or None where it is undefined.
    default : the bound that holds when a recipe says nothing; None: only on request.
    help : one line for the reader, with the unit.
    """

    name: str
    question: Question
    measure: Callable[[Trial], float | None]
    default: str | None
    help: str

    @property
    def key(self) -> str:
        """The name without its version: the word a recipe uses."""
        return self.name.rpartition(".")[0]


def _peak(trial: Trial) -> float:
    return measures.peak(trial.after.samples)


def _clipped_run_s(trial: Trial) -> float:
    return measures.clipped_run_s(trial.after.samples, trial.after.rate_hz)


def _silence_frac(trial: Trial) -> float:
    return measures.silence_frac(trial.after.samples, trial.after.rate_hz)


def _bandwidth_frac(trial: Trial) -> float:
    after = trial.after
    return measures.bandwidth_hz(after.samples, after.rate_hz) / (after.rate_hz / 2)


def _snr_error_db(trial: Trial) -> float:
    """Largest miss among the edits that were asked for an SNR, as their kernels measured it."""
    misses = [
        abs(float(_number(notes["snr_db"])) - float(edit.params["snr_db"]))
        for edit, notes in zip(trial.child.edits, trial.child.notes, strict=True)
        if "snr_db" in edit.params and "snr_db" in notes
    ]
    return max(misses, default=0.0)


def _number(value: Any) -> float:
    return float("inf") if value is None else float(value)


def _same_as_parent(trial: Trial) -> float:
    return float(np.array_equal(trial.before.samples, trial.after.samples))


_references: dict[str, Any] = {}
"""The clean halves of ESTOI by the parent's digest: the newest few, since parents come in runs."""


def _reference(trial: Trial) -> Any:
    from augmentor.kernels.estoi import prepare

    digest = trial.parent.facts.digest
    found = _references.get(digest)
    if found is None:
        found = prepare(trial.before.samples, trial.before.rate_hz)
        while len(_references) >= 16:
            _references.pop(next(iter(_references)))
        if digest:
            _references[digest] = found
    return found


def _estoi(trial: Trial) -> float | None:
    from augmentor.kernels.estoi import estoi

    if len(trial.before.samples) != len(trial.after.samples):
        return None  # something moved time: the two can no longer be laid side by side
    return estoi(_reference(trial), trial.after.samples)


CHECKS: tuple[Check, ...] = (
    Check("peak.v1", "realism", _peak, "<= 1.0", "largest sample, full scale 1"),
    Check("clipped_run_s.v1", "realism", _clipped_run_s, "<= 0.002", "longest flat top, seconds"),
    Check("silence_frac.v1", "realism", _silence_frac, "<= 0.8", "share of silent frames"),
    Check(
        "bandwidth_frac.v1",
        "realism",
        _bandwidth_frac,
        ">= 0.5",
        "upper edge of the sound's band over half the recipe's rate",
    ),
    Check("snr_error_db.v1", "realism", _snr_error_db, "<= 0.1", "reached against asked SNR, dB"),
    Check("same_as_parent.v1", "realism", _same_as_parent, "<= 0", "1 where nothing changed"),
    Check(
        "estoi.v1",
        "clarity",
        _estoi,
        None,
        "intelligibility against the clean parent, 0 to 1 (Jensen and Taal 2016)",
    ),
)


def checks() -> Mapping[str, Check]:
    """Return every check by the word a recipe uses."""
    return {check.key: check for check in CHECKS}
