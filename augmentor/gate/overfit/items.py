"""The parts of a dataset's item: what a model looks at, what is right, and both exchanged.

An item is a mapping with ``wave`` or ``image``, as this package's datasets return them, or a
pair (input, target), as many others do. Tensors of any framework pass through untouched.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.digest import digest_bytes
from augmentor.core.errors import UsageError, listed

Item = Any
INPUTS = ("wave", "image")
TARGETS = ("target", "words", "boxes", "masks", "labels", "classes", "points")


def input_of(item: Item) -> Any:
    """Return what a model looks at, as the dataset gives it.

    Raises
    ------
    UsageError : the item is neither of the two forms.
    """
    if isinstance(item, Mapping):
        for name in INPUTS:
            if name in item:
                return item[name]
        raise UsageError(
            f"an item has {listed(item)}; expected 'wave' or 'image' among them, and 'target'"
        )
    if isinstance(item, tuple | list) and len(item) > 1:
        return item[0]
    kind = type(item).__name__
    raise UsageError(
        f"an item is a {kind}; expected a mapping with 'wave' or 'image', or a pair (input, target)"
    )


def numbers_of(item: Item) -> NDArray[Any]:
    """Return what a model looks at as an array.

    Raises
    ------
    UsageError : it is no array of numbers.
    """
    try:
        found = np.asarray(input_of(item))
    except (TypeError, ValueError, RuntimeError) as error:  # ragged, or on another device
        raise UsageError(f"the input of an item is no array: {error}") from None
    if found.dtype.kind not in "buif":
        raise UsageError(f"the input of an item is of type {found.dtype}; expected numbers")
    return found


def input_key(numbers: NDArray[Any]) -> str:
    """Return the identity of an input."""
    head = f"{numbers.shape} {numbers.dtype} ".encode()
    return digest_bytes(head, np.ascontiguousarray(numbers).view(np.uint8).data.cast("B"))


def target_key(item: Item) -> str:
    """Return the identity of all that is right for an item."""
    parts = _targets(item)
    return digest_bytes(*(_bytes(name, value) for name, value in parts.items()))


def target_text(item: Item) -> str:
    """Return what is right for an item in a few words."""
    value = next(iter(_targets(item).values()), "")
    text = str(value) if not hasattr(value, "shape") else str(np.asarray(value).tolist())
    return text if len(text) <= 40 else f"{text[:37]}..."


def id_of(item: Item, index: int) -> str:
    """Return an item's id, or its place in the dataset where it has none."""
    return str(item["id"]) if isinstance(item, Mapping) and "id" in item else f"item {index}"


def with_target(item: Item, other: Item) -> Item:
    """Return an item whose input is kept, with the target of another."""
    if isinstance(item, Mapping):
        return {**item, **_targets(other)}
    return type(item)([item[0], *other[1:]])


def with_input(item: Item, change: Callable[[Any], Any]) -> Item:
    """Return an item with its input changed."""
    if isinstance(item, Mapping):
        name = next(one for one in INPUTS if one in item)
        return {**item, name: change(item[name])}
    return type(item)([change(item[0]), *item[1:]])


def _targets(item: Item) -> dict[str, Any]:
    if isinstance(item, Mapping):
        return {name: item[name] for name in TARGETS if name in item}
    return {str(place): one for place, one in enumerate(item[1:])}


def _bytes(name: str, value: Any) -> bytes:
    if hasattr(value, "shape"):
        array = np.asarray(value)
        return f"{name} {array.shape} {array.dtype} ".encode() + array.tobytes()
    return f"{name} {value!r} ".encode()
