"""Reflections of lamps."""

from typing import ClassVar

from augmentor.core.distributions import Distribution, LogUniform, Uniform
from augmentor.core.operator import param
from augmentor.core.pictures import Image
from augmentor.kernels.conditions import light
from augmentor.operators.conditions.lighting import Lighting
from augmentor.operators.spoils import OUTSHINES


class Glare(Lighting):
    """A lamp mirrored by what shines: a bright streak that hides what is under it, and a veil."""

    name = "glare.v1"
    kernels: ClassVar = {(Image,): light.glare}
    spoils = OUTSHINES
    strength: Distribution = param(
        LogUniform(0.01, 3), within=(0, 20), help="light amid the streak, white 1: above, all white"
    )
    veil_frac: Distribution = param(
        Uniform(0, 0.1), within=(0, 1), help="light scattered over all of the picture, white 1"
    )
    length_frac: Distribution = param(
        Uniform(0.15, 0.7), within=(0.001, 4), help="of the streak, of the shorter side"
    )
    width_frac: Distribution = param(
        Uniform(0.04, 0.15), within=(0.001, 2), help="of the streak, of the shorter side"
    )
    bend_frac: Distribution = param(
        Uniform(-0.3, 0.3), within=(-10, 10), help="how far it bends, a shorter side off its middle"
    )
    angle_deg: Distribution = param(
        Uniform(0, 180), unit="deg", within=(-360, 360), help="of the streak; 0 is along the rows"
    )
    relief_frac: Distribution = param(
        Uniform(0, 0.8),
        within=(0, 1),
        help="how much follows what is under it: 0 as on glass, 1 as on bare rough metal",
    )
    x_frac: Distribution = param(Uniform(0.1, 0.9), within=(-1, 2), help="its middle, across")
    y_frac: Distribution = param(Uniform(0.1, 0.9), within=(-1, 2), help="its middle, down")
