"""The speech operators over these kernels: drawn, rendered and rendered again."""

import json

import numpy as np
import pytest
from speechlike import speechlike

from augmentor.core.example import Example, Facts, Label, Transcript, Waveform
from augmentor.core.operator import Edit, Operator, apply
from augmentor.core.stream import Stream
from augmentor.kernels.level import active_level_db
from augmentor.operators.clipping import Clipping
from augmentor.operators.codec import Codec
from augmentor.operators.gain import Gain
from augmentor.operators.reverb import Reverb
from augmentor.operators.speed_perturb import SpeedPerturb

RATE = 16000
SPEECH = speechlike(2.0, peak=0.9)
FACTS = Facts("a", duration_s=2.0, rate_hz=RATE, bandwidth_hz=8000.0)
PARENT = Example(
    FACTS,
    {
        "sound": Waveform(SPEECH, RATE, active_level_db(SPEECH, RATE), 0.9),
        "label": Label("yes"),
        "words": Transcript("yes", ((0.5, 1.0, "yes"),)),
    },
)


@pytest.mark.parametrize("operator", [Clipping, Codec, Gain, Reverb, SpeedPerturb])
@pytest.mark.parametrize("copy", range(4))
def test_the_same_edit_makes_the_same_bytes(operator: type[Operator], copy: int) -> None:
    params = operator().draw(FACTS, Stream(7).at("c", "a", copy))
    assert all(operator.params()[name].accepts(value) for name, value in params.items())
    edit = Edit("step", operator.name, params)
    stored = Edit.from_json(json.loads(json.dumps(edit.to_json())))
    before = SPEECH.copy()
    first, second = (apply(operator, PARENT, one, {}) for one in (edit, stored))
    sound, again = first.find(Waveform), second.find(Waveform)
    assert isinstance(sound, Waveform)
    assert isinstance(again, Waveform)
    np.testing.assert_array_equal(sound.samples, again.samples)
    np.testing.assert_array_equal(SPEECH, before)
    assert np.abs(sound.samples).max() <= 1
    assert first.find(Label) == Label("yes")
    json.dumps(first.notes)


@pytest.mark.parametrize("operator", [Clipping, Codec, Gain, Reverb, SpeedPerturb])
def test_a_later_ratio_still_refers_to_the_speech(operator: type[Operator]) -> None:
    """The cached level follows the speech to where a new measurement finds it."""
    for copy in range(4):
        params = operator().draw(FACTS, Stream(7).at("c", "a", copy))
        sound = apply(operator, PARENT, Edit("s", operator.name, params), {}).find(Waveform)
        assert isinstance(sound, Waveform)
        assert sound.active_level_db == pytest.approx(active_level_db(sound.samples, RATE), abs=2.0)
