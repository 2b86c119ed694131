"""What every defect has: a class, and a place."""

from typing import ClassVar

from augmentor.core.distributions import Constant, Distribution, Uniform
from augmentor.core.example import Label, Target
from augmentor.core.operator import Operator, param
from augmentor.core.pictures import Keypoints
from augmentor.kernels.defects.site import PLACES

PLACE = {"x_frac": "x_frac", "y_frac": "y_frac"}
"""What `Operator.fits` says of a place."""


class Placed(Operator):
    """Something that lies on the thing in the picture."""

    leaves: ClassVar[tuple[type[Target], ...]] = (Label, Keypoints)
    where: Distribution = param(
        Constant("anywhere"),
        choices=PLACES,
        help="anywhere, on the thing the picture shows, along its edges, or on what is marked",
    )
    x_frac: Distribution = param(
        Uniform(0, 1), within=(0, 1), help="which of the allowed places, across"
    )
    y_frac: Distribution = param(
        Uniform(0, 1), within=(0, 1), help="which of the allowed places, down"
    )


def label(name: str) -> Distribution:
    """Declare the parameter `label` of a defect: the class of the instance that it becomes."""
    declared: Distribution = param(
        Constant(name), text=True, help="class of the instance that it becomes"
    )
    return declared
