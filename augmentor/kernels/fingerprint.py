"""Telling the same recording again: coded, resampled, louder, cut elsewhere, under other sound.

A print holds how the balance between neighbouring bands moves in time. Gain and filters leave
that alone, codecs blur it, and two recordings share it by chance only for moments. Whole words
of its signs find where two prints may lie on each other; how well they do is then measured.

References
----------
Haitsma and Kalker 2002, "A highly robust audio fingerprinting system", for the signs of
differences of band energies along time and frequency, and for trying the weakest bits both ways.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Print = NDArray[np.int8]
"""Of a sound: int8 [frames, BITS], 0 where there is nothing to hear."""

HOP_S = 0.02
WINDOW_S = 0.1
BITS = 16
LOW_HZ, HIGH_HZ = 300.0, 3400.0  # what a telephone passes
LAG = 2  # hops between the moments that are compared
STEPS = 7  # of a print's numbers, either side of 0
SILENT_DB = -50.0  # re the loudest moment: nothing to hear
FLOOR_DB = -60.0

LIKENESS, SURE = 0.7, 3.0
"""A clear match: correlation, and correlation x root of the frames that lie on each other."""
SURE_PART = 4.5
"""The same where these are less than half of the shorter sound: ends meet by chance more often."""
SURE_ANYWAY = 6.5
"""So many frames agree that the correlation may be less: it lies under another sound."""

_WEAK_BITS = 3
_CANDIDATES = 20
_COMMON = 2000  # a word found in so many places says nothing
_PIECE = 500  # frames that look for candidates together, 10 s
_ONCE = 1024  # frames that are transformed at once
_LEAST = 5  # frames


@dataclass(frozen=True, slots=True)
class Match:
    """Two sounds that are one recording, at least in part.

    Parameters
    ----------
    which : place of the known sound.
    likeness : correlation of the prints where they lie on each other, -1 to 1.
    seconds : how much lies on each other.
    """

    which: int
    likeness: float
    seconds: float

    @property
    def said(self) -> str:
        """How alike they are, in words."""
        return f"alike {self.likeness:.2f} over {self.seconds:.1f} s"


def sound_print(samples: NDArray[np.float32], rate_hz: int) -> Print:
    """Return the print of a sound, a row every `HOP_S`.

    Parameters
    ----------
    samples : float32 [frames].
    rate_hz : any; below 6800 Hz the upper bands are empty.
    """
    size = round(WINDOW_S * rate_hz)
    if len(samples) < size:
        samples = np.pad(samples, (0, size - len(samples)))
    count = int((len(samples) - size) / (HOP_S * rate_hz)) + 1
    starts = np.rint(np.arange(count) * (HOP_S * rate_hz)).astype(np.int64)
    edges = np.rint(np.geomspace(LOW_HZ, HIGH_HZ, BITS + 2) * size / rate_hz).astype(np.int64)
    edges = np.minimum(edges, size // 2 + 1)
    window = np.hanning(size).astype(np.float32)
    view = np.lib.stride_tricks.sliding_window_view(samples, size)
    energy = np.empty((count, BITS + 1))
    for at in range(0, count, _ONCE):
        spectrum = np.abs(np.fft.rfft(view[starts[at : at + _ONCE]] * window)) ** 2
        sums = np.cumsum(np.pad(spectrum, ((0, 0), (1, 0))), axis=1)
        energy[at : at + _ONCE] = np.diff(sums[:, edges], axis=1)
    total = energy.sum(axis=1)
    loudest = float(total.max(initial=0.0))
    if loudest <= 0 or count <= LAG:
        return np.zeros((0, BITS), np.int8)
    slope = np.diff(np.log(energy + loudest * 10 ** (FLOOR_DB / 10) / BITS), axis=1)
    heard = total > loudest * 10 ** (SILENT_DB / 10)
    turned = np.tanh(slope[LAG:] - slope[:-LAG])
    moved: Print = np.rint(turned * STEPS).astype(np.int8)
    moved[~(heard[LAG:] & heard[:-LAG])] = 0
    return moved


class SoundIndex:
    """Known sounds, to be found again.

    Parameters
    ----------
    prints : of each.
    """

    def __init__(self, prints: Sequence[Print]) -> None:
        self.prints = prints
        self._heard = [int(one.any(axis=1).sum()) for one in prints]
        which = np.repeat(np.arange(len(prints), dtype=np.int32), [len(one) for one in prints])
        frame = np.concatenate(
            [*(np.arange(len(one), dtype=np.int32) for one in prints), which[:0]]
        )
        rows = np.concatenate([*prints, np.zeros((0, BITS), np.int8)])
        heard = rows.any(axis=1)
        words = _words(rows)[heard]
        order = np.argsort(words, kind="stable")
        self._which, self._frame = which[heard][order], frame[heard][order]
        self._first = np.searchsorted(words[order], np.arange((1 << BITS) + 1))

    def find(self, sound: Print) -> list[Match]:
        """Return the known sounds that share a recording with one, the most alike first."""
        best: dict[int, tuple[float, Match]] = {}
        heard = int(sound.any(axis=1).sum())
        for at in range(0, len(sound), _PIECE):
            for which, shift in self._candidates(sound[at : at + _PIECE], at):
                sure, match = self._judged(sound, which, shift)
                shorter = HOP_S * min(heard, self._heard[which])
                least = SURE if 2 * match.seconds >= shorter else SURE_PART
                good = match.likeness >= LIKENESS and sure >= least
                if (good or sure >= SURE_ANYWAY) and sure > best.get(which, (0.0, None))[0]:
                    best[which] = (sure, match)
        ordered = sorted(best.values(), key=lambda one: (-one[0], one[1].which))
        return [match for _, match in ordered]

    def _candidates(self, rows: Print, at: int) -> list[tuple[int, int]]:
        """Return (which, shift) where most words agree, for a piece that starts at a frame."""
        frames = np.flatnonzero(rows.any(axis=1))
        words, flips = _words(rows[frames]), _flips(rows[frames])
        tried = (words[:, None] ^ flips).ravel()
        frames = np.repeat(frames + at, flips.shape[1])
        begin, count = self._first[tried], self._first[tried + 1] - self._first[tried]
        count[count > _COMMON] = 0
        total = int(count.sum())
        if not total:
            return []
        starts = np.cumsum(count) - count
        places = np.repeat(begin - starts, count) + np.arange(total)
        shift = self._frame[places] - np.repeat(frames, count)
        key = (self._which[places].astype(np.int64) << 32) + (shift + (1 << 31))
        found, votes = np.unique(key, return_counts=True)
        most = np.argsort(-votes, kind="stable")[:_CANDIDATES]
        return [(int(one >> 32), int(one & 0xFFFFFFFF) - (1 << 31)) for one in found[most]]

    def _judged(self, sound: Print, which: int, shift: int) -> tuple[float, Match]:
        """Return how surely a sound lies on a known one near a shift, and the match it would be."""
        known = self.prints[which]
        sure, match = 0.0, Match(which, 0.0, 0.0)
        for near in (shift - 1, shift, shift + 1):
            start, stop = max(0, -near), min(len(sound), len(known) - near)
            if stop - start < _LEAST:
                continue
            ours = sound[start:stop].astype(np.float32)
            theirs = known[start + near : stop + near].astype(np.float32)
            both = int((ours.any(axis=1) & theirs.any(axis=1)).sum())
            # Sound that lies on silence counts against it: the norms are of all frames.
            norm = float(np.sqrt((ours**2).sum() * (theirs**2).sum()))
            likeness = float((ours * theirs).sum()) / norm if norm else 0.0
            if both >= _LEAST and likeness * both**0.5 > sure:
                sure = likeness * both**0.5
                match = Match(which, round(likeness, 4), round(both * HOP_S, 2))
        return sure, match


def _words(rows: Print) -> NDArray[np.int64]:
    """Return the signs of each row as one number."""
    return np.asarray((rows > 0) @ (1 << np.arange(BITS)), np.int64)


def _flips(rows: Print) -> NDArray[np.int64]:
    """Return every way to turn the weakest bits of each row, [rows, ways]."""
    weak = np.argsort(np.abs(rows), axis=1, kind="stable")[:, :_WEAK_BITS]
    ways = (np.arange(1 << _WEAK_BITS)[:, None] >> np.arange(_WEAK_BITS)) & 1
    return np.asarray((1 << weak.astype(np.int64)) @ ways.T, np.int64)
