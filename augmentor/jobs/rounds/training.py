"""One training of the user's model, and its answers: each step once, whatever kills it."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from augmentor.core.digest import digest_json
from augmentor.core.errors import AugmentorError, BadSourceError, UsageError
from augmentor.core.example import Waveform
from augmentor.core.functions import load_function
from augmentor.files.atomic import write_json
from augmentor.files.program import end_left_over, filled, run_program, told, words_of
from augmentor.gate.answers import BATCH, Answer, Shown, asking
from augmentor.gate.command import ask_command
from augmentor.jobs.output import seen_of
from augmentor.jobs.rounds.lists import Row, digest_rows, to_ask, write_list
from augmentor.jobs.rounds.tables import error_rows
from augmentor.recipe.loop_model import TRAIN_ALSO, TRAIN_NEEDS
from augmentor.recipe.recipe import Recipe
from augmentor.recipe.renderer import read_parent
from augmentor.sources.manifest import Source

DONE = "done.json"
_WANTED = "\nWanted is one line of JSON for each row of {manifest}, with its id and a prediction"


@dataclass(frozen=True, slots=True)
class Training:
    """One training of the user's model.

    Parameters
    ----------
    recipe : which says how it is trained and asked.
    folder : for the model (``model``), what was printed, answers and error tables.
    manifest : the list of all examples to train on.
    digest : of that list, wherever it lies.
    seed, round_number : told to the commands.
    """

    recipe: Recipe
    folder: Path
    manifest: Path
    digest: str
    seed: int
    round_number: int
    _done: dict[str, str] = field(default_factory=dict)

    @property
    def model(self) -> Path:
        """Where the user's program leaves its model: a file or a folder, as it likes."""
        return self.folder / "model"

    @property
    def _running(self) -> Path:
        return self.folder / "running.json"

    def table(self, name: str) -> Path:
        """Return the error table of its answers about a set of examples."""
        return self.folder / f"{name}.jsonl"

    def carry_out(self, asked: Mapping[str, Sequence[Source]]) -> None:
        """Train and ask; what an earlier start finished is not done again.

        Parameters
        ----------
        asked : the examples to ask about, by the name of the set.

        Raises
        ------
        AugmentorError : a program cannot be started, fails, or leaves what cannot be read.
        """
        end_left_over(self._running)
        self._done.update(_read_done(self.folder / DONE))
        self._train()
        for name, sources in asked.items():
            self._ask(name, sources)

    def stop(self) -> None:
        """End the program that is at work, if one is; whoever waits for it hears that it failed."""
        end_left_over(self._running)

    def _train(self) -> None:
        key = digest_json([self.digest, self.seed])
        if self._done.get("train") == key and self.model.exists():
            return
        self._done.clear()
        shutil.rmtree(self.folder, ignore_errors=True)  # half a model, and answers of another
        self.folder.mkdir(parents=True)
        spec = self.recipe.spec.train
        assert spec is not None
        words = words_of(spec.command, TRAIN_NEEDS, [*TRAIN_ALSO, *spec.hyperparameters])
        values = {**spec.hyperparameters, **self._fields, "out": self.model.absolute()}
        values["manifest"] = self.manifest.absolute()
        log = self.folder / "train.txt"
        home = self.recipe.file.parent
        what = run_program(filled(words, values), home, log, spec.timeout_s, running=self._running)
        if not what and not self.model.exists():
            what = f"said that all is well, but left nothing at {self.model}, which is its {{out}}"
        if what:
            raise self._failed("train", spec.command, f"{what}{told(log)}")
        self._finish("train", key)

    def _ask(self, name: str, sources: Sequence[Source]) -> None:
        rows = to_ask(sources)
        key = digest_json([self._done["train"], digest_rows(rows, [self.recipe.file.parent])])
        if self._done.get(name) == key and self.table(name).exists():
            return
        spec = self.recipe.spec.predict
        assert spec is not None
        if spec.command is None:
            answers = self._by_function(str(spec.model), sources)
        else:
            answers = self._by_command(spec.command, name, rows, spec.timeout_s)
        write_list(self.table(name), error_rows(sources, answers))
        self._finish(name, key)

    def _by_command(
        self, command: str, name: str, rows: Sequence[Row], timeout_s: float
    ) -> list[Answer]:
        place = (self.folder / f"asked-{name}").absolute()
        place.mkdir(exist_ok=True)
        try:
            return ask_command(
                command, self.recipe.file.parent, place, timeout_s, rows,
                model=self.model.absolute(), running=self._running, also=self._fields,
            )  # fmt: skip
        except UsageError as error:
            said = "; ".join(one.what for one in error.problems)
            if said.startswith("its answers"):
                said += _WANTED
            raise self._failed("predict", command, said) from None

    def _by_function(self, name: str, sources: Sequence[Source]) -> list[Answer]:
        folders = [self.recipe.file.parent, Path.cwd()]
        function = load_function(name, folders, "predict model")
        more = [self.recipe.rate_hz] if self.recipe.medium.kind is Waveform else []
        ask = asking(name, lambda seen: function(str(self.model), seen, *more))
        found: list[Answer] = []
        try:
            for first in range(0, len(sources), BATCH):
                found += ask([self._shown(source) for source in sources[first : first + BATCH]])
        except UsageError as error:
            raise self._failed("predict", name, str(error)) from error
        return found

    def _shown(self, source: Source) -> Shown:
        try:
            example = read_parent(self.recipe, source)
        except BadSourceError as error:
            raise AugmentorError(f"{source.facts.id} ({source.path}): {error}") from None
        return Shown(source.facts.id, "", source.facts.target, seen_of(example))

    @property
    def _fields(self) -> dict[str, Any]:
        return {"seed": self.seed, "round": self.round_number}

    def _failed(self, verb: str, command: str, said: str) -> AugmentorError:
        where = f"{verb}, round {self.round_number}, seed {self.seed}, '{command}'"
        return AugmentorError(
            f"{where}: {said}\nMend it and start the loop again: what is finished is kept"
        )

    def _finish(self, step: str, key: str) -> None:
        self._done[step] = key
        write_json(self.folder / DONE, self._done)


def _read_done(path: Path) -> dict[str, str]:
    """Return what was finished before, by step; nothing where that cannot be read."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    good = isinstance(found, dict) and all(isinstance(one, str) for one in found.values())
    return found if good else {}
