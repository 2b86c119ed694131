"""Loading a recipe: everything that can be known to be wrong is said at once, before any work."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from augmentor.audit.baselines import read_baseline
from augmentor.audit.table import SummaryTable, read_table
from augmentor.core.distributions import is_number
from augmentor.core.errors import Problem, UsageError, listed, nearest
from augmentor.core.example import Label, Target, Transcript, Waveform
from augmentor.core.operator import Operator, kernels_for
from augmentor.core.verdict import Bound
from augmentor.files.cache import cache_folder
from augmentor.gate.checklist import Checklist
from augmentor.gate.checks import checks
from augmentor.operators.catalog import operators
from augmentor.recipe.model import Budget, CategorySpec, RecipeSpec
from augmentor.recipe.parse import StepParser, operators_of
from augmentor.recipe.recipe import Category, Recipe, takes
from augmentor.recipe.steps import Step
from augmentor.recipe.text import Document, Path_, read_yaml
from augmentor.recipe.wording import problems_of
from augmentor.sources.bank import Bank
from augmentor.sources.manifest import Source, read_sources

Read = TypeVar("Read")


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


class _Loading:
    """One pass over a recipe, collecting problems.

    Every check looks at the file's own data, so that a mistake in one place hides none in
    another; what has the wrong type is passed over, as the frame's check names it.
    """

    def __init__(self, document: Document, catalogue: Mapping[str, type[Operator]]) -> None:
        self.document, self.catalogue = document, catalogue
        self.problems: list[Problem] = []
        self.folder = document.file.parent

    def recipe(self) -> Recipe:
        spec = self._frame()
        banks = self._banks()
        sources = self._sources()
        self._audit()
        self._shares()
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
            self.problems.extend(problems_of(error, self.document, RecipeSpec))
            return None

    def _banks(self) -> dict[str, Bank]:
        rate = self.document.get("source", "sample_rate")
        banks = {}
        for name, where in self.document.block("banks").items():
            if isinstance(where, str):
                self._exists(("banks", name), "a folder, a manifest or a packed file")
            banks[name] = Bank(
                name,
                self.folder / str(where),
                rate if isinstance(rate, int) else 0,
                cache_folder() / "banks",
            )
        return banks

    def _sources(self) -> list[Source] | None:
        place = ("source", "manifest")
        where = self._exists(place, "a manifest or a folder of sounds")
        if where is None:
            return None
        found = self._read(read_sources, where)
        if found == []:
            self._wrong(place, f"'{self.document.get(*place)}' holds no examples")
        return found

    def _audit(self) -> None:
        if self.document.get("audit") is None:
            for name, weights in self.document.block("priorities").items():
                if weights:
                    self._wrong(
                        ("priorities", name), "weighs the ranking of an audit; add one", at_key=True
                    )
            return
        baseline = self._exists(("audit", "baseline"), "a CSV of tag, baseline")
        table = self._exists(("audit", "table"), "an error table")
        if baseline is not None:
            self._read(read_baseline, baseline)
        found = None if table is None else self._read(read_table, table)
        if isinstance(found, SummaryTable):
            self._known_tags([row.tag for row in found.rows])
        elif found is not None:
            self._known_tags(found.tag_names)

    def _read(self, read: Callable[[Path], Read], path: Path) -> Read | None:
        try:
            return read(path)
        except UsageError as error:
            self.problems.extend(error.problems)
            return None

    def _known_tags(self, known: Sequence[str]) -> None:
        """Refuse categories and weights of tags that the audit never saw."""
        ranked = set(known)
        for name, raw in self.document.block("categories").items():
            tags = _texts(raw.get("tags")) if isinstance(raw, dict) else None
            if tags and name in known and name not in tags:
                self._wrong(
                    ("categories", name, "tags"),
                    f"'{name}' is a tag of its own in the audit's table; add it here, or give the "
                    "category another name",
                )
            for index, tag in enumerate(tags or [name]):
                if tag not in known:
                    place: Path_ = ("categories", name, *(("tags", index) if tags else ()))
                    self._wrong(
                        place,
                        f"the audit's table has no tag '{tag}'{nearest(tag, known)}; "
                        f"its tags: {listed(known)}"
                        + ("" if tags else "; a category serves its name, or its 'tags'"),
                        at_key=not tags,
                    )
            ranked = ranked.difference(tags or ()) | {name}
        for kind in ("importance", "ease"):
            for name in self.document.block("priorities", kind):
                if name not in ranked:
                    self._wrong(
                        ("priorities", kind, name),
                        f"'{name}' is no category and no tag of the audit's table"
                        f"{nearest(name, sorted(ranked))}; known: {listed(sorted(ranked))}",
                        at_key=True,
                    )

    def _shares(self) -> None:
        categories = self.document.block("categories")
        stated = {
            name: self.document.get("categories", name, "share")
            for name in categories
            if self.document.get("categories", name, "share") is not None
        }
        if self.document.get("audit") is not None:
            for name in stated:
                self._wrong(
                    ("categories", name, "share"),
                    "the audit decides the shares; take out 'share' here, or the 'audit'",
                    at_key=True,
                )
        elif stated and all(map(is_number, stated.values())):
            total = sum(stated.values())
            if len(stated) < len(categories) or abs(total - 1) > 1e-6:
                self._wrong(
                    ("categories",),
                    "without an audit, state a 'share' for every category, summing to 1, "
                    f"or for none; {len(stated)} of {len(categories)} state one, summing to "
                    f"{total:g}",
                    at_key=True,
                )

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
                self._wrong(
                    (*place, "steps"),
                    f"operator '{operator.name}' neither changes nor leaves alone: {names}",
                )

    def _parents(self, name: str, sources: Sequence[Source]) -> None:
        place = ("categories", name)
        raw = self.document.get(*place)
        if not sources or not isinstance(raw, dict):
            return
        tags, parents = _texts(raw.get("tags")) or [name], _texts(raw.get("from"))
        if any(takes(source.facts.tags, name, tags, parents) for source in sources):
            return
        known = sorted({tag for source in sources for tag in source.facts.tags})
        if parents is None:
            self._wrong(
                place,
                f"every source carries one of {listed(tags)} already; nothing to make it from",
                at_key=True,
            )
        else:
            self._wrong(
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
                    self._wrong(
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
            self._wrong(place, str(error))
        spoilers = [one.key() for one in used if key in one.spoils]
        if spoilers:
            self._wrong(
                place,
                f"'{key}' means nothing after {listed(spoilers)}; write {key}: null here",
                at_key=True,
            )

    def _exists(self, place: Path_, kind: str) -> Path | None:
        """Return the path that stands at a place, if it is there."""
        where = self.document.get(*place)
        if not isinstance(where, str) or not where:
            return None
        path = self.folder / where
        try:
            if path.exists():
                return path
        except OSError:
            pass  # too long a name, say: it is not there either
        self._wrong(place, f"'{where}' is not there (looked in {self.folder}); wanted: {kind}")
        return None

    def _wrong(self, place: Path_, what: str, *, at_key: bool = False) -> None:
        self.problems.append(self.document.problem(place, what, at_key=at_key))


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


def _texts(raw: Any) -> list[str] | None:
    """Return a list of texts as it stands in the file; None where it is none."""
    good = isinstance(raw, list) and raw and all(isinstance(one, str) for one in raw)
    return raw if good else None


def _by_line(problem: Problem) -> tuple[str, int, int]:
    file, _, rest = problem.where.partition(":")
    numbers = [int(part) for part in rest.split(":") if part.isdigit()]
    return (file, *[*numbers, 0, 0][:2])  # type: ignore[return-value]  # padded to two
