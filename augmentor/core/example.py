"""What is augmented: facts about an example, and its targets by type.

Kernels are chosen by the *type* of a target, so a picture, its mask and its boxes can
follow one edit together; adding a target type touches nothing here but one class.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from augmentor.core.operator import Edit


FULL_SCALE = 32768.0
"""The int16 value that stands for 1.0."""


class Target:
    """Anything of an example that an operator may change or must leave alone."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False)
class Waveform(Target):
    """Sound of one channel.

    Parameters
    ----------
    samples : float32 [frames], full scale 1.
    rate_hz : frames per second.
    active_level_db : level of the speech in it while it is active (ITU-T P.56), dB re full
        scale; None where it was not measured yet. It follows the speech, not the noise.
    peak : a bound on the largest absolute sample; None where it was not measured.
    """

    samples: NDArray[np.float32]
    rate_hz: int
    active_level_db: float | None = None
    peak: float | None = None

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate_hz

    def changed(self, samples: NDArray[np.float32], level_shift_db: float = 0.0) -> "Waveform":
        """Return this sound with other samples, its speech louder by `level_shift_db`."""
        level = self.active_level_db
        return replace(
            self,
            samples=samples,
            active_level_db=None if level is None else level + level_shift_db,
            peak=None,
        )


@dataclass(frozen=True, slots=True)
class Label(Target):
    """The class an example belongs to."""

    name: str


@dataclass(frozen=True, slots=True)
class Transcript(Target):
    """What is said.

    Parameters
    ----------
    text : the words.
    words : (start_s, stop_s, word) where the times are known.
    """

    text: str
    words: tuple[tuple[float, float, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an example without its arrays; all that drawing may look at.

    Parameters
    ----------
    id : the example's name, unique in its source.
    digest : of the bytes it was read from; empty where not measured yet.
    target : its label or transcript.
    tags : what is special about it; a clean example has the one tag ``clean``.
    duration_s, rate_hz : of a sound.
    active_level_db, peak, bandwidth_hz : measured once and kept with the digest.
    width_px, height_px : of a picture.
    speaker, group : what must not meet its like across a split.
    split, weight : as the manifest says.
    """

    id: str
    digest: str = ""
    target: str = ""
    tags: tuple[str, ...] = ("clean",)
    duration_s: float = 0.0
    rate_hz: int = 0
    active_level_db: float | None = None
    peak: float | None = None
    bandwidth_hz: float | None = None
    width_px: int = 0
    height_px: int = 0
    speaker: str = ""
    group: str = ""
    split: str = ""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Example:
    """Facts, targets by name, and what was done to them so far."""

    facts: Facts
    targets: Mapping[str, Target]
    edits: tuple["Edit", ...] = ()
    notes: tuple[Mapping[str, object], ...] = field(default=())

    def find(self, kind: type[Target]) -> Target | None:
        """Return the first target of a type, or None."""
        return next((target for target in self.targets.values() if type(target) is kind), None)
