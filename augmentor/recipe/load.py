"""Loading a recipe: everything that can be known to be wrong is said at once, before any work."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from augmentor.core.errors import Problem, UsageError, listed, nearest
from augmentor.core.example import Label, Target, Transcript, Waveform
from augmentor.core.operator import Operator, kernels_for
from augmentor.core.pictures import Image, Instances, Keypoints, Mask
from augmentor.core.verdict import Bound
from augmentor.files.cache import cache_folder
from augmentor.files.document import Document, Path_, read_yaml
from augmentor.files.wording import problems_of
from augmentor.gate.checklist import Checklist
from augmentor.gate.checks import checks
from augmentor.gate.realism.judged import KEY as TELLING
from augmentor.gate.sampled import SAMPLED
from augmentor.operators.catalog import operators
from augmentor.recipe.check_audit import check_audit, check_shares
from augmentor.recipe.check_gate import check_difficulty
from augmentor.recipe.check_loop import check_loop
from augmentor.recipe.check_real import check_real, telling_bound
from augmentor.recipe.check_references import check_references, sampled_bounds
from augmentor.recipe.check_source import check_kind, sources_of
from augmentor.recipe.check_test import check_test
from augmentor.recipe.checking import Checking, texts
from augmentor.recipe.model import (
    CategorySpec,
    RecipeSpec,
)
from augmentor.recipe.parse import StepParser, operators_of
from augmentor.recipe.recipe import Category, Recipe, takes
from augmentor.recipe.steps import Step
from augmentor.recipe.strict import Budget
from augmentor.sources.bank import Bank
from augmentor.sources.defect_bank import DefectBank
from augmentor.sources.manifest import Source

_OR = ", or a command as 'python pick.py {manifest} {out}'"
_WANTED = {
    "budget": "examples (1200), hours (20 h) or bytes (2 GB)",
    "name": "letters, digits, '.', '_' and '-', 80 at most",
    "model": "package.module:function",
    "test": "a manifest, or a list of manifests",
    "recogniser": f"pocketsphinx or package.module:function{_OR}",
    "reader": f"rapidocr or package.module:function{_OR}",
    "classifier": f"efficientnet-lite0 or package.module:function{_OR}",
}

SOUND_TARGETS: tuple[set[type[Target]], ...] = ({Waveform, Label}, {Waveform, Transcript})
_PLAIN: set[type[Target]] = {Image, Instances, Label}
PICTURE_TARGETS: tuple[set[type[Target]], ...] = (
    _PLAIN, _PLAIN | {Mask}, _PLAIN | {Keypoints}, _PLAIN | {Mask, Keypoints}
)  # fmt: skip
"""What an example may have."""


def load_recipe(file: str | Path, *, audit: bool = True) -> Recipe:
    """Read and check a recipe file.

    Parameters
    ----------
    file : the YAML file.
    audit : whether what it says of audit and models counts; to replay, none is needed.

    Raises
    ------
    UsageError : every mistake at once, each with its line, column and what to write.
    """
    document = read_yaml(Path(file))
    if not isinstance(document.data, dict):
        raise UsageError(document.problem((), "a recipe is a mapping; start with 'augmentor: 1'"))
    if not audit:
        for key in ("audit", "priorities", "train", "predict", "loop"):
            document.data.pop(key, None)
        document.block("gate").pop("difficulty", None)
        for place in ((), *(("categories", name) for name in document.block("categories"))):
            for key in SAMPLED:
                document.block(*place, "gate", "clarity").pop(key, None)
    return _Loading(document, operators()).recipe()


class _Loading(Checking):
    """One pass over a recipe, collecting problems.

    Every check looks at the file's own data, so that a mistake in one place hides none in
    another; what has the wrong type is passed over, as the frame's check names it.
    """

    def __init__(self, document: Document, catalogue: Mapping[str, type[Operator]]) -> None:
        super().__init__(document)
        self.catalogue = catalogue

    def recipe(self) -> Recipe:
        spec = self._frame()
        check_kind(self)
        banks = self._banks()
        sources = sources_of(self)
        check_audit(self)
        check_shares(self)
        check_difficulty(self)
        check_loop(self)
        self._bounds(("gate",), [])
        check_real(self, pictures=self.pictures)
        check_test(self, pictures=self.pictures)
        steps = {name: self._steps(name, banks) for name in self.document.block("categories")}
        used = {name: list(operators_of(found)) for name, found in steps.items()}
        check_references(self, used, sources)
        for name, found in steps.items():
            self._parents(name, sources)
            self._classes(name, found, sources)
        if self.problems:
            raise UsageError(sorted(self.problems, key=_by_line))
        assert spec is not None
        kind = spec.source.medium().kind
        categories = {
            name: _category(name, one, spec, steps[name], kind)
            for name, one in spec.categories.items()
        }
        budget = Budget.parse(spec.budget)
        return Recipe(self.document.file, spec, categories, sources, banks, budget, self.catalogue)

    def _frame(self) -> RecipeSpec | None:
        try:
            return RecipeSpec.model_validate(self.document.data)
        except ValidationError as error:
            self.problems.extend(problems_of(error, self.document, RecipeSpec, _WANTED))
            return None

    def _banks(self) -> dict[str, Bank | DefectBank]:
        rate = self.document.get("source", "sample_rate")
        banks: dict[str, Bank | DefectBank] = {}
        for name, where in self.document.block("banks").items():
            if isinstance(where, str):
                self.exists(("banks", name), "a folder, a manifest or a packed file")
            path, cache = self.folder / str(where), cache_folder() / "banks"
            if self.pictures:
                banks[name] = DefectBank(name, path, cache)
            else:
                banks[name] = Bank(name, path, rate if isinstance(rate, int) else 0, cache)
        return banks

    def _steps(self, name: str, banks: Mapping[str, Bank | DefectBank]) -> tuple[Step, ...]:
        place = ("categories", name)
        raw = self.document.get(*place, "steps")
        parser = StepParser(self.document, self.catalogue, banks)
        steps = parser.steps(raw, (*place, "steps")) if raw else ()
        self.problems.extend(parser.problems)
        used = list(dict.fromkeys(operators_of(steps)))
        self._covers(used, place)
        self._bounds((*place, "gate"), used)
        return steps

    def _covers(self, used: Sequence[type[Operator]], place: Path_) -> None:
        """Refuse an operator that says nothing about a target that a source may bring."""
        kinds = PICTURE_TARGETS if self.pictures else SOUND_TARGETS
        what, other = ("pictures", "sounds") if self.pictures else ("sounds", "pictures")
        for operator in used:
            if not any(self._changes(operator, each) for each in kinds):
                self.wrong(
                    (*place, "steps"),
                    f"operator '{operator.key()}' is not for {what}, which this recipe is about"
                    + ("" if self.pictures else f"; for {other} write kind: picture in 'source'"),
                )
                continue
            silent = {kind for each in kinds for kind in kernels_for(operator, each)[1]}
            if silent:
                names = listed(sorted(kind.__name__ for kind in silent))
                self.wrong(
                    (*place, "steps"),
                    f"operator '{operator.name}' neither changes nor leaves alone: {names}",
                )

    @staticmethod
    def _changes(operator: type[Operator], kinds: set[type[Target]]) -> bool:
        return bool(kernels_for(operator, kinds)[0])

    def _classes(self, name: str, steps: Sequence[Step], sources: Sequence[Source]) -> None:
        """Ask for the class of new examples where a defect is put on what has a class."""
        place = ("categories", name)
        if "target" in self.document.block(*place):
            return
        marks = sorted({one.key() for one in operators_of(steps) if "label" in one.params()})
        known = sorted({one.facts.target for one in sources if one.facts.target})
        if marks and known:
            self.wrong(
                place,
                f"{listed(marks)} makes a defect, and the pictures have classes: {listed(known)}; "
                "write target: CLASS, that of the new examples",
                at_key=True,
            )

    def _parents(self, name: str, sources: Sequence[Source]) -> None:
        place = ("categories", name)
        raw = self.document.get(*place)
        if not sources or not isinstance(raw, dict):
            return
        tags, parents = texts(raw.get("tags")) or [name], texts(raw.get("from"))
        if any(takes(source.facts.tags, name, tags, parents) for source in sources):
            return
        known = sorted({tag for source in sources for tag in source.facts.tags})
        if parents is None:
            self.wrong(
                place,
                f"every source carries one of {listed(tags)} already; nothing to make it from",
                at_key=True,
            )
        else:
            self.wrong(
                (*place, "from"),
                f"no source has any of these tags{nearest(parents[0], known)}; "
                f"the source's tags: {listed(known)}",
            )

    def _bounds(self, place: Path_, used: Sequence[type[Operator]]) -> None:
        """Check the bounds that a gate block states, for steps that use some operators."""
        known = checks(Image if self.pictures else Waveform)
        for question in ("realism", "clarity"):
            fitting = [one.key for one in known.values() if one.question == question]
            kind = Image if self.pictures else Waveform
            sampled = [one.key for one in SAMPLED.values() if one.kind is kind]
            fitting += [TELLING] if question == "realism" else sampled
            for key, text in self.document.block(*place, question).items():
                here = (*place, question, key)
                if key not in fitting:
                    other = f"; it belongs under '{known[key].question}'" if key in known else ""
                    self.wrong(
                        here,
                        f"{question} has no check '{key}'{other or nearest(key, fitting)}; "
                        f"known: {listed(fitting)}",
                        at_key=True,
                    )
                elif text is not None:
                    self._bound(here, key, text, used)

    def _bound(self, place: Path_, key: str, text: Any, used: Sequence[type[Operator]]) -> None:
        try:
            Bound.parse(text)
        except ValueError as error:
            self.wrong(place, str(error))
        spoilers = [one.key() for one in used if key in one.spoils]
        if spoilers:
            self.wrong(
                place,
                f"'{key}' means nothing after {listed(spoilers)}; write {key}: null here",
                at_key=True,
            )


def _category(
    name: str, one: CategorySpec, spec: RecipeSpec, steps: tuple[Step, ...], kind: type[Target]
) -> Category:
    bounds = {
        **spec.gate.realism, **spec.gate.clarity, **one.gate.realism, **one.gate.clarity
    }  # fmt: skip
    return Category(
        name,
        tuple(one.tags or [name]),
        None if one.from_ is None else tuple(one.from_),
        one.share,
        one.target,
        steps,
        Checklist.of(bounds, operators_of(steps), kind),
        one.gate.real or spec.gate.real,
        telling_bound(bounds),
        sampled_bounds(bounds),
    )


def _by_line(problem: Problem) -> tuple[str, int, int]:
    file, _, rest = problem.where.partition(":")
    numbers = [int(part) for part in rest.split(":") if part.isdigit()]
    return (file, *[*numbers, 0, 0][:2])  # type: ignore[return-value]  # padded to two
