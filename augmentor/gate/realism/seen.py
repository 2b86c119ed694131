"""What one example is like: its vector, and the few numbers that people know by name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from augmentor.core.example import Target, Waveform
from augmentor.core.pictures import Image, Instance, Instances, Pixels, union_of

SAID = {
    "snr_db": "SNR, told from the sound alone, dB",
    "active_level_db": "level while active, dB re full scale",
    "bandwidth_hz": "upper edge of the band, Hz",
    "silence_frac": "share of silent frames",
    "brightness_frac": "mean lightness",
    "contrast_frac": "contrast of the picture",
    "sharpness_frac": "sharpness",
    "red_over_light": "red over light",
    "blue_over_light": "blue over light",
    "length_px": "length of the defect, px",
    "width_px": "width of the defect, px",
    "deepest_frac": "contrast of the defect, of the light around",
}
"""The ranges that are compared, in words."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One thing to be compared: a sound, a picture, or what is marked in a picture.

    Parameters
    ----------
    vector : float64 [features], see `kernels.features`.
    values : measures by name, see `SAID`; None where one is undefined.
    group : examples of one group are alike for another reason than being real or made.
    label : the class of what is marked; empty for a sound or a whole picture.
    """

    vector: NDArray[np.float64]
    values: Mapping[str, float | None] = field(default_factory=dict)
    group: str = ""
    label: str = ""


def seen_in(targets: Mapping[str, Target], group: str, *, made: bool) -> list[Seen]:
    """Return what there is to compare in an example.

    Parameters
    ----------
    targets : of the example.
    group : the group that it belongs to.
    made : whether only what an edit made counts; else all that is marked.

    Returns
    -------
    A sound, or a whole picture and after it each thing that is marked; nothing where there is
    too little to be described.
    """
    wave, image = targets.get("wave"), targets.get("image")
    if isinstance(wave, Waveform):
        return list(_sound(wave, group))
    assert isinstance(image, Image)
    marked = targets.get("instances")
    items = marked.items if isinstance(marked, Instances) else ()
    chosen = [one for one in items if not one.crowd and (one.made or not made)]
    return [*_picture(image.pixels, group), *_defects(image.pixels, chosen, items, group)]


def _sound(wave: Waveform, group: str) -> Iterator[Seen]:
    from augmentor.kernels import measures
    from augmentor.kernels.features import sound_features
    from augmentor.kernels.level import active_level_db
    from augmentor.kernels.snr import snr_db

    samples, rate_hz = wave.samples, wave.rate_hz
    vector = sound_features(samples, rate_hz)
    if vector is not None:
        values = {
            "snr_db": snr_db(samples, rate_hz),
            "active_level_db": active_level_db(samples, rate_hz),
            "bandwidth_hz": measures.bandwidth_hz(samples, rate_hz),
            "silence_frac": measures.silence_frac(samples, rate_hz),
        }
        yield Seen(vector, values, group)


def _picture(pixels: Pixels, group: str) -> Iterator[Seen]:
    from augmentor.kernels import pictures
    from augmentor.kernels.features import colour, picture_features

    vector = picture_features(pixels)
    if vector is None:
        return
    whole = pixels if pixels.dtype.kind == "u" else _as_whole_numbers(pixels)
    light = pictures.grey(whole)
    red, blue, _, _ = colour(pixels)
    values = {
        "brightness_frac": pictures.brightness_frac(light),
        "contrast_frac": pictures.contrast_frac(light),
        "sharpness_frac": pictures.sharpness_frac(light),
    }
    if pixels.ndim == 3:
        values |= {"red_over_light": 1 + float(red), "blue_over_light": 1 + float(blue)}
    yield Seen(vector, values, group)


def _as_whole_numbers(pixels: Pixels) -> NDArray[np.uint16]:
    return np.asarray(np.rint(np.clip(pixels, 0, 1) * 65535), np.uint16)


def _defects(
    pixels: Pixels, chosen: list[Instance], items: tuple[Instance, ...], group: str
) -> Iterator[Seen]:
    from augmentor.kernels.defects.measured import measure_defect
    from augmentor.kernels.features import around, picture_features

    for one in chosen:
        vector = picture_features(around(pixels, one))
        if vector is None:
            continue
        values: dict[str, float | None] = {}
        if one.mask is not None and one.mask.any():
            others = [other for other in items if other is not one]
            found = measure_defect(pixels, one, union_of(others, *pixels.shape[:2]))
            values = {
                "length_px": found.length_px,
                "width_px": found.width_px,
                "deepest_frac": found.deepest_frac,
            }
        yield Seen(vector, values, group, one.label)
