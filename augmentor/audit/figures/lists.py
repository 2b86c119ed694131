"""Tables of ranked lists, as of a search engine or a recommender: a row a query and item."""

from collections.abc import Sequence

import numpy as np

from augmentor.audit.figures.ranked import RankReport, rank_report
from augmentor.audit.tables import columns
from augmentor.audit.tables.marked import listed_tags, marked_tags
from augmentor.core.errors import Problem, UsageError
from augmentor.files.frame import Frame

QUERIES = ("query", "query_id", "user", "user_id")
ITEMS = ("item", "item_id", "document", "doc", "result")
RANKS = ("rank", "position")
RELEVANCES = ("relevance", "relevant", "rel", "label", "target")


def is_list_table(written: Sequence[str]) -> bool:
    """Whether columns are a query, a rank and a relevance."""
    names = columns.known(written)
    return all(columns.first(names, some) for some in (QUERIES, RANKS, RELEVANCES))


def read_lists(frame: Frame, problems: list[Problem], *, complete: bool = False) -> RankReport:
    """Return the report of a table of ranked lists.

    A query has the tags of all its rows. A relevant item that was not listed has no rank, or 0.

    Parameters
    ----------
    frame, problems : the table, and what was wrong in its rows.
    complete : whether it has every relevant item of each query; only then is recall known.

    Raises
    ------
    UsageError : everything that is wrong with the table, each with its line.
    """
    names = columns.known(frame.names)
    query, rank, relevance = (
        str(columns.first(names, some)) for some in (QUERIES, RANKS, RELEVANCES)
    )
    owner = columns.texts(frame, query, problems)
    ranks = np.nan_to_num(columns.numbers(frame, rank, problems))
    worth = columns.numbers(frame, relevance, problems)
    for name, bad, what in (
        (rank, (ranks < 0) | (ranks % 1 != 0), "a whole number of 1 or more, 0 for not listed"),
        (relevance, ~(worth >= 0), "a number of 0 or more"),
    ):
        columns.say(frame, bad, f"'{name}' is not {what}", problems)
    if "tags" in names:
        tag_names, tags = listed_tags(frame, names["tags"], problems)
    else:
        used = {query, rank, relevance, columns.first(names, ITEMS)}
        rest = [
            name for name in frame.names
            if name not in used and columns.plain(name) not in columns.NOT_TAGS
        ]  # fmt: skip
        tag_names, tags, _others = marked_tags(frame, rest, problems, [])
    if problems:
        raise UsageError(problems)
    of_query = np.zeros((len(owner.values), len(tag_names)), dtype=np.bool_)
    for at in range(len(tag_names)):
        of_query[owner.codes[tags[:, at]], at] = True
    return rank_report(owner.codes, ranks, worth, complete=complete, tags=of_query, names=tag_names)
