"""Scratches."""

from typing import ClassVar

from augmentor.core.distributions import Choice, Constant, Distribution, LogUniform, Seed, Uniform
from augmentor.core.operator import param
from augmentor.kernels.defects.lines import DIRECTIONS
from augmentor.kernels.defects.patch import marking
from augmentor.kernels.defects.scratch import PATTERNS, POLARITIES, scratch
from augmentor.operators.defects.defect import PLACE, Placed, label


class Scratch(Placed):
    """Scratches, as from a tool, a grain of sand or handling: a groove and its lit burr."""

    name = "scratch.v1"
    kernels: ClassVar = marking(scratch)
    fits: ClassVar = PLACE | {
        "length_frac": "length_frac",
        "width_px": "width_px",
        "contrast_frac": "deepest_frac",
        "polarity": "polarity",
        "angle_deg": "angle_deg",
    }
    label: Distribution = label("scratch")
    length_frac: Distribution = param(
        LogUniform(0.08, 0.6), within=(0.01, 1), help="of the picture's shorter side"
    )
    width_px: Distribution = param(
        LogUniform(1, 3.5), unit="px", within=(0.3, 50), help="where it is widest"
    )
    soft_px: Distribution = param(
        Constant(1.5), unit="px", within=(0.5, 20), help="the camera's blur of a sharp edge"
    )
    contrast_frac: Distribution = param(
        Uniform(0.15, 0.6), within=(0, 1), help="of the surface's brightness, where it is deepest"
    )
    bow_frac: Distribution = param(
        Uniform(0, 0.08), within=(0, 0.2), help="how far its middle leaves the straight line"
    )
    gaps_frac: Distribution = param(
        Uniform(0.3, 0.05), within=(0, 0.9), help="share of its length that was not touched"
    )
    burr_frac: Distribution = param(
        Uniform(0.3, 0.9), within=(0, 2), help="of the lit burr, over the groove's contrast"
    )
    polarity: Distribution = param(
        Constant("dark"), choices=POLARITIES, help="dark as on metal, bright as on paint"
    )
    light_deg: Distribution = param(
        Uniform(0, 360), unit="deg", within=(-360, 360), help="where light comes from: 90 is above"
    )
    direction: Distribution = param(
        Constant("any"),
        choices=DIRECTIONS,
        help="any angle, or along or across the grain",
    )
    angle_deg: Distribution = param(
        Uniform(-90, 90),
        unit="deg",
        within=(-180, 180),
        help="where the direction is any or there is no grain: 0 is a row, 90 upright",
    )
    off_grain_deg: Distribution = param(
        Uniform(-6, 6), unit="deg", within=(-90, 90), help="turned away from along or across"
    )
    pattern: Distribution = param(
        Constant("single"), choices=PATTERNS, help="one, side by side, or in all directions"
    )
    count: Distribution = param(
        Choice((2, 3, 4, 5, 6, 8)), whole=True, within=(1, 60), help="of a bundle or a swarm"
    )
    overhang_frac: Distribution = param(
        Constant(0), within=(0, 0.5), help="how much of it may lie outside, on each side"
    )
    seed: Distribution = param(Seed(), help="shapes the rest")
