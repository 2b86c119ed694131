"""``scratch: {like: defects}``: parameters as real defects have them, by what was measured."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from augmentor.core.distributions import Choice, Constant, Distribution, Empirical
from augmentor.core.errors import UsageError, listed, nearest
from augmentor.core.operator import Operator, Param
from augmentor.sources.bank import Bank
from augmentor.sources.defect_bank import DefectBank, fitted_rows

MOST_VALUES = 101
"""So many are kept of what was measured, evenly by rank: a recipe stays readable."""
OUTSIDE_FRAC = 0.1
"""So many of the values may lie outside a parameter's bounds: they count as the bound."""

_PARTS = 20  # of a choice of words: shares are kept to a twentieth
_HALF_TURN = 180.0
_WRITTEN = "write like: BANK, or like: {bank: BANK, label: CLASS}"


def read_like(value: Any, banks: Mapping[str, Bank | DefectBank]) -> tuple[DefectBank, str | None]:
    """Return the bank that is named, and the class where only one is meant.

    Raises
    ------
    ValueError : nothing of the kind; the message says what to write.
    """
    asked = {"bank": value} if isinstance(value, str) else value
    if not isinstance(asked, dict) or "bank" not in asked or set(asked) - {"bank", "label"}:
        raise ValueError(f"'like' is {value!r}; {_WRITTEN}")
    name, label = asked["bank"], asked.get("label")
    bank = banks.get(name) if isinstance(name, str) else None
    if bank is None:
        have = f"; banks: {listed(banks)}" if banks else "; the recipe has no 'banks'"
        raise ValueError(f"no bank '{name}'{nearest(str(name), list(banks))}{have}")
    if not isinstance(bank, DefectBank):
        raise ValueError(f"bank '{name}' holds sounds, not defects")  # noqa: TRY004 - a user's mistake
    if label is not None and not isinstance(label, str):
        raise ValueError(f"the label is {label!r}; {_WRITTEN}")
    return bank, label


def fitted(
    operator: type[Operator],
    given: Mapping[str, Distribution],
    bank: DefectBank,
    label: str | None,
) -> dict[str, Distribution]:
    """Return the given parameters, and for those that are not given what real defects have.

    Each parameter is fitted alone: how long and how wide a real one is are drawn apart. A place
    is fitted only where defects may lie anywhere, which is how it was measured.

    Parameters
    ----------
    operator : draws defects; its `fits` says which parameter is which measure.
    given : by name; they stay as they are.
    bank, label : the real ones.

    Raises
    ------
    ValueError : it has nothing to fit, or the real ones are not what it can draw.
    """
    if not operator.fits:
        raise ValueError(
            f"nothing of '{operator.key()}' is fitted to real defects; take 'like' out"
        )
    try:
        rows = fitted_rows(bank, label)
    except UsageError as error:
        raise ValueError(str(error)) from None
    where = given.get("where", getattr(operator, "where", None))
    placed = where is not None and where.span() != ("anywhere",)
    found = dict(given)
    for name, measure in operator.fits.items():
        if name in given or (placed and name in ("x_frac", "y_frac")):
            continue
        found[name] = _law(name, operator.params()[name], getattr(operator, name), rows[measure])
    return found


def _law(name: str, declared: Param, default: Distribution, values: Sequence[Any]) -> Distribution:
    if declared.choices:
        return _words(values)
    if name == "angle_deg":
        values = _unwrapped(values)
    seen = np.asarray(values, np.float64)
    low, high = declared.within or (-np.inf, np.inf)
    outside = int(np.count_nonzero((seen < low) | (seen > high)))
    if outside > OUTSIDE_FRAC * len(seen):
        raise ValueError(
            f"'{name}': {outside} of {len(seen)} real defects have {seen.min():.4g} to "
            f"{seen.max():.4g}, allowed: {declared.allowed()}; give '{name}' yourself, "
            "or take another bank or class"
        )
    ordered = np.sort(np.clip(seen, low, high))
    if len(ordered) > MOST_VALUES:
        ordered = np.quantile(ordered, np.linspace(0, 1, MOST_VALUES))
    if default.at(0.0) > default.at(1 - 2**-53):  # the operator says which end is mild
        ordered = ordered[::-1]
    # Rounded as it will be written, so that the written recipe draws the same numbers.
    return Empirical(tuple(float(f"{one:.5g}") for one in ordered))


def _words(values: Sequence[Any]) -> Distribution:
    """Return words as often as they came, to a twentieth; the most frequent first."""
    counts = Counter(values)
    if len(counts) == 1:
        return Constant(values[0])
    parts = {word: round(_PARTS * count / len(values)) for word, count in counts.most_common()}
    return Choice(tuple(word for word, part in parts.items() for _ in range(part)))


def _unwrapped(values: Sequence[float]) -> list[float]:
    """Return angles of axes, each in its half turn, so that the widest gap is not in between.

    Upright scratches lie near 90 and near -90 degrees: halfway is not 0.
    """
    seen = sorted(value % _HALF_TURN for value in values)
    gaps = [
        after - before
        for before, after in zip(seen, [*seen[1:], seen[0] + _HALF_TURN], strict=True)
    ]
    first = (max(range(len(gaps)), key=gaps.__getitem__) + 1) % len(seen)
    turned = [*seen[first:], *(one + _HALF_TURN for one in seen[:first])]
    whole = _HALF_TURN if turned[0] + turned[-1] > _HALF_TURN else 0.0  # around 0 where it can be
    return [one - whole for one in turned]
