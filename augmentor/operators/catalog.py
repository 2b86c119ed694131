"""The catalogue: every operator there is, in one explicit tuple.

To add one: write a small file beside this one, and add its class to `CATALOG`. A package
of your own offers its operators by the entry point group ``augmentor.operators``.
"""

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points

from augmentor.core.errors import UsageError
from augmentor.core.operator import Operator
from augmentor.operators.albumentations import Albumentations
from augmentor.operators.clipping import Clipping
from augmentor.operators.codec import Codec
from augmentor.operators.conditions.dark_background import DarkBackground
from augmentor.operators.conditions.defocus_blur import DefocusBlur
from augmentor.operators.conditions.exposure import Exposure
from augmentor.operators.conditions.glare import Glare
from augmentor.operators.conditions.jpeg import Jpeg
from augmentor.operators.conditions.motion_blur import MotionBlur
from augmentor.operators.conditions.perspective import Perspective
from augmentor.operators.conditions.rotate import Rotate
from augmentor.operators.conditions.sensor_noise import SensorNoise
from augmentor.operators.conditions.shadow import Shadow
from augmentor.operators.conditions.vignette import Vignette
from augmentor.operators.defects.crack import Crack
from augmentor.operators.defects.dent import Dent
from augmentor.operators.defects.discoloration import Discoloration
from augmentor.operators.defects.dust import Dust
from augmentor.operators.defects.lint import Lint
from augmentor.operators.defects.paste_defect import PasteDefect
from augmentor.operators.defects.pit_mark import PitMark
from augmentor.operators.defects.scratch import Scratch
from augmentor.operators.defects.stain import Stain
from augmentor.operators.gain import Gain
from augmentor.operators.mix_babble import MixBabble
from augmentor.operators.mix_noise import MixNoise
from augmentor.operators.reverb import Reverb
from augmentor.operators.speed_perturb import SpeedPerturb

CATALOG: tuple[type[Operator], ...] = (
    MixNoise,
    MixBabble,
    Codec,
    Reverb,
    Gain,
    Clipping,
    SpeedPerturb,
    Scratch,
    Crack,
    Dent,
    PitMark,
    Discoloration,
    PasteDefect,
    Stain,
    Dust,
    Lint,
    DefocusBlur,
    MotionBlur,
    Exposure,
    SensorNoise,
    Jpeg,
    Shadow,
    Glare,
    Vignette,
    DarkBackground,
    Rotate,
    Perspective,
    Albumentations,
)


def operators() -> Mapping[str, type[Operator]]:
    """Return every operator by the word a recipe uses and by its versioned name.

    Raises
    ------
    UsageError : two have one name, or another package offers one that cannot be imported.
    """
    found: dict[str, type[Operator]] = {}
    for one in (*CATALOG, *map(_load, entry_points(group="augmentor.operators"))):
        for name in (one.key(), one.name):
            if found.get(name, one) is not one:
                raise UsageError(f"two operators are named '{name}': {found[name]} and {one}")
            found[name] = one
    return found


def _load(point: EntryPoint) -> type[Operator]:
    """Return the operator of another package; UsageError names the package that is at fault."""
    try:
        one = point.load()
    except Exception as error:
        raise UsageError(
            f"the operator '{point.value}' of an installed package cannot be imported: "
            f"{type(error).__name__}: {error}; mend or uninstall that package"
        ) from error
    if not isinstance(one, type) or not issubclass(one, Operator):
        raise UsageError(f"'{point.value}' of an installed package is no augmentor operator")
    return one
