"""The catalogue: every operator there is, in one explicit tuple.

To add one: write a small file beside this one, and add its class to `CATALOG`. A package
of your own offers its operators by the entry point group ``augmentor.operators``.
"""

from collections.abc import Mapping
from importlib.metadata import entry_points

from augmentor.core.errors import UsageError
from augmentor.core.operator import Operator
from augmentor.operators.clipping import Clipping
from augmentor.operators.codec import Codec
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
)


def operators() -> Mapping[str, type[Operator]]:
    """Return every operator by the word a recipe uses and by its versioned name."""
    found: dict[str, type[Operator]] = {}
    third = [point.load() for point in entry_points(group="augmentor.operators")]
    for one in (*CATALOG, *third):
        for name in (one.key(), one.name):
            if found.get(name, one) is not one:
                raise UsageError(f"two operators are named '{name}': {found[name]} and {one}")
            found[name] = one
    return found
