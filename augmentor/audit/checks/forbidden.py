"""Words that must not be said: a user's list, and who said them."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.figures.normal import basic
from augmentor.core.coded import Coded
from augmentor.core.errors import Problem

_WILD = frozenset("*?[]()|\\^$+")
_ACCENTS = dict.fromkeys(range(0x0300, 0x0370))  # of Latin, Greek and Cyrillic letters
Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WordList:
    """Words to look for.

    Parameters
    ----------
    entries : first word -> the entries that begin with it, each as (its words, as written).
    """

    entries: Mapping[str, Sequence[tuple[Words, str]]]

    def found(self, text: str) -> frozenset[str]:
        """Return the entries that a text holds, as whole words in a row."""
        words = fold(text).split()
        if self.entries.keys().isdisjoint(words):
            return frozenset()
        return frozenset(
            written
            for at, word in enumerate(words)
            for entry, written in self.entries.get(word, ())
            if tuple(words[at : at + len(entry)]) == entry
        )


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """Who said words of a list.

    Parameters
    ----------
    rows : whether each prediction holds one, bool [rows].
    words : row -> the entries found in it, as they are written in the list.
    """

    rows: NDArray[np.bool_]
    words: dict[int, list[str]]


def fold(text: str) -> str:
    """Return words without case, accents and punctuation, one space between them.

    Accents are the marks on Latin, Greek and Cyrillic letters; the vowel signs of other scripts
    are letters. The rest is `normal.basic`.
    """
    plain = basic(text)
    if plain.isascii():
        return plain
    bare = unicodedata.normalize("NFD", plain).translate(_ACCENTS)
    return unicodedata.normalize("NFC", bare)


def read_words(path: Path, problems: list[Problem]) -> WordList:
    """Read a list of words, one entry a line; what is wrong is added to `problems`.

    An entry may be several words in a row. What stands behind a ``#`` is a remark. Every form of
    a word needs a line of its own: nothing is matched but whole words, and scripts that put no
    spaces between words are not taken apart.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else str(error)
        problems.append(Problem(str(path), f"{reason}; expected a text with one word a line"))
        return WordList({})
    found: dict[Words, str] = {}
    before = len(problems)
    for number, line in enumerate(lines, 1):
        written = line.partition("#")[0].strip()
        if not written:
            continue
        words = tuple(fold(written).split())
        if _WILD.intersection(written) or not words:
            what = f"'{written}' is no word; write letters, each form of a word on its own line"
            problems.append(Problem(f"{path}:{number}", what))
        else:
            found.setdefault(words, written)
    if not found and len(problems) == before:
        problems.append(Problem(str(path), "holds no word; expected one a line"))
    entries: dict[str, list[tuple[Words, str]]] = {}
    for words, written in found.items():
        entries.setdefault(words[0], []).append((words, written))
    return WordList(entries)


def said(words: WordList, predictions: Sequence[str], targets: Sequence[str] | None = None) -> Said:
    """Look for words in predictions.

    Parameters
    ----------
    words : what to look for.
    predictions : text [rows].
    targets : text [rows]; a word that stands in the target too was really said, and does not
        count. None: every one counts.
    """
    answers = Coded.of(predictions)
    found = [words.found(text) for text in answers.values]
    suspect = np.array([bool(some) for some in found], dtype=np.bool_)[answers.codes]
    flagged = np.zeros(len(answers), dtype=np.bool_)
    named: dict[int, list[str]] = {}
    for row in np.flatnonzero(suspect).tolist():
        left = found[answers.codes[row]]
        if targets is not None:
            left -= words.found(targets[row])
        if left:
            flagged[row] = True
            named[row] = sorted(left)
    return Said(flagged, named)
