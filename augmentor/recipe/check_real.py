"""Checking what a recipe says of real examples."""

from collections.abc import Mapping
from typing import Any

from augmentor.core.errors import listed
from augmentor.core.verdict import Bound
from augmentor.files.document import Path_
from augmentor.gate.realism.judged import DEFAULT, KEY
from augmentor.recipe.checking import Checking, texts
from augmentor.recipe.real import read_real, serving


def check_real(checking: Checking, *, pictures: bool) -> None:
    """Check that the real examples can be read, that categories have some, and the bounds.

    Parameters
    ----------
    checking : the recipe's file, and where problems go.
    pictures : whether the recipe is about pictures.
    """
    names = list(checking.document.block("categories"))
    own = {name: ("categories", name, "gate") for name in names}
    shared = _checked(checking, ("gate",), names, pictures=pictures, all_of_them=False)
    anywhere = shared
    for name, place in own.items():
        given = _checked(checking, place, [name], pictures=pictures, all_of_them=True)
        anywhere = anywhere or given
        if not given and not shared:
            _useless(checking, place)
    if not anywhere:
        _useless(checking, ("gate",))


def _checked(
    checking: Checking, gate: Path_, names: list[str], *, pictures: bool, all_of_them: bool
) -> bool:
    """Check the real examples and the bound of a gate block; return whether it names some."""
    document, place = checking.document, (*gate, "real")
    _check_bound(checking, (*gate, "realism", KEY))
    if document.get(*place) is None:
        return False
    where = checking.exists(place, "a manifest or a folder of real examples")
    found = None
    if where is not None:
        found = checking.read(lambda path: read_real(path, pictures=pictures), where)
    if found is None:
        return True
    served = 0
    for name in names:
        category = document.block("categories", name)
        target = category.get("target")
        served += bool(
            serving(
                found, name, texts(category.get("tags")) or [name],
                target if isinstance(target, str) else None,
            )
        )  # fmt: skip
    if served < (len(names) if all_of_them else 1):
        tags = sorted({tag for one in found for tag in one.facts.tags})
        what = f"has none of these tags: {listed(names)}; its tags: {listed(tags)}"
        checking.wrong(place, f"'{document.get(*place)}' {what if found else 'holds no examples'}")
    return True


def _check_bound(checking: Checking, place: Path_) -> None:
    text = checking.document.get(*place)
    try:
        bound = None if text is None else Bound.parse(text)
    except ValueError:
        return  # said where all bounds are checked
    if bound is not None and (bound.sign != "<=" or not 0.5 <= bound.value <= 1):
        checking.wrong(place, f'{text!r} is no bound of {KEY}; write "<= 0.5" to "<= 1"')


def _useless(checking: Checking, gate: Path_) -> None:
    place = (*gate, "realism", KEY)
    if KEY in checking.document.block(*gate, "realism"):
        what = f"'{KEY}' needs real examples; write real: FOLDER or MANIFEST in this gate"
        checking.wrong(place, what, at_key=True)


def telling_bound(bounds: Mapping[str, Any]) -> Bound | None:
    """Return how well a category's new examples may be told from real ones; None: no matter."""
    text = bounds.get(KEY, DEFAULT)
    return None if text is None else Bound.parse(text)
