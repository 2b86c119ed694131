"""Shadows."""

from typing import ClassVar

from augmentor.core.distributions import Distribution, Uniform
from augmentor.core.operator import param
from augmentor.core.pictures import Image
from augmentor.kernels.conditions import light
from augmentor.operators.conditions.lighting import Lighting
from augmentor.operators.spoils import CHANGES_ELSEWHERE


class Shadow(Lighting):
    """Something outside the picture stands in the light: a soft-edged shadow comes in."""

    name = "shadow.v1"
    kernels: ClassVar = {(Image,): light.shade}
    spoils = CHANGES_ELSEWHERE
    darkness_frac: Distribution = param(
        Uniform(0.02, 0.8), within=(0, 1), help="share of the light that it takes"
    )
    cover_frac: Distribution = param(
        Uniform(0.2, 0.7), within=(0, 1), help="how far it comes in, of the picture that way"
    )
    softness_frac: Distribution = param(
        Uniform(0.4, 0.02), within=(0, 2), help="width of its border, of the shorter side"
    )
    bend_frac: Distribution = param(
        Uniform(-0.3, 0.3),
        within=(-10, 10),
        help="how far its border bends back, a shorter side off its middle; below 0 forward",
    )
    angle_deg: Distribution = param(
        Uniform(0, 360), unit="deg", within=(-360, 360), help="whence: 0 the left, 90 above"
    )
