"""The contract suite over the whole catalogue, and proof that it finds a bad operator."""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest
from contract import CHECKS, check_operator

from augmentor.core.distributions import Distribution, Uniform
from augmentor.core.example import Label, Transcript, Waveform
from augmentor.core.operator import Operator, param
from augmentor.operators.catalog import CATALOG


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("operator", CATALOG, ids=lambda operator: operator.key())
def test_every_operator_keeps(
    operator: type[Operator], check: Callable[[type[Operator]], None]
) -> None:
    """Every operator of the catalogue keeps every promise."""
    check(operator)


def fade(wave: Waveform, *, fade_frac: float) -> tuple[Waveform, dict[str, Any]]:
    """Turn the end of a sound down."""
    gains = np.linspace(1, 1 - fade_frac, len(wave.samples), dtype=np.float32)
    return wave.changed(wave.samples * gains), {"fade_frac": fade_frac}


def fade_in_place(wave: Waveform, *, fade_frac: float) -> tuple[Waveform, dict[str, Any]]:
    """Write to the sound it was given."""
    wave.samples[:] *= np.float32(1 - fade_frac)
    return wave, {}


def fade_by_chance(wave: Waveform, *, fade_frac: float) -> tuple[Waveform, dict[str, Any]]:
    """Use chance while rendering."""
    noise = np.random.default_rng().standard_normal(len(wave.samples))
    return wave.changed((wave.samples + fade_frac * noise).astype(np.float32)), {}


def fade_wide(wave: Waveform, *, fade_frac: float) -> tuple[Waveform, dict[str, Any]]:
    """Return another dtype."""
    return wave.changed(wave.samples * np.float64(1 - fade_frac)), {}  # type: ignore[arg-type]


class Fade(Operator):
    """A sound whose end is turned down."""

    name = "fade.v1"
    kernels: ClassVar = {(Waveform,): fade}
    leaves = (Label, Transcript)
    fade_frac: Distribution = param(Uniform(0.1, 0.9), within=(0, 1), help="lost at the end")


class Writes(Fade):
    """It writes to its input."""

    name = "writes.v1"
    kernels: ClassVar = {(Waveform,): fade_in_place}


class Chances(Fade):
    """It draws while rendering."""

    name = "chances.v1"
    kernels: ClassVar = {(Waveform,): fade_by_chance}


class Widens(Fade):
    """It returns float64."""

    name = "widens.v1"
    kernels: ClassVar = {(Waveform,): fade_wide}


class Forgets(Fade):
    """It says nothing about transcripts."""

    name = "forgets.v1"
    leaves = (Label,)


class Unversioned(Fade):
    """Its name has no version."""

    name = "fade"


class HarshFirst(Fade):
    """Its distribution runs from harsh to mild."""

    name = "harsh_first.v1"
    fade_frac: Distribution = param(Uniform(0.9, 0.1), within=(0, 1), help="lost at the end")


class Beyond(Fade):
    """It draws what it does not allow."""

    name = "beyond.v1"
    fade_frac: Distribution = param(Uniform(0.1, 1.9), within=(0, 1), help="lost at the end")


class Unbounded(Fade):
    """It states no bounds."""

    name = "unbounded.v1"
    fade_frac: Distribution = param(Uniform(0.1, 0.9), help="lost at the end")


class Spoils(Fade):
    """It names a check that does not exist."""

    name = "spoils.v1"
    spoils = ("peek",)


def test_a_good_new_operator_passes() -> None:
    """A class that is not in the catalogue yet can be checked as it is."""
    check_operator(Fade)


@pytest.mark.parametrize(
    "operator",
    [Writes, Chances, Widens, Forgets, Unversioned, HarshFirst, Beyond, Unbounded, Spoils],
    ids=lambda operator: operator.__name__,
)
def test_a_bad_new_operator_fails(operator: type[Operator]) -> None:
    """Each way to break a promise is found."""
    with pytest.raises((AssertionError, ValueError, TypeError)):
        check_operator(operator)
