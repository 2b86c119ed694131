"""More or less light on the sensor."""

from typing import ClassVar

from augmentor.core.distributions import Distribution, Uniform
from augmentor.core.operator import param
from augmentor.core.pictures import Image
from augmentor.kernels.conditions import tone
from augmentor.operators.conditions.lighting import Lighting
from augmentor.operators.spoils import CHANGES_ELSEWHERE


class Exposure(Lighting):
    """A picture exposed for too short a time, or too long, and with its middle tones bent."""

    name = "exposure.v1"
    kernels: ClassVar = {(Image,): tone.expose}
    spoils = CHANGES_ELSEWHERE
    stops: Distribution = param(
        Uniform(0, -3),
        unit="stops",
        within=(-8, 8),
        help="each doubles the light, below 0 halves it; what exceeds white is lost",
    )
    gamma: Distribution = param(
        Uniform(1, 1.3), within=(0.2, 5), help="exponent of the tones: above 1 the middle is darker"
    )
