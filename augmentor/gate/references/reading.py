"""Whether a text is read right, and where it is read as another that looks alike."""

import unicodedata
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

from numpy.typing import NDArray

Reader = Callable[[Sequence[NDArray[Any]]], Sequence[str | None]]
"""``read(pictures) -> texts``: all that each says, of uint8 [height, width, 3] or as stored."""

_CLASSES = (
    "1Il|",
    "0Oo",
    "5Ss",
    "2Zz",
    "8B",
    "6Gb",
    "9gq",
    "Cc",
    "Kk",
    "Pp",
    "Uu",
    "Vv",
    "Ww",
    "Xx",
)
_SHORTER = {"rn": "m", "vv": "w", "cl": "d"}

LOOK_ALIKES = frozenset(
    pair for group in _CLASSES for pair in product(group, group) if pair[0] != pair[1]
) | frozenset(pair for many, one in _SHORTER.items() for pair in ((many, one), (one, many)))
"""What can be taken for each other in print: in some fonts no one can tell them apart.

A part of the confusables of Unicode (UTS #39), those of Latin letters and digits in one script.
"""


def plain(text: str) -> str:
    """Return a text without blanks, in one form of each sign (Unicode's NFKC).

    A reader sees words, and cannot know how many blanks are between them.
    """
    return "".join(unicodedata.normalize("NFKC", text).split())


def read_as(target: str, read: str) -> tuple[tuple[str, str], ...] | None:
    """Return which parts of a text were read as others that look alike.

    Nothing where all was read letter by letter; None where it was read as something else.

    Parameters
    ----------
    target : what is written.
    read : what a reader makes of it.
    """
    written, seen = plain(target), plain(read)
    # From every place in both that can be reached, with the fewest look-alikes.
    reached: list[dict[int, tuple[tuple[str, str], ...]]] = [{} for _ in range(len(written) + 1)]
    reached[0][0] = ()
    for at, places in enumerate(reached[:-1]):
        for place, pairs in places.items():
            for taken, given in ((1, 1), (2, 1), (1, 2)):
                part, other = written[at : at + taken], seen[place : place + given]
                if len(part) < taken or len(other) < given:
                    continue
                if part != other and (part, other) not in LOOK_ALIKES:
                    continue
                new = pairs if part == other else (*pairs, (part, other))
                old = reached[at + taken].get(place + given)
                if old is None or len(new) < len(old):
                    reached[at + taken][place + given] = new
    return reached[-1].get(len(seen))
