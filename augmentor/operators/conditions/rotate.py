"""Pictures turned."""

from typing import ClassVar

from augmentor.core.distributions import Choice, Constant, Distribution, Uniform
from augmentor.core.example import Label
from augmentor.core.operator import Operator, param
from augmentor.kernels.conditions import warp
from augmentor.operators.spoils import MOVES


class Rotate(Operator):
    """A camera or a part that is a little turned: everything marked turns with the picture."""

    name = "rotate.v1"
    kernels: ClassVar = warp.moving(warp.rotation)
    leaves = (Label,)
    spoils = MOVES
    angle_deg: Distribution = param(
        Uniform(0, 15), unit="deg", within=(0, 180), help="how far, about the middle"
    )
    turn: Distribution = param(
        Choice(("left", "right")), choices=("left", "right"), help="against the clock, or with it"
    )
    border: Distribution = param(
        Constant("zoom"),
        choices=warp.BORDERS,
        help="zoom in until nothing beyond the picture is seen, or show that as black",
    )
