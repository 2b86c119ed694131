"""Reverberation time without the response, on speech in rooms whose response is known."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import oaconvolve
from speechlike import speechlike

from augmentor.core.example import Waveform
from augmentor.kernels.decay import rt60_s
from augmentor.kernels.reverb import room

RATE = 16000
ROOMS = ((4.0, 3.0, 2.5), (6.0, 5.0, 3.0), (9.0, 7.0, 3.2))
SEEDS = range(6)


def in_room(seconds: float, seed: int, distance_m: float = 1.5) -> NDArray[np.float32]:
    """Return 8 s of speech in a room of the image method."""
    length_m, width_m, height_m = ROOMS[seed % 3]
    heard, _ = room(
        Waveform(speechlike(8.0, seed=seed), RATE), rt60_s=seconds, distance_m=distance_m,
        length_m=length_m, width_m=width_m, height_m=height_m, seed=seed,
    )  # fmt: skip
    return heard.samples


@pytest.mark.parametrize("distance_m", [0.7, 1.5])
@pytest.mark.parametrize(
    ("seconds", "short_s", "long_s"),
    [(0.2, 0.1, 0.1), (0.3, 0.1, 0.1), (0.4, 0.12, 0.1), (0.5, 0.12, 0.1), (0.6, 0.15, 0.25),
     (0.8, 0.2, 0.2)],
)  # fmt: skip
def test_the_room_is_found(
    seconds: float, short_s: float, long_s: float, distance_m: float
) -> None:
    """The middle of six lies within the error that is stated, and most of them do."""
    found = [rt60_s(in_room(seconds, seed, distance_m), RATE) for seed in SEEDS]
    told = [one for one in found if one is not None]
    assert len(told) >= 5
    assert np.median(told) == pytest.approx(seconds, rel=0.25)
    within = [-short_s <= one - seconds <= long_s for one in told]
    assert sum(within) >= len(within) - 1


@pytest.mark.parametrize("seconds", [0.2, 0.4, 0.6])
def test_a_known_exponential_is_found(seconds: float) -> None:
    """Noise that dies away exponentially, as loud as the straight sound: no room at all in it."""
    time_s = np.arange(RATE) / RATE
    for seed in SEEDS:
        bell = np.random.Generator(np.random.Philox(key=50 + seed)).standard_normal(RATE)
        tail = bell * 10 ** (-3 * time_s / seconds)
        tail /= np.sqrt(np.square(tail).sum())
        tail[0] = 1
        dry = speechlike(8.0, seed=seed)
        heard = oaconvolve(dry, tail)[: len(dry)].astype(np.float32)
        assert rt60_s(heard, RATE) == pytest.approx(seconds, abs=0.1)


def test_a_live_room_is_told_from_a_dry_one() -> None:
    """The shipped threshold, 0.5 s, parts rooms of 0.4 s from rooms of 0.7 s, clip by clip."""
    for seed in SEEDS:
        assert rt60_s(in_room(0.4, seed), RATE) < 0.5
        assert rt60_s(in_room(0.7, seed), RATE) > 0.5


def test_noise_makes_it_longer_or_unknown_but_not_dry() -> None:
    """At an SNR of 20 dB a live room is not taken for a dry one."""
    for seed in SEEDS:
        heard = in_room(0.8, seed)
        hiss = np.random.Generator(np.random.Philox(key=seed)).standard_normal(len(heard))
        noisy = heard + hiss * 0.1 * np.sqrt(np.square(heard).mean())
        found = rt60_s(noisy.astype(np.float32), RATE)
        assert found is None or found > 0.5


def test_level_and_rate_do_not_matter() -> None:
    heard = in_room(0.4, 1)
    found = rt60_s(heard, RATE)
    assert rt60_s(heard * np.float32(0.01), RATE) == pytest.approx(found, abs=0.01)
    halved = oaconvolve(heard, np.sinc(np.arange(-64, 65) / 2) / 2, mode="same")[::2]
    assert rt60_s(halved.astype(np.float32), RATE // 2) == pytest.approx(found, abs=0.05)


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(RATE),
        0.3 * np.sin(0.1 * np.arange(2 * RATE)),
        0.1 * np.random.Generator(np.random.Philox(key=3)).standard_normal(5 * RATE),
        np.zeros(0),
        np.ones(319),
    ],
    ids=["silence", "tone", "noise", "nothing", "too short"],
)
def test_where_nothing_dies_away_it_is_undefined(sound: NDArray) -> None:
    assert rt60_s(sound.astype(np.float32), RATE) is None


def test_a_rate_too_low_for_speech_is_undefined() -> None:
    assert rt60_s(np.ones(500, np.float32), 400) is None
