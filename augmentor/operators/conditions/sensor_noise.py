"""Noise of the camera."""

from typing import ClassVar

from augmentor.core.distributions import Distribution, LogUniform, Seed
from augmentor.core.operator import param
from augmentor.core.pictures import Image
from augmentor.kernels.conditions import noise
from augmentor.operators.conditions.lighting import Lighting
from augmentor.operators.spoils import HIDES


class SensorNoise(Lighting):
    """Noise as cameras have it: from the grains of light, and from reading them out."""

    name = "sensor_noise.v1"
    kernels: ClassVar = {(Image,): noise.add_noise}
    spoils = HIDES
    full_well_e: Distribution = param(
        LogUniform(40000, 500),
        unit="electrons",
        within=(20, 1000000),
        help="that a pixel holds at white: double the ISO number halves them",
    )
    read_noise_e: Distribution = param(
        LogUniform(1.5, 4), unit="electrons", within=(0, 1000), help="spread in the dark"
    )
    seed: Distribution = param(Seed(), help="makes the noise")
