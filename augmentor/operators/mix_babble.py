"""People talking in the background."""

from typing import Any, ClassVar

from augmentor.core.distributions import Choice, Distribution, Pick, Uniform
from augmentor.core.errors import BadSourceError
from augmentor.core.example import Facts, Label, Transcript, Waveform
from augmentor.core.operator import Operator, param
from augmentor.core.stream import Stream
from augmentor.kernels import mix

_TRIES = 200


class MixBabble(Operator):
    """Several other people talking at once, at a ratio over the active speech level."""

    name = "mix_babble.v1"
    kernels: ClassVar = {(Waveform,): mix.add_babble}
    leaves = (Label, Transcript)
    talkers: Distribution = param(Pick(), help="a bank of speech, one recording a talker")
    count: Distribution = param(
        Choice((3, 4, 5, 6)), unit="talkers", within=(2, 10), whole=True, help="how many talk"
    )
    snr_db: Distribution = param(
        Uniform(15, 3), unit="dB", within=(-20, 60), help="active speech level over babble level"
    )

    def draw(self, facts: Facts, stream: Stream) -> dict[str, Any]:
        """Choose the talkers one by one: never the parent's own clip, group or speaker."""
        count = int(self.count.at(stream.at("count").unit()))
        return {
            "talkers": [self._talker(facts, stream.at("talkers", one)) for one in range(count)],
            "count": count,
            "snr_db": self.snr_db.at(stream.at("snr_db").unit()),
        }

    def _talker(self, facts: Facts, stream: Stream) -> Any:
        bank = self.talkers.bank if isinstance(self.talkers, Pick) else None
        for again in range(_TRIES):
            ref = self.talkers.at(stream.at(again).unit())
            if bank is None or not bank.akin(ref["id"], facts):
                return ref
        raise BadSourceError(
            f"the bank '{ref['bank']}' has hardly any talker but '{facts.id}' itself, "
            f"its speaker '{facts.speaker}' and its group '{facts.group}'"
        )
