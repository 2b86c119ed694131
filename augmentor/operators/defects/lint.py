"""Lint."""

from typing import ClassVar

from augmentor.core.distributions import Choice, Distribution, LogUniform, Seed, Uniform
from augmentor.core.operator import param
from augmentor.core.pictures import Mask
from augmentor.kernels.defects import dirt
from augmentor.kernels.defects.patch import dirtying
from augmentor.operators.defects.defect import Placed
from augmentor.operators.spoils import CHANGES_ELSEWHERE


class Lint(Placed):
    """A thin, curled fibre or a few, dark or lit: no defect, so nothing is marked."""

    name = "lint.v1"
    kernels: ClassVar = dirtying(dirt.lint)
    leaves = (*Placed.leaves, Mask)
    spoils = CHANGES_ELSEWHERE
    count: Distribution = param(
        Choice((1, 1, 1, 2, 3)), unit="fibres", within=(1, 50), whole=True, help="how many"
    )
    length_frac: Distribution = param(
        LogUniform(0.05, 0.25), within=(0.001, 1), help="of the longest, of the shorter side"
    )
    width_px: Distribution = param(
        LogUniform(1.2, 3), unit="px", within=(0.3, 50), help="of a fibre, with its soft edges"
    )
    bend_frac: Distribution = param(
        Uniform(0.6, 0.15), within=(0, 3), help="how far it bends aside, of its length"
    )
    strength_frac: Distribution = param(
        Uniform(0.25, 0.7), within=(0, 1), help="of the surface, what its middle hides"
    )
    tone: Distribution = param(
        Choice(("dark", "bright")), choices=dirt.TONES, help="in shadow, or lit from the side"
    )
    seed: Distribution = param(Seed(), help="bends them")
