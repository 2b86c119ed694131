"""What conditions of a picture share: they move no pixel, and light is counted by a curve."""

from typing import ClassVar

from augmentor.core.distributions import Constant, Distribution
from augmentor.core.example import Label, Target
from augmentor.core.operator import Operator, param
from augmentor.core.pictures import Instances, Keypoints, Mask
from augmentor.kernels.conditions.tone import CURVES


class Lighting(Operator):
    """Something that changes how much light a picture shows, and where."""

    leaves: ClassVar[tuple[type[Target], ...]] = (Instances, Mask, Keypoints, Label)
    curve: Distribution = param(
        Constant("srgb"),
        choices=CURVES,
        help="what its numbers mean: a photograph's sRGB, or light itself, as a raw camera's",
    )
