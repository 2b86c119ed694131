"""The checks of a new picture: of the whole of it, and of the defects that edits made in it.

A defect with several faults is named by the first that is found. Each defect counts by itself:
the number is that of the worst.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from augmentor.core.pictures import Image, Instance, Pixels
from augmentor.gate.check import Check, Question
from augmentor.gate.trial import Change, Trial
from augmentor.kernels import visibility

Measure = Callable[[Trial], float | None]


def _saturated_frac(trial: Trial) -> float:
    change = trial.change
    if change is None:  # turned or cut: shares can be compared, pixels cannot
        shares = [float(visibility.saturated(one).mean()) for one in trial.pictures]
        return max(0.0, shares[1] - shares[0])
    return np.count_nonzero(_newly_saturated(change)) / math.prod(change.before.shape[:2])


def _newly_saturated(change: Change) -> NDArray[np.bool_]:
    before, after = change.before[change.window], change.after[change.window]
    return visibility.saturated(after) & ~visibility.saturated(before)


def _brightness_left_frac(trial: Trial) -> float:
    return visibility.brightness_left_frac(*trial.lights)


def _contrast_left_frac(trial: Trial) -> float | None:
    return visibility.contrast_left_frac(*trial.lights)


def _defect_area_px(trial: Trial) -> float:
    if len(trial.made) < trial.asked_for:
        return 0.0  # nothing of one is left to be seen
    return min((one.area_px for one in trial.made), default=0.0)


def _defect_width_px(trial: Trial) -> float | None:
    widths = [visibility.width_px(one.mask) for one in trial.made if one.mask is not None]
    return min(widths, default=None)


def _outside_frac(trial: Trial) -> float | None:
    change = trial.change
    if change is None or not change.made or not change.changed.any():
        return None
    stray = np.count_nonzero(change.changed & ~change.marked)
    return stray / np.count_nonzero(change.changed)


def _idle_frac(trial: Trial) -> float | None:
    change = trial.change
    if change is None or not change.made:
        return None
    idle = np.count_nonzero(change.marked & ~change.changed)
    return idle / np.count_nonzero(change.marked)


def _defect_saturated_frac(trial: Trial) -> float | None:
    change = trial.change
    if change is None or not change.made:
        return None
    burnt = np.count_nonzero(_newly_saturated(change) & change.marked)
    return burnt / np.count_nonzero(change.marked)


def _each(
    trial: Trial,
    measure: Callable[[Pixels, Pixels, NDArray[np.bool_]], float | None],
    margin_px: Callable[[Instance], int],
) -> list[float]:
    """Return what a measure says of each defect and its surroundings, where it says anything."""
    change = trial.change
    if change is None:
        return []
    found = (measure(*change.around(one, margin_px(one))) for one in change.made)
    return [one for one in found if one is not None]


def _defect_depth_frac(trial: Trial) -> float | None:
    return max(_each(trial, visibility.depth_frac, lambda _: 0), default=None)


def _seam_ratio(trial: Trial) -> float | None:
    return max(_each(trial, visibility.seam_ratio, lambda _: 6), default=None)


def _defect_contrast(trial: Trial) -> float | None:
    return min(_each(trial, visibility.contrast_over_texture, _three_widths), default=None)


def _three_widths(one: Instance) -> int:
    assert one.mask is not None
    return max(24, math.ceil(3 * visibility.width_px(one.mask)))


def _of_defects(trial: Trial) -> bool:
    return bool(trial.made or trial.asked_for)


def _on_the_thing(trial: Trial) -> bool:
    """Return whether every defect was to lie on what the picture shows."""
    places = {edit.params.get("where") for edit in trial.child.edits if "label" in edit.params}
    return places == {"foreground"}


def _object_frac(trial: Trial) -> float | None:
    change = trial.change
    if change is None or not change.made:
        return None
    from augmentor.kernels.surface import foreground

    there = foreground(change.before)[change.window]
    return np.count_nonzero(change.marked & there) / np.count_nonzero(change.marked)


def _whole(name: str, measure: Measure, default: str, help_: str) -> Check:
    return Check(name, "realism", measure, default, help_, Image)


def _defect(name: str, question: Question, measure: Measure, default: str, help_: str) -> Check:
    return Check(name, question, measure, default, help_, Image, _of_defects)


CHECKS: tuple[Check, ...] = (
    _defect(
        "defect_area_px.v1",
        "clarity",
        _defect_area_px,
        ">= 9",
        "pixels of the smallest defect; 0 where one that was drawn cannot be seen at all",
    ),
    _defect(
        "defect_width_px.v1",
        "clarity",
        _defect_width_px,
        ">= 1.2",
        "mean width of the narrowest defect, px: a lens makes the thinnest line wider than one",
    ),
    _defect(
        "outside_frac.v1",
        "realism",
        _outside_frac,
        "<= 0.01",
        "share of the changed pixels that no defect's mask holds",
    ),
    _defect(
        "idle_frac.v1",
        "realism",
        _idle_frac,
        "<= 0.05",
        "share of the defects' masks that did not change",
    ),
    _whole(
        "saturated_frac.v1",
        _saturated_frac,
        "<= 0.2",
        "share of the picture that became black or white",
    ),
    _whole(
        "brightness_left_frac.v1",
        _brightness_left_frac,
        ">= 0.1",
        "mean light over that of the parent, or mean darkness, whichever is less",
    ),
    _whole(
        "contrast_left_frac.v1",
        _contrast_left_frac,
        ">= 0.1",
        "light and dark apart, 5th to 95th percentile, over that of the parent",
    ),
    _defect(
        "defect_saturated_frac.v1",
        "realism",
        _defect_saturated_frac,
        "<= 0.25",
        "share of the defects that became black or white",
    ),
    _defect(
        "defect_depth_frac.v1",
        "realism",
        _defect_depth_frac,
        "<= 0.9",
        "how much of the way to black or white a defect goes, too far to be true; 0 to 1",
    ),
    _defect(
        "seam_ratio.v1",
        "realism",
        _seam_ratio,
        "<= 1.8",
        "step at a defect's rim over the steps beside it, as of a patch that was pasted",
    ),
    Check(
        "object_frac.v1",
        "realism",
        _object_frac,
        ">= 0.5",
        "share of the defects that lies on the thing, where they were to lie on it",
        Image,
        _on_the_thing,
    ),
    _defect(
        "defect_contrast.v1",
        "clarity",
        _defect_contrast,
        ">= 1.0",
        "how far the faintest defect stands out, over the texture it lies in; buried below 1",
    ),
)
"""Cheapest first."""
