"""What tags mean where people looked for them in some rows only, most of them wrong ones."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from augmentor.audit.figures.intervals import wilson
from augmentor.audit.figures.metrics import BY_EXAMPLE, Floats, per_tag, ratio
from augmentor.audit.priorities.cover import Cover, covers
from augmentor.audit.tables.raw import ErrorTable

DRAWS = 4000
_KEY = 0x73616D70  # fixed, so that the same table always gives the same figures


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """Tags of all the data, as estimated from the rows that were looked at.

    Not-a-number where nothing can be said.

    Parameters
    ----------
    error_share : share of the errors with the tag [tags].
    share, rate : share of all data, and error rate within it [tags].
    low, high : 95 % interval of the rate [tags].
    said : what a reader should know.
    """

    error_share: Floats
    share: Floats
    rate: Floats
    low: Floats
    high: Floats
    said: str


def sampled(table: ErrorTable, cover: Cover, shares: Floats) -> Sampled | None:
    """Return what tags mean where not every row was looked at; None where every row was.

    Wrong rows that were looked at stand for all wrong rows, right ones for all right rows. If
    no right row was, the share of the errors is known and nothing else: error rate, share of
    the data and gap are undefined, unless the tags' shares are given.

    Parameters
    ----------
    table, cover : rows and their tags.
    shares : share of the data of each tag as the user gives it [tags]; not-a-number: unknown.
    """
    wrong = cover.counts.errors > 0
    looked = _looked_at(table, cover, wrong)
    if looked is None or (table.looked_at is None and cover.metric not in BY_EXAMPLE):
        return None  # hardly a transcript is without any error: that all tagged have some is chance
    right = looked & ~wrong
    mistakes = cover.counts.errors * looked
    (with_tag,) = per_tag(cover.members, mistakes)
    error_share = ratio(with_tag, np.full(len(with_tag), mistakes.sum()))
    seen = int(np.count_nonzero(looked & wrong)), int(np.count_nonzero(right))
    if seen[1] and cover.metric in BY_EXAMPLE:
        return _from_both(cover, wrong, right, seen, error_share)
    whole = float(cover.counts.errors.sum() / cover.counts.units.sum())
    rate = ratio(error_share * whole, shares)
    unknown = np.full(len(shares), np.nan)
    low, high = unknown, unknown
    if cover.metric in BY_EXAMPLE:
        low, high = (end * whole / shares for end in wilson(with_tag, np.full(len(rate), seen[0])))
    said = (
        f"only errors are tagged ({seen[0]} of {np.count_nonzero(wrong)}): of a tag the share of "
        "the errors is known; error rate, share of the data and gap are undefined. Give the "
        "tags' shares of the data, or tag a random sample of right rows too"
    )
    return Sampled(error_share, shares, rate, low, np.minimum(high, 1), said)


def _looked_at(
    table: ErrorTable, cover: Cover, wrong: NDArray[np.bool_]
) -> NDArray[np.bool_] | None:
    """Return the rows in which a person looked for tags; None: in every row."""
    seen = np.ones(len(wrong), np.bool_) if table.looked_at is None else table.looked_at
    tagged_wrong = [np.count_nonzero(cover.wrong[:, at]) for at in range(len(cover.names))]
    if (cover.n > tagged_wrong).any():
        return None if seen.all() else seen
    if wrong.all() or not any(tagged_wrong):
        return None if seen.all() else seen
    if (seen | wrong).all():
        # Every right row is there and none has a tag: they were left blank, as were wrong
        # rows without a tag.
        return wrong & (covers(cover.members) > 0)
    return seen


def _from_both(
    cover: Cover,
    wrong: NDArray[np.bool_],
    right: NDArray[np.bool_],
    seen: tuple[int, int],
    error_share: Floats,
) -> Sampled:
    """Return what a sample of wrong rows and one of right rows say of all."""
    whole = float(np.count_nonzero(wrong)) / len(wrong)
    tagged_wrong = error_share * seen[0]
    (tagged_right,) = per_tag(cover.members, right.astype(np.float64))
    share = error_share * whole + tagged_right / seen[1] * (1 - whole)
    rng = np.random.Generator(np.random.Philox(key=_KEY))
    among_wrong = _drawn(tagged_wrong, seen[0], rng) * whole
    among_right = _drawn(tagged_right, seen[1], rng) * (1 - whole)
    low, high = np.quantile(among_wrong / (among_wrong + among_right), [0.025, 0.975], axis=0)
    said = (
        f"tags come from {seen[0]} wrong and {seen[1]} right rows that were looked at, of "
        f"{len(wrong)}: shares and error rates are estimates for all rows"
    )
    return Sampled(error_share, share, ratio(error_share * whole, share), low, high, said)


def _drawn(count: Floats, n: int, rng: np.random.Generator) -> Floats:
    """Draw shares from their posterior, Jeffreys' prior, float64 [draws, tags]."""
    return rng.beta(count + 0.5, n - count + 0.5, (DRAWS, len(count)))
