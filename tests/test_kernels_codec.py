"""Telephone sound: narrow, coded for real, in time with the original."""

import numpy as np
import pytest
from numpy.typing import NDArray
from speechlike import speechlike

from augmentor.core.example import Facts, Waveform
from augmentor.kernels.codec import SUBTYPES, narrow_band
from augmentor.kernels.level import active_level_db, energy_shift_db
from augmentor.kernels.measures import NARROW_HZ, bandwidth_hz
from augmentor.operators.codec import Codec

RATE = 16000


def lag(before: NDArray[np.float32], after: NDArray[np.float32]) -> int:
    """Return by how many frames `after` is late."""
    size = 2 * max(len(before), len(after))
    spectrum = np.conj(np.fft.rfft(before, size)) * np.fft.rfft(after, size)
    late = int(np.argmax(np.fft.irfft(spectrum)))
    return late if late < size // 2 else late - size


@pytest.mark.parametrize("kind", SUBTYPES)
@pytest.mark.parametrize("rate_hz", [8000, 16000, 22050, 44100])
def test_nothing_is_delayed(kind: str, rate_hz: int) -> None:
    sound = speechlike(2.0, rate_hz)
    heard, _ = narrow_band(Waveform(sound, rate_hz), kind=kind)
    assert abs(lag(sound, heard.samples)) <= rate_hz // 16000  # a fifteenth of a millisecond


@pytest.mark.parametrize("kind", SUBTYPES)
def test_a_click_stays_at_its_time(kind: str) -> None:
    """Also in the middle of a coder's block, and after more than one of them."""
    sound = np.zeros(RATE, np.float32)
    sound[9777:9809] = np.hanning(32)
    heard, _ = narrow_band(Waveform(sound, RATE), kind=kind)
    power = np.square(heard.samples, dtype=np.float64)
    centre = float((power * np.arange(RATE)).sum() / power.sum())
    assert centre == pytest.approx(9792.5, abs=40)


@pytest.mark.parametrize("kind", SUBTYPES)
def test_only_the_line_s_band_is_left(kind: str) -> None:
    sound = speechlike(3.0)
    heard, notes = narrow_band(Waveform(sound, RATE), kind=kind)
    assert bandwidth_hz(sound, RATE) > 7000
    assert 3000 < bandwidth_hz(heard.samples, RATE) < NARROW_HZ
    assert notes["codec"] == kind


def test_the_coder_is_a_real_one() -> None:
    """G.711 keeps about 38 dB of signal to noise, GSM full rate far less; none is perfect."""
    tone = (0.4 * np.sin(2 * np.pi * 1004 * np.arange(RATE) / RATE)).astype(np.float32)
    lost_db = {}
    for kind in SUBTYPES:
        heard = narrow_band(Waveform(tone, RATE), kind=kind)[0].samples[4000:-4000]
        there = tone[4000:-4000].astype(np.float64)
        scale = float((heard * there).sum() / (there * there).sum())
        error = heard - scale * there
        lost_db[kind] = 10 * np.log10(np.square(scale * there).sum() / np.square(error).sum())
    assert 32 < lost_db["alaw"] < 45
    assert 32 < lost_db["mulaw"] < 45
    assert 5 < lost_db["gsm"] < 30


@pytest.mark.parametrize("kind", SUBTYPES)
@pytest.mark.parametrize("frames", [0, 1, 7, 319, 641, 15999])
def test_length_type_and_input_are_kept(kind: str, frames: int) -> None:
    sound = speechlike(1.0, peak=1.0)[:frames]
    before = sound.copy()
    heard, _ = narrow_band(Waveform(sound, RATE), kind=kind)
    assert heard.samples.shape == sound.shape
    assert heard.samples.dtype == np.float32
    assert np.isfinite(heard.samples).all()
    assert np.abs(heard.samples).max(initial=0) <= 1
    np.testing.assert_array_equal(sound, before)


def test_too_loud_sound_is_clipped_not_wrapped() -> None:
    sound = speechlike(1.0, peak=3.0)
    heard, _ = narrow_band(Waveform(sound, RATE), kind="mulaw")
    assert float((heard.samples * sound).sum()) > 0
    assert np.abs(heard.samples).max() <= 1


def test_the_speech_s_level_follows() -> None:
    sound = speechlike(3.0)
    level = active_level_db(sound, RATE)
    heard, notes = narrow_band(Waveform(sound, RATE, level), kind="alaw")
    assert notes["level_shift_db"] < -1
    measured = active_level_db(heard.samples, RATE)
    assert heard.active_level_db == pytest.approx(measured, abs=1.5)
    assert narrow_band(Waveform(sound, RATE), kind="alaw")[0].active_level_db is None


def test_narrow_parents_are_refused_with_a_reason() -> None:
    assert "3875 Hz" in Codec().refuses(Facts("a", bandwidth_hz=3875.0))
    assert not Codec().refuses(Facts("a", bandwidth_hz=7800.0))
    assert not Codec().refuses(Facts("a"))


@pytest.mark.parametrize("kind", SUBTYPES)
def test_a_line_that_keeps_the_lows_keeps_them(kind: str) -> None:
    """A tone of 150 Hz is lost on a telephone line of 300 Hz up, and kept on one from 0 Hz."""
    tone = (0.3 * np.sin(2 * np.pi * 150 * np.arange(RATE) / RATE)).astype(np.float32)
    lost, kept = (
        energy_shift_db(tone, narrow_band(Waveform(tone, RATE), kind=kind, **band)[0].samples)
        for band in ({}, {"low_hz": 0, "high_hz": 4000})
    )
    assert lost < -6
    assert abs(kept) < 1.5
