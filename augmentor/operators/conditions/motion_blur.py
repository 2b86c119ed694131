"""Moved while the shutter was open."""

from typing import ClassVar

from augmentor.core.distributions import Distribution, Uniform
from augmentor.core.example import Label
from augmentor.core.operator import Operator, param
from augmentor.core.pictures import Image, Instances, Keypoints, Mask
from augmentor.kernels.conditions import blur
from augmentor.operators.spoils import HIDES


class MotionBlur(Operator):
    """A picture of something that moved, or a camera that did: each point becomes a line."""

    name = "motion_blur.v1"
    kernels: ClassVar = {(Image,): blur.move}
    leaves = (Instances, Mask, Keypoints, Label)
    spoils = HIDES
    length_px: Distribution = param(
        Uniform(0.5, 15), unit="px", within=(0, 120), help="of the way moved meanwhile"
    )
    angle_deg: Distribution = param(
        Uniform(0, 180), unit="deg", within=(-360, 360), help="of the way; 0 is along the rows"
    )
