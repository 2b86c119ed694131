"""Intelligibility: the published measure, with the parent's half made once."""

import numpy as np
import pytest
from numpy.typing import NDArray
from pystoi import stoi
from speechlike import speechlike

from augmentor.kernels.estoi import estoi, prepare

RATE = 16000


def noisy(clean: NDArray[np.float32], snr_db: float, seed: int) -> NDArray[np.float32]:
    noise = np.random.Generator(np.random.Philox(key=seed)).standard_normal(len(clean))
    level = np.sqrt(np.square(clean, dtype=np.float64).mean() / np.square(noise).mean())
    return (clean + noise * level * 10 ** (-snr_db / 20)).astype(np.float32)


@pytest.mark.parametrize("snr_db", [25, 10, 0, -5, -15])
@pytest.mark.parametrize("rate_hz", [8000, 10000, 16000, 22050, 44100])
def test_same_value_as_the_reference_implementation(snr_db: float, rate_hz: int) -> None:
    clean = speechlike(3.0, rate_hz, seed=rate_hz)
    after = noisy(clean, snr_db, seed=7)
    expected = stoi(clean, after, rate_hz, extended=True)
    assert estoi(prepare(clean, rate_hz), after) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_same_value_under_another_talker(seed: int) -> None:
    clean = speechlike(2.5, seed=seed)
    after = clean + np.float32(0.5) * speechlike(2.5, seed=seed + 100)
    expected = stoi(clean, after, RATE, extended=True)
    assert estoi(prepare(clean, RATE), after) == pytest.approx(expected, abs=1e-3)


def test_one_reference_serves_many_children() -> None:
    clean = speechlike(2.0)
    reference = prepare(clean, RATE)
    values = [estoi(reference, noisy(clean, snr_db, seed=1)) for snr_db in (30, 15, 5, -5, -20)]
    assert values == sorted(values, reverse=True, key=float)  # type: ignore[arg-type]
    assert values[0] == estoi(prepare(clean, RATE), noisy(clean, 30, seed=1))


def test_the_clean_sound_itself_at_any_gain_scores_one() -> None:
    clean = speechlike(2.0)
    reference = prepare(clean, RATE)
    for factor in (1.0, 0.01, 3.0):
        assert estoi(reference, clean * np.float32(factor)) == pytest.approx(1.0, abs=1e-3)


def test_silence_and_noise_alone_score_about_zero() -> None:
    clean = speechlike(3.0)
    reference = prepare(clean, RATE)
    assert estoi(reference, np.zeros_like(clean)) == pytest.approx(0, abs=1e-6)
    found = estoi(reference, noisy(np.zeros_like(clean) + np.float32(1e-3), -60, seed=3))
    assert found == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("frames", [0, 1, 300, 4000])
def test_too_little_speech_cannot_be_told(frames: int) -> None:
    short = speechlike(1.0)[:frames]
    assert estoi(prepare(short, RATE), short) is None


def test_silent_parents_cannot_be_told() -> None:
    silence = np.zeros(RATE, np.float32)
    assert estoi(prepare(silence, RATE), silence) is None


def test_another_length_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="15999 frames"):
        estoi(prepare(speechlike(1.0), RATE), speechlike(1.0)[:-1])


def test_inputs_are_not_written_to() -> None:
    clean = speechlike(1.0)
    after = noisy(clean, 5, seed=2)
    copies = clean.copy(), after.copy()
    estoi(prepare(clean, RATE), after)
    np.testing.assert_array_equal(clean, copies[0])
    np.testing.assert_array_equal(after, copies[1])
