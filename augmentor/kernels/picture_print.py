"""Telling the same picture again: coded, resized, brighter, mirrored or turned.

A hash of the coarse light and dark finds pictures that may be the same. Then their fine
structure is compared, without straight lines along the edges, which busbars and joints share.
Two parts of one kind look alike: unless the likeness is great, it must be well above that of
other known pictures.

References
----------
Zauner 2010, "Implementation and benchmarking of perceptual image hash functions", for the signs
of the low frequencies of the cosine transform. Lowe 2004, "Distinctive image features from
scale-invariant keypoints", for holding the best match against the next ones.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from augmentor.core.pictures import Pixels, white_of

SIDE_PX = 32
SAME = 0.9
"""Correlation of the fine structure above which two pictures are one."""
ALIKE, ABOVE_OTHERS = 0.7, 0.35
"""Or above the first, and by the second above the fifth most alike of the known pictures."""

_BITS_OFF = 14  # of 63
_CANDIDATES = 20
_OTHERS = 5
_EDGE_PX = 3
_BLANK_FRAC = 0.002  # standard deviation re white
_LEVELS = 65535

Small = NDArray[np.uint16]
"""Of a picture: uint16 [SIDE_PX, SIDE_PX], its light stretched over all levels; 0 by 0: blank."""


@dataclass(frozen=True, slots=True)
class PictureMatch:
    """Two pictures that show the same.

    Parameters
    ----------
    which : place of the known picture.
    likeness : correlation of the fine structure, -1 to 1.
    """

    which: int
    likeness: float

    @property
    def said(self) -> str:
        """How alike they are, in words."""
        return f"alike {self.likeness:.2f}"


def picture_print(pixels: Pixels) -> Small:
    """Return a small grey copy of a picture; nothing of a blank one, which no print can tell."""
    import cv2

    light = np.nan_to_num(pixels.astype(np.float32)) / np.float32(white_of(pixels))
    grey = light if light.ndim == 2 else light @ np.array([0.299, 0.587, 0.114], np.float32)
    small = cv2.resize(grey, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    if float(small.std()) < _BLANK_FRAC:
        return np.zeros((0, 0), np.uint16)
    low, high = float(small.min()), float(small.max())
    return np.asarray(np.rint((small - low) / (high - low) * _LEVELS), np.uint16)


class PictureIndex:
    """Known pictures, to be found again.

    Parameters
    ----------
    prints : of each.
    """

    def __init__(self, prints: Sequence[Small]) -> None:
        self.places = [place for place, one in enumerate(prints) if one.size]
        kept = [prints[place].astype(np.float64) / _LEVELS for place in self.places]
        looks = [_fine(one).ravel() for one in kept]
        self._looks = np.array(looks, np.float32)
        self._signs = np.array([_signs(one) for one in kept], np.float32)

    def find(self, picture: Small) -> list[PictureMatch]:
        """Return the known pictures that show the same as one, the most alike first."""
        if not picture.size or not self.places:
            return []
        turned = list(_turned(picture.astype(np.float64) / _LEVELS))
        signs = np.array([_signs(one) for one in turned], np.float32)
        off = (signs.shape[1] - self._signs @ signs.T) / 2
        looks: dict[int, NDArray[np.float32]] = {}
        best: dict[int, float] = {}
        for flat in np.argsort(off, axis=None, kind="stable")[:_CANDIDATES]:
            place, way = divmod(int(flat), len(turned))
            if off[place, way] > _BITS_OFF:
                break
            look = looks.setdefault(way, _fine(turned[way]).ravel())
            best[place] = max(best.get(place, -1.0), float(self._looks[place] @ look))
        alike = {place: likeness for place, likeness in best.items() if likeness >= ALIKE}
        if alike and min(alike.values()) < SAME:
            others = np.sort(self._likeness(turned))[::-1]
            usual = float(others[_OTHERS - 1]) if len(others) >= _OTHERS else -1.0
            alike = {p: r for p, r in alike.items() if r >= max(min(SAME, usual + ABOVE_OTHERS), 0)}
        ordered = sorted(alike.items(), key=lambda one: (-one[1], one[0]))
        return [PictureMatch(self.places[place], round(r, 4)) for place, r in ordered]

    def _likeness(self, turned: Sequence[NDArray[np.float64]]) -> NDArray[np.float32]:
        """Return how alike every known picture is, whichever way it is turned."""
        looks = np.array([_fine(one).ravel() for one in turned], np.float32)
        return np.asarray((self._looks @ looks.T).max(axis=1), np.float32)


def _turned(small: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """Yield a square picture in its eight positions."""
    for one in (small, small.T):
        yield from (one, one[:, ::-1], one[::-1], one[::-1, ::-1])


def _signs(small: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the signs of the 63 lowest frequencies of a picture, without its mean."""
    from scipy.fft import dctn

    low = dctn(small, norm="ortho")[:8, :8].ravel()[1:]
    return np.where(low > 0, 1.0, -1.0)


def _fine(small: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the fine structure of a picture, of norm 1, every part of it counting alike."""
    from scipy.ndimage import gaussian_filter

    inner = slice(_EDGE_PX, -_EDGE_PX)
    fine = (small - gaussian_filter(small, 2))[inner, inner]
    fine = fine - np.median(fine, axis=0, keepdims=True)
    fine = fine - np.median(fine, axis=1, keepdims=True)
    most = 1.5 * float(np.median(np.abs(fine))) + 1e-4
    fine = np.clip(fine, -most, most)
    spread = np.sqrt(gaussian_filter(fine**2, 3))
    fine = fine / (spread + 0.3 * float(spread.mean()) + 1e-9)
    fine = fine - fine.mean()
    return np.asarray(fine / (np.linalg.norm(fine) + 1e-12), np.float32)
