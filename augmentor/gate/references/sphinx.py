"""PocketSphinx as the reference recogniser of English: small, BSD, its model inside the package."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.files.audio import resample, to_pcm16
from augmentor.gate.references.closed_set import Sounds

NAME = "pocketsphinx"
MODEL_HZ = 16000
"""The rate that its acoustic model was trained at; all else is resampled to it."""


class Sphinx:
    """A recogniser that is only allowed to hear one of the candidates.

    One pass over a grammar of all candidates, with the beams that the package comes with. In
    noise no candidate may survive the beams: then it gives up, and nothing counts as picked.

    References
    ----------
    Huggins-Daines et al. 2006, "PocketSphinx: a free, real-time continuous speech recognition
    system for hand-held devices".
    """

    @cached_property
    def _decoder(self) -> Any:
        from pocketsphinx import Decoder

        decoder = Decoder(lm=None, samprate=MODEL_HZ, loglevel="FATAL")
        decoder.add_jsgf_string("listen", "#JSGF V1.0;\ngrammar listen;\npublic <listen> = a ;\n")
        return decoder

    def unknown(self, sentence: str) -> list[str]:
        """Return the words of a sentence that are not in its dictionary."""
        return [one for one in sentence.split() if self._decoder.lookup_word(one) is None]

    def __call__(
        self, waves: Sounds, rate_hz: int, candidates: Sequence[Sequence[str]]
    ) -> list[str | None]:
        """Return the candidate heard in each sound, or None; see `closed_set.Recognise`."""
        return [
            self._pick(resample(wave, rate_hz, MODEL_HZ), among)
            for wave, among in zip(waves, candidates, strict=True)
        ]

    def _pick(self, wave: NDArray[np.float32], among: Sequence[str]) -> str | None:
        decoder = self._decoder
        grammar = " | ".join(among)
        decoder.add_jsgf_string("one", f"#JSGF V1.0;\ngrammar one;\npublic <one> = {grammar} ;\n")
        pcm = to_pcm16(wave).tobytes()
        # It keeps an estimate of the noise from clip to clip: so that a pick depends on its clip
        # alone, it forgets, hears the clip once for its noise, and only then for its words.
        decoder.reinit_feat()
        for search in ("listen", "one"):
            decoder.activate_search(search)
            decoder.start_utt()
            decoder.process_raw(pcm, no_search=False, full_utt=True)
            decoder.end_utt()
        heard = decoder.hyp()
        # A path that was cut off before its end is a part of a sentence: none was heard.
        return heard.hypstr if heard is not None and heard.hypstr in among else None
