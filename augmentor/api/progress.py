"""How long work tells how far it is: one function, shown by whoever asked for the work."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""``progress(what, done, total)``, called now and then from the calling process."""


def silent(_what: str, _done: int, _total: int) -> None:
    """Tell nobody."""
