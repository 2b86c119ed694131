"""Word and character errors of transcripts, fast enough for every row of a large table.

Nearly all the time goes into finding which words are equal. That is done on arrays: every word
of a block of rows becomes one character, and rapidfuzz compares short strings.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import ne
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from augmentor.core.errors import UsageError, listed, nearest

UNITS = ("word", "character")
_BLOCK = 512  # rows at a time: small arrays stay in the cache, and in memory already mapped
_SLOT_BITS = 17  # a word's place in a table of words by their hash
_FIRST = 0x10000  # codes are characters past the surrogates
_CODES = 0x110000 - _FIRST
_LONGEST = 256  # bytes; longer words are compared one by one
_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: Knuth's multiplicative hashing
_LOW_BYTES = np.array([(1 << 8 * size) - 1 for size in range(9)], dtype="<u8")
_FAR_SPACES = "\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(8192, 8203)))

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Owners = NDArray[np.int32]
Coded = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True, eq=False)
class Edits:
    """What turns each target into its prediction with the fewest edits.

    Parameters
    ----------
    units : int64 [rows], words or characters of the target; 0 for silence.
    substitutions, deletions, insertions : int64 [rows].
    """

    units: Ints
    substitutions: Ints
    deletions: Ints
    insertions: Ints

    @property
    def errors(self) -> Ints:
        """All edits of each row, int64 [rows]."""
        return self.substitutions + self.deletions + self.insertions

    def to_json(self) -> dict[str, int | float | None]:
        """Return the sums over all rows, and errors over units (None without a unit)."""
        names = ("units", "substitutions", "deletions", "insertions", "errors")
        sums = {name: int(getattr(self, name).sum()) for name in names}
        rate = sums["errors"] / sums["units"] if sums["units"] else None
        return {**sums, "error_rate": rate}


def edits(
    targets: Sequence[str],
    predictions: Sequence[str],
    unit: Literal["word", "character"] = "word",
) -> Edits:
    """Count the word or character errors of each prediction.

    Text is split on white space, Unicode's included; as characters, any run of it is one
    space and none is left around. Nothing else is changed: case and punctuation count.

    Parameters
    ----------
    targets, predictions : text [rows].
    unit : ``word`` or ``character``.

    Returns
    -------
    Counts of each row. An empty target has insertions and no units.

    Raises
    ------
    UsageError
        An unknown unit, or not as many predictions as targets.

    Notes
    -----
    The sum of the edits is the least possible (Levenshtein 1966). Its split may be open: where
    several alignments are shortest, rapidfuzz chooses, as it does for jiwer.

    Most splits are known without an alignment. Let d be the distance, n the units of the longer
    side, e the difference of the lengths, and k the smaller of deletions and insertions. The
    larger is k + e, so substitutions are d - e - 2k. All other units of the longer side are
    matched: n - (k + e) - (d - e - 2k) = n - d + k of them. Matches are a common subsequence,
    at most as long as the longest one, L. So 0 <= k <= (d - e) / 2 and k <= L + d - n: where
    either bound is 0, so is k.
    """
    if unit not in UNITS:
        hint = nearest(unit, UNITS)
        raise UsageError(f"unknown unit '{unit}'{hint} expected {listed(UNITS)}")
    if len(targets) != len(predictions):
        raise UsageError(f"{len(targets)} targets, but {len(predictions)} predictions")
    table = np.zeros((4, len(targets)), dtype=np.int64)
    owners = np.empty(1 << _SLOT_BITS, dtype=np.int32)
    for start in range(0, len(targets), _BLOCK):
        rows = slice(start, start + _BLOCK)
        block = list(targets[rows]), list(predictions[rows])
        table[:, rows] = _block(*block, owners if unit == "word" else None)
    return Edits(*table)


def _block(targets: list[str], predictions: list[str], owners: Owners | None) -> Ints:
    """Return units, substitutions, deletions, insertions: int64 [4, rows].

    `owners` is room to work in, int32 [slots]; None for characters.
    """
    rows = len(targets)
    differs = np.fromiter(map(ne, targets, predictions), np.bool_, rows)
    texts = targets + list(compress(predictions, differs))
    coded: Coded = _spaced(texts) if owners is None else _coded(texts, owners)
    counts = np.zeros((4, rows), dtype=np.int64)
    counts[0] = np.fromiter(map(len, coded[:rows]), np.int64, rows)
    if differs.any():
        counts[1:, differs] = _split(list(compress(coded, differs)), coded[rows:])
    return counts


def _split(references: Coded, answers: Coded) -> Ints:
    """Return substitutions, deletions, insertions: int64 [3, pairs]."""
    from rapidfuzz.distance import LCSseq, Levenshtein
    from rapidfuzz.process import cpdist

    lengths = [np.fromiter(map(len, some), np.int64) for some in (references, answers)]
    missing = lengths[0] - lengths[1]
    distance = cpdist(references, answers, scorer=Levenshtein.distance, dtype=np.int64)
    smaller = (distance - abs(missing)) // 2  # of deletions and insertions: at most this
    at = np.flatnonzero(smaller)
    if len(at):
        left = [references[row] for row in at.tolist()], [answers[row] for row in at.tolist()]
        common = cpdist(*left, scorer=LCSseq.similarity, dtype=np.int64)
        smaller[at] = np.minimum(smaller[at], common + distance[at] - np.maximum(*lengths)[at])
    for row in np.flatnonzero(smaller).tolist():
        alignment = Levenshtein.editops(references[row], answers[row])
        inserted = sum([edit.tag == "insert" for edit in alignment])
        smaller[row] = inserted - max(-int(missing[row]), 0)
    deletions, insertions = smaller + np.maximum(missing, 0), smaller + np.maximum(-missing, 0)
    return np.stack((distance - deletions - insertions, deletions, insertions))


def _spaced(texts: list[str]) -> list[str]:
    """Return texts with one space between words and none around."""
    whole = "\n" + "\n".join(texts) + "\n"
    data = np.frombuffer(whole.encode("utf-8", "surrogatepass"), np.uint8)
    space = data == ord(" ")
    gap = space | (data == ord("\n"))
    doubled = (space[1:] & gap[:-1]).any() or (gap[1:] & space[:-1]).any()
    clean = not doubled and _only_spaces(whole, data, len(texts) + 1)
    return texts if clean else [" ".join(text.split()) for text in texts]


def _only_spaces(whole: str, data: Bytes, feeds: int) -> bool:
    """Whether text has no control character but its line feeds, and no white space but spaces."""
    if np.count_nonzero(data < ord(" ")) != feeds:
        return False
    return whole.isascii() or not any(space in whole for space in _FAR_SPACES)


def _coded(texts: list[str], owners: Owners) -> Coded:
    """Return texts with each word as one character, equal where the words are equal."""
    whole, data = _joined(texts)
    if not _only_spaces(whole, data[:-8], len(texts)):
        texts = [" ".join(text.split()) for text in texts]
        whole, data = _joined(texts)
    spaces = np.flatnonzero(data == ord(" "))
    starts = spaces[:-1] + 1
    sizes = spaces[1:] - starts
    if not sizes.all():  # nothing between two spaces
        starts, sizes = starts[sizes > 0], sizes[sizes > 0]
    codes = None if "\0" in whole else _codes(data, starts, sizes, owners)
    if codes is None:
        return [text.split() for text in texts]
    coded = str(codes.data, "utf-32-le")
    return coded[:-1].split(coded[-1])  # the last word is the line feed between texts


def _joined(texts: list[str]) -> tuple[str, Bytes]:
    """Return texts with a line feed as a word after each, and that in UTF-8 with 8 zeros."""
    whole = " " + " \n ".join(texts) + " \n "
    return whole, np.frombuffer(whole.encode("utf-8", "surrogatepass") + bytes(8), np.uint8)


def _codes(data: Bytes, starts: Ints, sizes: Ints, owners: Owners) -> NDArray[np.uint32] | None:
    """Return a character's number for each word, None if there are not enough of them.

    It is the word's slot in a table by hash. Of all words in a slot the last one owns it; the
    others are compared with it, byte by byte, and get numbers of their own where they differ:
    no two words ever share one. No byte of a word is 0.
    """
    head = _part(data, starts, sizes)
    mixed = head * _ODD
    long = np.flatnonzero(sizes > 8)
    longest = long[sizes[long] > _LONGEST]
    long = long[sizes[long] <= _LONGEST]
    for offset, at in _onwards(sizes, long):
        part = _part(data, starts[at] + offset, sizes[at] - offset)
        mixed[at] = (mixed[at] ^ mixed[at] >> np.uint64(32) ^ part) * _ODD
    slot = (mixed >> np.uint64(64 - _SLOT_BITS)).view(np.int64)
    owners[slot] = np.arange(len(slot), dtype=np.int32)
    owner = owners.take(slot)
    same = head.take(owner) == head
    same[long] &= sizes[owner[long]] == sizes[long]
    for offset, at in _onwards(sizes, long[same[long]]):
        part = _part(data, starts[at] + offset, sizes[at] - offset)
        same[at] &= part == _part(data, starts[owner[at]] + offset, sizes[at] - offset)
    same[longest] = False
    codes = slot.astype("<u4")
    codes += _FIRST
    more: dict[bytes, int] = {}
    for other in np.flatnonzero(~same).tolist():
        word = data[starts[other] : starts[other] + sizes[other]].tobytes()
        codes[other] = more.setdefault(word, _FIRST + len(owners) + len(more))
    return codes if len(owners) + len(more) <= _CODES else None


def _onwards(sizes: Ints, at: Ints) -> Iterator[tuple[int, Ints]]:
    """Yield the places 8, 16, ... in a word, each with those of some words that go so far."""
    offset = 8
    while len(at):
        yield offset, at
        offset += 8
        at = at[sizes[at] > offset]


def _part(data: Bytes, starts: Ints, sizes: Ints) -> NDArray[np.uint64]:
    """Return the bytes of each word, 8 at most, as one number."""
    eight = np.ndarray((len(data) - 7,), "<u8", data, strides=(1,))  # from every place on
    part: NDArray[np.uint64] = eight[starts]
    part &= _LOW_BYTES.take(sizes, mode="clip")
    return part
