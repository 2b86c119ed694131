"""Searching along axes of severity: what is tried where, and what is known so far."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from augmentor.api.progress import Progress
from augmentor.api.trying import Bench, Row
from augmentor.api.tuned import Kept, Tuned
from augmentor.api.tuning_parents import Parent
from augmentor.core.errors import BadSourceError
from augmentor.gate.tuning.curves import Point
from augmentor.gate.tuning.search import FIRST, Found, Goal, next_counts, rounds_left
from augmentor.jobs.trying import Attempt
from augmentor.recipe.planner import draw_edits
from augmentor.recipe.recipe import Category
from augmentor.recipe.severity import Axis


@dataclass(slots=True)
class Search:
    """One axis, and what is known of it so far.

    Parameters
    ----------
    axis, goal : what is looked for.
    parents, others : to look on, and to see whether it holds.
    unusable : why some parents could not be used.
    rows : what is known at each severity, parent by parent.
    clean, inside : of the parents as they are, and of other parents inside the band.
    """

    axis: Axis
    goal: Goal
    parents: list[Parent]
    others: list[Parent]
    unusable: Mapping[str, int]
    rows: dict[float, list[Row]] = field(default_factory=dict)
    clean: list[Row] = field(default_factory=list)
    inside: list[Row] = field(default_factory=list)

    def wanted(self, bench: Bench) -> dict[float, int]:
        """Return how many examples are still wanted at which severities."""
        most = min(self.goal.most, len(self.parents))
        if not most or (self.rows and not self.axis.levers):
            return {}
        if not self.axis.levers:
            return {0.0: most}
        goal = replace(self.goal, first=min(self.goal.first, most), most=most)
        tried = {severity: len(rows) for severity, rows in self.rows.items()}
        return next_counts(self.found(bench) if self.rows else None, goal, tried)

    def found(self, bench: Bench) -> Found:
        """Return the curves so far."""
        clean = self.clean_share(bench)
        clear = [_over(bench.clear_point(at, rows), clean) for at, rows in self.rows.items()]
        errs = [bench.error_point(at, rows) for at, rows in self.rows.items()]
        kept = {
            key: [bench.kept_point(key, at, rows) for at, rows in self.rows.items()]
            for key in self.goal.kept
        }
        return Found.of(self.goal, clear, errs, kept)

    def clean_share(self, bench: Bench) -> float:
        """Return the share of clean parents that are clear; 1 where nothing can be told of them."""
        point = bench.clear_point(0.0, self.clean)
        return point.value if point.n else 1.0

    def tuned(self, bench: Bench, measure: str) -> Tuned:
        """Return what was found."""
        every = [one for rows in (*self.rows.values(), self.inside) for one in rows]
        unmade = Counter(one.reason for one in every if one.reason) + Counter(self.unusable)
        if not self.rows:
            return Tuned(self.axis, measure, None, unmade=unmade)
        kept = None
        if self.inside:
            clear = _over(bench.clear_point(0.0, self.inside), self.clean_share(bench))
            kept = Kept(
                clear,
                bench.error_point(0.0, self.inside) if bench.model else None,
                self._kept(bench, self.inside),
            )
        return Tuned(
            self.axis, measure, self.found(bench), bench.clear_point(0.0, self.clean),
            bench.error_point(0.0, self.clean) if bench.model else None, kept, len(every), unmade,
            self._kept(bench, self.clean),
        )  # fmt: skip

    def _kept(self, bench: Bench, rows: Sequence[Row]) -> dict[str, Point]:
        return {key: bench.kept_point(key, 0.0, rows) for key in self.goal.kept}


def _over(point: Point, clean: float) -> Point:
    """Return a share over that of the clean parents; 0 where none of these is clear."""
    by = 1 / clean if clean else 0.0
    return replace(point, value=point.value * by, low=point.low * by, high=point.high * by)


Take = Callable[[Sequence[Row]], None]
Asked = tuple[Attempt, Take]
"""What to try, and who takes what came of it."""


class Tuner:
    """Searches every axis at once, round by round, so that all workers have work."""

    def __init__(self, bench: Bench, searches: Sequence[Search], progress: Progress) -> None:
        self.bench, self.searches, self.progress = bench, searches, progress
        self.done = 0

    def work(self) -> None:
        """Search, then look at other parents inside each band."""
        self._try(
            [
                one
                for search in self.searches
                for one in self._clean(search, search.parents, search.clean.extend)
            ]
        )
        while asked := [one for search in self.searches for one in self._round(search)]:
            self._try(asked)
        self._try([one for search in self.searches for one in self._inside(search)])
        self.progress("trying severities", self.done, self.done)

    def _try(self, asked: Sequence[Asked]) -> None:
        total = self.done + sum(len(one.edits) for one, _ in asked) + self._left()

        def tell(more: int) -> None:
            self.done += more
            self.progress("trying severities", self.done, max(total, self.done + 1))

        attempts = [one for one, _ in asked]
        for (_, take), rows in zip(asked, self.bench.rows(attempts, tell), strict=True):
            take(rows)

    def _left(self) -> int:
        """Return about how many examples come after this round."""
        return sum(
            one.goal.first * rounds_left(one.found(self.bench) if one.rows else None, one.goal)
            + (0 if one.inside else len(one.others))
            + (0 if one.rows else len(FIRST) * one.goal.first)
            for one in self.searches
            if one.axis.levers
        )

    def _clean(self, search: Search, parents: Sequence[Parent], take: Take) -> list[Asked]:
        return [
            (Attempt(search.axis.category.name, source, ((),)), take)
            for source, copy in parents
            if not copy
        ]

    def _round(self, search: Search) -> list[Asked]:
        wanted = search.wanted(self.bench)
        levels = {at: search.axis.at(at) for at in wanted}
        have = {at: len(search.rows.setdefault(at, [])) for at in wanted}
        asked: list[Asked] = []
        for place, parent in enumerate(search.parents[: max(wanted.values(), default=0)]):
            here = [at for at, count in wanted.items() if have[at] <= place < count]
            if here:
                take = _into([search.rows[at] for at in here])
                asked += self._ask([levels[at] for at in here], parent, take)
        return asked

    def _inside(self, search: Search) -> list[Asked]:
        band = search.found(self.bench).band if search.rows and search.axis.levers else None
        if band is None:
            return []
        narrow = search.axis.within(band.mild, band.harsh)
        # A reference is asked about the parents too: what it made of them counts.
        clean = self._clean(search, search.others, lambda _: None) if search.goal.kept else []
        return clean + [
            one
            for parent in search.others
            for one in self._ask([narrow], parent, search.inside.extend)
        ]

    def _ask(self, categories: Sequence[Category], parent: Parent, take: Take) -> list[Asked]:
        """Return what to try of some severities; where nothing can be drawn, that is known now."""
        source, copy = parent
        recipe = self.bench.recipe
        try:
            edits = tuple(draw_edits(recipe, one, source.facts, copy, 0) for one in categories)
        except BadSourceError as error:
            take([Row(None, source.facts.target, None, str(error))] * len(categories))
            return []
        return [(Attempt(categories[0].name, source, edits), take)]


def _into(places: Sequence[list[Row]]) -> Take:
    def take(rows: Sequence[Row]) -> None:
        for place, row in zip(places, rows, strict=True):
            place.append(row)

    return take
