"""The user's function that makes a fresh model and returns the step that trains it."""

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from augmentor.core.errors import AugmentorError, Problem, UsageError
from augmentor.gate.overfit.fitting import Step


@dataclass(frozen=True, slots=True)
class Make:
    """The user's function with its seed: a fresh model each time it is called.

    Parameters
    ----------
    function : ``make(seed, learning_rate=RATE) -> step``; the rate may be missing.
    name : as it is called in messages.
    seed : given to it.
    learning_rate : to train with; None leaves it to the function.
    """

    function: Callable[..., Any]
    name: str
    seed: int = 0
    learning_rate: float | None = None

    @property
    def takes_rate(self) -> bool:
        """Whether it can be told a learning rate."""
        return "learning_rate" in self._parameters()

    @property
    def base_rate(self) -> float | None:
        """The learning rate that it trains with; None where nobody says."""
        if self.learning_rate is not None:
            return self.learning_rate
        known = self._parameters().get("learning_rate")
        own = None if known is None else known.default
        return float(own) if isinstance(own, int | float) and 0 < own < math.inf else None

    def __call__(self, learning_rate: float | None = None) -> Step:
        """Return the step of a fresh model.

        Raises
        ------
        UsageError : the function fails, or returns no step.
        """
        rate = self.learning_rate if learning_rate is None else learning_rate
        more = {} if rate is None else {"learning_rate": rate}
        where = f"function '{self.name}'"
        try:
            step: Any = self.function(self.seed, **more)
        except AugmentorError:
            raise
        except Exception as error:
            said = f"failed with seed {self.seed}: {type(error).__name__}: {error}"
            raise UsageError(Problem(where, said)) from error
        if not callable(step):
            said = f"returned a {type(step).__name__}; expected step(items) -> loss"
            raise UsageError(Problem(where, said))
        found: Step = step
        return found

    def _parameters(self) -> Mapping[str, inspect.Parameter]:
        try:
            return inspect.signature(self.function).parameters
        except (TypeError, ValueError):  # built in: it does not say
            return {}
