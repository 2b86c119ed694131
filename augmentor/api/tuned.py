"""What tuning found: the band of each axis of severity, and the words for it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from augmentor.core.distributions import LogUniform, Uniform
from augmentor.gate.tuning.curves import Curve, Point, Region
from augmentor.gate.tuning.search import Found
from augmentor.recipe.severity import Axis, Lever

Outcome = Literal[
    "band", "not kept", "unclear", "easy", "apart", "cannot tell", "no axis", "no parents"
]


@dataclass(frozen=True, slots=True)
class Kept:
    """What was measured inside a band on other parents than those it was found on.

    Parameters
    ----------
    clear : share of clear examples over that of the clean parents.
    errs : the model's error rate; None without a model.
    kept : the share that a reference still understands, by the word of its check.
    """

    clear: Point
    errs: Point | None
    kept: Mapping[str, Point] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tuned:
    """What was found along one axis of severity.

    Parameters
    ----------
    axis : a category, a branch of it, or one recording in it.
    measure : what "clear" means, in words.
    found : curves and band; None where no parent could be used.
    clean_clear, clean_errs : of the parents as they are.
    kept : what other parents say of the band; None without a band, or without other parents.
    tried : how many examples were made for it.
    unmade : reasons why some could not be made, with how many.
    clean_kept : the share of the parents that a reference understands, by the word of its check.
    """

    axis: Axis
    measure: str
    found: Found | None
    clean_clear: Point | None = None
    clean_errs: Point | None = None
    kept: Kept | None = None
    tried: int = 0
    unmade: Mapping[str, int] = field(default_factory=dict)
    clean_kept: Mapping[str, Point] = field(default_factory=dict)

    @property
    def outcome(self) -> Outcome:
        """Whether there is a band that keeps what it promises, or why there is none."""
        if self.found is None:
            return "no parents"
        if not self.axis.levers:
            return "no axis"
        if self.found.outcome != "band" or self.kept is None:
            return self.found.outcome
        goal, kept = self.found.goal, self.kept
        promised = [(kept.clear, goal.clear), (kept.errs, goal.error)]
        promised += [(kept.kept.get(key), bound) for key, bound in goal.kept.items()]
        broken = any(
            point is not None and bound is not None and point.n and point.high < bound
            for point, bound in promised
        )
        return "not kept" if broken else "band"

    @property
    def laws(self) -> dict[tuple[str, str], Uniform | LogUniform]:
        """The narrower distributions by (step, parameter); none without a band that is kept."""
        band = self.found.band if self.found and self.outcome == "band" else None
        if band is None:
            return {}
        return {
            (one.step, one.param): one.within(band.mild, band.harsh) for one in self.axis.levers
        }

    @property
    def said(self) -> str:
        """The outcome as a sentence."""
        return _SAID[self.outcome](self)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        found = self.found
        goal = None if found is None else found.goal
        return {
            "category": self.axis.category.name,
            "branch": self.axis.branch,
            "recording": self.axis.recording,
            "outcome": self.outcome,
            "said": self.said,
            "clear_means": self.measure,
            "wanted": None
            if goal is None
            else {"clear_frac": goal.clear, "error_frac": goal.error}
            | {f"{key}_frac": bound for key, bound in goal.kept.items()},
            "band": _told(found.band if found and self.laws else None),
            "parameters": [
                {
                    "name": one.name,
                    "unit": one.unit,
                    "was": one.law.spec(),
                    "now": law.spec() if (law := self.laws.get((one.step, one.param))) else None,
                }
                for one in self.axis.levers
            ],
            "clear_region": _told(found.clear_region if found else None),
            "hard_region": _told(found.hard_region if found else None),
            "sure_band": _told(found.surely()[0] if found else None),
            "possible_band": _told(found.surely()[1] if found else None),
            "clean": {"clear": _told(self.clean_clear), "error": _told(self.clean_errs)}
            | {key: _told(one) for key, one in self.clean_kept.items()},
            "curves": {
                "clear": _told(found.clear if found else None),
                "error": _told(found.errs if found else None),
            }
            | {key: _told(one) for key, one in (found.kept if found else {}).items()},
            "on_other_parents": None if self.kept is None else asdict(self.kept),
            "tried": self.tried,
            "unmade": dict(self.unmade),
        }


@dataclass(frozen=True, slots=True)
class Tuning:
    """What tuning a recipe left behind.

    Parameters
    ----------
    file : the new recipe.
    page : the curves.
    model : the model that was asked, as the recipe names it; None where it names none.
    found : an axis each.
    """

    file: Path
    page: Path
    model: str | None
    found: Sequence[Tuned]

    @property
    def exit_code(self) -> int:
        """0; 1 where some category that has an axis of severity got no band."""
        whole = [one for one in self.found if not one.axis.recording]
        return int(any(one.outcome not in ("band", "no axis") for one in whole))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "recipe": str(self.file),
            "report": str(self.page),
            "model": self.model,
            "found": [one.to_json() for one in self.found],
        }


def at_severity(levers: Sequence[Lever], severity: float) -> str:
    """Return the values of some parameters at a severity, in words."""
    return ", ".join(f"{one.param} {shown(one.at(severity), one.unit)}" for one in levers)


def shown(value: float, unit: str) -> str:
    """Return a number with its unit."""
    return f"{value + 0.0:.4g}{' ' + unit if unit else ''}"


def percent(point: Point | None) -> str:
    """Return a measured share with its interval."""
    if point is None or not point.n:
        return "undefined"
    return f"{point.value:.0%} ({point.low:.0%} to {point.high:.0%})"


def _band(one: Tuned) -> str:
    assert one.found is not None
    band = one.found.band
    assert band is not None
    said = []
    for lever in one.axis.levers:
        law = lever.within(band.mild, band.harsh)
        ends = " to ".join(shown(end, lever.unit) for end in (law.mild, law.harsh))
        said.append(f"{lever.param} {ends}")
    further = ""
    if band.harsh >= 1 and not any(curve.rising for curve, _ in one.found.clarities.values()):
        further = "; still clear at the harsh end, so the range may go further"
    return ", ".join(said) + further


def _not_kept(one: Tuned) -> str:
    assert one.kept is not None
    kept = "".join(f", {percent(point)} by {key}" for key, point in one.kept.kept.items())
    return (
        f"{_band(one)}; but other parents do not bear it out: {percent(one.kept.clear)} clear"
        f"{kept}, {percent(one.kept.errs)} errors; try a larger --sample"
    )


def _unclear(one: Tuned) -> str:
    assert one.found is not None
    for name, (curve, bound) in one.found.clarities.items():
        if curve.region(bound) is None:
            best = max(curve.points, key=lambda point: point.value)
            of = "clear" if name == "clear" else f"understood ({name})"
            return (
                f"at no severity is enough of it {of}: {percent(best)} of clean at best, at "
                f"{at_severity(one.axis.levers, best.severity)}, wanted {bound:.0%}; "
                "move the range to where people understand it"
            )
    return "where one measure calls it clear, another does not; look at the curves"


def _easy(one: Tuned) -> str:
    assert one.found is not None
    assert one.found.errs is not None
    worst = max(one.found.errs.points, key=lambda point: point.value)
    return (
        f"the model does well at all severities: it errs on {percent(worst)} at most, at "
        f"{at_severity(one.axis.levers, worst.severity)}, wanted {one.found.goal.error:.0%}; "
        "move the range to where it fails, or leave the category out"
    )


def _apart(one: Tuned) -> str:
    assert one.found is not None
    clear, hard = one.found.clear_region, one.found.hard_region
    return (
        "where the model fails, too few are clear: clear "
        f"{_stretch(one.axis, clear)}; the model errs enough {_stretch(one.axis, hard)}"
    )


def _stretch(axis: Axis, region: Region | None) -> str:
    assert region is not None
    first, last = (at_severity(axis.levers, end) for end in (region.mild, region.harsh))
    return f"from {first} to {last}"


def _no_axis(one: Tuned) -> str:
    assert one.found is not None
    clear, errs = _only(one.found.clear), _only(one.found.errs)
    kept = "".join(
        f"{_only(curve)} are still understood ({key}), " for key, curve in one.found.kept.items()
    )
    return (
        "nothing to tune: no parameter is uniform or log_uniform; as it is "
        f"{clear} of clean are clear, {kept}the model errs on {errs}"
    )


def _only(curve: Curve | None) -> str:
    return percent(next(iter(curve.points), None) if curve else None)


def _cannot_tell(one: Tuned) -> str:
    why = next(iter(one.unmade), "")
    return f"clarity ({one.measure}) or the model's errors are undefined" + (
        f"; {why}" if why else ": ask for another clarity check"
    )


def _no_parents(one: Tuned) -> str:
    why = next(iter(one.unmade), "")
    return "no parent can be used" + (f": {why}" if why else "")


_SAID = {
    "band": _band,
    "not kept": _not_kept,
    "unclear": _unclear,
    "easy": _easy,
    "apart": _apart,
    "no axis": _no_axis,
    "cannot tell": _cannot_tell,
    "no parents": _no_parents,
}


def _told(one: Region | Point | Curve | None) -> dict[str, Any] | None:
    return None if one is None else one.to_json()
