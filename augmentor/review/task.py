"""What a page is for: the questions, and where the answers go."""

from collections.abc import Mapping
from typing import Any, Protocol

from augmentor.core.errors import UsageError
from augmentor.review.media import Media

LONGEST = 2000
"""Characters of one answer."""
LONGEST_NAME = 60
"""Characters of a rater's name or a tag."""


class Task(Protocol):
    """One kind of work for people, as the page and the server see it."""

    title: str

    def sheet(self, rater: str) -> Mapping[str, Any]:
        """Return what the page shows one rater, as JSON; without a name, what it can.

        ``questions`` are of kind ``keys`` (one of the choices), ``text`` or ``marks`` (any of the
        choices, and new ones); ``items`` have an ``id``, an address of their ``media`` and
        ``facts`` to show; ``answers`` are those given before.
        """

    def media(self, handle: str) -> Media | None:
        """Return what an item plays or shows; None: there is no such item."""

    def save(self, rater: str, item: str, answers: Mapping[str, Any]) -> None:
        """Keep answers to one item.

        Raises
        ------
        UsageError : no such item or question, or no answer to it.
        """


def checked_name(name: Any, what: str) -> str:
    """Return the name of a rater or a tag without spaces around it.

    Raises
    ------
    UsageError : it is empty, too long, or holds what cannot be printed.
    """
    text: str = name.strip() if isinstance(name, str) else ""
    if not text or len(text) > LONGEST_NAME or not text.isprintable():
        raise UsageError(f"{what}: write a name of 1 to {LONGEST_NAME} letters")
    return text
