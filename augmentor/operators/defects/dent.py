"""Dents."""

from typing import ClassVar

from augmentor.core.distributions import Constant, Distribution, LogUniform, Seed, Uniform
from augmentor.core.operator import param
from augmentor.kernels.defects import dent
from augmentor.kernels.defects.patch import marking
from augmentor.operators.defects.defect import PLACE, Placed, label


class Dent(Placed):
    """A smooth hollow, as from a knock: one side catches the light, the other turns from it."""

    name = "dent.v1"
    kernels: ClassVar = marking(dent.dent)
    fits: ClassVar = PLACE | {
        "size_frac": "length_frac",
        "elongation": "elongation",
        "angle_deg": "angle_deg",
    }
    label: Distribution = label("dent")
    size_frac: Distribution = param(
        LogUniform(0.08, 0.25), within=(0.001, 1), help="its length, of the shorter side"
    )
    elongation: Distribution = param(
        Uniform(1, 2), within=(1, 10), help="its length over its width"
    )
    angle_deg: Distribution = param(
        Uniform(0, 180), unit="deg", within=(-360, 360), help="of its length: 0 right, 90 up"
    )
    depth_frac: Distribution = param(
        LogUniform(0.012, 0.05), within=(0, 0.5), help="its depth, of its width"
    )
    rim_frac: Distribution = param(
        Uniform(0, 0.1), within=(0, 0.5), help="height of the rim around it, of its depth"
    )
    light_deg: Distribution = param(
        Constant(120), unit="deg", within=(-360, 360), help="where light comes from: 90 above"
    )
    elevation_deg: Distribution = param(
        Uniform(55, 30), unit="deg", within=(5, 85), help="of the light over the surface"
    )
    seed: Distribution = param(Seed(), help="makes it uneven")
