"""Dust."""

from typing import ClassVar

from augmentor.core.distributions import Choice, Distribution, LogUniform, Seed, Uniform
from augmentor.core.operator import param
from augmentor.core.pictures import Mask
from augmentor.kernels.defects import dirt
from augmentor.kernels.defects.patch import dirtying
from augmentor.operators.defects.defect import Placed
from augmentor.operators.spoils import CHANGES_ELSEWHERE


class Dust(Placed):
    """A few specks out of focus, dark or lit: no defect, so nothing is marked."""

    name = "dust.v1"
    kernels: ClassVar = dirtying(dirt.dust)
    leaves = (*Placed.leaves, Mask)
    spoils = CHANGES_ELSEWHERE
    count: Distribution = param(
        Choice((2, 3, 5, 8, 12, 18)), unit="specks", within=(1, 500), whole=True, help="how many"
    )
    spread_frac: Distribution = param(
        Uniform(0.4, 0.9), within=(0, 1), help="of the square they lie in, of the shorter side"
    )
    size_px: Distribution = param(
        LogUniform(2, 6), unit="px", within=(0.5, 200), help="diameter of the largest"
    )
    blur_px: Distribution = param(
        LogUniform(2, 0.8), unit="px", within=(0.5, 50), help="how soft their edges are"
    )
    strength_frac: Distribution = param(
        Uniform(0.35, 0.75), within=(0, 1), help="of the surface, what a sharp one hides"
    )
    tone: Distribution = param(
        Choice(("dark", "bright")), choices=dirt.TONES, help="in shadow, or lit from the side"
    )
    seed: Distribution = param(Seed(), help="places and shapes them")
