"""Sounds as examples."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from augmentor.core.digest import digest_bytes
from augmentor.core.errors import BadSourceError
from augmentor.core.example import Facts, Target, Waveform
from augmentor.files.audio import read_sound
from augmentor.sources.manifest import Source


@dataclass(frozen=True, slots=True)
class Sound:
    """Sounds of one channel.

    Parameters
    ----------
    rate_hz : the recipe's rate; None takes any.
    min_s : shorter sounds are refused.
    downmix : whether several channels may be averaged into one.
    """

    kind: ClassVar[type[Target]] = Waveform
    measured: ClassVar[tuple[str, ...]] = (
        "digest", "duration_s", "rate_hz", "active_level_db", "peak", "bandwidth_hz"
    )  # fmt: skip

    rate_hz: int | None = None
    min_s: float = 0.0
    downmix: bool = False

    @property
    def identity(self) -> Mapping[str, Any]:
        """All that decides what is measured."""
        return asdict(self)

    def read(self, source: Source) -> dict[str, Target]:
        """Return the sound of a source, with the level and peak its facts already know.

        Raises
        ------
        BadSourceError : what is wrong with it and what to do.
        """
        samples, rate = read_sound(source.path, source.start_s, source.duration_s)
        channels = samples.shape[1]
        if channels > 1 and not self.downmix:
            raise BadSourceError(
                f"{channels} channels, expected 1; mix it down, or set 'downmix: true' "
                "in the source"
            )
        if self.rate_hz is not None and rate != self.rate_hz:
            raise BadSourceError(f"{rate} Hz, the recipe says {self.rate_hz} Hz; resample it first")
        if len(samples) < self.min_s * rate:
            raise BadSourceError(
                f"too short: {len(samples)} samples, {len(samples) / rate:.4f} s, "
                f"at least {self.min_s:g} s wanted"
            )
        mono = samples[:, 0] if channels == 1 else samples.mean(axis=1, dtype=np.float32)
        wave = Waveform(np.ascontiguousarray(mono), rate)
        return self.informed({"wave": wave}, source.facts)

    def measure(self, source: Source, targets: Mapping[str, Target]) -> Source:
        """Return a source with length, level, peak and bandwidth measured.

        Raises
        ------
        BadSourceError : the sound is silent.
        """
        from augmentor.kernels.level import active_level_db
        from augmentor.kernels.measures import bandwidth_hz

        wave = wave_of(targets)
        level_db = active_level_db(wave.samples, wave.rate_hz)
        if level_db is None:
            raise BadSourceError("silent: nothing to hear in it")
        facts = replace(
            source.facts,
            digest=self.digest(targets),
            duration_s=round(wave.duration_s, 6),
            rate_hz=wave.rate_hz,
            active_level_db=level_db,
            peak=float(np.abs(wave.samples).max()),
            bandwidth_hz=round(bandwidth_hz(wave.samples, wave.rate_hz), 1),
        )
        return replace(source, facts=facts)

    def informed(self, targets: Mapping[str, Target], facts: Facts) -> dict[str, Target]:
        """Return the sound with its speech level and peak."""
        wave = wave_of(targets)
        told = replace(wave, active_level_db=facts.active_level_db, peak=facts.peak)
        return {**targets, "wave": told}

    def digest(self, targets: Mapping[str, Target]) -> str:
        """Return the digest of the sound as decoded."""
        wave = wave_of(targets)
        return digest_sound(wave.samples, wave.rate_hz)

    def checked(self, targets: Mapping[str, Target]) -> Mapping[str, Any]:
        """Return length and rate of a new sound.

        Raises
        ------
        BadSourceError : it is empty, has several channels, or holds what is no number.
        """
        wave = wave_of(targets)
        if wave.samples.ndim != 1 or not len(wave.samples):
            raise BadSourceError(
                f"the edits made a sound of shape {wave.samples.shape}, not [frames]"
            )
        if not np.isfinite(wave.samples).all():  # whatever the gate was told to look at
            raise BadSourceError("the edits made samples that are not numbers (NaN or infinite)")
        return {"duration_s": round(wave.duration_s, 6), "rate_hz": wave.rate_hz}


def wave_of(targets: Mapping[str, Target]) -> Waveform:
    """Return the sound among the targets of an example."""
    wave = targets["wave"]
    assert isinstance(wave, Waveform)
    return wave


def digest_sound(samples: NDArray[np.float32], rate_hz: int) -> str:
    """Return the identity of a sound as decoded: the same wherever and however it is kept.

    A stretch of a long recording has one of its own, without the recording being read again.
    """
    return digest_bytes(b"%d " % rate_hz, np.ascontiguousarray(samples).data.cast("B"))
