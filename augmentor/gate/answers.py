"""What a model answered, asked in batches, and remembered by what it was shown."""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from augmentor.core.errors import UsageError

Predict = Callable[[Sequence[NDArray[Any]]], Sequence[str]]
"""The user's model, asked about several sounds or pictures: a prediction for each."""

BATCH = 32
"""Examples that a function is asked about at once."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says of one example.

    Parameters
    ----------
    prediction : its class, or what it heard.
    score : how sure it is, on a scale of its own; None where it does not say.
    loss : of this example with its target; None where it does not say.
    """

    prediction: str
    score: float | None = None
    loss: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One example as a model is shown it.

    Parameters
    ----------
    id : of the example.
    digest : of what is shown: the same bytes get the same answer.
    target : what is right.
    seen : the array, for a function: a float32 sound, full scale 1, or a picture.
    path : the file, for a command.
    among : the sentences that it may be; empty where it may be anything.
    """

    id: str
    digest: str
    target: str
    seen: NDArray[Any] | None = None
    path: Path | None = None
    among: tuple[str, ...] = ()


Ask = Callable[[Sequence[Shown]], Sequence[Answer]]
"""How a model is asked: an answer for each that it is shown."""


class Answers:
    """The answers of one model so far.

    Parameters
    ----------
    file : where they are kept from run to run, a line an answer; None: nowhere.
    """

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.known: dict[str, Answer] = {}
        with suppress(OSError):
            # A line that is not whole, or not ours, counts for nothing: it is asked again.
            for line in file.read_bytes().split(b"\n") if file else ():
                with suppress(ValueError, TypeError):
                    digest, *answer = json.loads(line)
                    self.known[digest] = _checked(*answer)
        self.before = frozenset(self.known)
        """Digests that were answered in an earlier run."""

    def of(self, ask: Ask, shown: Iterable[Shown], size: int) -> Iterator[tuple[Shown, Answer]]:
        """Yield each example with its answer; a model is asked only what it was not asked before.

        Parameters
        ----------
        ask : the model.
        shown : the examples, made one after the other.
        size : how many to ask about at once.
        """
        waiting: list[Shown] = []
        for one in shown:
            waiting.append(one)
            if len(waiting) >= size:
                yield from self._answered(ask, waiting)
                waiting = []
        yield from self._answered(ask, waiting)

    def _answered(self, ask: Ask, shown: Sequence[Shown]) -> list[tuple[Shown, Answer]]:
        new = {one.digest: one for one in shown if one.digest not in self.known}
        if new:
            self._keep(dict(zip(new, ask(list(new.values())), strict=True)))
        return [(one, self.known[one.digest]) for one in shown]

    def _keep(self, new: Mapping[str, Answer]) -> None:
        self.known.update(new)
        if self.file is None:
            return
        rows = ([key, one.prediction, one.score, one.loss] for key, one in new.items())
        text = "".join(json.dumps(row) + "\n" for row in rows)
        with suppress(OSError):  # nowhere to keep them: they are asked again next time
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("ab") as file:
                # A line that another process was killed in the middle of ends here.
                file.write(("\n" + text).encode())


def _checked(prediction: Any, score: Any, loss: Any) -> Answer:
    """Return an answer that was kept; TypeError or ValueError where it is none."""
    if not isinstance(prediction, str):
        raise TypeError(prediction)
    return Answer(prediction, number_of(score), number_of(loss))


def number_of(value: Any) -> float | None:
    """Return a finite number or None; ValueError for anything else."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(value)
    return float(value)


Call = Callable[[Sequence[Shown]], Sequence[object]]
"""A function as it is called: a prediction for each that it is shown, None for none."""


def asking(model: str, predict: Predict) -> Ask:
    """Return how a model is asked that is a function of the user's.

    Parameters
    ----------
    model : its name, for messages.
    predict : the function.
    """
    return calling(f"model '{model}'", lambda shown: predict(arrays(shown)))


def arrays(shown: Sequence[Shown]) -> list[NDArray[Any]]:
    """Return what a function is given of some examples."""
    return [one.seen for one in shown if one.seen is not None]


def calling(who: str, call: Call) -> Ask:
    """Return how a function is asked, in batches; what it does wrong is told by its name.

    Parameters
    ----------
    who : what it is, for messages: ``model 'mine:predict'``.
    call : the function.
    """

    def ask(shown: Sequence[Shown]) -> list[Answer]:
        found: list[Answer] = []
        for start in range(0, len(shown), BATCH):
            batch = shown[start : start + BATCH]
            got = _called(who, call, batch)
            found += [Answer("" if one is None else str(one)) for one in got]
        return found

    return ask


def _called(who: str, call: Call, batch: Sequence[Shown]) -> list[object]:
    """Return a prediction for each; UsageError where the user's function does not give it."""
    try:
        got = list(call(batch))
    except Exception as error:
        raise UsageError(f"{who} failed {_failing(call, batch, error)}") from error
    if len(got) != len(batch):
        raise UsageError(
            f"{who} gave {len(got)} answers for {len(batch)} examples; it must give one for each"
        )
    return got


def _failing(call: Call, batch: Sequence[Shown], error: Exception) -> str:
    """Return which example of a batch a function fails on, and what it says there."""
    for one in batch if len(batch) > 1 else ():
        try:
            list(call([one]))
        except Exception as alone:  # noqa: BLE001 - whatever it is, it is told
            return f"on example '{one.id}': {type(alone).__name__}: {alone}"
    said = f"{type(error).__name__}: {error}"
    if len(batch) == 1:
        return f"on example '{batch[0].id}': {said}"
    first, last = batch[0].id, batch[-1].id
    return f"on {len(batch)} examples at once, '{first}' to '{last}', on none of them alone: {said}"
