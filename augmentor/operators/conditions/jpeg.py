"""JPEG."""

from typing import ClassVar

from augmentor.core.distributions import Distribution, Uniform
from augmentor.core.example import Label
from augmentor.core.operator import Operator, param
from augmentor.core.pictures import Image, Instances, Keypoints, Mask
from augmentor.kernels.conditions import jpeg
from augmentor.operators.spoils import HIDES


class Jpeg(Operator):
    """A picture that was stored as JPEG: really coded and decoded."""

    name = "jpeg.v1"
    kernels: ClassVar = {(Image,): jpeg.compress}
    leaves = (Instances, Mask, Keypoints, Label)
    spoils = HIDES
    quality: Distribution = param(
        Uniform(95, 15), within=(1, 100), help="of the usual scale, rounded to a whole number"
    )
