"""Pictures seen from one side."""

from typing import ClassVar

from augmentor.core.distributions import Constant, Distribution, Uniform
from augmentor.core.example import Label
from augmentor.core.operator import Operator, param
from augmentor.kernels.conditions import warp
from augmentor.operators.spoils import MOVES


class Perspective(Operator):
    """A camera that does not look straight down: one side is farther away, and smaller."""

    name = "perspective.v1"
    kernels: ClassVar = warp.moving(warp.tilt)
    leaves = (Label,)
    spoils = MOVES
    shift_frac: Distribution = param(
        Uniform(0, 0.1),
        within=(0, 0.25),
        help="how far the farthest corner comes in, of the shorter side",
    )
    direction_deg: Distribution = param(
        Uniform(0, 360), unit="deg", within=(0, 360), help="what goes away: 0 right, 90 down"
    )
    border: Distribution = param(
        Constant("zoom"),
        choices=warp.BORDERS,
        help="zoom in until nothing beyond the picture is seen, or show that as black",
    )
