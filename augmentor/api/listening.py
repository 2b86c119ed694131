"""Asking a model about examples as they are made: a function in between, a command at the end."""

from dataclasses import dataclass, field

from augmentor.api.asked import Model
from augmentor.gate.answers import Answer, Shown

Key = tuple[int, int]
"""Which example of a round: the place of its parent among the attempts, and of its edits."""


@dataclass(slots=True)
class Listener:
    """A model that is asked about all that is tried in a round.

    A function is asked after every chunk, so that what it is shown need not be kept. A program
    takes long to start: it is asked once, about files.

    Parameters
    ----------
    model : how it is asked.
    heard : its answers of this round.
    """

    model: Model
    heard: dict[Key, Answer] = field(default_factory=dict)
    _waiting: list[tuple[Key, Shown]] = field(default_factory=list)
    _ended: bool = False

    def hear(self, key: Key, shown: Shown) -> None:
        """Take an example."""
        if self._ended:
            self.heard, self._ended = {}, False
        self._waiting.append((key, shown))

    def chunk_ends(self) -> None:
        """Ask a function about what waits; a program where more would fill the disk."""
        if self.model.folder is None or len(self._waiting) >= self.model.size:
            self._ask()

    def ends(self) -> None:
        """Ask about all that still waits; what comes after is of another round."""
        self._ask()
        self._ended = True

    def _ask(self) -> None:
        shown = [one for _, one in self._waiting]
        keys = {one.id: key for key, one in self._waiting}
        answers = self.model.answers.of(self.model.ask, shown, max(1, len(shown)))
        self.heard.update((keys[one.id], answer) for one, answer in answers)
        self._waiting = []
