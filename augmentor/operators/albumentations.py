"""Transforms of another library."""

from collections.abc import Mapping
from typing import ClassVar

from augmentor.core.distributions import Constant, Distribution, Seed
from augmentor.core.errors import Problem
from augmentor.core.example import Label
from augmentor.core.operator import Operator, param
from augmentor.kernels import adapted, adapted_schema
from augmentor.operators.spoils import MOVES


class Albumentations(Operator):
    """One transform of albumentations, with its own parameters; what is marked follows.

    Its numbers are the library's to draw, from the seed: here they have no mild and harsh end.
    """

    name = "albumentations.v1"
    kernels: ClassVar = adapted.kernels()
    leaves = (Label,)
    spoils = MOVES
    transform: Distribution = param(
        Constant("RandomBrightnessContrast"),
        text=True,
        help="its name; `augmentor operators albumentations` lists them",
    )
    options: Distribution = param(
        Constant({}), options=True, help="its own parameters, written beside its name"
    )
    seed: Distribution = param(Seed(), help="all of the library's chance")

    @classmethod
    def wrong(cls, chosen: Mapping[str, Distribution]) -> list[Problem]:
        """Return what the library's own schema says against the transform or its parameters."""
        if "transform" not in chosen:
            return [Problem("", "'transform' is missing; write transform: NAME")]
        (options,) = chosen["options"].span()
        names = chosen["transform"].span()
        return [problem for name in names for problem in adapted_schema.wrong(name, options)]
