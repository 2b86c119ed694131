"""Text made alike before it is compared, so that only what was heard counts as an error.

A word error rate depends on it as much as on the model: the same normalisation belongs on both
sides, and on every table that is compared.
"""

import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

from augmentor.core.errors import Problem, UsageError, nearest
from augmentor.core.functions import load_function

NORMALIZERS = ("none", "basic")
_APOSTROPHES: dict[int, str | int | None] = dict.fromkeys(
    map(ord, "'\u2018\u2019\u02b9\u02bc\u2032`"), "'"
)

Normalizer = Callable[[str], str]


def normalizer(name: str, folders: Sequence[Path] = ()) -> Normalizer:
    """Return a function from text to the text that is compared.

    Parameters
    ----------
    name : ``none``: text stays as it is. ``basic``: see `basic`. ``package.module:function``:
        the user's own, from text to text.
    folders : where to look for the user's module first.

    Raises
    ------
    UsageError
        Now: an unknown name, no such module or function, or it fails to import. When it is
        called: the user's function fails, or returns something else than text.
    """
    if name == "none":
        return str
    if name == "basic":
        return basic
    where = f"normalisation '{name}'"
    if ":" not in name:
        hint = nearest(name, NORMALIZERS) or ";"
        what = f"it is not known{hint} expected none, basic or package.module:function"
        raise UsageError(Problem(where, what))
    return _checked(where, load_function(name, folders, "normalisation"))


def basic(text: str) -> str:
    """Return text without case, punctuation, and ways to write the same character.

    In this order:

    1. Unicode NFKC, case folding, NFKC again: full-width letters, ligatures and capitals
       become the plain small ones, accents stay.
    2. What is typed for an apostrophe (single quotes, primes, a lone accent) becomes ``'``.
    3. Invisible format characters (category Cf: soft hyphen, zero-width space) go.
    4. Punctuation (P), symbols (S) and control characters (Cc) become a space, except ``'``:
       "twenty-one" is two words, and so is "3.5"; "$" and "%" are no words.
    5. White space runs become one space, with none around.
    6. Apostrophes stay inside a word ("don't") and go at its ends ("'tis", "dogs'").

    Combining marks are kept: in many scripts they are vowels. Doing it twice changes nothing.
    """
    text = text.replace("\u00b4", "'")  # an acute accent alone: NFKC would make it two characters
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = unicodedata.normalize("NFKC", folded).translate(_TABLE)
    words = (word.strip("'") for word in folded.split())
    return " ".join(word for word in words if word)


class _Table(dict[int, str | int | None]):
    """What becomes of each character in `basic`, found when it is first met."""

    def __missing__(self, code: int) -> str | int | None:
        category = unicodedata.category(chr(code))
        self[code] = " " if category[0] in "PS" or category == "Cc" else code
        if category == "Cf":
            self[code] = None
        return self[code]


_TABLE = _Table(_APOSTROPHES)


def _checked(where: str, function: Callable[[str], object]) -> Normalizer:
    """Return the user's function with its failures said as the user's."""

    def call(text: str) -> str:
        try:
            found = function(text)
        except (Exception, SystemExit) as error:
            what = f"it failed on {_short(text)}: {type(error).__name__}: {error}"
            raise UsageError(Problem(where, what)) from error
        if not isinstance(found, str):
            what = f"it returned a {type(found).__name__} for {_short(text)}; expected text"
            raise UsageError(Problem(where, what))
        return found

    return call


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")
