"""The gate: what each check measures, what is passed over, and what a model says of a category."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from speechlike import speechlike

from augmentor.core.example import Example, Facts, Label, Waveform
from augmentor.core.functions import load_function
from augmentor.core.operator import Edit
from augmentor.core.verdict import Bound
from augmentor.gate.answers import Answer
from augmentor.gate.checklist import Checklist
from augmentor.gate.checks import Trial, checks
from augmentor.gate.difficulty import judge
from augmentor.operators.clipping import Clipping
from augmentor.operators.codec import Codec
from augmentor.operators.speed_perturb import SpeedPerturb

RATE = 16000
SPEECH = speechlike(2.0, RATE, peak=0.8)
FACTS = Facts("a", digest="test-gate", rate_hz=RATE)
CLIPPED = np.clip(50 * SPEECH, -0.9, 0.9)
OFF = dict.fromkeys(checks())


def trial(samples: np.ndarray, *edits: Edit, notes: tuple[dict[str, Any], ...] = ()) -> Trial:
    """Return a new example beside its parent."""
    parent = Example(FACTS, {"wave": Waveform(SPEECH, RATE), "target": Label("yes")})
    wave = Waveform(samples.astype(np.float32), RATE)
    child = Example(FACTS, {"wave": wave, "target": Label("yes")}, edits, notes)
    return Trial(parent, child)


def verdict(key: str, bound: str, one: Trial) -> tuple[str, float | None]:
    """Return what one check alone says."""
    (found,) = Checklist.of(OFF | {key: bound}, []).judge(one)
    assert found.check.startswith(key)
    return found.outcome, found.value


def noisy(amount: float) -> np.ndarray:
    """Return the speech with noise."""
    chance = np.random.Generator(np.random.Philox(1))
    return SPEECH + amount * chance.standard_normal(len(SPEECH))


def below(edge_hz: float, samples: np.ndarray) -> np.ndarray:
    """Return a sound without what lies above a frequency."""
    spectrum = np.fft.rfft(samples)
    spectrum[round(edge_hz * len(samples) / RATE) :] = 0
    return np.fft.irfft(spectrum, len(samples))


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("peak", 0.9 * SPEECH, 2 * SPEECH),
        ("clipped_run_s", 0.9 * SPEECH, CLIPPED),
        ("clipped_frac", 0.9 * SPEECH, np.clip(2.5 * SPEECH, -0.9, 0.9)),
        ("silence_frac", 0.9 * SPEECH, 1e-4 * SPEECH),
        ("same_as_parent", 0.9 * SPEECH, SPEECH),
        ("bandwidth_frac", noisy(0.01), below(3000, noisy(0.01))),
        ("peak", 0.9 * SPEECH, np.where(SPEECH > 0.5, np.nan, SPEECH)),
    ],
)
def test_realism(key: str, good: np.ndarray, bad: np.ndarray) -> None:
    """By its own default each check passes what is right and fails what is broken."""
    default = checks()[key].default
    assert default is not None
    assert verdict(key, default, trial(good))[0] == "pass"
    assert verdict(key, default, trial(bad))[0] == "fail"


def test_the_reached_snr() -> None:
    """What a kernel could not reach fails; several ratios count by the worst."""
    asked = Edit("noise", "mix_noise.v1", {"snr_db": 5.0})
    other = Edit("gain", "gain.v1", {"gain_db": -3.0})
    for reached, outcome, value in (
        (5.04, "pass", 0.04), (6.0, "fail", 1.0), (None, "fail", float("inf"))
    ):  # fmt: skip
        one = trial(SPEECH, asked, other, notes=({"snr_db": reached}, {"gain_db": -3.0}))
        assert verdict("snr_error_db", "<= 0.1", one) == (outcome, value)
    assert verdict("snr_error_db", "<= 0.1", trial(SPEECH)) == ("pass", 0.0)


def test_clarity_falls_with_noise_and_cannot_tell_what_it_cannot_compare() -> None:
    """Against its clean parent noise is less clear; another length cannot be laid beside it."""
    values = []
    for amount in (0.001, 0.02, 0.3):
        _, value = verdict("estoi", ">= 0.5", trial(noisy(amount)))
        assert value is not None
        values.append(value)
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.9
    assert values[-1] < 0.5
    assert verdict("estoi", ">= 0.5", trial(SPEECH[:-100])) == ("cannot tell", None)


def test_checks_run_in_order_up_to_the_first_that_fails() -> None:
    """What is broken is not asked about further; what is taken out is not asked at all."""
    checklist = Checklist.of({"estoi": ">= 0.5", "clipped_run_s": None}, [])
    names = [one.check for one in checklist.judge(trial(0.9 * SPEECH))]
    assert names == [
        "peak.v1", "clipped_frac.v1", "silence_frac.v1", "bandwidth_frac.v2", "snr_error_db.v1",
        "same_as_parent.v1", "estoi.v1",
    ]  # fmt: skip
    stopped = checklist.judge(trial(2 * SPEECH))
    assert [(one.check, one.outcome) for one in stopped] == [("peak.v1", "fail")]


def test_what_an_edit_makes_meaningless_is_not_asked() -> None:
    """Flat tops are what clipping makes; clarity after a change of speed cannot be told."""
    checklist = Checklist.of({"estoi": ">= 0.5"}, [Clipping, Codec, SpeedPerturb])
    clipping = Edit("c", Clipping.name, {})
    names = [one.check for one in checklist.judge(trial(CLIPPED, clipping, notes=({},)))]
    assert not {"clipped_run_s.v1", "clipped_frac.v1"} & set(names)
    assert names[-1] == "estoi.v1"
    assert checklist.judge(trial(CLIPPED))[-1].check == "clipped_run_s.v1"
    faster = checklist.judge(trial(0.9 * SPEECH, Edit("s", SpeedPerturb.name, {}), notes=({},)))
    assert (faster[-1].check, faster[-1].outcome) == ("estoi.v1", "cannot tell")


@pytest.mark.parametrize(
    ("wrong", "n", "bound", "outcome"),
    [
        (30, 60, ">= 0.3", "pass"),
        (0, 60, ">= 0.3", "fail"),
        (18, 60, ">= 0.3", "cannot tell"),
        (0, 0, ">= 0.3", "cannot tell"),
        (0, 60, "<= 0.3", "pass"),
    ],
)
def test_difficulty_is_judged_by_an_interval(wrong: int, n: int, bound: str, outcome: str) -> None:
    """Only an interval that lies on one side of the bound decides."""
    answers = [Answer("no" if at < wrong else " yes ") for at in range(n)]
    found = judge("noise", "m:f", answers, ["yes"] * n, Bound.parse(bound))
    assert (found.outcome, found.errors, found.n) == (outcome, wrong, n)


def test_difficulty_of_transcripts_counts_words() -> None:
    """One wrong word of three is a WER of a third, not an example that is all wrong."""
    answers = [Answer("hello big whirl")] * 29 + [Answer("hello big world")]
    said = ["hello big world"] * 30
    found = judge("n", "m:f", answers, said, Bound.parse(">= 0.6"), "wer")
    assert found.errors == 29
    assert found.error_frac == pytest.approx(29 / 90, abs=1e-4)
    assert found.outcome == "fail"
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.error_frac < found.high < 0.4


def test_a_model_is_found_beside_the_recipe(tmp_path: Path) -> None:
    """`package.module:function` is looked for in the folders given, in their order."""
    for name in ("one", "two"):
        (tmp_path / name / "pack_of_models").mkdir(parents=True)
        (tmp_path / name / "pack_of_models/m.py").write_text(f"def f(): return '{name}'\n")
    found = load_function("pack_of_models.m:f", [tmp_path / "one", tmp_path / "two"], "model")
    assert found() == "one"
