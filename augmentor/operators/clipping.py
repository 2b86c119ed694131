"""An input set too loud."""

from typing import ClassVar

from augmentor.core.distributions import Distribution, Uniform
from augmentor.core.example import Label, Transcript, Waveform
from augmentor.core.operator import Operator, param
from augmentor.kernels import dynamics


class Clipping(Operator):
    """An input that was set too loud: the tops of the sound are cut off."""

    name = "clipping.v1"
    kernels: ClassVar = {(Waveform,): dynamics.overdrive}
    leaves = (Label, Transcript)
    spoils = ("clipped_run_s", "clipped_frac")
    overdrive_db: Distribution = param(
        Uniform(3, 18), unit="dB", within=(0, 40), help="how far the peak goes over full scale"
    )
