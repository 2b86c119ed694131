"""Pictures of sound: one scale of loudness for all."""

import numpy as np
import pytest
from speechlike import speechlike

from augmentor.kernels.spectrogram import mel_spectrogram_db


@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100])
def test_a_full_scale_tone_is_at_zero_decibels_in_one_band(rate_hz: int) -> None:
    tone = np.sin(2 * np.pi * 1000 * np.arange(rate_hz) / rate_hz).astype(np.float32)
    picture = mel_spectrogram_db(tone, rate_hz)
    assert picture.shape == (64, 1 + rate_hz // round(rate_hz * 0.01))
    assert picture.dtype == np.float32
    middle = picture[:, 20:-20].mean(axis=1)
    assert middle.max() == pytest.approx(0, abs=4)
    assert np.sort(middle)[-8] < -30


def test_a_gain_moves_every_point_alike() -> None:
    sound = speechlike(1.0)
    loud = mel_spectrogram_db(sound, 16000, floor_db=-200)
    soft = mel_spectrogram_db(sound * np.float32(0.1), 16000, floor_db=-200)
    np.testing.assert_allclose(loud - soft, 20, atol=0.1)


def test_silence_is_the_floor() -> None:
    for frames in (0, 10, 16000):
        picture = mel_spectrogram_db(np.zeros(frames, np.float32), 16000, floor_db=-80)
        np.testing.assert_allclose(picture, -80, atol=1e-4)


def test_it_is_the_mel_spectrogram_that_librosa_makes() -> None:
    """The oracle takes seconds to import, so only its filters are used outside the tests."""
    import librosa

    sound = speechlike(1.0)
    power = librosa.feature.melspectrogram(
        y=sound, sr=16000, n_fft=2048, win_length=512, hop_length=160, n_mels=64, norm=None
    )
    ours = mel_spectrogram_db(sound, 16000, floor_db=-200)
    theirs = 10 * np.log10(power / (2048 * np.square(np.hanning(512)).sum() / 4))
    np.testing.assert_allclose(ours, np.maximum(theirs, -200), atol=1e-3)
