"""Telephone sound."""

from typing import ClassVar

from augmentor.core.distributions import Choice, Constant, Distribution
from augmentor.core.example import Facts, Label, Transcript, Waveform
from augmentor.core.operator import Operator, param
from augmentor.kernels import codec
from augmentor.kernels.measures import NARROW_HZ


class Codec(Operator):
    """A telephone line: 300 to 3400 Hz unless told otherwise, really coded and decoded."""

    name = "codec.v1"
    kernels: ClassVar = {(Waveform,): codec.narrow_band}
    leaves = (Label, Transcript)
    spoils = ("bandwidth_frac",)
    kind: Distribution = param(
        Choice(tuple(codec.SUBTYPES)),
        choices=tuple(codec.SUBTYPES),
        help="the coder: G.711 A-law or mu-law at 64 kbit/s, GSM full rate at 13 kbit/s",
    )
    low_hz: Distribution = param(
        Constant(codec.BAND_HZ[0]),
        unit="Hz",
        within=(0, 1000),
        help="lower edge; some lines keep the lows",
    )
    high_hz: Distribution = param(
        Constant(codec.BAND_HZ[1]),
        unit="Hz",
        within=(2000, 4000),
        help="upper edge of the line's band",
    )

    def refuses(self, facts: Facts) -> str:
        """Refuse sound that is narrow already: coding it again would teach nothing true."""
        if facts.bandwidth_hz is None or facts.bandwidth_hz >= NARROW_HZ:
            return ""
        return (
            f"its band ends at {facts.bandwidth_hz:.0f} Hz already, a telephone's; "
            f"take parents of {NARROW_HZ:.0f} Hz or more"
        )
