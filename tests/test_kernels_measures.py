"""Single numbers about a sound, on sounds where the truth is known."""

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt
from speechlike import speechlike

from augmentor.core.example import Waveform
from augmentor.kernels.codec import SUBTYPES, narrow_band
from augmentor.kernels.dynamics import overdrive
from augmentor.kernels.measures import (
    NARROW_HZ,
    bandwidth_hz,
    clipped_run_s,
    peak,
    silence_frac,
)

RATE = 16000
NOTHING = np.zeros(0, np.float32)


def test_peak_is_the_largest_on_either_side() -> None:
    assert peak(np.array([0.2, -0.7, 0.5], np.float32)) == pytest.approx(0.7)
    assert peak(NOTHING) == 0


@pytest.mark.parametrize("scale", [1.0, 0.3, 0.01])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_flat_top_is_found_at_any_level(scale: float, sign: int) -> None:
    tone = np.sin(2 * np.pi * 100 * np.arange(RATE) / RATE)
    flat = (sign * scale * np.minimum(tone, 0.5)).astype(np.float32)
    # Above half of its height a sine spends a third of its period.
    assert clipped_run_s(flat, RATE) == pytest.approx(0.01 / 3, abs=2.5 / RATE)


def test_flat_tops_survive_sixteen_bits() -> None:
    cut, _ = overdrive(Waveform(speechlike(2.0), RATE), overdrive_db=12)
    for factor in (1.0, 0.2):
        whole = np.rint(cut.samples * np.float32(32768 * factor)) / np.float32(32768)
        assert clipped_run_s(whole, RATE) >= clipped_run_s(cut.samples, RATE) > 3e-4


@pytest.mark.parametrize("top", [0.99999, 0.5, 0.05])
def test_whole_speech_has_no_flat_top(top: float) -> None:
    for seed in range(5):
        sound = speechlike(2.0, seed=seed, peak=top)
        whole = np.rint(sound * np.float32(32768)) / np.float32(32768)
        assert clipped_run_s(whole, RATE) <= 4 / RATE


def test_silence_has_no_flat_top() -> None:
    assert clipped_run_s(np.zeros(RATE, np.float32), RATE) == 0
    assert clipped_run_s(NOTHING, RATE) == 0


@pytest.mark.parametrize("pause_s", [0.0, 0.5, 2.0])
def test_the_silent_share_is_the_share_of_silence(pause_s: float) -> None:
    noise = np.random.Generator(np.random.Philox(key=2)).standard_normal(RATE) * 0.1
    sound = np.concatenate([noise, np.zeros(int(pause_s * RATE))]).astype(np.float32)
    assert silence_frac(sound, RATE) == pytest.approx(pause_s / (1 + pause_s), abs=0.02)


def test_silence_begins_sixty_decibels_below_full_scale() -> None:
    tone = np.sqrt(2) * np.sin(2 * np.pi * 200 * np.arange(RATE) / RATE)
    assert silence_frac((tone * 10 ** (-59.5 / 20)).astype(np.float32), RATE) == 0
    assert silence_frac((tone * 10 ** (-60.5 / 20)).astype(np.float32), RATE) == 1
    assert silence_frac(NOTHING, RATE) == 1


@pytest.mark.parametrize("edge_hz", [1000, 2500, 3400, 5000, 6500])
def test_bandwidth_is_the_filter_s_edge(edge_hz: float) -> None:
    noise = np.random.Generator(np.random.Philox(key=5)).standard_normal(3 * RATE) * 0.1
    filtered = sosfiltfilt(butter(20, edge_hz, fs=RATE, output="sos"), noise)
    found = bandwidth_hz(filtered.astype(np.float32), RATE)
    assert edge_hz <= found <= edge_hz * 1.2 + 125  # the filter falls over a part of its edge


@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100, 48000])
def test_white_noise_fills_the_band_at_any_rate(rate_hz: int) -> None:
    noise = np.random.Generator(np.random.Philox(key=5)).standard_normal(rate_hz) * 0.1
    assert bandwidth_hz(noise.astype(np.float32), rate_hz) == pytest.approx(rate_hz / 2)


@pytest.mark.parametrize("kind", SUBTYPES)
@pytest.mark.parametrize("seed", range(3))
def test_telephone_speech_is_told_from_whole_speech(kind: str, seed: int) -> None:
    """With people in the background too, when they were heard through the same line."""
    sound = speechlike(3.0, seed=seed)
    babble = sum(speechlike(3.0, seed=seed + other) for other in range(10, 15))
    for scene in (sound, (sound + 0.2 * babble).astype(np.float32)):
        assert bandwidth_hz(scene, RATE) > 7000
        coded = narrow_band(Waveform(scene, RATE), kind=kind)[0].samples
        for factor in (1.0, 0.1):
            whole = np.rint(coded * np.float32(32768 * factor)) / np.float32(32768)
            assert bandwidth_hz(whole, RATE) < 4200 < NARROW_HZ


def test_silence_and_clips_of_one_frame_have_a_bandwidth() -> None:
    assert bandwidth_hz(np.zeros(RATE, np.float32), RATE) == 0
    assert bandwidth_hz(NOTHING, RATE) == 0
    assert 0 <= bandwidth_hz(np.ones(1, np.float32), RATE) <= RATE / 2
