"""The closed-set test of speech: is the right sentence picked among decoys?

The words "right sentence" mean the target of the clip; decoys are other targets of the same
source, of about the same length. Both sides are drawn by name, so that a clip meets the same
candidates clean and noisy, in every category and in every run.
"""

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

from numpy.typing import NDArray

from augmentor.core.errors import UsageError
from augmentor.core.stream import Stream
from augmentor.gate.answers import Answer, Ask, Shown, arrays, calling

Sounds = Sequence[NDArray[Any]]
Recognise = Callable[[Sounds, int, Sequence[Sequence[str]]], Sequence[str | None]]
"""``recognise(waves, rate_hz, candidates) -> picked``.

waves : float32 [frames] each, full scale 1.
rate_hz : frames per second of all of them.
candidates : for each wave the sentences that it may be: lower-case words with a blank between.
picked : for each wave one of its candidates, or None where it gives up.
"""

NEAREST = 3
"""Decoys are drawn from so many times as many sentences, the nearest in length."""

_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")  # noqa: RUF001 - texts are set with it
_SPELT_OUT = re.compile(r"[\d&@#$%€£=+*/\\]")


def spoken(text: str) -> str | None:
    """Return a text as lower-case words; None where it may be said in several ways, or is empty.

    How "24" or "www.example.org" is spoken is not known from the text.
    """
    if _SPELT_OUT.search(text) or re.search(r"\w\.\w", text):
        return None
    words = " ".join(_WORDS.findall(text.lower())).replace("’", "'")  # noqa: RUF001 - as above
    return words or None


def candidates(right: str, pool: Collection[str], decoys: int, stream: Stream) -> list[str]:
    """Return the right sentence among decoys, in an order that says nothing.

    Parameters
    ----------
    right : the sentence.
    pool : all sentences that can be decoys; the right one may be among them.
    decoys : how many; fewer where the pool has fewer.
    stream : where chance comes from.
    """
    lots = {one: stream.at("decoy", right, one).word() for one in pool if one != right}
    near = sorted(lots, key=lambda one: (abs(len(one) - len(right)), lots[one]))
    drawn = sorted(near[: NEAREST * decoys], key=lots.__getitem__)[:decoys]
    return sorted([right, *drawn], key=lambda one: stream.at("order", right, one).word())


def picking(name: str, recognise: Recognise, rate_hz: int) -> Ask:
    """Return how a recogniser is asked that is a function; its picks are held to the candidates.

    Parameters
    ----------
    name : of the recogniser, for messages.
    recognise : the recogniser.
    rate_hz : of all that it is shown.
    """
    who = f"recogniser '{name}'"
    ask = calling(
        who, lambda shown: recognise(arrays(shown), rate_hz, [list(one.among) for one in shown])
    )

    def picked(shown: Sequence[Shown]) -> Sequence[Answer]:
        found = ask(shown)
        for one, answer in zip(shown, found, strict=True):
            if answer.prediction and answer.prediction not in one.among:
                raise UsageError(
                    f"{who} picked {answer.prediction!r} for example '{one.id}', which is none of "
                    "the candidates; return one of them, letter by letter, or None"
                )
        return found

    return picked
