"""Cracks."""

from typing import ClassVar

from augmentor.core.distributions import Choice, Constant, Distribution, LogUniform, Seed, Uniform
from augmentor.core.operator import param
from augmentor.kernels.defects.crack import crack
from augmentor.kernels.defects.lines import DIRECTIONS
from augmentor.kernels.defects.patch import marking
from augmentor.kernels.defects.stroke import BLURS
from augmentor.operators.defects.defect import PLACE, Placed, label


class Crack(Placed):
    """Cracks, as in stone, cast parts or solar cells: thin, dark, forked, with fine tips."""

    name = "crack.v1"
    kernels: ClassVar = marking(crack)
    fits: ClassVar = PLACE | {
        "length_frac": "length_frac",
        "width_px": "width_px",
        "contrast_frac": "deepest_frac",
        "angle_deg": "angle_deg",
    }
    label: Distribution = label("crack")
    length_frac: Distribution = param(
        LogUniform(0.12, 0.7), within=(0.01, 1), help="of the trunk, of the picture's shorter side"
    )
    width_px: Distribution = param(
        LogUniform(0.8, 3), unit="px", within=(0.3, 50), help="of the trunk, where it is widest"
    )
    soft_px: Distribution = param(
        Constant(1.5), unit="px", within=(0.5, 20), help="the camera's blur of a sharp edge"
    )
    blur: Distribution = param(
        Constant("lens"), choices=BLURS, help="lens; or spread, as light in what luminesces"
    )
    uneven_frac: Distribution = param(
        Constant(1), within=(0.05, 1), help="1 wanders in width and depth; 0.1 even, as a crystal"
    )
    contrast_frac: Distribution = param(
        Uniform(0.25, 0.75), within=(0, 1), help="of the surface's brightness, where it is darkest"
    )
    straightness: Distribution = param(
        Uniform(0.9, 0.3), within=(0, 1), help="0 jagged, as in stone; 1 straight, as in a crystal"
    )
    branches: Distribution = param(
        Choice((0, 0, 1, 2, 3, 5)), whole=True, within=(0, 40), help="how many fork off"
    )
    branch_deg: Distribution = param(
        Uniform(25, 60), unit="deg", within=(5, 120), help="how far branches turn away"
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
        Uniform(-10, 10), unit="deg", within=(-90, 90), help="turned away from along or across"
    )
    overhang_frac: Distribution = param(
        Constant(0), within=(0, 0.5), help="how much of it may lie outside, on each side"
    )
    seed: Distribution = param(Seed(), help="shapes the rest")
