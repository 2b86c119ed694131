"""People talking in the background."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from augmentor.core.assets import AssetBank
from augmentor.core.distributions import Choice, Distribution, Pick, Uniform
from augmentor.core.errors import BadSourceError
from augmentor.core.example import Facts, Label, Transcript, Waveform
from augmentor.core.operator import Operator, param
from augmentor.core.stream import Stream
from augmentor.kernels import mix

_TRIES = 200
_CHOOSY = 60
"""So many tries look for a voice that talks not yet; then another recording of one will do."""


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
        """Choose the talkers one by one: never the parent's own clip, group or speaker.

        No recording talks twice, and no speaker where the bank has others.
        """
        count = int(self.count.at(stream.at("count").unit()))
        talkers: list[Any] = []
        for place in range(count):
            talkers.append(self._talker(facts, stream.at("talkers", place), talkers, count))
        return {
            "talkers": talkers,
            "count": count,
            "snr_db": self.snr_db.at(stream.at("snr_db").unit()),
        }

    def _talker(self, facts: Facts, stream: Stream, others: Sequence[Any], count: int) -> Any:
        """Return one talker more, drawn again and again until it is new."""
        bank = self.talkers.bank if isinstance(self.talkers, Pick) else None
        ids = {one["id"] for one in others}
        voices = {_speaker(bank, one["id"]) for one in others} - {""}
        spare = None
        for again in range(_TRIES):
            if spare is not None and again >= _CHOOSY:
                return spare
            ref = self.talkers.at(stream.at(again).unit())
            if ref["id"] in ids or (bank is not None and bank.akin(ref["id"], facts)):
                continue
            if _speaker(bank, ref["id"]) not in voices:
                return ref
            spare = spare or ref
        if spare is not None:
            return spare
        if others:
            raise BadSourceError(
                f"the bank '{ref['bank']}' has hardly more than {len(others)} recordings "
                f"of others than '{facts.id}'; {count} talkers are asked for"
            )
        raise BadSourceError(
            f"the bank '{ref['bank']}' has hardly any talker but '{facts.id}' itself, "
            f"its speaker '{facts.speaker}' and its group '{facts.group}'"
        )


def _speaker(bank: AssetBank | None, asset_id: str) -> str:
    """Return who talks in a recording, or an empty string where the bank does not know."""
    rows: Mapping[str, Any] = getattr(getattr(bank, "index", None), "by_id", {})
    return str(rows.get(asset_id, {}).get("speaker", ""))
