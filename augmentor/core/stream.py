"""Named randomness: a number belongs to a path of names, not to a moment in a program.

A generator with state gives every draw a position in a queue: insert one draw and all
later ones change. Here a draw is looked up by what it is *for* (category, parent, copy,
try, step, parameter), so a new step, a filtered example or another worker never disturbs
another draw.
"""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from json.encoder import encode_basestring_ascii as quote

_SCALE = 2.0**-52


@lru_cache(maxsize=64)
def _keyed(seed: int) -> "blake2b":
    """Return a hash that has taken the seed as its key already: copied, it saves half the work."""
    return blake2b(digest_size=8, key=b"augmentor.%d" % seed)


def _encode(name: object) -> bytes:
    """Return the JSON of one name, so that 1 and "1" are different names."""
    if isinstance(name, str):
        return quote(name).encode()
    if isinstance(name, int) and not isinstance(name, bool):
        return b"%d" % name
    msg = f"a name in a stream is a str or an int, not {name!r}"
    raise TypeError(msg)


@dataclass(frozen=True, slots=True)
class Stream:
    """A place in the tree of chance: a seed and a path of names.

    Parameters
    ----------
    seed : the recipe's seed.
    path : names from the root, already encoded as JSON; use `at` to go deeper.
    """

    seed: int
    path: bytes = b""

    def at(self, *names: str | int) -> "Stream":
        """Return the stream below this one under `names`."""
        path = self.path
        for name in names:
            path += b"," + _encode(name)
        return Stream(self.seed, path)

    def word(self) -> int:
        """Return the 64 random bits of this place."""
        state = _keyed(self.seed).copy()
        state.update(self.path)
        return int.from_bytes(state.digest(), "little")

    def unit(self) -> float:
        """Return the number of this place, evenly in the open interval (0, 1)."""
        # 52 bits and a half fill a float64: nothing is rounded, so never to 1 itself.
        return ((self.word() >> 12) + 0.5) * _SCALE
