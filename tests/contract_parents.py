"""What operators are tried on: sounds with a label or a transcript, pictures of every kind."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from project import RATE_HZ
from speechlike import speechlike

from augmentor.core.example import Example, Facts, Label, Target, Transcript, Waveform
from augmentor.core.operator import Operator
from augmentor.core.pictures import Image, Instance, Instances, Keypoints, Mask, white_of
from augmentor.kernels.level import active_level_db
from augmentor.recipe.load import PICTURE_TARGETS, SOUND_TARGETS

SPEECH = speechlike(1.5, RATE_HZ, seed=1, peak=0.8)
_SOUND = Facts(
    "parent", digest="0" * 32, target="yes", duration_s=1.5, rate_hz=RATE_HZ,
    active_level_db=active_level_db(SPEECH, RATE_HZ), peak=0.8, bandwidth_hz=8000.0, speaker="p",
)  # fmt: skip
HEIGHT_PX, WIDTH_PX = 120, 160
_PICTURE = Facts(
    "parent", digest="0" * 32, target="good", width_px=WIDTH_PX, height_px=HEIGHT_PX, group="p"
)


def is_for_pictures(operator: type[Operator]) -> bool:
    """Return whether an operator works on pictures."""
    return any(Image in group for group in operator.kernels)


def targets_of(operator: type[Operator]) -> tuple[set[type[Target]], ...]:
    """Return the sets of targets that an example may have."""
    return PICTURE_TARGETS if is_for_pictures(operator) else SOUND_TARGETS


def facts_of(operator: type[Operator]) -> Facts:
    """Return the facts that an operator draws from."""
    return _PICTURE if is_for_pictures(operator) else _SOUND


def parents_of(operator: type[Operator]) -> list[Example]:
    """Return the examples that an operator is tried on; none of their arrays can be written to."""
    if is_for_pictures(operator):
        return [_picture(np.uint8, 3), _picture(np.uint8, 0), _picture(np.uint16, 3),
                _picture(np.float32, 0), _picture(np.uint8, 3, more=True)]  # fmt: skip
    sound = Waveform(locked(SPEECH), RATE_HZ, _SOUND.active_level_db, _SOUND.peak)
    said = Transcript("yes it is", ((0.2, 0.5, "yes"), (0.6, 1.2, "it is")))
    return [
        Example(_SOUND, {"wave": sound, "target": Label("yes")}),
        Example(_SOUND, {"wave": sound, "target": said}),
    ]


def tiny_of(operator: type[Operator]) -> list[Example]:
    """Return examples of next to nothing: a few samples, one pixel."""
    if is_for_pictures(operator):
        facts = replace(_PICTURE, width_px=1, height_px=1)
        return [
            Example(facts, {"image": Image(locked(np.full(shape, 90, np.uint8))),
                            "instances": Instances(), "target": Label("good")})
            for shape in ((1, 1), (1, 1, 3), (2, 7, 3), (40, 1))
        ]  # fmt: skip
    return [
        Example(_SOUND, {"wave": Waveform(locked(SPEECH[6000 : 6000 + frames]), RATE_HZ, -30, 0.8),
                         "target": Label("yes")})
        for frames in (1, 2, 160)
    ]  # fmt: skip


def array_of(example: Example) -> np.ndarray:
    """Return the samples or pixels of an example."""
    for target in example.targets.values():
        if isinstance(target, Waveform):
            return target.samples
        if isinstance(target, Image):
            return target.pixels
    raise AssertionError("no sound and no picture")


def all_of(example: Example) -> list[object]:
    """Return all that an example holds, so that two can be compared."""
    found: list[object] = []
    for target in example.targets.values():
        match target:
            case Waveform(samples, rate_hz):
                found += [samples.tobytes(), rate_hz]
            case Image(pixels):
                found += [pixels.tobytes(), pixels.shape]
            case Instances(items):
                found += [
                    (one.label, one.box_px, None if one.mask is None else one.mask.tobytes(),
                     one.made, one.crowd)
                    for one in items
                ]  # fmt: skip
            case Mask(classes, names):
                found += [classes.tobytes(), names]
            case Keypoints(points_px, names, visible):
                found += [points_px.tobytes(), names, visible.tobytes()]
            case _:
                found.append(target)
    return found


def change(parent: Example, child: Example) -> float:
    """Return how much was changed: the size, else the energy of the difference."""
    before, after = array_of(parent).astype(np.float64), array_of(child).astype(np.float64)
    if before.shape != after.shape:
        return abs(math.log(after.size / before.size))
    return float(np.square(after - before).sum() / np.square(before).sum())


def locked(array: np.ndarray) -> np.ndarray:
    """Return a copy that cannot be written to."""
    copied = array.copy()
    copied.flags.writeable = False
    return copied


def _picture(dtype: type, colours: int, *, more: bool = False) -> Example:
    """Return a brushed thing on a dark ground, with a marked knob and a boxed screw."""
    rows, columns = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX]
    light = 0.15 + 0.4 * ((rows > 15) & (rows < 105) & (columns > 20) & (columns < 140))
    grain = np.random.Generator(np.random.Philox(5)).standard_normal((HEIGHT_PX, 1))
    light = light + 0.02 * grain + 0.0005 * columns
    knob = (rows - 60) ** 2 + (columns - 80) ** 2 < 15**2
    light = np.where(knob, 0.75, light)
    if colours:
        light = np.stack([light, 0.95 * light, 0.85 * light], axis=2)
    white = white_of(np.zeros(0, dtype))
    pixels = np.clip(light, 0, 1) * white
    pixels = pixels.astype(dtype) if dtype == np.float32 else np.rint(pixels).astype(dtype)
    marked = Instance.of_mask("knob", knob)
    assert marked is not None
    targets: dict[str, Target] = {
        "image": Image(locked(pixels)),
        "instances": Instances((marked, Instance("screw", (30.0, 20.0, 44.5, 33.0)))),
        "target": Label("good"),
    }
    if more:
        targets["mask"] = Mask(locked(knob.astype(np.uint8)), ("background", "knob"))
        targets["points"] = Keypoints(
            locked(np.array([[80.0, 60.0], [30.5, 20.5]])), ("middle", "corner"),
            locked(np.array([True, True])),
        )  # fmt: skip
    return Example(_PICTURE, targets)


def defective() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield grey pictures with a dark spot each, and where it is."""
    rows, columns = np.mgrid[0:60, 0:60]
    for size in (6, 9, 12):
        spot = (rows - 30) ** 2 / size**2 + (columns - 28) ** 2 / (size / 2) ** 2 < 1
        yield np.where(spot, 60, 150 + (rows + columns) % 3).astype(np.uint8), spot


def kinds_of(example: Example) -> Sequence[type[Target]]:
    """Return the types of an example's targets, in order."""
    return [type(target) for target in example.targets.values()]
