"""Stains."""

from typing import ClassVar

from augmentor.core.distributions import Distribution, LogUniform, Seed, Uniform
from augmentor.core.operator import param
from augmentor.core.pictures import Mask
from augmentor.kernels.defects import dirt
from augmentor.kernels.defects.patch import dirtying
from augmentor.operators.defects.defect import Placed
from augmentor.operators.spoils import CHANGES_ELSEWHERE


class Stain(Placed):
    """A faint spot with a darker rim, as a drop leaves it: no defect, so nothing is marked."""

    name = "stain.v1"
    kernels: ClassVar = dirtying(dirt.stain)
    leaves = (*Placed.leaves, Mask)
    spoils = CHANGES_ELSEWHERE
    size_frac: Distribution = param(
        LogUniform(0.04, 0.2), within=(0.001, 1), help="its length, of the shorter side"
    )
    elongation: Distribution = param(
        Uniform(1, 1.8), within=(1, 10), help="its length over its width"
    )
    strength_frac: Distribution = param(
        Uniform(0.04, 0.18), within=(0, 1), help="of the surface's light, what its rim takes"
    )
    seed: Distribution = param(Seed(), help="shapes it")
