"""Rooms."""

from collections.abc import Collection
from typing import Any, ClassVar

from augmentor.core.distributions import Distribution, Seed, Uniform
from augmentor.core.example import Facts, Label, Transcript, Waveform
from augmentor.core.operator import Operator, param
from augmentor.core.stream import Stream
from augmentor.kernels import reverb


class Reverb(Operator):
    """Speech in a room, some way from the microphone: its walls answer."""

    name = "reverb.v1"
    kernels: ClassVar = {(Waveform,): reverb.reverberate}
    leaves = (Label, Transcript)
    response: Distribution | None = param(
        None, intact=True, help="a bank of impulse responses; without it a room is made up"
    )
    rt60_s: Distribution = param(
        Uniform(0.2, 0.8), unit="s", within=(0.1, 3), help="time in which sound falls by 60 dB"
    )
    distance_m: Distribution = param(
        Uniform(0.5, 3), unit="m", within=(0.1, 10), help="from mouth to microphone"
    )
    length_m: Distribution = param(
        Uniform(10, 4), unit="m", within=(2, 30), help="of the room: smaller ones answer louder"
    )
    width_m: Distribution = param(Uniform(7, 3), unit="m", within=(2, 30), help="of the room")
    height_m: Distribution = param(Uniform(3.5, 2.4), unit="m", within=(2, 10), help="of the room")
    seed: Distribution = param(Seed(), help="places mouth and microphone, makes the dense tail")

    @classmethod
    def idle(cls, given: Collection[str]) -> Collection[str]:
        """Return whatever describes a made-up room, where a measured one is taken."""
        return [name for name in given if name != "response"] if "response" in given else ()

    def draw(self, facts: Facts, stream: Stream) -> dict[str, Any]:
        """Choose a measured response, or else a room."""
        if self.response is not None:
            return {"response": self.response.at(stream.at("response").unit())}
        return super().draw(facts, stream)
