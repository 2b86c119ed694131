"""Loudness: as much as asked, never into clipping unless clipping was asked for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speechlike import speechlike

from augmentor.core.example import Waveform
from augmentor.kernels.dynamics import CEILING, below_full_scale, gain, overdrive
from augmentor.kernels.level import active_level_db, energy_shift_db
from augmentor.kernels.measures import clipped_run_s

RATE = 16000
SPEECH = speechlike(2.0)


@given(gain_db=st.floats(-60, 40))
@settings(deadline=None)
def test_gain_is_as_asked_or_limited_and_said(gain_db: float) -> None:
    louder, notes = gain(Waveform(SPEECH, RATE, -20.0), gain_db=gain_db)
    assert np.abs(louder.samples).max() <= 1
    assert notes["limited"] == (gain_db > 6.02)  # the peak is at 0.5
    assert notes["limited"] or notes["gain_db"] == pytest.approx(gain_db, abs=1e-4)
    assert energy_shift_db(SPEECH, louder.samples) == pytest.approx(notes["gain_db"], abs=0.001)
    assert louder.active_level_db == pytest.approx(-20 + notes["gain_db"], abs=0.001)


def test_gain_never_turns_down_what_was_over_full_scale_already() -> None:
    over = SPEECH * np.float32(4)
    same, notes = gain(Waveform(over, RATE), gain_db=3)
    assert notes == {"gain_db": 0.0, "limited": True}
    np.testing.assert_array_equal(same.samples, over)


@pytest.mark.parametrize("overdrive_db", [3.0, 6.0, 12.0, 18.0])
def test_overdrive_cuts_exactly_what_is_over(overdrive_db: float) -> None:
    cut, notes = overdrive(Waveform(SPEECH, RATE), overdrive_db=overdrive_db)
    limit = np.abs(SPEECH).max() * 10 ** (-overdrive_db / 20)
    over = np.abs(SPEECH) > limit * (1 + 1e-6)
    assert notes["clipped_frac"] == pytest.approx(over.mean(), abs=1e-3)
    assert np.all(np.abs(cut.samples[over]) == np.float32(CEILING))
    np.testing.assert_allclose(cut.samples[~over], SPEECH[~over] * (CEILING / limit), atol=1e-5)
    assert overdrive_db < 6 or clipped_run_s(cut.samples, RATE) > 0


def test_more_overdrive_cuts_more_and_the_level_follows() -> None:
    level = active_level_db(SPEECH, RATE)
    wave = Waveform(SPEECH, RATE, level)
    shares = []
    for overdrive_db in (0.0, 3.0, 9.0, 18.0):
        cut, notes = overdrive(wave, overdrive_db=overdrive_db)
        shares.append(notes["clipped_frac"])
        assert cut.active_level_db == pytest.approx(active_level_db(cut.samples, RATE), abs=1)
    assert shares == sorted(shares)
    assert shares[0] == 0


@given(factor=st.floats(0.001, 1000))
@settings(deadline=None)
def test_below_full_scale_moves_only_what_is_over(factor: float) -> None:
    sound = SPEECH * np.float32(factor)
    lowered, headroom_db = below_full_scale(sound)
    assert np.abs(lowered).max() <= CEILING
    assert headroom_db <= 0
    np.testing.assert_allclose(lowered, sound * 10 ** (headroom_db / 20), rtol=2e-5, atol=1e-7)


@pytest.mark.parametrize("frames", [0, 1, 100])
def test_silence_stays_silence(frames: int) -> None:
    nothing = Waveform(np.zeros(frames, np.float32), RATE)
    for heard, _ in (gain(nothing, gain_db=20), overdrive(nothing, overdrive_db=10)):
        np.testing.assert_array_equal(heard.samples, nothing.samples)
        assert heard.samples.dtype == np.float32


def test_input_is_not_written_to() -> None:
    before = SPEECH.copy()
    gain(Waveform(SPEECH, RATE), gain_db=-3)
    overdrive(Waveform(SPEECH, RATE), overdrive_db=12)
    below_full_scale(SPEECH)
    np.testing.assert_array_equal(SPEECH, before)
