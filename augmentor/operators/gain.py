"""Loudness."""

from typing import ClassVar

from augmentor.core.distributions import Distribution, Uniform
from augmentor.core.example import Label, Transcript, Waveform
from augmentor.core.operator import Operator, param
from augmentor.kernels import dynamics


class Gain(Operator):
    """A sound turned up or down, as by the distance to the mouth or a level control."""

    name = "gain.v1"
    kernels: ClassVar = {(Waveform,): dynamics.gain}
    leaves = (Label, Transcript)
    gain_db: Distribution = param(
        Uniform(0, -30), unit="dB", within=(-60, 40), help="louder above 0, never into clipping"
    )
