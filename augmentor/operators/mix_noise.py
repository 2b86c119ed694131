"""Background noise."""

from typing import ClassVar

from augmentor.core.distributions import Distribution, Pick, Uniform
from augmentor.core.example import Label, Transcript, Waveform
from augmentor.core.operator import Operator, param
from augmentor.kernels import mix


class MixNoise(Operator):
    """Background noise from a bank, at a signal-to-noise ratio over the active speech level."""

    name = "mix_noise.v1"
    kernels: ClassVar = {(Waveform,): mix.add_at_snr}
    leaves = (Label, Transcript)
    noise: Distribution = param(Pick(), help="a recording of a bank and where it starts")
    snr_db: Distribution = param(
        Uniform(20, 3), unit="dB", within=(-20, 60), help="active speech level over noise level"
    )
