"""Rating: real or made? What do you hear or see? How clear?"""

from collections.abc import Mapping, Sequence
from typing import Any

from augmentor.core.errors import UsageError, listed
from augmentor.review.answers import Answers
from augmentor.review.items import Item, Reviewed, ordered
from augmentor.review.media import Media, media_of
from augmentor.review.task import LONGEST, checked_name

REAL, HEARD, CLEAR = "real", "heard", "clear"
QUESTIONS = (REAL, HEARD, CLEAR)
CLEARNESS = ("1", "2", "3", "4", "5")
CANNOT_TELL = ""
"""The answer of someone who does not know what it is."""
MOST_KEYS = 9


def questions(targets: Sequence[str], *, pictures: bool, transcripts: bool) -> list[dict[str, Any]]:
    """Return the questions as the page asks them.

    Parameters
    ----------
    targets : the possible answers, where they are classes.
    pictures : whether something is seen, not heard.
    transcripts : whether the answer is what is said.
    """
    verb = "see" if pictures else "hear"
    what: dict[str, Any] = {"id": HEARD, "ask": f"What do you {verb}?"}
    if transcripts or len(targets) > MOST_KEYS:
        what |= {"kind": "text", "words": [] if transcripts else list(targets)}
        what["hint"] = "Enter confirms; leave it empty if you cannot tell."
    else:
        choices = [[str(key), name, name] for key, name in enumerate(targets, 1)]
        what |= {"kind": "keys", "choices": [*choices, ["0", "cannot tell", CANNOT_TELL]]}
    words = dict(zip(CLEARNESS, ("not at all", "hardly", "enough", "well", "fully"), strict=True))
    return [
        {"id": REAL, "ask": "Real or made?", "kind": "keys",
         "choices": [["r", "real", "real"], ["m", "made", "made"]]},
        what,
        {"id": CLEAR, "ask": "How clear is it?", "kind": "keys",
         "choices": [[key, words[key], key] for key in CLEARNESS]},
    ]  # fmt: skip


class Rating:
    """The rating of a run by one or several people.

    Parameters
    ----------
    run : whose examples are judged.
    items : what is judged, controls included.
    answers : where answers are kept.
    rater : the only one whose answers are taken; empty asks for the name.
    """

    def __init__(
        self, run: Reviewed, items: Sequence[Item], answers: Answers, rater: str = ""
    ) -> None:
        """Remember what is asked about, so that answers can be read without the run."""
        self.title = f"Review: {run.name}"
        self.rater = checked_name(rater, "the rater") if rater else ""
        self._run, self._answers = run, answers
        self._items = {one.handle: one for one in items}
        answers.add(items)
        targets = sorted({*run.targets, *(one.target for one in items)})
        self._questions = questions(targets, pictures=run.pictures, transcripts=run.transcripts)

    def sheet(self, rater: str) -> Mapping[str, Any]:
        """Return the items in the rater's order, and what they answered before."""
        name = checked_name(self.rater or rater, "the rater") if self.rater or rater else ""
        items = ordered(self._items.values(), self._run, name) if name else []
        given = self._answers.of(name) if name else {}
        return {
            "title": self.title,
            "rater": name,
            "ask_name": True,
            "questions": self._questions,
            "items": [
                {"id": one.handle, "media": f"media/{one.handle}", "facts": [],
                 "picture": self._run.pictures}
                for one in items
            ],
            "answers": {key: one for key, one in given.items() if key in self._items},
        }  # fmt: skip

    def media(self, handle: str) -> Media | None:
        """Return what an item plays or shows; None: there is no such item."""
        item = self._items.get(handle)
        return None if item is None else media_of(item.source)

    def save(self, rater: str, item: str, answers: Mapping[str, Any]) -> None:
        """Keep answers of a rater to one item.

        Raises
        ------
        UsageError : no such item or question, no answer to it, or another rater.
        """
        name = checked_name(rater, "the rater")
        if self.rater and name != self.rater:
            raise UsageError(f"these are the answers of '{self.rater}', not of '{name}'")
        if item not in self._items:
            raise UsageError(f"there is no item '{item}'")
        given = [(item, key, self.checked(key, value)) for key, value in answers.items()]
        self._answers.save(name, given)

    def checked(self, question: str, value: Any) -> str:
        """Return an answer as it is kept.

        Raises
        ------
        UsageError : no such question, or no answer to it.
        """
        asked = next((one for one in self._questions if one["id"] == question), None)
        if asked is None:
            raise UsageError(f"there is no question '{question}'; known: {listed(QUESTIONS)}")
        return checked_answer(asked, value)


def checked_answer(asked: Mapping[str, Any], value: Any) -> str:
    """Return an answer to a question as it is kept.

    Raises
    ------
    UsageError : it is none of the choices, or no text of a sane length.
    """
    if asked["kind"] == "keys":
        known = [choice[2] for choice in asked["choices"]]
        if value not in known:
            shown = value if isinstance(value, str) else repr(value)
            raise UsageError(f"'{asked['id']}' is '{shown[:40]}'; expected {listed(known)}")
        return str(value)
    if not isinstance(value, str) or len(value) > LONGEST:
        raise UsageError(f"'{asked['id']}' is no text of up to {LONGEST} characters")
    return " ".join(value.split())
