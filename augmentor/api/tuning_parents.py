"""Parents to tune on, and other parents to see whether it holds: a keyed sample in two halves."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

from augmentor.api.planning import measurer
from augmentor.api.progress import Progress
from augmentor.core.errors import BadSourceError, UsageError
from augmentor.core.stream import Stream
from augmentor.recipe.planner import draw_edits
from augmentor.recipe.recipe import Recipe
from augmentor.recipe.severity import Axis
from augmentor.recipe.steps import refusal
from augmentor.sources.manifest import Source, read_sources
from augmentor.sources.pictures import read_pictures

_AT_ONCE = 64

Parent = tuple[Source, int]
"""A source, and which version of it is drawn."""


class Parents:
    """Chooses parents for each axis.

    Parameters
    ----------
    recipe : with the sources.
    count : how many parents a half is to have.
    workers, progress : for measuring what was not measured before.
    """

    def __init__(self, recipe: Recipe, count: int, workers: int, progress: Progress) -> None:
        self.recipe, self.count = recipe, count
        self.measure = measurer(recipe, workers, progress)

    def halves(self, axis: Axis) -> tuple[list[Parent], list[Parent], dict[str, int]]:
        """Return parents to tune on, other parents, and why some could not be used.

        No group is in both halves. A half with too few parents has several versions of each.
        """
        stream = Stream(self.recipe.spec.seed).at("tune", axis.category.name)
        lots = stream.at("lot")
        able = [one for one in self.recipe.sources if axis.category.takes(one.facts.tags)]
        able.sort(key=lambda one: lots.at(one.facts.id).word())
        halves: tuple[list[Source], list[Source]] = ([], [])
        why: Counter[str] = Counter()
        for start in range(0, len(able), _AT_ONCE):
            wanted = [
                one
                for one in able[start : start + _AT_ONCE]
                if len(halves[_half(stream, one)]) < self.count
            ]
            if not wanted and min(map(len, halves)) >= self.count:
                break
            for source, found in zip(wanted, self.measure(wanted), strict=True):
                reason = found if isinstance(found, str) else self._refused(axis, found)
                if reason or isinstance(found, str):
                    why[reason] += 1
                elif len(half := halves[_half(stream, source)]) < self.count:
                    half.append(found)
        search, other = halves if halves[0] else halves[::-1]
        return self._versions(search), self._versions(other), dict(why)

    def _refused(self, axis: Axis, source: Source) -> str:
        reason = refusal(axis.category.steps, source.facts)
        if reason:
            return reason
        try:
            drawn = draw_edits(self.recipe, axis.category, source.facts, 0, 0)
        except BadSourceError as error:
            return str(error)
        return "" if drawn else "no step is taken by chance"

    def _versions(self, half: list[Source]) -> list[Parent]:
        rounds = -(-self.count // len(half)) if half else 0
        return [(source, copy) for copy in range(rounds) for source in half][: self.count]


def _half(stream: Stream, source: Source) -> int:
    owner = source.facts.group or source.facts.id
    return stream.at("half", owner).word() & 1


def with_sources(recipe: Recipe, manifest: Path) -> Recipe:
    """Return a recipe with the parents of another manifest or folder.

    Raises
    ------
    UsageError : it cannot be read, or holds nothing.
    """
    if not manifest.exists():
        raise UsageError(f"{manifest}  no such file or folder; wanted: parents to tune on")
    spec = recipe.spec.source
    if spec.kind == "picture":
        sources = read_pictures(manifest, recipe.path(spec.images) if spec.images else None)
    else:
        sources = read_sources(manifest)
    if not sources:
        raise UsageError(f"{manifest}  holds no examples")
    source = spec.model_copy(update={"manifest": str(manifest.resolve())})
    return replace(recipe, sources=sources, spec=recipe.spec.model_copy(update={"source": source}))
