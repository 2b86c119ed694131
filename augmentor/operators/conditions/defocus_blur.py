"""Out of focus."""

from typing import ClassVar

from augmentor.core.distributions import Distribution, Uniform
from augmentor.core.example import Label
from augmentor.core.operator import Operator, param
from augmentor.core.pictures import Image, Instances, Keypoints, Mask
from augmentor.kernels.conditions import blur
from augmentor.operators.spoils import HIDES


class DefocusBlur(Operator):
    """A picture out of focus: each point becomes a disk."""

    name = "defocus_blur.v1"
    kernels: ClassVar = {(Image,): blur.defocus}
    leaves = (Instances, Mask, Keypoints, Label)
    spoils = HIDES
    radius_px: Distribution = param(
        Uniform(0.5, 6), unit="px", within=(0, 30), help="of the disk; nothing up to half a pixel"
    )
