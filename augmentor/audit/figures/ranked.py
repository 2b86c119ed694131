"""How good ranked lists are, as of a search engine or a recommender, per tag of the query.

Every measure is of one query; what is reported is its mean over queries. Queries are what is
independent, so intervals are over queries, not over rows.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from augmentor.audit.figures.intervals import wilson
from augmentor.audit.figures.metrics import ratio
from augmentor.core.errors import UsageError, listed

GAINS = {
    "linear": "gain = relevance, discount = 1 / log2(rank + 1)",
    "exponential": "gain = 2^relevance - 1, discount = 1 / log2(rank + 1)",
}

_ALIKE = 1e-12  # variance: below it values differ by rounding

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryMean:
    """A measure's mean over queries.

    Parameters
    ----------
    value : fraction; None if it is undefined for every query.
    interval : 95 %, see `mean_interval`.
    n : queries in it; undefined : queries left out.
    """

    value: float | None
    interval: Interval | None
    n: int
    undefined: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuality:
    """Ranked lists of all queries, or of those with a tag.

    Parameters
    ----------
    name : the tag; None for all queries.
    queries : how many.
    measures : ``precision@k``, ``recall@k``, ``ndcg@k`` for each k, ``mrr``, ``first_hit``.
    """

    name: str | None
    queries: int
    measures: dict[str, QueryMean]

    def to_json(self) -> dict[str, object]:
        """Return plain JSON: the parameters by their names."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankReport:
    """Ranked lists judged over all queries, and over those of each tag.

    Parameters
    ----------
    overall : all queries.
    tags : one for each tag.
    definitions : measure -> a sentence.
    notes : what a reader should know.
    """

    overall: ListQuality
    tags: tuple[ListQuality, ...]
    definitions: dict[str, str]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Return plain JSON: the parameters by their names."""
        return asdict(self)


def rank_report(
    queries: ArrayLike,
    ranks: ArrayLike,
    relevance: ArrayLike,
    *,
    cuts: Sequence[int] = (1, 5, 10),
    complete: bool = False,
    gain: Literal["linear", "exponential"] = "linear",
    tags: NDArray[np.bool_] | None = None,
    names: Sequence[str] = (),
    count: int | None = None,
) -> RankReport:
    """Judge ranked lists from a table with a row for each query and item.

    Parameters
    ----------
    queries : integers [rows], 0 to queries - 1.
    ranks : integers [rows], 1 for the first item of its query; 0 for an item that was not
        listed, as a relevant one that is missing.
    relevance : numbers of 0 or more [rows]; above 0 is relevant.
    cuts : the ks: how much of a list is looked at.
    complete : the table has every relevant item of each query. Only then is recall known.
    gain : what NDCG gives for an item's relevance, see `GAINS`.
    tags : bool [queries, tags]; names : of the tags.
    count : how many queries there are, with those that have no row; None: as many as `tags`
        has, or the highest of `queries` and 1.

    Raises
    ------
    UsageError
        Ranks, relevances or cuts that cannot be, or two items of a query at one rank.

    References
    ----------
    Jarvelin and Kekalainen 2002, "Cumulated gain-based evaluation of IR techniques"; the
    exponential gain is that of Burges et al. 2005, "Learning to rank using gradient descent".
    """
    owner, place = np.asarray(queries, dtype=np.int64), np.asarray(ranks, dtype=np.int64)
    worth = np.asarray(relevance, dtype=np.float64)
    if count is None:
        count = int(owner.max(initial=-1)) + 1 if tags is None else len(tags)
    _check(owner, place, worth, cuts, count)
    if gain not in GAINS:
        raise UsageError(f"unknown gain '{gain}'; expected {listed(GAINS)}")
    if (0 if tags is None else tags.shape[1]) != len(names):
        raise UsageError(f"{len(names)} names of tags, but tags of another number")
    if tags is not None and len(tags) != count:
        raise UsageError(f"tags of {len(tags)} queries, but {count} queries")
    measures = _of_queries(owner, place, worth, cuts, count, gain)
    if not complete:
        measures |= {f"recall@{cut}": np.full(count, np.nan) for cut in cuts}
    groups = [np.ones(count, dtype=np.bool_), *(() if tags is None else tags.T)]
    found = [
        ListQuality(
            name=name,
            queries=int(np.count_nonzero(group)),
            measures={what: _mean(values[group]) for what, values in measures.items()},
        )
        for name, group in zip((None, *names), groups, strict=True)
    ]
    return RankReport(
        overall=found[0],
        tags=tuple(found[1:]),
        definitions=_definitions(gain),
        notes=tuple(_notes(measures["mrr"], complete, cuts, place)),
    )


def mean_interval(values: ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """Interval of the mean of fractions, one for each independent unit.

    Wilson's, of as many coin tosses as would make a mean as sure as these values make theirs.
    So it stays within 0 and 1, has a width also where all values are alike, and is Wilson's
    own where all are 0 or 1.

    Parameters
    ----------
    values : fractions [units].
    level : coverage, in (0, 1).

    Returns
    -------
    low, high : fractions; not numbers without a value.

    References
    ----------
    Korn and Graubard 1998, "Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data", for the effective number: n times the variance
    of coin tosses over that of the values, less for the degrees of freedom of the latter.
    """
    from scipy.special import stdtrit

    values = np.asarray(values, dtype=np.float64)
    n, mean = len(values), float(values.mean()) if len(values) else np.nan
    effective = float(n)
    spread = float(values.var(ddof=1)) if n > 1 else 0.0
    if spread > _ALIKE and not np.isin(values, (0, 1)).all():
        ease = NormalDist().inv_cdf((1 + level) / 2) / stdtrit(n - 1, (1 + level) / 2)
        effective *= mean * (1 - mean) / spread * ease**2
    low, high = wilson(mean * effective, effective, level)
    return float(low), float(high)


def _of_queries(
    owner: Ints, place: Ints, worth: Floats, cuts: Sequence[int], count: int, gain: str
) -> dict[str, Floats]:
    """Return each measure of each query, not-a-number where it is undefined [queries]."""
    relevant, listed_rows = worth > 0, place > 0
    known_relevant = np.bincount(owner[relevant], minlength=count).astype(np.float64)
    gains = worth if gain == "linear" else np.exp2(worth) - 1
    best = np.lexsort((-gains, owner))
    starts = np.searchsorted(owner[best], np.arange(count))
    ideal = np.arange(len(best)) - starts[owner[best]] + 1  # ranks in the best order
    found: dict[str, dict[str, Floats]] = {"precision": {}, "recall": {}, "ndcg": {}}
    for cut in cuts:
        top = listed_rows & (place <= cut)
        hits = np.bincount(owner[top & relevant], minlength=count).astype(np.float64)
        found["precision"][f"precision@{cut}"] = hits / cut
        found["recall"][f"recall@{cut}"] = ratio(hits, known_relevant)
        reached = _discounted(owner[top], gains[top], place[top], count)
        first = best[ideal <= cut]
        most = _discounted(owner[first], gains[first], ideal[ideal <= cut], count)
        found["ndcg"][f"ndcg@{cut}"] = ratio(reached, most)
    rank = np.full(count, np.inf)
    np.minimum.at(rank, owner[relevant & listed_rows], place[relevant & listed_rows])
    undefined = np.where(known_relevant > 0, 0.0, np.nan)
    return {
        **found["precision"],
        **found["recall"],
        **found["ndcg"],
        "mrr": 1 / rank + undefined,
        "first_hit": (rank == 1) + undefined,
    }


def _discounted(owner: Ints, gains: Floats, ranks: Ints, count: int) -> Floats:
    return np.bincount(owner, gains / np.log2(ranks + 1.0), count).astype(np.float64)


def _mean(values: Floats) -> QueryMean:
    defined = values[~np.isnan(values)]
    lacking = len(values) - len(defined)
    if not len(defined):
        return QueryMean(value=None, interval=None, n=0, undefined=lacking)
    return QueryMean(
        value=float(defined.mean()),
        interval=mean_interval(defined),
        n=len(defined),
        undefined=lacking,
    )


def _definitions(gain: str) -> dict[str, str]:
    return {
        "precision": "relevant items among the first k, over k, also where fewer are listed",
        "recall": "relevant items among the first k, over all relevant items of the query",
        "ndcg": f"{GAINS[gain]}; summed over the first k, "
        "over the same for the best order of the query's rows",
        "mrr": "1 / rank of the first relevant item, 0 if none is listed",
        "first_hit": "the first item is relevant, as a navigational query wants it",
    }


def _notes(reciprocal: Floats, complete: bool, cuts: Sequence[int], ranks: Ints) -> list[str]:
    notes = []
    without = int(np.isnan(reciprocal).sum())
    if without:
        notes.append(
            f"{without} of {len(reciprocal)} queries have no relevant item: recall, NDCG, MRR and "
            "first hit are undefined for them; a relevant item that was not listed has rank 0"
        )
    if not complete:
        notes.append("recall is not known: the table may lack relevant items")
    deepest = int(ranks.max(initial=0))
    short = [cut for cut in cuts if cut > deepest]
    if short:
        notes.append(
            f"the longest list has {deepest} items, so precision cannot reach 1 at {listed(short)}"
        )
    return notes


def _check(owner: Ints, place: Ints, worth: Floats, cuts: Sequence[int], count: int) -> None:
    if not len(owner) == len(place) == len(worth):
        raise UsageError(
            f"{len(owner)} queries, {len(place)} ranks and {len(worth)} relevances: "
            "expected as many of each"
        )
    if len(owner) and not 0 <= owner.min() <= owner.max() < count:
        raise UsageError(f"the code of a query is not from 0 to {count - 1}")
    if (place < 0).any():
        raise UsageError("a rank is below 0; expected 1, 2, ..., or 0 for what was not listed")
    if not ((worth >= 0) & np.isfinite(worth)).all():
        raise UsageError("a relevance is not a number of 0 or more")
    if not cuts or min(cuts) < 1:
        raise UsageError(f"cuts are ranks of 1 or more, not {listed(cuts) or 'none'}")
    order = np.lexsort((place, owner))
    twice = (np.diff(owner[order]) == 0) & (np.diff(place[order]) == 0) & (place[order][1:] > 0)
    if twice.any():
        raise UsageError(f"{int(twice.sum())} items have the rank of another item of their query")
