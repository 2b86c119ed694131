"""The references of a recipe, ready to be asked: built in, a function or a command."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from augmentor.api.asked import Model, asked_command, remembered
from augmentor.core.example import Example
from augmentor.core.functions import load_function
from augmentor.core.stream import Stream
from augmentor.gate.answers import BATCH, Answer, Ask, Shown
from augmentor.gate.command import is_command
from augmentor.gate.references.catalog import BUILT_IN, classifying, reading
from augmentor.gate.references.closed_set import candidates, picking, spoken
from augmentor.gate.references.efficientnet import NAME as EFFICIENTNET
from augmentor.gate.references.efficientnet import EfficientNet
from augmentor.gate.references.ocr import NAME as RAPIDOCR
from augmentor.gate.references.ocr import RapidReader
from augmentor.gate.references.reading import plain, read_as
from augmentor.gate.references.sphinx import NAME as SPHINX
from augmentor.gate.references.sphinx import Sphinx
from augmentor.gate.sampled import CLOSED_SET, KEEPS_ANSWER, READS_TEXT, Asked, SampledCheck
from augmentor.recipe.model import ReferencesSpec
from augmentor.recipe.recipe import Recipe
from augmentor.sources.manifest import Source

LEAST_CANDIDATES = 3


class Reference(ABC):
    """Who answers a sampled check: what it is shown, and what its answers mean.

    Parameters
    ----------
    model : how it is asked.
    """

    check: ClassVar[SampledCheck]
    chance: float | None = None
    """The share that guessing would reach; None where there is no such share."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def why_not(self, source: Source) -> str:  # noqa: ARG002 - some ask about anything
        """Return why a source cannot be asked about, or an empty string."""
        return ""

    @abstractmethod
    def show(self, name: str, source: Source, example: Example) -> Shown:
        """Return an example as the reference is shown it: a parent, or what was made of it."""

    @abstractmethod
    def asked(self, name: str, cell: str, source: Source, before: Answer, after: Answer) -> Asked:
        """Return what it made of an example and its parent."""


class ClosedSet(Reference):
    """The closed-set test over the sentences of a recipe's sources."""

    check = CLOSED_SET

    def __init__(self, recipe: Recipe, model: Model, words: Sphinx | None = None) -> None:
        super().__init__(model)
        spec = references_of(recipe)
        self.text, self.decoys, self.words = spec.text, spec.decoys, words
        sentences = (spoken(_said(self.text, one)) for one in recipe.sources)
        self.pool = sorted({one for one in sentences if one and not self._unknown(one)})
        self.stream = Stream(recipe.spec.seed).at("closed_set")
        self.chance = round(1 / max(1, min(self.decoys + 1, len(self.pool))), 4)

    def why_not(self, source: Source) -> str:
        """Return why a source cannot be asked about, or an empty string."""
        sentence = spoken(_said(self.text, source))
        if sentence is None:
            return "no plain words: empty, or with digits or signs"
        if self._unknown(sentence):
            return "words that the reference does not know"
        if len({*self.pool, sentence}) < LEAST_CANDIDATES:
            return "too few different sentences in the source"
        return ""

    def show(self, name: str, source: Source, example: Example) -> Shown:
        """Return a sound with its candidates."""
        among = candidates(self._right(source), self.pool, self.decoys, self.stream)
        return self.model.show(name, example, "", tuple(among))

    def asked(self, name: str, cell: str, source: Source, before: Answer, after: Answer) -> Asked:
        """Return whether the right sentence was picked, and what was instead of it."""
        right, heard = self._right(source), before.prediction
        if heard == right:
            heard = ""
        return Asked(
            name, cell, before.prediction == right, after.prediction == right, right, heard
        )

    def _right(self, source: Source) -> str:
        return spoken(_said(self.text, source)) or ""

    def _unknown(self, sentence: str) -> list[str]:
        """Return the words that a built-in reference does not know."""
        return self.words.unknown(sentence) if self.words is not None else []


class KeepsAnswer(Reference):
    """Whether a picture gets the answer of its parent."""

    check = KEEPS_ANSWER

    def __init__(self, _recipe: Recipe, model: Model) -> None:
        super().__init__(model)

    def show(self, name: str, source: Source, example: Example) -> Shown:  # noqa: ARG002 - as above
        """Return a picture."""
        return self.model.show(name, example, "")

    def asked(self, name: str, cell: str, source: Source, before: Answer, after: Answer) -> Asked:  # noqa: ARG002 - as above
        """Return whether both got the same answer."""
        return Asked(name, cell, before=True, after=before.prediction == after.prediction)


class ReadsText(Reference):
    """Whether the text in a picture is read as it is written."""

    check = READS_TEXT

    def __init__(self, recipe: Recipe, model: Model) -> None:
        super().__init__(model)
        self.text = references_of(recipe).text

    def why_not(self, source: Source) -> str:
        """Return why a source cannot be asked about, or an empty string."""
        return "" if plain(_said(self.text, source)) else "no text is known of it"

    def show(self, name: str, source: Source, example: Example) -> Shown:  # noqa: ARG002 - as above
        """Return a picture."""
        return self.model.show(name, example, "")

    def asked(self, name: str, cell: str, source: Source, before: Answer, after: Answer) -> Asked:
        """Return whether the text was read, and what of it as something that looks alike."""
        text = _said(self.text, source)
        old, new = (read_as(text, one.prediction) for one in (before, after))
        pairs = dict.fromkeys([*(old or ()), *(new or ())])
        return Asked(
            name, cell, old is not None, new is not None, text,
            before.prediction if old is None else "",
            tuple(f"'{part}' as '{other}'" for part, other in pairs),
        )  # fmt: skip


def _said(column: str | None, source: Source) -> str:
    """Return what is said or written in a source: its target, or what stands in a column."""
    return source.facts.target if column is None else str(source.meta.get(column) or "")


def references_of(recipe: Recipe) -> ReferencesSpec:
    """Return what a recipe says of its references, or the defaults."""
    return recipe.spec.gate.references or ReferencesSpec()


def named(spec: ReferencesSpec, check: SampledCheck) -> str:
    """Return who answers a check, as the recipe says."""
    by = {CLOSED_SET: spec.recogniser, KEEPS_ANSWER: spec.classifier, READS_TEXT: spec.reader}
    return by[check]


def users_references(recipe: Recipe) -> list[str]:
    """Return the functions and commands of the user's that a recipe's checks will ask."""
    asked = {check for one in recipe.categories.values() for check, _ in one.sampled}
    names = [named(references_of(recipe), check) for check in asked]
    return sorted(name for name in names if name not in BUILT_IN)


_KINDS = {CLOSED_SET: ClosedSet, KEEPS_ANSWER: KeepsAnswer, READS_TEXT: ReadsText}


@contextmanager
def reference_of(recipe: Recipe, check: SampledCheck) -> Iterator[Reference]:
    """Open the reference that answers a check.

    Raises
    ------
    UsageError : a reference of the user's cannot be loaded, or its file cannot be read.
    """
    spec = references_of(recipe)
    name, folders = named(spec, check), [recipe.file.parent, Path.cwd()]
    if is_command(name):
        opened = asked_command(recipe, name, spec.model_file, spec.timeout_s, _row)
        with opened as asked:
            model = replace(asked, ask=_among(asked.ask))
            yield _KINDS[check](recipe, model)
        return
    answers = remembered(recipe, name, spec.model_file)
    if check is CLOSED_SET:
        sphinx = Sphinx() if name == SPHINX else None
        recognise = sphinx or load_function(name, folders, "recogniser")
        ask = picking(name, recognise, recipe.rate_hz)
        yield ClosedSet(recipe, Model(name, "function", ask, BATCH, answers), sphinx)
        return
    if check is READS_TEXT:
        read = RapidReader() if name == RAPIDOCR else load_function(name, folders, "reader")
        yield ReadsText(recipe, Model(name, "function", reading(name, read), BATCH, answers))
        return
    own = name == EFFICIENTNET
    classify = EfficientNet() if own else load_function(name, folders, "classifier")
    model = Model(name, "function", classifying(name, classify), BATCH, answers)
    yield KeepsAnswer(recipe, model)


def _row(one: Shown) -> Mapping[str, Any]:
    """Return what a command is told of an example; not what is right."""
    row: dict[str, Any] = {"id": one.id, "path": str(one.path)}
    return row | {"candidates": list(one.among)} if one.among else row


def _among(ask: Ask) -> Ask:
    """Return how a program is asked whose answer counts as none where it is no candidate."""

    def picked(shown: Sequence[Shown]) -> list[Answer]:
        return [
            answer if not one.among or answer.prediction in one.among else Answer("")
            for one, answer in zip(shown, ask(shown), strict=True)
        ]

    return picked
