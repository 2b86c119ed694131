"""Faster and slower speech."""

from typing import ClassVar

from augmentor.core.distributions import Choice, Distribution
from augmentor.core.example import Label, Transcript, Waveform
from augmentor.core.operator import Operator, param
from augmentor.kernels import speed


class SpeedPerturb(Operator):
    """Someone who speaks faster and higher, or slower and lower."""

    name = "speed_perturb.v1"
    kernels: ClassVar = {(Waveform,): speed.speed, (Transcript,): speed.speed_words}
    leaves = (Label,)
    spoils = ("estoi",)
    rate_frac: Distribution = param(
        Choice((0.95, 1.05, 0.9, 1.1)), within=(0.5, 2), help="times the old speed, pitch included"
    )
