"""Pits."""

from typing import ClassVar

from augmentor.core.distributions import Choice, Constant, Distribution, LogUniform, Seed, Uniform
from augmentor.core.operator import param
from augmentor.kernels.defects import pits
from augmentor.kernels.defects.patch import marking
from augmentor.operators.defects.defect import PLACE, Placed, label


class PitMark(Placed):
    """A cluster of small holes, as from corrosion, casting or wear."""

    name = "pit_mark.v1"
    kernels: ClassVar = marking(pits.pits)
    fits: ClassVar = PLACE | {"spread_frac": "length_frac", "depth_frac": "deepest_frac"}
    label: Distribution = label("pit_mark")
    count: Distribution = param(
        Choice((4, 8, 15, 25, 40, 60)), unit="pits", within=(1, 2000), whole=True, help="how many"
    )
    spread_frac: Distribution = param(
        LogUniform(0.04, 0.2), within=(0, 1), help="size of the cluster, of the shorter side"
    )
    size_px: Distribution = param(
        LogUniform(3, 9), unit="px", within=(0.5, 200), help="diameter of the largest"
    )
    exponent: Distribution = param(
        Uniform(2.5, 1.2),
        within=(0.2, 6),
        help="of the power law of sizes: twice as large is 2^exponent as rare",
    )
    depth_frac: Distribution = param(
        Uniform(0.35, 0.9), within=(0, 1), help="of the light that the deepest lose"
    )
    light_deg: Distribution = param(
        Constant(120), unit="deg", within=(-360, 360), help="where light comes from: 90 above"
    )
    seed: Distribution = param(Seed(), help="places and shapes the pits")
