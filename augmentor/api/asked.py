"""A user's model as the gate meets it: what it is shown, how it is asked, what it said before."""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augmentor.core.digest import digest_bytes, digest_json
from augmentor.core.errors import UsageError
from augmentor.core.example import Example, Waveform
from augmentor.core.functions import load_function
from augmentor.files.atomic import write_bytes
from augmentor.files.cache import cache_folder
from augmentor.files.digested import digest_path
from augmentor.gate.answers import BATCH, Answer, Answers, Ask, Shown, asking
from augmentor.gate.checks import checks
from augmentor.gate.command import ask_command
from augmentor.gate.difficulty import By
from augmentor.jobs.output import file_name, output_of, seen_of
from augmentor.recipe.planned import PlanRow
from augmentor.recipe.recipe import Recipe
from augmentor.recipe.renderer import Made, attempts, read_parent

FILES = 4000
"""So many files at most lie in a temporary folder for a command."""

CLEAR, UNCLEAR, UNTOLD = "clear", "unclear", "cannot tell"


@dataclass(frozen=True, slots=True)
class Model:
    """A user's model, ready to be asked.

    Parameters
    ----------
    name : as the recipe says.
    by : whether it is a function or a command.
    ask : how it is asked.
    size : how many examples at once.
    answers : what it said so far.
    folder : where files for a command go; None for a function.
    """

    name: str
    by: By
    ask: Ask
    size: int
    answers: Answers
    folder: Path | None = None

    def show(self, name: str, example: Example, target: str, among: tuple[str, ...] = ()) -> Shown:
        """Return an example as the model sees it; for a command, in a file."""
        seen = seen_of(example)
        head = f"{seen.shape} {seen.dtype} {json.dumps(among) if among else ''}".encode()
        digest = digest_bytes(head, np.ascontiguousarray(seen).data.cast("B"))
        if self.folder is None:
            return Shown(name, digest, target, seen, among=among)
        if digest in self.answers.known:
            return Shown(name, digest, target, among=among)
        output = output_of(example)
        path = self.folder / file_name(name, output.suffix)
        write_bytes(path, *output.parts, durable=False)
        return Shown(name, digest, target, path=path, among=among)


@contextmanager
def model_of(recipe: Recipe) -> Iterator[Model]:
    """Open the model that a recipe's difficulty names.

    What a command left behind is kept where it failed.

    Raises
    ------
    UsageError : there is no such function, or no such file.
    """
    spec = recipe.spec.gate.difficulty
    assert spec is not None
    if spec.model is not None:
        function = load_function(spec.model, [recipe.file.parent, Path.cwd()], "model")
        more = [recipe.rate_hz] if recipe.medium.kind is Waveform else []

        def predict(inputs: Sequence[NDArray[Any]]) -> Sequence[str]:
            answers: Sequence[str] = function(inputs, *more)
            return answers

        name, answers = spec.model, remembered(recipe, spec.model, spec.model_file)
        yield Model(name, "function", asking(name, predict), BATCH, answers)
        return
    assert spec.command is not None

    def row(one: Shown) -> Mapping[str, Any]:
        return {"id": one.id, "path": str(one.path), "target": one.target}

    with asked_command(recipe, spec.command, spec.model_file, spec.timeout_s, row) as model:
        yield model


@contextmanager
def asked_command(
    recipe: Recipe,
    command: str,
    model_file: str | None,
    timeout_s: float,
    row: Callable[[Shown], Mapping[str, Any]],
) -> Iterator[Model]:
    """Open a model that is a program; what it left behind is kept where it failed.

    Parameters
    ----------
    recipe : that names it.
    command, model_file, timeout_s : as the recipe says.
    row : what the manifest says of an example.
    """
    file = None if model_file is None else recipe.path(model_file).absolute()
    answers = remembered(recipe, command, model_file)
    folder = Path(mkdtemp(prefix="augmentor-asked-"))

    def ask(shown: Sequence[Shown]) -> Sequence[Answer]:
        rows = [row(one) for one in shown]
        found = ask_command(command, recipe.file.parent, folder, timeout_s, rows, model=file)
        shutil.rmtree(folder / "data", ignore_errors=True)  # room for the next
        return found

    try:
        yield Model(command, "command", ask, FILES, answers, folder)
    except UsageError:
        raise  # what it printed is told and kept there
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)


def remembered(recipe: Recipe, name: str, model_file: str | None) -> Answers:
    """Return what a model said in earlier runs; nothing where its file is not named.

    Nothing else tells a model that was trained again from the old one.
    """
    if model_file is None:
        return Answers(None)
    path = recipe.path(model_file)
    try:
        digest = digest_path(path)
    except OSError as error:
        raise UsageError(f"model_file {path} cannot be read: {error.strerror or error}") from None
    key = digest_json([name, str(recipe.file.parent.resolve()), digest, recipe.rate_hz])
    return Answers(cache_folder() / "answers" / f"{key}.jsonl")


def tried(recipe: Recipe, row: PlanRow, *, first: bool) -> list[tuple[Made, str]]:
    """Return the example of a row that passes the gate, with what is known of its clarity.

    Nothing where none passes, or none can be made: the run itself says why.

    Parameters
    ----------
    recipe, row : what to make.
    first : whether its first try is wanted too where that was rejected as unclear.
    """
    category = recipe.categories[row.category]
    try:
        parent = read_parent(recipe, row.source)
        found = list(attempts(recipe, category, parent, row.copy, row.edits))
    except Exception:  # noqa: BLE001 - one strange source costs its example, not the run
        return []
    wanted = [found[0]] if first and clarity_of(found[0]) == UNCLEAR else []
    wanted += [found[-1]] if found[-1].passed else []
    return [(made, clarity_of(made)) for made in wanted]


def clarity_of(made: Made) -> str:
    """Return whether the clarity checks passed, one failed, or none could tell."""
    asked = checks()
    outcomes = [
        one.outcome
        for one in made.verdicts
        if (check := asked.get(one.check.rpartition(".")[0])) and check.question == "clarity"
    ]
    if "fail" in outcomes:
        return UNCLEAR
    return CLEAR if "pass" in outcomes else UNTOLD
