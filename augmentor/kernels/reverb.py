"""Speech in a room: what walls add to the sound that comes straight."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.assets import Tape
from augmentor.core.example import Waveform
from augmentor.kernels.dynamics import below_full_scale
from augmentor.kernels.level import energy_shift_db

SOUND_M_S = 343.0
_EARLY_S = 0.05  # reflections one by one until here, a dense tail after
_MARGIN_M = 0.3  # nearest that mouth or microphone come to a wall
_LOWEST_HZ = 100.0  # below, echoes that are all positive would add up to rumble


def reverberate(
    wave: Waveform, *, response: Tape | None = None, **room_shape: Any
) -> tuple[Waveform, dict[str, Any]]:
    """Put the speech where a response was measured, or into a made-up room.

    Parameters
    ----------
    wave : the speech.
    response : a measured impulse response, or None for a room.
    room_shape : the parameters of `room`.
    """
    return room(wave, **room_shape) if response is None else place(wave, response=response)


def place(wave: Waveform, *, response: Tape) -> tuple[Waveform, dict[str, Any]]:
    """Put the speech where an impulse response was measured.

    The response's largest sample is taken as the straight sound: it is moved to time 0 and
    scaled to 1, so labels in time and the speech's own level stay true.

    Parameters
    ----------
    wave : the speech, as near as it was recorded.
    response : the measured response; what comes before its straight sound is cut.

    Returns
    -------
    As `room`; ``rt60_s`` is None where the response is too short to show it.
    """
    measured = response.samples.astype(np.float64)
    straight = int(np.abs(measured).argmax())
    echoes = measured[straight:] / measured[straight]
    echoes[0] = 0.0
    return _with_echoes(wave, echoes, {})


def room(
    wave: Waveform,
    *,
    rt60_s: float,
    distance_m: float,
    length_m: float,
    width_m: float,
    height_m: float,
    seed: int,
) -> tuple[Waveform, dict[str, Any]]:
    """Put the speech into a box-shaped room, some way from the microphone.

    The straight sound stays where and as loud as it was, so labels in time stay true; the
    walls' part is added to it. The tail after the clip's end is cut.

    Parameters
    ----------
    wave : the speech, as near as it was recorded.
    rt60_s : seconds in which the sound in the room falls by 60 dB.
    distance_m : from mouth to microphone.
    length_m, width_m, height_m : the room.
    seed : whole number; it places mouth and microphone and makes the tail.

    Returns
    -------
    The sound, turned down as a whole where it would clip, and notes: as measured, ``rt60_s``,
    ``drr_db`` (straight sound over the walls' part) and ``distance_m`` (less than asked where
    the room is too small), ``level_shift_db``, ``headroom_db``.
    """
    size_m = np.array([length_m, width_m, height_m])
    echoes, reached_m = room_echoes(wave.rate_hz, size_m, rt60_s, distance_m, seed)
    return _with_echoes(wave, echoes, {"distance_m": round(reached_m, 4)})


def _with_echoes(
    wave: Waveform, echoes: NDArray[np.float64], notes: dict[str, Any]
) -> tuple[Waveform, dict[str, Any]]:
    """Add echoes to the straight sound, and say what was added."""
    from scipy.signal import oaconvolve

    frames = len(wave.samples)
    energy = float(np.square(echoes).sum())
    samples = wave.samples.copy()
    if frames:
        samples += oaconvolve(wave.samples, echoes.astype(np.float32), mode="full")[:frames]
    samples, headroom_db = below_full_scale(samples)
    shift_db = energy_shift_db(wave.samples, samples)
    notes |= {
        "rt60_s": decay_s(echoes, wave.rate_hz),
        "drr_db": round(-10 * math.log10(energy), 4) if energy else None,
        "level_shift_db": shift_db,
        "headroom_db": headroom_db,
    }
    return wave.changed(samples, shift_db), notes


def room_echoes(
    rate_hz: int, size_m: NDArray[np.float64], rt60_s: float, distance_m: float, seed: int
) -> tuple[NDArray[np.float64], float]:
    """Return a room's impulse response without the straight sound, which is 1 at time 0.

    Reflections come from mirror images of the mouth until 50 ms, then from noise with the
    power such images have on average. Both fall by 60 dB in `rt60_s`.

    Parameters
    ----------
    rate_hz : frames per second.
    size_m : float64 [3].
    rt60_s, distance_m, seed : see `room`.

    Returns
    -------
    float64 [about rt60_s * rate_hz], and the distance of mouth and microphone.

    References
    ----------
    J. B. Allen and D. A. Berkley, Image method for efficiently simulating small-room acoustics,
    JASA 65(4), 1979: the images, and the high-pass against the rumble of positive echoes. The
    images' mean power follows from their density 4 pi c^3 t^2 / V and spreading 1 / (c t).
    """
    from scipy.signal import butter, sosfilt

    length = max(2, math.ceil(rt60_s * rate_hz))
    chance = np.random.Philox(key=seed)
    mouth, microphone = _places(size_m, distance_m, chance)
    reached_m = math.dist(mouth, microphone)
    time_s = np.arange(length) / rate_hz
    power = 4 * math.pi * SOUND_M_S * reached_m**2 / (float(size_m.prod()) * rate_hz)
    echoes = _bell(chance, length) * math.sqrt(power)
    early = min(length, round(_EARLY_S * rate_hz))
    echoes[:early] = _images(mouth, microphone, size_m, rate_hz, early)
    echoes *= 10 ** (-3 * time_s / rt60_s)
    echoes = sosfilt(butter(2, _LOWEST_HZ, "highpass", fs=rate_hz, output="sos"), echoes)
    return echoes, reached_m


def decay_s(echoes: NDArray[np.float64], rate_hz: int) -> float | None:
    """Measure in how many seconds a response falls by 60 dB, from its fall between 5 and 25 dB.

    None where it does not fall so far, or at once.

    References
    ----------
    M. R. Schroeder, New Method of Measuring Reverberation Time, JASA 37, 1965; ISO 3382-2 (T20).
    """
    left = np.cumsum(np.square(echoes)[::-1])[::-1]
    if not left[0]:
        return None
    left_db = 10 * np.log10(np.maximum(left / left[0], 1e-12))
    fit = np.flatnonzero((left_db <= -5) & (left_db >= -25))
    if len(fit) < 3:
        return None
    time_s = fit / rate_hz
    time_s = time_s - time_s.mean()
    slope = float((time_s * left_db[fit]).sum() / np.square(time_s).sum())
    return round(-60 / slope, 4)


def _uniform(chance: np.random.Philox, count: int) -> NDArray[np.float64]:
    words = chance.random_raw(count) >> np.uint64(11)
    return np.asarray(words * 2.0**-53, dtype=np.float64)


def _bell(chance: np.random.Philox, count: int) -> NDArray[np.float64]:
    """Return noise of variance 1: sums of eight random bytes, the same in every library."""
    sums = chance.random_raw(count).view(np.uint8).reshape(count, 8).sum(axis=1, dtype=np.int64)
    return np.asarray((sums - 8 * 127.5) / math.sqrt(8 * (256**2 - 1) / 12), dtype=np.float64)


def _places(
    size_m: NDArray[np.float64], distance_m: float, chance: np.random.Philox
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where mouth and microphone are: so far apart, and nearer where they do not fit."""
    while True:
        *at, turn, rise = _uniform(chance, 5)
        microphone = _MARGIN_M + np.array(at) * (size_m - 2 * _MARGIN_M)
        up = 0.6 * (rise - 0.5)  # people speak about level with the microphone
        flat, angle = math.sqrt(1 - up * up), 2 * math.pi * turn
        way = np.array([flat * math.cos(angle), flat * math.sin(angle), up])
        mouth = microphone + distance_m * way
        if np.all((mouth >= _MARGIN_M) & (mouth <= size_m - _MARGIN_M)):
            return mouth, microphone
        distance_m *= 0.98


def _images(
    mouth: NDArray[np.float64],
    microphone: NDArray[np.float64],
    size_m: NDArray[np.float64],
    rate_hz: int,
    frames: int,
) -> NDArray[np.float64]:
    """Return float64 [frames], the mirror images' sound without losses, straight sound 1."""
    near = math.dist(mouth, microphone)
    reach_m = SOUND_M_S * frames / rate_hz + near
    squares = []
    for axis in range(3):
        most = math.ceil(reach_m / (2 * size_m[axis])) + 1
        rooms = 2 * size_m[axis] * np.arange(-most, most + 1)
        images = np.concatenate([rooms + mouth[axis], rooms - mouth[axis]])
        squares.append(np.square(images - microphone[axis]))
    far = np.sqrt(
        squares[0][:, None, None] + squares[1][None, :, None] + squares[2][None, None, :]
    ).ravel()
    at = np.rint((far - near) * (rate_hz / SOUND_M_S)).astype(np.int64)
    heard = (at < frames) & (far > near * (1 + 1e-9))
    heights = np.bincount(at[heard], weights=near / far[heard], minlength=frames)
    return heights.astype(np.float64, copy=False)
