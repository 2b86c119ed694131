"""Dark corners."""

from typing import ClassVar

from augmentor.core.distributions import Distribution, Uniform
from augmentor.core.operator import param
from augmentor.core.pictures import Image
from augmentor.kernels.conditions import light
from augmentor.operators.conditions.lighting import Lighting
from augmentor.operators.spoils import HIDES


class Vignette(Lighting):
    """A picture that gets darker towards its corners, as plain wide lenses make it."""

    name = "vignette.v1"
    kernels: ClassVar = {(Image,): light.vignette}
    spoils = HIDES
    corner_deg: Distribution = param(
        Uniform(3, 50),
        unit="deg",
        within=(0, 80),
        help="from the middle to the corners: light falls by the cosine's fourth power",
    )
