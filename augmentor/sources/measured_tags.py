"""What can be measured of a source so that nobody has to tag it by ear or eye."""

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Literal

from augmentor.core.errors import BadSourceError
from augmentor.files.pictures import SUFFIXES as PICTURES
from augmentor.files.pictures import decoding, read_pixels
from augmentor.sources.manifest import Source
from augmentor.sources.sound import Sound, wave_of

Kind = Literal["sound", "picture"]
Values = Mapping[str, float | None]
"""Name of a measure -> its value, None where it is undefined."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of a sound or picture.

    Parameters
    ----------
    name : its column, ending in its unit.
    kind : what it is measured of.
    unit : as printed.
    digits : decimals that are kept.
    help : one line for the reader.
    """

    name: str
    kind: Kind
    unit: str
    digits: int
    help: str


MEASURES = {
    one.name: one
    for one in (
        Measure("snr_db", "sound", "dB", 2, "active speech level over background, blind"),
        Measure("active_level_db", "sound", "dB", 2, "level while active (P.56), re full scale"),
        Measure("bandwidth_hz", "sound", "Hz", 1, "upper edge of the band that carries sound"),
        Measure("bandwidth_frac", "sound", "", 4, "the same as a share of half the rate"),
        Measure("clipped_run_s", "sound", "s", 6, "longest flat top"),
        Measure("silence_frac", "sound", "", 4, "share of frames 60 dB below full scale"),
        Measure("rt60_s", "sound", "s", 3, "reverberation time, blind and coarse"),
        Measure("sharpness_frac", "picture", "", 4, "detail that goes when blurred once more"),
        Measure("brightness_frac", "picture", "", 4, "mean lightness"),
        Measure("contrast_frac", "picture", "", 4, "5th to 95th percentile of lightness"),
        Measure("reflection_frac", "picture", "", 6, "share of pixels in highlights"),
        Measure("width_px", "picture", "px", 0, "width"),
        Measure("height_px", "picture", "px", 0, "height"),
        Measure("short_side_px", "picture", "px", 0, "the shorter of width and height"),
    )
}
"""Every measure by its name, in the order of the columns."""


def kind_of(source: Source) -> Kind:
    """Return whether a source is a sound or a picture, by the end of its file's name."""
    return "picture" if source.path.suffix.lower() in PICTURES else "sound"


class MeasureTags:
    """The work of measuring a list of sources; picklable, so that a process pool can do it."""

    def __call__(self, sources: Sequence[Source]) -> list[Values | str]:
        """Return the values of each source, or the reason why it cannot be measured."""
        pictures = any(kind_of(source) == "picture" for source in sources)
        with decoding() if pictures else nullcontext():
            return [measured(source) for source in sources]


def measured(source: Source) -> Values | str:
    """Return every measure of a source, or the reason why it cannot be measured."""
    measure: Callable[[Source], dict[str, float | None]]
    measure = _picture if kind_of(source) == "picture" else _sound
    try:
        str(source.path).encode()
        found = measure(source)
    except BadSourceError as error:
        return str(error)
    except UnicodeEncodeError:
        return "its name is not UTF-8, so that no manifest could name it; rename it"
    except Exception as error:  # noqa: BLE001 - one strange file costs itself, not the job
        return f"{type(error).__name__} while measuring: {error}"
    return {name: _rounded(value, MEASURES[name].digits) for name, value in found.items()}


def _rounded(value: float | None, digits: int) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return round(float(value), digits) if digits else int(value)


def _sound(source: Source) -> dict[str, float | None]:
    from augmentor.kernels import measures
    from augmentor.kernels.decay import rt60_s
    from augmentor.kernels.level import active_level_db
    from augmentor.kernels.snr import snr_db

    # Silence, any rate and any length are something to be measured here, not a fault.
    wave = wave_of(Sound(downmix=True).read(source))
    samples, rate_hz = wave.samples, wave.rate_hz
    level_db = active_level_db(samples, rate_hz)
    band_hz = measures.bandwidth_hz(samples, rate_hz) if level_db is not None else None
    return {
        "snr_db": snr_db(samples, rate_hz),
        "active_level_db": level_db,
        "bandwidth_hz": band_hz,
        "bandwidth_frac": None if band_hz is None else band_hz / (rate_hz / 2),
        "clipped_run_s": measures.clipped_run_s(samples, rate_hz),
        "silence_frac": measures.silence_frac(samples, rate_hz),
        "rt60_s": rt60_s(samples, rate_hz),
    }


def _picture(source: Source) -> dict[str, float | None]:
    from augmentor.kernels import pictures

    pixels = read_pixels(source.path)
    light = pictures.grey(pixels)
    height, width = light.shape
    return {
        "sharpness_frac": pictures.sharpness_frac(light),
        "brightness_frac": pictures.brightness_frac(light),
        "contrast_frac": pictures.contrast_frac(light),
        "reflection_frac": pictures.reflection_frac(pixels),
        "width_px": width,
        "height_px": height,
        "short_side_px": min(width, height),
    }
