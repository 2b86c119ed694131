"""Loading a recipe: everything that can be known to be wrong is said at once, before any work."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from augmentor.core.errors import Problem, UsageError, listed, nearest
from augmentor.core.example import Label, Target, Transcript, Waveform
from augmentor.core.operator import Operator, kernels_for
from augmentor.core.verdict import Bound
from augmentor.files.cache import cache_folder
from augmentor.files.document import Document, Path_, read_yaml
from augmentor.files.wording import problems_of
from augmentor.gate.checklist import Checklist
from augmentor.gate.checks import checks
from augmentor.operators.catalog import operators
from augmentor.recipe.check_audit import check_audit, check_shares
from augmentor.recipe.checking import Checking, texts
from augmentor.recipe.model import Budget, CategorySpec, RecipeSpec
from augmentor.recipe.parse import StepParser, operators_of
from augmentor.recipe.recipe import Category, Recipe, takes
from augmentor.recipe.steps import Step
from augmentor.sources.bank import Bank
from augmentor.sources.manifest import Source, read_sources

_WANTED = {
    "budget": "examples (1200), hours (20 h) or bytes (2 GB)",
    "name": "letters, digits, '.', '_' and '-', 80 at most",
    "model": "package.module:function",
}


def load_recipe(file: str | Path, *, audit: bool = True) -> Recipe:
    """Read and check a recipe file.

    Parameters
    ----------
    file : the YAML file.
    audit : whether what it says of the audit counts; to replay, the error table is not needed.

    Raises
    ------
    UsageError : every mistake at once, each with its line, column and what to write.
    """
    document = read_yaml(Path(file))
    if not isinstance(document.data, dict):
        raise UsageError(document.problem((), "a recipe is a mapping; start with 'augmentor: 1'"))
    if not audit:
        for key in ("audit", "priorities"):
            document.data.pop(key, None)
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
        banks = self._banks()
        sources = self._sources()
        check_audit(self)
        check_shares(self)
        self._bounds(("gate",), [])
        steps = {name: self._steps(name, banks) for name in self.document.block("categories")}
        for name in steps:
            self._parents(name, sources or [])
        if self.problems:
            raise UsageError(sorted(self.problems, key=_by_line))
        assert spec is not None
        categories = {
            name: _category(name, one, spec, steps[name]) for name, one in spec.categories.items()
        }
        budget = Budget.parse(spec.budget)
        return Recipe(
            self.document.file, spec, categories, sources or [], banks, budget, self.catalogue
        )

    def _frame(self) -> RecipeSpec | None:
        try:
            return RecipeSpec.model_validate(self.document.data)
        except ValidationError as error:
            self.problems.extend(problems_of(error, self.document, RecipeSpec, _WANTED))
            return None

    def _banks(self) -> dict[str, Bank]:
        rate = self.document.get("source", "sample_rate")
        banks = {}
        for name, where in self.document.block("banks").items():
            if isinstance(where, str):
                self.exists(("banks", name), "a folder, a manifest or a packed file")
            banks[name] = Bank(
                name,
                self.folder / str(where),
                rate if isinstance(rate, int) else 0,
                cache_folder() / "banks",
            )
        return banks

    def _sources(self) -> list[Source] | None:
        place = ("source", "manifest")
        where = self.exists(place, "a manifest or a folder of sounds")
        if where is None:
            return None
        found = self.read(read_sources, where)
        if found == []:
            self.wrong(place, f"'{self.document.get(*place)}' holds no examples")
        return found

    def _steps(self, name: str, banks: Mapping[str, Bank]) -> tuple[Step, ...]:
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
        kinds: tuple[set[type[Target]], ...] = ({Waveform, Label}, {Waveform, Transcript})
        for operator in used:
            silent = {kind for each in kinds for kind in kernels_for(operator, each)[1]}
            if silent:
                names = listed(sorted(kind.__name__ for kind in silent))
                self.wrong(
                    (*place, "steps"),
                    f"operator '{operator.name}' neither changes nor leaves alone: {names}",
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
        known = checks()
        for question in ("realism", "clarity"):
            fitting = [one.key for one in known.values() if one.question == question]
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


def _category(name: str, one: CategorySpec, spec: RecipeSpec, steps: tuple[Step, ...]) -> Category:
    bounds = {
        **spec.gate.realism, **spec.gate.clarity, **one.gate.realism, **one.gate.clarity
    }  # fmt: skip
    return Category(
        name,
        tuple(one.tags or [name]),
        None if one.from_ is None else tuple(one.from_),
        one.share,
        steps,
        Checklist.of(bounds, operators_of(steps)),
    )


def _by_line(problem: Problem) -> tuple[str, int, int]:
    file, _, rest = problem.where.partition(":")
    numbers = [int(part) for part in rest.split(":") if part.isdigit()]
    return (file, *[*numbers, 0, 0][:2])  # type: ignore[return-value]  # padded to two
