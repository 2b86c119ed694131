"""Loading a recipe: everything that can be known to be wrong is said at once, before any work."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from augmentor.core.errors import Problem, UsageError, listed, nearest
from augmentor.core.example import Label, Target, Transcript, Waveform
from augmentor.core.operator import Operator, unhandled
from augmentor.core.verdict import Bound
from augmentor.files.cache import cache_folder
from augmentor.gate.checklist import Checklist
from augmentor.gate.checks import checks
from augmentor.operators.catalog import operators
from augmentor.recipe.model import Budget, RecipeSpec
from augmentor.recipe.parse import StepParser, operators_of
from augmentor.recipe.recipe import Category, Recipe
from augmentor.recipe.steps import Step
from augmentor.recipe.text import Document, read_yaml
from augmentor.recipe.wording import problems_of
from augmentor.sources.bank import Bank
from augmentor.sources.manifest import Source, read_sources


def load_recipe(file: str | Path) -> Recipe:
    """Read and check a recipe file.

    Parameters
    ----------
    file : the YAML file.

    Raises
    ------
    UsageError : every mistake at once, each with its line, column and what to write.
    """
    document = read_yaml(Path(file))
    if not isinstance(document.data, dict):
        raise UsageError(document.problem((), "a recipe is a mapping; start with 'augmentor: 1'"))
    catalogue = operators()
    loading = _Loading(document, catalogue)
    recipe = loading.recipe()
    if loading.problems:
        raise UsageError(sorted(loading.problems, key=_by_line))
    assert recipe is not None
    return recipe


class _Loading:
    """One pass over a recipe, collecting problems."""

    def __init__(self, document: Document, catalogue: Mapping[str, type[Operator]]) -> None:
        self.document, self.catalogue = document, catalogue
        self.problems: list[Problem] = []
        self.folder = document.file.parent

    def recipe(self) -> Recipe | None:
        data = self.document.data
        spec: RecipeSpec | None = None
        try:
            spec = RecipeSpec.model_validate(data)
        except ValidationError as error:
            self.problems.extend(problems_of(error, self.document, RecipeSpec))
        banks = self._banks(spec, data)
        sources = self._sources(data)
        categories = {}
        raw = data.get("categories")
        for name, one in (raw if isinstance(raw, dict) else {}).items():
            if isinstance(one, dict):
                categories[str(name)] = self._category(str(name), one, spec, banks, sources)
        if spec is None:
            return None
        self._audit(spec)
        self._bounds(data.get("gate"), ("gate",), [])
        if any(one is None for one in categories.values()) or self.problems:
            return None
        return Recipe(
            self.document.file,
            spec,
            {name: one for name, one in categories.items() if one is not None},
            banks,
            Budget.parse(spec.budget),
            self.catalogue,
        )

    def _banks(self, spec: RecipeSpec | None, data: dict[str, Any]) -> dict[str, Bank]:
        raw = data.get("banks")
        rate = spec.source.sample_rate if spec else 16000
        banks = {}
        for name, where in (raw if isinstance(raw, dict) else {}).items():
            if isinstance(where, str):
                self._exists(("banks", str(name)), where, "a folder, a manifest or a packed file")
                banks[str(name)] = Bank(
                    str(name), self.folder / where, rate, cache_folder() / "banks"
                )
        return banks

    def _sources(self, data: dict[str, Any]) -> list[Source] | None:
        raw = data.get("source")
        where = raw.get("manifest") if isinstance(raw, dict) else None
        if not isinstance(where, str) or not self._exists(
            ("source", "manifest"), where, "a manifest or a folder of sounds"
        ):
            return None
        try:
            found = read_sources(self.folder / where)
        except UsageError as error:
            self.problems.extend(error.problems)
            return None
        if not found:
            self.problems.append(
                self.document.problem(("source", "manifest"), f"'{where}' holds no examples")
            )
        return found

    def _audit(self, spec: RecipeSpec) -> None:
        if spec.audit is None:
            stated = [one.share for one in spec.categories.values() if one.share is not None]
            if stated and (len(stated) < len(spec.categories) or abs(sum(stated) - 1) > 1e-6):
                self.problems.append(
                    self.document.problem(
                        ("categories",),
                        "without an audit, state a 'share' for every category, summing to 1, "
                        f"or for none; these sum to {sum(stated):g}",
                        at_key=True,
                    )
                )
            return
        self._exists(("audit", "table"), spec.audit.table, "an error table")
        if spec.audit.baseline is not None:
            self._exists(("audit", "baseline"), spec.audit.baseline, "a CSV of tag, baseline")
        for name, one in spec.categories.items():
            if one.share is not None:
                self.problems.append(
                    self.document.problem(
                        ("categories", name, "share"),
                        "the audit decides the shares; take out 'share' here, or the 'audit'",
                        at_key=True,
                    )
                )

    def _category(
        self,
        name: str,
        raw: dict[str, Any],
        spec: RecipeSpec | None,
        banks: Mapping[str, Bank],
        sources: list[Source] | None,
    ) -> Category | None:
        place = ("categories", name)
        parser = StepParser(self.document, self.catalogue, banks)
        steps = parser.steps(raw["steps"], (*place, "steps")) if raw.get("steps") else ()
        self.problems.extend(parser.problems)
        for step in steps:
            self._covers(step, place)
        bounds = self._bounds(raw.get("gate"), (*place, "gate"), list(operators_of(steps)))
        if spec is None or name not in spec.categories:
            return None
        one = spec.categories[name]
        category = Category(
            name,
            tuple(one.tags or [name]),
            None if one.from_ is None else tuple(one.from_),
            one.share,
            steps,
            Checklist.of(
                {**_plain(spec.gate.realism), **_plain(spec.gate.clarity), **bounds},
                operators_of(steps),
            )
            if not self.problems
            else Checklist((), {}),
        )
        if sources is not None:
            self._parents(category, sources, place)
        return category

    def _covers(self, step: Step, place: tuple[str, ...]) -> None:
        """Refuse an operator that says nothing about a target that the source brings."""
        kinds: set[type[Target]] = {Waveform, Label, Transcript}
        for operator in operators_of([step]):
            silent = unhandled(operator, kinds)
            if silent:
                names = listed(sorted(kind.__name__ for kind in silent))
                self.problems.append(
                    self.document.problem(
                        (*place, "steps"),
                        f"operator '{operator.name}' neither changes nor leaves alone: {names}",
                    )
                )

    def _parents(self, category: Category, sources: list[Source], place: tuple[str, ...]) -> None:
        if any(category.takes(source.facts.tags) for source in sources) or not sources:
            return
        known = sorted({tag for source in sources for tag in source.facts.tags})
        if category.parents is None:
            what = f"every source carries {listed(category.tags)} already; nothing to make it from"
            where, at_key = place, True
        else:
            what = (
                f"no source has any of these tags{nearest(category.parents[0], known)}; "
                f"the source's tags: {listed(known)}"
            )
            where, at_key = (*place, "from"), False
        self.problems.append(self.document.problem(where, what, at_key=at_key))

    def _bounds(
        self, raw: Any, place: tuple[str, ...], used: list[type[Operator]]
    ) -> dict[str, str | None]:
        """Return the bounds a gate block states, each checked."""
        known = checks()
        bounds: dict[str, str | None] = {}
        for question in ("realism", "clarity"):
            block = raw.get(question) if isinstance(raw, dict) else None
            for key, text in (block if isinstance(block, dict) else {}).items():
                here = (*place, question, str(key))
                fitting = [one.key for one in known.values() if one.question == question]
                if key not in known or known[key].question != question:
                    other = f"; it belongs under '{known[key].question}'" if key in known else ""
                    self.problems.append(
                        self.document.problem(
                            here,
                            f"{question} has no check '{key}'{other or nearest(key, fitting)}; "
                            f"known: {listed(fitting)}",
                            at_key=True,
                        )
                    )
                    continue
                bounds[key] = None if text is None else self._bound(text, here)
                spoilers = [one.key() for one in used if key in one.spoils]
                if text is not None and spoilers:
                    self.problems.append(
                        self.document.problem(
                            here,
                            f"'{key}' means nothing after {listed(spoilers)}; take it out here",
                            at_key=True,
                        )
                    )
        return bounds

    def _bound(self, text: Any, place: tuple[str, ...]) -> str | None:
        try:
            return str(Bound.parse(text))
        except ValueError as error:
            self.problems.append(self.document.problem(place, str(error)))
            return None

    def _exists(self, place: tuple[str, ...], where: str, kind: str) -> bool:
        found = (self.folder / where).exists()
        if not found:
            self.problems.append(
                self.document.problem(
                    place, f"'{where}' is not there (looked in {self.folder}); wanted: {kind}"
                )
            )
        return found


def _plain(block: Mapping[str, Any]) -> dict[str, str | None]:
    return {key: None if text is None else str(text) for key, text in block.items()}


def _by_line(problem: Problem) -> tuple[str, int, int]:
    file, _, rest = problem.where.partition(":")
    numbers = [int(part) for part in rest.split(":") if part.isdigit()]
    return (file, *[*numbers, 0, 0][:2])  # type: ignore[return-value]  # padded to two
