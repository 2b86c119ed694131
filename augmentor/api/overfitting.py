"""Overfitting on purpose: can the user's training learn a handful of examples by heart?"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from augmentor.api.progress import Progress, silent
from augmentor.core.errors import Problem, UsageError
from augmentor.core.functions import load_function
from augmentor.gate.overfit.check import Overfit, check
from augmentor.gate.overfit.examples import Readable
from augmentor.gate.overfit.fitting import Limits, Step
from augmentor.gate.overfit.make import Make

SIZES = (1, 10, 100)
MOST = 10_000
"""Examples to learn by heart; more is training."""


def overfit(
    function: str | Callable[..., Step],
    data: str | Path | Readable,
    *,
    sizes: Sequence[int] = SIZES,
    steps: int = 400,
    seconds: float = 180.0,
    batch: int = 32,
    learning_rate: float | None = None,
    floor: float = 0.0,
    seed: int = 0,
    progress: Progress = silent,
) -> Overfit:
    """Train on 1, 10 and 100 examples, and say whether the loss can be driven down.

    What learns 100 examples by heart is wired rightly: inputs reach the model, its loss knows
    the target, the optimiser moves the weights. Where it does not, fresh models are trained
    with one thing changed to find out why.

    Labels that are wrong the same way every time can be learned by heart too: this check cannot
    see them.

    Parameters
    ----------
    function : ``make(seed, learning_rate=RATE) -> step``, or its name as ``package.module:make``.
        ``make`` returns the step of a fresh model, the same for the same seed;
        ``step(items) -> loss`` does one optimiser step on a list of the dataset's items, and
        returns the mean loss as a number. Any framework will do. ``learning_rate`` may be
        missing; then other rates are not tried.
    data : the folder of a run, a recipe (its examples on line, epoch 0), a manifest or folder
        of sounds or pictures; any dataset with a length and items that are mappings with
        ``wave`` or ``image``, or pairs (input, target); or ``package.module:function`` that
        returns one.
    sizes : how many examples; the smaller are part of the larger, and targets take turns.
    steps : at most, for each size. It stops as soon as the loss is down.
    seconds : for all of it, about: a step that is under way is finished.
    batch : items of a batch, at most; four at least, an example repeated where there are fewer.
    learning_rate : to train with; by default the function's own.
    floor : the lowest that the loss can be, where that is not 0.
    seed : of the examples chosen, their order, and the models.
    progress : told how far it is.

    Returns
    -------
    The outcome of each size, and the suspects. A size fits when the mean loss of a whole pass is
    down to 5 % of that of the first step, or to 0.001.

    Raises
    ------
    UsageError : the function or the data cannot be used; the message says why.
    """
    asked = sorted(set(sizes))
    if not asked or asked[0] < 1 or asked[-1] > MOST:
        raise UsageError(f"sizes are {list(sizes)}; allowed: 1 to {MOST}")
    if steps < 4 or batch < 1 or not seconds > 0:
        raise UsageError(
            f"steps {steps} >= 4, batch {batch} >= 1 and seconds {seconds} > 0, please"
        )
    if learning_rate is not None and not 0 < learning_rate < math.inf:
        raise UsageError(f"the learning rate is {learning_rate}; allowed: above 0")
    make = _made(function, seed, learning_rate)
    dataset = open_data(data) if isinstance(data, str | Path) else data
    limits = Limits(steps, batch, floor, seed)
    return check(make, dataset, asked, limits, seconds, progress)


def _made(function: str | Callable[..., Step], seed: int, learning_rate: float | None) -> Make:
    """Return the user's function.

    Raises
    ------
    UsageError : there is no such function, or it takes no rate and one was given.
    """
    if isinstance(function, str):
        made = Make(load_function(function, [Path.cwd()], "function"), function, seed)
    else:
        name = getattr(function, "__name__", type(function).__name__)
        made = Make(function, name, seed)
    if learning_rate is not None and not made.takes_rate:
        raise UsageError(Problem(f"function '{made.name}'", "takes no learning_rate: give none"))
    return replace(made, learning_rate=learning_rate)


def open_data(data: str | Path) -> Readable:
    """Return the dataset that a user names: a run, a recipe, a manifest, or their own function.

    Raises
    ------
    UsageError : there is none.
    """
    path = Path(data)
    if not path.exists():
        if ":" not in str(data):
            what = "no such run, recipe or manifest; or write package.module:function"
            raise UsageError(Problem(str(data), what))
        function = load_function(str(data), [Path.cwd()], "dataset")
        try:
            made: Readable = function()
        except Exception as error:
            what = f"failed: {type(error).__name__}: {error}"
            raise UsageError(Problem(f"dataset '{data}'", what)) from error
        if not hasattr(made, "__len__") or not hasattr(made, "__getitem__"):
            what = f"returned a {type(made).__name__}; expected a dataset with a length and items"
            raise UsageError(Problem(f"dataset '{data}'", what))
        return made
    try:
        return _stored(path)
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise UsageError(
            f"{data} is read with torch: pip install 'augmentor-loop[torch]'"
        ) from None


def _stored(path: Path) -> Readable:
    from augmentor.datasets.online import AugmentedDataset
    from augmentor.datasets.plain import PlainDataset
    from augmentor.datasets.stored import RunDataset
    from augmentor.sources.manifest import read_sources
    from augmentor.sources.measured_tags import kind_of
    from augmentor.sources.picture import Picture
    from augmentor.sources.pictures import is_coco, read_pictures
    from augmentor.sources.sound import Sound

    if (path / "dataset.json").exists() or (path / "recipe.yaml").exists():
        return RunDataset(path)
    written = path.suffix.lower() in {".yaml", ".yml"}
    if written and _is_recipe(path):
        return AugmentedDataset(None, path)
    sources = [] if written or is_coco(path) else read_sources(path)
    if not sources or kind_of(sources[0]) == "picture":
        return PlainDataset(read_pictures(path), Picture())
    return PlainDataset(sources, Sound(downmix=True))


def _is_recipe(path: Path) -> bool:
    """Return whether a YAML file is a recipe, and not the list of a YOLO folder."""
    text = path.read_text(encoding="utf-8", errors="replace")
    return re.search(r"^[\"']?augmentor[\"']?\s*:", text, re.MULTILINE) is not None
