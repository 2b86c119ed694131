"""From measured values to tags: thresholds, as a small YAML file states them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from augmentor.core.distributions import is_number
from augmentor.core.errors import Problem, UsageError, listed, nearest
from augmentor.files.document import read_yaml
from augmentor.sources.measured_tags import MEASURES, Values

SHIPPED = Path(__file__).with_name("tags.yaml")
"""The thresholds that hold where a user's file says nothing."""

_KEYS = ("measure", "below", "above", "defect")
_EXAMPLE = "{measure: snr_db, below: 10}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A tag that follows from one measured value.

    Parameters
    ----------
    tag : its name.
    measure : the name of the measure.
    below, above : the value must lie below the one and above the other; None: no such bound.
    defect : whether an example with this tag is no longer `clean`.
    """

    tag: str
    measure: str
    below: float | None = None
    above: float | None = None
    defect: bool = True

    def holds(self, values: Values) -> bool:
        """Return whether the tag follows; it does not where the measure is undefined."""
        value = values.get(self.measure)
        if value is None:
            return False
        below, above = self.below, self.above
        return (below is None or value < below) and (above is None or value > above)

    def text(self) -> str:
        """Return the rule in words."""
        unit = MEASURES[self.measure].unit
        bounds = (("above", self.above), ("below", self.below))
        said = " and ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None)
        return f"{self.measure} {said}{' ' if unit else ''}{unit}"


def read_rules(path: Path | None = None) -> tuple[Rule, ...]:
    """Return the shipped rules, with those of a user's file in their place or after them.

    Parameters
    ----------
    path : a YAML file of ``tag: {measure: NAME, below: NUMBER}``, also with ``above`` and
        ``defect``; ``tag: null`` takes a shipped rule out. None: the shipped rules.

    Raises
    ------
    UsageError : every mistake in the file at once, each with its line.
    """
    rules = _read(SHIPPED, ())
    if path is not None:
        rules |= _read(path, tuple(rules))
    return tuple(rule for rule in rules.values() if rule is not None)


def _read(path: Path, shipped: Sequence[str]) -> dict[str, Rule | None]:
    """Return the rules of one file; None takes a shipped one out."""
    document = read_yaml(path)
    if not isinstance(document.data, dict | None):
        what = f"expected tags with their rules, as  low snr: {_EXAMPLE}"
        raise UsageError(document.problem((), what))
    rules = {}
    problems: list[Problem] = []
    for tag, spec in (document.data or {}).items():
        rules[tag], faults = _rule(tag, spec)
        if spec is None and tag not in shipped:
            faults.append(f"'{tag}: null' takes out nothing{nearest(tag, shipped)}")
        problems += [document.problem((tag,), what, at_key=True) for what in faults]
    if problems:
        raise UsageError(problems)
    return rules


def _rule(tag: str, spec: Any) -> tuple[Rule | None, list[str]]:
    """Return one rule, None where it takes a tag out or is wrong, and what is wrong with it."""
    faults = []
    if not tag or ";" in tag or tag == "clean":
        faults.append(f"'{tag}' cannot be a tag's name; it is a text without ';', and not 'clean'")
    if spec is None:
        return None, faults
    if not isinstance(spec, dict):
        return None, [*faults, f"tag '{tag}' is {spec!r}; write {_EXAMPLE}, or null to take it out"]
    faults += [
        f"tag '{tag}': unknown key '{key}'{nearest(key, _KEYS)}; allowed: {listed(_KEYS)}"
        for key in spec
        if key not in _KEYS
    ]
    measure, defect = spec.get("measure"), spec.get("defect", True)
    if not isinstance(measure, str) or measure not in MEASURES:
        said = "no 'measure'" if measure is None else f"unknown measure '{measure}'"
        hint = nearest(str(measure), list(MEASURES)) if measure is not None else ""
        faults.append(f"tag '{tag}': {said}{hint}; there are {listed(MEASURES, 20)}")
    if not isinstance(defect, bool):
        faults.append(f"tag '{tag}': 'defect' is {defect!r}; write true or false")
    faults += [f"tag '{tag}': {fault}" for fault in _bound_faults(spec)]
    if faults:
        return None, faults
    bounds = [None if spec.get(end) is None else float(spec[end]) for end in ("below", "above")]
    return Rule(tag, str(measure), bounds[0], bounds[1], bool(defect)), []


def _bound_faults(spec: dict[Any, Any]) -> list[str]:
    """Return what is wrong with a rule's bounds."""
    stated = {name: spec[name] for name in ("below", "above") if spec.get(name) is not None}
    if not stated:
        return ["no bound; write 'below: NUMBER' or 'above: NUMBER'"]
    faults = [
        f"'{name}' is {bound!r}; write a number"
        for name, bound in stated.items()
        if not is_number(bound)
    ]
    if not faults and len(stated) == 2 and not stated["above"] < stated["below"]:
        between = f"nothing lies above {stated['above']:g} and below {stated['below']:g}"
        faults.append(f"{between}; for outside of both, write two tags")
    return faults
