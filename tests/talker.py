"""A talking machine for tests: vowels by formants and hisses by bands, phone after phone."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

RATE_HZ = 16000
_STEP = 80  # frames between which a filter stands still

# Formants of voiced sounds, Hz (after Peterson and Barney 1952, and Klatt 1980); loudness; seconds.
_VOICED = {
    "iy": (300, 2300, 3000, 1.0, 0.13), "ih": (420, 2000, 2550, 1.0, 0.09),
    "eh": (560, 1850, 2500, 1.0, 0.11), "ae": (680, 1720, 2450, 1.0, 0.15),
    "aa": (740, 1120, 2500, 1.0, 0.15), "ah": (640, 1190, 2400, 1.0, 0.09),
    "ao": (580, 880, 2500, 1.0, 0.14), "uw": (320, 900, 2250, 1.0, 0.13),
    "er": (490, 1350, 1700, 1.0, 0.13), "l": (360, 1000, 2700, 0.6, 0.07),
    "r": (350, 1150, 1500, 0.6, 0.07), "w": (300, 650, 2200, 0.5, 0.07),
    "y": (280, 2250, 3000, 0.5, 0.06), "m": (280, 1000, 2200, 0.3, 0.08),
    "n": (280, 1600, 2600, 0.3, 0.08),
}  # fmt: skip
# Middle and width of the hiss, Hz; loudness; seconds of silence before, and of the hiss.
_HISS = {
    "s": (6200, 2500, 0.35, 0.0, 0.12), "sh": (3200, 1800, 0.4, 0.0, 0.12),
    "f": (5500, 6000, 0.08, 0.0, 0.1), "hh": (1500, 2000, 0.08, 0.0, 0.06),
    "t": (4800, 3000, 0.35, 0.06, 0.03), "k": (2200, 1200, 0.35, 0.06, 0.035),
    "p": (1000, 1200, 0.3, 0.06, 0.02),
}  # fmt: skip
_TWO = {"ay": ("aa", "ih"), "ey": ("eh", "iy"), "ow": ("ao", "uw"), "aw": ("aa", "uw")}

SENTENCES = {
    "a pack of fresh meat": "ah p ae k ah f f r eh sh m iy t",
    "come at ten": "k ah m ae t t eh n",
    "cut four apples": "k ah t f ao r ae p ah l s",
    "fish for supper": "f ih sh f ao r s ah p er",
    "four minutes": "f ao r m ih n ah t s",
    "her shoes match": "hh er sh uw s m ae t sh",
    "how tall is paul": "hh aw t ao l ih s p ao l",
    "my aunt is in paris": "m ay ae n t ih s ih n p eh r ih s",
    "nine cats sleep": "n ay n k ae t s s l iy p",
    "our team lost": "aw er t iy m l ao s t",
    "please call tomorrow": "p l iy s k ao l t ah m aa r ow",
    "please press fifteen": "p l iy s p r eh s f ih f t iy n",
    "ten clean shirts": "t eh n k l iy n sh er t s",
    "turn on a small lamp": "t er n aa n ah s m ao l l ae m p",
    "we are ten people": "w iy aa r t eh n p iy p ah l",
    "who ate my lunch": "hh uw ey t m ay l ah n t sh",
    "you can not win": "y uw k ae n n aa t w ih n",
}
"""What it can say, as phones."""


@cache
def say(sentence: str, seed: int = 0) -> NDArray[np.float32]:
    """Return a sentence as sound, float32 [frames] at 16 kHz; another seed, another voice."""
    chance = np.random.Generator(np.random.Philox(key=seed))
    pitch_hz, length = 105 + 25 * chance.random(), 1.0 + 0.2 * chance.random()
    phones = [one for each in SENTENCES[sentence].split() for one in _TWO.get(each, (each,))]
    rows: list[tuple[float, ...]] = []  # formants, loudness of voice and of hiss, its band
    for phone in phones:
        if phone in _VOICED:
            f1, f2, f3, loud, lasts = _VOICED[phone]
            rows += [(f1, f2, f3, loud, 0, 3000, 2000)] * round(lasts * length * RATE_HZ / _STEP)
        else:
            middle, wide, loud, still, lasts = _HISS[phone]
            f = rows[-1][:3] if rows else (500, 1500, 2500)
            rows += [(*f, 0, 0, middle, wide)] * round(still * length * RATE_HZ / _STEP)
            rows += [(*f, 0, loud, middle, wide)] * round(lasts * length * RATE_HZ / _STEP)
    table = np.array(rows)
    kernel = np.hanning(11)[1:-1] / np.hanning(11).sum()
    for column in range(3):  # the tongue takes 40 ms from place to place
        padded = np.pad(table[:, column], 4, mode="edge")
        table[:, column] = np.convolve(padded, kernel, mode="valid")
    for column in (3, 4):  # and the voice 10 ms to start and stop
        padded = np.pad(table[:, column], 1, mode="edge")
        table[:, column] = np.convolve(padded, [0.25, 0.5, 0.25], mode="valid")
    quiet = np.zeros(RATE_HZ // 4)
    sound = np.concatenate([quiet, _voice(table, pitch_hz, chance), quiet])
    sound += 1e-4 * chance.standard_normal(len(sound))
    said = (0.5 * sound / np.abs(sound).max()).astype(np.float32)
    said.setflags(write=False)  # it is handed out again
    return said


def _voice(
    table: NDArray[np.float64], pitch_hz: float, chance: np.random.Generator
) -> NDArray[np.float64]:
    """Return a train of pulses and a noise, each through the filters of its 5 ms."""
    frames = len(table) * _STEP
    falling = pitch_hz * np.linspace(1.15, 0.85, frames)
    pulses = np.diff(np.floor(np.cumsum(falling) / RATE_HZ), prepend=0)
    source = lfilter([1], [1, -1.8, 0.81], pulses) * 0.3 + 0.01 * chance.standard_normal(frames)
    source = np.diff(source, prepend=0)
    noise = chance.standard_normal(frames)
    parts, states = [], [np.zeros(2) for _ in range(6)]
    for at, (f1, f2, f3, loud, hiss, middle, wide) in enumerate(table):
        here = slice(at * _STEP, (at + 1) * _STEP)
        voiced = source[here] * loud
        for n, (f, width) in enumerate(((f1, 70), (f2, 100), (f3, 150), (3600, 250), (4500, 350))):
            voiced, states[n] = _resonance(voiced, f, width, states[n])
        hissed, states[5] = _resonance(noise[here], middle, wide, states[5])
        parts.append(voiced + hiss * 0.1 * hissed)
    return np.concatenate(parts)


def _resonance(
    x: NDArray[np.float64], f_hz: float, width_hz: float, state: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    radius = np.exp(-np.pi * width_hz / RATE_HZ)
    a = [1, -2 * radius * np.cos(2 * np.pi * f_hz / RATE_HZ), radius * radius]
    return lfilter([sum(a)], a, x, zi=state)
