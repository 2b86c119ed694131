"""A dark background."""

from typing import ClassVar

from augmentor.core.distributions import Constant, Distribution, Uniform
from augmentor.core.example import Label
from augmentor.core.operator import param
from augmentor.core.pictures import Image, Instances, Keypoints, Mask
from augmentor.kernels.conditions import light
from augmentor.operators.conditions.lighting import Lighting
from augmentor.operators.spoils import CHANGES_ELSEWHERE


class DarkBackground(Lighting):
    """A thing before a dark background: what lies around it loses its light."""

    name = "dark_background.v1"
    kernels: ClassVar = {(Image, Instances): light.darken_background}
    leaves = (Mask, Keypoints, Label)
    spoils = CHANGES_ELSEWHERE
    darkness_frac: Distribution = param(
        Uniform(0.02, 0.95), within=(0, 1), help="share of the background's light that goes"
    )
    feather_frac: Distribution = param(
        Uniform(0.08, 0.03), within=(0, 1), help="over how far, outwards, of the shorter side"
    )
    keep: Distribution = param(
        Constant("found"),
        choices=light.KEPT,
        help="what keeps its light: the thing found and all that is marked, or only the latter",
    )
