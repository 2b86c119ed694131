"""Levels: what pauses, padding and gain must not move, against the Recommendation step by step."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import lfilter
from speechlike import speechlike

from augmentor.kernels.level import FLOOR_DB, active_level_db, energy_shift_db, rms_db

RATE = 16000
SPEECH = speechlike(3.0)


def literal_p56(samples: NDArray[np.float32], rate_hz: int) -> float:
    """Follow the Recommendation sample by sample: two smoothers, 15 counters, a hangover."""
    sound = np.concatenate([samples / np.abs(samples).max(), np.zeros(rate_hz // 2)])
    keep = math.exp(-1 / (rate_hz * 0.03))
    envelope = np.abs(sound)
    for _ in range(2):
        envelope = lfilter([1 - keep], [1, -keep], envelope)
    hangover = round(0.2 * rate_hz)
    square_sum = float((sound**2).sum())
    before: tuple[float, float] | None = None
    for threshold in 2.0 ** np.arange(-15, 0):
        active, left = 0, 0
        for over in (envelope >= threshold).tolist():
            left = hangover if over else left - 1
            active += left >= 0 and (over or left < hangover)
        level = 10 * math.log10(square_sum / active)
        margin = level - 20 * math.log10(threshold)
        if margin <= 15.9:
            assert before is not None
            share = (before[1] - 15.9) / (before[1] - margin)
            level = before[0] + share * (level - before[0])
            return level + 20 * math.log10(float(np.abs(samples).max()))
        before = (level, margin)
    raise AssertionError


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100])
def test_level_is_that_of_the_recommendation(seed: int, rate_hz: int) -> None:
    sound = speechlike(2.0, rate_hz, seed)
    assert active_level_db(sound, rate_hz) == pytest.approx(literal_p56(sound, rate_hz), abs=0.02)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("pad_s", [0.1, 0.5, 2.0])
def test_silence_around_speech_does_not_move_the_active_level(seed: int, pad_s: float) -> None:
    sound = speechlike(3.0, seed=seed)
    silence = np.zeros(round(RATE * pad_s), np.float32)
    padded = np.concatenate([silence, sound, silence])
    level, there = active_level_db(sound, RATE), active_level_db(padded, RATE)
    assert there == pytest.approx(level, abs=0.02)
    if pad_s > 1:
        assert rms_db(padded) < rms_db(sound) - 3  # what the plain level does instead


@given(gain_db=st.floats(-60, 20))
def test_gain_moves_the_active_level_by_exactly_the_gain(gain_db: float) -> None:
    louder = SPEECH * np.float32(10 ** (gain_db / 20))
    level = active_level_db(SPEECH, RATE)
    assert level is not None
    assert active_level_db(louder, RATE) == pytest.approx(level + gain_db, abs=0.001)
    assert energy_shift_db(SPEECH, louder) == pytest.approx(gain_db, abs=0.001)


def test_pauses_are_left_out() -> None:
    """A tone that is on half of the time has the level it has while it is on."""
    tone = np.sin(np.arange(4 * RATE) * 0.3).astype(np.float32)
    tone[RATE : 3 * RATE] = 0
    level = active_level_db(tone, RATE)
    assert level == pytest.approx(-3.01 - 1.1, abs=0.2)  # each hangover adds 0.3 s to 1 s
    assert rms_db(tone) == pytest.approx(-6.02, abs=0.01)


def test_silence_has_no_active_level() -> None:
    for frames in (0, 1, 5000):
        nothing = np.zeros(frames, np.float32)
        assert active_level_db(nothing, RATE) is None
        assert rms_db(nothing) == FLOOR_DB
        assert energy_shift_db(nothing, nothing) == 0


@pytest.mark.parametrize("rate_hz", [8000, 16000, 192000])
def test_a_click_has_a_finite_level(rate_hz: int) -> None:
    click = np.zeros(rate_hz, np.float32)
    click[100] = 1
    level = active_level_db(click, rate_hz)
    assert level is not None
    assert -60 < level < 0


def test_one_frame_has_a_level() -> None:
    assert active_level_db(np.ones(1, np.float32), RATE) is not None
    assert rms_db(np.ones(1, np.float32)) == 0


def test_a_constant_has_level_zero() -> None:
    assert rms_db(np.full(1000, -1.0, np.float32)) == pytest.approx(0.0, abs=1e-9)
