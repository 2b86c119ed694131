"""SNR without a reference, on sounds where the truth is known by how they were made."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt
from speechlike import speechlike

from augmentor.kernels.level import active_level_db
from augmentor.kernels.snr import snr_db

RATE = 16000


def noise(frames: int, seed: int, colour: float = 0.0) -> NDArray[np.float64]:
    """Return steady noise whose power falls with frequency to the power of `colour`."""
    white = np.random.Generator(np.random.Philox(key=seed)).standard_normal(frames)
    lines = np.fft.rfft(white) / np.maximum(np.arange(frames // 2 + 1), 1) ** (colour / 2)
    return sosfilt(butter(2, 25, "highpass", fs=RATE, output="sos"), np.fft.irfft(lines, frames))


def speech(seed: int, duration_s: float = 6.0, rate_hz: int = RATE) -> NDArray[np.float32]:
    """Return speech as a microphone takes it: without the offset that the glottis of it has."""
    sound = speechlike(duration_s, rate_hz, seed)
    high = butter(2, 60, "highpass", fs=rate_hz, output="sos")
    return np.asarray(sosfilt(high, sound), np.float32)


def mixed(clean: NDArray[np.float32], under: NDArray[np.float64], ratio_db: float) -> NDArray:
    """Return the sum at a ratio of active speech level to the noise's level."""
    level_db = active_level_db(clean, RATE)
    assert level_db is not None
    gain = 10 ** ((level_db - ratio_db) / 20) / np.sqrt(np.square(under).mean())
    return np.asarray(clean + gain * under, np.float32)


@pytest.mark.parametrize("colour", [0.0, 1.0])
@pytest.mark.parametrize(
    ("ratio_db", "error_db"), [(0, 1), (5, 1), (10, 1), (15, 1), (20, 1.5), (25, 2.5), (30, 4)]
)
def test_the_ratio_is_found(ratio_db: float, error_db: float, colour: float) -> None:
    """In steady noise, white and pink, each estimate lies within the error that is stated."""
    for seed in range(6):
        clean = speech(seed)
        found = snr_db(mixed(clean, noise(len(clean), 100 + seed, colour), ratio_db), RATE)
        assert found == pytest.approx(ratio_db, abs=error_db)


def test_noise_in_a_few_lines_of_the_spectrum_is_found_less_well() -> None:
    """Brown noise, as of wind, lies in two or three lines, which few windows tell apart."""
    for seed in range(6):
        clean = speech(seed)
        found = snr_db(mixed(clean, noise(len(clean), 100 + seed, 2.0), 10), RATE)
        assert found == pytest.approx(10, abs=3)


@pytest.mark.parametrize("rate_hz", [8000, 22050, 48000])
def test_the_rate_does_not_matter(rate_hz: int) -> None:
    clean = speech(1, rate_hz=rate_hz)
    level_db = active_level_db(clean, rate_hz)
    under = noise(len(clean), 7)
    under *= 10 ** ((level_db - 12) / 20) / np.sqrt(np.square(under).mean())
    assert snr_db((clean + under).astype(np.float32), rate_hz) == pytest.approx(12, abs=1)


def test_level_and_silence_around_do_not_matter() -> None:
    """Turned down by 30 dB, or with seconds of digital silence around it, it is the same."""
    clean = speech(2)
    noisy = mixed(clean, noise(len(clean), 8), 10)
    found = snr_db(noisy, RATE)
    assert snr_db(noisy * np.float32(0.03), RATE) == pytest.approx(found, abs=0.02)
    nothing = np.zeros(2 * RATE, np.float32)
    padded = np.concatenate([nothing, noisy, nothing])
    assert snr_db(padded, RATE) == pytest.approx(found, abs=0.3)
    assert snr_db(noisy + np.float32(0.1), RATE) == pytest.approx(found, abs=0.02)


def test_sixteen_bits_and_gates_are_no_background() -> None:
    """A clean recording stays clean where its pauses are rounded away or gated to zeros."""
    clean = speech(4)
    rounded = np.rint(clean * 32768).astype(np.float32) / np.float32(32768)
    assert snr_db(rounded, RATE) > 25
    loud = np.square(clean) > 1e-5
    near = np.convolve(loud, np.ones(1600), "same") > 0.5
    gated = np.where(near, rounded, np.float32(0))
    assert (gated == 0).mean() > 0.05
    found = snr_db(gated, RATE)
    assert found is None or found > 20


def test_a_slow_change_of_the_noise_is_followed() -> None:
    """Noise that rises by 12 dB over the clip counts with its mean."""
    clean = speech(3, duration_s=10.0)
    rising = noise(len(clean), 9) * 10 ** (np.linspace(-6, 6, len(clean)) / 20)
    assert snr_db(mixed(clean, rising, 10), RATE) == pytest.approx(10, abs=2)


def test_without_a_common_pause_it_cannot_be_told() -> None:
    """Bands that rest in turns but never together show each its floor, and no background."""
    frames = 5 * RATE
    time_s = np.arange(frames) / RATE
    edges = np.geomspace(150, 7500, 9)
    sound = np.zeros(frames)
    for at, (low, high) in enumerate(pairwise(edges)):
        band = butter(4, [low, high], "bandpass", fs=RATE, output="sos")
        part = sosfilt(band, noise(frames, at))
        rests = (2 * time_s + at / 8) % 1 < 0.25
        sound += np.where(rests, 0.003, 1) * part / np.sqrt(np.square(part).mean())
    assert snr_db((0.05 * sound).astype(np.float32), RATE) is None


def test_a_held_vowel_has_no_background() -> None:
    """A sound that never changes is its own floor."""
    one = speechlike(1.0)[4000:5600]
    assert snr_db(np.tile(one, 20), RATE) is None


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(RATE),
        np.full(RATE, 0.3),
        0.3 * np.sin(0.1 * np.arange(2 * RATE)),
        np.zeros(0),
        np.ones(1),
        0.1 * noise(RATE // 4, 1),
    ],
    ids=["silence", "offset", "tone", "nothing", "one sample", "too short"],
)
def test_what_has_no_background_or_no_speech_is_undefined(sound: NDArray) -> None:
    assert snr_db(sound.astype(np.float32), RATE) is None


@pytest.mark.parametrize("colour", [0.0, 1.0])
def test_noise_alone_is_never_a_good_ratio(colour: float) -> None:
    for seed in range(5):
        found = snr_db((0.1 * noise(5 * RATE, seed, colour)).astype(np.float32), RATE)
        assert found is None or found < -2
