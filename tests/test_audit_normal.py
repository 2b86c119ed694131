"""Normalisation of both sides before words are counted."""

import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from augmentor.audit.figures.normal import basic, normalizer
from augmentor.audit.figures.words import edits
from augmentor.core.errors import UsageError

MODULE = """\
COUNT = 3

def upper(text):
    return text.upper()

def late(text):
    import {helper}
    return {helper}.shout(text)

def words(text):
    return text.split()

def breaks(text):
    return text.removesuffix(7)

def leaves(text):
    raise SystemExit(3)
"""

Make = Callable[[str], str]


@pytest.fixture(name="make")
def _make(tmp_path: Path) -> Make:
    """Return a function that writes a user's module of a name, and gives the name back."""

    def make(name: str) -> str:
        (tmp_path / f"{name}.py").write_text(MODULE.format(helper=f"{name}_helper"))
        (tmp_path / f"{name}_helper.py").write_text("def shout(text):\n    return text + '!'\n")
        return name

    return make


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Let's catch up", "let's catch up"),
        ("  Stop!\tNow, please...  ", "stop now please"),
        ("“Don\u2019t”, she said — \u2018yes\u2019", "don't she said yes"),
        ("don\u00b4t don`t don\uff07t don\u02bct", "don't don't don't don't"),
        ("'tis the dogs' bowl", "tis the dogs bowl"),
        ("rock 'n' roll", "rock n roll"),
        ("twenty-one", "twenty one"),
        ("U.S.A. 3.5 %", "u s a 3 5"),
        ("$5 + 2 = C++", "5 2 c"),
        ("snake_case", "snake case"),
        ("\uff21\uff22\uff23 ﬁne ½", "abc fine 1 2"),
        ("Straße STRASSE", "strasse strasse"),
        ("café cafe\u0301 CAFÉ", "café café café"),
        ("naïve ñandú", "naïve ñandú"),
        ("हिन्दी में।", "हिन्दी में"),  # its vowel signs are combining marks
        ("co\u00adoperate zero\u200bwidth", "cooperate zerowidth"),
        ("a\x00b\x7fc", "a b c"),
        ("", ""),
        ("?! ... ''", ""),
    ],
)
def test_basic_is_what_it_says(text: str, wanted: str) -> None:
    assert basic(text) == wanted
    assert normalizer("basic")(text) == wanted


@settings(deadline=None, max_examples=300)
@given(st.text())
@example("a¨b")
@example("ŉ İ ͅ")
def test_basic_twice_is_basic_once(text: str) -> None:
    """It is single-spaced, without punctuation, and stays so."""
    once = basic(text)
    assert basic(once) == once
    assert once == " ".join(once.split())
    assert {unicodedata.category(c)[0] for c in once if c not in "' "} <= set("LMNC")


@settings(deadline=None, max_examples=100)
@given(st.text())
def test_none_changes_nothing(text: str) -> None:
    assert normalizer("none")(text) == text


def test_case_and_punctuation_are_no_errors() -> None:
    """Both sides of a row are normalised, so only what was heard otherwise counts."""
    make = normalizer("basic")
    found = edits([make("Let's catch up.")], [make("let\u2019s ketchup")])
    assert (found.errors.tolist(), found.units.tolist()) == ([2], [3])


def test_a_function_of_the_user(make: Make, tmp_path: Path) -> None:
    """It is found in the folders given, may import later, and leaves the import path as it was."""
    before = list(sys.path)
    name = make("norm_good")
    assert normalizer(f"{name}:upper", [tmp_path])("ab") == "AB"
    assert normalizer(f"{name}:late", [tmp_path])("ab") == "ab!"
    assert sys.path == before


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("basik", "'basik'  it is not known; did you mean 'basic'\\? expected none, basic or"),
        ("xyz", "'xyz'  it is not known; expected none, basic or package.module:function"),
        ("norm_bad:", "'norm_bad:'  expected package.module:function"),
        (":upper", "':upper'  expected package.module:function"),
        ("norm_no_such:f", "'norm_no_such' cannot be imported: ModuleNotFoundError"),
        ("norm_bad:uper", "'norm_bad' has no 'uper'; did you mean 'upper'"),
        ("norm_bad:COUNT", "'COUNT' of 'norm_bad' is not a function"),
    ],
)
def test_a_name_that_leads_nowhere(make: Make, tmp_path: Path, name: str, message: str) -> None:
    make("norm_bad")
    with pytest.raises(UsageError, match=message):
        normalizer(name, [tmp_path])


def test_a_module_that_fails_to_load(tmp_path: Path) -> None:
    (tmp_path / "norm_broken.py").write_text("1 / 0\n")
    with pytest.raises(UsageError, match="cannot be imported: ZeroDivisionError: division by zero"):
        normalizer("norm_broken:f", [tmp_path])


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("words", "it returned a list for 'a b'; expected text"),
        ("breaks", "it failed on 'a b': TypeError"),
        ("leaves", "it failed on 'a b': SystemExit: 3"),
    ],
)
def test_a_function_that_fails(make: Make, tmp_path: Path, function: str, message: str) -> None:
    """What it was given is said, and that it is the user's."""
    before = list(sys.path)
    call = normalizer(f"{make('norm_fails')}:{function}", [tmp_path])
    with pytest.raises(UsageError, match=f"normalisation 'norm_fails:{function}'  {message}"):
        call("a b")
    assert sys.path == before


def test_a_long_text_is_cut_in_the_message(make: Make, tmp_path: Path) -> None:
    call = normalizer(f"{make('norm_long')}:words", [tmp_path])
    with pytest.raises(UsageError, match=r"for 'x{57}\.\.\.'; expected"):
        call("x" * 500)
