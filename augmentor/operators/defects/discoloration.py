"""Discoloured places."""

from typing import ClassVar

from augmentor.core.distributions import Choice, Distribution, LogUniform, Seed, Uniform
from augmentor.core.operator import param
from augmentor.kernels.defects import discolor
from augmentor.kernels.defects.patch import marking
from augmentor.operators.defects.defect import PLACE, Placed, label


class Discoloration(Placed):
    """A soft-edged place of another colour: a heat tint, a drip that ran down, a dried ring."""

    name = "discoloration.v1"
    kernels: ClassVar = marking(discolor.discolor)
    fits: ClassVar = PLACE | {
        "size_frac": "length_frac",
        "elongation": "elongation",
        "lightness_frac": "contrast_frac",
    }
    label: Distribution = label("discoloration")
    kind: Distribution = param(
        Choice(("patch", "ring", "drip")),
        choices=discolor.KINDS,
        help="a soft patch, streaks that ran down, or the rim of a dried drop",
    )
    size_frac: Distribution = param(
        LogUniform(0.12, 0.4), within=(0.001, 1), help="its length, of the shorter side"
    )
    elongation: Distribution = param(
        Uniform(1, 2), within=(1, 10), help="length over width of a patch or a ring"
    )
    edge_frac: Distribution = param(
        Uniform(0.6, 0.15), within=(0, 1), help="how soft its edge is: 1 fades from the middle"
    )
    lightness_frac: Distribution = param(
        Uniform(-0.08, -0.4), within=(-1, 1), help="of the surface's light, what it takes or adds"
    )
    hue_deg: Distribution = param(
        Uniform(50, 30), unit="deg", within=(-360, 360), help="of its colour: 0 red, 60 yellow"
    )
    hue_span_deg: Distribution = param(
        Uniform(0, -20),
        unit="deg",
        within=(-360, 360),
        help="how far the hue turns from the edge to the strongest place",
    )
    saturation_frac: Distribution = param(
        Uniform(0.1, 0.5), within=(0, 1), help="of its colour; a grey picture has none"
    )
    seed: Distribution = param(Seed(), help="shapes it")
