"""How many examples of a kind raise its share of a set."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from augmentor.audit.priorities.ranking import Ranking
from augmentor.core.errors import Problem, UsageError, listed, nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What raises the share of one tag.

    Parameters
    ----------
    tag : its name.
    share_frac, wanted_frac : its share now, and the one wanted.
    of_all_frac : new examples as a fraction of all there are now.
    examples : new examples; None where it is not known how many there are now.
    """

    tag: str
    share_frac: float
    wanted_frac: float
    of_all_frac: float
    examples: int | None

    def __str__(self) -> str:
        count = "" if self.examples is None else f": {self.examples} examples"
        return (
            f"to raise '{self.tag}' from {self.share_frac:.1%} to {self.wanted_frac:.1%} of the "
            f"data, add {self.of_all_frac:.4g} of what there is now{count}"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return asdict(self)


def of_all(share_frac: float, wanted_frac: float) -> float:
    """Return new examples of a kind as a fraction of a whole set: (q - p) / (1 - q).

    Parameters
    ----------
    share_frac : p, the share of the kind now.
    wanted_frac : q, the share wanted, p at least and below 1.
    """
    return (wanted_frac - share_frac) / (1 - wanted_frac)


def raise_shares(ranking: Ranking, wanted: Mapping[str, float]) -> list[Added]:
    """Return what raises the shares of some tags, each by itself.

    Raises
    ------
    UsageError : a tag is not known, has no known share, or adding cannot do it.
    """
    rows = {row.tag: row for row in ranking.rows}
    problems, found = [], []
    for tag, share in wanted.items():
        now = rows[tag].share_frac if tag in rows else None
        if tag not in rows:
            hint = nearest(tag, list(rows)) or f"; known: {listed(rows)}"
            problems.append(Problem("raise", f"'{tag}' is no tag of the table{hint}"))
        elif now is None:
            problems.append(Problem("raise", f"the share of '{tag}' is not known"))
        elif not now <= share < 1:
            what = f"adding takes '{tag}' from {now:.1%} up, and below 100 %; not to {share:.1%}"
            problems.append(Problem("raise", what))
        else:
            more = of_all(now, share)
            count = None if ranking.n is None else round(more * ranking.n)
            found.append(
                Added(tag=tag, share_frac=now, wanted_frac=share, of_all_frac=more, examples=count)
            )
    if problems:
        raise UsageError(problems)
    return found
