"""Rooms: the straight sound stays, and the walls' part is what was asked for."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speechlike import speechlike

from augmentor.core.example import Waveform
from augmentor.kernels.level import active_level_db
from augmentor.kernels.reverb import decay_s, room, room_echoes

RATE = 16000
OFFICE = {"length_m": 5.0, "width_m": 4.0, "height_m": 2.7}
SIZE = np.array(list(OFFICE.values()))


@pytest.mark.parametrize("rt60_s", [0.2, 0.3, 0.5, 0.8])
@pytest.mark.parametrize("seed", range(5))
def test_the_decay_is_the_one_asked_for(rt60_s: float, seed: int) -> None:
    echoes, _ = room_echoes(RATE, SIZE, rt60_s, 1.5, seed)
    assert decay_s(echoes, RATE) == pytest.approx(rt60_s, rel=0.2)


def test_decay_is_measured_right_on_a_known_decay() -> None:
    time_s = np.arange(RATE) / RATE
    noise = np.random.Generator(np.random.Philox(key=1)).standard_normal(RATE)
    assert decay_s(noise * 10 ** (-3 * time_s / 0.4), RATE) == pytest.approx(0.4, rel=0.05)


@pytest.mark.parametrize("seed", range(5))
def test_the_straight_sound_keeps_its_time_and_level(seed: int) -> None:
    """A click comes out as the same click, with echoes only after it."""
    click = np.zeros(RATE, np.float32)
    click[5000] = 0.25
    heard, notes = room(Waveform(click, RATE), rt60_s=0.5, distance_m=1.0, seed=seed, **OFFICE)
    assert notes["headroom_db"] == 0
    assert heard.samples[5000] == pytest.approx(0.25, abs=0.02)
    assert np.abs(heard.samples[:5000]).max() < 1e-6
    assert int(np.argmax(np.abs(heard.samples))) == 5000


@pytest.mark.parametrize("distance_m", [0.5, 1.0, 2.0])
def test_speech_is_not_late(distance_m: float) -> None:
    sound = speechlike(3.0)
    heard, _ = room(Waveform(sound, RATE), rt60_s=0.4, distance_m=distance_m, seed=3, **OFFICE)
    size = 2 * len(sound)
    # Whitened, so that the echoes of a loud vowel do not outweigh the straight sound.
    spectrum = np.conj(np.fft.rfft(sound, size)) * np.fft.rfft(heard.samples, size)
    assert int(np.argmax(np.fft.irfft(spectrum / (np.abs(spectrum) + 1e-9)))) == 0


def test_walls_answer_as_loud_as_in_a_diffuse_room() -> None:
    """At the critical distance, 0.057 sqrt(V / RT60), both parts are about equal."""
    for rt60_s in (0.3, 0.6):
        critical_m = 0.057 * math.sqrt(float(SIZE.prod()) / rt60_s)
        found = [
            10 * math.log10(np.square(room_echoes(RATE, SIZE, rt60_s, critical_m, s)[0]).sum())
            for s in range(20)
        ]
        assert np.mean(found) == pytest.approx(0, abs=1.5)


def test_further_away_the_room_is_louder() -> None:
    sound = Waveform(speechlike(2.0), RATE)
    drr_db = [
        room(sound, rt60_s=0.5, distance_m=far_m, seed=1, **OFFICE)[1]["drr_db"]
        for far_m in (0.3, 0.6, 1.2, 2.4)
    ]
    steps = -np.diff(drr_db)
    assert steps == pytest.approx([6.02] * 3, abs=2.5)


def test_too_small_a_room_is_said() -> None:
    sound = Waveform(speechlike(1.0), RATE)
    _, notes = room(sound, rt60_s=0.5, distance_m=9.0, length_m=3, width_m=3, height_m=2.5, seed=1)
    assert 0 < notes["distance_m"] < 4


def test_a_loud_clip_is_turned_down_as_a_whole() -> None:
    """The scaling guard: straight sound plus echoes, times the one gain that the notes say."""
    loud, soft = speechlike(2.0, peak=1.0), speechlike(2.0, peak=0.1)
    choice = {"rt60_s": 0.6, "distance_m": 2.0, "seed": 5, **OFFICE}
    heard, notes = room(Waveform(loud, RATE), **choice)
    quiet, none = room(Waveform(soft, RATE), **choice)
    assert notes["headroom_db"] < 0 == none["headroom_db"]
    assert np.abs(heard.samples).max() <= 1
    scale = 10 * 10 ** (notes["headroom_db"] / 20)
    np.testing.assert_allclose(heard.samples, quiet.samples * scale, atol=2e-5)


def test_the_speech_s_level_follows() -> None:
    sound = speechlike(3.0, peak=0.2)
    level = active_level_db(sound, RATE)
    heard, notes = room(Waveform(sound, RATE, level), rt60_s=0.5, distance_m=1.5, seed=2, **OFFICE)
    assert level is not None
    assert heard.active_level_db == pytest.approx(level + notes["level_shift_db"], abs=1e-9)
    assert heard.active_level_db == pytest.approx(active_level_db(heard.samples, RATE), abs=1.0)


@settings(max_examples=30, deadline=None)
@given(
    rt60_s=st.floats(0.1, 3),
    distance_m=st.floats(0.1, 10),
    length_m=st.floats(2, 30),
    height_m=st.floats(2, 10),
    seed=st.integers(0, 2**53 - 1),
    frames=st.integers(0, 5000),
)
def test_every_legal_room_makes_finite_sound(
    rt60_s: float, distance_m: float, length_m: float, height_m: float, seed: int, frames: int
) -> None:
    sound = speechlike(0.4)[:frames]
    before = sound.copy()
    choice = {"rt60_s": rt60_s, "distance_m": distance_m, "seed": seed}
    size = {"length_m": length_m, "width_m": 4.0, "height_m": height_m}
    heard, notes = room(Waveform(sound, RATE), **choice, **size)
    again, _ = room(Waveform(sound, RATE), **choice, **size)
    assert heard.samples.shape == sound.shape
    assert heard.samples.dtype == np.float32
    assert np.isfinite(heard.samples).all()
    assert all(math.isfinite(note) for note in notes.values())
    np.testing.assert_array_equal(sound, before)
    np.testing.assert_array_equal(heard.samples, again.samples)
