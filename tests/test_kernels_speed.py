"""Faster and slower: sound, pitch and the times of words move together."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speechlike import speechlike

from augmentor.core.example import Transcript, Waveform
from augmentor.kernels.level import active_level_db
from augmentor.kernels.speed import speed, speed_words

RATE = 16000


@settings(max_examples=60, deadline=None)
@given(rate_frac=st.floats(0.5, 2), frames=st.integers(0, 5000))
def test_length_is_the_old_one_over_the_factor(rate_frac: float, frames: int) -> None:
    sound = speechlike(0.4, peak=1.0)[:frames]
    before = sound.copy()
    faster, notes = speed(Waveform(sound, RATE), rate_frac=rate_frac)
    assert len(faster.samples) == (max(1, round(frames / rate_frac)) if frames else 0)
    assert faster.samples.dtype == np.float32
    assert np.isfinite(faster.samples).all()
    assert np.abs(faster.samples).max(initial=0) <= 1
    assert notes["headroom_db"] <= 0
    np.testing.assert_array_equal(sound, before)


@pytest.mark.parametrize("rate_frac", [0.9, 0.95, 1.05, 1.1])
def test_pitch_rises_by_the_factor(rate_frac: float) -> None:
    tone = (0.5 * np.sin(2 * np.pi * 1000 * np.arange(2 * RATE) / RATE)).astype(np.float32)
    heard = speed(Waveform(tone, RATE), rate_frac=rate_frac)[0].samples
    heard = heard[:RATE] * np.hanning(RATE)
    assert np.argmax(np.abs(np.fft.rfft(heard))) == pytest.approx(1000 * rate_frac, abs=1)


@pytest.mark.parametrize("rate_frac", [0.9, 1.1])
def test_words_stay_on_their_sound(rate_frac: float) -> None:
    """A burst that is a word is found between the word's new times."""
    sound = np.zeros(2 * RATE, np.float32)
    start_s, stop_s = 0.6, 0.9
    burst = slice(int(start_s * RATE), int(stop_s * RATE))
    sound[burst] = 0.3 * np.sin(np.arange(burst.stop - burst.start) * 0.3)
    heard = speed(Waveform(sound, RATE), rate_frac=rate_frac)[0].samples
    transcript = Transcript("now", ((start_s, stop_s, "now"),))
    moved, notes = speed_words(transcript, rate_frac=rate_frac)
    (new_start_s, new_stop_s, word) = moved.words[0]
    loud = np.flatnonzero(np.abs(heard) > 0.05)
    assert (moved.text, word, notes) == ("now", "now", {})
    assert loud[0] / RATE == pytest.approx(new_start_s, abs=0.002)
    assert loud[-1] / RATE == pytest.approx(new_stop_s, abs=0.002)


def test_speed_of_one_changes_nothing() -> None:
    sound = speechlike(1.0)
    same, notes = speed(Waveform(sound, RATE, -20.0), rate_frac=1.0)
    np.testing.assert_array_equal(same.samples, sound)
    assert not np.shares_memory(same.samples, sound)
    assert (same.active_level_db, notes) == (-20.0, {"rate_frac": 1.0, "headroom_db": 0.0})


def test_the_speech_s_level_follows() -> None:
    sound = speechlike(3.0)
    faster, _ = speed(Waveform(sound, RATE, active_level_db(sound, RATE)), rate_frac=1.1)
    assert faster.active_level_db == pytest.approx(active_level_db(faster.samples, RATE), abs=0.5)
