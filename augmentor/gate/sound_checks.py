"""The checks of a new sound."""

from typing import Any

from augmentor.core.example import Waveform
from augmentor.gate.check import Check
from augmentor.gate.trial import Trial
from augmentor.kernels import measures


def _peak(trial: Trial) -> float:
    high, low = trial.extremes
    return max(high, -low, 0.0)


def _clipped_run_s(trial: Trial) -> float:
    return int(trial.flat_tops.max(initial=0)) / trial.after.rate_hz


def _clipped_frac(trial: Trial) -> float:
    return int(trial.flat_tops.sum()) / max(1, len(trial.after.samples))


def _silence_frac(trial: Trial) -> float:
    return measures.silence_frac(trial.after.samples, trial.after.rate_hz)


_QUICK_FRAMES = 12
_WIDE_FRAC = 0.75


def _bandwidth_frac(trial: Trial) -> float:
    """Return the whole sound's edge; where a few frames reach far up already, theirs."""
    samples, rate_hz = trial.after.samples, trial.after.rate_hz
    quick = measures.bandwidth_hz(samples, rate_hz, most_frames=_QUICK_FRAMES) / (rate_hz / 2)
    return quick if quick >= _WIDE_FRAC else measures.bandwidth_hz(samples, rate_hz) / (rate_hz / 2)


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


CHEAP: tuple[Check, ...] = (
    Check("peak.v1", "realism", _peak, "<= 1.0", "largest sample, full scale 1", Waveform),
    Check(
        "clipped_run_s.v1",
        "realism",
        _clipped_run_s,
        "<= 0.002",
        "longest flat top, seconds",
        Waveform,
    ),
    Check(
        "clipped_frac.v1",
        "realism",
        _clipped_frac,
        "<= 0.002",
        "share of the sound that lies in flat tops: many short ones, where noise was clipped too",
        Waveform,
    ),
    Check(
        "silence_frac.v1", "realism", _silence_frac, "<= 0.8", "share of silent frames", Waveform
    ),
    Check(
        "bandwidth_frac.v2",
        "realism",
        _bandwidth_frac,
        ">= 0.5",
        "upper edge of the sound's band over half the recipe's rate",
        Waveform,
    ),
    Check(
        "snr_error_db.v1",
        "realism",
        _snr_error_db,
        "<= 0.1",
        "reached against asked SNR, dB",
        Waveform,
    ),
)
"""Asked before whether anything changed."""

DEAR: tuple[Check, ...] = (
    Check(
        "estoi.v1",
        "clarity",
        _estoi,
        None,
        "intelligibility against the clean parent, 0 to 1 (Jensen and Taal 2016)",
        Waveform,
    ),
)
